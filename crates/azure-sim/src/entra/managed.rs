//! Tokens of managed identities, as the platform gives them to what carries the identity.

use super::known_audience;
use crate::{
    SimRequest, SimResponse,
    arm::ManagedIdentity,
    directory::PrincipalKind,
    tokens::{Caller, CallerKind, audience_of},
    world::World,
};
use serde_json::json;

/// A token of a managed identity by its resource id; `None` if the identity is gone.
pub(crate) fn identity_token(
    world: &mut World,
    identity_id: &str,
    audience: &str,
) -> Option<String> {
    let identity = world.arm.identities.get(&identity_id.to_lowercase())?;
    let principal = world.directory.principal(&identity.principal_id)?;
    if principal.kind != PrincipalKind::ManagedIdentity {
        return None;
    }
    let caller = Caller {
        tenant: identity.tenant.clone(),
        oid: principal.id.clone(),
        appid: principal.app_id.clone(),
        kind: CallerKind::ManagedIdentity,
        name: principal.app_id.clone(),
    };
    Some(world.mint(caller, audience, false))
}

/// Which identity a request means.
enum Selection {
    /// Resource id and client id.
    One(String, String),
    None,
    /// More than one way to name it.
    Ambiguous,
}

/// Picks an identity by one of the parameters, or the only one that there is. Every identity counts as assigned.
fn select(world: &World, request: &SimRequest, names: &[(&str, Field)]) -> Selection {
    let given: Vec<(Field, String)> = names
        .iter()
        .filter_map(|(name, field)| Some((*field, request.query(name)?)))
        .collect();
    let identities = || world.arm.identities.values();
    let found = match given.as_slice() {
        [] => {
            let mut all = identities();
            all.next().filter(|_| all.next().is_none())
        }
        [(field, value)] => identities().find(|identity| field.is(identity, value)),
        _ => return Selection::Ambiguous,
    };
    found.map_or(Selection::None, |identity| {
        Selection::One(identity.id.clone(), identity.client_id.clone())
    })
}

#[derive(Clone, Copy)]
enum Field {
    Client,
    Object,
    Resource,
}

impl Field {
    fn is(self, identity: &ManagedIdentity, value: &str) -> bool {
        let own = match self {
            Self::Client => &identity.client_id,
            Self::Object => &identity.principal_id,
            Self::Resource => &identity.id,
        };
        own.eq_ignore_ascii_case(value)
    }
}

/// The metadata service of a virtual machine:
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
pub(crate) fn instance_metadata(world: &mut World, request: &SimRequest) -> SimResponse {
    const NAMES: &[(&str, Field)] = &[
        ("client_id", Field::Client),
        ("object_id", Field::Object),
        ("msi_res_id", Field::Resource),
        ("mi_res_id", Field::Resource),
    ];
    let path = request.segments();
    if request.method != "GET" || path != ["metadata", "identity", "oauth2", "token"] {
        return world.not_modelled(request);
    }
    let refuse = |error: &str, text: &str| {
        SimResponse::json(400, &json!({"error": error, "error_description": text}))
    };
    let metadata = request.headers.get("metadata");
    if !metadata.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return refuse("bad_request_102", "Required metadata header not specified");
    }
    if !is_version(request, "2018-02-01") {
        return SimResponse::json(
            400,
            &json!({
                "error": "Bad request. api-version was not specified in the request. For more information refer to aka.ms/azureimds",
                "newest-versions": ["2021-02-01", "2020-12-01", "2020-10-01"],
            }),
        );
    }
    let Some(resource) = request.query("resource") else {
        return refuse(
            "invalid_request",
            "Required audience parameter not specified",
        );
    };
    let (id, client) = match select(world, request, NAMES) {
        Selection::One(id, client) => (id, client),
        Selection::None => return refuse("invalid_request", "Identity not found"),
        Selection::Ambiguous => {
            return refuse(
                "invalid_request",
                "Only one of client_id, object_id and msi_res_id may be specified",
            );
        }
    };
    if !known_audience(world, &audience_of(&resource)) {
        return refuse(
            "invalid_resource",
            &format!(
                "AADSTS50001: The application named {resource} was not found in the tenant. The resource is disabled or doesn't exist."
            ),
        );
    }
    let Some(text) = identity_token(world, &id, &resource) else {
        return refuse("invalid_request", "Identity not found");
    };
    let (expires, now) = (world.expiry(&text), world.tokens.now());
    let left = (expires - now).to_string();
    // Documented: numbers as texts.
    SimResponse::json(
        200,
        &json!({
            "access_token": text,
            "client_id": client,
            "expires_in": left,
            "expires_on": expires.to_string(),
            "ext_expires_in": left,
            "not_before": (now - 300).to_string(),
            "refresh_token": "",
            "resource": resource,
            "token_type": "Bearer",
        }),
    )
}

/// The endpoint that App Service and Container Apps give to a program:
/// <https://learn.microsoft.com/azure/container-apps/managed-identity>
pub(crate) fn app_service(world: &mut World, request: &SimRequest) -> SimResponse {
    const NAMES: &[(&str, Field)] = &[
        ("client_id", Field::Client),
        ("principal_id", Field::Object),
        ("object_id", Field::Object),
        ("mi_res_id", Field::Resource),
    ];
    let (Some(secret), true) = (
        world.identity_header.clone(),
        request.method == "GET" && request.segments() == ["msi", "token"],
    ) else {
        return world.not_modelled(request);
    };
    let refuse = |status: u16, text: &str| {
        SimResponse::json(status, &json!({"statusCode": status, "message": text}))
    };
    if request.headers.get("x-identity-header") != Some(&secret) {
        return refuse(401, "The X-IDENTITY-HEADER is missing or wrong.");
    }
    if !is_version(request, "2019-08-01") {
        return refuse(400, "The api-version is missing or not supported.");
    }
    let resource = request.query("resource").unwrap_or_default();
    if !known_audience(world, &audience_of(&resource)) {
        return refuse(400, &format!("The resource '{resource}' is not valid."));
    }
    // Without a selector the system-assigned identity is meant, which no program here has.
    let named = NAMES.iter().any(|(name, _)| request.query(name).is_some());
    let found = match select(world, request, NAMES) {
        Selection::One(id, client) if named => {
            identity_token(world, &id, &resource).map(|text| (text, client))
        }
        _ => None,
    };
    let Some((text, client)) = found else {
        return refuse(
            400,
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
        );
    };
    // Documented: no `expires_in`.
    SimResponse::json(
        200,
        &json!({
            "access_token": text,
            "client_id": client,
            "expires_on": world.expiry(&text).to_string(),
            "resource": resource,
            "token_type": "Bearer",
        }),
    )
}

/// Whether the api-version is a date not before the first.
fn is_version(request: &SimRequest, first: &str) -> bool {
    let version = request.query("api-version").unwrap_or_default();
    version.len() == first.len() && version.as_str() >= first
}
