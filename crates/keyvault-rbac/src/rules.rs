//! What errors of vaults, keys and role assignments mean.

use cmk_core::{Hint, Kind, Rule};

const TRANSIENT: Hint = Hint::Transient { after: None };
const RBAC: &str = "https://learn.microsoft.com/azure/role-based-access-control/troubleshooting";
const RBAC_LIMITS: &str =
    "https://learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits";
const VAULTS: &str = "https://learn.microsoft.com/azure/key-vault/general/common-error-codes";
const SOFT_DELETE: &str =
    "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview";
const DATA_PLANE: &str = "https://learn.microsoft.com/azure/key-vault/general/rest-error-codes";
const CHALLENGE: &str =
    "https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses";
const NETWORK: &str = "https://learn.microsoft.com/azure/key-vault/general/network-security";
const THROTTLING: &str = "https://learn.microsoft.com/azure/key-vault/general/overview-throttling";
const TENANT_MOVE: &str = "https://learn.microsoft.com/azure/key-vault/general/move-subscription";
const KEYS: &str = "https://learn.microsoft.com/azure/key-vault/keys/about-keys-details";
const HSM: &str = "https://learn.microsoft.com/azure/key-vault/managed-hsm/access-control";

/// What errors of vaults (Resource Manager and data plane), keys, managed HSMs and role assignments mean.
pub const RULES: &[Rule] = &[
    // Role assignments.
    Rule::new(Kind::InvalidRequest, Hint::Propagation)
        .code("PrincipalNotFound")
        .help("a principal made a moment ago is not seen everywhere yet; if it is old, its object id or its tenant is wrong")
        .source(RBAC),
    // 409; older stacks answered 400.
    Rule::new(Kind::Conflict, Hint::Permanent)
        .code("RoleAssignmentExists")
        .help("the principal has the role at this scope under another assignment name: list its assignments, and take that one")
        .source(RBAC),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .code("RoleAssignmentUpdateNotPermitted")
        .help("the name belongs to another assignment, and none can be changed: use another name")
        .source(RBAC),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .code("UnmatchedPrincipalType")
        .help("the principal is of another type than the request says; the message names it")
        .source(RBAC),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .code("PrincipalTypeNotSupported")
        .help("this is the object id of an application: use the object id of its service principal in this tenant")
        .source(RBAC),
    Rule::new(Kind::InvalidRequest, Hint::Permanent).code("InvalidPrincipalId").source(RBAC),
    Rule::new(Kind::NotFound, Hint::Permanent)
        .operations(&["get_role_definition"])
        .code("RoleDefinitionDoesNotExist")
        .help("the scope knows no such role: check the GUID, and the cloud")
        .source(RBAC),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .code("RoleDefinitionDoesNotExist")
        .help("the cloud does not know this role")
        .source(RBAC),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .code("RoleAssignmentLimitExceeded")
        .help("the subscription has 4,000 role assignments, and holds no more: remove some that nobody needs")
        .source(RBAC_LIMITS),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .text("Cannot delete the last RBAC admin assignment")
        .help("the subscription would have no owner left")
        .source(RBAC),
    // Vaults over Resource Manager.
    Rule::new(Kind::Conflict, Hint::Permanent)
        .code("VaultAlreadyExists")
        .help("a vault of any tenant, perhaps a deleted one, has the name: choose another")
        .source(VAULTS),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .code("ConflictError")
        .text("already exists in deleted state")
        .help("a deleted vault of this subscription has the name: recover it, or choose another name")
        .source(SOFT_DELETE),
    Rule::new(Kind::Conflict, Hint::Busy).code("ConflictError").source(VAULTS),
    Rule::new(Kind::InvalidRequest, Hint::Permanent).code("VaultNameNotValid").source(VAULTS),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .status(400)
        .text(r#""enablePurgeProtection" cannot be set to false"#)
        .help("purge protection cannot be turned off: leave it out of the request")
        .source(SOFT_DELETE),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .status(400)
        .text(r#""softDeleteRetentionInDays" has been set already"#)
        .help("the retention of a vault cannot be changed: ask for the one that it has")
        .source(SOFT_DELETE),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .code("RegionNotSupported")
        .help("vaults are not offered in this region")
        .source(VAULTS),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .code("SkuNotSupported")
        .help("the SKU is not offered in this region")
        .source(VAULTS),
    // Data plane: who asks.
    Rule::new(Kind::Unauthenticated, Hint::Permanent)
        .status(401)
        .text("AKV10000")
        .help("the request carried no token: check the credential")
        .source(CHALLENGE),
    Rule::new(Kind::Unauthenticated, Hint::Permanent)
        .status(401)
        .text("AKV10022")
        .help("the token is for another service or another cloud: check the cloud of the vault and of the credential")
        .source(CHALLENGE),
    Rule::new(Kind::Unauthenticated, Hint::Permanent)
        .status(401)
        .text("AKV10032")
        .help("the credential is of another tenant than the vault: the message names the tenants that the vault expects and the token's; after a subscription moved, the vault's own tenantId may be stale")
        .source(TENANT_MOVE),
    Rule::new(Kind::Unauthenticated, TRANSIENT).status(401).text("[TokenExpired]").source(CHALLENGE),
    // Data plane: what it may do. The service's own text asks to observe the propagation time, and nothing tells a role that
    // is missing from one that has not spread: whoever gave one a moment ago waits, and bounds the wait.
    Rule::new(Kind::Forbidden, Hint::Propagation)
        .operations(&[
            "create_key",
            "get_deleted_key",
            "get_key",
            "list_key_versions",
            "unwrap_key",
            "wrap_key",
        ])
        .status(403)
        .inner_code("ForbiddenByRbac")
        .help("the caller has no role that allows this; a fresh assignment takes up to 10 minutes, and a token from before it can be the cause: sign in anew; then compare the oid in the message with the principal that has the role")
        .source(RBAC),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .status(403)
        .inner_code("ForbiddenByRbac")
        .help("the caller has no role that allows this: the message names the action and the caller; a fresh assignment takes up to 10 minutes")
        .source(RBAC),
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .status(403)
        .inner_code("ForbiddenByFirewall")
        .help("the vault's firewall refuses this address: let it in, or ask over Resource Manager, which the firewall does not concern")
        .source(NETWORK),
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .status(403)
        .inner_code("ForbiddenByConnection")
        .help("the vault answers private endpoints only: open its public network access, or let trusted services bypass its firewall")
        .source(NETWORK),
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .status(403)
        .inner_code("KeyDisabled")
        .help("the version of the key is disabled: its owner must enable it")
        .source(KEYS),
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .status(403)
        .inner_code("KeyOperationForbidden")
        .help("the key's own list of operations lacks this one: update the key, no role helps")
        .source(KEYS),
    // One refusal with two inner codes, and a vault that does not use roles at all.
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .status(403)
        .inner_code("AccessDenied")
        .help(ACCESS_POLICY)
        .source(DATA_PLANE),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .status(403)
        .inner_code("ForbiddenByPolicy")
        .help(ACCESS_POLICY)
        .source(DATA_PLANE),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .status(403)
        .code("AccessDenied")
        .text("Microsoft.KeyVault/managedHsm/")
        .help("the managed HSM's own roles lack this: an administrator of the HSM must give one locally, roles of Azure RBAC do not count")
        .source(HSM),
    // Data plane: keys.
    Rule::new(Kind::NotFound, Hint::Propagation)
        .operations(&["get_deleted_key"])
        .status(404)
        .help("a key deleted a moment ago shows up here after some seconds; any other is not kept")
        .source(SOFT_DELETE),
    Rule::new(Kind::NotFound, Hint::Permanent)
        .status(404)
        .code("KeyNotFound")
        .help("no key of this name: it may be deleted, and then can be recovered")
        .source(DATA_PLANE),
    Rule::new(Kind::Conflict, Hint::Busy)
        .status(409)
        .inner_code("ObjectIsBeingDeleted")
        .help("the key is being deleted: wait some seconds")
        .source(SOFT_DELETE),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .status(409)
        .inner_code("ObjectIsDeletedButRecoverable")
        .help("a deleted key has the name: recover it, or choose another name")
        .source(SOFT_DELETE),
    Rule::new(Kind::Throttled, TRANSIENT).status(429).code("Throttled").source(THROTTLING),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .status(400)
        .code("BadParameter")
        .help(BAD_VALUE)
        .source(DATA_PLANE),
    // The same under an older code.
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .status(400)
        .code("BadRequest")
        .text("Property has invalid value")
        .help(BAD_VALUE)
        .source(DATA_PLANE),
];

const ACCESS_POLICY: &str = "the vault uses access policies: give the caller get, wrapKey and unwrapKey on keys there, or switch the vault to Azure RBAC";
const BAD_VALUE: &str =
    "the vault does not take this key type, size, operation or value; the message names it";

#[cfg(test)]
mod tests;
