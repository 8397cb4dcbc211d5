//! Deleted keys. Unlike in a vault a deletion or recovery is done when it is answered (recorded).

use super::{
    Answer, HsmCall,
    error::{forbidden, key_not_found},
    keys, render,
};
use crate::{
    SimResponse,
    agenda::Due,
    key_vault::key::{Deletion, Key},
    managed_hsm::pool::Pool,
    world::World,
};
use serde_json::Value;
use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;

pub(super) fn delete(world: &mut World, call: &HsmCall<'_>, name: &str) -> Answer {
    let (pool, _) = keys::find(world, call, name)?;
    let now = world.now;
    let deletion = Deletion {
        at: now,
        settled_at: now,
        purge_at: now + Duration::from_secs(pool.settings.retention() * DAY),
    };
    set(world, call, name, Some(deletion));
    let end = Due::HsmKeyPurge {
        hsm: call.hsm.to_owned(),
        key: name.to_lowercase(),
        deletion,
    };
    world.schedule(deletion.purge_at, end);
    read(world, call, name)
}

fn set(world: &mut World, call: &HsmCall<'_>, name: &str, deletion: Option<Deletion>) {
    let key = call
        .pool_mut(world)
        .and_then(|pool| pool.keys.get_mut(&name.to_lowercase()));
    if let Some(key) = key {
        key.deleted = deletion;
    }
    world.changed();
}

/// The retention of a deleted key is over, if it is still the same deletion.
pub(crate) fn end_retention(world: &mut World, hsm: &str, key: &str, deletion: Deletion) {
    if let Some(pool) = world.managed_hsm.pools.get_mut(hsm) {
        pool.keys
            .retain(|own, found| own != key || found.deleted != Some(deletion));
    }
}

fn stored<'a>(
    world: &'a World,
    call: &HsmCall<'_>,
    name: &str,
) -> Result<(&'a Pool, &'a Key, Deletion), SimResponse> {
    let pool = call.pool(world)?;
    let key = pool.keys.get(&name.to_lowercase());
    key.and_then(|key| Some((pool, key, key.deleted?)))
        .ok_or_else(|| key_not_found(&call.activity(world), name))
}

pub(super) fn list(world: &World, call: &HsmCall<'_>) -> Answer {
    let pool = call.pool(world)?;
    let items = pool.keys.values().filter_map(|key| {
        let deletion = key.deleted?;
        let mut item = render::item(world, pool, key, key.current()?, false);
        render::add_deletion(&mut item, world, pool, &key.name, deletion);
        Some(item)
    });
    keys::page(world, call, items.collect::<Vec<Value>>())
}

pub(super) fn read(world: &World, call: &HsmCall<'_>, name: &str) -> Answer {
    let (pool, key, deletion) = stored(world, call, name)?;
    let version = key.current();
    let version = version.ok_or_else(|| key_not_found(&call.activity(world), name))?;
    let mut shown = render::bundle(world, pool, key, version);
    render::add_deletion(&mut shown, world, pool, &key.name, deletion);
    Ok(SimResponse::json(200, &shown))
}

pub(super) fn recover(world: &mut World, call: &HsmCall<'_>, name: &str) -> Answer {
    stored(world, call, name)?;
    set(world, call, name, None);
    keys::read(world, call, name, None)
}

/// Refused under purge protection; else the key is gone for good.
pub(super) fn purge(world: &mut World, call: &HsmCall<'_>, name: &str) -> Answer {
    let (pool, ..) = stored(world, call, name)?;
    if pool.settings.purge_protection {
        let message = "Operation \"purge\" is not enabled for this vault.";
        return Err(forbidden(&call.activity(world), message));
    }
    if let Some(pool) = call.pool_mut(world) {
        pool.keys.remove(&name.to_lowercase());
    }
    world.changed();
    Ok(SimResponse::empty(204))
}
