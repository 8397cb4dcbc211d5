//! Keys in the JSON of Resource Manager.

use super::{Odd, key::AttributesWire, unix_seconds};
use crate::{ArmKey, KeyAttributes, KeyOperation, KeyType, NewKey, RecoveryLevel};
use azure_core::time::OffsetDateTime;
use cmk_core::{ResourceId, send::Received};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(crate) struct NewArmKeyWire<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: &'a BTreeMap<String, String>,
    properties: NewArmKeyProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewArmKeyProperties<'a> {
    kty: &'a KeyType,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_size: Option<u32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    key_ops: &'a [KeyOperation],
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<AttributesWire>,
}

impl<'a> From<&'a NewKey> for NewArmKeyWire<'a> {
    fn from(new: &'a NewKey) -> Self {
        Self {
            tags: &new.tags,
            properties: NewArmKeyProperties {
                kty: &new.kty,
                key_size: new.size.map(crate::RsaKeySize::bits),
                key_ops: &new.ops,
                attributes: AttributesWire::of(&new.attributes),
            },
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct ArmKeyWire {
    tags: Option<BTreeMap<String, String>>,
    properties: ArmKeyProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArmKeyProperties {
    kty: Option<KeyType>,
    key_size: Option<u32>,
    #[serde(default)]
    key_ops: Option<Vec<KeyOperation>>,
    #[serde(default)]
    attributes: Option<ArmAttributes>,
    key_uri: String,
    key_uri_with_version: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct ArmAttributes {
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "unix_seconds")]
    nbf: Option<OffsetDateTime>,
    #[serde(default, deserialize_with = "unix_seconds")]
    exp: Option<OffsetDateTime>,
    recovery_level: Option<RecoveryLevel>,
}

impl ArmKeyWire {
    pub(crate) fn into_model(self, id: ResourceId, received: Received) -> Result<ArmKey, Odd> {
        let properties = self.properties;
        let attributes = properties.attributes.unwrap_or_default();
        let uri: crate::KeyUri = properties.key_uri.parse()?;
        let versioned = properties.key_uri_with_version;
        Ok(ArmKey {
            id,
            kty: properties.kty,
            size: properties.key_size,
            ops: properties.key_ops.unwrap_or_default(),
            attributes: KeyAttributes {
                enabled: attributes.enabled,
                not_before: attributes.nbf,
                expires: attributes.exp,
            },
            recovery_level: attributes.recovery_level,
            key_uri: uri.versionless(),
            key_uri_with_version: versioned.map(|text| text.parse()).transpose()?,
            tags: self.tags.unwrap_or_default(),
            received,
        })
    }
}
