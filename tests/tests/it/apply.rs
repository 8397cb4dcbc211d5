//! A plan is carried out as it was agreed, or refused with what has changed.

use crate::{
    dropped::dropped_after,
    flow::{Flow, VAULT, account_spec, key_spec, options, provider_spec},
    plan::planned,
};
use azure_sim::{Lag, SimOptions, TwoTenants};
use cross_tenant_cmk::{
    Action, Done, EncryptedAccount, Error, FileJournal, IdentityProof, Journal, JournalEntry,
    MemoryJournal, Phase, PhaseError, Plan, RunOptions, apply_customer_grant,
    apply_encrypted_account, apply_provider_setup, cmk_core::Cloud, cosmos_cmk::CmkStatus,
    plan_customer_grant, plan_encrypted_account, unfinished_entries,
};
use flow_tests::end::kinds;
use serde_json::json;
use std::{sync::Arc, time::Duration};

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
async fn in_a_subscription_that_never_used_the_providers_the_same_plan_is_applied_after_a_crash_anywhere()
 {
    let unregistered = || {
        Flow::of(TwoTenants::unregistered(SimOptions {
            seed: 7,
            lag: Lag::typical(),
            ..SimOptions::default()
        }))
    };
    let phase1 = |flow: &Flow, plan: &Plan| {
        let (at, plan) = (flow.provider.clone(), plan.clone());
        async move { apply_provider_setup(&at, &provider_spec(), &plan, None).await }
    };
    let mut polls = 0;
    loop {
        let flow = unregistered();
        let plan = planned(&flow).await;
        let ended = dropped_after(polls, Box::pin(phase1(&flow, &plan))).await;
        let done = phase1(&flow, &plan).await;
        let setup = done.unwrap_or_else(|error| panic!("after poll {polls}: {error:?}"));
        if ended.is_some() {
            // The customer's half of the same plan, in a group that is there already.
            let offer = setup.output.offer(None);
            let subscription = flow.customer.subscription();
            flow.customer_put(
                &format!("https://management.azure.com/subscriptions/{subscription}/resourceGroups/contoso-keys?api-version=2024-03-01"),
                &json!({ "location": "westeurope" }),
            );
            let provider = flow.provider_tenant();
            let plan =
                plan_customer_grant(&flow.customer, &offer, provider, &key_spec(), None).await;
            assert!(plan.can_be_applied(), "{plan}");
            let at = &flow.customer;
            let done = apply_customer_grant(at, &offer, provider, &key_spec(), &plan, None).await;
            assert_eq!(done.unwrap().report.steps.len(), 7);
            break;
        }
        polls += 1;
    }
    assert!(polls > 20, "only {polls} polls to drop at");
}

#[tokio::test(start_paused = true)]
async fn with_a_journal_what_another_run_made_is_told_although_it_carries_our_mark() {
    let flow = Flow::typical();
    let plan = planned(&flow).await;
    // Somebody runs the phase by another plan, or by none.
    let setup = flow.phase1().await.unwrap().output;
    tokio::time::advance(Duration::from_secs(120)).await;
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::default());
    let options = || {
        Some(RunOptions {
            journal: Some(Arc::clone(&journal)),
            ..RunOptions::default()
        })
    };
    let error = apply_provider_setup(&flow.provider, &provider_spec(), &plan, options())
        .await
        .unwrap_err();
    let changed = changes(&error);
    assert_eq!(changed.len(), 4, "{changed:?}");
    assert!(changed[0].ends_with("and now keep"), "{changed:?}");
    // Without a journal the mark is all there is to go by.
    let done = apply_provider_setup(&flow.provider, &provider_spec(), &plan, None).await;
    assert_eq!(done.unwrap().output, setup);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_was_planned_is_not_left_out_and_one_more_is_no_harm() {
    let flow = Flow::with_prompt_roles();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    tokio::time::advance(Duration::from_secs(600)).await;
    let record = flow.record(&offer);
    let plain = account_spec(&setup, &grant);
    let mut proved = plain.clone();
    let credential = flow.sim.identity_credential(&setup.identity_id.to_string());
    let proof = IdentityProof::new(Cloud::Public, credential, Some(options(&flow.sim)));
    proved.key_proof = Some(Arc::new(proof.unwrap()));
    let at = &flow.provider;
    let with_proof = plan_encrypted_account(at, &setup, &grant, &record, &proved, None).await;
    let without = plan_encrypted_account(at, &setup, &grant, &record, &plain, None).await;
    let error =
        apply_encrypted_account(at, &setup, &grant, &record, &plain, &with_proof, None).await;
    assert_eq!(
        changes(&error.unwrap_err()),
        [format!(
            "step key-proof: key {}: planned check, and now left out",
            grant.key_uri
        )]
    );
    let done = apply_encrypted_account(at, &setup, &grant, &record, &proved, &without, None).await;
    assert_eq!(done.unwrap().output.cmk_status, Some(CmkStatus::Confirmed));
}

#[tokio::test(start_paused = true)]
async fn a_journal_in_a_file_survives_the_process_and_holds_every_phase() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let mut flow = Flow::with_prompt_roles();
    let plan = planned(&flow).await;
    flow.run.journal = Some(Arc::new(FileJournal::open(&path).unwrap()));
    flow.everything().await;
    flow.run.journal = None;
    let entries = FileJournal::open(&path).unwrap().entries().await.unwrap();
    assert_eq!(unfinished_entries(&entries), Vec::<&JournalEntry>::new());
    let writes = plan.phases.iter().flat_map(|phase| &phase.steps);
    let writes = writes.filter(|step| matches!(step.action, Action::Create { .. }));
    assert_eq!(entries.len(), 2 * writes.count());
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
