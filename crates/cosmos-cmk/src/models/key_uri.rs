//! The address of a key as an account wants it: without version.

use azure_core::http::Url;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// The address of a key without version, exactly as `keyVaultKeyUri` wants it: `https://{vault host}/keys/{name}`.
///
/// An address with a version would pin the account to it: rotations would be missed. The service refuses it, and a trailing
/// slash too. Vaults and managed HSMs of every cloud are taken; whether the host is one of Azure's is for the caller to check.
///
/// ```
/// use cosmos_cmk::VersionlessKeyUri;
///
/// let key: VersionlessKeyUri = "https://customer.vault.azure.net/keys/cosmos".parse()?;
/// assert_eq!(key.host(), "customer.vault.azure.net");
/// assert_eq!(key.key_name(), "cosmos");
/// assert!("https://customer.vault.azure.net/keys/cosmos/0123".parse::<VersionlessKeyUri>().is_err());
/// # Ok::<(), cosmos_cmk::InvalidKeyUri>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VersionlessKeyUri {
    host: String,
    name: String,
}

impl VersionlessKeyUri {
    /// The host of the vault, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The name of the key, as given.
    #[must_use]
    pub fn key_name(&self) -> &str {
        &self.name
    }
}

/// A text that is no address of a key without version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key URI {problem}, got {got:?}")]
pub struct InvalidKeyUri {
    problem: &'static str,
    got: String,
}

/// Longest text that is read: far above what Azure makes, far below what hurts.
const MAX_LENGTH: usize = 512;

impl FromStr for VersionlessKeyUri {
    type Err = InvalidKeyUri;

    fn from_str(text: &str) -> Result<Self, InvalidKeyUri> {
        let refuse = |problem| InvalidKeyUri {
            problem,
            got: text.chars().take(160).collect(),
        };
        if text.len() > MAX_LENGTH {
            return Err(refuse("is too long"));
        }
        let rest = text
            .get(..8)
            .filter(|scheme| scheme.eq_ignore_ascii_case("https://"))
            .and_then(|_| text.get(8..))
            .ok_or_else(|| refuse("must start with https://"))?;
        let (host, path) = rest
            .split_once('/')
            .ok_or_else(|| refuse("must end with /keys/{name}"))?;
        // Read by hand first, so that nothing that a URL parser forgives (tabs, backslashes, `..`, user information) gets by.
        if !host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            || host.split('.').any(str::is_empty)
            || !host.contains('.')
        {
            return Err(refuse("must have a host with a dot, and no port or user"));
        }
        let name = path
            .split_once('/')
            .filter(|(keys, _)| keys.eq_ignore_ascii_case("keys"))
            .map(|(_, name)| name)
            .ok_or_else(|| refuse("must end with /keys/{name}"))?;
        if name.contains('/') {
            return Err(refuse("must have no version and no trailing slash"));
        }
        // https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#objects-identifiers-and-versioning
        if !(1..=127).contains(&name.len())
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        {
            return Err(refuse(
                "must name a key with 1 to 127 letters, digits and hyphens",
            ));
        }
        let host = host.to_ascii_lowercase();
        // An address in numbers is no vault, however many dots it has.
        let url = Url::parse(&format!("https://{host}/")).map_err(|_| refuse("is no URL"))?;
        if url.domain() != Some(host.as_str()) {
            return Err(refuse("must have the name of a host, not an address"));
        }
        Ok(Self {
            host,
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for VersionlessKeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}/keys/{}", self.host, self.name)
    }
}

impl Serialize for VersionlessKeyUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VersionlessKeyUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::VersionlessKeyUri;

    #[test]
    fn hosts_are_written_in_lower_case_and_key_names_as_given() {
        let uri: VersionlessKeyUri = "HTTPS://V1.Vault.Azure.NET/Keys/MyKey".parse().unwrap();
        assert_eq!(uri.to_string(), "https://v1.vault.azure.net/keys/MyKey");
    }

    #[test]
    fn what_the_service_refuses_or_reads_otherwise_is_refused() {
        for bad in [
            "",
            "http://v1.vault.azure.net/keys/k",
            "https://v1.vault.azure.net/keys/k/",
            "https://v1.vault.azure.net/keys/k/0123456789abcdef0123456789abcdef",
            "https://v1.vault.azure.net/keys/",
            "https://v1.vault.azure.net/keys",
            "https://v1.vault.azure.net/secrets/k",
            "https://v1.vault.azure.net",
            "https://v1.vault.azure.net/keys/k?x=y",
            "https://v1.vault.azure.net/keys/k#f",
            "https://v1.vault.azure.net/keys/k%2F1",
            "https://v1.vault.azure.net/x/../keys/k",
            "https://v1.vault.azure.net:8443/keys/k",
            "https://u:p@v1.vault.azure.net/keys/k",
            "https://localhost/keys/k",
            "https://127.0.0.1/keys/k",
            "https://0x7f.1/keys/k",
            "https://v1..azure.net/keys/k",
            "https://v1.vault.azure.net./keys/k",
            "https://v1.vault.azure.net\\keys\\k",
            " https://v1.vault.azure.net/keys/k",
            "https://v1.vault.azure.net/keys/k ",
            "http://mykeyvault.vault1.azure2.net3/keys4/mykey",
        ] {
            assert!(bad.parse::<VersionlessKeyUri>().is_err(), "{bad} was taken");
        }
    }
}
