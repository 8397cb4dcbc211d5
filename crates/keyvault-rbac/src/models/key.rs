//! Keys as the data plane shows them, and as they are asked for.

use super::{KeyOperation, KeyType, RecoveryLevel, RsaKeySize};
use crate::KeyUri;
use azure_core::time::OffsetDateTime;
use cmk_core::send::Received;
use std::collections::BTreeMap;

/// A key to be made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewKey {
    /// Its type.
    pub kty: KeyType,
    /// Its size, for RSA. Default 2048, the service's.
    pub size: Option<RsaKeySize>,
    /// What it may be used for; empty means everything that the type can do.
    pub ops: Vec<KeyOperation>,
    /// Whether and when it may be used.
    pub attributes: KeyAttributes,
    /// Its tags: at most 15, of 256 characters.
    pub tags: BTreeMap<String, String>,
}

impl NewKey {
    /// A key of this type that may be used for everything that the type can do.
    #[must_use]
    pub fn new(kty: KeyType) -> Self {
        Self {
            kty,
            size: None,
            ops: Vec::new(),
            attributes: KeyAttributes::default(),
            tags: BTreeMap::new(),
        }
    }

    /// An RSA key in software that may wrap and unwrap, and nothing else.
    #[must_use]
    pub fn rsa(size: RsaKeySize) -> Self {
        Self {
            size: Some(size),
            ops: vec![KeyOperation::WrapKey, KeyOperation::UnwrapKey],
            ..Self::new(KeyType::Rsa)
        }
    }

    /// An RSA key in hardware that may wrap and unwrap, and nothing else.
    #[must_use]
    pub fn rsa_hsm(size: RsaKeySize) -> Self {
        Self {
            kty: KeyType::RsaHsm,
            ..Self::rsa(size)
        }
    }

    /// Why the service would not take it, if it would not.
    pub(crate) fn refusal(&self) -> Option<String> {
        let sized = self.kty.is_rsa() || matches!(self.kty, KeyType::Unknown(_));
        if self.size.is_some() && !sized {
            return Some(format!("a key of type {} has no RSA size", self.kty));
        }
        too_many_tags(&self.tags)
    }
}

/// What the service says of tags that it would not take
/// ([limits](https://learn.microsoft.com/azure/key-vault/keys/about-keys-details#key-tags)).
fn too_many_tags(tags: &BTreeMap<String, String>) -> Option<String> {
    if tags.len() > 15 {
        return Some(format!("a key has at most 15 tags, got {}", tags.len()));
    }
    tags.iter()
        .find(|(name, value)| [name, value].iter().any(|text| text.chars().count() > 256))
        .map(|(name, _)| {
            let start: String = name.chars().take(32).collect();
            format!("names and values of tags have at most 256 characters: {start:?} has more")
        })
}

/// Whether and when a key may be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyAttributes {
    /// Whether it may be used. The service's default is yes.
    pub enabled: Option<bool>,
    /// Not before this time (whole seconds).
    pub not_before: Option<OffsetDateTime>,
    /// Not after this time (whole seconds). What was wrapped before can still be unwrapped.
    pub expires: Option<OffsetDateTime>,
}

/// A version of a key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Key {
    /// Its identifier, with its version.
    pub uri: KeyUri,
    /// Its type.
    pub kty: KeyType,
    /// Its size in bits, for RSA.
    pub size: Option<u32>,
    /// What it may be used for.
    pub ops: Vec<KeyOperation>,
    /// Whether it may be used.
    pub enabled: bool,
    /// Not before this time.
    pub not_before: Option<OffsetDateTime>,
    /// Not after this time.
    pub expires: Option<OffsetDateTime>,
    /// How well it is kept once deleted.
    pub recovery_level: Option<RecoveryLevel>,
    /// For how many days.
    pub recoverable_days: Option<u16>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The key as received: public parts only.
    pub received: Received,
}

impl Key {
    /// Whether the vault has purge protection, which the key itself tells: no permission on the vault is needed.
    #[must_use]
    pub fn purge_protected(&self) -> bool {
        self.recovery_level
            .as_ref()
            .is_some_and(RecoveryLevel::purge_protected)
    }

    /// Whether the key may be used for this.
    #[must_use]
    pub fn permits(&self, operation: &KeyOperation) -> bool {
        self.ops.contains(operation)
    }
}

/// A version of a key in a list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct KeyVersionItem {
    /// Its identifier, with its version.
    pub uri: KeyUri,
    /// Whether it may be used.
    pub enabled: bool,
    /// Not before this time.
    pub not_before: Option<OffsetDateTime>,
    /// Not after this time.
    pub expires: Option<OffsetDateTime>,
    /// When it was made: the latest is the current one.
    pub created: Option<OffsetDateTime>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The item as received.
    pub received: Received,
}

/// What shall change of a version of a key. What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct KeyUpdate {
    /// Whether and when it may be used.
    pub attributes: KeyAttributes,
    /// Replaces what it may be used for.
    pub ops: Option<Vec<KeyOperation>>,
    /// Replaces all tags.
    pub tags: Option<BTreeMap<String, String>>,
}

impl KeyUpdate {
    /// Why the service would not take it, if it would not.
    pub(crate) fn refusal(&self) -> Option<String> {
        self.tags.as_ref().and_then(too_many_tags)
    }
}

/// A deleted key that can still be recovered, with all its versions.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeletedKey {
    /// Its last version.
    pub key: Key,
    /// When it was deleted.
    pub deleted: Option<OffsetDateTime>,
    /// When it is gone for good.
    pub scheduled_purge: Option<OffsetDateTime>,
}
