//! What Microsoft Graph's errors mean.

use cmk_core::{Hint, Kind, Rule};

const TRANSIENT: Hint = Hint::Transient { after: None };
const ERRORS: &str = "https://learn.microsoft.com/graph/errors";
const THROTTLING: &str = "https://learn.microsoft.com/graph/throttling";
const PRACTICES: &str = "https://learn.microsoft.com/graph/best-practices-concept";
const CONSISTENCY: &str = "https://devblogs.microsoft.com/identity/designing-for-eventual-consistency-for-microsoft-entra";
const AUDIENCES: &str = "https://learn.microsoft.com/graph/api/resources/audiencesconfiguration";
const ME: &str = "https://learn.microsoft.com/troubleshoot/entra/entra-id/users-groups-entra-apis/error-call-me-endpoint-microsoft-graph";

const CREDENTIAL_WRITES: &[&str] = &[
    "create_federated_credential_if_missing",
    "update_federated_credential",
];
const CREATE_PRINCIPAL: &[&str] = &["create_service_principal_if_missing"];
const ME_ONLY: &[&str] = &["get_signed_in_principal"];
const USER_HELP: &str = "an application signs in: give its object id yourself";

/// What Microsoft Graph's errors mean for the operations of [`GraphClient`](crate::GraphClient).
///
/// The codes of the directory are few and cover unlike faults, so that some rows need the text
/// ([errors](https://learn.microsoft.com/graph/errors)).
pub const RULES: &[Rule] = &[
    // Whoever is signed in.
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .operations(ME_ONLY)
        .status(400)
        .help(USER_HELP)
        .source(ME),
    Rule::new(Kind::Unauthenticated, Hint::Permanent)
        .operations(ME_ONLY)
        .code("NoPermissionsInAccessToken")
        .help(USER_HELP)
        .source(ME),
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .operations(ME_ONLY)
        .status(403)
        .code("Authorization_RequestDenied")
        .help(USER_HELP)
        .source(ME),
    // Policies of the tenant: the same text for audiences and issuers, under several codes.
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .operations(&["create_application_if_missing", "update_application"])
        .text("not allowed as per assigned policy")
        .help("an app management policy of the tenant forbids this: its administrator must change the policy or exempt the application")
        .source(AUDIENCES),
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .operations(CREDENTIAL_WRITES)
        .text("not allowed as per assigned policy")
        .help("an app management policy of the tenant forbids this issuer: its administrator must change the policy or exempt the application")
        .source(AUDIENCES),
    // Names and values that are taken.
    Rule::new(Kind::Conflict, Hint::Permanent)
        .code("Request_BadRequest")
        .text("property uniqueName already exists")
        .help("an application holds this unique name; if it cannot be read by it, it is deleted and keeps the name for 30 days: restore it, or take another name")
        .source("https://github.com/microsoftgraph/msgraph-bicep-types/issues/137"),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .operations(CREDENTIAL_WRITES)
        .status(400)
        .code("InvalidFederatedIdentityCredentialValue")
        .text("combination of issuer and subject must be unique")
        .help("another credential of the application holds this issuer and subject: list them, and use or delete that one")
        .source("https://github.com/Azure/azure-workload-identity/issues/434"),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .operations(CREDENTIAL_WRITES)
        .status(409)
        .code("Request_MultipleObjectsWithSameKeyValue")
        .help("a credential of this name exists: read it")
        .source("https://github.com/Azure/azure-dev/issues/1482"),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .operations(CREATE_PRINCIPAL)
        .status(409)
        .code("Request_MultipleObjectsWithSameKeyValue")
        .help("the application has a service principal in this tenant: read it by client id")
        .source("https://github.com/Azure/reliable-web-app-pattern-java/issues/185"),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .status(409)
        .code("Request_MultipleObjectsWithSameKeyValue")
        .help("an object with this key exists: read it")
        .source(ERRORS),
    Rule::new(Kind::Conflict, Hint::Busy)
        .code("Directory_ConcurrencyViolation")
        .help("another request writes at the same time: write one after another")
        .source("https://github.com/nais/azurerator/issues/448"),
    // Not yet, or never: only the caller knows how old the application is.
    Rule::new(Kind::InvalidRequest, Hint::Propagation)
        .operations(CREATE_PRINCIPAL)
        .inner_code("NoBackingApplicationObject")
        .help("no multitenant application with this client id is visible: a new one takes a while; else check the id, the cloud and its signInAudience")
        .source("https://learn.microsoft.com/answers/questions/5883620/"),
    Rule::new(Kind::InvalidRequest, Hint::Propagation)
        .operations(CREATE_PRINCIPAL)
        .status(400)
        .text("does not reference a valid application object")
        .help("no multitenant application with this client id is visible: a new one takes a while; else check the id, the cloud and its signInAudience")
        .source("https://learn.microsoft.com/answers/questions/5883620/"),
    Rule::new(Kind::Forbidden, Hint::Propagation)
        .operations(CREATE_PRINCIPAL)
        .status(403)
        .text("the backing application of the service principal being created must in the local tenant")
        .help("a new application takes a while to be seen; if it stays so, the caller needs Application.ReadWrite.All, or the role Application Administrator or Cloud Application Administrator: owning applications is not enough for one of another tenant")
        .source("https://github.com/hashicorp/terraform-provider-azuread/issues/504"),
    Rule::new(Kind::NotFound, Hint::Propagation)
        .operations(&[
            "create_federated_credential_if_missing",
            "list_federated_credentials",
            "update_application",
        ])
        .status(404)
        .code("Request_ResourceNotFound")
        .help("the application does not exist, or was made a moment ago")
        .source(CONSISTENCY),
    Rule::new(Kind::Other, TRANSIENT)
        .status(404)
        .code("Directory_ObjectNotFound")
        .source("https://learn.microsoft.com/answers/questions/936575/"),
    // Rights.
    Rule::new(Kind::Forbidden, Hint::Permanent)
        .code("Directory_QuotaExceeded")
        .help("the caller, or the tenant, may hold no more objects; deleted ones count for 30 days")
        .source("https://docs.azure.cn/en-us/active-directory/manage-apps/delete-recover-faq"),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .status(403)
        .text("insufficient_claims")
        .help("Conditional Access asks for more: sign in again")
        .source("https://learn.microsoft.com/entra/identity-platform/claims-challenge"),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .operations(CREATE_PRINCIPAL)
        .status(403)
        .code("Authorization_RequestDenied")
        .help("for an application of another tenant the caller needs the role Application Administrator or Cloud Application Administrator, or the application permission Application.ReadWrite.All")
        .source("https://learn.microsoft.com/graph/api/serviceprincipal-upsert"),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .operations(CREDENTIAL_WRITES)
        .status(403)
        .code("Authorization_RequestDenied")
        .help("the caller must own the application, or hold Application.ReadWrite.OwnedBy, Application.ReadWrite.All or the role Application Administrator")
        .source("https://learn.microsoft.com/graph/api/application-post-federatedidentitycredentials"),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .operations(&[
            "list_applications_named",
            "list_deleted_applications",
            "find_deleted_application",
        ])
        .status(403)
        .code("Authorization_RequestDenied")
        .help("listing needs Application.Read.All; Application.ReadWrite.OwnedBy reads by id or key only")
        .source("https://github.com/hashicorp/terraform-provider-azuread/issues/116"),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .operations(&["create_application_if_missing"])
        .status(403)
        .code("Authorization_RequestDenied")
        .help("the caller needs Application.ReadWrite.OwnedBy, Application.ReadWrite.All or the role Application Developer")
        .source("https://learn.microsoft.com/graph/api/application-upsert"),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .operations(&["restore_deleted_application"])
        .status(403)
        .code("Authorization_RequestDenied")
        .help("the caller needs Application.ReadWrite.OwnedBy, or the role Application Administrator, Cloud Application Administrator or Hybrid Identity Administrator")
        .source("https://learn.microsoft.com/graph/api/directory-deleteditems-restore"),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .status(403)
        .code("Authorization_RequestDenied")
        .help("the caller lacks the permission that the operation's documentation names")
        .source(ERRORS),
    Rule::new(Kind::Unauthenticated, Hint::Permanent)
        .status(401)
        .code("InvalidAuthenticationToken")
        .help("the token was refused: check the credential's cloud, audience and clock")
        .source(ERRORS),
    // Load.
    Rule::new(Kind::Throttled, TRANSIENT)
        .status(429)
        .source(THROTTLING),
    Rule::new(Kind::Other, TRANSIENT)
        .status(503)
        .source(PRACTICES),
];
