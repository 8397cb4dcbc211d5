//! What the errors of Microsoft.ManagedIdentity mean.

use cmk_core::{Hint, Kind, Rule};

const FEDERATION: &str =
    "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations";
const CONCURRENT: &str = "https://github.com/crossplane-contrib/provider-upjet-azure/issues/689";

/// What the errors of Microsoft.ManagedIdentity mean, to be put before Resource Manager's own
/// ([`cmk_core::arm::RULES`]). The rows on federated credentials are for identities, not for applications.
pub const MANAGED_IDENTITY_RULES: &[Rule] = &[
    // Before the row of 429: a provider that is busy answers 429 too, and its code tells.
    Rule::new(Kind::Conflict, Hint::Busy)
        .code("RetryableErrorDueToAnotherOperation")
        .help("another write of the same identity is under way")
        .source("https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling"),
    Rule::new(Kind::Throttled, Hint::Transient { after: None })
        .status(429)
        .help("one identity takes one write in four seconds and one read in two seconds")
        .source(FEDERATION),
    Rule::new(Kind::Conflict, Hint::Busy)
        .status(409)
        .code("ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity")
        .help("write the credentials of one identity one after another")
        .source(CONCURRENT),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .status(405)
        .text("Support for federated identity credentials not enabled")
        .help("the region of the identity knows no federated credentials: use an identity in another region")
        .source(FEDERATION),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .status(400)
        .text("Issuer and subject combination already exists for this Managed Identity")
        .help("another credential of the identity holds this issuer and subject: list them")
        .source(FEDERATION),
    // Last: provider and gateway both say `Conflict` for writes that meet.
    Rule::new(Kind::Conflict, Hint::Busy)
        .status(409)
        .code("Conflict")
        .help("another write of the same identity is under way")
        .source(FEDERATION),
];
