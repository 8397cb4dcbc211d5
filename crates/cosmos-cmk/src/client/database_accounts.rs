//! The requests of [`DatabaseAccountsApi`].

use super::DatabaseAccountsClient;
use crate::{
    api::{CreateAccountOptions, DatabaseAccountsApi, ListAccountsOptions, SystemAssigned},
    models::{
        AccountId, AccountName, DatabaseAccount, DefaultIdentity, IdentityChange, ListedAccounts,
        NameAvailability, NewDatabaseAccount, RegionAccess, VersionlessKeyUri,
    },
    wire::{account, new_account, region},
};
use azure_core::http::Method;
use cmk_core::{
    Error, Location, Result, SubscriptionId,
    lro::{Accepted, OperationHandle},
    send::{Answer, Connection},
};
use serde_json::Value;

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl DatabaseAccountsApi for DatabaseAccountsClient {
    async fn create_account(
        &self,
        id: &AccountId,
        account: &NewDatabaseAccount,
        _options: Option<CreateAccountOptions>,
    ) -> Result<Accepted<DatabaseAccount>> {
        account.validate()?;
        // https://github.com/Azure/azure-resource-manager-schemas: the first schema that has the member.
        if account.minimal_tls_version.is_some() && *self.api_version < *"2022-11-15" {
            return Err(Error::invalid_input(
                "create_account",
                format!(
                    "minimal TLS version needs api-version 2022-11-15 or later, not {}",
                    self.api_version
                ),
            ));
        }
        self.write(
            "create_account",
            Method::Put,
            id,
            &new_account::create(account),
        )
        .await
    }

    async fn get_account(&self, id: &AccountId) -> Result<DatabaseAccount> {
        let answer = self
            .connection
            .request("get_account", Method::Get, &id.to_string())
            .send()
            .await?;
        read(&answer, id)
    }

    async fn list_accounts(
        &self,
        subscription: SubscriptionId,
        options: Option<ListAccountsOptions>,
    ) -> Result<ListedAccounts> {
        let path = match options.unwrap_or_default().resource_group {
            Some(group) => format!(
                "/subscriptions/{subscription}/resourceGroups/{}/providers/Microsoft.DocumentDB/databaseAccounts",
                Connection::segment(group.as_str())
            ),
            None => format!(
                "/subscriptions/{subscription}/providers/Microsoft.DocumentDB/databaseAccounts"
            ),
        };
        let first = self.connection.request("list_accounts", Method::Get, &path);
        let listed = self
            .connection
            .list_tolerantly::<account::Account>(first)
            .await?;
        let mut accounts = Vec::new();
        let mut unreadable = listed.unreadable;
        for (wire, received) in listed.items {
            match wire.id.parse::<AccountId>() {
                Ok(id) => accounts.push(wire.into_model(id, received)),
                Err(error) => {
                    tracing::warn!(%error, "an account of a list has an odd id");
                    unreadable.push(received);
                }
            }
        }
        Ok(ListedAccounts {
            accounts,
            unreadable,
        })
    }

    async fn delete_account(&self, id: &AccountId) -> Result<Accepted<()>> {
        let path = id.to_string();
        let answer = self
            .connection
            .request("delete_account", Method::Delete, &path)
            .send_to_delete()
            .await?;
        let Some(answer) = answer else {
            return Ok(Accepted::new((), None));
        };
        let operation = OperationHandle::from_answer(
            &self.connection,
            "delete_account",
            &answer,
            &path,
            &self.api_version,
            true,
        )?;
        Ok(Accepted::new((), operation))
    }

    async fn check_account_name(&self, name: &AccountName) -> Result<NameAvailability> {
        let path = format!("/providers/Microsoft.DocumentDB/databaseAccountNames/{name}");
        let answer = self
            .connection
            .request("check_account_name", Method::Head, &path)
            .tolerate(&[404])
            .send()
            .await?;
        Ok(if answer.status() == 404 {
            NameAvailability::Available
        } else {
            NameAvailability::Taken
        })
    }

    async fn set_identities(
        &self,
        id: &AccountId,
        change: &IdentityChange,
        system_assigned: SystemAssigned,
    ) -> Result<Accepted<DatabaseAccount>> {
        if let Some(reason) = change.refusal() {
            return Err(Error::invalid_input("set_identities", reason));
        }
        let body = new_account::set_identities(change, system_assigned);
        self.write("set_identities", Method::Patch, id, &body).await
    }

    async fn set_default_identity(
        &self,
        id: &AccountId,
        identity: &DefaultIdentity,
    ) -> Result<Accepted<DatabaseAccount>> {
        if let Some(reason) = identity.refusal() {
            return Err(Error::invalid_input("set_default_identity", reason));
        }
        let body = new_account::set_default_identity(identity);
        self.write("set_default_identity", Method::Patch, id, &body)
            .await
    }

    async fn set_key_uri(
        &self,
        id: &AccountId,
        key: &VersionlessKeyUri,
    ) -> Result<Accepted<DatabaseAccount>> {
        let body = new_account::set_key_uri(key);
        self.write("set_key_uri", Method::Patch, id, &body).await
    }

    async fn get_region_access(
        &self,
        subscription: SubscriptionId,
        location: &Location,
    ) -> Result<RegionAccess> {
        let path = format!("{}/{location}", regions(subscription));
        let answer = self
            .connection
            .request("get_region_access", Method::Get, &path)
            .send()
            .await?;
        let (wire, received) = answer.decode::<region::Region>()?;
        Ok(wire.into_model(received))
    }

    async fn list_regions(&self, subscription: SubscriptionId) -> Result<Vec<RegionAccess>> {
        let path = regions(subscription);
        let first = self.connection.request("list_regions", Method::Get, &path);
        let listed = self
            .connection
            .list_tolerantly::<region::Region>(first)
            .await?;
        let regions = listed
            .items
            .into_iter()
            .map(|(wire, received)| wire.into_model(received));
        Ok(regions.collect())
    }
}

impl DatabaseAccountsClient {
    /// A write that answers with the account and an operation.
    async fn write(
        &self,
        operation: &'static str,
        method: Method,
        id: &AccountId,
        body: &Value,
    ) -> Result<Accepted<DatabaseAccount>> {
        let path = id.to_string();
        let answer = self
            .connection
            .request(operation, method, &path)
            .json(body)
            .send()
            .await?;
        let handle = OperationHandle::from_answer(
            &self.connection,
            operation,
            &answer,
            &path,
            &self.api_version,
            false,
        )?;
        Ok(Accepted::new(read(&answer, id)?, handle))
    }
}

fn regions(subscription: SubscriptionId) -> String {
    format!("/subscriptions/{subscription}/providers/Microsoft.DocumentDB/locations")
}

/// The account in an answer. Its id is known from the request where the service writes it in a way of its own.
fn read(answer: &Answer, asked: &AccountId) -> Result<DatabaseAccount> {
    let (wire, received) = answer.decode::<account::Account>()?;
    let id = wire.id.parse().unwrap_or_else(|_| asked.clone());
    Ok(wire.into_model(id, received))
}
