//! Phase 1: the provider sets up its identities, once.

use crate::{
    Done, Offer, OfferOptions, PhaseError, Provider, Result, RunOptions, TenantContext,
    error::Error,
    handoff::DisplayName,
    plan::{PhasePlan, plan_provider_phase},
    report::Phase,
    run::{Run, alone, both, hold},
    steps::{
        ApplicationChoice, CheckSubscription, EnsureIdentity, EnsureResourceGroup,
        RegisterApplication, RegisterResourceProvider, TrustIdentity,
    },
};
use cmk_core::{
    ApplicationObjectId, ClientId, Cloud, Location, PrincipalId, ResourceGroupName, SubscriptionId,
    TenantId,
};
use entra_graph::{
    Application, FederatedCredentialName, IdentityId, IdentityName, ManagedIdentity,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What phase 1 shall find or make.
#[derive(Debug, Clone)]
pub struct ProviderSpec {
    /// The multitenant application.
    pub application: ApplicationChoice,
    /// The managed identity.
    pub identity: IdentityChoice,
    /// The resource group of the identity, if it is created.
    pub resource_group: ResourceGroupName,
    /// Where group and identity go, if they are created.
    pub location: Location,
    /// The name of the federated identity credential. Default: derived from the identity's id.
    pub credential_name: Option<FederatedCredentialName>,
}

/// Which managed identity the provider uses.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum IdentityChoice {
    /// The one of this name in the resource group: found, or created.
    Named(IdentityName),
    /// One that is there already, anywhere in the provider's tenant.
    Existing(IdentityId),
}

/// What phase 1 leaves: private to the provider. Keep it; phase 3 needs it, and every Offer is made from it.
///
/// It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ProviderSetup {
    /// The cloud.
    pub cloud: Cloud,
    /// The provider's tenant.
    pub tenant_id: TenantId,
    /// The provider's subscription.
    pub subscription_id: SubscriptionId,
    /// The application's client id: what customers admit.
    pub application_client_id: ClientId,
    /// The object id of the application object.
    pub application_object_id: ApplicationObjectId,
    /// What customers see.
    pub application_name: DisplayName,
    /// The managed identity.
    pub identity_id: IdentityId,
    /// Its principal id: the subject of the federated identity credential.
    pub identity_principal_id: PrincipalId,
    /// The federated identity credential that lets the identity act as the application.
    pub federated_credential_name: FederatedCredentialName,
}

impl ProviderSetup {
    /// An Offer for one customer. Keep its digest in that customer's record: phase 3 holds the Grant against it.
    #[must_use]
    pub fn offer(&self, options: Option<OfferOptions>) -> Offer {
        Offer::new(
            self.cloud,
            self.tenant_id,
            self.application_client_id,
            self.application_name.clone(),
            &options.unwrap_or_default(),
        )
    }
}

/// Phase 1. Finds or makes the application, the managed identity and the federated identity credential between them.
///
/// Running it again changes nothing and says so. Application and identity are made at the same time. Needs, in the provider's
/// tenant, the right to register applications, and Contributor on the subscription (or Managed Identity Contributor on
/// an existing resource group with `Microsoft.ManagedIdentity` registered).
///
/// # Errors
/// [`PhaseError`] with every error, and the report of what was done before: run it again once the cause is gone.
///
/// ```
/// # use cross_tenant_cmk::{Provider, TenantContext, ProviderSpec, IdentityChoice, ApplicationChoice};
/// # async fn example(provider: TenantContext<Provider>) -> Result<(), Box<dyn std::error::Error>> {
/// let spec = ProviderSpec {
///     application: ApplicationChoice::Named {
///         unique_name: "contoso-cmk".parse()?,
///         display_name: "Contoso data platform".parse()?,
///     },
///     identity: IdentityChoice::Named("contoso-cmk".parse()?),
///     resource_group: "contoso-cmk".parse()?,
///     location: "westeurope".parse()?,
///     credential_name: None,
/// };
/// let done = cross_tenant_cmk::set_up_provider(&provider, &spec, None).await?;
/// println!("{}", done.report);
/// println!("{}", done.output.offer(None).to_json());
/// # Ok(())
/// # }
/// ```
pub async fn set_up_provider(
    at: &TenantContext<Provider>,
    spec: &ProviderSpec,
    options: Option<RunOptions>,
) -> Result<Done<ProviderSetup>, PhaseError> {
    run(at, spec, &options.unwrap_or_default(), None).await
}

/// Runs the phase, held to a plan if there is one.
pub(crate) async fn run(
    at: &TenantContext<Provider>,
    spec: &ProviderSpec,
    options: &RunOptions,
    plan: Option<&PhasePlan>,
) -> Result<Done<ProviderSetup>, PhaseError> {
    if plan.is_some() || options.preflight {
        let (seen, errors, _) = Box::pin(plan_provider_phase(at, spec, options)).await;
        hold(plan, &seen, errors, options).await?;
    }
    let run = Run::start(Phase::ProviderSetup, at.subject(None), options, plan).await?;
    let outcome = run_phase(at, spec, &run).await;
    run.end(outcome)
}

async fn run_phase(
    at: &TenantContext<Provider>,
    spec: &ProviderSpec,
    run: &Run<'_>,
) -> Result<ProviderSetup, Vec<Error>> {
    run.step(&CheckSubscription {
        subscriptions: &*at.clients().subscriptions,
        subscription: at.subscription(),
        tenant: at.tenant(),
    })
    .await
    .map_err(alone)?;
    let register = async {
        run.step(&RegisterApplication {
            at,
            choice: &spec.application,
        })
        .await
        .map_err(alone)
    };
    let (application, identity) = both(register, ensure_identity(at, spec, run)).await?;
    let derived;
    let name = match &spec.credential_name {
        Some(name) => name,
        None => {
            derived = credential_name(&identity.id).map_err(alone)?;
            &derived
        }
    };
    let federated_credential_name = run
        .step(&TrustIdentity {
            at,
            application: application.object_id,
            identity: identity.principal_id,
            name,
        })
        .await
        .map_err(alone)?;
    setup(at, application, identity, federated_credential_name).map_err(alone)
}

/// What the phase leaves.
pub(crate) fn setup(
    at: &TenantContext<Provider>,
    application: Application,
    identity: ManagedIdentity,
    federated_credential_name: FederatedCredentialName,
) -> Result<ProviderSetup> {
    let application_name = application
        .display_name
        .parse()
        .map_err(|error| invalid(format!("{error}")))?;
    Ok(ProviderSetup {
        cloud: at.cloud(),
        tenant_id: at.tenant(),
        subscription_id: at.subscription(),
        application_client_id: application.client_id,
        application_object_id: application.object_id,
        application_name,
        identity_id: identity.id,
        identity_principal_id: identity.principal_id,
        federated_credential_name,
    })
}

async fn ensure_identity(
    at: &TenantContext<Provider>,
    spec: &ProviderSpec,
    run: &Run<'_>,
) -> Result<ManagedIdentity, Vec<Error>> {
    let clients = at.clients();
    let id = identity_id(at, spec).map_err(alone)?;
    let location = match &spec.identity {
        IdentityChoice::Existing(_) => None,
        IdentityChoice::Named(_) => {
            let provider = RegisterResourceProvider {
                providers: &*clients.resource_providers,
                subscription: at.subscription(),
                namespace: "Microsoft.ManagedIdentity",
            };
            let group = EnsureResourceGroup {
                groups: &*clients.resource_groups,
                subscription: at.subscription(),
                name: &spec.resource_group,
                location: &spec.location,
            };
            run.both(&provider, &group).await?;
            Some(&spec.location)
        }
    };
    run.step(&EnsureIdentity {
        at,
        id: &id,
        location,
    })
    .await
    .map_err(alone)
}

/// The identity that is used, whether or not it is there.
pub(crate) fn identity_id(at: &TenantContext<Provider>, spec: &ProviderSpec) -> Result<IdentityId> {
    match &spec.identity {
        IdentityChoice::Existing(id) => Ok(id.clone()),
        IdentityChoice::Named(name) => {
            IdentityId::new(at.subscription(), &spec.resource_group, name)
                .map_err(|error| invalid(error.to_string()))
        }
    }
}

/// One name per identity, whatever its own name looks like: a second run finds the first one's credential.
pub(crate) fn credential_name(identity: &IdentityId) -> Result<FederatedCredentialName> {
    let id = Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        identity.to_string().to_lowercase().as_bytes(),
    );
    format!("cmk-{id}")
        .parse()
        .map_err(|error| invalid(format!("{error}")))
}

fn invalid(reason: String) -> Error {
    Error::Step {
        step: crate::StepId::FederatedCredential,
        target: String::from("provider setup"),
        source: cmk_core::Error::invalid_input("set_up_provider", reason),
    }
}
