//! Others at work at the same time: a second process of one's own, and somebody who changes things in between.

use crate::flow::{Flow, VAULT};
use azure_sim::{Lag, SimOptions, Span};
use cross_tenant_cmk::{
    Outcome, Reason, StepId,
    cosmos_cmk::CmkStatus,
    keyvault_rbac::{KeyUpdate, KeysApi as _},
};
use flow_tests::end::{kinds, recover};
use serde_json::json;
use std::time::Duration;

fn seeded(seed: u64) -> Flow {
    Flow::new(SimOptions {
        seed,
        lag: Lag {
            role_assignment: Span::secs(30, 60),
            ..Lag::typical()
        },
        ..SimOptions::default()
    })
}

#[tokio::test(start_paused = true)]
async fn two_processes_that_run_everything_at_the_same_time_make_one_of_each() {
    let mut both_succeeded = 0;
    for seed in 0..10 {
        let calm = seeded(seed);
        calm.everything().await;
        let flow = seeded(seed);
        let (left, right) = futures::join!(
            Box::pin(flow.try_everything()),
            Box::pin(flow.try_everything())
        );
        both_succeeded += u32::from(left.is_ok() && right.is_ok());
        // Whoever lost a race says so, and finds everything when it runs again.
        let (account, _) = recover(&flow).await.unwrap();
        assert_eq!(account.cmk_status, Some(CmkStatus::Confirmed), "{seed}");
        assert_eq!(kinds(&flow), kinds(&calm), "{seed}");
        let removed = flow.sim.writes();
        let mut removed = removed.iter().filter(|one| one.method == "DELETE");
        assert_eq!(removed.next(), None, "{seed}");
    }
    assert!(both_succeeded > 0, "no race was won by both");
}

#[tokio::test(start_paused = true)]
async fn what_others_add_in_between_stays_and_what_they_remove_is_made_again() {
    let flow = Flow::with_prompt_roles();
    let setup = flow.phase1().await.unwrap().output;
    // Somebody trusts another identity, too.
    let credentials = format!(
        "https://graph.microsoft.com/v1.0/applications/{}/federatedIdentityCredentials",
        setup.application_object_id
    );
    flow.provider_post(
        &credentials,
        &json!({
            "name": "theirs",
            "issuer": "https://token.actions.githubusercontent.com",
            "subject": "repo:fabrikam/platform:environment:production",
            "audiences": ["api://AzureADTokenExchange"]
        }),
    );
    let ours = setup.federated_credential_name.to_string();
    let application = setup.application_object_id.to_string();
    assert!(flow.sim.remove_federated_credential(&application, &ours));
    tokio::time::advance(Duration::from_secs(120)).await;
    let again = flow.phase1().await.unwrap();
    assert_eq!(
        again.report.outcome(StepId::FederatedCredential),
        Some(&Outcome::Created)
    );
    assert!(
        flow.sim
            .resources()
            .iter()
            .any(|line| line.ends_with("/theirs")),
        "{:?}",
        flow.sim.resources()
    );

    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap();
    tokio::time::advance(Duration::from_secs(600)).await;
    // The customer's administrator takes the role away, and phase 2 runs again.
    let writes = flow.sim.writes();
    let assignment = writes
        .iter()
        .find(|one| one.path.contains("/roleAssignments/"))
        .unwrap();
    let name = assignment.path.rsplit('/').next().unwrap();
    assert!(flow.sim.remove_role_assignment(name));
    tokio::time::advance(Duration::from_secs(600)).await;
    let again = flow.phase2(&offer).await.unwrap();
    assert_eq!(
        again.report.outcome(StepId::KeyRole),
        Some(&Outcome::Created)
    );
    assert_eq!(
        again.report.outcome(StepId::Key),
        Some(&Outcome::Existing),
        "{}",
        again.report
    );
    assert_eq!(again.output, grant.output);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_disabled_in_between_is_told_and_not_enabled() {
    let flow = Flow::with_prompt_roles();
    let done = flow.everything().await;
    let keys = flow.customer_keys();
    let mut update = KeyUpdate::default();
    update.attributes.enabled = Some(false);
    tokio::time::advance(Duration::from_secs(600)).await;
    let admin = flow.both.customer.admin.clone();
    let scope = format!(
        "/subscriptions/{}/resourceGroups/contoso-keys/providers/Microsoft.KeyVault/vaults/{VAULT}",
        flow.customer.subscription()
    );
    assert!(flow.sim.grant(&admin, "Key Vault Crypto Officer", &scope));
    let key = "cosmos".parse().unwrap();
    let version = keys
        .get_key(&key, None)
        .await
        .unwrap()
        .uri
        .version()
        .unwrap()
        .clone();
    keys.update_key(&key, &version, &update).await.unwrap();
    let error = flow.phase2(&done.offer).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().reason(), Reason::KeyDisabled);
    let current = keys.get_key(&key, None).await.unwrap();
    assert!(!current.enabled, "{current:?}");
}
