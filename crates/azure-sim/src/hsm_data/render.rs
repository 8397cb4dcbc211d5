//! Keys as a managed HSM shows them.

use crate::{
    key_vault::key::{Deletion, Key, KeyVersion},
    managed_hsm::pool::Pool,
    vault_data::render::add_public_part,
    world::World,
};
use serde_json::{Map, Value, json};

/// `https://{hsm}/keys/{name}`.
pub(super) fn key_id(world: &World, pool: &Pool, name: &str) -> String {
    format!(
        "https://{}.{}/keys/{name}",
        pool.settings.name.to_lowercase(),
        world.options.cloud.hsm_suffix()
    )
}

/// A key with one version (recorded). Showing an RSA key makes its modulus.
pub(super) fn bundle(world: &World, pool: &Pool, key: &Key, version: &KeyVersion) -> Value {
    let mut jwk = json!({
        "kid": format!("{}/{}", key_id(world, pool, &key.name), version.id),
        "kty": version.kty,
        "key_ops": version.operations,
    });
    add_public_part(&mut jwk, version);
    let mut bundle = json!({"key": jwk, "attributes": attributes(pool, version)});
    add_tags(&mut bundle, version);
    bundle
}

/// One line of a list (recorded): the id with the version if `versioned`.
pub(super) fn item(
    world: &World,
    pool: &Pool,
    key: &Key,
    version: &KeyVersion,
    versioned: bool,
) -> Value {
    let mut id = key_id(world, pool, &key.name);
    if versioned {
        id = format!("{id}/{}", version.id);
    }
    let mut item = json!({"kid": id, "attributes": attributes(pool, version)});
    add_tags(&mut item, version);
    item
}

/// Adds what a deleted key shows beside the rest (recorded).
pub(super) fn add_deletion(
    shown: &mut Value,
    world: &World,
    pool: &Pool,
    name: &str,
    deletion: Deletion,
) {
    let Some(members) = shown.as_object_mut() else {
        return;
    };
    let id = key_id(world, pool, name).replace("/keys/", "/deletedkeys/");
    let start = world.unix_time() - world.now.as_secs().cast_signed();
    members.insert("recoveryId".to_owned(), json!(id));
    for (name, at) in [
        ("deletedDate", deletion.at),
        ("scheduledPurgeDate", deletion.purge_at),
    ] {
        members.insert(name.to_owned(), json!(start + at.as_secs().cast_signed()));
    }
}

fn add_tags(shown: &mut Value, version: &KeyVersion) {
    if let (Some(tags), Some(members)) = (&version.tags, shown.as_object_mut()) {
        members.insert("tags".to_owned(), Value::Object(tags.clone()));
    }
}

/// The same at every version of the interface (recorded).
fn attributes(pool: &Pool, version: &KeyVersion) -> Value {
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
    put("recoveryLevel", json!(pool.settings.recovery_level()));
    put("recoverableDays", json!(pool.settings.retention()));
    put("exportable", json!(false));
    Value::Object(attributes)
}
