//! Real RSA keys behind the simulated vault: made when first needed, so that a test that never wraps pays nothing.

mod pool;
mod saved;

use aws_lc_rs::{
    digest::Digest,
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{
        KeyPair, KeyPairComponents, KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256,
        OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
        Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey,
    },
    signature::{KeyPair as _, RsaEncoding, RsaParameters, UnparsedPublicKey},
};
use azure_core::base64;
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

pub(crate) use pool::Pool;

/// The public exponent of every key that Key Vault makes, 65537 in base64url.
const PUBLIC_EXPONENT: &str = "AQAB";

/// One version of an RSA key. The material is the only thing in the simulator that no seed decides.
pub(crate) struct RsaKey {
    bits: u32,
    material: Arc<OnceLock<Option<Material>>>,
}

struct Material {
    /// `None` in an imported key of 1024 bits, which aws-lc-rs does not compute with.
    private: Option<PrivateDecryptingKey>,
    modulus: String,
    exponent: String,
}

/// The numbers of a private key (RFC 7518, 6.3), big-endian.
pub(crate) type RsaNumbers = KeyPairComponents<Vec<u8>>;

/// How a value is wrapped: the three algorithms that RSA keys of a vault offer
/// (<https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrapAlgorithm {
    Oaep,
    Oaep256,
    Pkcs1,
}

impl WrapAlgorithm {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "RSA-OAEP" => Some(Self::Oaep),
            "RSA-OAEP-256" => Some(Self::Oaep256),
            "RSA1_5" => Some(Self::Pkcs1),
            _ => None,
        }
    }

    const fn oaep(self) -> Option<&'static OaepAlgorithm> {
        match self {
            Self::Oaep => Some(&OAEP_SHA1_MGF1SHA1),
            Self::Oaep256 => Some(&OAEP_SHA256_MGF1SHA256),
            Self::Pkcs1 => None,
        }
    }
}

impl RsaKey {
    /// A key of a size that Key Vault offers, `None` for any other.
    pub(crate) fn new(bits: u64) -> Option<Self> {
        let bits = match bits {
            2048 => 2048,
            3072 => 3072,
            4096 => 4096,
            _ => return None,
        };
        Some(Self {
            bits,
            material: Arc::default(),
        })
    }

    /// An imported key, `None` if the numbers make none. The service takes one of 1024 bits, too (recorded).
    pub(crate) fn import(numbers: &RsaNumbers) -> Option<Self> {
        let public = &numbers.public_key;
        let bits = public.n.len() * 8;
        // Factors of any length would take any time to multiply: theirs add up to that of the product, or one byte more.
        if numbers.p.len() + numbers.q.len() > public.n.len() + 1 {
            return None;
        }
        if bits == 1024 {
            let fits = product(&numbers.p, &numbers.q) == public.n;
            let text = |number: &Vec<u8>| base64::encode_url_safe(number);
            return fits
                .then(|| Self::stored(text(&public.n), text(&public.e)))
                .flatten();
        }
        let key = Self::new(u64::try_from(bits).ok()?)?;
        let pair = KeyPair::from_components(numbers).ok()?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().ok()?;
        key.holding(PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).ok()?)
    }

    /// A key of this size that is there already.
    fn holding(self, private: PrivateDecryptingKey) -> Option<Self> {
        let material = Material::of(private)?;
        Some(Self {
            material: Arc::new(OnceLock::from(Some(material))),
            ..self
        })
    }

    /// One of 1024 bits, which is only stored.
    fn stored(modulus: String, exponent: String) -> Option<Self> {
        let bytes = base64::decode_url_safe(&modulus).ok()?;
        if bytes.len() * 8 != 1024 {
            return None;
        }
        let material = Material {
            private: None,
            modulus,
            exponent,
        };
        Some(Self {
            bits: 1024,
            material: Arc::new(OnceLock::from(Some(material))),
        })
    }

    /// Whether this simulator can compute with it.
    pub(crate) const fn is_usable(&self) -> bool {
        self.bits >= 2048
    }

    /// The length of the modulus.
    pub(crate) const fn bits(&self) -> u32 {
        self.bits
    }

    /// The modulus `n` as a JSON Web Key carries it.
    pub(crate) fn modulus(&self) -> Option<&str> {
        self.material().map(|material| material.modulus.as_str())
    }

    /// The public exponent `e` as a JSON Web Key carries it.
    pub(crate) fn exponent(&self) -> &str {
        // That of a new key is known before the key is made.
        let imported = self.material.get().and_then(Option::as_ref);
        imported.map_or(PUBLIC_EXPONENT, |material| material.exponent.as_str())
    }

    fn private(&self) -> Option<&PrivateDecryptingKey> {
        self.material()?.private.as_ref()
    }

    fn pair(&self) -> Option<KeyPair> {
        let pkcs8: Pkcs8V1Der<'_> = self.private()?.as_der().ok()?;
        KeyPair::from_pkcs8(pkcs8.as_ref()).ok()
    }

    /// Signs a digest.
    pub(crate) fn sign(&self, how: &'static dyn RsaEncoding, digest: &Digest) -> Option<Vec<u8>> {
        let pair = self.pair()?;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign_digest(how, digest, &mut signature).ok()?;
        Some(signature)
    }

    /// Whether this key signed the digest.
    pub(crate) fn verify(
        &self,
        how: &'static RsaParameters,
        digest: &Digest,
        signature: &[u8],
    ) -> bool {
        self.pair().is_some_and(|pair| {
            let public = UnparsedPublicKey::new(how, pair.public_key().as_ref());
            public.verify_digest(digest, signature).is_ok()
        })
    }

    /// Encrypts with the public key. `None` if the value does not fit into the key.
    pub(crate) fn wrap(&self, algorithm: WrapAlgorithm, value: &[u8]) -> Option<Vec<u8>> {
        let public = self.private()?.public_key();
        let mut out = vec![0; public.key_size_bytes()];
        let wrapped = match algorithm.oaep() {
            Some(oaep) => OaepPublicEncryptingKey::new(public)
                .ok()?
                .encrypt(oaep, value, &mut out, None)
                .ok()?
                .to_vec(),
            None => Pkcs1PublicEncryptingKey::new(public)
                .ok()?
                .encrypt(value, &mut out)
                .ok()?
                .to_vec(),
        };
        Some(wrapped)
    }

    /// Decrypts with the private key. `None` if this key did not wrap the value.
    pub(crate) fn unwrap(&self, algorithm: WrapAlgorithm, value: &[u8]) -> Option<Vec<u8>> {
        let private = self.private()?.clone();
        let mut out = vec![0; private.key_size_bytes()];
        let plain = match algorithm.oaep() {
            Some(oaep) => OaepPrivateDecryptingKey::new(private)
                .ok()?
                .decrypt(oaep, value, &mut out, None)
                .ok()?
                .to_vec(),
            None => Pkcs1PrivateDecryptingKey::new(private)
                .ok()?
                .decrypt(value, &mut out)
                .ok()?
                .to_vec(),
        };
        Some(plain)
    }

    fn material(&self) -> Option<&Material> {
        self.material
            .get_or_init(|| Material::generate(self.bits))
            .as_ref()
    }
}

impl Material {
    fn generate(bits: u32) -> Option<Self> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            _ => KeySize::Rsa4096,
        };
        Self::of(PrivateDecryptingKey::generate(size).ok()?)
    }

    fn of(private: PrivateDecryptingKey) -> Option<Self> {
        let pkcs8: Pkcs8V1Der<'_> = private.as_der().ok()?;
        let pair = KeyPair::from_pkcs8(pkcs8.as_ref()).ok()?;
        let public = pair.public_key();
        Some(Self {
            private: Some(private),
            modulus: base64::encode_url_safe(public.modulus().big_endian_without_leading_zero()),
            exponent: base64::encode_url_safe(public.exponent().big_endian_without_leading_zero()),
        })
    }
}

/// A copy is the same key, also where only one of them is saved, so the key is made now.
impl Clone for RsaKey {
    fn clone(&self) -> Self {
        self.material();
        Self {
            bits: self.bits,
            material: Arc::clone(&self.material),
        }
    }
}

/// The product of two big-endian numbers, without leading zeros.
fn product(one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut digits = vec![0_u32; one.len() + other.len()];
    for (at, left) in one.iter().rev().enumerate() {
        let mut carry = 0;
        let row = digits.iter_mut().skip(at);
        let factors = other.iter().rev().copied().chain(std::iter::repeat(0));
        for (digit, right) in row.zip(factors) {
            let sum = *digit + u32::from(*left) * u32::from(right) + carry;
            (*digit, carry) = (sum & 0xff, sum >> 8);
        }
    }
    let bytes = digits.into_iter().rev().skip_while(|digit| *digit == 0);
    bytes.filter_map(|digit| u8::try_from(digit).ok()).collect()
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaKey")
            .field("bits", &self.bits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{RsaKey, RsaNumbers, WrapAlgorithm};
    use aws_lc_rs::rsa::PublicKeyComponents;
    use azure_core::base64;

    const ALL: [&str; 3] = ["RSA-OAEP", "RSA-OAEP-256", "RSA1_5"];

    #[test]
    fn what_is_wrapped_is_unwrapped_by_the_same_key_only() {
        let key = RsaKey::new(2048).unwrap();
        let other = RsaKey::new(2048).unwrap();
        for name in ALL {
            let algorithm = WrapAlgorithm::parse(name).unwrap();
            let wrapped = key.wrap(algorithm, b"data encryption key").unwrap();
            assert_eq!(wrapped.len(), 256, "{name}");
            assert_eq!(
                key.unwrap(algorithm, &wrapped).unwrap(),
                b"data encryption key",
                "{name}"
            );
            assert_ne!(
                other.unwrap(algorithm, &wrapped).as_deref(),
                Some(b"data encryption key".as_slice()),
                "{name}"
            );
        }
    }

    #[test]
    fn the_modulus_has_the_size_of_the_key() {
        let key = RsaKey::new(3072).unwrap();
        let modulus = base64::decode_url_safe(key.modulus().unwrap()).unwrap();
        assert_eq!(modulus.len(), 384);
        assert_eq!(key.bits(), 3072);
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused() {
        let key = RsaKey::new(2048).unwrap();
        assert_eq!(key.wrap(WrapAlgorithm::Oaep256, &[7; 200]), None);
    }

    #[test]
    fn products_are_right() {
        assert_eq!(super::product(&[0xff, 0xff], &[0xff]), [0xfe, 0xff, 0x01]);
        assert_eq!(super::product(&[0, 3], &[0, 5]), [15]);
    }

    #[test]
    fn factors_that_are_longer_than_their_product_are_not_multiplied() {
        let long = vec![1; 4 << 20];
        let numbers = RsaNumbers {
            public_key: PublicKeyComponents {
                n: vec![1; 128],
                e: vec![1, 0, 1],
            },
            d: vec![1],
            p: long.clone(),
            q: long,
            dP: vec![1],
            dQ: vec![1],
            qInv: vec![1],
        };
        assert!(RsaKey::import(&numbers).is_none());
    }

    #[test]
    fn a_copy_is_the_same_key() {
        let key = RsaKey::new(2048).unwrap();
        let copy = key.clone();
        assert_eq!(copy.modulus(), key.modulus());
        assert_eq!(copy.exponent(), "AQAB");
    }

    #[test]
    fn sizes_and_algorithms_of_no_vault_are_refused() {
        assert!(RsaKey::new(1024).is_none());
        assert_eq!(WrapAlgorithm::parse("A256KW"), None);
    }
}
