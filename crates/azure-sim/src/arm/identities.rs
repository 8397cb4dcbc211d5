//! User-assigned managed identities.

use crate::{
    SimResponse,
    arm::{
        ArmCall, ManagedIdentity, error, groups, identity_credentials, path::is_within, providers,
    },
    directory::{PrincipalKind, ServicePrincipal},
    past::Past,
    regions,
    throttle::count_identity,
    world::World,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const NAMESPACE: &str = "Microsoft.ManagedIdentity";
const TYPE: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
/// <https://github.com/Azure/azure-rest-api-specs/tree/main/specification/msi>
const VERSIONS: &[&str] = &[
    // Recorded, as 2021-09-30-preview is.
    "2015-08-31-preview",
    "2018-11-30",
    "2021-09-30-preview",
    "2023-01-31",
    "2024-11-30",
    "2025-01-31-preview",
    "2025-05-31-preview",
    "2026-04-30",
    "2026-05-31",
];

pub(crate) fn handle(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    let of_identity = call
        .path
        .is_type(&["userAssignedIdentities", "federatedIdentityCredentials"]);
    if !of_identity && !call.path.is_type(&["userAssignedIdentities"]) {
        return Ok(world.not_modelled(call.request));
    }
    if !VERSIONS.contains(&call.api_version.as_str()) {
        return Err(error::no_registered_provider(
            TYPE,
            &call.api_version,
            VERSIONS,
        ));
    }
    if of_identity {
        return identity_credentials::handle(world, call);
    }
    let (subscription, group) = (call.path.subscription(), call.path.group());
    let Some(name) = call.path.name(0) else {
        return list(world, call);
    };
    let id = format!("{}/providers/{TYPE}/{name}", call.path.scope);
    let action = |verb: &str| format!("{TYPE}/{verb}");
    match call.method {
        "GET" => {
            world.authorize(&call.caller, &action("read"), &id)?;
            groups::require(world, subscription, group)?;
            count_identity(world, call)?;
            let found = world.arm.identities.get(&id.to_lowercase());
            found
                .map(|identity| SimResponse::json(200, &entity(identity, &call.api_version)))
                .ok_or_else(|| error::resource_not_found(&format!("{TYPE}/{name}"), group))
        }
        "PUT" => {
            world.authorize(&call.caller, &action("write"), &id)?;
            providers::require_provider(world, subscription, NAMESPACE)?;
            groups::require_open(world, subscription, group)?;
            count_identity(world, call)?;
            put(world, call, name)
        }
        "PATCH" => {
            world.authorize(&call.caller, &action("write"), &id)?;
            groups::require(world, subscription, group)?;
            count_identity(world, call)?;
            let settings = read_settings(world, call)?;
            let key = id.to_lowercase();
            let changed = change(world, call, &key, settings);
            let absent = || Err(error::resource_not_found(&format!("{TYPE}/{name}"), group));
            changed.unwrap_or_else(absent)
        }
        "DELETE" => {
            world.authorize(&call.caller, &action("delete"), &id)?;
            groups::require(world, subscription, group)?;
            count_identity(world, call)?;
            // 200, or 204 if it was not there.
            let removed = world.remove_identity(&id.to_lowercase());
            Ok(SimResponse::empty(if removed { 200 } else { 204 }))
        }
        other => Err(error::method_not_allowed(other)),
    }
}

fn list(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    world.authorize(&call.caller, &format!("{TYPE}/read"), &call.path.scope)?;
    count_identity(world, call)?;
    let identities = world.arm.identities.values();
    let value: Vec<Value> = identities
        .filter(|identity| is_within(&identity.id, &call.path.scope))
        .map(|identity| entity(identity, &call.api_version))
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

/// What of an identity can be changed.
#[derive(Clone)]
struct Settings {
    tags: Option<Value>,
    isolation_scope: Option<String>,
}

/// The version that brought `isolationScope`, by the specification.
const ISOLATION_SINCE: &str = "2024-11-30";

fn read_settings(world: &mut World, call: &ArmCall<'_>) -> Result<Settings, SimResponse> {
    world.note_unknown(
        "userAssignedIdentity",
        &call.body,
        &["location", "tags", "properties"],
    );
    let properties = call.body.get("properties").cloned().unwrap_or_default();
    let knows = call.api_version.as_str() >= ISOLATION_SINCE;
    let known: &[&str] = if knows { &["isolationScope"] } else { &[] };
    world.note_unknown("userAssignedIdentity.properties", &properties, known);
    let scope = properties.get("isolationScope").filter(|_| knows);
    let scope = scope.and_then(Value::as_str);
    if let Some(unknown) = scope.filter(|scope| !["None", "Regional"].contains(scope)) {
        return Err(error::invalid_request_content(&format!(
            "Requested value '{unknown}' was not found."
        )));
    }
    Ok(Settings {
        tags: call
            .body
            .get("tags")
            .filter(|tags| tags.is_object())
            .cloned(),
        isolation_scope: scope.map(str::to_owned),
    })
}

/// Changes what was sent of an identity that is there; `key` is its id in lower case.
fn change(
    world: &mut World,
    call: &ArmCall<'_>,
    key: &str,
    settings: Settings,
) -> Option<Result<SimResponse, SimResponse>> {
    let identity = world.arm.identities.get_mut(key)?;
    let location = call.body.get("location").and_then(Value::as_str);
    if let Some(other) = location.map(regions::name)
        && other != identity.location
    {
        let refusal = error::other_location(
            &identity.name,
            call.path.group(),
            &identity.location,
            &other,
        );
        return Some(Err(refusal));
    }
    let before = (identity.tags.clone(), identity.isolation_scope.clone());
    if let Some(tags) = settings.tags {
        identity.tags = tags;
    }
    if settings.isolation_scope.is_some() {
        identity.isolation_scope = settings.isolation_scope;
    }
    let differs = before != (identity.tags.clone(), identity.isolation_scope.clone());
    let body = entity(identity, &call.api_version);
    if differs {
        world.changed();
    }
    Some(Ok(SimResponse::json(200, &body)))
}

fn put(world: &mut World, call: &ArmCall<'_>, name: &str) -> Result<SimResponse, SimResponse> {
    // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    let good = (3..=128).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !good {
        return Err(error::error(
            400,
            "InvalidResourceName",
            format!("The resource name '{name}' is invalid."),
        ));
    }
    let settings = read_settings(world, call)?;
    let Some(location) = call.body.get("location").and_then(Value::as_str) else {
        return Err(error::error(
            400,
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    };
    let location = regions::name(location);
    regions::require(world.options.cloud, TYPE, &location)?;
    // Recorded: ids of identities spell `resourcegroups` in lower case.
    let id = format!(
        "/subscriptions/{}/resourcegroups/{}/providers/{TYPE}/{name}",
        call.path.subscription(),
        call.path.group()
    );
    let key = id.to_lowercase();
    if let Some(changed) = change(world, call, &key, settings.clone()) {
        return changed;
    }
    let identity = ManagedIdentity {
        id: id.clone(),
        name: name.to_owned(),
        location,
        tags: settings.tags.unwrap_or_else(|| json!({})),
        tenant: call.caller.tenant.clone(),
        principal_id: world.new_guid(),
        client_id: world.new_guid(),
        isolation_scope: settings.isolation_scope,
        credentials: Vec::new(),
    };
    let lag = world.options.lag.clone();
    // A service principal without an application:
    // https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-faq
    let principal = ServicePrincipal {
        tenant: identity.tenant.clone(),
        id: identity.principal_id.clone(),
        app_id: identity.client_id.clone(),
        display_name: name.to_owned(),
        kind: PrincipalKind::ManagedIdentity,
        enabled: true,
        roles: Vec::new(),
        created: world.now,
        extra: BTreeMap::new(),
        deleted: None,
        visible: world.spread(lag.directory),
        tokens_from: world.spread(lag.principal_tokens),
        arm_from: world.spread(lag.principal_arm),
        past: Past::default(),
    };
    world.directory.service_principals.push(principal);
    let body = entity(&identity, &call.api_version);
    world.arm.identities.insert(key, identity);
    world.changed();
    // Recorded: a relative location.
    Ok(SimResponse::json(201, &body).header("location", id))
}

impl World {
    /// Deletes an identity and its principal; `key` is the id in lower case. Nothing that still uses it stops this.
    pub(crate) fn remove_identity(&mut self, key: &str) -> bool {
        let Some(identity) = self.arm.identities.remove(key) else {
            return false;
        };
        self.directory
            .service_principals
            .retain(|principal| principal.id != identity.principal_id);
        self.changed();
        true
    }
}

/// The last version that shows `clientSecretUrl` (recorded; 2021-09-30-preview does not).
const SECRET_URL_UNTIL: &str = "2018-11-30";

fn entity(identity: &ManagedIdentity, api_version: &str) -> Value {
    let mut body = json!({
        "location": identity.location,
        "tags": identity.tags,
        "id": identity.id,
        "name": identity.name,
        "type": TYPE,
        "properties": {
            "tenantId": identity.tenant,
            "principalId": identity.principal_id,
            "clientId": identity.client_id,
        },
    });
    if api_version <= SECRET_URL_UNTIL
        && let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut)
    {
        let url = format!(
            "https://control-{}.identity.azure.net{}/credentials?tid={}&oid={}&aid={}",
            identity.location,
            identity.id,
            identity.tenant,
            identity.principal_id,
            identity.client_id
        );
        properties.insert("clientSecretUrl".to_owned(), json!(url));
    }
    if api_version >= ISOLATION_SINCE
        && let Some(scope) = &identity.isolation_scope
        && let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut)
    {
        properties.insert("isolationScope".to_owned(), json!(scope));
    }
    body
}
