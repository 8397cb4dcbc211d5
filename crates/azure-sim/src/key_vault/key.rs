//! A key of a vault: its versions, what each may do, and its way through deletion.

use super::{ec::EcKey, oct::OctKey, rotation::RotationPolicy, rsa::RsaKey};
use crate::world::World;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

/// What a new RSA key may do if nobody says otherwise (recorded).
pub(crate) const RSA_OPERATIONS: [&str; 6] = [
    "encrypt",
    "decrypt",
    "sign",
    "verify",
    "wrapKey",
    "unwrapKey",
];
/// What a new EC key may do if nobody says otherwise (recorded).
pub(crate) const EC_OPERATIONS: [&str; 2] = ["sign", "verify"];
/// What a new symmetric key may do if nobody says otherwise
/// (<https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>).
pub(crate) const OCT_OPERATIONS: [&str; 4] = ["encrypt", "decrypt", "wrapKey", "unwrapKey"];
/// What any key may be allowed.
pub(crate) const ALL_OPERATIONS: [&str; 8] = [
    "encrypt",
    "decrypt",
    "sign",
    "verify",
    "wrapKey",
    "unwrapKey",
    "import",
    "export",
];

/// A key by name; the newest version is the last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Key {
    /// As it was first written; names are compared without case.
    pub(crate) name: String,
    pub(crate) versions: Vec<KeyVersion>,
    pub(crate) policy: RotationPolicy,
    pub(crate) deleted: Option<Deletion>,
    /// Until when a recovery still runs.
    pub(crate) recovering_until: Option<Duration>,
}

/// When a vault or key was deleted and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deletion {
    pub(crate) at: Duration,
    /// Until then the deletion still runs.
    pub(crate) settled_at: Duration,
    /// When the retention ends.
    pub(crate) purge_at: Duration,
}

/// Where a key is in its life at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// It can be used.
    Live,
    /// Deleted, and not yet to be found among the deleted keys.
    BeingDeleted,
    /// Among the deleted keys.
    Deleted,
    /// Recovered, and not yet to be found among the keys.
    BeingRecovered,
}

/// One version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeyVersion {
    /// 32 hex digits.
    pub(crate) id: String,
    /// `RSA`, `RSA-HSM`, `EC`, `EC-HSM` or `oct-HSM`.
    pub(crate) kty: String,
    pub(crate) material: Material,
    pub(crate) operations: Vec<String>,
    pub(crate) enabled: bool,
    /// Seconds since 1970.
    pub(crate) not_before: Option<u64>,
    /// Seconds since 1970.
    pub(crate) expires: Option<u64>,
    /// Seconds since 1970.
    pub(crate) created: u64,
    /// Seconds since 1970.
    pub(crate) updated: u64,
    pub(crate) tags: Option<Map<String, Value>>,
}

/// How many seconds before and after its dates a key still does everything.
pub(crate) fn leeway(world: &World) -> u64 {
    world.options.assumptions.key_dates_leeway_seconds
}

/// What is in a version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Material {
    Rsa(RsaKey),
    Ec(EcKey),
    /// Of managed HSMs only.
    Oct(OctKey),
}

impl Key {
    pub(crate) fn state(&self, now: Duration) -> KeyState {
        match self.deleted {
            Some(deletion) if now < deletion.settled_at => KeyState::BeingDeleted,
            Some(_) => KeyState::Deleted,
            None if self.recovering_until.is_some_and(|until| now < until) => {
                KeyState::BeingRecovered
            }
            None => KeyState::Live,
        }
    }

    pub(crate) fn current(&self) -> Option<&KeyVersion> {
        self.versions.last()
    }

    /// A version by id, the current one if none is named.
    pub(crate) fn version(&self, id: Option<&str>) -> Option<&KeyVersion> {
        match id {
            None => self.current(),
            Some(id) => self
                .versions
                .iter()
                .find(|version| version.id.eq_ignore_ascii_case(id)),
        }
    }

    pub(crate) fn version_mut(&mut self, id: Option<&str>) -> Option<&mut KeyVersion> {
        match id {
            None => self.versions.last_mut(),
            Some(id) => self
                .versions
                .iter_mut()
                .find(|version| version.id.eq_ignore_ascii_case(id)),
        }
    }
}

impl KeyVersion {
    pub(crate) fn may(&self, operation: &str) -> bool {
        self.operations.iter().any(|known| known == operation)
    }

    /// Whether the version's dates let everything be done now; the service is lenient at both ends
    /// (<https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>).
    pub(crate) fn in_dates(&self, world: &World) -> bool {
        let (now, leeway) = (world.unix_time().cast_unsigned(), leeway(world));
        self.not_before
            .is_none_or(|from| from.saturating_sub(leeway) <= now)
            && self
                .expires
                .is_none_or(|until| now < until.saturating_add(leeway))
    }

    pub(crate) const fn rsa(&self) -> Option<&RsaKey> {
        match &self.material {
            Material::Rsa(key) => Some(key),
            Material::Ec(_) | Material::Oct(_) => None,
        }
    }

    pub(crate) const fn oct(&self) -> Option<&OctKey> {
        match &self.material {
            Material::Oct(key) => Some(key),
            Material::Ec(_) | Material::Rsa(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Deletion, Key, KeyState};
    use crate::key_vault::rotation::RotationPolicy;
    use std::time::Duration;

    #[test]
    fn a_deleted_key_is_for_a_while_in_neither_place() {
        let seconds = Duration::from_secs;
        let mut key = Key {
            name: "k".to_owned(),
            versions: Vec::new(),
            policy: RotationPolicy::default(),
            deleted: Some(Deletion {
                at: seconds(10),
                settled_at: seconds(15),
                purge_at: seconds(1000),
            }),
            recovering_until: None,
        };
        assert_eq!(key.state(seconds(14)), KeyState::BeingDeleted);
        assert_eq!(key.state(seconds(15)), KeyState::Deleted);
        key.deleted = None;
        key.recovering_until = Some(seconds(30));
        assert_eq!(key.state(seconds(29)), KeyState::BeingRecovered);
        assert_eq!(key.state(seconds(30)), KeyState::Live);
    }
}
