//! The requests of [`DatabaseAccountsApi`].

use super::DatabaseAccountsClient;
use crate::{
    api::{CreateAccountOptions, DatabaseAccountsApi, ListAccountsOptions, SetIdentitiesOptions},
    models::{
        AccountId, AccountName, DatabaseAccount, DefaultIdentity, IdentityChange, NameAvailability,
        NewDatabaseAccount, RegionAccess, VersionlessKeyUri,
    },
    wire::{account, new_account, region},
};
use azure_core::http::Method;
use cmk_core::{
    Error, Location, Result, SubscriptionId,
    lro::{Accepted, OperationHandle},
    send::{Answer, Connection, Received},
};
use serde::{de::DeserializeOwned, de::IgnoredAny};
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
    ) -> Result<Vec<DatabaseAccount>> {
        let path = match options.unwrap_or_default().resource_group {
            Some(group) => format!(
                "/subscriptions/{subscription}/resourceGroups/{}/providers/Microsoft.DocumentDB/databaseAccounts",
                Connection::segment(group.as_str())
            ),
            None => format!(
                "/subscriptions/{subscription}/providers/Microsoft.DocumentDB/databaseAccounts"
            ),
        };
        let items = self
            .list::<account::Account>("list_accounts", &path)
            .await?;
        let accounts =
            items
                .into_iter()
                .filter_map(|(wire, received)| match wire.id.parse::<AccountId>() {
                    Ok(id) => Some(wire.into_model(id, received)),
                    Err(error) => {
                        tracing::warn!(%error, "an account with an odd id is left out");
                        None
                    }
                });
        Ok(accounts.collect())
    }

    async fn delete_account(&self, id: &AccountId) -> Result<Accepted<()>> {
        let path = id.to_string();
        let sent = self
            .connection
            .request("delete_account", Method::Delete, &path)
            .send()
            .await;
        let answer = match sent {
            Ok(answer) => answer,
            // Absent is fine; a subscription that does not exist is a mistake of the caller.
            Err(Error::NotFound(failure)) if failure.code() != Some("SubscriptionNotFound") => {
                return Ok(Accepted::new((), None));
            }
            Err(error) => return Err(error),
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
        options: Option<SetIdentitiesOptions>,
    ) -> Result<Accepted<DatabaseAccount>> {
        if let Some(reason) = change.refusal() {
            return Err(Error::invalid_input("set_identities", reason));
        }
        let system_assigned = options.unwrap_or_default().system_assigned;
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
        let items = self
            .list::<region::Region>("list_regions", &regions(subscription))
            .await?;
        let regions = items
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

    /// The items of a collection that can be read: one odd item does not cost the others.
    async fn list<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
    ) -> Result<Vec<(T, Received)>> {
        let first = self.connection.request(operation, Method::Get, path);
        let items = self.connection.list::<IgnoredAny>(first).await?;
        let readable = items
            .into_iter()
            .filter_map(|(_, received)| match received.decode::<T>() {
                Ok(wire) => Some((wire, received)),
                Err(error) => {
                    tracing::warn!(operation, %error, "an item that cannot be read is left out");
                    None
                }
            });
        Ok(readable.collect())
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
