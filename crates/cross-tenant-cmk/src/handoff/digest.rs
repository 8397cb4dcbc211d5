//! The digest of an Offer, by which a Grant says what it answers.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// The SHA-256 of an Offer in its canonical form. Written as `sha256:` and 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OfferDigest([u8; 32]);

impl OfferDigest {
    pub(super) fn of(canonical: &[u8]) -> Self {
        Self(hmac_sha256::Hash::hash(canonical))
    }
}

impl fmt::Display for OfferDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0
            .iter()
            .try_for_each(|byte| f.write_fmt(format_args!("{byte:02x}")))
    }
}

impl fmt::Debug for OfferDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("offer digest ")?;
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no digest of an Offer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("offer digest must be sha256: and 64 hexadecimal digits in lower case")]
pub struct InvalidDigest;

impl FromStr for OfferDigest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let hex = text.strip_prefix("sha256:").ok_or(InvalidDigest)?;
        let (pairs, odd) = hex.as_bytes().as_chunks::<2>();
        if !odd.is_empty() || pairs.len() != 32 {
            return Err(InvalidDigest);
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Ok(Self(bytes))
    }
}

fn nibble(digit: u8) -> Result<u8, InvalidDigest> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(InvalidDigest),
    }
}

impl Serialize for OfferDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OfferDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
