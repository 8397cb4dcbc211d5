//! Keys as Resource Manager shows them.

use super::{KeyAttributes, KeyOperation, KeyType, RecoveryLevel};
use crate::KeyUri;
use cmk_core::{ResourceId, send::Received};
use std::collections::BTreeMap;

/// A key as Resource Manager shows it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ArmKey {
    /// Its resource id, `…/vaults/{vault}/keys/{key}`.
    pub id: ResourceId,
    /// Its type.
    pub kty: Option<KeyType>,
    /// Its size in bits, for RSA.
    pub size: Option<u32>,
    /// What it may be used for.
    pub ops: Vec<KeyOperation>,
    /// Whether and when it may be used.
    pub attributes: KeyAttributes,
    /// How well it is kept once deleted.
    pub recovery_level: Option<RecoveryLevel>,
    /// Its identifier, without version.
    pub key_uri: KeyUri,
    /// Its identifier with the current version.
    pub key_uri_with_version: Option<KeyUri>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The key as received.
    pub received: Received,
}
