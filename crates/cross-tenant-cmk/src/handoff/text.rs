//! Free texts that documents and records hold, bounded and without control characters.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// A text that breaks the rules of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {rule}, got {got:?}")]
pub struct InvalidText {
    what: &'static str,
    rule: &'static str,
    got: String,
}

/// The name under which the customer sees the provider's application: 1 to 120 characters, none of them a control
/// character or one that reverses the direction of writing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DisplayName(String);

/// How the provider calls a customer in its own records: 1 to 128 of `A-Z a-z 0-9 . _ -`. It becomes the tag
/// `cross-tenant-cmk-customer` of the customer's account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CustomerReference(String);

/// What is shown to the person who decides holds nothing that hides or reorders the rest of the line.
pub(super) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl FromStr for DisplayName {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let length = text.chars().count();
        if length == 0 || length > 120 || text.chars().any(is_deceptive) {
            return Err(InvalidText {
                what: "display name",
                rule: "must have 1 to 120 characters, without control or direction characters",
                got: text.chars().take(64).collect(),
            });
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for CustomerReference {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        if text.is_empty()
            || text.len() > 128
            || !text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        {
            return Err(InvalidText {
                what: "customer reference",
                rule: "must have 1 to 128 letters, digits, '.', '_' or '-'",
                got: text.chars().take(64).collect(),
            });
        }
        Ok(Self(text.to_owned()))
    }
}

macro_rules! checked_text {
    ($($name:ident),*) => {$(
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}
checked_text!(DisplayName, CustomerReference);
