//! Phase 2: the customer admits the application and gives it one role on one key.

use crate::{
    Customer, Done, Grant, Offer, PhaseError, Result, RunOptions, TenantContext,
    error::{Error, Reason, Refusal},
    handoff::OfferedRole,
    plan::{PhasePlan, Planned, plan_customer_phase},
    report::Phase,
    run::{Run, alone, both, hold},
    steps::{
        AdmitApplication, AssignRole, CheckSubscription, EnsureKey, EnsureKeyInVault,
        EnsureResourceGroup, EnsureVault, KeyFacts, RegisterResourceProvider, StepId,
        check_new_vault,
    },
};
use azure_core::time::OffsetDateTime;
use cmk_core::{Location, PrincipalId, ResourceGroupName, Scope, TenantId};
use entra_graph::ServicePrincipal;
use keyvault_rbac::{
    KeyName, KeyUri, NetworkAcls, NewKey, NewVault, PrincipalType, PublicNetworkAccess, Role,
    RsaKeySize, VaultId, VaultName, VaultSku, key_scope,
};

/// What phase 2 shall find or make.
#[derive(Debug, Clone)]
pub struct KeySpec {
    /// The vault.
    pub vault: VaultChoice,
    /// The resource group of the vault, if it is created.
    pub resource_group: ResourceGroupName,
    /// Where group and vault go, if they are created.
    pub location: Location,
    /// The key.
    pub key: KeyName,
    /// What the key is made as, if it is created. Default: RSA, 3072 bits, to wrap and unwrap.
    pub new_key: NewKey,
    /// Who makes the key, if it is created.
    pub key_creation: KeyCreation,
    /// Where the application gets its role.
    pub role_scope: RoleScope,
    /// The SKU of the vault, if it is created. Default standard.
    pub vault_sku: VaultSku,
    /// How many days a deleted vault or key can be recovered, 7 to 90, if the vault is created. Default 90. Cannot be changed later.
    pub retention_days: u8,
    /// The firewall of the vault, if it is created. Default: none, open to all networks.
    pub network_acls: Option<NetworkAcls>,
    /// Whether the vault answers on the internet, if it is created. Default: as Azure does.
    pub public_network_access: Option<PublicNetworkAccess>,
    /// The moment by which the dates of the Offer and the key are judged. Default: the machine's clock.
    pub now: Option<OffsetDateTime>,
}

impl KeySpec {
    /// A key in a vault, with everything else as it is by default.
    #[must_use]
    pub fn new(
        vault: VaultChoice,
        key: KeyName,
        resource_group: ResourceGroupName,
        location: Location,
    ) -> Self {
        Self {
            vault,
            resource_group,
            location,
            key,
            new_key: NewKey::rsa(RsaKeySize::Bits3072),
            key_creation: KeyCreation::default(),
            role_scope: RoleScope::default(),
            vault_sku: VaultSku::Standard,
            retention_days: 90,
            network_acls: None,
            public_network_access: None,
            now: None,
        }
    }

    pub(crate) fn new_vault(&self, tenant: TenantId) -> NewVault {
        let mut vault = NewVault::new(self.location.clone(), tenant);
        vault.sku = self.vault_sku.clone();
        vault.retention_days = self.retention_days;
        vault.network_acls = self.network_acls.clone();
        vault.public_network_access = self.public_network_access.clone();
        vault
    }
}

/// Which vault the customer uses.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum VaultChoice {
    /// The one of this name in the resource group: found, or created.
    Named(VaultName),
    /// One that is there already, anywhere in the customer's tenant.
    Existing(VaultId),
}

/// Who makes the key.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum KeyCreation {
    /// Resource Manager: needs no data-plane role, and the vault's firewall does not matter.
    #[default]
    ResourceManager,
    /// The vault's data plane, as in Microsoft's walkthrough. Whoever creates the key is first given Key Vault Crypto
    /// Officer on the vault, and it is waited until that has spread.
    DataPlane {
        /// Who creates the key. Default: the signed-in person; an application must be named.
        creator: Option<KeyCreator>,
    },
}

/// A principal that creates a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCreator {
    /// Its object id in the customer's tenant.
    pub id: PrincipalId,
    /// What it is.
    pub principal_type: PrincipalType,
}

/// Where the application gets its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RoleScope {
    /// On the key alone.
    #[default]
    Key,
    /// On the vault, for all its keys.
    Vault,
}

/// Phase 2. Admits the application, finds or makes vault and key, and gives the application the role.
///
/// `expected_provider` is the provider's tenant from the customer's own record: an Offer can claim anything. Running the phase
/// again changes nothing and says so. Needs, in the customer's tenant, Application Administrator or Cloud Application
/// Administrator (unless the service principal is there), and on the subscription Owner, or Key Vault Contributor with Key Vault
/// Data Access Administrator.
///
/// # Errors
/// [`PhaseError`] with every error, and the report of what was done before: run it again once the cause is gone.
pub async fn grant_access(
    at: &TenantContext<Customer>,
    offer: &Offer,
    expected_provider: TenantId,
    spec: &KeySpec,
    options: Option<RunOptions>,
) -> Result<Done<Grant>, PhaseError> {
    let options = options.unwrap_or_default();
    run(at, offer, expected_provider, spec, &options, None).await
}

/// Runs the phase, held to a plan if there is one.
pub(crate) async fn run(
    at: &TenantContext<Customer>,
    offer: &Offer,
    expected_provider: TenantId,
    spec: &KeySpec,
    options: &RunOptions,
    plan: Option<&PhasePlan>,
) -> Result<Done<Grant>, PhaseError> {
    let application = offer.application_client_id.to_string();
    let subject = at.subject(Some(&application));
    if plan.is_some() || options.preflight {
        let known = Planned::There(offer);
        let planned = plan_customer_phase(at, known, expected_provider, spec, options);
        let (seen, errors, _) = Box::pin(planned).await;
        hold(plan, &seen, errors, options).await?;
    }
    let run = Run::start(Phase::CustomerGrant, subject, options, plan).await?;
    let outcome = run_phase(at, offer, expected_provider, spec, &run).await;
    run.end(outcome)
}

async fn run_phase(
    at: &TenantContext<Customer>,
    offer: &Offer,
    expected_provider: TenantId,
    spec: &KeySpec,
    run: &Run<'_>,
) -> Result<Grant, Vec<Error>> {
    check_offer(at, offer, expected_provider, spec.now).map_err(alone)?;
    check_spec(at, spec).map_err(alone)?;
    run.step(&CheckSubscription {
        subscriptions: &*at.clients().subscriptions,
        subscription: at.subscription(),
        tenant: at.tenant(),
    })
    .await
    .map_err(alone)?;
    let admit = async {
        run.step(&AdmitApplication {
            at,
            application: offer.application_client_id,
            expected_provider,
        })
        .await
        .map_err(alone)
    };
    let (principal, (vault, key_uri)) = both(admit, ensure_key(at, spec, run)).await?;
    assign_key_role(at, offer, &principal, &vault, spec, run)
        .await
        .map_err(alone)?;
    Ok(grant(at, offer, principal.id, key_uri))
}

/// What the phase leaves.
pub(crate) fn grant(
    at: &TenantContext<Customer>,
    offer: &Offer,
    principal: PrincipalId,
    key_uri: KeyUri,
) -> Grant {
    Grant::new(
        at.cloud(),
        offer.digest(),
        at.tenant(),
        offer.application_client_id,
        principal,
        key_uri,
    )
}

/// What can be known of an Offer before anything is asked.
pub(crate) fn check_offer(
    at: &TenantContext<Customer>,
    offer: &Offer,
    expected_provider: TenantId,
    now: Option<OffsetDateTime>,
) -> Result<()> {
    let refuse = |reason, detail: String| Err(Refusal::new(reason, "offer", detail).into());
    if offer.cloud != at.cloud() {
        return refuse(
            Reason::OtherCloud,
            format!(
                "it is for cloud {}, and this is {}",
                offer.cloud,
                at.cloud()
            ),
        );
    }
    if offer.provider_tenant_id != expected_provider {
        return refuse(
            Reason::UnexpectedProvider,
            format!(
                "it names provider tenant {}, and the expected one is {expected_provider}",
                offer.provider_tenant_id
            ),
        );
    }
    if expected_provider == at.tenant() {
        return refuse(
            Reason::SameTenant,
            format!("provider and customer are both tenant {expected_provider}"),
        );
    }
    if offer.is_expired(now.unwrap_or_else(OffsetDateTime::now_utc)) {
        return refuse(
            Reason::OfferExpired,
            format!("it expired at {}", offer.expires_at),
        );
    }
    Ok(())
}

/// What would be refused once it is made, when its name is taken and it can no longer be purged.
pub(crate) fn check_spec(at: &TenantContext<Customer>, spec: &KeySpec) -> Result<()> {
    KeyFacts::from(&spec.new_key).check(&format!("key {}", spec.key), spec.now)?;
    match &spec.vault {
        VaultChoice::Named(name) => {
            check_new_vault(&spec.new_vault(at.tenant()), &format!("vault {name}"))
        }
        VaultChoice::Existing(_) => Ok(()),
    }
}

async fn ensure_key(
    at: &TenantContext<Customer>,
    spec: &KeySpec,
    run: &Run<'_>,
) -> Result<(VaultId, KeyUri), Vec<Error>> {
    let clients = at.clients();
    let id = vault_id(at, spec).map_err(alone)?;
    let new = match &spec.vault {
        VaultChoice::Existing(_) => None,
        VaultChoice::Named(_) => {
            let provider = RegisterResourceProvider {
                providers: &*clients.resource_providers,
                subscription: at.subscription(),
                namespace: "Microsoft.KeyVault",
            };
            let group = EnsureResourceGroup {
                groups: &*clients.resource_groups,
                subscription: at.subscription(),
                name: &spec.resource_group,
                location: &spec.location,
            };
            run.both(&provider, &group).await?;
            Some(spec.new_vault(at.tenant()))
        }
    };
    run.step(&EnsureVault {
        at,
        id: &id,
        new: new.as_ref(),
    })
    .await
    .map_err(alone)?;
    let uri = match &spec.key_creation {
        KeyCreation::ResourceManager => run
            .step(&EnsureKey {
                at,
                vault: &id,
                name: &spec.key,
                new: &spec.new_key,
                now: spec.now,
            })
            .await
            .map_err(alone)?,
        KeyCreation::DataPlane { creator } => {
            let creator = creator_of(at, creator.as_ref()).await.map_err(alone)?;
            run.step(&AssignRole {
                step: StepId::KeyCreatorRole,
                at,
                principal: creator.id,
                principal_type: creator.principal_type,
                role: Role::KeyVaultCryptoOfficer,
                scope: &id.to_scope(),
            })
            .await
            .map_err(alone)?;
            run.step(&EnsureKeyInVault {
                at,
                vault: &id,
                name: &spec.key,
                new: &spec.new_key,
                now: spec.now,
            })
            .await
            .map_err(alone)?
        }
    };
    Ok((id, uri))
}

/// The vault that is used, whether or not it is there.
pub(crate) fn vault_id(at: &TenantContext<Customer>, spec: &KeySpec) -> Result<VaultId> {
    match &spec.vault {
        VaultChoice::Existing(id) => Ok(id.clone()),
        VaultChoice::Named(name) => VaultId::new(at.subscription(), &spec.resource_group, name)
            .map_err(|error| Error::Step {
                step: StepId::Vault,
                target: format!("vault {name}"),
                source: cmk_core::Error::invalid_input("grant_access", error.to_string()),
            }),
    }
}

/// Who creates the key in the vault's data plane.
pub(crate) async fn creator_of(
    at: &TenantContext<Customer>,
    creator: Option<&KeyCreator>,
) -> Result<KeyCreator> {
    match creator {
        Some(creator) => {
            look_up(at, creator).await?;
            Ok(creator.clone())
        }
        None => signed_in(at).await,
    }
}

/// A service principal must be in the customer's directory before it gets a role: Resource Manager takes a wrong object id of
/// one silently. It looks up users and groups itself.
async fn look_up(at: &TenantContext<Customer>, creator: &KeyCreator) -> Result<()> {
    if creator.principal_type != PrincipalType::ServicePrincipal {
        return Ok(());
    }
    let principals = &at.clients().service_principals;
    match principals.get_service_principal(creator.id).await {
        Ok(_) => Ok(()),
        Err(cmk_core::Error::NotFound(_)) => Err(Refusal::new(
            Reason::UnknownPrincipal,
            "key creation",
            format!(
                "the directory of tenant {} has no service principal with object id {}",
                at.tenant(),
                creator.id
            ),
        )
        .into()),
        Err(source) => Err(Error::Step {
            step: StepId::KeyCreatorRole,
            target: format!("service principal {}", creator.id),
            source,
        }),
    }
}

/// The person that is signed in. An application cannot ask who it is.
async fn signed_in(at: &TenantContext<Customer>) -> Result<KeyCreator> {
    match at.clients().signed_in.get_signed_in_principal().await {
        Ok(person) => Ok(KeyCreator {
            id: person.id,
            principal_type: PrincipalType::User,
        }),
        Err(error) => Err(Refusal::new(
            Reason::SignedInPrincipalUnknown,
            "key creation",
            format!("who is signed in could not be read: {error}"),
        )
        .into()),
    }
}

/// Where the application gets its role.
pub(crate) fn role_scope(vault: &VaultId, spec: &KeySpec) -> Scope {
    match spec.role_scope {
        RoleScope::Key => key_scope(vault, &spec.key),
        RoleScope::Vault => vault.to_scope(),
    }
}

async fn assign_key_role(
    at: &TenantContext<Customer>,
    offer: &Offer,
    principal: &ServicePrincipal,
    vault: &VaultId,
    spec: &KeySpec,
    run: &Run<'_>,
) -> Result<()> {
    let scope = role_scope(vault, spec);
    let role = match offer.role {
        OfferedRole::KeyVaultCryptoServiceEncryptionUser => {
            Role::KeyVaultCryptoServiceEncryptionUser
        }
    };
    run.step(&AssignRole {
        step: StepId::KeyRole,
        at,
        principal: principal.id,
        principal_type: PrincipalType::ServicePrincipal,
        role,
        scope: &scope,
    })
    .await?;
    Ok(())
}
