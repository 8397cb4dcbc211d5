//! Keys as Resource Manager sees them: made once, read, never changed.
//!
//! <https://learn.microsoft.com/rest/api/keyvault/keyvault/keys>: a `PUT` makes the first version if the key is absent and
//! else returns the key untouched. It needs no role of the data plane, and the vault's firewall does not matter.

use super::{
    key::{Key, KeyState, KeyVersion, Material},
    model::Vault,
    vaults,
};
use crate::{
    SimResponse,
    arm::{ArmCall, error},
    provider_call::admit,
    vault_data::{
        is_valid_name,
        new_key::{self, KeyRequest},
        sent::Unfit,
    },
    world::World,
};
use serde_json::{Map, Value, json};

type Answer = Result<SimResponse, SimResponse>;

const NAMESPACE: &str = "Microsoft.KeyVault";

pub(super) fn handle(world: &mut World, call: &ArmCall<'_>) -> Answer {
    let vault = call.path.name(0).unwrap_or_default();
    let verb = if call.method == "PUT" {
        "write"
    } else {
        "read"
    };
    admit(
        world,
        call,
        &format!("{NAMESPACE}/vaults/keys/{verb}"),
        NAMESPACE,
    )?;
    if vaults::own(world, call, vault).is_err() {
        // https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-parent-resource
        let parent = format!("{NAMESPACE}/vaults/{vault}");
        return Err(if call.method == "PUT" {
            error::gateway(
                404,
                "ParentResourceNotFound",
                format!(
                    "Can not perform requested operation on nested resource. Parent resource '{vault}' not found."
                ),
            )
        } else {
            error::resource_not_found(&parent, call.path.group())
        });
    }
    match (call.method, call.path.name(1)) {
        ("GET", None) => list(world, call, vault),
        ("GET", Some(name)) => read(world, call, vault, name),
        ("PUT", Some(name)) => put(world, call, vault, name),
        (method, _) => Err(error::method_not_allowed(method)),
    }
}

fn list(world: &World, call: &ArmCall<'_>, vault: &str) -> Answer {
    let vault = vaults::own(world, call, vault)?;
    let keys = vault.keys.values();
    let value: Vec<Value> = keys
        .filter(|key| key.state(world.now) == KeyState::Live)
        .filter_map(|key| render(world, vault, key))
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

fn read(world: &World, call: &ArmCall<'_>, vault: &str, name: &str) -> Answer {
    let vault = vaults::own(world, call, vault)?;
    vault
        .keys
        .get(&name.to_lowercase())
        .filter(|key| key.state(world.now) == KeyState::Live)
        .and_then(|key| render(world, vault, key))
        .map(|shown| SimResponse::json(200, &shown))
        .ok_or_else(|| {
            error::resource_not_found(
                &format!("{NAMESPACE}/vaults/{}/keys/{name}", vault.name),
                call.path.group(),
            )
        })
}

fn put(world: &mut World, call: &ArmCall<'_>, vault_name: &str, name: &str) -> Answer {
    world.note_unknown(
        "vaults.keys",
        &call.body,
        &["tags", "properties", "location"],
    );
    let properties = call.body.get("properties").cloned().unwrap_or_default();
    world.note_unknown(
        "vaults.keys.properties",
        &properties,
        &[
            "attributes",
            "kty",
            "keyOps",
            "keySize",
            "curveName",
            "rotationPolicy",
        ],
    );
    // The text has no source.
    if !is_valid_name(name) {
        let text = format!("The key name '{name}' is invalid.");
        return Err(error::error(400, "BadRequest", text));
    }
    let vault = vaults::own(world, call, vault_name)?;
    match vault
        .keys
        .get(&name.to_lowercase())
        .map(|key| key.state(world.now))
    {
        Some(KeyState::Live | KeyState::BeingRecovered) => {}
        Some(KeyState::BeingDeleted) => {
            return Err(error::error(
                409,
                "Conflict",
                "Key is currently being deleted.",
            ));
        }
        Some(KeyState::Deleted) => {
            return Err(error::error(
                409,
                "Conflict",
                new_key::deleted_but_recoverable(name),
            ));
        }
        None => {
            // The texts are those of the data plane.
            let request = wanted(&call.body, &properties)
                .and_then(|request| request.require_tier(vault).map(|()| request))
                .map_err(|unfit| error::error(400, "BadRequest", unfit.message))?;
            new_key::add_version(world, vault_name, name, request);
        }
    }
    read(world, call, vault_name, name)
}

/// What the body asks for, in the data plane's words.
fn wanted(body: &Value, properties: &Value) -> Result<KeyRequest, Unfit> {
    let mut request = Map::new();
    for (from, to) in [
        ("kty", "kty"),
        ("keySize", "key_size"),
        ("curveName", "crv"),
        ("keyOps", "key_ops"),
        ("attributes", "attributes"),
    ] {
        if let Some(value) = properties.get(from) {
            request.insert(to.to_owned(), value.clone());
        }
    }
    if let Some(tags) = body.get("tags") {
        request.insert("tags".to_owned(), tags.clone());
    }
    KeyRequest::parse(&Value::Object(request))
}

/// The key with its current version, as in
/// <https://learn.microsoft.com/rest/api/keyvault/keyvault/keys/create-if-not-exist>.
fn render(world: &World, vault: &Vault, key: &Key) -> Option<Value> {
    let version = key.current()?;
    let host = format!(
        "https://{}.{}:443",
        vault.name.to_lowercase(),
        world.options.cloud.vault_suffix()
    );
    let uri = format!("{host}/keys/{}", key.name);
    let mut properties = json!({
        "attributes": attributes(vault, version),
        "kty": version.kty,
        "keyOps": version.operations,
        "keyUri": uri,
        "keyUriWithVersion": format!("{uri}/{}", version.id),
    });
    if let Some(members) = properties.as_object_mut() {
        let (name, value) = match &version.material {
            Material::Rsa(rsa) => ("keySize", json!(rsa.bits())),
            Material::Ec(key) => ("curveName", json!(key.curve)),
            Material::Oct(oct) => ("keySize", json!(oct.bits())),
        };
        members.insert(name.to_owned(), value);
    }
    Some(json!({
        "id": vault.key_scope(&key.name),
        "name": key.name,
        "type": "Microsoft.KeyVault/vaults/keys",
        "location": vault.location,
        "tags": version.tags.clone().unwrap_or_default(),
        "properties": properties,
    }))
}

fn attributes(vault: &Vault, version: &KeyVersion) -> Value {
    let mut attributes = Map::new();
    attributes.insert("enabled".to_owned(), json!(version.enabled));
    for (name, value) in [("nbf", version.not_before), ("exp", version.expires)] {
        if let Some(value) = value {
            attributes.insert(name.to_owned(), json!(value));
        }
    }
    attributes.insert("created".to_owned(), json!(version.created));
    attributes.insert("updated".to_owned(), json!(version.updated));
    attributes.insert("recoveryLevel".to_owned(), json!(vault.recovery_level()));
    attributes.insert("exportable".to_owned(), json!(false));
    Value::Object(attributes)
}
