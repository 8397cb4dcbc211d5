//! Vaults, keys and accounts, each by a request of its own.

use azure_sim::{Chain, Principal, Reply, SimRequest, TwoTenants};
use serde_json::{Value, json};
use std::{error::Error, time::Duration};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const ARM: &str = "https://management.azure.com";

pub(crate) struct Scale<'a> {
    azure: &'a TwoTenants,
    chain: &'a Chain,
    /// Ids of the resource groups of provider and customer.
    groups: [String; 2],
}

impl<'a> Scale<'a> {
    /// Both roles on the customer's whole group: what the accounts need, and what reading a key needs.
    pub(crate) fn new(azure: &'a TwoTenants, chain: &'a Chain) -> Outcome<Self> {
        let groups = [&azure.provider, &azure.customer]
            .map(|party| format!("/subscriptions/{}/resourceGroups/rg", party.subscription_id));
        let mut app = azure.customer.admin.clone();
        app.object_id.clone_from(&chain.principal_id);
        let roles = [
            (&app, "Key Vault Crypto Service Encryption User"),
            (&azure.customer.admin, "Key Vault Reader"),
        ];
        for (who, role) in roles {
            if !azure.sim.grant(who, role, &groups[1]) {
                return Err(format!("there is no role {role}").into());
            }
        }
        Ok(Self {
            azure,
            chain,
            groups,
        })
    }

    pub(crate) fn make(&self, one: usize) -> Outcome {
        let [provider, customer] = &self.groups;
        let (own, other) = (&self.azure.provider.admin, &self.azure.customer.admin);
        let vault = format!("{customer}/providers/Microsoft.KeyVault/vaults/scale-{one}");
        let settings = json!({"location": "eastus2", "properties": {
            "tenantId": self.azure.customer.tenant_id, "accessPolicies": [],
            "sku": {"family": "A", "name": "standard"}, "enablePurgeProtection": true,
        }});
        self.put(other, &format!("{vault}?api-version=2026-02-01"), &settings)?;
        let key = json!({"properties": {"kty": "RSA"}});
        self.put(
            other,
            &format!("{vault}/keys/cmk?api-version=2026-02-01"),
            &key,
        )?;
        // Shown here for the first time, so this is when its modulus is made.
        let key = format!("https://scale-{one}.vault.azure.net/keys/cmk");
        let read = SimRequest::new("GET", format!("{key}?api-version=7.4").parse()?);
        self.send(other, "https://vault.azure.net", read)?;
        let account =
            format!("{provider}/providers/Microsoft.DocumentDB/databaseAccounts/scale-{one}");
        let (identity, client) = (&self.chain.identity_id, &self.chain.client_id);
        let settings = json!({
            "location": "eastus2",
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}},
            "properties": {
                "locations": [{"locationName": "eastus2", "failoverPriority": 0}],
                "databaseAccountOfferType": "Standard",
                "keyVaultKeyUri": key,
                "defaultIdentity": format!("UserAssignedIdentity={identity}&FederatedClientId={client}"),
            },
        });
        self.put(own, &format!("{account}?api-version=2024-11-15"), &settings)
    }

    fn put(&self, who: &Principal, path: &str, body: &Value) -> Outcome {
        let request = SimRequest::new("PUT", format!("{ARM}{path}").parse()?);
        self.send(who, ARM, request.json(body))
    }

    fn send(&self, who: &Principal, audience: &str, request: SimRequest) -> Outcome {
        let what = format!("{request:?}");
        let token = self.azure.sim.token(who, audience).ok_or("no token")?;
        match self
            .azure
            .sim
            .handle(Duration::ZERO, request.bearer(&token))
        {
            Reply::Answer(answer) if answer.is_success() => Ok(()),
            other => Err(format!("{what}: {other:?}").into()),
        }
    }
}
