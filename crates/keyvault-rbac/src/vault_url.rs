//! Where a vault or a managed HSM answers: its cloud, its kind and its name.

use crate::{HsmName, InvalidName, VaultName};
use cmk_core::Cloud;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// A text that is no URL of a key, a vault or a managed HSM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {problem}, got {got:?}")]
pub struct InvalidKeyUri {
    what: &'static str,
    problem: String,
    got: String,
}

impl InvalidKeyUri {
    pub(crate) fn new(what: &'static str, problem: impl fmt::Display, got: &str) -> Self {
        Self {
            what,
            problem: problem.to_string(),
            got: got.chars().take(256).collect(),
        }
    }
}

/// What holds keys: a vault or a managed HSM.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyStore {
    /// A vault. Azure RBAC (or access policies) governs its keys.
    Vault(VaultName),
    /// A managed HSM. Its own local roles govern its keys; Azure RBAC does not.
    ManagedHsm(HsmName),
}

/// The URL of a vault or a managed HSM: `https://{name}.{suffix of its cloud}/`. Written with the host in lower case.
///
/// ```
/// use cmk_core::Cloud;
/// use keyvault_rbac::VaultUrl;
///
/// let url: VaultUrl = "https://Contoso-CMK.vault.azure.cn:443".parse()?;
/// assert_eq!(url.cloud(), Cloud::China);
/// assert_eq!(url.to_string(), "https://contoso-cmk.vault.azure.cn/");
/// # Ok::<(), keyvault_rbac::InvalidKeyUri>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VaultUrl {
    cloud: Cloud,
    store: KeyStore,
}

/// Longest URL that is read: above what the service makes, below what hurts.
const MAX_LENGTH: usize = 512;

impl VaultUrl {
    /// The URL of a vault.
    #[must_use]
    pub fn new(cloud: Cloud, name: &VaultName) -> Self {
        Self {
            cloud,
            store: KeyStore::Vault(name.clone()),
        }
    }

    /// The URL of a managed HSM.
    #[must_use]
    pub fn managed_hsm(cloud: Cloud, name: &HsmName) -> Self {
        Self {
            cloud,
            store: KeyStore::ManagedHsm(name.clone()),
        }
    }

    /// The cloud, which the host's suffix tells.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// The vault or managed HSM.
    #[must_use]
    pub fn store(&self) -> &KeyStore {
        &self.store
    }

    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> String {
        match &self.store {
            KeyStore::Vault(name) => format!("{}.{}", name.label(), self.suffix()),
            KeyStore::ManagedHsm(name) => format!("{}.{}", name.label(), self.suffix()),
        }
    }

    /// What follows the name in the host: the domain that the service's challenge names.
    pub(crate) fn suffix(&self) -> &'static str {
        match &self.store {
            KeyStore::Vault(_) => self.cloud.vault_suffix(),
            KeyStore::ManagedHsm(_) => self.cloud.managed_hsm_suffix(),
        }
    }

    /// The token scope of the data plane.
    pub(crate) fn token_scope(&self) -> String {
        match &self.store {
            KeyStore::Vault(_) => self.cloud.vault_scope(),
            KeyStore::ManagedHsm(_) => self.cloud.managed_hsm_scope(),
        }
    }

    /// Reads scheme and authority, and hands back what follows them.
    ///
    /// By hand: a general URL parser repairs what must be refused (backslashes, tabs, percent-encoded hosts).
    pub(crate) fn parse_start<'a>(
        what: &'static str,
        text: &'a str,
    ) -> Result<(Self, &'a str), InvalidKeyUri> {
        let refuse = |problem: &str| InvalidKeyUri::new(what, problem, text);
        if text.len() > MAX_LENGTH {
            return Err(refuse("is too long"));
        }
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| refuse("must start with https://"))?;
        if !scheme.eq_ignore_ascii_case("https") {
            return Err(refuse("must start with https://"));
        }
        let (authority, path) = rest
            .find('/')
            .and_then(|slash| rest.split_at_checked(slash))
            .unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(refuse("must not hold user information"));
        }
        let host = match authority.split_once(':') {
            None => authority,
            Some((host, "443")) => host,
            Some(_) => return Err(refuse("must use port 443")),
        };
        let (label, suffix) = host
            .split_once('.')
            .ok_or_else(|| refuse("must be on a host of a vault or a managed HSM"))?;
        let suffix = suffix.to_ascii_lowercase();
        let named = |error: InvalidName| InvalidKeyUri::new(what, error, text);
        for cloud in Cloud::ALL {
            let store = if suffix == cloud.vault_suffix() {
                KeyStore::Vault(label.to_ascii_lowercase().parse().map_err(named)?)
            } else if suffix == cloud.managed_hsm_suffix() {
                KeyStore::ManagedHsm(label.to_ascii_lowercase().parse().map_err(named)?)
            } else {
                continue;
            };
            return Ok((Self { cloud, store }, path));
        }
        Err(refuse("must be on a host of a vault or a managed HSM"))
    }
}

impl FromStr for VaultUrl {
    type Err = InvalidKeyUri;

    fn from_str(text: &str) -> Result<Self, InvalidKeyUri> {
        let (url, path) = Self::parse_start("vault URL", text)?;
        if !matches!(path, "" | "/") {
            return Err(InvalidKeyUri::new(
                "vault URL",
                "must be a host alone",
                text,
            ));
        }
        Ok(url)
    }
}

impl fmt::Display for VaultUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}/", self.host())
    }
}

impl Serialize for VaultUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VaultUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
