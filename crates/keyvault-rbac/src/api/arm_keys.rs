//! Keys over Resource Manager: no role on the data plane needed, and no firewall in the way.

use crate::{ArmKey, KeyName, NewKey, Result, VaultId};
use std::fmt;

/// Options of [`ArmKeysApi::create_key_if_absent`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CreateArmKeyOptions {}

/// Keys over Resource Manager. They need no role on the data plane, and the vault's firewall does not concern them.
#[async_trait::async_trait]
pub trait ArmKeysApi: fmt::Debug + Send + Sync {
    /// Creates the first version of a key, or gives back the key that is there, untouched. Idempotent.
    ///
    /// One `PUT`. It never makes a second version and never changes a key: compare what comes back with what was asked for.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such vault; [`Error::Conflict`](crate::Error::Conflict) if a
    /// deleted key holds the name; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.KeyVault/vaults/keys/write` (in Key Vault Contributor, Contributor and Owner).
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/keys/create-if-not-exist)
    async fn create_key_if_absent(
        &self,
        vault: &VaultId,
        key: &KeyName,
        new: &NewKey,
        options: Option<CreateArmKeyOptions>,
    ) -> Result<ArmKey>;

    /// Reads the current version of a key.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.KeyVault/vaults/keys/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/keys/get)
    async fn get_arm_key(&self, vault: &VaultId, key: &KeyName) -> Result<ArmKey>;
}

const _: fn(&dyn ArmKeysApi) = |_| ();
