//! Symmetric keys of managed HSMs: AES in real, as far as the cryptography at hand goes.

use aws_lc_rs::{
    aead::{
        AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce,
        UnboundKey,
    },
    key_wrap::{AES_128, AES_256, AesKek, KeyWrap},
    rand,
};
use azure_core::base64;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One version of a symmetric key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct OctKey {
    bytes: Vec<u8>,
}

/// Saved in base64url.
impl From<OctKey> for String {
    fn from(key: OctKey) -> Self {
        base64::encode_url_safe(key.bytes)
    }
}

impl TryFrom<String> for OctKey {
    type Error = &'static str;

    fn try_from(saved: String) -> Result<Self, Self::Error> {
        let bytes = base64::decode_url_safe(saved).ok();
        let bytes = bytes.filter(|bytes| [16, 24, 32].contains(&bytes.len()));
        bytes.map(|bytes| Self { bytes }).ok_or("no symmetric key")
    }
}

/// What [`OctKey::encrypt`] gives: the ciphertext and what vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) iv: [u8; NONCE_LEN],
    pub(crate) value: Vec<u8>,
    pub(crate) tag: Vec<u8>,
}

/// The length of a tag of GCM.
const TAG: usize = 16;

impl OctKey {
    /// A key of a size that a managed HSM offers, `None` for any other
    /// (<https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>). As with other keys, no seed decides it.
    pub(crate) fn generate(bits: u64) -> Option<Self> {
        let length = match bits {
            128 => 16,
            192 => 24,
            256 => 32,
            _ => return None,
        };
        let mut bytes = vec![0; length];
        rand::fill(&mut bytes).ok()?;
        Some(Self { bytes })
    }

    pub(crate) const fn bits(&self) -> usize {
        self.bytes.len() * 8
    }

    /// AES key wrap. `None` if the value is no key: at least two blocks of eight bytes.
    pub(crate) fn wrap(&self, value: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; value.len() + 8];
        let wrapped = self.kek()?.wrap(value, &mut out).ok()?;
        Some(wrapped.to_vec())
    }

    /// `None` if this key did not wrap the value.
    pub(crate) fn unwrap(&self, value: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; value.len()];
        let plain = self.kek()?.unwrap(value, &mut out).ok()?;
        Some(plain.to_vec())
    }

    /// AES in GCM, under an initialization vector that nobody has used before.
    pub(crate) fn encrypt(&self, iv: [u8; NONCE_LEN], value: &[u8], aad: &[u8]) -> Option<Sealed> {
        let nonce = Nonce::assume_unique_for_key(iv);
        let mut out = value.to_vec();
        let tag = self
            .gcm()?
            .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut out);
        Some(Sealed {
            iv,
            value: out,
            tag: tag.ok()?.as_ref().to_vec(),
        })
    }

    /// `None` if this key did not encrypt the value, or not with these.
    pub(crate) fn decrypt(&self, sealed: &Sealed, aad: &[u8]) -> Option<Vec<u8>> {
        if sealed.tag.len() != TAG {
            return None;
        }
        let nonce = Nonce::assume_unique_for_key(sealed.iv);
        let mut all = [sealed.value.as_slice(), sealed.tag.as_slice()].concat();
        let plain = self.gcm()?.open_in_place(nonce, Aad::from(aad), &mut all);
        Some(plain.ok()?.to_vec())
    }

    fn kek(&self) -> Option<AesKek> {
        match self.bits() {
            128 => AesKek::new(&AES_128, &self.bytes).ok(),
            256 => AesKek::new(&AES_256, &self.bytes).ok(),
            _ => None,
        }
    }

    fn gcm(&self) -> Option<LessSafeKey> {
        let algorithm: &'static Algorithm = match self.bits() {
            128 => &AES_128_GCM,
            192 => &AES_192_GCM,
            _ => &AES_256_GCM,
        };
        UnboundKey::new(algorithm, &self.bytes)
            .ok()
            .map(LessSafeKey::new)
    }
}

impl fmt::Debug for OctKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OctKey")
            .field("bits", &self.bits())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::OctKey;

    #[test]
    fn what_is_wrapped_is_unwrapped_by_the_same_key_only() {
        for bits in [128, 256] {
            let (key, other) = (
                OctKey::generate(bits).unwrap(),
                OctKey::generate(bits).unwrap(),
            );
            let wrapped = key.wrap(&[7; 32]).unwrap();
            assert_eq!(wrapped.len(), 40);
            assert_eq!(key.unwrap(&wrapped).unwrap(), [7; 32]);
            assert_eq!(other.unwrap(&wrapped), None);
            assert_eq!(key.wrap(&[7; 5]), None, "no key is so short");
        }
    }

    #[test]
    fn what_is_encrypted_holds_against_change() {
        for bits in [128, 192, 256] {
            let key = OctKey::generate(bits).unwrap();
            let mut sealed = key.encrypt([1; 12], b"data", b"aad").unwrap();
            assert_eq!(key.decrypt(&sealed, b"aad").unwrap(), b"data");
            assert_eq!(key.decrypt(&sealed, b"other"), None);
            sealed.value[0] ^= 1;
            assert_eq!(key.decrypt(&sealed, b"aad"), None);
        }
    }

    #[test]
    fn sizes_of_no_hsm_are_refused() {
        assert!(OctKey::generate(512).is_none());
    }
}
