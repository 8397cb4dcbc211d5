//! The client for vaults and their keys over Resource Manager.

use super::{ARM_TABLES, check, delete, list};
use crate::{
    ArmKey, ArmKeysApi, CreateArmKeyOptions, CreateVaultOptions, DeletedVault, KeyName,
    ListVaultsOptions, NameAvailability, NewKey, NewVault, Result, Vault, VaultId, VaultName,
    VaultType, VaultUpdate, VaultsApi,
    wire::{
        arm_key::{ArmKeyWire, NewArmKeyWire},
        vault::{
            DeletedVaultWire, NameAvailabilityWire, NewVaultWire, RecoverVaultWire,
            VaultUpdateWire, VaultWire,
        },
    },
};
use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, Method},
};
use cmk_core::{
    Cloud, Location, ResourceType as _, SubscriptionId, TenantId,
    arm::{self, ArmConnectionSpec},
    lro::{self, Accepted, OperationHandle, OperationsApi, Progress},
    send::{Answer, Connection},
};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// Options of a [`VaultClient`].
#[derive(Debug, Clone)]
pub struct VaultClientOptions {
    /// The api-version. Default `2026-02-01`.
    pub api_version: String,
    /// azure_core's options: transport, policies, retry of reads.
    pub client_options: ClientOptions,
}

impl Default for VaultClientOptions {
    fn default() -> Self {
        Self {
            api_version: String::from("2026-02-01"),
            client_options: ClientOptions::default(),
        }
    }
}

/// A client for vaults and their keys over Resource Manager, in one tenant.
#[derive(Debug, Clone)]
pub struct VaultClient {
    connection: Connection,
    options: Arc<VaultClientOptions>,
}

impl VaultClient {
    /// A client for one tenant: whoever the credential speaks for.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if no connection can be made from the options.
    pub fn new(
        cloud: Cloud,
        credential: Arc<dyn TokenCredential>,
        options: Option<VaultClientOptions>,
    ) -> Result<Self> {
        let options = options.unwrap_or_default();
        let connection = arm::connect(ArmConnectionSpec {
            crate_name: env!("CARGO_PKG_NAME"),
            crate_version: env!("CARGO_PKG_VERSION"),
            cloud,
            credential,
            api_version: options.api_version.clone(),
            rules: ARM_TABLES,
            client_options: options.client_options.clone(),
        })?;
        Ok(Self {
            connection,
            options: Arc::new(options),
        })
    }

    /// A `PUT` of a vault that may go on in the background. Sent once.
    async fn put_vault(
        &self,
        operation: &'static str,
        vault: &VaultId,
        body: &(impl Serialize + Sync),
    ) -> Result<Accepted<Vault>> {
        let path = vault.to_string();
        let answer = self
            .connection
            .request(operation, Method::Put, &path)
            .json(body)
            .send()
            .await?;
        let handle = OperationHandle::from_answer(
            &self.connection,
            operation,
            &answer,
            &path,
            &self.options.api_version,
            false,
        )?;
        Ok(Accepted::new(read_vault(&answer, vault)?, handle))
    }
}

fn read_vault(answer: &Answer, asked: &VaultId) -> Result<Vault> {
    let (wire, received) = answer.decode::<VaultWire>()?;
    wire.into_model(asked.clone(), received)
        .map_err(|error| answer.unreadable(error))
}

fn provider(subscription: SubscriptionId) -> String {
    format!("/subscriptions/{subscription}/providers/Microsoft.KeyVault")
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl VaultsApi for VaultClient {
    async fn create_vault(
        &self,
        vault: &VaultId,
        new: &NewVault,
        _options: Option<CreateVaultOptions>,
    ) -> Result<Accepted<Vault>> {
        check("create_vault", new.refusal())?;
        self.put_vault("create_vault", vault, &NewVaultWire::from(new))
            .await
    }

    async fn get_vault(&self, vault: &VaultId) -> Result<Vault> {
        let answer = self
            .connection
            .request("get_vault", Method::Get, &vault.to_string())
            .send()
            .await?;
        read_vault(&answer, vault)
    }

    async fn update_vault(&self, vault: &VaultId, update: &VaultUpdate) -> Result<Vault> {
        let answer = self
            .connection
            .request("update_vault", Method::Patch, &vault.to_string())
            .json(&VaultUpdateWire::from(update))
            .send()
            .await?;
        read_vault(&answer, vault)
    }

    async fn list_vaults(
        &self,
        subscription: SubscriptionId,
        options: Option<ListVaultsOptions>,
    ) -> Result<Vec<Vault>> {
        let path = match options.unwrap_or_default().resource_group {
            Some(group) => format!(
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/{}",
                VaultType::TYPE
            ),
            None => format!("{}/vaults", provider(subscription)),
        };
        let first = self.connection.request("list_vaults", Method::Get, &path);
        list(
            &self.connection,
            "list_vaults",
            first,
            VaultWire::into_listed,
        )
        .await
    }

    async fn delete_vault(&self, vault: &VaultId) -> Result<()> {
        let request = self
            .connection
            .request("delete_vault", Method::Delete, &vault.to_string());
        delete(request).await.map(|_| ())
    }

    async fn check_vault_name(
        &self,
        subscription: SubscriptionId,
        name: &VaultName,
    ) -> Result<NameAvailability> {
        let path = format!("{}/checkNameAvailability", provider(subscription));
        let answer = self
            .connection
            .request("check_vault_name", Method::Post, &path)
            .target(name.as_str())
            .json(&json!({ "name": name, "type": VaultType::TYPE }))
            .reads()
            .send()
            .await?;
        let (wire, received) = answer.decode::<NameAvailabilityWire>()?;
        Ok(wire.into_model(received))
    }

    async fn get_deleted_vault(
        &self,
        subscription: SubscriptionId,
        location: &Location,
        name: &VaultName,
    ) -> Result<DeletedVault> {
        let path = format!(
            "{}/locations/{location}/deletedVaults/{name}",
            provider(subscription)
        );
        let answer = self
            .connection
            .request("get_deleted_vault", Method::Get, &path)
            .send()
            .await?;
        let (wire, received) = answer.decode::<DeletedVaultWire>()?;
        wire.into_model(received)
            .map_err(|error| answer.unreadable(error))
    }

    async fn list_deleted_vaults(&self, subscription: SubscriptionId) -> Result<Vec<DeletedVault>> {
        let path = format!("{}/deletedVaults", provider(subscription));
        let first = self
            .connection
            .request("list_deleted_vaults", Method::Get, &path);
        list(
            &self.connection,
            "list_deleted_vaults",
            first,
            DeletedVaultWire::into_model,
        )
        .await
    }

    async fn recover_vault(
        &self,
        vault: &VaultId,
        location: &Location,
        tenant: TenantId,
    ) -> Result<Accepted<Vault>> {
        self.put_vault(
            "recover_vault",
            vault,
            &RecoverVaultWire::new(location, tenant),
        )
        .await
    }
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl ArmKeysApi for VaultClient {
    async fn create_key_if_absent(
        &self,
        vault: &VaultId,
        key: &KeyName,
        new: &NewKey,
        _options: Option<CreateArmKeyOptions>,
    ) -> Result<ArmKey> {
        check("create_key_if_absent", new.refusal())?;
        let scope = crate::key_scope(vault, key);
        let answer = self
            .connection
            .request("create_key_if_absent", Method::Put, &scope.to_string())
            .json(&NewArmKeyWire::from(new))
            .send()
            .await?;
        read_key(&answer, vault, key)
    }

    async fn get_arm_key(&self, vault: &VaultId, key: &KeyName) -> Result<ArmKey> {
        let scope = crate::key_scope(vault, key);
        let answer = self
            .connection
            .request("get_arm_key", Method::Get, &scope.to_string())
            .send()
            .await?;
        read_key(&answer, vault, key)
    }
}

fn read_key(answer: &Answer, vault: &VaultId, key: &KeyName) -> Result<ArmKey> {
    let (wire, received) = answer.decode::<ArmKeyWire>()?;
    vault
        .as_resource_id()
        .child("keys", key.as_str())
        .map_err(Into::into)
        .and_then(|id| wire.into_model(id, received))
        .map_err(|error| answer.unreadable(error))
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl OperationsApi for VaultClient {
    async fn poll_operation(&self, handle: &OperationHandle) -> Result<Progress> {
        lro::poll(&self.connection, ARM_TABLES, handle).await
    }

    async fn read_provisioning_state(&self, handle: &OperationHandle) -> Result<Progress> {
        lro::read_resource(&self.connection, ARM_TABLES, handle).await
    }
}
