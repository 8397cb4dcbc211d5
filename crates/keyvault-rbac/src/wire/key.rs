//! Keys in the JSON of the data plane.

use super::{Odd, or_default, unix_seconds};
use crate::{
    DeletedKey, Key, KeyAttributes, KeyOperation, KeyType, KeyUpdate, KeyUri, KeyVersionItem,
    NewKey, RecoveryLevel, VaultUrl, WrapAlgorithm,
};
use azure_core::{base64, time::OffsetDateTime};
use cmk_core::send::Received;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(crate) struct AttributesWire {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

impl AttributesWire {
    pub(crate) fn of(attributes: &KeyAttributes) -> Option<Self> {
        (*attributes != KeyAttributes::default()).then(|| Self {
            enabled: attributes.enabled,
            nbf: attributes.not_before.map(OffsetDateTime::unix_timestamp),
            exp: attributes.expires.map(OffsetDateTime::unix_timestamp),
        })
    }
}

#[derive(Serialize)]
pub(crate) struct NewKeyWire<'a> {
    kty: &'a KeyType,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_size: Option<u32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    key_ops: &'a [KeyOperation],
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<AttributesWire>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: &'a BTreeMap<String, String>,
}

impl<'a> From<&'a NewKey> for NewKeyWire<'a> {
    fn from(new: &'a NewKey) -> Self {
        Self {
            kty: &new.kty,
            key_size: new.size.map(crate::RsaKeySize::bits),
            key_ops: &new.ops,
            attributes: AttributesWire::of(&new.attributes),
            tags: &new.tags,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct KeyUpdateWire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key_ops: Option<&'a [KeyOperation]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<AttributesWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a BTreeMap<String, String>>,
}

impl<'a> From<&'a KeyUpdate> for KeyUpdateWire<'a> {
    fn from(update: &'a KeyUpdate) -> Self {
        Self {
            key_ops: update.ops.as_deref(),
            attributes: AttributesWire::of(&update.attributes),
            tags: update.tags.as_ref(),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct KeyWire {
    key: JsonWebKey,
    #[serde(default, deserialize_with = "or_default")]
    attributes: ReadAttributes,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct JsonWebKey {
    kid: String,
    kty: KeyType,
    key_ops: Option<Vec<KeyOperation>>,
    n: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct ReadAttributes {
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "unix_seconds")]
    nbf: Option<OffsetDateTime>,
    #[serde(default, deserialize_with = "unix_seconds")]
    exp: Option<OffsetDateTime>,
    #[serde(default, deserialize_with = "unix_seconds")]
    created: Option<OffsetDateTime>,
    recovery_level: Option<RecoveryLevel>,
    recoverable_days: Option<u16>,
}

impl KeyWire {
    pub(crate) fn into_model(self, vault: &VaultUrl, received: Received) -> Result<Key, Odd> {
        let attributes = self.attributes;
        let modulus = self.key.n.as_deref().filter(|_| self.key.kty.is_rsa());
        Ok(Key {
            uri: own_uri(vault, &self.key.kid)?,
            size: modulus.and_then(modulus_bits),
            kty: self.key.kty,
            ops: self.key.key_ops.unwrap_or_default(),
            enabled: attributes.enabled.unwrap_or(true),
            not_before: attributes.nbf,
            expires: attributes.exp,
            recovery_level: attributes.recovery_level,
            recoverable_days: attributes.recoverable_days,
            tags: self.tags.unwrap_or_default(),
            received,
        })
    }
}

/// An identifier in an answer, which must be of the vault that was asked.
pub(crate) fn own_uri(vault: &VaultUrl, kid: &str) -> Result<KeyUri, Odd> {
    let uri: KeyUri = kid.parse()?;
    if uri.vault_url() != vault {
        return Err(format!("the key is of another vault: {}", uri.host()).into());
    }
    Ok(uri)
}

/// The size of an RSA key: the length of its modulus, which may be written with leading zeros.
fn modulus_bits(modulus: &str) -> Option<u32> {
    let bytes = base64::decode_url_safe(modulus).ok()?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    let first = bytes.get(start)?;
    let whole = u32::try_from(bytes.len() - start).ok()?.checked_mul(8)?;
    Some(whole - first.leading_zeros())
}

#[derive(Deserialize)]
pub(crate) struct KeyVersionWire {
    kid: String,
    #[serde(default, deserialize_with = "or_default")]
    attributes: ReadAttributes,
    tags: Option<BTreeMap<String, String>>,
}

impl KeyVersionWire {
    pub(crate) fn into_model(
        self,
        vault: &VaultUrl,
        received: Received,
    ) -> Result<KeyVersionItem, Odd> {
        Ok(KeyVersionItem {
            uri: own_uri(vault, &self.kid)?,
            enabled: self.attributes.enabled.unwrap_or(true),
            not_before: self.attributes.nbf,
            expires: self.attributes.exp,
            created: self.attributes.created,
            tags: self.tags.unwrap_or_default(),
            received,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeletedKeyWire {
    #[serde(flatten)]
    key: KeyWire,
    #[serde(default, deserialize_with = "unix_seconds")]
    deleted_date: Option<OffsetDateTime>,
    #[serde(default, deserialize_with = "unix_seconds")]
    scheduled_purge_date: Option<OffsetDateTime>,
}

impl DeletedKeyWire {
    pub(crate) fn into_model(
        self,
        vault: &VaultUrl,
        received: Received,
    ) -> Result<DeletedKey, Odd> {
        Ok(DeletedKey {
            key: self.key.into_model(vault, received)?,
            deleted: self.deleted_date,
            scheduled_purge: self.scheduled_purge_date,
        })
    }
}

#[derive(Serialize)]
pub(crate) struct WrapWire<'a> {
    alg: &'a WrapAlgorithm,
    value: String,
}

impl<'a> WrapWire<'a> {
    pub(crate) fn new(alg: &'a WrapAlgorithm, value: &[u8]) -> Self {
        Self {
            alg,
            value: base64::encode_url_safe(value),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct WrapAnswerWire {
    pub(crate) kid: String,
    value: String,
}

impl WrapAnswerWire {
    /// The bytes. The error says nothing of them.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Odd> {
        base64::decode_url_safe(&self.value).map_err(|_| "value must be base64url".into())
    }
}
