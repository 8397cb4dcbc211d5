//! What Resource Manager's own errors mean, whichever provider was asked.

use crate::{Hint, Kind, Rule};

const TRANSIENT: Hint = Hint::Transient { after: None };
const COMMON: &str = "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors";
const THROTTLING: &str = "https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling";
const IDENTITIES: &str = "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-faq";
const RBAC: &str = "https://learn.microsoft.com/azure/role-based-access-control/troubleshooting";

/// Resource Manager's own rules. Clients of providers put theirs before these.
pub const RULES: &[Rule] = &[
    Rule::new(Kind::Unauthenticated, Hint::Permanent)
        .status(401)
        .code("InvalidAuthenticationTokenTenant")
        .help("the credential is of another tenant than the subscription: use one of the tenant that the message names")
        .source(COMMON),
    Rule::new(Kind::Unauthenticated, Hint::Permanent)
        .status(401)
        .code("InvalidAuthenticationToken")
        .help("the token was refused: check the credential's cloud, audience and clock")
        .source(COMMON),
    // By then another token was tried, if the credential had one.
    Rule::new(Kind::Unauthenticated, Hint::Permanent)
        .status(401)
        .code("ExpiredAuthenticationToken")
        .help("the credential keeps giving out a token that has expired: check its cache and the clock")
        .source(COMMON),
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .status(403)
        .code("AuthorizationFailed")
        .text("ABAC condition")
        .help("a condition on the caller's role forbids this role, principal or principal type: ask for a wider delegation")
        .source(RBAC),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .status(403)
        .code("AuthorizationFailed")
        .help("grant the caller the action that the message names at that scope; a fresh grant takes up to 10 minutes")
        .source(RBAC),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .status(403)
        .code("LinkedAuthorizationFailed")
        .help("the caller lacks an action on a resource that the request refers to; for a user-assigned identity that is Microsoft.ManagedIdentity/userAssignedIdentities/assign/action, in the role Managed Identity Operator")
        .source(RBAC),
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .status(403)
        .code("RequestDisallowedByPolicy")
        .help("an Azure Policy denies this: its owner must change or exempt it; the message names the assignment")
        .source("https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-policy-requestdisallowedbypolicy"),
    // Inside a wrapper such as a 400 ResourceValidationFailed.
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .inner_code("RequestDisallowedByPolicy")
        .help("an Azure Policy denies this: its owner must change or exempt it; the details name the assignment")
        .source("https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-details.md"),
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .status(403)
        .code("DenyAssignmentAuthorizationFailed")
        .help("a deny assignment protects the resource: its owner (a deployment stack or managed application) must act")
        .source(RBAC),
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .code("ReadOnlyDisabledSubscription")
        .help("the subscription is disabled: its owner must enable it")
        .source(COMMON),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .status(409)
        .code("ScopeLocked")
        .help("a management lock forbids it: remove the lock, or ask whoever set it")
        .source("https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources"),
    Rule::new(Kind::Conflict, Hint::NeedsPermission)
        .status(409)
        .code("MissingSubscriptionRegistration")
        .help("register the resource provider in the subscription (Contributor or Owner of the subscription may)")
        .source("https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-register-resource-provider"),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .code("NoRegisteredProviderFound")
        .help("the region or the api-version is not offered for this type; the message lists those that are")
        .source(COMMON),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .code("InvalidResourceType")
        .help("the cloud does not know this type in this api-version")
        .source(COMMON),
    Rule::new(Kind::NotFound, Hint::Permanent)
        .status(404)
        .code("SubscriptionNotFound")
        .help("check the subscription id and the cloud, and that the caller has any role in it")
        .source(COMMON),
    Rule::new(Kind::NotFound, Hint::Permanent).status(404).code("ResourceGroupNotFound").help("create the resource group first").source(COMMON),
    Rule::new(Kind::NotFound, Hint::Permanent).status(404).code("ResourceNotFound").source(COMMON),
    Rule::new(Kind::NotFound, Hint::Propagation)
        .status(404)
        .code("ParentResourceNotFound")
        .help("the parent does not exist, or was made a moment ago")
        .source(COMMON),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .status(409)
        .code("InvalidResourceLocation")
        .help("a resource of this name exists in another region; the location cannot be changed")
        .source(COMMON),
    // Before the row of 429: a provider that is busy answers 429 too, and its code tells.
    Rule::new(Kind::Conflict, Hint::Busy).code("RetryableErrorDueToAnotherOperation").source(COMMON),
    // Whichever provider attaches a user-assigned identity.
    Rule::new(Kind::Conflict, Hint::Busy)
        .code("FailedIdentityOperation")
        .text("Status: 'Conflict'")
        .help("an identity of this name is still being deleted: try again later")
        .source(IDENTITIES),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .code("FailedIdentityOperation")
        .help("the identity cannot be used: check that it exists, in this tenant, and is not isolated to another region")
        .source(IDENTITIES),
    Rule::new(Kind::Throttled, TRANSIENT).status(429).source(THROTTLING),
    Rule::new(Kind::Conflict, Hint::Busy).status(409).code("AnotherOperationInProgress").source(COMMON),
    Rule::new(Kind::InvalidRequest, Hint::Permanent).status(400).code("MissingApiVersionParameter").source(COMMON),
];
