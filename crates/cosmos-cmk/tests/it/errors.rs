//! What errors mean: the service's own texts, as a refusal and as the end of an operation.

use crate::support::{ACCOUNT, Canned, POLL, account_id, new_account};
use cosmos_cmk::{DatabaseAccountsApi as _, Error, Hint, Kind, OperationsApi as _};
use serde_json::json;

/// The error of a creation that is refused at once with this.
async fn refused(status: u16, code: &str, message: &str) -> Error {
    let body = json!({ "code": code, "message": message }).to_string();
    let canned = Canned::new([(status, Vec::new(), body.into_bytes())]);
    let error = canned
        .client()
        .create_account(&account_id(), &new_account(), None)
        .await
        .unwrap_err();
    assert_eq!(canned.calls(), [format!("PUT {ACCOUNT}")]);
    error
}

/// The error of a creation whose operation ends with this.
async fn ended(code: &str, message: &str) -> Error {
    let account = json!({ "id": ACCOUNT, "properties": { "provisioningState": "Creating" } });
    let end = json!({ "status": "Failed", "error": { "code": code, "message": message } });
    let canned = Canned::new([
        (
            200,
            vec![("azure-asyncoperation", POLL)],
            account.to_string().into_bytes(),
        ),
        (200, Vec::new(), end.to_string().into_bytes()),
    ]);
    let client = canned.client();
    let accepted = client
        .create_account(&account_id(), &new_account(), None)
        .await
        .unwrap();
    client
        .poll_operation(&accepted.operation.unwrap())
        .await
        .unwrap_err()
}

fn wrapped(inner: &str) -> String {
    format!(
        "Database account creation failed. Operation Id: 44444444-4444-4444-8444-444444444444, Error : {inner}\r\nActivityId: 55555555-5555-4555-8555-555555555555, Microsoft.Azure.Documents.Common/2.14.0"
    )
}

#[tokio::test]
async fn a_text_means_the_same_as_a_refusal_and_as_the_end_of_an_operation() {
    for (status, code, text, kind, hint) in [
        (
            403,
            "Forbidden",
            r#"{"error":{"code":"Forbidden","message":"Client address is not authorized and caller was ignored because bypass is set to None\r\nClient address: 203.0.113.7\r\nVault: v1;location=eastus","innererror":{"code":"ForbiddenByFirewall"}}}"#,
            Kind::Forbidden,
            Hint::NeedsPermission,
        ),
        (
            503,
            "ServiceUnavailable",
            "Error contacting the Azure Key Vault resource. Please try again.",
            Kind::InvalidRequest,
            Hint::Permanent,
        ),
        (
            400,
            "BadRequest",
            "Updating default identity not allowed. Cannot set SystemAssignedIdentity as the default identity during provision.",
            Kind::InvalidRequest,
            Hint::Permanent,
        ),
        (
            503,
            "ServiceUnavailable",
            "Sorry, we are currently experiencing high demand in this region, and cannot fulfill your request at this time.",
            Kind::Other,
            Hint::Permanent,
        ),
        (
            400,
            "BadRequest",
            "Dns record for acct-1 under zone Document is already taken. Please use a different name for the account.",
            Kind::Conflict,
            Hint::Permanent,
        ),
        (
            400,
            "BadRequest",
            "DatabaseAccount acct-1 is in a failed provisioning state because the previous attempt to create it was not successful. Please delete the previous instance before attempting to recreate this account.",
            Kind::Conflict,
            Hint::Permanent,
        ),
        (
            412,
            "PreconditionFailed",
            "There is already an operation in progress which requires exclusive lock on this service acct-1. Please retry the operation after sometime.",
            Kind::Conflict,
            Hint::Busy,
        ),
        (
            412,
            "PreconditionFailed",
            "There is another user operation in progress which requires an exclusive lock on [acct-1]. Please retry after sometime.",
            Kind::Conflict,
            Hint::Busy,
        ),
        (
            400,
            "BadRequest",
            "No Update is allowed on Database Account with Customer Managed Key in Revoked Status",
            Kind::Conflict,
            Hint::Permanent,
        ),
    ] {
        let at_once = refused(status, code, text).await;
        assert_eq!(
            (at_once.kind(), at_once.hint()),
            (kind, Some(hint)),
            "{text}"
        );
        let later = ended(code, &wrapped(text)).await;
        assert_eq!(
            (later.kind(), later.hint()),
            (Kind::OperationFailed, Some(hint)),
            "{text}"
        );
        assert_eq!(later.failure().operation(), "create_account");
        assert_eq!(later.failure().code(), Some(code));
        assert_eq!(at_once.help(), later.help());
        assert!(
            at_once.help().is_some_and(|help| !help.is_empty()),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_503_that_says_try_again_names_its_three_causes_and_what_nobody_knows() {
    let error = ended(
        "ServiceUnavailable",
        &wrapped("Error contacting the Azure Key Vault resource. Please try again."),
    )
    .await;
    let help = error.help().unwrap();
    for part in [
        "does not exist",
        "&FederatedClientId=",
        "application",
        "not documented",
    ] {
        assert!(help.contains(part), "{part} is missing in: {help}");
    }
}

#[tokio::test]
async fn a_text_that_nobody_explained_is_no_opinion() {
    for text in ["Request url is invalid.", "StatusCode: 408"] {
        let error = ended("NotFound", &wrapped(text)).await;
        assert_eq!(
            (error.kind(), error.hint(), error.help()),
            (Kind::OperationFailed, None, None),
            "{text}"
        );
    }
}

#[tokio::test]
async fn resource_managers_own_refusals_keep_their_meaning() {
    for (status, code, kind, hint) in [
        (
            403,
            "AuthorizationFailed",
            Kind::Forbidden,
            Hint::NeedsPermission,
        ),
        (
            403,
            "LinkedAuthorizationFailed",
            Kind::Forbidden,
            Hint::NeedsPermission,
        ),
        (
            403,
            "RequestDisallowedByPolicy",
            Kind::Forbidden,
            Hint::Permanent,
        ),
        (
            409,
            "MissingSubscriptionRegistration",
            Kind::Conflict,
            Hint::NeedsPermission,
        ),
        (409, "ScopeLocked", Kind::Conflict, Hint::Permanent),
    ] {
        let error = refused(status, code, "m").await;
        assert_eq!((error.kind(), error.hint()), (kind, Some(hint)), "{code}");
    }
}

#[tokio::test]
async fn a_gateway_that_gave_up_leaves_the_outcome_unknown() {
    let error = refused(
        504,
        "GatewayTimeout",
        "The gateway did not receive a response from 'Microsoft.DocumentDB' within the specified time period.",
    )
    .await;
    assert_eq!((error.kind(), error.hint()), (Kind::OutcomeUnknown, None));
}
