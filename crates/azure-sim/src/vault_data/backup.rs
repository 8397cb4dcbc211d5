//! Backups of keys: an opaque text that brings the key back, with all its versions, within the same subscription and geography
//! (<https://learn.microsoft.com/azure/key-vault/general/backup>).

use super::{
    Answer, VaultCall,
    error::{bad_parameter, refused},
    keys, new_key,
};
use crate::{
    SimResponse,
    key_vault::{geography, key::Key, rotation::RotationPolicy},
    world::World,
};
use azure_core::base64;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A key as it was: versions, attributes and tags. That a rotation policy comes along is said nowhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Backup {
    subscription: String,
    geography: String,
    key: Key,
}

/// What the text of a backup begins with.
const MARK: &str = "azure-sim.key-backup.";

/// <https://github.com/Azure/azure-sdk-for-python/issues/17630>
pub(crate) const CONFLICT: &str = "There was a conflict restoring the key.";
/// <https://github.com/MicrosoftDocs/azure-docs/issues/107520>
pub(crate) const CANNOT_DECRYPT: &str = "Cannot decrypt backup blob.";

/// What of a key a backup holds.
pub(crate) fn copied(key: &Key) -> Key {
    Key {
        policy: RotationPolicy::default(),
        ..key.clone()
    }
}

/// The opaque text of a backup with this id.
pub(crate) fn written(id: &str) -> String {
    base64::encode_url_safe(format!("{MARK}{id}"))
}

/// The id of the backup that a body holds.
pub(crate) fn named(body: &Value) -> Option<String> {
    let text = body.get("value")?.as_str()?;
    let text = String::from_utf8(base64::decode_url_safe(text).ok()?).ok()?;
    Some(text.strip_prefix(MARK)?.to_owned())
}

pub(super) fn take(world: &mut World, call: &VaultCall<'_>, name: &str) -> Answer {
    let (vault, key) = keys::find(world, call, name)?;
    let backup = Backup {
        subscription: vault.subscription.to_lowercase(),
        geography: geography::of(&vault.location),
        key: copied(key),
    };
    let id = world.new_guid();
    let text = written(&id);
    world.key_vault.backups.insert(id, backup);
    Ok(SimResponse::json(200, &json!({"value": text})))
}

pub(super) fn restore(world: &mut World, call: &VaultCall<'_>) -> Answer {
    world.note_unknown("keys.restore", &call.body, &["value"]);
    let backup = named(&call.body)
        .and_then(|id| world.key_vault.backups.get(&id))
        .cloned()
        .ok_or_else(cannot_decrypt)?;
    let Some(vault) = world.key_vault.live(call.vault) else {
        return Err(cannot_decrypt());
    };
    if !vault
        .subscription
        .eq_ignore_ascii_case(&backup.subscription)
        || geography::of(&vault.location) != backup.geography
    {
        return Err(cannot_decrypt());
    }
    let name = backup.key.name.clone();
    new_key::require_no_deleted(world, call, &name)?;
    if keys::find(world, call, &name).is_ok() {
        return Err(refused(409, "Conflict", CONFLICT, None));
    }
    let mut key = backup.key;
    let now = world.unix_time().cast_unsigned();
    // Recorded: when it was made stays, when it was last changed does not.
    for version in &mut key.versions {
        version.updated = now;
    }
    let dates = key
        .versions
        .iter()
        .flat_map(|own| [own.not_before, own.expires]);
    let dates: Vec<Option<u64>> = dates.collect();
    if let Some(vault) = world.key_vault.live_mut(call.vault) {
        vault.keys.insert(name.to_lowercase(), key);
    }
    world.changed();
    for date in dates {
        new_key::stop_at(world, [date, None]);
    }
    keys::read(world, call, &name, None)
}

fn cannot_decrypt() -> SimResponse {
    bad_parameter(CANNOT_DECRYPT, None)
}
