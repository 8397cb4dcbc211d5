//! The two documents that pass between the parties: an [`Offer`] to the customer, a [`Grant`] back.
//!
//! Both are JSON, versioned and strict: an unknown member, a second one of the same name, another kind or version, or a
//! value that its type refuses makes the document invalid. Reading one proves nothing but its form: whatever it claims is
//! held against the records of whoever reads it.

mod digest;
mod grant;
mod offer;
mod text;

pub use digest::{InvalidDigest, OfferDigest};
pub use grant::{GRANT_SCHEMA, Grant};
pub use offer::{Nonce, OFFER_SCHEMA, Offer, OfferOptions, OfferedRole};
use text::is_deceptive;
pub use text::{CustomerReference, DisplayName, InvalidText};

use serde::{Deserialize, de::DeserializeOwned};

/// The largest document that is read, in bytes. A real one has under 1,000.
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024;

/// A text that is no valid document of the kind asked for.
#[derive(Debug, thiserror::Error)]
#[error("{kind} is not valid: {problem}")]
pub struct InvalidDocument {
    kind: &'static str,
    problem: String,
}

/// What every document starts with, read first so that the message can say what was handed in instead.
#[derive(Deserialize)]
struct Header {
    kind: String,
    version: serde_json::Number,
}

/// Reads a hand-off document of one kind in version 1.
fn read<T: DeserializeOwned>(
    kind: &'static str,
    kind_member: &'static str,
    text: &str,
) -> Result<T, InvalidDocument> {
    read_document(kind, kind_member, MAX_DOCUMENT_BYTES, text)
}

/// Reads a document of one kind in version 1.
pub(crate) fn read_document<T: DeserializeOwned>(
    kind: &'static str,
    kind_member: &'static str,
    max_bytes: usize,
    text: &str,
) -> Result<T, InvalidDocument> {
    let invalid = |problem: String| InvalidDocument {
        kind,
        problem: quotable(&problem),
    };
    if text.len() > max_bytes {
        return Err(invalid(format!(
            "it has {} bytes, and at most {max_bytes} are read",
            text.len()
        )));
    }
    let header: Header = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
    if header.kind != kind_member {
        let got: String = header.kind.chars().take(64).collect();
        return Err(invalid(format!("its kind is {got:?}, not {kind_member:?}")));
    }
    if header.version.as_f64() != Some(1.0) {
        return Err(invalid(format!(
            "its version is {}, and this release reads version 1",
            header.version
        )));
    }
    serde_json::from_str(text).map_err(|error| invalid(error.to_string()))
}

/// What is said about a document can quote it: a part of it, and nothing that a terminal would obey.
fn quotable(text: &str) -> String {
    const LONGEST: usize = 400;
    let mut quoted = String::new();
    for c in text.chars().take(LONGEST) {
        if is_deceptive(c) {
            quoted.extend(c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        quoted.push('…');
    }
    quoted
}

/// A member that can hold one text only, such as the kind of a document.
macro_rules! constant_member {
    ($name:ident, $text:literal) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        enum $name {
            #[serde(rename = $text)]
            Only,
        }
    };
}
use constant_member;

/// The member `version` of the documents that this release writes and reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VersionOne;

impl serde::Serialize for VersionOne {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(1)
    }
}

impl<'de> Deserialize<'de> for VersionOne {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // In JSON 1 and 1.0 are one number.
        let version = serde_json::Number::deserialize(deserializer)?;
        if version.as_f64() == Some(1.0) {
            return Ok(Self);
        }
        Err(serde::de::Error::custom(format!(
            "version {version} is not 1"
        )))
    }
}

#[cfg(test)]
mod tests;
