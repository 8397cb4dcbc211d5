//! Answers that a fault gives in place of a service, in the service's own words.

use crate::{
    SimRequest, SimResponse, arm, entra, graph, hsm_data, route::Service, throttle, vault_data,
    world::World,
};
use azure_core::base64;
use serde_json::json;

/// The answer of a service that fails with this status.
pub(super) fn of_status(world: &mut World, request: &SimRequest, status: u16) -> SimResponse {
    match world.options.cloud.service(&request.host()) {
        Some(Service::ResourceManager) => {
            let answer = of_resource_manager(world, request, status);
            arm::frame::finish(world, request, answer)
        }
        Some(Service::Graph) => {
            let (code, message) = of_graph(status);
            let answer = graph::answer::error(status, code, message);
            graph::answer::finish(world, request, answer)
        }
        Some(Service::Vault(name)) => {
            let (code, message) = of_vault(status);
            let answer = vault_data::error::refused(status, code, message, None);
            vault_data::finish(world, &region_of(world, &name), answer)
        }
        Some(Service::ManagedHsm(name)) => {
            let (code, message) = of_vault(status);
            let answer = hsm_data::refusal(world, status, code, message);
            hsm_data::finish(world, &region_of_hsm(world, &name), answer)
        }
        _ => of_login(world, status),
    }
}

/// Recorded, apart from the 429, which is documented.
fn of_resource_manager(world: &World, request: &SimRequest, status: u16) -> SimResponse {
    let namespace = arm::path::ArmPath::parse(&request.segments()).namespace;
    let namespace = namespace.unwrap_or_else(|| "Microsoft.Resources".to_owned());
    let of_provider = |status, code: &str, message: String| {
        arm::error::error(status, code, message).header("x-ms-failure-cause", "service")
    };
    match status {
        429 => throttle::arm_refusal(world, request, 1),
        500 => SimResponse::json(500, &json!({"Message": "An error has occurred."}))
            .header("x-ms-failure-cause", "service"),
        502 => of_provider(
            502,
            "InvalidGatewayHost",
            format!("Host name resolution failed for '{namespace}'; cannot fulfill the request."),
        ),
        503 => arm::error::gateway(
            503,
            "ServerTimeout",
            format!(
                "The request timed out. Diagnostic information: timestamp '{}', subscription id '<null>', tracking id '00000000-0000-0000-0000-000000000000', request correlation id '<null>'.",
                World::timestamp(world.now).replace(['-', ':'], "")
            ),
        ),
        504 => of_provider(
            504,
            "GatewayTimeout",
            format!(
                "The gateway did not receive a response from '{namespace}' within the specified time period."
            ),
        ),
        other => arm::error::error(other, &other.to_string(), "The request failed."),
    }
}

/// <https://learn.microsoft.com/graph/errors>; the text of a 500 is
/// <https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1177>
const fn of_graph(status: u16) -> (&'static str, &'static str) {
    match status {
        429 => graph::THROTTLED,
        500 => (
            "Service_InternalServerError",
            "Encountered an internal server error.",
        ),
        503 => ("serviceNotAvailable", "The service is not available."),
        _ => ("UnknownError", ""),
    }
}

/// No source but for the 429.
const fn of_vault(status: u16) -> (&'static str, &'static str) {
    match status {
        429 => vault_data::THROTTLED,
        503 => ("ServiceUnavailable", "The service is unavailable."),
        _ => ("InternalServerError", "Internal server error."),
    }
}

/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
fn of_login(world: &mut World, status: u16) -> SimResponse {
    let (code, message) = match status {
        429 => (
            90055,
            "TenantThrottlingError - There are too many incoming requests.",
        ),
        503 => (
            90033,
            "MsodsServiceUnavailable - The Microsoft Online Directory Service (MSODS) isn't available.",
        ),
        504 => (90012, "RequestTimeout - The request has timed out."),
        _ => (
            50033,
            "RetryableError - Indicates a transient error not related to the database operations.",
        ),
    };
    let refusal = entra::AadError {
        status,
        error: "temporarily_unavailable",
        code,
        message: message.to_owned(),
    };
    entra::refuse(world, &refusal)
}

/// 401 for a token that has expired; `None` where there is nobody to say so.
pub(super) fn expired_token(world: &mut World, request: &SimRequest) -> Option<SimResponse> {
    match world.options.cloud.service(&request.host())? {
        Service::ResourceManager => {
            // https://github.com/Azure/azure-sdk-for-java/issues/33112
            let message = format!(
                "The access token expiry UTC time '{}' is earlier than current UTC time '{}'.",
                american(world, 0),
                american(world, 1)
            );
            let refusal = arm::error::gateway(401, "ExpiredAuthenticationToken", message);
            let refusal = arm::error::challenge(refusal, None);
            Some(arm::frame::finish(world, request, refusal))
        }
        Service::Graph => {
            // https://github.com/Microsoft365DSC/Microsoft365DSC/issues/4427
            let refusal = graph::answer::error(
                401,
                "InvalidAuthenticationToken",
                "Lifetime validation failed, the token is expired.",
            );
            let challenge = format!(
                "Bearer realm=\"\", authorization_uri=\"{}\", client_id=\"00000003-0000-0000-c000-000000000000\"",
                authorization_uri(world)
            );
            let refusal = refusal.header("www-authenticate", challenge);
            Some(graph::answer::finish(world, request, refusal))
        }
        Service::Vault(name) => {
            let message = "[TokenExpired] Error validating token: 'S2S12086'.";
            let refusal = vault_data::challenge(world, &name, message)?;
            Some(vault_data::finish(world, &region_of(world, &name), refusal))
        }
        Service::ManagedHsm(name) => {
            let refusal = hsm_data::challenge(world, &name, request)?;
            Some(hsm_data::finish(
                world,
                &region_of_hsm(world, &name),
                refusal,
            ))
        }
        // The token that is sent there is an assertion.
        _ => {
            let now = World::timestamp(world.now);
            let refusal = entra::AadError {
                status: 401,
                error: "invalid_client",
                code: 700_024,
                message: format!(
                    "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {now}, expiry time of assertion {now}."
                ),
            };
            Some(entra::refuse(world, &refusal))
        }
    }
}

/// 401 that asks for other claims; `None` at the token endpoint and where there is nobody to ask.
///
/// <https://learn.microsoft.com/entra/identity-platform/claims-challenge>. The sentence is Microsoft Graph's; how the
/// others word it has no source.
pub(super) fn claims_challenge(world: &mut World, request: &SimRequest) -> Option<SimResponse> {
    const MESSAGE: &str = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp";
    let claims = json!({
        "access_token": {"nbf": {"essential": true, "value": world.unix_time().to_string()}},
    });
    let header = format!(
        "Bearer realm=\"\", authorization_uri=\"{}\", error=\"insufficient_claims\", claims=\"{}\"",
        authorization_uri(world),
        base64::encode(claims.to_string())
    );
    match world.options.cloud.service(&request.host())? {
        Service::ResourceManager => {
            let refusal = arm::error::gateway(401, "InvalidAuthenticationToken", MESSAGE);
            let refusal = refusal.header("www-authenticate", header);
            Some(arm::frame::finish(world, request, refusal))
        }
        Service::Graph => {
            let refusal = graph::answer::error(401, "InvalidAuthenticationToken", MESSAGE);
            let refusal = refusal.header("www-authenticate", header);
            Some(graph::answer::finish(world, request, refusal))
        }
        Service::Vault(name) => {
            let refusal = vault_data::challenge(world, &name, MESSAGE)?;
            let refusal = refusal.header("www-authenticate", header);
            Some(vault_data::finish(world, &region_of(world, &name), refusal))
        }
        _ => None,
    }
}

fn region_of(world: &World, vault: &str) -> String {
    let vault = world.key_vault.live(vault);
    vault.map_or("", |vault| vault.location.as_str()).to_owned()
}

fn region_of_hsm(world: &World, hsm: &str) -> String {
    let pool = world.managed_hsm.live(hsm);
    pool.map_or("", |pool| pool.settings.location.as_str())
        .to_owned()
}

fn authorization_uri(world: &World) -> String {
    let host = world.options.cloud.issuer_host();
    format!("https://{host}/common/oauth2/authorize")
}

/// A time of the simulator so many seconds from now, as Resource Manager writes it in texts: `1/18/2023 5:10:42 PM`.
fn american(world: &World, later: u64) -> String {
    let at = world.now + std::time::Duration::from_secs(later);
    World::calendar(at)
        .map(|time| {
            let half = if time.hour() < 12 { "AM" } else { "PM" };
            let hour = match time.hour() % 12 {
                0 => 12,
                hour => hour,
            };
            format!(
                "{}/{}/{} {hour}:{:02}:{:02} {half}",
                u8::from(time.month()),
                time.day(),
                time.year(),
                time.minute(),
                time.second()
            )
        })
        .unwrap_or_default()
}
