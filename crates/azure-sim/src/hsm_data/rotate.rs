//! Rotation: on demand, and by a key's own policy.

use super::{Answer, HsmCall, error::bad_parameter, keys, render};
use crate::{
    SimResponse,
    agenda::Due,
    key_vault::{key::KeyVersion, rotation::RotationPolicy},
    vault_data::new_key::KeyRequest,
    world::World,
};
use std::time::Duration;

pub(super) fn rotate_now(world: &mut World, call: &HsmCall<'_>, name: &str) -> Answer {
    let (_, key) = keys::find(world, call, name)?;
    let rsa = key.current().and_then(KeyVersion::rsa);
    if rsa.is_some_and(|rsa| !rsa.is_usable()) {
        return Err(world.part_not_modelled("rotation of an RSA key of 1024 bits"));
    }
    rotate(world, call.hsm, name);
    keys::read(world, call, name, None)
}

/// Makes a new version like the current one.
fn rotate(world: &mut World, hsm: &str, name: &str) {
    let pool = world.managed_hsm.live(hsm);
    let key = pool.and_then(|pool| pool.keys.get(&name.to_lowercase()));
    let current = key
        .filter(|key| key.deleted.is_none())
        .and_then(|key| Some((key.name.clone(), KeyRequest::like(key.current()?))));
    if let Some((name, request)) = current {
        keys::add_version(world, hsm, &name, request);
    }
}

pub(super) fn read_policy(world: &World, call: &HsmCall<'_>, name: &str) -> Answer {
    let (pool, key) = keys::find(world, call, name)?;
    let id = format!("{}/rotationpolicy", render::key_id(world, pool, &key.name));
    Ok(SimResponse::json(200, &key.policy.render(&id)))
}

pub(super) fn put_policy(world: &mut World, call: &HsmCall<'_>, name: &str) -> Answer {
    world.note_unknown(
        "keys.rotationpolicy",
        &call.body,
        &["id", "lifetimeActions", "attributes"],
    );
    let (_, key) = keys::find(world, call, name)?;
    let seconds = world.unix_time().cast_unsigned();
    let policy = RotationPolicy::parse(&call.body, seconds, &key.policy)
        .map_err(|problem| bad_parameter(&call.activity(world), &problem))?;
    let key = call
        .pool_mut(world)
        .and_then(|pool| pool.keys.get_mut(&name.to_lowercase()));
    if let Some(key) = key {
        key.policy = policy;
    }
    world.changed();
    schedule(world, call.hsm, name);
    read_policy(world, call, name)
}

/// The current version of a key and when it is to be replaced, in seconds since 1970.
fn due(world: &World, hsm: &str, name: &str) -> Option<(String, u64)> {
    let key = world
        .managed_hsm
        .live(hsm)?
        .keys
        .get(&name.to_lowercase())?;
    let current = key.current()?;
    let at = current.created.saturating_add(key.policy.rotates_after()?);
    Some((current.id.clone(), at))
}

/// Plans the rotation of the current version, if the policy asks for one.
pub(super) fn schedule(world: &mut World, hsm: &str, name: &str) {
    let Some((version, at)) = due(world, hsm, name) else {
        return;
    };
    let wait = at.saturating_sub(world.unix_time().cast_unsigned());
    let rotation = Due::HsmKeyRotation {
        hsm: hsm.to_owned(),
        key: name.to_owned(),
        version,
    };
    world.schedule(world.now + Duration::from_secs(wait), rotation);
}

/// Rotates, unless it was rotated by hand or given another policy meanwhile: then the plan is void.
pub(crate) fn by_policy(world: &mut World, hsm: &str, name: &str, version: &str) {
    let seconds = world.unix_time().cast_unsigned();
    if due(world, hsm, name).is_some_and(|(now, at)| now == version && at <= seconds) {
        rotate(world, hsm, name);
    }
}
