//! How keys of a vault sign digests: the table of algorithms
//! (<https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>).

use super::key::Material;
use aws_lc_rs::{
    digest::{Algorithm, Digest, SHA256, SHA384, SHA512},
    signature::{
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
        RSA_PSS_SHA512, RsaEncoding, RsaParameters,
    },
};

/// One algorithm.
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    hash: &'static Algorithm,
    scheme: Scheme,
}

enum Scheme {
    Rsa(&'static dyn RsaEncoding, &'static RsaParameters),
    /// On these curves only.
    Ec(&'static [&'static str]),
}

const fn rsa(
    name: &'static str,
    hash: &'static Algorithm,
    signing: &'static dyn RsaEncoding,
    verifying: &'static RsaParameters,
) -> Signature {
    Signature {
        name,
        hash,
        scheme: Scheme::Rsa(signing, verifying),
    }
}

const fn ec(
    name: &'static str,
    hash: &'static Algorithm,
    curves: &'static [&'static str],
) -> Signature {
    Signature {
        name,
        hash,
        scheme: Scheme::Ec(curves),
    }
}

// One line an algorithm, as a table.
#[rustfmt::skip]
static ALL: [Signature; 11] = [
    rsa("RS256", &SHA256, &RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256),
    rsa("RS384", &SHA384, &RSA_PKCS1_SHA384, &RSA_PKCS1_2048_8192_SHA384),
    rsa("RS512", &SHA512, &RSA_PKCS1_SHA512, &RSA_PKCS1_2048_8192_SHA512),
    rsa("PS256", &SHA256, &RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256),
    rsa("PS384", &SHA384, &RSA_PSS_SHA384, &RSA_PSS_2048_8192_SHA384),
    rsa("PS512", &SHA512, &RSA_PSS_SHA512, &RSA_PSS_2048_8192_SHA512),
    ec("ES256", &SHA256, &["P-256"]),
    ec("ES256K", &SHA256, &["P-256K"]),
    ec("ES384", &SHA384, &["P-384"]),
    ec("ES512", &SHA512, &["P-521"]),
    // Of the older name of P-256K: https://github.com/celo-org/celo-monorepo/pull/5703.
    ec("ECDSA256", &SHA256, &["P-256", "SECP256K1"]),
];

impl Signature {
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|own| own.name == name)
    }

    /// The length of its digests in bytes.
    pub(crate) fn digest_length(&self) -> usize {
        self.hash.output_len
    }

    fn digest(&self, digest: &[u8]) -> Option<Digest> {
        Digest::import_less_safe(digest, self.hash).ok()
    }

    /// Why a key cannot sign so, as the end of a sentence that begins with the key's id
    /// (<https://github.com/Azure/azure-sdk-for-java/issues/6262>; of types: in the same words).
    pub(crate) fn misfit(&self, kty: &str, material: &Material) -> Option<String> {
        match (&self.scheme, material) {
            (Scheme::Rsa(..), Material::Rsa(_)) => None,
            (Scheme::Ec(curves), Material::Ec(key)) => {
                if curves.contains(&key.curve.as_str()) {
                    return None;
                }
                let allowed: Vec<String> =
                    curves.iter().map(|curve| format!("'{curve}'")).collect();
                Some(format!(
                    "uses curve '{}', and algorithm '{}' can only be used with curve {}.",
                    key.curve,
                    self.name,
                    allowed.join(" or ")
                ))
            }
            (Scheme::Rsa(..), _) => Some(self.of_type(kty, "'RSA' or 'RSA-HSM'")),
            (Scheme::Ec(_), _) => Some(self.of_type(kty, "'EC' or 'EC-HSM'")),
        }
    }

    fn of_type(&self, kty: &str, allowed: &str) -> String {
        format!(
            "is of type '{kty}', and algorithm '{}' can only be used with a key of type {allowed}.",
            self.name
        )
    }

    /// Signs a digest. `None` if the digest or the key does not fit.
    pub(crate) fn sign(&self, material: &Material, digest: &[u8]) -> Option<Vec<u8>> {
        let digest = self.digest(digest)?;
        match (&self.scheme, material) {
            (Scheme::Rsa(how, _), Material::Rsa(key)) => key.sign(*how, &digest),
            (Scheme::Ec(_), Material::Ec(key)) => key.sign(&digest),
            _ => None,
        }
    }

    /// Whether a key signed the digest so.
    pub(crate) fn verify(&self, material: &Material, digest: &[u8], signature: &[u8]) -> bool {
        let Some(digest) = self.digest(digest) else {
            return false;
        };
        match (&self.scheme, material) {
            (Scheme::Rsa(_, how), Material::Rsa(key)) => key.verify(how, &digest, signature),
            (Scheme::Ec(_), Material::Ec(key)) => key.verify(&digest, signature),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Signature};
    use crate::key_vault::{ec::EcKey, key::Material, rsa::RsaKey};

    #[test]
    fn every_algorithm_signs_what_it_verifies_with_the_keys_that_it_is_for() {
        let mut materials = vec![Material::Rsa(RsaKey::new(2048).unwrap())];
        for curve in ["P-256", "P-256K", "SECP256K1", "P-384", "P-521"] {
            materials.push(Material::Ec(EcKey::generate(curve).unwrap()));
        }
        let mut fit = 0;
        for algorithm in &ALL {
            let digest = vec![7; algorithm.digest_length()];
            for material in &materials {
                if algorithm.misfit("kty", material).is_some() {
                    continue;
                }
                fit += 1;
                let signature = algorithm.sign(material, &digest).unwrap();
                assert!(algorithm.verify(material, &digest, &signature));
                let other = vec![8; algorithm.digest_length()];
                assert!(!algorithm.verify(material, &other, &signature));
            }
        }
        // Six of RSA, four curves with their own, and the old one with two.
        assert_eq!(fit, 12);
        assert!(Signature::find("RSNULL").is_none());
    }
}
