//! Operations waited for to their end, on a clock that does not move by itself.

use crate::support::{ACCOUNT, Canned, CannedAnswer, KEY, POLL, account_id, new_account};
use cosmos_cmk::{
    DatabaseAccountsApi as _, Error, Hint, Kind, OperationHandle, WaitOptions, wait_until_done,
};
use std::time::Duration;
use tokio::time::Instant;

const DELETED_AT: &str = "https://management.azure.com/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/acct-1/operationResults/33333333-3333-4333-8333-333333333333?api-version=2026-03-15";
const GONE: &str = r#"{"error":{"code":"ResourceNotFound","message":"The Resource 'Microsoft.DocumentDB/databaseAccounts/acct-1' under resource group 'rg' was not found."}}"#;

fn answer(status: u16, body: &str) -> CannedAnswer {
    (status, Vec::new(), body.as_bytes().to_vec())
}

fn started(state: &str) -> CannedAnswer {
    let body = format!(
        r#"{{"id":"{ACCOUNT}","location":"East US 2","properties":{{"provisioningState":"{state}"}}}}"#
    );
    (200, vec![("azure-asyncoperation", POLL)], body.into_bytes())
}

fn poll_path() -> String {
    let (path, _) = POLL
        .trim_start_matches("https://management.azure.com")
        .split_once('?')
        .unwrap();
    path.to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_done_when_its_operation_says_so() {
    let canned = Canned::new([
        started("Creating"),
        answer(200, r#"{"status":"Enqueued"}"#),
        answer(200, r#"{"status":"Dequeued"}"#),
        answer(200, r#"{"status":"Succeeded"}"#),
    ]);
    let client = canned.client();
    let accepted = client
        .create_account(&account_id(), &new_account(), None)
        .await
        .unwrap();
    let operation = accepted.operation.unwrap();
    let begin = Instant::now();
    wait_until_done(&client, &operation, &WaitOptions::default())
        .await
        .unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(20));
    let poll = format!("GET {}", poll_path());
    assert_eq!(
        canned.calls(),
        [format!("PUT {ACCOUNT}"), poll.clone(), poll.clone(), poll]
    );
}

#[tokio::test(start_paused = true)]
async fn a_handle_that_was_stored_is_waited_for_by_another_client() {
    let first = Canned::new([started("Updating")]);
    let accepted = first
        .client()
        .set_key_uri(&account_id(), &KEY.parse().unwrap())
        .await
        .unwrap();
    let stored = serde_json::to_string(&accepted.operation.unwrap()).unwrap();

    let handle: OperationHandle = serde_json::from_str(&stored).unwrap();
    let second = Canned::new([answer(200, r#"{"status":"Succeeded"}"#)]);
    wait_until_done(&second.client(), &handle, &WaitOptions::default())
        .await
        .unwrap();
    assert_eq!(second.calls(), [format!("GET {}", poll_path())]);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_operation_is_gone_is_done_when_the_account_is() {
    let canned = Canned::new([
        (
            202,
            vec![("location", DELETED_AT)],
            br#"{"status":"Enqueued"}"#.to_vec(),
        ),
        (202, vec![("retry-after", "30")], Vec::new()),
        answer(404, GONE),
        answer(404, GONE),
    ]);
    let client = canned.client();
    let accepted = client.delete_account(&account_id()).await.unwrap();
    let operation = accepted.operation.unwrap();
    let begin = Instant::now();
    wait_until_done(&client, &operation, &WaitOptions::default())
        .await
        .unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(30));
    let poll = format!("GET {ACCOUNT}/operationResults/33333333-3333-4333-8333-333333333333");
    assert_eq!(
        canned.calls(),
        [
            format!("DELETE {ACCOUNT}"),
            poll.clone(),
            poll,
            format!("GET {ACCOUNT}")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_has_failed_is_not_asked_again_whatever_its_hint() {
    for (code, text, hint) in [
        (
            "PreconditionFailed",
            "There is already an operation in progress which requires exclusive lock on this service acct-1. Please retry the operation after sometime.",
            Hint::Busy,
        ),
        (
            "InternalServerError",
            "Unexpected error on document scan for CMK Migration. Please retry the operation.",
            Hint::Transient { after: None },
        ),
        (
            "ServiceUnavailable",
            "Database account creation failed. Operation Id: 44444444-4444-4444-8444-444444444444, Error : Error contacting the Azure Key Vault resource. Please try again.",
            Hint::Permanent,
        ),
    ] {
        let end =
            format!(r#"{{"status":"Failed","error":{{"code":"{code}","message":"{text}"}}}}"#);
        let canned = Canned::new([started("Updating"), answer(200, &end)]);
        let client = canned.client();
        let accepted = client
            .set_key_uri(&account_id(), &KEY.parse().unwrap())
            .await
            .unwrap();
        let operation = accepted.operation.unwrap();
        let error = wait_until_done(&client, &operation, &WaitOptions::default())
            .await
            .unwrap_err();
        assert!(matches!(error, Error::OperationFailed(_)), "{error:?}");
        assert_eq!(error.hint(), Some(hint));
        assert_eq!(canned.calls().len(), 2, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_outlives_the_deadline_goes_on() {
    let running = (0..10).map(|_| answer(200, r#"{"status":"Dequeued"}"#));
    let canned = Canned::new([started("Creating")].into_iter().chain(running));
    let client = canned.client();
    let accepted = client
        .create_account(&account_id(), &new_account(), None)
        .await
        .unwrap();
    let options = WaitOptions {
        deadline: Duration::from_secs(35),
        ..Default::default()
    };
    let error = wait_until_done(&client, &accepted.operation.unwrap(), &options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::TimedOut);
    assert_eq!(error.failure().target(), ACCOUNT);
    assert!(error.help().unwrap().contains("goes on"));
}
