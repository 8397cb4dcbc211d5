//! The plan of phase 3.

use super::{PhasePlan, Plan, needs::At, planner::Planner, preflight};
use crate::{
    AccountSpec, CustomerRecord, Error, Grant, Provider, ProviderSetup, RunOptions, TenantContext,
    account::{account_id, check_records, check_spec},
    report::Phase,
    steps::{
        CheckKeyBinding, CheckKeyTenant, CheckSetup, CheckSubscription, EnsureAccount,
        EnsureResourceGroup, ProveKey, RegisterResourceProvider,
    },
};
use cmk_core::{Location, ResourceGroupName, Scope};

/// What phase 3 would do. Reads only; with a [`KeyProof`](crate::KeyProof) it goes the way to the key, too.
///
/// Needs to read what [`create_encrypted_account`](crate::create_encrypted_account) would write. What cannot be read is in
/// the plan, as [`Action::Unreadable`](crate::Action::Unreadable). Of `options`, the waits count: a look is repeated for a
/// minute at most.
pub async fn plan_encrypted_account(
    at: &TenantContext<Provider>,
    setup: &ProviderSetup,
    grant: &Grant,
    customer: &CustomerRecord,
    spec: &AccountSpec,
    options: Option<RunOptions>,
) -> Plan {
    let options = options.unwrap_or_default();
    let (plan, _) = plan_phase(at, setup, grant, customer, spec, &options).await;
    Plan { phases: vec![plan] }
}

/// The plan, and the errors that it met.
pub(crate) async fn plan_phase(
    at: &TenantContext<Provider>,
    setup: &ProviderSetup,
    grant: &Grant,
    customer: &CustomerRecord,
    spec: &AccountSpec,
    options: &RunOptions,
) -> (PhasePlan, Vec<Error>) {
    let mut planner = planner(at, customer.reference.as_str(), options);
    plan_steps(at, setup, grant, customer, spec, &mut planner).await;
    preflight::look(&mut planner, &at.clients().authorities()).await;
    planner.end()
}

pub(super) fn planner(
    at: &TenantContext<Provider>,
    customer: &str,
    options: &RunOptions,
) -> Planner {
    Planner::new(
        Phase::EncryptedAccount,
        (at.cloud(), at.tenant(), at.subscription()),
        Some(at.subject(Some(customer))),
        options,
    )
}

async fn plan_steps(
    at: &TenantContext<Provider>,
    setup: &ProviderSetup,
    grant: &Grant,
    customer: &CustomerRecord,
    spec: &AccountSpec,
    planner: &mut Planner,
) {
    let unfit = [
        check_records(at, setup, grant, customer),
        check_spec(setup, grant, spec),
    ];
    let mut is_fit = true;
    for error in unfit.into_iter().filter_map(Result::err) {
        planner.obstacle(error);
        is_fit = false;
    }
    let id = match account_id(at, spec) {
        Ok(id) if is_fit => id,
        Ok(_) => return,
        Err(error) => return planner.obstacle(error),
    };
    let subscription = CheckSubscription {
        subscriptions: &*at.clients().subscriptions,
        subscription: at.subscription(),
        tenant: at.tenant(),
    };
    if planner.check(&subscription).await.is_none() {
        return;
    }
    let tenant = planner
        .check(&CheckKeyTenant {
            at,
            key: &grant.key_uri,
            expected: customer.tenant_id,
            unverified: spec.unverified_key_tenant,
        })
        .await;
    let holds = planner.check(&CheckSetup { at, setup }).await;
    let binding = CheckKeyBinding {
        at,
        key: &grant.key_uri,
        customer: &customer.reference,
        account: &id,
    };
    let is_free = planner.check(&binding).await;
    // Only once it is known whose key it is, as the run does.
    if let (Some(proof), Some(()), Some(()), Some(())) = (&spec.key_proof, tenant, holds, is_free) {
        planner
            .check(&ProveKey {
                proof: &**proof,
                tenant: customer.tenant_id,
                application: setup.application_client_id,
                key: &grant.key_uri,
            })
            .await;
    }
    plan_group(at, &spec.resource_group, &spec.account.location, planner).await;
    let group = Scope::ResourceGroup(at.subscription(), spec.resource_group.clone());
    let identity = Scope::from(setup.identity_id.as_resource_id().clone());
    planner
        .step(
            &EnsureAccount {
                at,
                id: &id,
                customer: &customer.reference,
                new: &spec.account,
            },
            At::Account(&group, Some(&identity)),
        )
        .await;
}

/// What the account needs around it.
pub(super) async fn plan_group(
    at: &TenantContext<Provider>,
    name: &ResourceGroupName,
    location: &Location,
    planner: &mut Planner,
) {
    let register = RegisterResourceProvider {
        providers: &*at.clients().resource_providers,
        subscription: at.subscription(),
        namespace: "Microsoft.DocumentDB",
    };
    let ensure = EnsureResourceGroup {
        groups: &*at.clients().resource_groups,
        subscription: at.subscription(),
        name,
        location,
    };
    planner.surroundings(&register, &ensure).await;
}
