//! A chain that is there from the start: what the first two phases would have left, for tests of what comes after them.

use crate::{
    Principal, SimOptions, SimRequest, TwoTenants,
    arm::{ManagedIdentity, ResourceGroup},
    directory::{Application, FederatedCredential, PrincipalKind, ServicePrincipal},
    past::Past,
    spread::Spread,
    world::World,
};
use azure_core::http::Url;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Everything that an account under a customer's key needs. Made by [`TwoTenants::with_chain`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chain {
    /// The provider's managed identity: its resource id.
    pub identity_id: String,
    /// The provider's multitenant application: its client id.
    pub client_id: String,
    /// The application's service principal in the customer's tenant: its object id.
    pub principal_id: String,
    /// The customer's vault: its resource id.
    pub vault_id: String,
    /// The customer's key, without version.
    pub key_uri: String,
}

/// The role that the chain's service principal has on its key.
pub(crate) const KEY_ROLE: &str = "Key Vault Crypto Service Encryption User";

impl TwoTenants {
    /// Both parties, each with a resource group `rg`, and a whole chain between them: identity, application, federated
    /// identity credential, service principal, vault `contoso-keys`, RSA key `cosmos`, and the role on it, known everywhere at once.
    /// Only the new vault's host takes as long as [`Lag::vault_dns`](crate::Lag::vault_dns) says.
    #[must_use]
    pub fn with_chain(options: SimOptions) -> (Self, Chain) {
        let both = Self::new(options);
        let ids = ChainIds::drawn(&mut both.sim.world());
        for party in [&both.provider, &both.customer] {
            seed_group(&mut both.sim.world(), &party.subscription_id);
        }
        let group = format!(
            "/subscriptions/{}/resourceGroups/rg",
            both.customer.subscription_id
        );
        let vault_id = format!("{group}/providers/Microsoft.KeyVault/vaults/contoso-keys");
        let key_id = format!("{vault_id}/keys/cosmos");
        both.put_as_customer(
            &vault_id,
            &json!({
                "location": "eastus2",
                "properties": {
                    "tenantId": both.customer.tenant_id,
                    "sku": { "family": "A", "name": "standard" },
                    "accessPolicies": [],
                    "enableRbacAuthorization": true,
                    "enableSoftDelete": true,
                    "enablePurgeProtection": true,
                },
            }),
        );
        both.put_as_customer(&key_id, &json!({ "properties": { "kty": "RSA" } }));
        let identity_id = both.identity_id();
        seed_directory(&both, &ids);
        let principal = Principal {
            tenant_id: both.customer.tenant_id.clone(),
            object_id: ids.app_principal.clone(),
            app_id: Some(ids.client.clone()),
            name: "app".to_owned(),
        };
        // The role is in the table of built-in roles, so this always grants.
        let _ = both.sim.grant(&principal, KEY_ROLE, &key_id);
        let suffix = both.sim.glance().options.cloud.vault_suffix();
        let chain = Chain {
            identity_id,
            client_id: ids.client,
            principal_id: ids.app_principal,
            vault_id,
            key_uri: format!("https://contoso-keys.{suffix}/keys/cosmos"),
        };
        (both, chain)
    }

    pub(crate) fn identity_id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cmk",
            self.provider.subscription_id
        )
    }

    fn put_as_customer(&self, path: &str, body: &Value) {
        let (now, arm) = {
            let world = self.sim.glance();
            (world.now, world.options.cloud.arm_host())
        };
        let token = self
            .sim
            .token(&self.customer.admin, &format!("https://{arm}/.default"))
            .unwrap_or_default();
        // A host of the simulator's own and a path of its own ids: always a URL.
        if let Ok(url) = Url::parse(&format!("https://{arm}{path}?api-version=2026-02-01")) {
            let request = SimRequest::new("PUT", url).bearer(&token).json(body);
            self.sim.handle(now, request);
        }
    }
}

/// The ids that the directory gives to the parts of a chain.
pub(crate) struct ChainIds {
    pub(crate) app_object: String,
    pub(crate) client: String,
    pub(crate) app_principal: String,
    pub(crate) identity_principal: String,
    pub(crate) identity_client: String,
    pub(crate) credential: String,
}

impl ChainIds {
    fn drawn(world: &mut World) -> Self {
        Self {
            app_object: world.new_guid(),
            client: world.new_guid(),
            app_principal: world.new_guid(),
            identity_principal: world.new_guid(),
            identity_client: world.new_guid(),
            credential: world.new_guid(),
        }
    }
}

/// A resource group `rg`.
pub(crate) fn seed_group(world: &mut World, subscription: &str) {
    let id = format!("/subscriptions/{subscription}/resourceGroups/rg");
    let group = ResourceGroup {
        id: id.clone(),
        name: "rg".to_owned(),
        location: "eastus2".to_owned(),
        tags: json!({}),
        managed_by: None,
        deleting: false,
    };
    world.arm.groups.insert(id.to_lowercase(), group);
}

/// Identity, application, credential and both service principals, known everywhere.
pub(crate) fn seed_directory(both: &TwoTenants, ids: &ChainIds) {
    let (provider, customer) = (&both.provider, &both.customer);
    let id = both.identity_id();
    let world = &mut *both.sim.world();
    let now = world.now;
    let cloud = world.options.cloud;
    world.arm.identities.insert(
        id.to_lowercase(),
        ManagedIdentity {
            id,
            name: "cmk".to_owned(),
            location: "eastus2".to_owned(),
            tags: json!({}),
            tenant: provider.tenant_id.clone(),
            principal_id: ids.identity_principal.clone(),
            client_id: ids.identity_client.clone(),
            isolation_scope: None,
            credentials: Vec::new(),
        },
    );
    world.directory.applications.push(Application {
        tenant: provider.tenant_id.clone(),
        id: ids.app_object.clone(),
        app_id: ids.client.clone(),
        display_name: "app".to_owned(),
        unique_name: None,
        sign_in_audience: "AzureADMultipleOrgs".to_owned(),
        created: now,
        owners: Vec::new(),
        extra: BTreeMap::new(),
        secrets: Vec::new(),
        credentials: vec![FederatedCredential {
            id: ids.credential.clone(),
            name: "cmk".to_owned(),
            issuer: cloud.issuer(&provider.tenant_id),
            subject: ids.identity_principal.clone(),
            description: None,
            audiences: vec![cloud.exchange_audience().to_owned()],
            visible: Spread::at(now),
            effective: Spread::at(now),
            past: Past::default(),
            past_honoured: Past::default(),
        }],
        removed_credentials: Past::default(),
        removed_honoured: Past::default(),
        deleted: None,
        visible: Spread::at(now),
        visible_abroad: Spread::at(now),
        past: Past::default(),
    });
    let principal = |tenant: &str, id: &str, app_id: &str, kind| ServicePrincipal {
        tenant: tenant.to_owned(),
        id: id.to_owned(),
        app_id: app_id.to_owned(),
        display_name: "app".to_owned(),
        kind,
        enabled: true,
        roles: Vec::new(),
        created: now,
        extra: BTreeMap::new(),
        deleted: None,
        visible: Spread::at(now),
        tokens_from: Spread::at(now),
        arm_from: Spread::at(now),
        past: Past::default(),
    };
    world.directory.service_principals.extend([
        principal(
            &provider.tenant_id,
            &ids.identity_principal,
            &ids.identity_client,
            PrincipalKind::ManagedIdentity,
        ),
        principal(
            &customer.tenant_id,
            &ids.app_principal,
            &ids.client,
            PrincipalKind::Application,
        ),
    ]);
}
