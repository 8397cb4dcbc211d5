//! The identifier of a key: its vault, its name and, where it matters, its version.

use crate::{InvalidKeyUri, KeyName, KeyStore, KeyVersion, VaultName, VaultUrl};
use cmk_core::Cloud;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// The identifier of a key: `https://{vault}.{suffix}/keys/{name}[/{version}]`, of a vault or a managed HSM in any cloud.
///
/// Strict, since the other party sends it: `https` only, no user information, query, fragment or other port than 443, and
/// a host that is one label before a suffix that Azure owns. A trailing slash and `:443` are dropped, the host is written
/// in lower case. Two identifiers are compared without case, as the service does.
///
/// ```
/// use keyvault_rbac::KeyUri;
///
/// let uri: KeyUri = "https://Contoso-CMK.vault.azure.net:443/keys/cosmos/0123456789abcdef0123456789abcdef/".parse()?;
/// assert_eq!(uri.versionless().to_string(), "https://contoso-cmk.vault.azure.net/keys/cosmos");
/// assert!("https://contoso-cmk.vault.azure.net.evil.example/keys/cosmos".parse::<KeyUri>().is_err());
/// # Ok::<(), keyvault_rbac::InvalidKeyUri>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyUri {
    vault: VaultUrl,
    name: KeyName,
    version: Option<KeyVersion>,
}

impl KeyUri {
    /// The key of a vault, without version.
    #[must_use]
    pub fn new(cloud: Cloud, vault: &VaultName, name: &KeyName) -> Self {
        Self::of(VaultUrl::new(cloud, vault), name)
    }

    /// The key of a vault or managed HSM, without version.
    #[must_use]
    pub fn of(vault: VaultUrl, name: &KeyName) -> Self {
        Self {
            vault,
            name: name.clone(),
            version: None,
        }
    }

    /// The cloud, which the host's suffix tells.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        self.vault.cloud()
    }

    /// The vault or managed HSM that holds the key.
    #[must_use]
    pub fn store(&self) -> &KeyStore {
        self.vault.store()
    }

    /// The URL of that vault or managed HSM.
    #[must_use]
    pub fn vault_url(&self) -> &VaultUrl {
        &self.vault
    }

    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> String {
        self.vault.host()
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The version, if the identifier names one; without, it means the current one.
    #[must_use]
    pub fn version(&self) -> Option<&KeyVersion> {
        self.version.as_ref()
    }

    /// The same key without version: what follows it through rotations.
    #[must_use]
    pub fn versionless(&self) -> Self {
        Self {
            version: None,
            ..self.clone()
        }
    }

    /// The same key in this version.
    #[must_use]
    pub fn with_version(&self, version: KeyVersion) -> Self {
        Self {
            version: Some(version),
            ..self.clone()
        }
    }
}

impl FromStr for KeyUri {
    type Err = InvalidKeyUri;

    fn from_str(text: &str) -> Result<Self, InvalidKeyUri> {
        const WHAT: &str = "key URI";
        let (vault, path) = VaultUrl::parse_start(WHAT, text)?;
        let path = path.strip_prefix('/').unwrap_or_default();
        let path = path.strip_suffix('/').unwrap_or(path);
        let parts: Vec<&str> = path.split('/').collect();
        let (collection, name, version) = match parts.as_slice() {
            [collection, name] => (*collection, *name, None),
            [collection, name, version] => (*collection, *name, Some(*version)),
            _ => {
                return Err(InvalidKeyUri::new(
                    WHAT,
                    "must be of the form https://{vault}/keys/{name}[/{version}]",
                    text,
                ));
            }
        };
        if !collection.eq_ignore_ascii_case("keys") {
            return Err(InvalidKeyUri::new(WHAT, "must name a key", text));
        }
        Ok(Self {
            vault,
            name: name
                .parse()
                .map_err(|error| InvalidKeyUri::new(WHAT, error, text))?,
            version: version
                .map(str::parse)
                .transpose()
                .map_err(|error| InvalidKeyUri::new(WHAT, error, text))?,
        })
    }
}

impl fmt::Display for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}keys/{}", self.vault, self.name)?;
        match &self.version {
            Some(version) => write!(f, "/{version}"),
            None => Ok(()),
        }
    }
}

impl Serialize for KeyUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
