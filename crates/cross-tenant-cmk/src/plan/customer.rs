//! The plan of phase 2.

use super::{
    Action, PhasePlan, Plan,
    needs::At,
    planner::{Planned, Planner},
    preflight,
};
use crate::{
    Customer, Error, Grant, KeyCreator, KeySpec, Offer, RunOptions, TenantContext,
    customer::{
        KeyCreation, VaultChoice, check_offer, check_spec, creator_of, grant, role_scope, vault_id,
    },
    report::Phase,
    steps::{
        AdmitApplication, AssignRole, CheckSubscription, EnsureKey, EnsureKeyInVault,
        EnsureResourceGroup, EnsureVault, RegisterResourceProvider, Step, StepId,
    },
};
use cmk_core::{Scope, TenantId};
use entra_graph::ServicePrincipal;
use keyvault_rbac::{KeyUri, PrincipalType, Role, Vault, VaultId};

/// What phase 2 would do. Reads only.
///
/// Needs to read what [`grant_access`](crate::grant_access) would write, in the customer's tenant. What cannot be read is in the
/// plan, as [`Action::Unreadable`]. Of `options`, the waits count: a look is repeated for a minute at most.
pub async fn plan_customer_grant(
    at: &TenantContext<Customer>,
    offer: &Offer,
    expected_provider: TenantId,
    spec: &KeySpec,
    options: Option<RunOptions>,
) -> Plan {
    let options = options.unwrap_or_default();
    let offer = Planned::There(offer);
    let (plan, ..) = plan_phase(at, offer, expected_provider, spec, &options).await;
    Plan { phases: vec![plan] }
}

/// The plan, the errors that it met, and the Grant if everything is there.
pub(crate) async fn plan_phase(
    at: &TenantContext<Customer>,
    offer: Planned<&Offer>,
    expected_provider: TenantId,
    spec: &KeySpec,
    options: &RunOptions,
) -> (PhasePlan, Vec<Error>, Planned<Grant>) {
    let subject = match &offer {
        Planned::There(offer) => {
            let application = offer.application_client_id.to_string();
            Some(at.subject(Some(&application)))
        }
        Planned::ToBeMade | Planned::Unknown => None,
    };
    let mut planner = Planner::new(
        Phase::CustomerGrant,
        (at.cloud(), at.tenant(), at.subscription()),
        subject,
        options,
    );
    let grant = plan_steps(at, offer, expected_provider, spec, &mut planner).await;
    preflight::look(&mut planner, &at.clients().authorities()).await;
    let (plan, errors) = planner.end();
    (plan, errors, grant)
}

async fn plan_steps(
    at: &TenantContext<Customer>,
    offer: Planned<&Offer>,
    expected_provider: TenantId,
    spec: &KeySpec,
    planner: &mut Planner,
) -> Planned<Grant> {
    let mut unfit = Vec::new();
    if let Planned::There(offer) = &offer {
        unfit.extend(check_offer(at, offer, expected_provider, spec.now).err());
    }
    unfit.extend(check_spec(at, spec).err());
    let id = match vault_id(at, spec) {
        Ok(id) => Some(id),
        Err(error) => {
            unfit.push(error);
            None
        }
    };
    let is_fit = unfit.is_empty();
    for error in unfit {
        planner.obstacle(error);
    }
    let Some(id) = id.filter(|_| is_fit) else {
        return Planned::Unknown;
    };
    let subscription = CheckSubscription {
        subscriptions: &*at.clients().subscriptions,
        subscription: at.subscription(),
        tenant: at.tenant(),
    };
    if planner.check(&subscription).await.is_none() {
        return Planned::Unknown;
    }
    let principal = plan_admission(at, &offer, expected_provider, planner).await;
    let vault = plan_vault(at, spec, &id, planner).await;
    let key = plan_key(at, spec, &id, &vault, planner).await;
    let assigned = plan_role(at, spec, &id, &principal, &key, planner).await;
    match (offer, principal, assigned) {
        (Planned::There(offer), Planned::There(principal), Planned::There(())) => {
            key.map(|key| grant(at, offer, principal.id, key))
        }
        _ => Planned::Unknown,
    }
}

async fn plan_admission(
    at: &TenantContext<Customer>,
    offer: &Planned<&Offer>,
    expected_provider: TenantId,
    planner: &mut Planner,
) -> Planned<ServicePrincipal> {
    let offer = match offer {
        Planned::There(offer) => offer,
        // An application that is not there has no service principal.
        Planned::ToBeMade => {
            let settings = Vec::new();
            planner.later(
                StepId::AdmitApplication,
                None,
                Action::Create { settings },
                At::Directory,
            );
            return Planned::ToBeMade;
        }
        Planned::Unknown => {
            planner.later(
                StepId::AdmitApplication,
                None,
                Action::KnownAfterApply,
                At::Directory,
            );
            return Planned::Unknown;
        }
    };
    let admit = AdmitApplication {
        at,
        application: offer.application_client_id,
        expected_provider,
    };
    planner.step(&admit, At::Directory).await
}

async fn plan_vault(
    at: &TenantContext<Customer>,
    spec: &KeySpec,
    id: &VaultId,
    planner: &mut Planner,
) -> Planned<Vault> {
    let group = Scope::ResourceGroup(at.subscription(), spec.resource_group.clone());
    let new = match &spec.vault {
        VaultChoice::Existing(_) => None,
        VaultChoice::Named(_) => {
            let register = RegisterResourceProvider {
                providers: &*at.clients().resource_providers,
                subscription: at.subscription(),
                namespace: "Microsoft.KeyVault",
            };
            let ensure = EnsureResourceGroup {
                groups: &*at.clients().resource_groups,
                subscription: at.subscription(),
                name: &spec.resource_group,
                location: &spec.location,
            };
            planner.surroundings(&register, &ensure).await;
            Some(spec.new_vault(at.tenant()))
        }
    };
    let ensure = EnsureVault {
        at,
        id,
        new: new.as_ref(),
    };
    planner.step(&ensure, At::Scope(&group)).await
}

async fn plan_key(
    at: &TenantContext<Customer>,
    spec: &KeySpec,
    vault_id: &VaultId,
    vault: &Planned<Vault>,
    planner: &mut Planner,
) -> Planned<KeyUri> {
    let scope = vault_id.to_scope();
    let through_manager = EnsureKey {
        at,
        vault: vault_id,
        name: &spec.key,
        new: &spec.new_key,
        now: spec.now,
    };
    let in_vault = EnsureKeyInVault {
        at,
        vault: vault_id,
        name: &spec.key,
        new: &spec.new_key,
        now: spec.now,
    };
    let can_read = match &spec.key_creation {
        KeyCreation::ResourceManager => true,
        KeyCreation::DataPlane { creator } => {
            plan_creator(at, creator.as_ref(), vault_id, vault, planner).await
        }
    };
    let at_key = match &spec.key_creation {
        KeyCreation::ResourceManager => At::Scope(&scope),
        KeyCreation::DataPlane { .. } => At::DataPlane(&scope),
    };
    let action = match vault {
        Planned::There(_) if can_read => {
            return match spec.key_creation {
                KeyCreation::ResourceManager => planner.step(&through_manager, at_key).await,
                KeyCreation::DataPlane { .. } => planner.step(&in_vault, at_key).await,
            };
        }
        // A vault that is not there has no key.
        Planned::ToBeMade => Action::Create {
            settings: through_manager.settings(),
        },
        Planned::There(_) | Planned::Unknown => Action::KnownAfterApply,
    };
    planner.later(StepId::Key, Some(through_manager.target()), action, at_key);
    match vault {
        Planned::ToBeMade => Planned::ToBeMade,
        Planned::There(_) | Planned::Unknown => Planned::Unknown,
    }
}

/// The role of whoever creates the key in the vault's data plane. Whether the key can be looked at before the phase is run.
async fn plan_creator(
    at: &TenantContext<Customer>,
    creator: Option<&KeyCreator>,
    vault_id: &VaultId,
    vault: &Planned<Vault>,
    planner: &mut Planner,
) -> bool {
    let scope = vault_id.to_scope();
    let creator = match creator_of(at, creator).await {
        Ok(creator) => creator,
        Err(error) => {
            planner.obstacle(error);
            return false;
        }
    };
    let assign = AssignRole {
        step: StepId::KeyCreatorRole,
        at,
        principal: creator.id,
        principal_type: creator.principal_type,
        role: Role::KeyVaultCryptoOfficer,
        scope: &scope,
    };
    match vault {
        Planned::There(_) => {
            let assigned = planner.step(&assign, At::Scope(&scope)).await;
            matches!(assigned, Planned::There(_))
        }
        // A role further up may cover it.
        Planned::ToBeMade | Planned::Unknown => {
            planner.later(
                StepId::KeyCreatorRole,
                Some(assign.target()),
                Action::KnownAfterApply,
                At::Scope(&scope),
            );
            false
        }
    }
}

async fn plan_role(
    at: &TenantContext<Customer>,
    spec: &KeySpec,
    vault: &VaultId,
    principal: &Planned<ServicePrincipal>,
    key: &Planned<KeyUri>,
    planner: &mut Planner,
) -> Planned<()> {
    let scope = role_scope(vault, spec);
    let action = match (principal, key) {
        (Planned::There(principal), Planned::There(_)) => {
            let assign = AssignRole {
                step: StepId::KeyRole,
                at,
                principal: principal.id,
                principal_type: PrincipalType::ServicePrincipal,
                role: Role::KeyVaultCryptoServiceEncryptionUser,
                scope: &scope,
            };
            return planner.step(&assign, At::Scope(&scope)).await.map(|_| ());
        }
        // A principal that is not there holds no role.
        (Planned::ToBeMade, _) => Action::Create {
            settings: Vec::new(),
        },
        _ => Action::KnownAfterApply,
    };
    let target = match principal {
        Planned::There(principal) => Some(AssignRole::target_of(
            Role::KeyVaultCryptoServiceEncryptionUser,
            principal.id,
            &scope,
        )),
        Planned::ToBeMade | Planned::Unknown => None,
    };
    planner.later(StepId::KeyRole, target, action, At::Scope(&scope));
    Planned::Unknown
}
