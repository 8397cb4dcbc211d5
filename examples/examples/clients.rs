//! The clients by themselves, without the facade: a method is one request, and what goes on afterwards is a handle to wait for.
//!
//! `cargo run --example clients`
#![expect(clippy::print_stdout, reason = "examples talk to people")]

use cmk_core::{
    ArmClient, ArmClientOptions, Cloud, ResourceGroupName, ResourceGroupsApi as _,
    lro::{WaitOptions, wait_until_done},
};
use cosmos_cmk::{DatabaseAccountsApi as _, DatabaseAccountsClient, DatabaseAccountsClientOptions};
use entra_graph::{
    ApplicationsApi as _, GraphClient, GraphClientOptions, NewApplication, Upserted,
};
use examples::{Failed, Parties};
use keyvault_rbac::{
    ArmKeysApi as _, NewKey, NewVault, RsaKeySize, VaultClient, VaultClientOptions, VaultId,
    VaultsApi as _,
};
use std::sync::Arc;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Failed> {
    let parties = Parties::typical()?;
    application(&parties).await?;
    vault_and_key(&parties).await?;
    accounts(&parties).await
}

/// `entra-graph`: Microsoft Graph in the provider's tenant. On real Azure the credential is one of azure_identity, and no options
/// are needed.
async fn application(parties: &Parties) -> Result<(), Failed> {
    let options = GraphClientOptions {
        client_options: parties.client_options(),
        ..Default::default()
    };
    let credential = Arc::clone(&parties.provider_credential);
    let graph = GraphClient::new(Cloud::Public, credential, Some(options))?;
    let (name, new) = ("fabrikam-cmk".parse()?, NewApplication::new("Fabrikam"));
    match graph
        .create_application_if_missing(&name, &new, None)
        .await?
    {
        Upserted::Created(made) => println!("application {name} has client id {}", made.client_id),
        Upserted::Updated => println!("application {name} was there"),
    }
    Ok(())
}

/// `keyvault-rbac`: Resource Manager in the customer's tenant.
async fn vault_and_key(parties: &Parties) -> Result<(), Failed> {
    let (tenant, subscription) = (parties.customer.tenant(), parties.customer.subscription());
    let credential = &parties.customer_credential;
    let options = ArmClientOptions {
        client_options: parties.client_options(),
        ..Default::default()
    };
    let groups = ArmClient::new(Cloud::Public, Arc::clone(credential), Some(options))?;
    let options = VaultClientOptions {
        client_options: parties.client_options(),
        ..Default::default()
    };
    let vaults = VaultClient::new(Cloud::Public, Arc::clone(credential), Some(options))?;

    let (group, location): (ResourceGroupName, _) = ("keys".parse()?, "westeurope".parse()?);
    groups
        .put_resource_group(subscription, &group, &location, None)
        .await?;
    let vault = VaultId::new(subscription, &group, &"contoso-keys".parse()?)?;
    let new = NewVault::new(location, tenant);
    let accepted = vaults.create_vault(&vault, &new, None).await?;
    if let Some(operation) = accepted.operation {
        wait_until_done(&vaults, &operation, &WaitOptions::default()).await?;
    }
    let (name, new) = ("cosmos".parse()?, NewKey::rsa(RsaKeySize::Bits3072));
    let key = vaults
        .create_key_if_absent(&vault, &name, &new, None)
        .await?;
    println!("key {}", key.key_uri);
    Ok(())
}

/// `cosmos-cmk`: what is worth asking before an account is created.
async fn accounts(parties: &Parties) -> Result<(), Failed> {
    let options = DatabaseAccountsClientOptions {
        client_options: parties.client_options(),
        ..Default::default()
    };
    let credential = Arc::clone(&parties.provider_credential);
    let accounts = DatabaseAccountsClient::new(Cloud::Public, credential, Some(options))?;
    let name = "contoso-orders".parse()?;
    let available = accounts.check_account_name(&name).await?;
    println!("account name {name}: {available:?}");
    let (subscription, location) = (parties.provider.subscription(), "westeurope".parse()?);
    let region = accounts.get_region_access(subscription, &location).await?;
    println!("region {}: {:?}", region.name, region.status);
    Ok(())
}
