//! A plan is carried out as it was agreed, or refused with what has changed.

use crate::{
    dropped::dropped_after,
    flow::{Flow, VAULT, account_spec, key_spec, provider_spec},
    plan::planned,
};
use azure_sim::Lag;
use cross_tenant_cmk::{
    Done, EncryptedAccount, Error, Phase, PhaseError, Plan, apply_customer_grant,
    apply_encrypted_account, apply_provider_setup, cosmos_cmk::CmkStatus,
};
use flow_tests::end::kinds;
use serde_json::json;
use std::time::Duration;

/// All three phases by a plan.
async fn apply(flow: &Flow, plan: &Plan) -> Result<Done<EncryptedAccount>, PhaseError> {
    let setup = apply_provider_setup(&flow.provider, &provider_spec(), plan, None)
        .await?
        .output;
    let offer = setup.offer(None);
    let grant = apply_customer_grant(
        &flow.customer,
        &offer,
        flow.provider_tenant(),
        &key_spec(),
        plan,
        None,
    )
    .await?
    .output;
    let record = flow.record(&offer);
    let spec = account_spec(&setup, &grant);
    apply_encrypted_account(&flow.provider, &setup, &grant, &record, &spec, plan, None).await
}

/// What has changed, as the errors say it.
fn changes(error: &PhaseError) -> Vec<String> {
    let errors = error.errors().iter();
    errors
        .filter_map(|error| match error {
            Error::Changed(difference) => Some(difference.to_string()),
            _ => None,
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_everything_is_applied() {
    let flow = Flow::with_prompt_roles();
    let plan = planned(&flow).await;
    let done = apply(&flow, &plan).await.unwrap();
    assert_eq!(done.output.cmk_status, Some(CmkStatus::Confirmed));
    let calm = Flow::with_prompt_roles();
    calm.everything().await;
    assert_eq!(kinds(&flow), kinds(&calm));
}

#[tokio::test(start_paused = true)]
async fn the_same_plan_is_applied_again_after_a_crash_anywhere() {
    let calm = Flow::with_prompt_roles();
    calm.everything().await;
    let expected = kinds(&calm);
    let mut polls = 1;
    loop {
        let flow = Flow::with_prompt_roles();
        let plan = planned(&flow).await;
        let ended = dropped_after(polls, Box::pin(apply(&flow, &plan))).await;
        let kept = plan.to_json().parse().unwrap();
        let done = apply(&flow, &kept).await;
        let done = done.unwrap_or_else(|error| panic!("after poll {polls}: {error:?}"));
        assert_eq!(
            done.output.cmk_status,
            Some(CmkStatus::Confirmed),
            "after poll {polls}"
        );
        assert_eq!(kinds(&flow), expected, "after poll {polls}");
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 50, "only {polls} polls to drop at");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_made_since_is_told_and_nothing_is_written() {
    let flow = Flow::typical();
    let plan = planned(&flow).await;
    let offer = flow.phase1().await.unwrap().output.offer(None);
    // A vault that would fit, and that nobody spoke of.
    let subscription = flow.customer.subscription();
    let group = format!(
        "https://management.azure.com/subscriptions/{subscription}/resourceGroups/contoso-keys"
    );
    flow.customer_put(
        &format!("{group}?api-version=2024-03-01"),
        &json!({ "location": "northeurope" }),
    );
    flow.customer_put(
        &format!("{group}/providers/Microsoft.KeyVault/vaults/{VAULT}?api-version=2023-07-01"),
        &json!({ "location": "westeurope", "properties": {
            "tenantId": flow.customer.tenant().to_string(),
            "sku": { "family": "A", "name": "standard" },
            "accessPolicies": [],
            "enableRbacAuthorization": true,
            "enablePurgeProtection": true
        } }),
    );
    tokio::time::advance(Duration::from_secs(120)).await;
    let before = flow.sim.writes();
    let error = apply_customer_grant(
        &flow.customer,
        &offer,
        flow.provider_tenant(),
        &key_spec(),
        &plan,
        None,
    )
    .await
    .unwrap_err();
    let changed = changes(&error);
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert!(
        changed[0].starts_with("step resource-group: resource group contoso-keys: planned create")
            && changed[0].ends_with("and now adopt"),
        "{changed:?}"
    );
    assert!(
        changed[1].starts_with("step vault: vault contoso-keys: planned create"),
        "{changed:?}"
    );
    assert_eq!(flow.sim.writes(), before);
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_since_is_told() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    tokio::time::advance(Duration::from_secs(120)).await;
    let plan = planned(&flow).await;
    let application = setup.application_object_id.to_string();
    let name = setup.federated_credential_name.to_string();
    assert!(flow.sim.remove_federated_credential(&application, &name));
    // Every replica of the directory shows it by then.
    tokio::time::advance(Lag::typical().directory.max).await;
    let error = apply_provider_setup(&flow.provider, &provider_spec(), &plan, None)
        .await
        .unwrap_err();
    let changed = changes(&error);
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert!(
        changed[0].contains("planned keep, and now create"),
        "{changed:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_something_else_is_refused() {
    let flow = Flow::typical();
    let plan = planned(&flow).await;
    let mut spec = provider_spec();
    spec.location = "northeurope".parse().unwrap();
    let error = apply_provider_setup(&flow.provider, &spec, &plan, None)
        .await
        .unwrap_err();
    assert_eq!(
        changes(&error),
        [
            "step resource-group: resource group fabrikam-cmk: planned create (location westeurope), and now create (location northeurope)",
            "step managed-identity: managed identity fabrikam-cmk: planned create (location westeurope), and now create (location northeurope)",
        ]
    );
    let mut without = plan.clone();
    without
        .phases
        .retain(|part| part.phase != Phase::ProviderSetup);
    let error = apply_provider_setup(&flow.provider, &provider_spec(), &without, None)
        .await
        .unwrap_err();
    assert_eq!(
        changes(&error),
        ["phase 1 (provider setup): planned not at all, and now asked for"]
    );
    assert_eq!(flow.sim.writes(), []);
}
