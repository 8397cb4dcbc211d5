//! The two parties of cross-tenant keys, each with a tenant, a subscription and an administrator.

use crate::{DirectoryRole, Principal, Sim, SimOptions, TenantHandle};
use azure_core::credentials::TokenCredential;
use std::sync::Arc;

/// One party: its tenant, its subscription, and an administrator of both.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Party {
    /// The tenant.
    pub tenant: TenantHandle,
    /// The tenant's id.
    pub tenant_id: String,
    /// The subscription's id.
    pub subscription_id: String,
    /// A user who is Owner of the subscription and Application Administrator of the directory.
    pub admin: Principal,
    /// The administrator's credential.
    pub credential: Arc<dyn TokenCredential>,
}

/// An Azure with a provider and a customer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TwoTenants {
    /// The Azure.
    pub sim: Sim,
    /// The SaaS provider.
    pub provider: Party,
    /// The customer who owns the key.
    pub customer: Party,
}

/// The resource providers that the flow uses.
pub(crate) const PROVIDERS: [&str; 3] = [
    "Microsoft.KeyVault",
    "Microsoft.DocumentDB",
    "Microsoft.ManagedIdentity",
];

impl TwoTenants {
    /// Both parties, with every resource provider that they need registered.
    #[must_use]
    pub fn new(options: SimOptions) -> Self {
        let both = Self::unregistered(options);
        for party in [&both.provider, &both.customer] {
            both.sim
                .register_providers(&party.subscription_id, &PROVIDERS);
        }
        both
    }

    /// Both parties, with no resource provider registered.
    #[must_use]
    pub fn unregistered(options: SimOptions) -> Self {
        let sim = Sim::new(options);
        Self {
            provider: party(&sim, "provider"),
            customer: party(&sim, "customer"),
            sim,
        }
    }
}

fn party(sim: &Sim, name: &str) -> Party {
    let tenant = sim.add_tenant(name);
    let subscription_id = sim.add_subscription(&tenant);
    let admin = sim.add_user(
        &tenant,
        &format!("admin@{name}.example"),
        &[DirectoryRole::ApplicationAdministrator],
    );
    // Owner is in the table of built-in roles, so this always grants.
    let _ = sim.grant(
        &admin,
        "Owner",
        &format!("/subscriptions/{subscription_id}"),
    );
    Party {
        tenant_id: tenant.id.clone(),
        credential: sim.credential(&admin),
        tenant,
        subscription_id,
        admin,
    }
}
