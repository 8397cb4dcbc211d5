//! Real keys on elliptic curves, as plain data.

use aws_lc_rs::{
    digest::Digest,
    encoding::{AsBigEndian, EcPrivateKeyBin},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256K1_SHA256_FIXED_SIGNING,
        ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, KeyPair as _, UnparsedPublicKey,
    },
};
use azure_core::base64;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A key on a curve.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub(crate) struct EcKey {
    /// As it was sent: the older name of P-256K is shown as such (recorded).
    pub(crate) curve: String,
    /// The coordinates as they are shown: an imported one as it was sent (recorded, without its leading zero).
    pub(crate) x: String,
    pub(crate) y: String,
    private: Vec<u8>,
}

/// The members of a JSON Web Key (RFC 7518).
#[derive(Serialize, Deserialize)]
struct Saved {
    crv: String,
    x: String,
    y: String,
    d: String,
}

impl From<EcKey> for Saved {
    fn from(key: EcKey) -> Self {
        Self {
            crv: key.curve,
            x: key.x,
            y: key.y,
            d: base64::encode_url_safe(key.private),
        }
    }
}

impl TryFrom<Saved> for EcKey {
    type Error = &'static str;

    fn try_from(saved: Saved) -> Result<Self, Self::Error> {
        Self::import(&saved.crv, &saved.d, &saved.x, &saved.y).ok_or("no key on a curve")
    }
}

/// A curve of a vault's keys: its names, its coordinates' length in bytes and how keys on it sign
/// (<https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>).
struct Curve {
    names: &'static [&'static str],
    length: usize,
    signing: &'static EcdsaSigningAlgorithm,
}

const CURVES: [Curve; 4] = [
    Curve {
        names: &["P-256"],
        length: 32,
        signing: &ECDSA_P256_SHA256_FIXED_SIGNING,
    },
    Curve {
        names: &["P-256K", "SECP256K1"],
        length: 32,
        signing: &ECDSA_P256K1_SHA256_FIXED_SIGNING,
    },
    Curve {
        names: &["P-384"],
        length: 48,
        signing: &ECDSA_P384_SHA384_FIXED_SIGNING,
    },
    Curve {
        names: &["P-521"],
        length: 66,
        signing: &ECDSA_P521_SHA512_FIXED_SIGNING,
    },
];

fn find(curve: &str) -> Option<&'static Curve> {
    CURVES.iter().find(|own| own.names.contains(&curve))
}

/// Whether a vault has keys on a curve.
pub(crate) fn is_curve(curve: &str) -> bool {
    find(curve).is_some()
}

impl EcKey {
    /// A new key, `None` on a curve that no vault has.
    pub(crate) fn generate(curve: &str) -> Option<Self> {
        let known = find(curve)?;
        let pair = EcdsaKeyPair::generate(known.signing).ok()?;
        let private: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().ok()?;
        // Uncompressed: 4, then the coordinates.
        let (_, point) = pair.public_key().as_ref().split_first()?;
        let (x, y) = point.split_at_checked(known.length)?;
        Some(Self {
            curve: curve.to_owned(),
            x: base64::encode_url_safe(x),
            y: base64::encode_url_safe(y),
            private: private.as_ref().to_vec(),
        })
    }

    /// A key from the members of a JSON Web Key, `None` if they make none.
    pub(crate) fn import(curve: &str, d: &str, x: &str, y: &str) -> Option<Self> {
        let known = find(curve)?;
        let key = Self {
            curve: curve.to_owned(),
            x: x.to_owned(),
            y: y.to_owned(),
            private: padded(&base64::decode_url_safe(d).ok()?, known.length)?,
        };
        key.pair()?;
        Some(key)
    }

    fn point(&self) -> Option<Vec<u8>> {
        let length = find(&self.curve)?.length;
        let mut point = vec![4];
        for coordinate in [&self.x, &self.y] {
            point.extend(padded(&base64::decode_url_safe(coordinate).ok()?, length)?);
        }
        Some(point)
    }

    fn pair(&self) -> Option<EcdsaKeyPair> {
        let signing = find(&self.curve)?.signing;
        let point = self.point()?;
        EcdsaKeyPair::from_private_key_and_public_key(signing, &self.private, &point).ok()
    }

    /// Signs a digest of the curve's own hash.
    pub(crate) fn sign(&self, digest: &Digest) -> Option<Vec<u8>> {
        let signature = self.pair()?.sign_digest(digest).ok()?;
        Some(signature.as_ref().to_vec())
    }

    /// Whether this key signed the digest.
    pub(crate) fn verify(&self, digest: &Digest, signature: &[u8]) -> bool {
        let (Some(curve), Some(point)) = (find(&self.curve), self.point()) else {
            return false;
        };
        let how: &'static EcdsaVerificationAlgorithm = curve.signing;
        let public = UnparsedPublicKey::new(how, point);
        public.verify_digest(digest, signature).is_ok()
    }
}

/// A number in so many bytes, `None` if it does not fit.
fn padded(number: &[u8], length: usize) -> Option<Vec<u8>> {
    let missing = length.checked_sub(number.len())?;
    let mut all = vec![0; missing];
    all.extend(number);
    Some(all)
}

impl fmt::Debug for EcKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EcKey")
            .field("curve", &self.curve)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::EcKey;
    use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
    use azure_core::base64;

    #[test]
    fn each_curve_signs_and_only_its_own_key_verifies() {
        for (curve, hash, length) in [
            ("P-256", &SHA256, 64),
            ("P-256K", &SHA256, 64),
            ("SECP256K1", &SHA256, 64),
            ("P-384", &SHA384, 96),
            ("P-521", &SHA512, 132),
        ] {
            let key = EcKey::generate(curve).unwrap();
            let other = EcKey::generate(curve).unwrap();
            let digest = digest(hash, b"message");
            let signature = key.sign(&digest).unwrap();
            assert_eq!(signature.len(), length, "{curve}");
            assert!(key.verify(&digest, &signature), "{curve}");
            assert!(!other.verify(&digest, &signature), "{curve}");
        }
        assert!(EcKey::generate("P-192").is_none());
    }

    #[test]
    fn what_is_imported_is_the_same_key_and_halves_of_two_are_none() {
        let key = EcKey::generate("P-521").unwrap();
        let other = EcKey::generate("P-521").unwrap();
        let d = base64::encode_url_safe(&key.private);
        let imported = EcKey::import("P-521", &d, &key.x, &key.y).unwrap();
        assert!(imported == key);
        assert!(EcKey::import("P-521", &d, &other.x, &other.y).is_none());
        assert!(EcKey::import("P-256", &d, &key.x, &key.y).is_none());
    }
}
