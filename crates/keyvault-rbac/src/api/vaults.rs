//! Vaults over Resource Manager.

use crate::{
    DeletedVault, NameAvailability, NewVault, Result, Vault, VaultId, VaultName, VaultUpdate,
};
use cmk_core::{Location, ResourceGroupName, SubscriptionId, TenantId, lro::Accepted};
use std::fmt;

/// Options of [`VaultsApi::create_vault`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CreateVaultOptions {}

/// Options of [`VaultsApi::list_vaults`].
#[derive(Debug, Clone, Default)]
pub struct ListVaultsOptions {
    /// Only those of this resource group.
    pub resource_group: Option<ResourceGroupName>,
}

/// Vaults over Resource Manager.
#[async_trait::async_trait]
pub trait VaultsApi: fmt::Debug + Send + Sync {
    /// Creates a vault with Azure RBAC, soft delete and purge protection. Sent once.
    ///
    /// One `PUT`. While the operation goes on, the vault's host cannot be resolved: wait for it before using a key. The
    /// request replaces a vault of the same id: look whether there is one first.
    ///
    /// * `vault`: its id; the name is unique over all tenants, deleted vaults included
    /// * `new`: what it shall be
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) if a vault of any tenant holds the name, or a deleted one of this
    /// subscription, which the help tells apart; [`Error::InvalidRequest`](crate::Error::InvalidRequest) for a retention
    /// outside 7 to 90 days, or another one than the vault has; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.KeyVault/vaults/write`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/create-or-update)
    async fn create_vault(
        &self,
        vault: &VaultId,
        new: &NewVault,
        options: Option<CreateVaultOptions>,
    ) -> Result<Accepted<Vault>>;

    /// Reads a vault.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none (a deleted one counts as none);
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/vaults/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/get)
    async fn get_vault(&self, vault: &VaultId) -> Result<Vault>;

    /// Changes settings of a vault; what the update does not name stays. Idempotent.
    ///
    /// One `PATCH`. Soft delete and purge protection can be turned on only, never off.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.KeyVault/vaults/write`, and for turning on Azure RBAC without an unconditional
    /// `Microsoft.Authorization/roleAssignments/write`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/update)
    async fn update_vault(&self, vault: &VaultId, update: &VaultUpdate) -> Result<Vault>;

    /// Lists the vaults of a subscription, or of one of its resource groups.
    ///
    /// One `GET` per page. A vault whose id or location cannot be read is left out, with a warning in the trace.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/vaults/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription)
    async fn list_vaults(
        &self,
        subscription: SubscriptionId,
        options: Option<ListVaultsOptions>,
    ) -> Result<Vec<Vault>>;

    /// Deletes a vault, softly: it can be recovered for the whole retention, and its name stays taken. Absent is fine.
    ///
    /// One `DELETE`. Role assignments on the vault and its keys are gone for good.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/vaults/delete`;
    /// [`Error::Conflict`](crate::Error::Conflict) under a management lock.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/delete)
    async fn delete_vault(&self, vault: &VaultId) -> Result<()>;

    /// Asks whether the name of a vault can be had. Changes nothing.
    ///
    /// One `POST`. The name can be taken between the question and the creation.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/checkNameAvailability/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/check-name-availability)
    async fn check_vault_name(
        &self,
        subscription: SubscriptionId,
        name: &VaultName,
    ) -> Result<NameAvailability>;

    /// Reads a deleted vault that can still be recovered.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if no such vault is kept there;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/locations/deletedVaults/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/get-deleted)
    async fn get_deleted_vault(
        &self,
        subscription: SubscriptionId,
        location: &Location,
        name: &VaultName,
    ) -> Result<DeletedVault>;

    /// Lists the deleted vaults of a subscription that can still be recovered.
    ///
    /// One `GET` per page. A vault whose id or location cannot be read is left out, with a warning in the trace.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/deletedVaults/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-deleted)
    async fn list_deleted_vaults(&self, subscription: SubscriptionId) -> Result<Vec<DeletedVault>>;

    /// Recovers a deleted vault with its keys. Sent once.
    ///
    /// One `PUT` with `createMode` `recover`. Role assignments on the vault and its keys do **not** come back: make them anew.
    ///
    /// * `vault`: the id that it had
    /// * `location`: the region that it was in
    /// * `tenant`: its tenant
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if no such vault is kept; [`Error::Forbidden`](crate::Error::Forbidden)
    /// without `Microsoft.KeyVault/vaults/write`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/create-or-update)
    async fn recover_vault(
        &self,
        vault: &VaultId,
        location: &Location,
        tenant: TenantId,
    ) -> Result<Accepted<Vault>>;
}

const _: fn(&dyn VaultsApi) = |_| ();
