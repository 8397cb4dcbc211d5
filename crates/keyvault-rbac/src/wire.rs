//! Private mirrors of the services' JSON.

pub(crate) mod arm_key;
pub(crate) mod key;
pub(crate) mod role_assignment;
pub(crate) mod role_definition;
pub(crate) mod rotation;
pub(crate) mod vault;

use azure_core::time::OffsetDateTime;
use serde::{Deserialize, Deserializer, de::Error as _};

/// What went wrong between JSON that could be read and a value of ours.
pub(crate) type Odd = Box<dyn std::error::Error + Send + Sync>;

/// `null` as absent.
pub(crate) fn or_default<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Whole seconds since 1970, as keys have their times.
pub(crate) fn unix_seconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<OffsetDateTime>, D::Error> {
    Option::<i64>::deserialize(deserializer)?
        .map(|seconds| OffsetDateTime::from_unix_timestamp(seconds).map_err(D::Error::custom))
        .transpose()
}

/// A time as text. Nothing is decided by it, so one that cannot be read counts as absent.
pub(crate) fn rfc3339(text: Option<String>) -> Option<OffsetDateTime> {
    text.and_then(|text| azure_core::time::parse_rfc3339(&text).ok())
}
