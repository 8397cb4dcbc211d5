//! Runs a phase as it was planned, and writes nothing else.

use crate::{
    AccountSpec, Customer, CustomerRecord, Difference, Done, EncryptedAccount, Error, Grant,
    KeySpec, Offer, PhaseError, Plan, Provider, ProviderSetup, ProviderSpec, Report, RunOptions,
    TenantContext, account, customer, plan::PhasePlan, provider, report::Phase,
};
use cmk_core::TenantId;

/// Runs phase 1 as it was planned.
///
/// First it plans anew, reading only: whatever stands in the way is told at once and all together, and so is what has changed
/// since the plan was made, unless an earlier run of the same plan explains it. Then it does what
/// [`set_up_provider`](crate::set_up_provider) does, and holds each step against the plan once more before it writes. So
/// the same plan can be applied again after a crash.
///
/// # Errors
/// [`PhaseError`] with every error. [`Error::Changed`] says what is not as it was planned.
pub async fn apply_provider_setup(
    at: &TenantContext<Provider>,
    spec: &ProviderSpec,
    plan: &Plan,
    options: Option<RunOptions>,
) -> Result<Done<ProviderSetup>, PhaseError> {
    let options = options.unwrap_or_default();
    let plan = part(plan, Phase::ProviderSetup)?;
    provider::run(at, spec, &options, Some(plan)).await
}

/// Runs phase 2 as it was planned: see [`apply_provider_setup`], and [`grant_access`](crate::grant_access).
///
/// # Errors
/// [`PhaseError`] with every error. [`Error::Changed`] says what is not as it was planned.
pub async fn apply_customer_grant(
    at: &TenantContext<Customer>,
    offer: &Offer,
    expected_provider: TenantId,
    spec: &KeySpec,
    plan: &Plan,
    options: Option<RunOptions>,
) -> Result<Done<Grant>, PhaseError> {
    let options = options.unwrap_or_default();
    let plan = part(plan, Phase::CustomerGrant)?;
    customer::run(at, offer, expected_provider, spec, &options, Some(plan)).await
}

/// Runs phase 3 as it was planned: see [`apply_provider_setup`], and
/// [`create_encrypted_account`](crate::create_encrypted_account).
///
/// # Errors
/// [`PhaseError`] with every error. [`Error::Changed`] says what is not as it was planned.
pub async fn apply_encrypted_account(
    at: &TenantContext<Provider>,
    setup: &ProviderSetup,
    grant: &Grant,
    customer: &CustomerRecord,
    spec: &AccountSpec,
    plan: &Plan,
    options: Option<RunOptions>,
) -> Result<Done<EncryptedAccount>, PhaseError> {
    let options = options.unwrap_or_default();
    let plan = part(plan, Phase::EncryptedAccount)?;
    account::run(at, setup, grant, customer, spec, &options, Some(plan)).await
}

/// The part of the plan that is applied.
fn part(plan: &Plan, phase: Phase) -> Result<&PhasePlan, PhaseError> {
    plan.phase(phase).ok_or_else(|| {
        let difference = Difference {
            step: None,
            subject: phase.to_string(),
            planned: String::from("not at all"),
            now: String::from("asked for"),
        };
        PhaseError::new(phase, vec![Error::Changed(difference)], Report::new(phase))
    })
}
