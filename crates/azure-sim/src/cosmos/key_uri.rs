//! `keyVaultKeyUri`: which vault or managed HSM and which key an account points to.

use crate::SimCloud;
use serde::{Deserialize, Serialize};

/// A key URI as Azure Cosmos DB accepts it: no version, no trailing slash
/// (<https://learn.microsoft.com/azure/cosmos-db/how-to-setup-cross-tenant-customer-managed-keys>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyUri {
    pub(crate) kind: Kind,
    /// The first label of the host, lower case.
    pub(crate) vault: String,
    /// The key's name as written.
    pub(crate) key: String,
}

/// What holds the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Vault,
    ManagedHsm,
}

impl KeyUri {
    /// Reads a URI whose host must be one of vaults or managed HSMs of the cloud. `None`: the service answers that it is
    /// invalid.
    pub(crate) fn parse(text: &str, cloud: SimCloud) -> Option<Self> {
        let rest = text.strip_prefix("https://")?;
        let (host, path) = rest.split_once('/')?;
        let host = host.strip_suffix(":443").unwrap_or(host).to_lowercase();
        let label = |suffix: &str| host.strip_suffix(suffix)?.strip_suffix('.');
        let (kind, vault) = label(cloud.vault_suffix())
            .map(|vault| (Kind::Vault, vault.to_owned()))
            .or_else(|| Some((Kind::ManagedHsm, label(cloud.hsm_suffix())?.to_owned())))?;
        let key = path.strip_prefix("keys/")?.to_owned();
        let named = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        };
        (named(&vault) && named(&key)).then_some(Self { kind, vault, key })
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyUri, Kind};
    use crate::SimCloud;

    #[test]
    fn a_versionless_uri_names_vault_and_key() {
        let named = |kind, vault: &str, key: &str| KeyUri {
            kind,
            vault: vault.to_owned(),
            key: key.to_owned(),
        };
        for (text, cloud, uri) in [
            (
                "https://My-Vault.vault.azure.net/keys/my-key",
                SimCloud::Public,
                named(Kind::Vault, "my-vault", "my-key"),
            ),
            (
                "https://my-hsm.managedhsm.azure.net/keys/K",
                SimCloud::Public,
                named(Kind::ManagedHsm, "my-hsm", "K"),
            ),
            (
                "https://my-hsm.managedhsm.azure.cn/keys/k",
                SimCloud::China,
                named(Kind::ManagedHsm, "my-hsm", "k"),
            ),
        ] {
            assert_eq!(KeyUri::parse(text, cloud), Some(uri), "{text}");
        }
    }

    #[test]
    fn versions_slashes_and_other_hosts_are_invalid() {
        for text in [
            "http://mykeyvault.vault1.azure2.net3/keys4/mykey",
            "https://v.vault.azure.net/keys/k/0123456789abcdef0123456789abcdef",
            "https://v.vault.azure.net/keys/k/",
            "https://v.vault.azure.net/secrets/k",
            "https://vault.azure.net/keys/k",
            "https://v.vault.azure.com/keys/k",
            "https://v.managedhsm.azure.cn/keys/k",
            "",
        ] {
            assert_eq!(KeyUri::parse(text, SimCloud::Public), None, "{text}");
        }
    }
}
