//! What errors of the three changes mean, as a refusal and as the end of an operation.

use crate::support::{ACCOUNT, CLIENT, Canned, IDENTITY, KEY, POLL, account_id, new_account};
use cosmos_cmk::{
    Accepted, DatabaseAccount, DatabaseAccountsApi as _, DatabaseAccountsClient, DefaultIdentity,
    Error, Hint, IdentityChange, Kind, OperationsApi as _, Result, SystemAssigned,
};
use serde_json::json;

const TRANSIENT: Hint = Hint::Transient { after: None };

async fn change(
    client: &DatabaseAccountsClient,
    operation: &str,
) -> Result<Accepted<DatabaseAccount>> {
    let id = account_id();
    match operation {
        "set_identities" => {
            let change = IdentityChange {
                add: vec![IDENTITY.parse().unwrap()],
                ..Default::default()
            };
            client
                .set_identities(&id, &change, SystemAssigned::Absent)
                .await
        }
        "set_default_identity" => {
            let text = format!("UserAssignedIdentity={IDENTITY}&FederatedClientId={CLIENT}");
            let identity = DefaultIdentity::from(text.as_str());
            client.set_default_identity(&id, &identity).await
        }
        "set_key_uri" => client.set_key_uri(&id, &KEY.parse().unwrap()).await,
        other => panic!("no case calls {other}"),
    }
}

/// The error of a change that is refused at once.
async fn refused(operation: &str, status: u16, code: &str, message: &str) -> Error {
    let body = json!({ "error": { "code": code, "message": message } }).to_string();
    let canned = Canned::new([(status, Vec::new(), body.into_bytes())]);
    let error = change(&canned.client(), operation).await.unwrap_err();
    assert_eq!(canned.calls(), [format!("PATCH {ACCOUNT}")]);
    error
}

/// The error of a change whose operation ends badly.
async fn ended(operation: &str, code: &str, message: &str) -> Error {
    let account = json!({ "id": ACCOUNT, "properties": { "provisioningState": "Updating" } });
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
    let accepted = change(&client, operation).await.unwrap();
    client
        .poll_operation(&accepted.operation.unwrap())
        .await
        .unwrap_err()
}

struct Case {
    operation: &'static str,
    status: u16,
    code: &'static str,
    text: &'static str,
    kind: Kind,
    hint: Hint,
    help: &'static str,
}

async fn check(cases: &[Case]) {
    for case in cases {
        let text = format!(
            "{}\r\nActivityId: 55555555-5555-4555-8555-555555555555, Microsoft.Azure.Documents.Common/2.14.0",
            case.text
        );
        let at_once = refused(case.operation, case.status, case.code, &text).await;
        assert_eq!(
            (at_once.kind(), at_once.hint()),
            (case.kind, Some(case.hint)),
            "{text}"
        );
        let later = ended(case.operation, case.code, &text).await;
        assert_eq!(
            (later.kind(), later.hint()),
            (Kind::OperationFailed, Some(case.hint)),
            "{text}"
        );
        for error in [at_once, later] {
            assert_eq!(error.failure().operation(), case.operation);
            let help = error.help().unwrap_or_default();
            assert!(help.contains(case.help), "{text}: {help}");
        }
    }
}

fn final_refusal(operation: &'static str, text: &'static str, help: &'static str) -> Case {
    Case {
        operation,
        status: 400,
        code: "BadRequest",
        text,
        kind: Kind::InvalidRequest,
        hint: Hint::Permanent,
        help,
    }
}

#[tokio::test]
async fn refusals_of_a_key_are_final() {
    let key = |text, help| final_refusal("set_key_uri", text, help);
    check(&[
        key(
            "Provided KeyVaultKeyUri http://mykeyvault.vault1.azure2.net3/keys4/mykey is Invalid.",
            "without version",
        ),
        key(
            "Updating KeyVaultKeyUri is not supported",
            "cannot be turned off",
        ),
        key(
            "The tenant for the new Key Vault 66666666-6666-4666-8666-666666666666 does not match the one in the old Key Vault 77777777-7777-4777-8777-777777777777. New Key Vaults must be on the same tenant as the old ones.",
            "another account",
        ),
        key(
            "Cannot update Customer Managed Key settings and other properties at the same time.",
            "change the key alone",
        ),
        key(
            "Customer Managed Key enablement on an existing Analytical Store/Continuous Backup/Materialized View/Full Fidelity Change Feed enabled Account is not supported",
            "default identity",
        ),
    ])
    .await;
}

#[tokio::test]
async fn refusals_of_a_default_identity_are_final() {
    let identity = |text, help| final_refusal("set_default_identity", text, help);
    check(&[
        identity(
            "Cross-tenant CMK is not supported with System Assigned identities as Default identities. Please use a User Assigned Identity instead.",
            "&FederatedClientId=",
        ),
        identity(
            "Cross-tenant CMK is not supported with First Party identities as Default identities. Please use a User Assigned identity instead",
            "&FederatedClientId=",
        ),
        identity(
            "The given default identity for acct-1 is not valid. The format for the default identity is not valid, please use 'FirstPartyIdentity'/'SystemAssignedIdentity'/'UserAssignedIdentity=<UA_resource_id>'",
            "UserAssignedIdentity=<id>",
        ),
        identity(
            "Setting Non-FPI default identity is required for dedicated storage account features. Please set a valid System or User Assigned Identity to default and retry the request.",
            "user-assigned",
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_stands_in_the_way_of_every_change_means_the_same_for_each() {
    for operation in ["set_identities", "set_default_identity", "set_key_uri"] {
        check(&[
            Case {
                operation,
                status: 412,
                code: "PreconditionFailed",
                text: "There is already an operation in progress which requires exclusive lock on this service acct-1. Please retry the operation after sometime.",
                kind: Kind::Conflict,
                hint: Hint::Busy,
                help: "another operation",
            },
            Case {
                operation,
                status: 400,
                code: "BadRequest",
                text: "No Update is allowed on Database Account with Customer Managed Key in Revoked Status",
                kind: Kind::Conflict,
                hint: Hint::Permanent,
                help: "give it access again",
            },
            Case {
                operation,
                status: 503,
                code: "ServiceUnavailable",
                text: "Error contacting the Azure Key Vault resource. Please try again.",
                kind: Kind::InvalidRequest,
                hint: Hint::Permanent,
                help: "trying again does not help",
            },
            Case {
                operation,
                status: 403,
                code: "Forbidden",
                text: r#"{"error":{"code":"Forbidden","message":"Client address is not authorized and caller was ignored because bypass is set to None\r\nVault: v1;location=eastus","innererror":{"code":"ForbiddenByFirewall"}}}"#,
                kind: Kind::Forbidden,
                hint: Hint::NeedsPermission,
                help: "trusted Microsoft services",
            },
        ])
        .await;
    }
}

#[tokio::test]
async fn what_a_read_returned_cannot_be_sent_back_as_identities() {
    check(&[Case {
        operation: "set_identities",
        status: 400,
        code: "InvalidIdentityValues",
        text: "Invalid value for the identities. The 'UserAssignedIdentities' property keys should only be empty json objects, null or the resource existing property.",
        kind: Kind::InvalidRequest,
        hint: Hint::Permanent,
        help: "empty object or null",
    }])
    .await;
}

#[tokio::test]
async fn a_scan_of_an_existing_account_that_was_throttled_is_worth_another_try() {
    check(&[Case {
        operation: "set_key_uri",
        status: 500,
        code: "InternalServerError",
        text: "Unexpected error on document scan for CMK Migration. Please retry the operation.",
        kind: Kind::Other,
        hint: TRANSIENT,
        help: "raise the throughput",
    }])
    .await;
}

#[tokio::test]
async fn a_change_that_timed_out_in_resource_manager_may_have_been_done() {
    for (status, code, text) in [
        (
            504,
            "GatewayTimeout",
            "The gateway did not receive a response from 'Microsoft.DocumentDB' within the specified time period.",
        ),
        (
            503,
            "ServerTimeout",
            "The request timed out. Diagnostic information: timestamp '20260101T000000Z'.",
        ),
    ] {
        let error = refused("set_key_uri", status, code, text).await;
        assert_eq!((error.kind(), error.hint()), (Kind::OutcomeUnknown, None));
    }
}

const PENDING_DELETE: &str = "Identity operation for resource '/subscriptions/x' failed with error 'Failed to perform resource identity operation. Status: 'Conflict'. Response: '{\"error\":{\"code\":\"Conflict\",\"message\":\"There is a pending delete operation, try again later.\"}}''.";
const NO_IDENTITY: &str = "Identity operation for resource '/subscriptions/x' failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'. Response: 'x'.";

#[tokio::test]
async fn an_identity_that_cannot_be_attached_yet_is_told_from_one_that_never_can() {
    check(&[
        Case {
            operation: "set_identities",
            status: 400,
            code: "FailedIdentityOperation",
            text: PENDING_DELETE,
            kind: Kind::Conflict,
            hint: Hint::Busy,
            help: "still being deleted",
        },
        Case {
            operation: "set_identities",
            status: 400,
            code: "FailedIdentityOperation",
            text: NO_IDENTITY,
            kind: Kind::InvalidRequest,
            hint: Hint::Permanent,
            help: "check that it exists",
        },
    ])
    .await;
}

#[tokio::test]
async fn a_creation_meets_the_same_identities() {
    for (text, kind, hint) in [
        (PENDING_DELETE, Kind::Conflict, Hint::Busy),
        (NO_IDENTITY, Kind::InvalidRequest, Hint::Permanent),
    ] {
        let body = json!({ "error": { "code": "FailedIdentityOperation", "message": text } });
        let canned = Canned::new([(400, Vec::new(), body.to_string().into_bytes())]);
        let error = canned
            .client()
            .create_account(&account_id(), &new_account(), None)
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.hint()), (kind, Some(hint)), "{text}");
    }
}
