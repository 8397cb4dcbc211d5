//! Planted defects: what the matrix holds the end against does notice.

use azure_sim::{Reply, SimRequest};
use cross_tenant_cmk::{EncryptedAccount, cosmos_cmk::CmkStatus};
use flow_tests::{
    end::{kinds, problems, recover, settle_others},
    flow::Flow,
    matrix::on_virtual_time,
};
use serde_json::json;
use std::time::Duration;

/// A finished world, with what it must look like.
async fn finished() -> (Flow, Vec<String>, EncryptedAccount) {
    let flow = Flow::with_prompt_roles();
    settle_others(&flow);
    let (account, _) = recover(&flow).await.unwrap();
    let expected = kinds(&flow);
    assert_eq!(problems(&flow, &expected, &account), [""; 0]);
    (flow, expected, account)
}

/// Somebody with the provider's or customer's rights deletes something.
fn delete(flow: &Flow, path: &str, api_version: &str) {
    let scope = "https://management.azure.com/.default";
    let token = flow.sim.token(&flow.both.customer.admin, scope).unwrap();
    let url = format!("https://management.azure.com{path}?api-version={api_version}");
    let now = flow
        .sim
        .requests()
        .last()
        .map_or(Duration::ZERO, |last| last.at);
    let request = SimRequest::new("DELETE", url.parse().unwrap()).bearer(&token);
    match flow.sim.handle(now, request) {
        Reply::Answer(answer) if answer.is_success() => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_second_one_of_something_is_noticed() {
    on_virtual_time(async {
        let (flow, expected, account) = finished().await;
        flow.provider_post(
            "https://graph.microsoft.com/v1.0/applications",
            &json!({ "displayName": "Fabrikam data platform", "signInAudience": "AzureADMultipleOrgs" }),
        );
        let wrong = problems(&flow, &expected, &account).join("; ");
        assert!(wrong.contains("one too many: "), "{wrong}");
    });
}

#[test]
fn something_of_others_that_is_gone_is_noticed_and_so_is_who_touched_it() {
    on_virtual_time(async {
        let (flow, expected, account) = finished().await;
        let group = format!(
            "/subscriptions/{}/resourceGroups/bystander",
            flow.customer.subscription()
        );
        let vault = format!("{group}/providers/Microsoft.KeyVault/vaults/bystander");
        delete(&flow, &vault, "2023-07-01");
        let wrong = problems(&flow, &expected, &account).join("; ");
        for part in ["missing: ", "somebody else's: ", "removed: "] {
            assert!(wrong.contains(part), "{part}: {wrong}");
        }
    });
}

#[test]
fn an_account_that_has_lost_its_key_is_noticed() {
    on_virtual_time(async {
        let (flow, expected, mut account) = finished().await;
        account.cmk_status = None;
        let wrong = problems(&flow, &expected, &account);
        assert_eq!(wrong, ["the key is None"]);
        account.cmk_status = Some(CmkStatus::Confirmed);
        assert_eq!(problems(&flow, &expected, &account), [""; 0]);
    });
}

#[test]
fn what_a_skipped_read_back_would_not_see_is_noticed() {
    on_virtual_time(async {
        // The account as it was when it came up, taken at its word.
        let (flow, expected, account) = finished().await;
        assert!(flow.sim.enable_key("contoso-keys", "cosmos", None, false));
        let hour = flow
            .sim
            .requests()
            .last()
            .map_or(Duration::ZERO, |last| last.at)
            + Duration::from_secs(3_600);
        flow.sim.advance_to(hour);
        let wrong = problems(&flow, &expected, &account).join("; ");
        assert!(
            wrong.starts_with("Azure says: Access to your account is currently revoked"),
            "{wrong}"
        );
    });
}

#[test]
fn a_wait_that_gives_up_early_is_noticed() {
    on_virtual_time(async {
        let mut flow = Flow::with_prompt_roles();
        flow.run.waits.propagation.deadline = Duration::ZERO;
        let error = flow.phase1().await.unwrap_err();
        assert_eq!(
            error.errors()[0].to_string(),
            "step application on application fabrikam-cmk failed"
        );
        let patient = Flow::with_prompt_roles();
        assert_eq!(patient.phase1().await.unwrap().report.steps.len(), 6);
    });
}
