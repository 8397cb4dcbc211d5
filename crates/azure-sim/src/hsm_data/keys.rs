//! Making, reading and changing keys.

use super::{
    Answer, HsmCall,
    error::{bad_parameter, key_not_found, refused},
    render, rotate,
};
use crate::{
    SimResponse,
    key_vault::{
        key::{Key, KeyVersion},
        rotation::RotationPolicy,
    },
    managed_hsm::pool::Pool,
    vault_data::{
        keys::cut,
        new_key::{self, KeyRequest},
        sent::{ATTRIBUTES, Sent},
    },
    world::World,
};
use serde_json::{Value, json};

const MEMBERS: [&str; 6] = ["kty", "key_size", "key_ops", "crv", "attributes", "tags"];

/// The HSM and a key that can be used.
pub(super) fn find<'a>(
    world: &'a World,
    call: &HsmCall<'_>,
    name: &str,
) -> Result<(&'a Pool, &'a Key), SimResponse> {
    let pool = call.pool(world)?;
    let key = pool.keys.get(&name.to_lowercase());
    key.filter(|key| key.deleted.is_none())
        .map(|key| (pool, key))
        .ok_or_else(|| key_not_found(&call.activity(world), name))
}

/// The same with one version of the key.
pub(super) fn find_version<'a>(
    world: &'a World,
    call: &HsmCall<'_>,
    name: &str,
    version: Option<&str>,
) -> Result<(&'a Pool, &'a Key, &'a KeyVersion), SimResponse> {
    let (pool, key) = find(world, call, name)?;
    let found = key.version(version).ok_or_else(|| {
        let named = version.map_or_else(|| name.to_owned(), |version| format!("{name}/{version}"));
        key_not_found(&call.activity(world), &named)
    })?;
    Ok((pool, key, found))
}

pub(super) fn read(world: &World, call: &HsmCall<'_>, name: &str, version: Option<&str>) -> Answer {
    let (pool, key, version) = find_version(world, call, name, version)?;
    Ok(SimResponse::json(
        200,
        &render::bundle(world, pool, key, version),
    ))
}

pub(super) fn list(world: &World, call: &HsmCall<'_>) -> Answer {
    let pool = call.pool(world)?;
    let live = pool.keys.values().filter(|key| key.deleted.is_none());
    let items = live.filter_map(|key| Some(render::item(world, pool, key, key.current()?, false)));
    page(world, call, items.collect())
}

pub(super) fn list_versions(world: &World, call: &HsmCall<'_>, name: &str) -> Answer {
    let (pool, key) = find(world, call, name)?;
    let items = key.versions.iter();
    let items = items.map(|version| render::item(world, pool, key, version, true));
    page(world, call, items.collect())
}

/// Pages as those of vaults, but the last has no `nextLink` (recorded).
pub(super) fn page(world: &World, call: &HsmCall<'_>, items: Vec<Value>) -> Answer {
    let (value, next) = cut(call.request, &call.api_version, items)
        .map_err(|message| bad_parameter(&call.activity(world), message))?;
    let mut body = json!({"value": value});
    if let (Some(next), Some(members)) = (next, body.as_object_mut()) {
        members.insert("nextLink".to_owned(), json!(next));
    }
    Ok(SimResponse::json(200, &body))
}

/// Every creation makes a new version, also under a name that exists.
pub(super) fn create(world: &mut World, call: &HsmCall<'_>, name: &str) -> Answer {
    world.note_unknown("keys", &call.body, &MEMBERS);
    if let Some(attributes) = call.body.get("attributes") {
        world.note_unknown("keys.attributes", attributes, &ATTRIBUTES);
    }
    let request = KeyRequest::parse_for_hsm(&call.body)
        .map_err(|unfit| bad_parameter(&call.activity(world), &unfit.message))?;
    require_no_deleted(world, call, name)?;
    add_version(world, call.hsm, name, request);
    read(world, call, name, None)
}

/// Refuses a name that a deleted key holds.
pub(super) fn require_no_deleted(
    world: &World,
    call: &HsmCall<'_>,
    name: &str,
) -> Result<(), SimResponse> {
    let found = call.pool(world)?.keys.get(&name.to_lowercase());
    if found.is_some_and(|key| key.deleted.is_some()) {
        let message = new_key::deleted_but_recoverable(name);
        return Err(refused(&call.activity(world), 409, "Conflict", &message));
    }
    Ok(())
}

/// Adds a version to a key of a live HSM; the key is made if there is none.
pub(super) fn add_version(world: &mut World, hsm: &str, name: &str, request: KeyRequest) {
    let now = world.unix_time().cast_unsigned();
    let id = world.new_guid().replace('-', "");
    let Some(material) = request.material(world) else {
        return;
    };
    let Some(pool) = world.managed_hsm.live_mut(hsm) else {
        return;
    };
    let key = pool.keys.entry(name.to_lowercase()).or_insert_with(|| Key {
        name: name.to_owned(),
        versions: Vec::new(),
        policy: RotationPolicy::default(),
        deleted: None,
        recovering_until: None,
    });
    let version = request.into_version(id, material, now, &key.policy);
    let dates = [version.not_before, version.expires];
    key.versions.push(version);
    world.changed();
    new_key::stop_at(world, dates);
    rotate::schedule(world, hsm, name);
}

/// `PATCH`: attributes, operations and tags of one version; what is absent stays.
pub(super) fn update(
    world: &mut World,
    call: &HsmCall<'_>,
    name: &str,
    version: Option<&str>,
) -> Answer {
    world.note_unknown("keys", &call.body, &["attributes", "key_ops", "tags"]);
    let (_, _, found) = find_version(world, call, name, version)?;
    let said = Sent::read(&found.kty, &call.body, &call.body)
        .map_err(|unfit| bad_parameter(&call.activity(world), &unfit.message))?;
    let now = world.unix_time().cast_unsigned();
    let found = call
        .pool_mut(world)
        .and_then(|pool| pool.keys.get_mut(&name.to_lowercase()))
        .and_then(|key| key.version_mut(version));
    if let Some(found) = found {
        said.apply(found, now);
        let dates = [found.not_before, found.expires];
        new_key::stop_at(world, dates);
    }
    world.changed();
    read(world, call, name, version)
}
