//! Keys as the data plane shows them.

use super::VaultCall;
use crate::{
    key_vault::{
        key::{Deletion, Key, KeyVersion, Material},
        model::Vault,
    },
    world::World,
};
use serde_json::{Map, Value, json};

/// `https://{vault}/keys/{name}`.
pub(super) fn key_id(world: &World, vault: &Vault, name: &str) -> String {
    format!(
        "https://{}.{}/keys/{name}",
        vault.name.to_lowercase(),
        world.options.cloud.vault_suffix()
    )
}

/// A key with one version (recorded). Showing an RSA key makes its modulus.
pub(super) fn bundle(
    world: &World,
    call: &VaultCall<'_>,
    vault: &Vault,
    key: &Key,
    version: &KeyVersion,
) -> Value {
    let id = key_id(world, vault, &key.name);
    let mut jwk = json!({
        "kid": format!("{id}/{}", version.id),
        "kty": version.kty,
        "key_ops": version.operations,
    });
    add_public_part(&mut jwk, version);
    let mut bundle = json!({"key": jwk, "attributes": attributes(call, vault, version)});
    add_tags(&mut bundle, version);
    bundle
}

/// Adds what everybody may know of a key to its JSON Web Key; of a symmetric one that is nothing.
pub(crate) fn add_public_part(jwk: &mut Value, version: &KeyVersion) {
    let Some(members) = jwk.as_object_mut() else {
        return;
    };
    let mut put = |name: &str, value: &str| members.insert(name.to_owned(), json!(value));
    match &version.material {
        Material::Rsa(rsa) => {
            put("n", rsa.modulus().unwrap_or_default());
            put("e", rsa.exponent());
        }
        Material::Ec(key) => {
            put("crv", &key.curve);
            put("x", &key.x);
            put("y", &key.y);
        }
        Material::Oct(_) => {}
    }
}

/// One line of a list (recorded): the id with the version if `versioned`.
pub(super) fn item(
    world: &World,
    call: &VaultCall<'_>,
    vault: &Vault,
    key: &Key,
    version: &KeyVersion,
    versioned: bool,
) -> Value {
    let mut id = key_id(world, vault, &key.name);
    if versioned {
        id = format!("{id}/{}", version.id);
    }
    let mut item = json!({"kid": id, "attributes": attributes(call, vault, version)});
    add_tags(&mut item, version);
    item
}

/// Adds what a deleted key shows beside the rest (recorded).
pub(super) fn add_deletion(
    shown: &mut Value,
    world: &World,
    vault: &Vault,
    name: &str,
    deletion: Deletion,
) {
    if let Some(members) = shown.as_object_mut() {
        let id = key_id(world, vault, name).replace("/keys/", "/deletedkeys/");
        let seconds = |at: std::time::Duration| {
            world.unix_time() + (at.as_secs().cast_signed() - world.now.as_secs().cast_signed())
        };
        members.insert("recoveryId".to_owned(), json!(id));
        members.insert("deletedDate".to_owned(), json!(seconds(deletion.at)));
        members.insert(
            "scheduledPurgeDate".to_owned(),
            json!(seconds(deletion.purge_at)),
        );
    }
}

fn add_tags(shown: &mut Value, version: &KeyVersion) {
    if let (Some(tags), Some(members)) = (&version.tags, shown.as_object_mut()) {
        members.insert("tags".to_owned(), Value::Object(tags.clone()));
    }
}

fn attributes(call: &VaultCall<'_>, vault: &Vault, version: &KeyVersion) -> Value {
    let mut attributes = Map::new();
    let mut put = |name: &str, value: Value| attributes.insert(name.to_owned(), value);
    put("enabled", json!(version.enabled));
    if let Some(seconds) = version.not_before {
        put("nbf", json!(seconds));
    }
    if let Some(seconds) = version.expires {
        put("exp", json!(seconds));
    }
    put("created", json!(version.created));
    put("updated", json!(version.updated));
    put("recoveryLevel", json!(vault.recovery_level()));
    // From which version on each is shown is recorded.
    if call.is_since("7.1") {
        put("recoverableDays", json!(vault.retention()));
    }
    if call.is_since("7.4-preview.1") {
        put("exportable", json!(false));
    }
    if call.is_since("7.5-preview.1") {
        let platform = if version.kty.ends_with("-HSM") {
            "1"
        } else {
            "0"
        };
        put("hsmPlatform", json!(platform));
    }
    Value::Object(attributes)
}
