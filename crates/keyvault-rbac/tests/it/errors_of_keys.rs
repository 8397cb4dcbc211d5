//! What errors of the data plane mean: who asks, what it may do, and what the key is.

use crate::errors::{Case, TRANSIENT, case, check};
use keyvault_rbac::{Hint, Kind};

const BY_ROLE: &str = r#"{"error":{"code":"Forbidden","message":"Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: appid=55555555-5555-4555-8555-555555555555;oid=33333333-3333-4333-8333-333333333333;iss=https://sts.windows.net/22222222-2222-4222-8222-222222222222/\r\nAction: 'Microsoft.KeyVault/vaults/keys/read'\r\nResource: '/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/contoso-cmk/keys/cosmos'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: null\r\nVault: contoso-cmk;location=eastus2","innererror":{"code":"ForbiddenByRbac"}}}"#;
const BY_POLICY: &str = r#"{"error":{"code":"Forbidden","message":"The user, group or application 'appid=55555555-5555-4555-8555-555555555555;oid=33333333-3333-4333-8333-333333333333;iss=https://sts.windows.net/22222222-2222-4222-8222-222222222222/' does not have keys wrapKey permission on key vault 'contoso-cmk;location=eastus2'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287","innererror":{"code":"AccessDenied"}}}"#;

/// Every row of the table that speaks of the data plane.
pub(crate) const KEY_CASES: &[Case] = &[
    // Who asks.
    case(
        "get_key",
        401,
        r#"{"error":{"code":"Unauthorized","message":"AKV10000: Request is missing a Bearer or PoP token."}}"#,
        Kind::Unauthenticated,
        Hint::Permanent,
        "carried no token",
    ),
    case(
        "get_key",
        401,
        r#"{"error":{"code":"Unauthorized","message":"AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com/."}}"#,
        Kind::Unauthenticated,
        Hint::Permanent,
        "another service or another cloud",
    ),
    case(
        "wrap_key",
        401,
        r#"{"error":{"code":"Unauthorized","message":"AKV10032: Invalid issuer. Expected one of https://sts.windows.net/22222222-2222-4222-8222-222222222222/, https://sts.windows.net/66666666-6666-4666-8666-666666666666/, found https://sts.windows.net/77777777-7777-4777-8777-777777777777/."}}"#,
        Kind::Unauthenticated,
        Hint::Permanent,
        "another tenant than the vault",
    ),
    case(
        "get_key",
        401,
        r#"{"error":{"code":"Unauthorized","message":"[TokenExpired] Error validating token: 'S2S12086'."}}"#,
        Kind::Unauthenticated,
        TRANSIENT,
        "",
    ),
    // What it may do: waited for where a fresh role is used first, told elsewhere.
    case(
        "get_key",
        403,
        BY_ROLE,
        Kind::Forbidden,
        Hint::Propagation,
        "compare the oid in the message",
    ),
    case(
        "create_key",
        403,
        BY_ROLE,
        Kind::Forbidden,
        Hint::Propagation,
        "up to 10 minutes",
    ),
    case(
        "wrap_key",
        403,
        BY_ROLE,
        Kind::Forbidden,
        Hint::Propagation,
        "up to 10 minutes",
    ),
    case(
        "unwrap_key",
        403,
        BY_ROLE,
        Kind::Forbidden,
        Hint::Propagation,
        "up to 10 minutes",
    ),
    case(
        "update_key",
        403,
        BY_ROLE,
        Kind::Forbidden,
        Hint::NeedsPermission,
        "names the action and the caller",
    ),
    case(
        "rotate_key",
        403,
        BY_ROLE,
        Kind::Forbidden,
        Hint::NeedsPermission,
        "names the action and the caller",
    ),
    case(
        "list_key_versions",
        403,
        BY_ROLE,
        Kind::Forbidden,
        Hint::Propagation,
        "takes up to 10 minutes",
    ),
    case(
        "delete_key",
        403,
        BY_ROLE,
        Kind::Forbidden,
        Hint::NeedsPermission,
        "names the action and the caller",
    ),
    case(
        "wrap_key",
        403,
        BY_POLICY,
        Kind::Forbidden,
        Hint::NeedsPermission,
        "get, wrapKey and unwrapKey",
    ),
    // The same message under another code.
    case(
        "wrap_key",
        403,
        r#"{"error":{"code":"Forbidden","message":"The user, group or application does not have keys wrapKey permission on key vault 'contoso-cmk;location=eastus2'.","innererror":{"code":"ForbiddenByPolicy"}}}"#,
        Kind::Forbidden,
        Hint::NeedsPermission,
        "switch the vault to Azure RBAC",
    ),
    case(
        "get_key",
        403,
        r#"{"error":{"code":"Forbidden","message":"Client address is not authorized and caller is not a trusted service.\r\nClient address: 203.0.113.7\r\nCaller: appid=55555555-5555-4555-8555-555555555555\r\nVault: contoso-cmk;location=eastus2","innererror":{"code":"ForbiddenByFirewall"}}}"#,
        Kind::Forbidden,
        Hint::Permanent,
        "ask over Resource Manager",
    ),
    case(
        "get_key",
        403,
        r#"{"error":{"code":"Forbidden","message":"Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: appid=55555555-5555-4555-8555-555555555555","innererror":{"code":"ForbiddenByConnection"}}}"#,
        Kind::Forbidden,
        Hint::Permanent,
        "open its public network access",
    ),
    case(
        "get_key",
        403,
        r#"{"error":{"code":"Forbidden","message":"Connection is not an approved private link and caller was ignored because bypass is not set to 'AzureServices' and PublicNetworkAccess is set to 'Disabled'.","innerError":{"code":"ForbiddenByConnection"}}}"#,
        Kind::Forbidden,
        Hint::Permanent,
        "let trusted services bypass",
    ),
    case(
        "unwrap_key",
        403,
        r#"{"error":{"code":"Forbidden","message":"Operation unwrapKey is not allowed on a disabled key.","innererror":{"code":"KeyDisabled"}}}"#,
        Kind::Forbidden,
        Hint::Permanent,
        "its owner must enable it",
    ),
    case(
        "wrap_key",
        403,
        r#"{"error":{"code":"Forbidden","message":"Operation wrapKey is not permitted on this key.","innererror":{"code":"KeyOperationForbidden"}}}"#,
        Kind::Forbidden,
        Hint::Permanent,
        "update the key, no role helps",
    ),
    case(
        "get_key",
        403,
        r#"{"error":{"code":"AccessDenied","message":"Not authorized to access Microsoft.KeyVault/managedHsm/keys/read/action on /keys/cosmos (Activity ID: 88888888-8888-4888-8888-888888888888)"}}"#,
        Kind::Forbidden,
        Hint::NeedsPermission,
        "an administrator of the HSM",
    ),
    // What the key is.
    case(
        "get_key",
        404,
        r#"{"error":{"code":"KeyNotFound","message":"A key with (name/id) cosmos was not found in this key vault. If you recently deleted this key you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"}}"#,
        Kind::NotFound,
        Hint::Permanent,
        "then can be recovered",
    ),
    case(
        "get_deleted_key",
        404,
        r#"{"error":{"code":"KeyNotFound","message":"Deleted Key not found: cosmos"}}"#,
        Kind::NotFound,
        Hint::Propagation,
        "after some seconds",
    ),
    case(
        "create_key",
        409,
        r#"{"error":{"code":"Conflict","message":"Key is currently being deleted.","innererror":{"code":"ObjectIsBeingDeleted"}}}"#,
        Kind::Conflict,
        Hint::Busy,
        "wait some seconds",
    ),
    case(
        "create_key",
        409,
        r#"{"error":{"code":"Conflict","message":"Key cosmos is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the key can only be recovered or purged.","innererror":{"code":"ObjectIsDeletedButRecoverable"}}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "recover it, or choose another name",
    ),
    case(
        "get_key",
        429,
        r#"{"error":{"code":"Throttled","message":"Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached"}}"#,
        Kind::Throttled,
        TRANSIENT,
        "",
    ),
    case(
        "create_key",
        429,
        r#"{"error":{"code":"Throttled","message":"Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached"}}"#,
        Kind::Throttled,
        TRANSIENT,
        "",
    ),
    case(
        "create_key",
        400,
        r#"{"error":{"code":"BadParameter","message":"Property  has invalid value\r\n"}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "key type, size, operation or value",
    ),
    case(
        "put_rotation_policy",
        400,
        r#"{"error":{"code":"BadRequest","message":"Property has invalid value"}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "key type, size, operation or value",
    ),
];

#[tokio::test]
async fn refusals_of_the_data_plane_say_what_to_do() {
    check(KEY_CASES).await;
}

#[tokio::test]
async fn what_nobody_explained_is_no_opinion() {
    let no_opinion = |operation, status, body, kind| Case {
        operation,
        status,
        body,
        kind,
        hint: None,
        help: "",
    };
    check(&[
        // Outside its time a key wraps no more; the code of that is not known.
        no_opinion("wrap_key", 403, r#"{"error":{"code":"Forbidden","message":"Operation wrapKey is not allowed on an expired key."}}"#, Kind::Forbidden),
        // A managed HSM says JSON and sends this, or nothing.
        no_opinion("get_key", 401, r#""OK""#, Kind::Unauthenticated),
        no_opinion("get_key", 401, "", Kind::Unauthenticated),
        no_opinion("recover_deleted_key", 403, "<html>Forbidden</html>", Kind::Forbidden),
        no_opinion("create_key", 400, r#"{"error":{"code":"BadRequest","message":"m"}}"#, Kind::InvalidRequest),
    ])
    .await;
}

#[tokio::test]
async fn retry_after_is_handed_on() {
    use crate::support::{Canned, Reply, key_name, keys_over};
    use keyvault_rbac::KeysApi as _;
    use std::time::Duration;

    let body = br#"{"error":{"code":"Throttled","message":"m"}}"#.to_vec();
    let after = vec![
        ("retry-after", "16".to_owned()),
        ("x-ms-request-id", "req-1".to_owned()),
    ];
    let canned = Canned::new([Reply::Answer(429, after, body)]);
    let error = keys_over(canned.transport())
        .get_key(&key_name(), None)
        .await
        .unwrap_err();
    let after = Some(Duration::from_secs(16));
    assert_eq!(error.hint(), Some(Hint::Transient { after }));
    assert_eq!(error.failure().request_id(), Some("req-1"));
}
