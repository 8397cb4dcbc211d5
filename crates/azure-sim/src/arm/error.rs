//! Errors of Resource Manager, in its own words.

use crate::SimResponse;
use serde_json::json;

/// An error in Resource Manager's envelope.
pub(crate) fn error(status: u16, code: &str, message: impl AsRef<str>) -> SimResponse {
    SimResponse::json(
        status,
        &json!({"error": {"code": code, "message": message.as_ref()}}),
    )
}

/// The same, refused by Resource Manager itself (recorded: 403 and 404 carry this header).
pub(crate) fn gateway(status: u16, code: &str, message: impl AsRef<str>) -> SimResponse {
    error(status, code, message).header("x-ms-failure-cause", "gateway")
}

pub(crate) fn authentication_failed(tenant: Option<&str>) -> SimResponse {
    challenge(
        gateway(
            401,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        ),
        tenant,
    )
}

pub(crate) fn invalid_token() -> SimResponse {
    challenge(
        gateway(
            401,
            "InvalidAuthenticationToken",
            "The access token is invalid.",
        ),
        None,
    )
}

pub(crate) fn invalid_audience(audience: &str, accepted: &[&str]) -> SimResponse {
    let accepted = accepted
        .iter()
        .map(|one| format!("{one}/"))
        .collect::<Vec<_>>()
        .join(",");
    challenge(
        gateway(
            401,
            "InvalidAuthenticationTokenAudience",
            format!(
                "The access token has been obtained for wrong audience or resource '{audience}'. It should exactly match with one of the allowed audiences '{accepted}'."
            ),
        ),
        None,
    )
}

/// Text and header: <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors>,
/// and the public `TenantIdLookup` sample.
pub(crate) fn wrong_tenant(own: &str, needed: &str) -> SimResponse {
    challenge(
        gateway(
            401,
            "InvalidAuthenticationTokenTenant",
            format!(
                "The access token is from the wrong issuer 'https://sts.windows.net/{own}/'. It must match the tenant 'https://sts.windows.net/{needed}/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/{needed}' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error message, please try back later."
            ),
        ),
        Some(needed),
    )
}

/// Adds the challenge to a 401.
pub(crate) fn challenge(answer: SimResponse, tenant: Option<&str>) -> SimResponse {
    let tenant = tenant.unwrap_or("common");
    answer.header(
        "www-authenticate",
        format!(
            "Bearer authorization_uri=\"https://login.windows.net/{tenant}\", error=\"invalid_token\", error_description=\"The access token was refused or is missing.\""
        ),
    )
}

pub(crate) fn subscription_not_found(id: &str) -> SimResponse {
    gateway(
        404,
        "SubscriptionNotFound",
        format!("The subscription '{id}' could not be found."),
    )
}

pub(crate) fn missing_api_version() -> SimResponse {
    gateway(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
    )
}

/// For Resource Manager's own types, such as resource groups.
pub(crate) fn invalid_api_version(version: &str, supported: &[&str]) -> SimResponse {
    gateway(
        400,
        "InvalidApiVersionParameter",
        format!(
            "The api-version '{version}' is invalid. The supported versions are '{}'.",
            supported.join(",")
        ),
    )
}

/// For types of providers.
pub(crate) fn no_registered_provider(
    full_type: &str,
    version: &str,
    supported: &[&str],
) -> SimResponse {
    let (_, kind) = full_type.split_once('/').unwrap_or((full_type, ""));
    gateway(
        400,
        "NoRegisteredProviderFound",
        format!(
            "No registered resource provider found for location '' and API version '{version}' for type '{kind}'. The supported api-versions are '{}'. The supported locations are ''.",
            supported.join(", ")
        ),
    )
}

pub(crate) fn invalid_request_content(problem: &str) -> SimResponse {
    gateway(
        400,
        "InvalidRequestContent",
        format!("The request content was invalid and could not be deserialized: '{problem}'."),
    )
}

/// <https://github.com/Azure/bicep-registry-modules/issues/2358>
pub(crate) fn too_large() -> SimResponse {
    gateway(
        413,
        "RequestContentTooLarge",
        "The request content size exceeds the maximum size of 4 MB.",
    )
}

/// Recorded.
pub(crate) fn resource_group_not_found(name: &str) -> SimResponse {
    gateway(
        404,
        "ResourceGroupNotFound",
        format!("Resource group '{name}' could not be found."),
    )
}

/// Recorded. `resource` is type and name, such as `Microsoft.KeyVault/vaults/v`.
pub(crate) fn resource_not_found(resource: &str, group: &str) -> SimResponse {
    gateway(
        404,
        "ResourceNotFound",
        format!(
            "The Resource '{resource}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        ),
    )
}

/// What is somewhere cannot be made somewhere else.
pub(crate) fn other_location(name: &str, group: &str, is: &str, asked: &str) -> SimResponse {
    error(
        409,
        "InvalidResourceLocation",
        format!(
            "The resource '{name}' already exists in location '{is}' in resource group '{group}'. A resource with the same name cannot be created in location '{asked}'. Please select a new resource name."
        ),
    )
}

pub(crate) fn method_not_allowed(method: &str) -> SimResponse {
    error(
        405,
        "MethodNotAllowed",
        format!("The http method '{method}' is not supported for a resource of this type."),
    )
}
