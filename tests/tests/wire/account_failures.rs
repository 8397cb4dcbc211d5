//! Creations that fail, and what is done about what they leave.

use crate::{
    account::{
        before_the_account, create, created, found_group, none_there, operation, poll, read, run,
        whose_accounts,
    },
    exchange::Exchange,
    literals::{ACCOUNT, FABRIKAM, the_account, unfinished_account},
    script::{Plan, in_order},
    server::{Wire, arm},
};
use cross_tenant_cmk::{Error, Outcome, PhaseError, Reason, StepId, cmk_core::Kind};
use serde_json::{Value, json};

/// The operation's end, as recorded of a failed one: a 200, with the error in it.
fn failed() -> Value {
    json!({
        "status": "Failed",
        "error": {
            "code": "ServiceUnavailable",
            "message": "Error contacting the Azure Key Vault resource. Please try again.\r\nActivityId: 77777777-0000-4000-8000-000000000001, Microsoft.Azure.Documents.Common/2.14.0",
        },
    })
}

fn delete() -> Exchange {
    arm(
        &FABRIKAM,
        "DELETE",
        format!("{ACCOUNT}?api-version=2026-03-15"),
    )
}

/// A creation whose operation ends like this, and what follows.
fn ending(end: Value, then: Plan) -> Plan {
    in_order![
        before_the_account(),
        none_there(),
        created(),
        poll("1").answers(200, json!({ "status": "Enqueued" })),
        poll("1").answers(200, end),
        then,
    ]
}

/// The service's own reason, whatever happened to the rest.
fn assert_says_why(error: &PhaseError) {
    let [Error::Step { step, source, .. }] = error.errors() else {
        panic!("{error}");
    };
    assert_eq!(
        (*step, source.kind()),
        (StepId::Account, Kind::OperationFailed)
    );
    assert_eq!(source.failure().code(), Some("ServiceUnavailable"));
    assert!(
        source
            .failure()
            .message()
            .unwrap_or_default()
            .starts_with("Error contacting the Azure Key Vault resource."),
        "{source:?}"
    );
    assert!(
        source
            .help()
            .unwrap_or_default()
            .contains("&FederatedClientId="),
        "{source:?}"
    );
}

/// What our failed creation left is seen, deleted and waited for.
fn clear(number: &str) -> Plan {
    in_order![
        read().answers(200, unfinished_account("Failed")),
        delete()
            .answers(202, json!({ "status": "Enqueued" }))
            .answer_header("azure-asyncoperation", operation(number)),
        poll(number).answers(200, json!({ "status": "Dequeued" })),
        poll(number).answers(200, json!({ "status": "Succeeded" })),
    ]
}

#[tokio::test]
async fn what_our_own_failed_creation_left_is_deleted_and_waited_for() {
    let wire = Wire::start().await;
    // A reason that another try does not cure.
    let end = json!({
        "status": "Failed",
        "error": {
            "code": "ServiceUnavailable",
            "message": "Sorry, we are currently experiencing high demand in West Europe region, and cannot fulfill your request at this time.\r\nActivityId: 77777777-0000-4000-8000-000000000003",
        },
    });
    let then = in_order![
        // The operation is done before the account says so.
        read().answers(200, unfinished_account("Creating")),
        read().answers(200, unfinished_account("Failed")),
        // Deleting meets the lock of what is still ending.
        delete().answers(412, locked()),
        delete()
            .answers(202, json!({ "status": "Enqueued" }))
            .answer_header("azure-asyncoperation", operation("2")),
        poll("2").answers(200, json!({ "status": "Succeeded" })),
    ];
    let error = run(&wire, ending(end, then)).await.unwrap_err();
    let [Error::Step { step, source, .. }] = error.errors() else {
        panic!("{error}");
    };
    assert_eq!(
        (*step, source.kind()),
        (StepId::Account, Kind::OperationFailed)
    );
    assert!(
        source
            .failure()
            .message()
            .unwrap_or_default()
            .contains("experiencing high demand"),
        "{source:?}"
    );
}

#[tokio::test]
async fn a_creation_that_did_not_reach_the_key_is_made_once_more_after_its_husk_is_gone() {
    let wire = Wire::start().await;
    let again = in_order![
        clear("2"),
        // The name is not free at once.
        create().answers(
            409,
            json!({
                "code": "Conflict",
                "message": "Dns record for contoso-orders under zone Document is already taken.\r\nActivityId: 77777777-0000-4000-8000-000000000004",
            })
        ),
        create()
            .answers(200, unfinished_account("Creating"))
            .answer_header("azure-asyncoperation", operation("3")),
        poll("3").answers(200, json!({ "status": "Succeeded" })),
        read().answers(200, the_account()),
        whose_accounts(&[the_account()]),
    ];
    let done = run(&wire, ending(failed(), again)).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Account),
        Some(&Outcome::Created)
    );
    let told = done.report.to_string();
    assert!(
        told.contains("what it left was removed, and the second succeeded"),
        "{told}"
    );
}

#[tokio::test]
async fn a_second_failure_on_the_way_to_the_key_is_the_last() {
    let wire = Wire::start().await;
    let again = in_order![
        clear("2"),
        create()
            .answers(200, unfinished_account("Creating"))
            .answer_header("azure-asyncoperation", operation("3")),
        poll("3").answers(200, failed()),
        clear("4"),
    ];
    let error = run(&wire, ending(failed(), again)).await.unwrap_err();
    assert_says_why(&error);
}

#[tokio::test]
async fn a_husk_that_cannot_be_removed_is_told_beside_the_reason() {
    let wire = Wire::start().await;
    let then = in_order![
        read().answers(200, unfinished_account("Failed")),
        delete().answers(
            409,
            json!({ "error": {
                "code": "ScopeLocked",
                "message": "The scope cannot perform delete operation because following scope(s) are locked.",
            } })
        ),
    ];
    let error = run(&wire, ending(failed(), then)).await.unwrap_err();
    let [Error::HuskLeft { source, left, .. }] = error.errors() else {
        panic!("{error}");
    };
    assert_eq!(source.failure().code(), Some("ServiceUnavailable"));
    assert_eq!(left.failure().code(), Some("ScopeLocked"));
}

#[tokio::test]
async fn a_failed_account_without_our_mark_is_left_alone() {
    let wire = Wire::start().await;
    let mut theirs = unfinished_account("Failed");
    theirs["tags"] = json!({ "cross-tenant-cmk-customer": "contoso" });
    let then = in_order![read().answers(200, theirs)];
    let error = run(&wire, ending(failed(), then)).await.unwrap_err();
    assert_says_why(&error);
}

#[tokio::test]
async fn a_failed_account_of_another_customer_is_left_alone() {
    let wire = Wire::start().await;
    let mut theirs = unfinished_account("Failed");
    theirs["tags"]["cross-tenant-cmk-customer"] = json!("litware");
    let then = in_order![read().answers(200, theirs)];
    let error = run(&wire, ending(failed(), then)).await.unwrap_err();
    assert_says_why(&error);
}

#[tokio::test]
async fn an_account_that_has_an_endpoint_may_hold_data_and_is_left_alone() {
    let wire = Wire::start().await;
    let mut failed_later = the_account();
    failed_later["properties"]["provisioningState"] = json!("Failed");
    let then = in_order![read().answers(200, failed_later)];
    let error = run(&wire, ending(failed(), then)).await.unwrap_err();
    assert_says_why(&error);
}

#[tokio::test]
async fn an_account_that_came_up_after_all_is_left_alone() {
    let wire = Wire::start().await;
    let then = in_order![
        read().answers(200, unfinished_account("Creating")),
        read().answers(200, the_account()),
    ];
    let error = run(&wire, ending(failed(), then)).await.unwrap_err();
    assert_says_why(&error);
}

#[tokio::test]
async fn a_canceled_creation_leaves_its_account_alone() {
    let wire = Wire::start().await;
    let then = in_order![read().answers(200, unfinished_account("Canceled"))];
    let end = json!({ "status": "Canceled" });
    let error = run(&wire, ending(end, then)).await.unwrap_err();
    let [Error::Step { source, .. }] = error.errors() else {
        panic!("{error}");
    };
    assert_eq!(source.kind(), Kind::OperationFailed);
    assert_eq!(source.failure().code(), Some("Canceled"));
}

#[tokio::test]
async fn a_creation_that_is_refused_at_once_removes_nothing() {
    let wire = Wire::start().await;
    let refused = json!({ "error": {
        "code": "BadRequest",
        "message": "Database account creation failed. Provided KeyVaultKeyUri is Invalid.",
    } });
    let plan = in_order![
        before_the_account(),
        none_there(),
        create().answers(400, refused)
    ];
    let error = run(&wire, plan).await.unwrap_err();
    let [Error::Step { source, .. }] = error.errors() else {
        panic!("{error}");
    };
    assert_eq!(source.kind(), Kind::InvalidRequest);
}

#[tokio::test]
async fn what_an_earlier_run_left_is_refused_and_not_deleted() {
    for state in ["Failed", "Canceled"] {
        let wire = Wire::start().await;
        let husk = unfinished_account(state);
        let plan = in_order![
            found_group(std::slice::from_ref(&husk)),
            read().answers(200, husk)
        ];
        let error = run(&wire, plan).await.unwrap_err();
        assert_eq!(
            error.refusal().map(cross_tenant_cmk::Refusal::reason),
            Some(Reason::AccountHusk),
            "{state}: {error}"
        );
    }
}

/// The refusal while another operation has the account.
fn locked() -> Value {
    json!({
        "code": "PreconditionFailed",
        "message": "There is already an operation in progress which requires exclusive lock on this service contoso-orders. Please retry the operation after sometime.\r\nActivityId: 77777777-0000-4000-8000-000000000002, Microsoft.Azure.Documents.Common/2.14.0",
    })
}

#[tokio::test]
async fn the_exclusive_lock_is_waited_out() {
    let wire = Wire::start().await;
    let plan = in_order![
        before_the_account(),
        none_there(),
        create().answers(412, locked()),
        create().answers(412, locked()),
        created(),
        poll("1").answers(200, json!({ "status": "Succeeded" })),
        read().answers(200, the_account()),
        whose_accounts(&[the_account()]),
    ];
    let done = run(&wire, plan).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Account),
        Some(&Outcome::Created)
    );
}

#[tokio::test]
async fn an_answer_that_a_gateway_swallowed_is_looked_for_and_nothing_is_sent_twice() {
    let wire = Wire::start().await;
    let plan = in_order![
        before_the_account(),
        none_there(),
        create().answers_text(502, "text/html", "<html><body>Bad Gateway</body></html>"),
        read().answers(200, unfinished_account("Creating")),
        read().answers(200, unfinished_account("Creating")),
        read().answers(200, the_account()),
        whose_accounts(&[the_account()]),
    ];
    let done = run(&wire, plan).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Account),
        Some(&Outcome::Created)
    );
}

#[tokio::test]
async fn a_key_that_the_service_does_not_reach_is_no_encryption() {
    let wire = Wire::start().await;
    let mut revoked = the_account();
    revoked["properties"]["customerManagedKeyStatus"] = json!(
        "Access to your account is currently revoked because the Azure Cosmos DB service is unable to obtain the AAD authentication token for the account's default identity; for more details about this error and how to restore access to your account please visit https://learn.microsoft.com/en-us/azure/cosmos-db/cmk-troubleshooting-guide#azure-active-directory-token-acquisition-error(4000)"
    );
    let plan = in_order![
        before_the_account(),
        none_there(),
        created(),
        poll("1").answers(200, json!({ "status": "Succeeded" })),
        read().answers(200, revoked),
    ];
    let error = run(&wire, plan).await.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().reason(),
        Reason::EncryptionNotConfirmed
    );
}
