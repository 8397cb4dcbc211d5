//! What errors of vaults over Resource Manager mean.

use crate::errors::{Case, TRANSIENT, case, check};
use keyvault_rbac::{Hint, Kind};

/// Every row of the table that speaks of vaults, and Resource Manager's own that they meet.
pub(crate) const VAULT_CASES: &[Case] = &[
    case(
        "create_vault",
        409,
        r#"{"error":{"code":"VaultAlreadyExists","message":"The vault name 'contoso-cmk' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state."}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "choose another",
    ),
    case(
        "create_vault",
        409,
        r#"{"error":{"code":"ConflictError","message":"A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete."}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "recover it, or choose another name",
    ),
    case(
        "update_vault",
        409,
        r#"{"error":{"code":"ConflictError","message":"A conflict occurred that prevented the operation from completing."}}"#,
        Kind::Conflict,
        Hint::Busy,
        "",
    ),
    case(
        "create_vault",
        400,
        r#"{"error":{"code":"VaultNameNotValid","message":"The vault name 'x' is invalid."}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "",
    ),
    case(
        "update_vault",
        400,
        r#"{"error":{"code":"BadRequest","message":"The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an irreversible action."}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "cannot be turned off",
    ),
    case(
        "create_vault",
        400,
        r#"{"error":{"code":"BadRequest","message":"The property \"softDeleteRetentionInDays\" has been set already and it can't be modified."}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "ask for the one that it has",
    ),
    case(
        "create_vault",
        400,
        r#"{"error":{"code":"RegionNotSupported","message":"m"}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "not offered in this region",
    ),
    case(
        "create_vault",
        400,
        r#"{"error":{"code":"SkuNotSupported","message":"m"}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "the SKU is not offered",
    ),
    // Resource Manager's own, on these operations.
    case(
        "create_vault",
        409,
        r#"{"error":{"code":"MissingSubscriptionRegistration","message":"The subscription is not registered to use namespace 'Microsoft.KeyVault'. See https://aka.ms/rps-not-found for how to register subscriptions.","details":[{"code":"MissingSubscriptionRegistration","target":"Microsoft.KeyVault","message":"m"}]}}"#,
        Kind::Conflict,
        Hint::NeedsPermission,
        "register the resource provider",
    ),
    case(
        "create_vault",
        403,
        r#"{"error":{"code":"RequestDisallowedByPolicy","message":"Resource 'contoso-cmk' was disallowed by policy. Policy identifiers: '[]'."}}"#,
        Kind::Forbidden,
        Hint::Permanent,
        "an Azure Policy denies this",
    ),
    case(
        "create_vault",
        409,
        r#"{"error":{"code":"InvalidResourceLocation","message":"The resource 'contoso-cmk' already exists in location 'westus' in resource group 'rg'. A resource with the same name cannot be created in location 'eastus2'. Please select a new resource name."}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "another region",
    ),
    case(
        "get_vault",
        404,
        r#"{"error":{"code":"ResourceNotFound","message":"The Resource 'Microsoft.KeyVault/vaults/contoso-cmk' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"}}"#,
        Kind::NotFound,
        Hint::Permanent,
        "",
    ),
    case(
        "create_vault",
        404,
        r#"{"error":{"code":"ResourceGroupNotFound","message":"Resource group 'rg' could not be found."}}"#,
        Kind::NotFound,
        Hint::Permanent,
        "create the resource group first",
    ),
    case(
        "list_vaults",
        404,
        r#"{"error":{"code":"SubscriptionNotFound","message":"The subscription '11111111-1111-4111-8111-111111111111' could not be found."}}"#,
        Kind::NotFound,
        Hint::Permanent,
        "check the subscription id",
    ),
    case(
        "get_vault",
        401,
        r#"{"error":{"code":"InvalidAuthenticationTokenTenant","message":"The access token is from the wrong issuer 'https://sts.windows.net/a/'. It must match the tenant 'https://sts.windows.net/b/' associated with this subscription."}}"#,
        Kind::Unauthenticated,
        Hint::Permanent,
        "another tenant than the subscription",
    ),
    case(
        "get_vault",
        429,
        r#"{"error":{"code":"SubscriptionRequestsThrottled","message":"Number of 'read' requests for subscription 's' actor 'a' exceeded. Please try again after '10' seconds."}}"#,
        Kind::Throttled,
        TRANSIENT,
        "",
    ),
    case(
        "create_key_if_absent",
        404,
        r#"{"error":{"code":"ParentResourceNotFound","message":"Can not perform requested operation on nested resource. Parent resource 'contoso-cmk' not found."}}"#,
        Kind::NotFound,
        Hint::Propagation,
        "the parent does not exist",
    ),
    case(
        "create_key_if_absent",
        409,
        r#"{"error":{"code":"Conflict","message":"Key cosmos is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the key can only be recovered or purged.","innererror":{"code":"ObjectIsDeletedButRecoverable"}}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "recover it, or choose another name",
    ),
    case(
        "delete_vault",
        409,
        r#"{"error":{"code":"ScopeLocked","message":"The scope '/s' cannot perform delete operation because following scope(s) are locked: '/s'. Please remove the lock and try again."}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "remove the lock",
    ),
    case(
        "recover_vault",
        403,
        r#"{"error":{"code":"AuthorizationFailed","message":"m"}}"#,
        Kind::Forbidden,
        Hint::NeedsPermission,
        "grant the caller",
    ),
];

#[tokio::test]
async fn refusals_of_vaults_say_what_to_do() {
    check(VAULT_CASES).await;
}
