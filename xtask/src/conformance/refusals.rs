//! What errors mean that many families share, written by hand from the services' documentation.

use super::family::{ANY, Means, Refusal};
use cmk_core::{Hint, Kind};

/// As the service says, for good.
pub(super) const fn never(kind: Kind) -> Means {
    Means::Error(kind, Some(Hint::Permanent))
}

/// Not seen everywhere yet.
pub(super) const fn spreads(kind: Kind) -> Means {
    Means::Error(kind, Some(Hint::Propagation))
}

/// Somebody has to give a right.
pub(super) const DENIED: Means = Means::Error(Kind::Forbidden, Some(Hint::NeedsPermission));
/// Something else is under way.
pub(super) const BUSY: Means = Means::Error(Kind::Conflict, Some(Hint::Busy));
/// A passing fault.
pub(super) const PASSES: Means = Means::Error(Kind::Other, Some(TRANSIENT));
/// Too many requests.
pub(super) const THROTTLED: Means = Means::Error(Kind::Throttled, Some(TRANSIENT));
/// It may have been done.
pub(super) const UNKNOWN: Means = Means::Error(Kind::OutcomeUnknown, None);
const TRANSIENT: Hint = Hint::Transient { after: None };

const WRITES: &str = "PUT|PATCH|DELETE";
const READS: &str = "GET";
const NO_DELETE: &str = "GET|PUT|PATCH|POST";

/// A 404 to a deletion that proves no absence.
pub(super) const DELETIONS: &[Refusal] = &[
    Refusal::new(
        "DELETE",
        404,
        Some("NoRegisteredProviderFound"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "DELETE",
        404,
        Some("InvalidResourceType"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "DELETE",
        404,
        Some("SubscriptionNotFound"),
        never(Kind::NotFound),
    ),
];

/// Resource Manager's own, for every provider: they stand after a provider's.
pub(super) const ARM: &[Refusal] = &[
    // Whoever asks.
    Refusal::new(
        ANY,
        401,
        Some("InvalidAuthenticationTokenTenant"),
        never(Kind::Unauthenticated),
    ),
    Refusal::new(
        ANY,
        401,
        Some("InvalidAuthenticationToken"),
        never(Kind::Unauthenticated),
    ),
    Refusal::new(
        ANY,
        401,
        Some("ExpiredAuthenticationToken"),
        never(Kind::Unauthenticated),
    ),
    // The condition of a delegation, which no further right of the caller's cures.
    Refusal::new(
        ANY,
        403,
        Some("AuthorizationFailed"),
        never(Kind::Forbidden),
    )
    .saying("or an ABAC condition not fulfilled to perform action"),
    Refusal::new(ANY, 403, Some("AuthorizationFailed"), DENIED),
    Refusal::new(ANY, 403, Some("LinkedAuthorizationFailed"), DENIED),
    Refusal::new(
        ANY,
        403,
        Some("RequestDisallowedByPolicy"),
        never(Kind::Forbidden),
    ),
    Refusal::new(
        ANY,
        400,
        Some("ResourceValidationFailed"),
        never(Kind::Forbidden),
    )
    .inner("RequestDisallowedByPolicy"),
    Refusal::new(
        ANY,
        403,
        Some("DenyAssignmentAuthorizationFailed"),
        never(Kind::Forbidden),
    ),
    Refusal::new(
        ANY,
        403,
        Some("ReadOnlyDisabledSubscription"),
        never(Kind::Forbidden),
    ),
    Refusal::new(
        ANY,
        409,
        Some("ReadOnlyDisabledSubscription"),
        never(Kind::Forbidden),
    ),
    Refusal::new(ANY, 409, Some("ScopeLocked"), never(Kind::Conflict)),
    Refusal::new(
        ANY,
        409,
        Some("MissingSubscriptionRegistration"),
        Means::Error(Kind::Conflict, Some(Hint::NeedsPermission)),
    ),
    // What is asked for.
    Refusal::new(
        ANY,
        400,
        Some("NoRegisteredProviderFound"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        NO_DELETE,
        404,
        Some("NoRegisteredProviderFound"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        NO_DELETE,
        404,
        Some("InvalidResourceType"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        ANY,
        400,
        Some("MissingApiVersionParameter"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        NO_DELETE,
        404,
        Some("SubscriptionNotFound"),
        never(Kind::NotFound),
    ),
    // Deleting what is not there is done.
    Refusal::new("DELETE", 404, Some("ResourceGroupNotFound"), Means::Answer),
    Refusal::new("DELETE", 404, Some("ResourceNotFound"), Means::Answer),
    Refusal::new("DELETE", 404, Some("ParentResourceNotFound"), Means::Answer),
    Refusal::new(
        ANY,
        404,
        Some("ResourceGroupNotFound"),
        never(Kind::NotFound),
    ),
    Refusal::new(ANY, 404, Some("ResourceNotFound"), never(Kind::NotFound)),
    Refusal::new(
        ANY,
        404,
        Some("ParentResourceNotFound"),
        spreads(Kind::NotFound),
    ),
    Refusal::new(
        ANY,
        409,
        Some("InvalidResourceLocation"),
        never(Kind::Conflict),
    ),
    // Whatever attaches an identity.
    Refusal::new("PUT|PATCH", 400, Some("FailedIdentityOperation"), BUSY)
        .saying("Failed to perform resource identity operation. Status: 'Conflict'."),
    Refusal::new(
        "PUT|PATCH",
        400,
        Some("FailedIdentityOperation"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new("PUT|PATCH", 409, Some("FailedIdentityOperation"), BUSY)
        .saying("Failed to perform resource identity operation. Status: 'Conflict'."),
    Refusal::new(
        "PUT|PATCH",
        409,
        Some("FailedIdentityOperation"),
        never(Kind::InvalidRequest),
    ),
    // Load, and gateways that gave up: what they answer to a write may have been done.
    Refusal::new(ANY, 429, Some("RetryableErrorDueToAnotherOperation"), BUSY),
    Refusal::new(ANY, 429, Some(ANY), THROTTLED),
    Refusal::new(ANY, 409, Some("AnotherOperationInProgress"), BUSY),
    Refusal::new(READS, 500, Some("InternalServerError"), PASSES),
    Refusal::new(READS, 502, Some("InvalidGatewayHost"), PASSES),
    Refusal::new(READS, 503, Some("ServerTimeout"), PASSES),
    Refusal::new(READS, 503, Some("ServiceUnavailable"), PASSES),
    Refusal::new(READS, 504, Some("GatewayTimeout"), PASSES),
    Refusal::new(WRITES, 500, None, UNKNOWN),
    Refusal::new(WRITES, 500, Some("InternalServerError"), UNKNOWN),
    Refusal::new(WRITES, 503, Some("ServerTimeout"), UNKNOWN),
    Refusal::new(WRITES, 503, Some("ServiceUnavailable"), UNKNOWN),
    Refusal::new(WRITES, 504, Some("GatewayTimeout"), UNKNOWN),
];

/// Whoever asks Microsoft Graph who it is.
const ME: &[&str] = &["get_signed_in_principal"];
const CREDENTIAL_WRITES: &[&str] = &[
    "create_federated_credential_if_missing",
    "update_federated_credential",
];
const APPLICATION_WRITES: &[&str] = &["create_application_if_missing", "update_application"];
const CREATE_PRINCIPAL: &[&str] = &["create_service_principal_if_missing"];
/// What is asked of an application that may have been made a moment ago.
const OF_NEW_APPLICATIONS: &[&str] = &[
    "create_federated_credential_if_missing",
    "list_federated_credentials",
    "update_application",
];

/// Microsoft Graph's, for every type of object.
pub(super) const GRAPH: &[Refusal] = &[
    // An application has no user.
    Refusal::new(ANY, 400, Some("BadRequest"), never(Kind::InvalidRequest)).of(ME),
    Refusal::new(
        ANY,
        401,
        Some("NoPermissionsInAccessToken"),
        never(Kind::Unauthenticated),
    )
    .of(ME),
    Refusal::new(
        ANY,
        403,
        Some("Authorization_RequestDenied"),
        never(Kind::Forbidden),
    )
    .of(ME),
    Refusal::new(
        ANY,
        401,
        Some("InvalidAuthenticationToken"),
        never(Kind::Unauthenticated),
    ),
    // Policies and rights.
    Refusal::new(
        ANY,
        400,
        Some("InvalidFederatedIdentityCredentialValue"),
        never(Kind::Forbidden),
    )
    .of(CREDENTIAL_WRITES)
    .saying("not allowed as per assigned policy"),
    Refusal::new(ANY, 400, Some("Request_BadRequest"), never(Kind::Forbidden))
        .of(APPLICATION_WRITES)
        .saying("not allowed as per assigned policy"),
    Refusal::new(
        ANY,
        403,
        Some("Authorization_RequestDenied"),
        spreads(Kind::Forbidden),
    )
    .of(CREATE_PRINCIPAL)
    .saying(
        "the backing application of the service principal being created must in the local tenant",
    ),
    Refusal::new(ANY, 403, Some("Authorization_RequestDenied"), DENIED),
    Refusal::new(
        ANY,
        403,
        Some("Directory_QuotaExceeded"),
        never(Kind::Forbidden),
    ),
    // Names and values.
    Refusal::new(ANY, 400, Some("Request_BadRequest"), never(Kind::Conflict))
        .of(APPLICATION_WRITES)
        .saying("Another object with the same value for property uniqueName already exists."),
    Refusal::new(
        ANY,
        400,
        Some("InvalidFederatedIdentityCredentialValue"),
        never(Kind::Conflict),
    )
    .of(CREDENTIAL_WRITES)
    .saying("The combination of issuer and subject must be unique for the application."),
    Refusal::new(
        ANY,
        400,
        Some("Request_BadRequest"),
        spreads(Kind::InvalidRequest),
    )
    .of(CREATE_PRINCIPAL)
    .inner("NoBackingApplicationObject"),
    Refusal::new(
        ANY,
        400,
        Some("Request_BadRequest"),
        never(Kind::InvalidRequest),
    )
    .of(ME),
    Refusal::new(
        ANY,
        400,
        Some("Request_BadRequest"),
        Means::Error(Kind::InvalidRequest, None),
    ),
    Refusal::new(
        ANY,
        409,
        Some("Request_MultipleObjectsWithSameKeyValue"),
        never(Kind::Conflict),
    ),
    Refusal::new(ANY, 409, Some("Directory_ConcurrencyViolation"), BUSY),
    // Absent, or not seen yet.
    Refusal::new(
        "DELETE",
        404,
        Some("Request_ResourceNotFound"),
        Means::Answer,
    ),
    Refusal::new(
        ANY,
        404,
        Some("Request_ResourceNotFound"),
        spreads(Kind::NotFound),
    )
    .of(OF_NEW_APPLICATIONS),
    // Deleted, or made a moment ago: the answer does not tell.
    Refusal::new(
        ANY,
        404,
        Some("Request_ResourceNotFound"),
        Means::Error(Kind::NotFound, None),
    ),
    Refusal::new(ANY, 404, Some("Directory_ObjectNotFound"), PASSES),
    // Load.
    Refusal::new(ANY, 429, Some(ANY), THROTTLED),
    Refusal::new(ANY, 503, Some(ANY), PASSES),
];
