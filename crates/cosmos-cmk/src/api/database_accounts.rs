//! Accounts, as far as encryption needs them.

use crate::models::{
    AccountId, AccountName, DatabaseAccount, DefaultIdentity, IdentityChange, ListedAccounts,
    NameAvailability, NewDatabaseAccount, RegionAccess, VersionlessKeyUri,
};
use cmk_core::{Location, ResourceGroupName, Result, SubscriptionId, lro::Accepted};
use std::fmt;

/// Options of [`DatabaseAccountsApi::create_account`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CreateAccountOptions {}

/// Options of [`DatabaseAccountsApi::list_accounts`].
#[derive(Debug, Clone, Default)]
pub struct ListAccountsOptions {
    /// Only those of this resource group.
    pub resource_group: Option<ResourceGroupName>,
}

/// Whether an account has its own (system-assigned) identity after a change of identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an account has one or has not")]
pub enum SystemAssigned {
    /// It has none: one that it had is removed. If the default identity stands on it, the account loses its key.
    Absent,
    /// It has one: one that it had stays the same.
    Present,
}

/// Accounts of Cosmos DB, as far as encryption needs them. Every method is one request.
///
/// The service mixes no changes: `identity`, `defaultIdentity` and `keyVaultKeyUri` are three methods here, each of which
/// starts an operation to be waited for before the next. Some mixtures are refused, others are accepted and silently ignored
/// ([issue](https://github.com/hashicorp/terraform-provider-azurerm/pull/21780)).
#[async_trait::async_trait]
pub trait DatabaseAccountsApi: fmt::Debug + Send + Sync {
    /// Creates an account. It must not exist yet: on an existing one the request would replace its settings.
    ///
    /// One `PUT`, sent once, which answers 200 while the creation goes on for minutes: wait for the operation. A creation that
    /// fails leaves an account behind that can only be deleted, and must be before the next try.
    ///
    /// * `account`: checked with [`NewDatabaseAccount::validate`] before anything is sent
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) for what is refused before or after sending;
    /// [`Error::Conflict`](crate::Error::Conflict) if the name is taken, or a failed creation is in the way;
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) if no usable answer came: read the account first;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.DocumentDB/databaseAccounts/write` on the resource group and
    /// `Microsoft.ManagedIdentity/userAssignedIdentities/assign/action` on the identity. Whether the key can be used is known
    /// only to the operation: [`Error::OperationFailed`](crate::Error::OperationFailed), from its poll.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/create-or-update)
    async fn create_account(
        &self,
        id: &AccountId,
        account: &NewDatabaseAccount,
        options: Option<CreateAccountOptions>,
    ) -> Result<Accepted<DatabaseAccount>>;

    /// Reads an account.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.DocumentDB/databaseAccounts/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/get)
    async fn get_account(&self, id: &AccountId) -> Result<DatabaseAccount>;

    /// Lists the accounts of a subscription, or of one of its resource groups.
    ///
    /// One `GET`, or more if the service answers in pages. An account whose id or body this crate cannot read, such as one with
    /// a name from before today's rules, stands apart as received: who decides on the whole list must look there too.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.DocumentDB/databaseAccounts/read`;
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such subscription or group.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/list)
    async fn list_accounts(
        &self,
        subscription: SubscriptionId,
        options: Option<ListAccountsOptions>,
    ) -> Result<ListedAccounts>;

    /// Deletes an account with all of its data. Absent is fine.
    ///
    /// One `DELETE`, sent once, which goes on for minutes: wait for the operation, if one comes back. It works on an account
    /// that has lost its key, too. The name may be refused for a while afterwards.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) under a management lock, or (hint [`Hint::Busy`](crate::Hint::Busy)) while another
    /// operation holds the account; [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.DocumentDB/databaseAccounts/delete`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/delete)
    async fn delete_account(&self, id: &AccountId) -> Result<Accepted<()>>;

    /// Whether a name is free in the whole cloud.
    ///
    /// One `HEAD`.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`](crate::Error::Unauthenticated) without a valid token; no permission is needed.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/check-name-exists)
    async fn check_account_name(&self, name: &AccountName) -> Result<NameAvailability>;

    /// Gives an account user-assigned identities, takes some away, or both. Those that are not named stay.
    ///
    /// One `PATCH` of `identity` alone, sent once: wait for the operation. The service lets the identity go on which the default
    /// identity stands, without error, and the account loses its key: look first.
    ///
    /// * `system_assigned`: what becomes of the account's own identity. The request names the whole type of identity, so it has
    ///   to say: read the account first
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if the change is empty, names an identity twice or something that is none;
    /// [`Error::Conflict`](crate::Error::Conflict) with [`Hint::Busy`](crate::Hint::Busy) while another operation holds the account;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.DocumentDB/databaseAccounts/write` and
    /// `Microsoft.ManagedIdentity/userAssignedIdentities/assign/action`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/update)
    async fn set_identities(
        &self,
        id: &AccountId,
        change: &IdentityChange,
        system_assigned: SystemAssigned,
    ) -> Result<Accepted<DatabaseAccount>>;

    /// Sets in whose name an account asks for its key. A managed identity must be on the account already.
    ///
    /// One `PATCH` of `properties.defaultIdentity` alone, sent once: wait for the operation, then read the account again. It is
    /// allowed on an account that has lost its key, and is one of the ways back.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) for a form that Azure refuses, such as
    /// [`DefaultIdentity::Undefined`], and for leaving the cross-tenant form;
    /// [`Error::Conflict`](crate::Error::Conflict) with [`Hint::Busy`](crate::Hint::Busy) while another operation holds the account;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.DocumentDB/databaseAccounts/write`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/update)
    async fn set_default_identity(
        &self,
        id: &AccountId,
        identity: &DefaultIdentity,
    ) -> Result<Accepted<DatabaseAccount>>;

    /// Sets the key of an account: another key of the same tenant, or the first one of an account that had none.
    ///
    /// One `PATCH` of `properties.keyVaultKeyUri` alone, sent once: wait for the operation. Both keys must stay usable until it has
    /// ended and for 24 hours more. It can never be undone: an account with a customer-managed key keeps having one, and stays with
    /// the tenant of its key.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if the key is in another tenant than the present one;
    /// [`Error::Conflict`](crate::Error::Conflict) for an account that has lost its key, and with [`Hint::Busy`](crate::Hint::Busy) while
    /// another operation holds the account;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.DocumentDB/databaseAccounts/write`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/update)
    async fn set_key_uri(
        &self,
        id: &AccountId,
        key: &VersionlessKeyUri,
    ) -> Result<Accepted<DatabaseAccount>>;

    /// Reads what a subscription may do in a region. Worth asking before a creation, which would otherwise fail late.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for a region without Cosmos DB; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.DocumentDB/locations/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/locations/get)
    async fn get_region_access(
        &self,
        subscription: SubscriptionId,
        location: &Location,
    ) -> Result<RegionAccess>;

    /// Lists the regions of Cosmos DB with what a subscription may do in each. A region that this crate cannot read is left out with
    /// a warning.
    ///
    /// One `GET`, or more if the service answers in pages.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.DocumentDB/locations/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/locations/list)
    async fn list_regions(&self, subscription: SubscriptionId) -> Result<Vec<RegionAccess>>;
}

const _: fn(&dyn DatabaseAccountsApi) = |_| ();
