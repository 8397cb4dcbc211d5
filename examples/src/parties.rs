//! A provider and a customer on a simulated Azure, each played by the other's examples.

use crate::{Failed, key_spec, provider_spec};
use azure_core::{credentials::TokenCredential, http::ClientOptions};
use azure_sim::{Lag, Sim, SimOptions, TwoTenants};
use cmk_core::{Cloud, settle::pause};
use cross_tenant_cmk::{
    Customer, CustomerClients, Grant, Offer, Provider, ProviderClients, ProviderSetup,
    TenantContext, grant_access, set_up_provider,
};
use std::{sync::Arc, time::Duration};

/// How long a new role can take until a vault honours it: ten minutes, says Azure. The provider cannot see it from outside.
pub const SPREAD: Duration = Duration::from_secs(600);

/// Two parties, each with a tenant, a subscription and an administrator.
#[derive(Debug)]
#[non_exhaustive]
pub struct Parties {
    /// The Azure that both are in.
    pub sim: Sim,
    /// Fabrikam, who keeps the data.
    pub provider: TenantContext<Provider>,
    /// Contoso, who holds the key.
    pub customer: TenantContext<Customer>,
    /// Fabrikam's administrator.
    pub provider_credential: Arc<dyn TokenCredential>,
    /// Contoso's administrator.
    pub customer_credential: Arc<dyn TokenCredential>,
}

impl Parties {
    /// Both parties on an Azure of their own, on an ordinary day. Ids are the same in every process.
    ///
    /// # Errors
    /// None on the simulator: no client is refused.
    pub fn typical() -> Result<Self, Failed> {
        Self::new(SimOptions {
            lag: Lag::typical(),
            ..Default::default()
        })
    }

    /// Both parties on an Azure of their own.
    ///
    /// # Errors
    /// None on the simulator: no client is refused.
    pub fn new(options: SimOptions) -> Result<Self, Failed> {
        let TwoTenants {
            sim,
            provider,
            customer,
            ..
        } = TwoTenants::new(options);
        let clients = Some(client_options(&sim));
        Ok(Self {
            provider: TenantContext::new(
                Cloud::Public,
                provider.tenant_id.parse()?,
                provider.subscription_id.parse()?,
                ProviderClients::new(
                    Cloud::Public,
                    Arc::clone(&provider.credential),
                    clients.clone(),
                )?,
            ),
            customer: TenantContext::new(
                Cloud::Public,
                customer.tenant_id.parse()?,
                customer.subscription_id.parse()?,
                CustomerClients::new(Cloud::Public, Arc::clone(&customer.credential), clients)?,
            ),
            sim,
            provider_credential: provider.credential,
            customer_credential: customer.credential,
        })
    }

    /// Options for a client of the simulated Azure.
    #[must_use]
    pub fn client_options(&self) -> ClientOptions {
        client_options(&self.sim)
    }

    /// Plays the provider up to its Offer, for examples about the customer.
    ///
    /// # Errors
    /// If phase 1 does not finish.
    pub async fn play_provider(&self) -> Result<ProviderSetup, Failed> {
        let done = set_up_provider(&self.provider, &provider_spec()?, None).await?;
        Ok(done.output)
    }

    /// Plays the customer up to its Grant, and waits until the role has spread, for examples about the provider.
    ///
    /// # Errors
    /// If phase 2 does not finish.
    pub async fn play_customer(&self, offer: &Offer) -> Result<Grant, Failed> {
        let provider = self.provider.tenant();
        let done = grant_access(&self.customer, offer, provider, &key_spec()?, None).await?;
        pause(SPREAD).await;
        Ok(done.output)
    }
}

fn client_options(sim: &Sim) -> ClientOptions {
    ClientOptions {
        transport: Some(sim.transport()),
        ..Default::default()
    }
}
