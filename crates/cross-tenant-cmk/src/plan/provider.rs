//! The plan of phase 1.

use super::{
    Action, PhasePlan, Plan,
    needs::At,
    planner::{Planned, Planner},
    preflight,
};
use crate::{
    Error, Provider, ProviderSetup, ProviderSpec, RunOptions, TenantContext,
    provider::{IdentityChoice, credential_name, identity_id, setup},
    report::Phase,
    steps::{
        CheckSubscription, EnsureIdentity, EnsureResourceGroup, RegisterApplication,
        RegisterResourceProvider, StepId, TrustIdentity,
    },
};
use cmk_core::Scope;
use entra_graph::{IdentityId, ManagedIdentity};

/// What phase 1 would do. Reads only.
///
/// Needs to read what [`set_up_provider`](crate::set_up_provider) would write. What cannot be read is in the plan, as
/// [`Action::Unreadable`]. Of `options`, the waits count: a look is repeated for a minute at most.
pub async fn plan_provider_setup(
    at: &TenantContext<Provider>,
    spec: &ProviderSpec,
    options: Option<RunOptions>,
) -> Plan {
    let options = options.unwrap_or_default();
    let (plan, ..) = plan_phase(at, spec, &options).await;
    Plan { phases: vec![plan] }
}

/// The plan, the errors that it met, and the setup if everything is there.
pub(crate) async fn plan_phase(
    at: &TenantContext<Provider>,
    spec: &ProviderSpec,
    options: &RunOptions,
) -> (PhasePlan, Vec<Error>, Planned<ProviderSetup>) {
    let mut planner = Planner::new(
        Phase::ProviderSetup,
        (at.cloud(), at.tenant(), at.subscription()),
        Some(at.subject(None)),
        options,
    );
    let setup = plan_steps(at, spec, &mut planner).await;
    preflight::look(&mut planner, &at.clients().authorities()).await;
    let (plan, errors) = planner.end();
    (plan, errors, setup)
}

async fn plan_steps(
    at: &TenantContext<Provider>,
    spec: &ProviderSpec,
    planner: &mut Planner,
) -> Planned<ProviderSetup> {
    let subscription = CheckSubscription {
        subscriptions: &*at.clients().subscriptions,
        subscription: at.subscription(),
        tenant: at.tenant(),
    };
    // With a credential of another tenant, everything else would be a look at the wrong place.
    if planner.check(&subscription).await.is_none() {
        return Planned::Unknown;
    }
    let register = RegisterApplication {
        at,
        choice: &spec.application,
    };
    let application = planner.step(&register, At::Directory).await;
    let id = match identity_id(at, spec) {
        Ok(id) => id,
        Err(error) => {
            planner.obstacle(error);
            return Planned::Unknown;
        }
    };
    let identity = plan_identity(at, spec, &id, planner).await;
    let name = match spec
        .credential_name
        .clone()
        .map_or_else(|| credential_name(&id), Ok)
    {
        Ok(name) => name,
        Err(error) => {
            planner.obstacle(error);
            return Planned::Unknown;
        }
    };
    let (application, identity) = match (application, identity) {
        (Planned::There(application), Planned::There(identity)) => (application, identity),
        (application, _) => {
            // An application that is not there has no credential.
            let settings = Vec::new();
            let (action, setup) = match application {
                Planned::ToBeMade => (Action::Create { settings }, Planned::ToBeMade),
                Planned::There(_) | Planned::Unknown => (Action::KnownAfterApply, Planned::Unknown),
            };
            let target = Some(TrustIdentity::target_of(&name));
            planner.later(StepId::FederatedCredential, target, action, At::Directory);
            return setup;
        }
    };
    let trust = TrustIdentity {
        at,
        application: application.object_id,
        identity: identity.principal_id,
        name: &name,
    };
    let credential = planner.step(&trust, At::Directory).await;
    match credential {
        Planned::There(credential) => match setup(at, application, identity, credential) {
            Ok(setup) => Planned::There(setup),
            Err(error) => {
                planner.obstacle(error);
                Planned::Unknown
            }
        },
        // The application is there, so what hangs on it is not new for certain.
        Planned::ToBeMade | Planned::Unknown => Planned::Unknown,
    }
}

async fn plan_identity(
    at: &TenantContext<Provider>,
    spec: &ProviderSpec,
    id: &IdentityId,
    planner: &mut Planner,
) -> Planned<ManagedIdentity> {
    let group = Scope::ResourceGroup(at.subscription(), spec.resource_group.clone());
    let location = match &spec.identity {
        IdentityChoice::Existing(_) => None,
        IdentityChoice::Named(_) => {
            let register = RegisterResourceProvider {
                providers: &*at.clients().resource_providers,
                subscription: at.subscription(),
                namespace: "Microsoft.ManagedIdentity",
            };
            let ensure = EnsureResourceGroup {
                groups: &*at.clients().resource_groups,
                subscription: at.subscription(),
                name: &spec.resource_group,
                location: &spec.location,
            };
            planner.surroundings(&register, &ensure).await;
            Some(&spec.location)
        }
    };
    let ensure = EnsureIdentity { at, id, location };
    planner.step(&ensure, At::Scope(&group)).await
}
