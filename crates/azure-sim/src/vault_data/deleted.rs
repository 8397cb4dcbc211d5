//! Deleted keys: deletion and recovery take a while, in which the key is in neither place (recorded).

use super::{
    Answer, VaultCall,
    error::{being_deleted, refused},
    keys, render,
};
use crate::{
    SimResponse,
    agenda::Due,
    key_vault::{
        key::{Deletion, Key, KeyState},
        model::Vault,
    },
    world::World,
};
use serde_json::Value;
use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;

pub(super) fn delete(world: &mut World, call: &VaultCall<'_>, name: &str) -> Answer {
    keys::find(world, call, name)?;
    start(world, call.vault, name);
    let (vault, key) = stored(world, call, name)?;
    show(world, call, vault, key, name)
}

/// Deletes a key softly. Returns whether there was one.
pub(crate) fn start(world: &mut World, vault: &str, name: &str) -> bool {
    let settled_at = world.after(world.options.lag.key_settle);
    let now = world.now;
    let Some(found) = world.key_vault.live_mut(vault) else {
        return false;
    };
    let purge_at = now + Duration::from_secs(found.retention() * DAY);
    let Some(key) = found
        .keys
        .get_mut(&name.to_lowercase())
        .filter(|key| key.deleted.is_none())
    else {
        return false;
    };
    let deletion = Deletion {
        at: now,
        settled_at,
        purge_at,
    };
    key.deleted = Some(deletion);
    world.changed();
    let end = Due::KeyPurge {
        vault: vault.to_lowercase(),
        key: name.to_lowercase(),
        deletion,
    };
    world.schedule(purge_at, end);
    true
}

/// Removes a key for good, unless it was recovered meanwhile.
pub(crate) fn end_retention(world: &mut World, vault: &str, name: &str, deletion: Deletion) {
    if let Some(vault) = world.key_vault.vaults.get_mut(vault) {
        vault
            .keys
            .retain(|own, key| *own != name || key.deleted != Some(deletion));
    }
}

/// Recovers a deleted key. Returns whether there was one.
pub(crate) fn finish(world: &mut World, vault: &str, name: &str) -> bool {
    let until = world.after(world.options.lag.key_settle);
    let Some(key) = world
        .key_vault
        .live_mut(vault)
        .and_then(|vault| vault.keys.get_mut(&name.to_lowercase()))
        .filter(|key| key.deleted.is_some())
    else {
        return false;
    };
    key.deleted = None;
    key.recovering_until = Some(until);
    world.changed();
    true
}

fn stored<'a>(
    world: &'a World,
    call: &VaultCall<'_>,
    name: &str,
) -> Result<(&'a Vault, &'a Key), SimResponse> {
    world
        .key_vault
        .live(call.vault)
        .and_then(|vault| Some((vault, vault.keys.get(&name.to_lowercase())?)))
        .ok_or_else(|| not_found(name))
}

fn not_found(name: &str) -> SimResponse {
    refused(
        404,
        "KeyNotFound",
        &format!("Deleted Key not found: {name}"),
        None,
    )
}

fn show(world: &World, call: &VaultCall<'_>, vault: &Vault, key: &Key, name: &str) -> Answer {
    let (Some(version), Some(deletion)) = (key.current(), key.deleted) else {
        return Err(not_found(name));
    };
    let mut shown = render::bundle(world, call, vault, key, version);
    render::add_deletion(&mut shown, world, vault, &key.name, deletion);
    Ok(SimResponse::json(200, &shown))
}

pub(super) fn list(world: &World, call: &VaultCall<'_>) -> Answer {
    let vault = world.key_vault.live(call.vault);
    let items = vault.into_iter().flat_map(|vault| {
        let keys = vault.keys.values();
        keys.filter(|key| key.state(world.now) == KeyState::Deleted)
            .filter_map(|key| {
                let mut item = render::item(world, call, vault, key, key.current()?, false);
                render::add_deletion(&mut item, world, vault, &key.name, key.deleted?);
                Some(item)
            })
    });
    keys::page(call, items.collect::<Vec<Value>>())
}

pub(super) fn read(world: &World, call: &VaultCall<'_>, name: &str) -> Answer {
    let (vault, key) = stored(world, call, name)?;
    if key.state(world.now) == KeyState::Deleted {
        show(world, call, vault, key, name)
    } else {
        Err(not_found(name))
    }
}

pub(super) fn recover(world: &mut World, call: &VaultCall<'_>, name: &str) -> Answer {
    let (_, key) = stored(world, call, name)?;
    match key.state(world.now) {
        KeyState::BeingDeleted => Err(being_deleted(name)),
        KeyState::Live | KeyState::BeingRecovered => Err(not_found(name)),
        KeyState::Deleted => {
            finish(world, call.vault, name);
            let (vault, key) = stored(world, call, name)?;
            let version = key.current().ok_or_else(|| not_found(name))?;
            Ok(SimResponse::json(
                200,
                &render::bundle(world, call, vault, key, version),
            ))
        }
    }
}

/// Refused under purge protection; else the key is gone for good.
pub(super) fn purge(world: &mut World, call: &VaultCall<'_>, name: &str) -> Answer {
    let (vault, key) = stored(world, call, name)?;
    if key.state(world.now) != KeyState::Deleted {
        return Err(not_found(name));
    }
    if vault.purge_protection {
        return Err(refused(
            403,
            "Forbidden",
            "Operation \"purge\" is not enabled for this vault.",
            None,
        ));
    }
    if let Some(vault) = world.key_vault.live_mut(call.vault) {
        vault.keys.remove(&name.to_lowercase());
    }
    world.changed();
    Ok(SimResponse::empty(204))
}
