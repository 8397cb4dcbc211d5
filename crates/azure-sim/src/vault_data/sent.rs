//! What a body says of a version beside its material: attributes, operations and tags.

use super::error::bad_parameter;
use crate::{
    SimResponse,
    key_vault::key::{ALL_OPERATIONS, KeyVersion},
};
use serde_json::{Map, Value};

pub(crate) const ATTRIBUTES: [&str; 4] = ["enabled", "nbf", "exp", "exportable"];
/// Tags of a version, and characters of a name and of a value
/// (<https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>).
const MOST_TAGS: usize = 15;
const LONGEST_TAG: usize = 256;

/// Why a key cannot be made or changed so.
#[derive(Debug)]
pub(crate) struct Unfit {
    pub(crate) message: String,
    pub(crate) inner: Option<&'static str>,
}

impl Unfit {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            inner: None,
        }
    }

    /// Seen where there are too many tags (<https://github.com/aztfmod/terraform-azurerm-caf/pull/821>), and taken to be said
    /// of what has another type, too.
    fn value() -> Self {
        Self::new("Property has invalid value\r\n")
    }
}

impl From<Unfit> for SimResponse {
    fn from(unfit: Unfit) -> Self {
        bad_parameter(&unfit.message, unfit.inner)
    }
}

/// What was said, checked; what is absent or `null` was not said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    pub(super) operations: Option<Vec<String>>,
    pub(super) enabled: Option<bool>,
    pub(super) not_before: Option<u64>,
    pub(super) expires: Option<u64>,
    pub(super) tags: Option<Map<String, Value>>,
}

impl Sent {
    /// Reads what a body says of a version of this type; `operations` is the object that holds `key_ops`.
    pub(crate) fn read(kty: &str, body: &Value, operations: &Value) -> Result<Self, Unfit> {
        if !body.is_object() && !body.is_null() {
            return Err(Unfit::value());
        }
        let operations = member(operations, "key_ops", Value::as_array)?;
        member(body, "attributes", Value::as_object)?;
        let attributes = body.get("attributes").unwrap_or(&Value::Null);
        member(attributes, "exportable", Value::as_bool)?;
        Ok(Self {
            operations: operations
                .map(|sent| self::operations(kty, sent))
                .transpose()?,
            enabled: member(attributes, "enabled", Value::as_bool)?,
            not_before: member(attributes, "nbf", Value::as_u64)?,
            expires: member(attributes, "exp", Value::as_u64)?,
            tags: member(body, "tags", tags)?,
        })
    }

    /// Sets it on a version.
    pub(crate) fn apply(self, found: &mut KeyVersion, now: u64) {
        if let Some(operations) = self.operations {
            found.operations = operations;
        }
        if let Some(enabled) = self.enabled {
            found.enabled = enabled;
        }
        found.not_before = self.not_before.or(found.not_before);
        found.expires = self.expires.or(found.expires);
        if self.tags.is_some() {
            found.tags = self.tags;
        }
        found.updated = now;
    }
}

/// A member, if it was said; it must be what `read` reads.
pub(super) fn member<'v, T>(
    of: &'v Value,
    name: &str,
    read: impl FnOnce(&'v Value) -> Option<T>,
) -> Result<Option<T>, Unfit> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(Unfit::value),
    }
}

/// Checks a list of operations of a key of this type.
fn operations(kty: &str, sent: &[Value]) -> Result<Vec<String>, Unfit> {
    let (is_curve, is_symmetric) = (kty.starts_with("EC"), kty.starts_with("oct"));
    // What neither a curve nor a symmetric key can.
    let cannot = |operation: &str| {
        let signs = ["sign", "verify"].contains(&operation);
        let moves = ["import", "export"].contains(&operation);
        is_curve && !signs && !moves || is_symmetric && signs
    };
    sent.iter()
        .map(|value| {
            let text = value.as_str().unwrap_or_default();
            if ALL_OPERATIONS.contains(&text) && !cannot(text) {
                Ok(text.to_owned())
            } else {
                Err(Unfit::new(format!("Invalid key_ops value: {text}")))
            }
        })
        .collect()
}

fn tags(sent: &Value) -> Option<Map<String, Value>> {
    let sent = sent.as_object()?;
    let short = |text: &str| text.chars().count() <= LONGEST_TAG;
    let fit = sent
        .iter()
        .all(|(name, value)| short(name) && value.as_str().is_some_and(short));
    (fit && sent.len() <= MOST_TAGS).then(|| sent.clone())
}
