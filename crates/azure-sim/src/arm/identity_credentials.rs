//! Federated identity credentials of a managed identity: not those of the application, which sit in Microsoft Graph.

use crate::{
    SimResponse,
    arm::{ArmCall, error, groups, providers},
    world::World,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const NAMESPACE: &str = "Microsoft.ManagedIdentity";
const PARENT: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
const TYPE: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";
/// <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations>
const MOST: usize = 20;

/// A credential of an identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdentityCredential {
    id: String,
    name: String,
    issuer: String,
    subject: String,
    audiences: Vec<String>,
}

/// Answers `…/userAssignedIdentities/{identity}/federatedIdentityCredentials/…`; the api-version is checked already.
pub(super) fn handle(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    let (subscription, group) = (call.path.subscription(), call.path.group());
    let verb = match call.method {
        "GET" => "read",
        "PUT" => "write",
        "DELETE" => "delete",
        other => return Err(error::method_not_allowed(other)),
    };
    let scope = call.path.id();
    world.authorize(&call.caller, &format!("{TYPE}/{verb}"), &scope)?;
    if call.method == "PUT" {
        providers::require_provider(world, subscription, NAMESPACE)?;
        groups::require_open(world, subscription, group)?;
    } else {
        groups::require(world, subscription, group)?;
    }
    let identity = call.path.name(0).unwrap_or_default();
    let parent = format!(
        "/subscriptions/{subscription}/resourcegroups/{group}/providers/{PARENT}/{identity}"
    );
    let key = parent.to_lowercase();
    let Some(found) = world.arm.identities.get(&key) else {
        // https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
        return Err(error::error(
            404,
            "NotFound",
            "The parent user-assigned identity doesn't exist.",
        ));
    };
    let all = &found.credentials;
    match (call.method, call.path.name(1)) {
        ("GET", None) => {
            let value: Vec<Value> = all.iter().map(entity).collect();
            Ok(SimResponse::json(200, &json!({"value": value})))
        }
        ("GET", Some(name)) => all
            .iter()
            .find(|own| own.name.eq_ignore_ascii_case(name))
            .map(|own| SimResponse::json(200, &entity(own)))
            .ok_or_else(|| {
                let resource = format!("{PARENT}/{identity}/federatedIdentityCredentials/{name}");
                error::resource_not_found(&resource, group)
            }),
        ("PUT", Some(name)) => put(world, call, &key, &found.id.clone(), name),
        ("DELETE", Some(name)) => {
            let name = name.to_owned();
            let before = all.len();
            let Some(identity) = world.arm.identities.get_mut(&key) else {
                return Ok(SimResponse::empty(204));
            };
            identity
                .credentials
                .retain(|own| !own.name.eq_ignore_ascii_case(&name));
            let removed = identity.credentials.len() != before;
            if removed {
                world.changed();
            }
            // Recorded: an empty 200; 204 if it was not there.
            Ok(SimResponse::empty(if removed { 200 } else { 204 }))
        }
        (other, _) => Err(error::method_not_allowed(other)),
    }
}

fn put(
    world: &mut World,
    call: &ArmCall<'_>,
    key: &str,
    parent: &str,
    name: &str,
) -> Result<SimResponse, SimResponse> {
    // Texts: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
    let bad = |message: &str| error::error(400, "BadRequest", message);
    if !is_valid_name(name) {
        return Err(bad(&format!(
            "Federated Identity Credential name '{name}' is invalid."
        )));
    }
    world.note_unknown(
        "federatedIdentityCredential",
        &call.body,
        &["properties", "id", "name", "type"],
    );
    let properties = call.body.get("properties").cloned().unwrap_or_default();
    world.note_unknown(
        "federatedIdentityCredential.properties",
        &properties,
        &["issuer", "subject", "audiences"],
    );
    let text = |name: &str| {
        let value = properties.get(name).and_then(Value::as_str);
        value.filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let (Some(issuer), Some(subject), Some(audiences)) = (
        text("issuer"),
        text("subject"),
        properties.get("audiences").and_then(Value::as_array),
    ) else {
        return Err(bad(
            "Federated Identity Credential from HTTP body has empty properties",
        ));
    };
    let [Value::String(audience)] = audiences.as_slice() else {
        return Err(bad(
            "Federated identity credentials must have exactly one audience.",
        ));
    };
    let credential = IdentityCredential {
        id: format!("{parent}/federatedIdentityCredentials/{name}"),
        name: name.to_owned(),
        issuer,
        subject,
        audiences: vec![audience.clone()],
    };
    let Some(identity) = world.arm.identities.get_mut(key) else {
        return Err(bad("The parent user-assigned identity doesn't exist."));
    };
    let is_own = |own: &IdentityCredential| own.name.eq_ignore_ascii_case(name);
    if identity.credentials.iter().any(|own| {
        !is_own(own) && own.issuer == credential.issuer && own.subject == credential.subject
    }) {
        return Err(bad(
            "Issuer and subject combination already exists for this Managed Identity.",
        ));
    }
    let body = entity(&credential);
    if let Some(own) = identity.credentials.iter_mut().find(|own| is_own(own)) {
        if *own != credential {
            *own = credential;
            world.changed();
        }
        return Ok(SimResponse::json(200, &body));
    }
    if identity.credentials.len() >= MOST {
        return Err(bad(&format!(
            "Too many Federated Identity Credentials are configured for the Managed Identity; at most {MOST}."
        )));
    }
    let location = credential.id.clone();
    identity.credentials.push(credential);
    world.changed();
    // Recorded: a relative location.
    Ok(SimResponse::json(201, &body).header("location", location))
}

/// `^[a-zA-Z0-9]{1}[a-zA-Z0-9-_]{2,119}$`, says the specification.
fn is_valid_name(name: &str) -> bool {
    (3..=120).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn entity(credential: &IdentityCredential) -> Value {
    json!({
        "id": credential.id,
        "name": credential.name,
        "type": TYPE,
        "properties": {
            "issuer": credential.issuer,
            "subject": credential.subject,
            "audiences": credential.audiences,
        },
    })
}
