//! RSA keys as they stand in a saved state.

use super::RsaKey;
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::PrivateDecryptingKey,
};
use azure_core::base64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};

/// Written with its private key, PKCS #8 in base64url, if that was made already; one that is only stored with its numbers.
#[derive(Serialize, Deserialize)]
struct Saved {
    bits: u64,
    private: Option<String>,
    stored: Option<Stored>,
}

/// Modulus and exponent.
#[derive(Serialize, Deserialize)]
struct Stored {
    n: String,
    e: String,
}

impl Serialize for RsaKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let made = self.material.get().and_then(Option::as_ref);
        let private = made.and_then(|made| made.private.as_ref());
        let private = private.map(AsDer::as_der).transpose();
        let private: Option<Pkcs8V1Der<'_>> = private.map_err(S::Error::custom)?;
        let stored = made.filter(|made| made.private.is_none());
        let saved = Saved {
            bits: u64::from(self.bits),
            private: private.map(|der| base64::encode_url_safe(der.as_ref())),
            stored: stored.map(|made| Stored {
                n: made.modulus.clone(),
                e: made.exponent.clone(),
            }),
        };
        saved.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RsaKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::deserialize(deserializer)?;
        if let Some(Stored { n, e }) = saved.stored {
            return Self::stored(n, e).ok_or_else(|| D::Error::custom("no RSA key that is stored"));
        }
        let key = Self::new(saved.bits).ok_or_else(|| D::Error::custom("no size of a key"))?;
        if let Some(text) = saved.private {
            return base64::decode_url_safe(text)
                .ok()
                .and_then(|der| PrivateDecryptingKey::from_pkcs8(&der).ok())
                .filter(|private| private.key_size_bits() == usize::try_from(key.bits).unwrap_or(0))
                .and_then(|private| key.holding(private))
                .ok_or_else(|| D::Error::custom("no RSA key of this size"));
        }
        Ok(key)
    }
}
