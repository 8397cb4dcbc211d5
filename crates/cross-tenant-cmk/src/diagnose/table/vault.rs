//! Codes of Key Vault, Azure RBAC, Microsoft Graph and Resource Manager.

use super::{Cause, Entry, Pattern};
use crate::{
    diagnose::Waiting::{self, Heals, HealsIfRecent, Never},
    verify::{AT_ONCE, Actor, CheckId, HOUR, MINUTES, ROLE},
};

const RBAC: &str = "https://learn.microsoft.com/azure/role-based-access-control/troubleshooting";
const DATA: &str = "https://learn.microsoft.com/azure/key-vault/general/rest-error-codes";
const VAULTS: &str = "https://learn.microsoft.com/azure/key-vault/general/common-error-codes";
const KEYS: &str = "https://learn.microsoft.com/azure/key-vault/keys/about-keys-details";
const NETWORK: &str = "https://learn.microsoft.com/azure/key-vault/general/network-security";
const SOFT_DELETE: &str =
    "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview";
const TOKENS: &str =
    "https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses";
const GRAPH: &str = "https://learn.microsoft.com/graph/errors";
const ARM: &str = "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors";

const CALLER: &[Cause] = &[Cause::By(Actor::Caller)];
const CUSTOMER: &[Cause] = &[Cause::By(Actor::Customer)];
const PROVIDER: &[Cause] = &[Cause::By(Actor::Provider)];
const NOBODY: &[Cause] = &[Cause::By(Actor::Nobody)];
const ROLE_LINKS: &[Cause] = &[
    Cause::Link(CheckId::KeyRole),
    Cause::Act(
        Actor::Caller,
        "compare the oid in the message with the principal that holds the role: if it was your own request, it is you who lack it",
        ROLE,
    ),
];
const FIREWALL: &[Cause] = &[
    Cause::Link(CheckId::VaultNetwork),
    Cause::Act(
        Actor::Caller,
        "if it was your own request and not Cosmos DB's: the vault does not let this address in; ask over Resource Manager, which the firewall does not concern",
        AT_ONCE,
    ),
];
const POLICY: &[Cause] = &[
    Cause::Link(CheckId::PermissionModel),
    Cause::Act(
        Actor::Customer,
        "let the application's service principal get, wrapKey and unwrapKey by an access policy (az keyvault set-policy --name <vault> --object-id <service principal object id> --key-permissions get wrapKey unwrapKey)",
        HOUR,
    ),
];

const fn code(
    code: &'static str,
    meaning: &'static str,
    waiting: Waiting,
    causes: &'static [Cause],
    source: &'static str,
) -> Entry {
    Entry::new(Pattern::Code(code), meaning, waiting, causes, source)
}

const fn with(
    code: &'static str,
    text: &'static str,
    meaning: &'static str,
    waiting: Waiting,
    causes: &'static [Cause],
    source: &'static str,
) -> Entry {
    Entry::new(
        Pattern::CodeWith(code, text),
        meaning,
        waiting,
        causes,
        source,
    )
}

const fn text(
    words: &'static str,
    meaning: &'static str,
    waiting: Waiting,
    causes: &'static [Cause],
    source: &'static str,
) -> Entry {
    Entry::new(Pattern::Text(words), meaning, waiting, causes, source)
}

pub(in crate::diagnose) const ENTRIES: &[Entry] = &[
    // The data plane of vaults: who asks.
    code("AKV10000", "the request carried no token: the first step of every conversation with a vault, and an error only if a credential was there", Never, CALLER, TOKENS)
        .lies("the first call of every client is refused so; it is no fault of its own"),
    code("AKV10022", "the token is for another service or another cloud than the vault's", Never, CALLER, TOKENS),
    code("AKV10032", "the token is of another tenant than the vault's; after a subscription moved, the vault's own tenant may be stale", Never,
        &[Cause::Act(Actor::Caller, "get the token from the tenant that the vault's challenge names", AT_ONCE), Cause::Link(CheckId::VaultTenant)],
        "https://learn.microsoft.com/azure/key-vault/general/move-subscription"),
    text("[TokenExpired]", "the token has expired: get a fresh one", Heals, CALLER, TOKENS),
    text("does not match the requested domain", "whoever answered in the vault's place asks for a token for elsewhere: none was sent; find out who answered", Never, CALLER, TOKENS),
    // The data plane of vaults: what it may do.
    code("ForbiddenByRbac", "no role that is honoured yet allows this: none was given, or it was given less than ten minutes ago, or another principal has it", HealsIfRecent, ROLE_LINKS, RBAC),
    text("does not have keys", "the vault uses access policies, and none allows this", HealsIfRecent, POLICY, DATA),
    code("ForbiddenByPolicy", "the vault uses access policies, and none allows this", HealsIfRecent, POLICY, DATA),
    with("AccessDenied", "Microsoft.KeyVault/managedHsm/", "the managed HSM's own roles lack this: its administrator gives one locally; roles of Azure do not count", Never, CUSTOMER,
        "https://learn.microsoft.com/azure/key-vault/managed-hsm/access-control"),
    code("ForbiddenByFirewall", "the vault's firewall refuses the caller, and trusted services do not bypass it", Never, FIREWALL, NETWORK),
    code("ForbiddenByConnection", "the vault answers private endpoints only, and trusted services do not bypass that", Never, FIREWALL, NETWORK),
    text("caller is not a trusted service", "the vault's firewall refuses the caller", Never, FIREWALL, NETWORK),
    text("Public network access is disabled and request is not from a trusted service", "the vault answers private endpoints only", Never, FIREWALL, NETWORK),
    text("Connection is not an approved private link", "the vault answers private endpoints only, and trusted services do not bypass that", Never, FIREWALL, NETWORK),
    code("KeyDisabled", "the key's version is disabled: unwrapping is refused", Never, &[Cause::Link(CheckId::KeyEnabled), Cause::Link(CheckId::VersionInUse)],
        "https://github.com/Azure/azure-sdk-for-python/issues/45342")
        .lies("wrapping with a disabled key still succeeds: only unwrapping tells"),
    text("is not allowed on a disabled key", "the key's version is disabled: unwrapping is refused", Never, &[Cause::Link(CheckId::KeyEnabled), Cause::Link(CheckId::VersionInUse)],
        "https://github.com/Azure/azure-sdk-for-python/issues/45342")
        .lies("wrapping with a disabled key still succeeds: only unwrapping tells"),
    code("KeyOperationForbidden", "the key's own list of operations lacks this one; no role helps", Never, &[Cause::Link(CheckId::KeyOperations)], KEYS),
    text("is not permitted on this key", "the key's own list of operations lacks this one; no role helps", Never, &[Cause::Link(CheckId::KeyOperations)], KEYS),
    // No source quotes the refusal for its dates. What is known by its code is told by that; this is left.
    Entry::new(Pattern::Refused("wrap_key", "wrapKey"), "wrapping is refused, and no code that is known says why: look at the key's dates, then at the role and the operations", Never,
        &[Cause::Link(CheckId::KeyDates), Cause::Link(CheckId::KeyRole), Cause::Link(CheckId::KeyOperations)], KEYS)
        .lies("unwrapping with an expired key still succeeds: only wrapping tells")
        .wraps(),
    code("KeyNotFound", "the vault has no such key: never made, or deleted", Never, &[Cause::Link(CheckId::Key), Cause::Link(CheckId::AccountKey)], DATA),
    code("ObjectIsBeingDeleted", "the key is being deleted at this moment", Heals,
        &[Cause::Act(Actor::Nobody, "wait some seconds; then recover it", MINUTES), Cause::Link(CheckId::Key)], SOFT_DELETE),
    code("ObjectIsDeletedButRecoverable", "a deleted key holds the name", Never, &[Cause::Link(CheckId::Key)], SOFT_DELETE),
    code("VaultRequestTypeLimitReached", "the vault was asked too much within ten seconds", Heals, NOBODY,
        "https://learn.microsoft.com/azure/key-vault/general/overview-throttling"),
    code("Throttled", "the vault was asked too much within ten seconds", Heals, NOBODY,
        "https://learn.microsoft.com/azure/key-vault/general/overview-throttling"),
    code("BadParameter", "the vault does not take this key type, size, operation or value; the message names it", Never, CALLER, DATA),
    text("Property has invalid value", "the vault does not take this key type, size, operation or value; the message names it", Never, CALLER, DATA),
    text("dns error", "the vault's host does not resolve: there is no such vault, or it was made or recovered a moment ago, or the name is of another cloud", HealsIfRecent, &[Cause::Link(CheckId::Vault)], SOFT_DELETE),
    code("NXDOMAIN", "the vault's host does not resolve: there is no such vault, or it was made or recovered a moment ago, or the name is of another cloud", HealsIfRecent, &[Cause::Link(CheckId::Vault)], SOFT_DELETE),
    // Vaults over Resource Manager.
    code("VaultAlreadyExists", "a vault of any tenant, perhaps a deleted one, has the name: choose another", Never, CUSTOMER, VAULTS),
    with("ConflictError", "already exists in deleted state", "a deleted vault of this subscription has the name", Never, &[Cause::Link(CheckId::Vault)], SOFT_DELETE),
    with("ConflictError", "multiple operations", "another write of the same vault is under way", Heals, NOBODY, VAULTS),
    code("VaultNameNotValid", "the vault's name must have 3 to 24 letters, digits and hyphens, and start with a letter", Never, CALLER, VAULTS),
    text(r#""enablePurgeProtection" cannot be set to false"#, "purge protection cannot be turned off: leave it out of the request", Never, CALLER, SOFT_DELETE),
    text(r#""softDeleteRetentionInDays" has been set already"#, "a vault's retention cannot be changed: leave it out of the request", Never, CALLER, SOFT_DELETE),
    text("Operation 'DeletedVaultPurge' is not allowed", "purge protection keeps the deleted vault until its retention ends: recover it", Never, &[Cause::Link(CheckId::Vault)], SOFT_DELETE),
    code("RegionNotSupported", "vaults are not offered in this region", Never, CALLER, VAULTS),
    code("SkuNotSupported", "the SKU is not offered in this region", Never, CALLER, VAULTS),
    text("Pool creation is disabled in this region", "managed HSMs have no capacity in this region: use another", Never, CUSTOMER,
        "https://github.com/hashicorp/terraform-provider-azurerm/pull/20855")
        .lies("it comes as a 503 and never heals by trying again"),
    // Role assignments.
    code("PrincipalNotFound", "the principal is not seen in the directory: made a moment ago, or its object id or tenant is wrong", HealsIfRecent,
        &[Cause::Act(Actor::Nobody, "if the service principal is new: wait, and send its principalType along", MINUTES), Cause::Link(CheckId::ServicePrincipal)], RBAC)
        .lies("it is a 400, and heals by itself if the principal is new"),
    code("RoleAssignmentExists", "the principal has the role at this scope already, under another name", Never,
        &[Cause::Act(Actor::Nobody, "nothing: what was asked for is there", AT_ONCE)], RBAC)
        .lies("it is a 409, and means that the role is given"),
    code("RoleAssignmentUpdateNotPermitted", "the name belongs to another assignment, and none can be changed: use another name", Never, CALLER, RBAC),
    code("UnmatchedPrincipalType", "the principal is of another type than the request says", Never, CALLER, RBAC),
    code("PrincipalTypeNotSupported", "this is the object id of an application: use that of its service principal in the customer's tenant", Never, CALLER, RBAC),
    code("InvalidPrincipalId", "the principal id is no GUID", Never, CALLER, RBAC),
    code("RoleDefinitionDoesNotExist", "the cloud does not know this role, or it was made a moment ago", HealsIfRecent, CALLER, RBAC),
    code("RoleAssignmentLimitExceeded", "the subscription holds no more role assignments: remove some that nobody needs", Never, CUSTOMER,
        "https://learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits"),
    text("Cannot delete the last RBAC admin assignment", "the subscription would have no owner left", Never, CUSTOMER, RBAC),
    // Microsoft Graph.
    code("NoBackingApplicationObject", "no multitenant application with this client id is visible in the tenant", HealsIfRecent,
        &[Cause::Link(CheckId::Application), Cause::Link(CheckId::Audience)], "https://learn.microsoft.com/answers/questions/5883620/"),
    text("does not reference a valid application object", "no multitenant application with this client id is visible in the tenant", HealsIfRecent,
        &[Cause::Link(CheckId::Application), Cause::Link(CheckId::Audience)], "https://learn.microsoft.com/answers/questions/5883620/"),
    with("InvalidFederatedIdentityCredentialValue", "combination of issuer and subject must be unique", "another credential of the application holds this issuer and subject", Never, &[Cause::Link(CheckId::FederatedCredential)],
        "https://github.com/Azure/azure-workload-identity/issues/434"),
    text("not allowed as per assigned policy", "an app management policy of the provider's tenant forbids this: its administrator must change it or exempt the application", Never, PROVIDER,
        "https://learn.microsoft.com/graph/api/resources/audiencesconfiguration"),
    code("Authorization_RequestDenied", "the caller lacks a permission in the directory", Never, CALLER, GRAPH),
    // Resource Manager.
    code("InvalidAuthenticationTokenTenant", "the token is of another tenant than the subscription's", Never, CALLER, ARM),
    code("ExpiredAuthenticationToken", "the token has expired: get a fresh one", Heals, CALLER, ARM),
    code("InvalidAuthenticationToken", "the token was refused: check the credential's cloud, audience and clock", Never, CALLER, ARM),
    code("AuthorizationFailed", "the caller has no role for this action at this scope, or has it since less than ten minutes, or the scope does not exist", HealsIfRecent, CALLER, RBAC)
        .lies("it comes also where the scope does not exist"),
    code("LinkedAuthorizationFailed", "the caller lacks a right on a resource that the request refers to: to attach an identity, Managed Identity Operator on it", Never, PROVIDER, ARM),
    code("RequestDisallowedByPolicy", "an Azure Policy forbids this; the message names the assignment: its owner must act", Never,
        &[Cause::By(Actor::Provider), Cause::By(Actor::Customer)], ARM),
    code("DenyAssignmentAuthorizationFailed", "a deny assignment forbids this: the owner of the deployment stack must act", Never, CALLER, RBAC),
    code("ScopeLocked", "a management lock forbids this: whoever set it must remove it", Never,
        &[Cause::By(Actor::Provider), Cause::By(Actor::Customer)], "https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources"),
    code("MissingSubscriptionRegistration", "the resource provider is not registered in the subscription (az provider register --namespace Microsoft.DocumentDB, Microsoft.KeyVault or Microsoft.ManagedIdentity)", Never, CALLER, ARM),
    code("NoRegisteredProviderFound", "region or api-version is not offered, or the resource provider is not registered", Never, CALLER, ARM),
    code("InvalidResourceType", "the cloud lacks this type, or the resource provider is not registered", Never, CALLER, ARM),
    code("SubscriptionNotFound", "the subscription does not exist, is in another cloud, or cannot be seen by the caller", Never, CALLER, ARM),
    code("ResourceGroupNotFound", "the resource group does not exist", Never, CALLER, ARM),
    code("ParentResourceNotFound", "the vault of the key does not exist, or was made a moment ago", HealsIfRecent, &[Cause::Link(CheckId::Vault)], ARM),
    code("ResourceNotFound", "the resource does not exist, or was made a moment ago; the message names it", HealsIfRecent, CALLER, ARM),
    code("InvalidResourceLocation", "a resource of this name exists in another region", Never, CALLER, ARM),
    code("ReadOnlyDisabledSubscription", "the subscription is disabled: billing or expiry", Never,
        &[Cause::By(Actor::Provider), Cause::By(Actor::Customer)], ARM),
    code("SubscriptionRequestsThrottled", "Resource Manager was asked too much", Heals, NOBODY, ARM),
    code("RetryableErrorDueToAnotherOperation", "another operation is under way", Heals, NOBODY, ARM),
    code("AnotherOperationInProgress", "another operation is under way", Heals, NOBODY, ARM),
    with("FailedIdentityOperation", "Conflict", "an identity of this name is still being deleted: try again later", Heals, NOBODY,
        "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-faq"),
    code("FailedIdentityOperation", "the identity cannot be used: it does not exist, is in another tenant, or is isolated to another region", Never, &[Cause::Link(CheckId::IdentityUnchanged)],
        "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-faq")
        .wraps(),
    text("Support for federated identity credentials not enabled", "the region of the identity knows no federated credentials: use an identity elsewhere", Never, PROVIDER,
        "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations"),
];
