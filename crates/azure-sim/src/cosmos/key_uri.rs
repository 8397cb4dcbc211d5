//! `keyVaultKeyUri`: which vault and which key an account points to.

use serde::{Deserialize, Serialize};

/// A key URI as Azure Cosmos DB accepts it: no version, no trailing slash
/// (<https://learn.microsoft.com/azure/cosmos-db/how-to-setup-cross-tenant-customer-managed-keys>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyUri {
    /// The first label of the host, lower case.
    pub(crate) vault: String,
    /// The key's name as written.
    pub(crate) key: String,
}

impl KeyUri {
    /// Reads a URI whose host must end in the vault suffix of the cloud. `None`: the service answers that it is invalid.
    pub(crate) fn parse(text: &str, vault_suffix: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://")?;
        let (host, path) = rest.split_once('/')?;
        let host = host.strip_suffix(":443").unwrap_or(host).to_lowercase();
        let vault = host
            .strip_suffix(vault_suffix)?
            .strip_suffix('.')?
            .to_owned();
        let key = path.strip_prefix("keys/")?.to_owned();
        let named = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        };
        (named(&vault) && named(&key)).then_some(Self { vault, key })
    }
}

#[cfg(test)]
mod tests {
    use super::KeyUri;

    #[test]
    fn a_versionless_uri_names_vault_and_key() {
        let uri = KeyUri::parse(
            "https://My-Vault.vault.azure.net/keys/my-key",
            "vault.azure.net",
        )
        .unwrap();
        assert_eq!(
            (uri.vault.as_str(), uri.key.as_str()),
            ("my-vault", "my-key")
        );
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
            "",
        ] {
            assert_eq!(KeyUri::parse(text, "vault.azure.net"), None, "{text}");
        }
    }
}
