//! Phase 3: the provider creates the account that is encrypted under the customer's key.

use crate::{
    CustomerReference, Done, Grant, KeyProof, OfferDigest, PhaseError, Provider, ProviderSetup,
    Result, RunOptions, TenantContext,
    error::{Error, Reason, Refusal},
    plan::{PhasePlan, plan_account_phase},
    report::Phase,
    run::{Run, alone, both, hold},
    steps::{
        CheckKeyBinding, CheckKeyTenant, CheckSetup, CheckSubscription, EncryptedAccount,
        EnsureAccount, EnsureResourceGroup, ProveKey, RegisterResourceProvider, StepId,
        UnverifiedKeyTenant,
    },
};
use cmk_core::{Location, ResourceGroupName, TenantId};
use cosmos_cmk::{AccountId, AccountName, InvalidKeyUri, NewDatabaseAccount};
use std::sync::Arc;

/// What the provider's own records say about a customer. Nothing in it may come from a document of the customer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRecord {
    /// How the provider calls the customer.
    pub reference: CustomerReference,
    /// The customer's tenant, as agreed with the customer.
    pub tenant_id: TenantId,
    /// The Offer that was sent to this customer.
    pub offer_digest: OfferDigest,
}

/// The account that phase 3 shall find or make.
#[derive(Debug, Clone)]
pub struct AccountSpec {
    /// Its resource group, created if there is none.
    pub resource_group: ResourceGroupName,
    /// Its name: unique in the world.
    pub name: AccountName,
    /// What it is made as. Key, identity and default identity are those of setup and Grant: a change to them is refused.
    pub account: NewDatabaseAccount,
    /// What happens if the key's tenant cannot be read from its vault.
    pub unverified_key_tenant: UnverifiedKeyTenant,
    /// Goes the way to the key as the managed identity, before anything is created. Default: not done, since few processes can
    /// reach the identity.
    pub key_proof: Option<Arc<dyn KeyProof>>,
}

impl AccountSpec {
    /// An account for NoSQL in one region, under the key of a Grant. A version in the key URI is taken off.
    ///
    /// # Errors
    /// [`InvalidKeyUri`] if the Grant's key URI is none that an account can have.
    pub fn new(
        setup: &ProviderSetup,
        grant: &Grant,
        resource_group: ResourceGroupName,
        name: AccountName,
        location: Location,
    ) -> Result<Self, InvalidKeyUri> {
        Ok(Self {
            resource_group,
            name,
            account: new_account(setup, grant, location)?,
            unverified_key_tenant: UnverifiedKeyTenant::default(),
            key_proof: None,
        })
    }
}

fn new_account(
    setup: &ProviderSetup,
    grant: &Grant,
    location: Location,
) -> Result<NewDatabaseAccount, InvalidKeyUri> {
    Ok(NewDatabaseAccount::new(
        location,
        setup.identity_id.as_resource_id().clone(),
        setup.application_client_id,
        grant.key_uri.versionless().to_string().parse()?,
    ))
}

/// Phase 3. Checks what the Grant claims against the provider's records and the vault, then finds or makes the account and
/// reads back how it is encrypted.
///
/// Running it again changes nothing and says so. Needs, in the provider's tenant, DocumentDB Account Contributor and Managed
/// Identity Operator (or Contributor), and to read the application. A creation takes about two minutes.
///
/// # Errors
/// [`PhaseError`] with every error, and the report of what was done before. What a failed creation of this run leaves behind is
/// removed if it is certain that it holds nothing.
pub async fn create_encrypted_account(
    at: &TenantContext<Provider>,
    setup: &ProviderSetup,
    grant: &Grant,
    customer: &CustomerRecord,
    spec: &AccountSpec,
    options: Option<RunOptions>,
) -> Result<Done<EncryptedAccount>, PhaseError> {
    let options = options.unwrap_or_default();
    run(at, setup, grant, customer, spec, &options, None).await
}

/// Runs the phase, held to a plan if there is one.
pub(crate) async fn run(
    at: &TenantContext<Provider>,
    setup: &ProviderSetup,
    grant: &Grant,
    customer: &CustomerRecord,
    spec: &AccountSpec,
    options: &RunOptions,
    plan: Option<&PhasePlan>,
) -> Result<Done<EncryptedAccount>, PhaseError> {
    let subject = at.subject(Some(customer.reference.as_str()));
    if plan.is_some() || options.preflight {
        let planned = plan_account_phase(at, setup, grant, customer, spec, options);
        let (seen, errors) = Box::pin(planned).await;
        hold(plan, &seen, errors, options).await?;
    }
    let run = Run::start(Phase::EncryptedAccount, subject, options, plan).await?;
    let outcome = run_phase(at, setup, grant, customer, spec, &run).await;
    run.end(outcome)
}

async fn run_phase(
    at: &TenantContext<Provider>,
    setup: &ProviderSetup,
    grant: &Grant,
    customer: &CustomerRecord,
    spec: &AccountSpec,
    run: &Run<'_>,
) -> Result<EncryptedAccount, Vec<Error>> {
    check_records(at, setup, grant, customer).map_err(alone)?;
    check_spec(setup, grant, spec).map_err(alone)?;
    let id = account_id(at, spec).map_err(alone)?;
    run.step(&CheckSubscription {
        subscriptions: &*at.clients().subscriptions,
        subscription: at.subscription(),
        tenant: at.tenant(),
    })
    .await
    .map_err(alone)?;
    // Whose key it is, before anything is written.
    let tenant = async {
        run.step(&CheckKeyTenant {
            at,
            key: &grant.key_uri,
            expected: customer.tenant_id,
            unverified: spec.unverified_key_tenant,
        })
        .await
        .map_err(alone)
    };
    let setup_holds = async { run.step(&CheckSetup { at, setup }).await.map_err(alone) };
    let binding = CheckKeyBinding {
        at,
        key: &grant.key_uri,
        customer: &customer.reference,
        account: &id,
    };
    let bound_to_nobody_else = async { run.step(&binding).await.map_err(alone) };
    both(both(tenant, setup_holds), bound_to_nobody_else).await?;
    // Only once it is known whose key it is.
    if let Some(proof) = &spec.key_proof {
        run.step(&ProveKey {
            proof: &**proof,
            tenant: customer.tenant_id,
            application: setup.application_client_id,
            key: &grant.key_uri,
        })
        .await
        .map_err(alone)?;
    }
    let clients = at.clients();
    let provider = RegisterResourceProvider {
        providers: &*clients.resource_providers,
        subscription: at.subscription(),
        namespace: "Microsoft.DocumentDB",
    };
    let group = EnsureResourceGroup {
        groups: &*clients.resource_groups,
        subscription: at.subscription(),
        name: &spec.resource_group,
        location: &spec.account.location,
    };
    run.both(&provider, &group).await?;
    let account = run
        .step(&EnsureAccount {
            at,
            id: &id,
            customer: &customer.reference,
            new: &spec.account,
        })
        .await
        .map_err(alone)?;
    // A run for another customer may have looked at the same moment: of the two that create, at least one sees the other now.
    if run.has_created(StepId::Account) {
        run.step(&binding).await.map_err(alone)?;
    }
    Ok(account)
}

/// The account that is meant, whether or not it is there.
pub(crate) fn account_id(at: &TenantContext<Provider>, spec: &AccountSpec) -> Result<AccountId> {
    AccountId::new(at.subscription(), &spec.resource_group, &spec.name)
        .map_err(|error| invalid(spec, error.to_string()))
}

/// What can be known of a Grant before anything is asked. The provider's records decide; the Grant only has to agree.
pub(crate) fn check_records(
    at: &TenantContext<Provider>,
    setup: &ProviderSetup,
    grant: &Grant,
    customer: &CustomerRecord,
) -> Result<()> {
    let refuse =
        |reason, subject: &str, detail: String| Err(Refusal::new(reason, subject, detail).into());
    if (setup.cloud, setup.tenant_id, setup.subscription_id)
        != (at.cloud(), at.tenant(), at.subscription())
    {
        return refuse(
            Reason::OtherContext,
            "setup",
            format!(
                "it was made in subscription {} of tenant {}",
                setup.subscription_id, setup.tenant_id
            ),
        );
    }
    if grant.cloud != setup.cloud || grant.key_uri.cloud() != setup.cloud {
        return refuse(
            Reason::OtherCloud,
            "grant",
            format!(
                "its key is in cloud {}, and the setup in {}",
                grant.key_uri.cloud(),
                setup.cloud
            ),
        );
    }
    if customer.tenant_id == setup.tenant_id {
        return refuse(
            Reason::SameTenant,
            "customer record",
            format!("provider and customer are both tenant {}", setup.tenant_id),
        );
    }
    if grant.offer_digest != customer.offer_digest {
        return refuse(
            Reason::OfferMismatch,
            "grant",
            format!(
                "it answers the Offer {}, and customer {} was sent {}",
                grant.offer_digest, customer.reference, customer.offer_digest
            ),
        );
    }
    if grant.customer_tenant_id != customer.tenant_id {
        return refuse(
            Reason::UnexpectedCustomer,
            "grant",
            format!(
                "it names customer tenant {}, and the record of {} says {}",
                grant.customer_tenant_id, customer.reference, customer.tenant_id
            ),
        );
    }
    if grant.application_client_id != setup.application_client_id {
        return refuse(
            Reason::OtherApplication,
            "grant",
            format!(
                "it is for application {}, and the setup's is {}",
                grant.application_client_id, setup.application_client_id
            ),
        );
    }
    Ok(())
}

/// What the caller changed of the account must not be what setup and Grant decide.
pub(crate) fn check_spec(setup: &ProviderSetup, grant: &Grant, spec: &AccountSpec) -> Result<()> {
    let decided = new_account(setup, grant, spec.account.location.clone())
        .map_err(|error| invalid(spec, error.to_string()))?;
    let has_identity = decided
        .identities
        .iter()
        .all(|identity| spec.account.identities.contains(identity));
    if spec.account.key != decided.key
        || spec.account.default_identity != decided.default_identity
        || !has_identity
    {
        return Err(invalid(
            spec,
            String::from(
                "key, identities and default identity of the account must be those of setup and Grant",
            ),
        ));
    }
    Ok(())
}

fn invalid(spec: &AccountSpec, reason: String) -> Error {
    Error::Step {
        step: StepId::Account,
        target: format!("account {}", spec.name),
        source: cmk_core::Error::invalid_input("create_encrypted_account", reason),
    }
}
