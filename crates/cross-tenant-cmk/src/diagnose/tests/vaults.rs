//! What vaults, roles, directory and Resource Manager are known to say, written down by hand and apart from the table.

use super::{
    Actor, CheckId,
    Waiting::{Heals, HealsIfRecent, Never},
    facts::{
        First::{Link, Who},
        check,
    },
};

#[test]
fn vault_and_role_errors_are_known() {
    let inner = |code: &str, message: &str| {
        format!(
            r#"{{"error":{{"code":"Forbidden","message":"{message}","innererror":{{"code":"{code}"}}}}}}"#
        )
    };
    let rbac = inner(
        "ForbiddenByRbac",
        r"Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.",
    );
    let policy = inner(
        "AccessDenied",
        "The user, group or application 'appid=1;oid=1;iss=1' does not have keys wrapKey permission on key vault 'v;location=l'.",
    );
    let policy_by_another_name = inner("ForbiddenByPolicy", "x");
    let firewall = inner(
        "ForbiddenByFirewall",
        "Client address is not authorized and caller is not a trusted service.",
    );
    let connection = inner(
        "ForbiddenByConnection",
        "Public network access is disabled and request is not from a trusted service nor via an approved private link.",
    );
    let disabled = inner(
        "KeyDisabled",
        "Operation unwrapKey is not allowed on a disabled key.",
    );
    let operation = inner(
        "KeyOperationForbidden",
        "Operation wrapKey is not permitted on this key.",
    );
    check(&[
        (&rbac, Link(CheckId::KeyRole), HealsIfRecent),
        (&policy, Link(CheckId::PermissionModel), HealsIfRecent),
        (
            &policy_by_another_name,
            Link(CheckId::PermissionModel),
            HealsIfRecent,
        ),
        (&firewall, Link(CheckId::VaultNetwork), Never),
        (&connection, Link(CheckId::VaultNetwork), Never),
        (&disabled, Link(CheckId::KeyEnabled), Never),
        (&operation, Link(CheckId::KeyOperations), Never),
        // In whatever words: no source has them.
        (
            &inner(
                "NeverHeardOf",
                "Operation wrapKey is not what this key does now.",
            ),
            Link(CheckId::KeyDates),
            Never,
        ),
        (
            r#"{"error":{"code":"KeyNotFound","message":"A key with (name/id) k was not found in this key vault."}}"#,
            Link(CheckId::Key),
            Never,
        ),
        (
            "AKV10000: Request is missing a Bearer or PoP token.",
            Who(Actor::Caller),
            Never,
        ),
        (
            "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com/.",
            Who(Actor::Caller),
            Never,
        ),
        (
            "AKV10032: Invalid issuer. Expected one of https://sts.windows.net/1/, found https://sts.windows.net/2/.",
            Who(Actor::Caller),
            Never,
        ),
        (
            "[TokenExpired] Error validating token: 'S2S12086'.",
            Who(Actor::Caller),
            Heals,
        ),
        (
            "ObjectIsBeingDeleted: Key is currently being deleted.",
            Who(Actor::Nobody),
            Heals,
        ),
        ("ObjectIsDeletedButRecoverable", Link(CheckId::Key), Never),
        (
            "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
            Who(Actor::Nobody),
            Heals,
        ),
        (
            "(BadParameter) Property has invalid value",
            Who(Actor::Caller),
            Never,
        ),
        (
            "The challenge resource 'h' does not match the requested domain.",
            Who(Actor::Caller),
            Never,
        ),
        ("VaultAlreadyExists", Who(Actor::Customer), Never),
        (
            "(ConflictError) A vault with the same name already exists in deleted state.",
            Link(CheckId::Vault),
            Never,
        ),
        (
            "(MethodNotAllowed) Operation 'DeletedVaultPurge' is not allowed.",
            Link(CheckId::Vault),
            Never,
        ),
        (
            "Not authorized: AccessDenied Microsoft.KeyVault/managedHsm/keys/read on /",
            Who(Actor::Customer),
            Never,
        ),
        (
            r#"{"error":{"code":"PrincipalNotFound","message":"Principal 1 does not exist in the directory 2."}}"#,
            Who(Actor::Nobody),
            HealsIfRecent,
        ),
        (
            "RoleAssignmentExists: The role assignment already exists.",
            Who(Actor::Nobody),
            Never,
        ),
        ("PrincipalTypeNotSupported", Who(Actor::Caller), Never),
        ("AuthorizationFailed", Who(Actor::Caller), HealsIfRecent),
        ("LinkedAuthorizationFailed", Who(Actor::Provider), Never),
        ("RequestDisallowedByPolicy", Who(Actor::Provider), Never),
        ("ScopeLocked", Who(Actor::Provider), Never),
        ("MissingSubscriptionRegistration", Who(Actor::Caller), Never),
        (
            "NoBackingApplicationObject",
            Link(CheckId::Application),
            HealsIfRecent,
        ),
    ]);
}
