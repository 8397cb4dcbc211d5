//! Rotation: on demand, and by a key's own policy.

use super::{
    Answer, VaultCall,
    error::bad_parameter,
    keys,
    new_key::{self, KeyRequest},
    render,
};
use crate::{
    SimResponse,
    agenda::Due,
    key_vault::{
        key::{KeyState, KeyVersion},
        rotation::RotationPolicy,
    },
    world::World,
};
use std::time::Duration;

pub(super) fn rotate_now(world: &mut World, call: &VaultCall<'_>, name: &str) -> Answer {
    let (_, key) = keys::find(world, call, name)?;
    let rsa = key.current().and_then(KeyVersion::rsa);
    if rsa.is_some_and(|rsa| !rsa.is_usable()) {
        return Err(world.part_not_modelled("rotation of an RSA key of 1024 bits"));
    }
    rotate(world, call.vault, name);
    keys::read(world, call, name, None)
}

/// Makes a new version like the current one. Returns whether there was a key to rotate.
pub(crate) fn rotate(world: &mut World, vault: &str, name: &str) -> bool {
    let current = world
        .key_vault
        .live(vault)
        .and_then(|vault| vault.keys.get(&name.to_lowercase()))
        .filter(|key| key.state(world.now) == KeyState::Live)
        .and_then(|key| Some((key.name.clone(), KeyRequest::like(key.current()?))));
    let Some((name, request)) = current else {
        return false;
    };
    new_key::add_version(world, vault, &name, request);
    true
}

pub(super) fn read_policy(world: &World, call: &VaultCall<'_>, name: &str) -> Answer {
    let (vault, key) = keys::find(world, call, name)?;
    let id = format!("{}/rotationpolicy", render::key_id(world, vault, &key.name));
    Ok(SimResponse::json(200, &key.policy.render(&id)))
}

pub(super) fn put_policy(world: &mut World, call: &VaultCall<'_>, name: &str) -> Answer {
    world.note_unknown(
        "keys.rotationpolicy",
        &call.body,
        &["id", "lifetimeActions", "attributes"],
    );
    let (_, key) = keys::find(world, call, name)?;
    let seconds = world.unix_time().cast_unsigned();
    let policy = RotationPolicy::parse(&call.body, seconds, &key.policy)
        .map_err(|problem| bad_parameter(&problem, None))?;
    let key = world
        .key_vault
        .live_mut(call.vault)
        .and_then(|vault| vault.keys.get_mut(&name.to_lowercase()));
    if let Some(key) = key {
        key.policy = policy;
    }
    world.changed();
    schedule(world, call.vault, name);
    read_policy(world, call, name)
}

/// Plans the rotation of the current version, if the policy asks for one.
pub(super) fn schedule(world: &mut World, vault: &str, name: &str) {
    let Some((version, at)) = due(world, vault, name) else {
        return;
    };
    let wait = at.saturating_sub(world.unix_time().cast_unsigned());
    let rotation = Due::KeyRotation {
        vault: vault.to_owned(),
        key: name.to_owned(),
        version,
    };
    world.schedule(world.now + Duration::from_secs(wait), rotation);
}

/// Replaces a version, unless the key was rotated by hand or given another policy meanwhile.
pub(crate) fn by_policy(world: &mut World, vault: &str, name: &str, version: &str) {
    let seconds = world.unix_time().cast_unsigned();
    if due(world, vault, name).is_some_and(|(now, at)| now == version && at <= seconds) {
        rotate(world, vault, name);
    }
}

/// The current version, and when its policy replaces it in seconds since 1970.
fn due(world: &World, vault: &str, name: &str) -> Option<(String, u64)> {
    let key = world
        .key_vault
        .live(vault)?
        .keys
        .get(&name.to_lowercase())?;
    let current = key.current()?;
    let at = current.created.saturating_add(key.policy.rotates_after()?);
    Some((current.id.clone(), at))
}
