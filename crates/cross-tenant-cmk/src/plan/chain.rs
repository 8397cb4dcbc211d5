//! The plan of all three phases, for a process that holds both parties' credentials.

use super::{
    Action, Plan,
    account::{plan_group, plan_phase as plan_account_phase, planner},
    customer::plan_phase as plan_customer_phase,
    needs::At,
    planner::{Planned, Planner},
    preflight,
    provider::plan_phase as plan_provider_phase,
};
use crate::{
    AccountSpec, Customer, CustomerRecord, CustomerReference, Error, KeySpec, Provider,
    ProviderSpec, RunOptions, StepId, TenantContext,
    provider::identity_id,
    steps::{CheckSubscription, check_place, converge::found},
};
use cmk_core::{Location, ResourceGroupName, Scope};
use cosmos_cmk::{AccountId, AccountLocation, AccountName};

/// What all three phases shall find or make for one customer.
#[derive(Debug, Clone)]
pub struct ChainSpec {
    /// Phase 1.
    pub provider: ProviderSpec,
    /// Phase 2.
    pub key: KeySpec,
    /// Whose account it is, in the provider's records.
    pub customer: CustomerReference,
    /// Phase 3.
    pub account: AccountPlace,
}

/// Where the account of phase 3 goes. What else it is made as belongs to [`AccountSpec`], which needs what the first two phases
/// leave.
#[derive(Debug, Clone)]
pub struct AccountPlace {
    /// Its resource group.
    pub resource_group: ResourceGroupName,
    /// Its name.
    pub name: AccountName,
    /// Its region.
    pub location: Location,
}

/// What all three phases would do. Reads only.
///
/// What a later phase does with something that an earlier one has yet to make reads *known after apply*. Each phase of the plan
/// is applied by its own function. Of `options`, the waits count: a look is repeated for a minute at most.
pub async fn plan_chain(
    provider: &TenantContext<Provider>,
    customer: &TenantContext<Customer>,
    spec: &ChainSpec,
    options: Option<RunOptions>,
) -> Plan {
    let options = options.unwrap_or_default();
    let (first, _, setup) = plan_provider_phase(provider, &spec.provider, &options).await;
    let offer = setup.clone().map(|setup| setup.offer(None));
    let (second, _, grant) = plan_customer_phase(
        customer,
        offer.as_ref(),
        provider.tenant(),
        &spec.key,
        &options,
    )
    .await;
    let third = match (setup, offer, grant) {
        (Planned::There(setup), Planned::There(offer), Planned::There(grant)) => {
            let record = CustomerRecord {
                reference: spec.customer.clone(),
                tenant_id: customer.tenant(),
                offer_digest: offer.digest(),
            };
            let place = &spec.account;
            let account = AccountSpec::new(
                &setup,
                &grant,
                place.resource_group.clone(),
                place.name.clone(),
                place.location.clone(),
            );
            match account {
                Ok(account) => {
                    plan_account_phase(provider, &setup, &grant, &record, &account, &options)
                        .await
                        .0
                }
                Err(error) => {
                    let mut planner = planner(provider, spec.customer.as_str(), &options);
                    planner.obstacle(Error::Step {
                        step: StepId::Account,
                        target: format!("account {}", place.name),
                        source: cmk_core::Error::invalid_input("plan_chain", error.to_string()),
                    });
                    planner.end().0
                }
            }
        }
        _ => {
            let mut planner = planner(provider, spec.customer.as_str(), &options);
            let identity = identity_id(provider, &spec.provider).ok();
            let identity = identity.map(|id| Scope::from(id.as_resource_id().clone()));
            plan_place(provider, &spec.account, identity.as_ref(), &mut planner).await;
            preflight::look(&mut planner, &provider.clients().authorities()).await;
            planner.end().0
        }
    };
    Plan {
        phases: vec![first, second, third],
    }
}

/// What can be known of phase 3 without key and identity.
async fn plan_place(
    at: &TenantContext<Provider>,
    place: &AccountPlace,
    identity: Option<&Scope>,
    planner: &mut Planner,
) {
    let subscription = CheckSubscription {
        subscriptions: &*at.clients().subscriptions,
        subscription: at.subscription(),
        tenant: at.tenant(),
    };
    if planner.check(&subscription).await.is_none() {
        return;
    }
    for step in [StepId::KeyTenant, StepId::Setup, StepId::KeyBinding] {
        planner.later(step, None, Action::KnownAfterApply, At::Directory);
    }
    plan_group(at, &place.resource_group, &place.location, planner).await;
    let group = Scope::ResourceGroup(at.subscription(), place.resource_group.clone());
    let target = format!("account {}", place.name);
    let action = match look_at(at, place, &target).await {
        Ok(action) => action,
        Err(error) => planner.failed(error),
    };
    planner.later(
        StepId::Account,
        Some(target),
        action,
        At::Account(&group, identity),
    );
}

/// Whether an account of that name can be made there. Whether one that is there fits, only its key and identity tell.
async fn look_at(
    at: &TenantContext<Provider>,
    place: &AccountPlace,
    target: &str,
) -> Result<Action, Error> {
    let failed = |source| Error::Step {
        step: StepId::Account,
        target: target.to_owned(),
        source,
    };
    let id =
        AccountId::new(at.subscription(), &place.resource_group, &place.name).map_err(|error| {
            failed(cmk_core::Error::invalid_input(
                "plan_chain",
                error.to_string(),
            ))
        })?;
    let read = at.clients().accounts.get_account(&id).await;
    if found(read).map_err(failed)?.is_some() {
        return Ok(Action::KnownAfterApply);
    }
    let region = AccountLocation {
        name: place.location.clone(),
        failover_priority: 0,
        zone_redundant: false,
    };
    check_place(at, &id, &[region], target).await?;
    Ok(Action::Create {
        settings: Vec::new(),
    })
}
