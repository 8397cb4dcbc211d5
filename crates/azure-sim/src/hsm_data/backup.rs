//! Backups of keys: an opaque text that brings the key back, with all its versions, under the same security domain
//! (<https://learn.microsoft.com/azure/key-vault/managed-hsm/security-domain>).

use super::{
    Answer, HsmCall,
    error::{bad_parameter, refused},
    keys,
};
use crate::{
    SimResponse,
    managed_hsm::backup::Backup,
    vault_data::{
        backup::{CANNOT_DECRYPT, CONFLICT, copied, named, written},
        new_key,
    },
    world::World,
};
use serde_json::json;

pub(super) fn take(world: &mut World, call: &HsmCall<'_>, name: &str) -> Answer {
    let (pool, key) = keys::find(world, call, name)?;
    let backup = Backup {
        domain: pool.domain.clone(),
        key: copied(key),
    };
    let id = world.new_guid();
    let text = written(&id);
    world.managed_hsm.backups.insert(id, backup);
    Ok(SimResponse::json(200, &json!({"value": text})))
}

pub(super) fn restore(world: &mut World, call: &HsmCall<'_>) -> Answer {
    world.note_unknown("keys.restore", &call.body, &["value"]);
    let activity = call.activity(world);
    let backup = named(&call.body)
        .and_then(|id| world.managed_hsm.backups.get(&id))
        .cloned()
        .ok_or_else(|| bad_parameter(&activity, CANNOT_DECRYPT))?;
    if call.pool(world)?.domain != backup.domain {
        // A security domain cannot be uploaded here.
        return Err(world.part_not_modelled("restore of a key of another security domain"));
    }
    let key = backup.key;
    let name = key.name.clone();
    keys::require_no_deleted(world, call, &name)?;
    if keys::find(world, call, &name).is_ok() {
        return Err(refused(&activity, 409, "Conflict", CONFLICT));
    }
    let dates: Vec<_> = key
        .versions
        .iter()
        .map(|version| [version.not_before, version.expires])
        .collect();
    // Recorded: unlike in a vault, also when it was last changed stays.
    if let Some(pool) = call.pool_mut(world) {
        pool.keys.insert(name.to_lowercase(), key);
    }
    world.changed();
    for dates in dates {
        new_key::stop_at(world, dates);
    }
    keys::read(world, call, &name, None)
}
