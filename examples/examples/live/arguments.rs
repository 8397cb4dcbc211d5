//! Where the parties are, and what shall be found or made there.

use clap::Parser;
use cmk_core::{Cloud, Location, ResourceGroupName, SubscriptionId, TenantId};
use cosmos_cmk::AccountName;
use cross_tenant_cmk::{
    ApplicationChoice, CustomerReference, DisplayName, IdentityChoice, KeySpec, ProviderSpec,
    VaultChoice,
};
use entra_graph::{IdentityName, UniqueName};
use keyvault_rbac::{KeyName, VaultName};

/// The three phases on real Azure: creates an Azure Cosmos DB account that is encrypted under a key of another tenant.
///
/// Sign in first, as an administrator of each party: `az login --tenant PROVIDER`, then `az login --tenant CUSTOMER`. In the
/// provider's tenant that takes the right to register applications and Contributor on the subscription; in the customer's,
/// Cloud Application Administrator and Owner of the subscription. For another cloud, `az cloud set` comes before.
///
/// It says what it will create and asks before it does. It creates what costs money, and removes nothing: a key vault with
/// purge protection keeps its name for 90 days. Running it again changes nothing. It has never been run against real Azure.
#[derive(Debug, Parser)]
#[command(name = "live")]
pub(crate) struct Arguments {
    /// The provider's tenant
    #[arg(long, value_name = "GUID")]
    pub(crate) provider_tenant: TenantId,
    /// The provider's subscription, where identity and account lie
    #[arg(long, value_name = "GUID")]
    pub(crate) provider_subscription: SubscriptionId,
    /// The customer's tenant, another one
    #[arg(long, value_name = "GUID")]
    pub(crate) customer_tenant: TenantId,
    /// The customer's subscription, where the vault lies
    #[arg(long, value_name = "GUID")]
    pub(crate) customer_subscription: SubscriptionId,
    /// The region of everything, such as westeurope
    #[arg(long, value_name = "REGION")]
    pub(crate) location: Location,
    /// The vault: its name is unique in the world
    #[arg(long, value_name = "NAME")]
    pub(crate) vault: VaultName,
    /// The account: its name is unique in the world
    #[arg(long, value_name = "NAME")]
    pub(crate) account: AccountName,
    /// public, usGovernment or china
    #[arg(long, default_value_t = Cloud::Public)]
    pub(crate) cloud: Cloud,
    /// The unique name of the provider's application
    #[arg(long, value_name = "NAME", default_value = "cross-tenant-cmk")]
    pub(crate) application: UniqueName,
    /// What the customer sees of the application
    #[arg(long, value_name = "TEXT", default_value = "Cross-tenant CMK")]
    pub(crate) application_name: DisplayName,
    /// The provider's managed identity
    #[arg(long, value_name = "NAME", default_value = "cross-tenant-cmk")]
    pub(crate) identity: IdentityName,
    /// The resource group of the identity
    #[arg(long, value_name = "NAME", default_value = "cross-tenant-cmk")]
    pub(crate) identity_group: ResourceGroupName,
    /// The resource group of the vault
    #[arg(long, value_name = "NAME", default_value = "cross-tenant-keys")]
    pub(crate) vault_group: ResourceGroupName,
    /// The key
    #[arg(long, value_name = "NAME", default_value = "cosmos")]
    pub(crate) key: KeyName,
    /// The resource group of the account
    #[arg(long, value_name = "NAME", default_value = "cross-tenant-data")]
    pub(crate) account_group: ResourceGroupName,
    /// How the provider calls the customer; a tag of the account
    #[arg(long, value_name = "TEXT", default_value = "customer-1")]
    pub(crate) customer: CustomerReference,
    /// Create without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

impl Arguments {
    pub(crate) fn provider_spec(&self) -> ProviderSpec {
        ProviderSpec {
            application: ApplicationChoice::Named {
                unique_name: self.application.clone(),
                display_name: self.application_name.clone(),
            },
            identity: IdentityChoice::Named(self.identity.clone()),
            resource_group: self.identity_group.clone(),
            location: self.location.clone(),
            credential_name: None,
        }
    }

    pub(crate) fn key_spec(&self) -> KeySpec {
        let vault = VaultChoice::Named(self.vault.clone());
        let (group, location) = (self.vault_group.clone(), self.location.clone());
        KeySpec::new(vault, self.key.clone(), group, location)
    }
}
