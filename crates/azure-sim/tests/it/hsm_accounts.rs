//! Accounts of Azure Cosmos DB whose key is in a managed HSM.

use crate::kit::{As, HSM, text};
use azure_sim::{Chain, SimOptions, Throttling, TwoTenants};
use serde_json::{Value, json};

const CONFIRMED: &str = "Access to the configured customer managed key confirmed. ";

struct Scene {
    azure: TwoTenants,
    chain: Chain,
}

impl Scene {
    /// A chain whose key is in a managed HSM: activated, with an RSA key `cosmos`, and purge protection as told. Nobody has
    /// a role on the key.
    fn new(purge_protection: bool) -> Self {
        let (azure, chain) = TwoTenants::with_chain(SimOptions {
            throttling: Throttling::Off,
            ..SimOptions::default()
        });
        let scene = Self { azure, chain };
        let party = &scene.azure.customer;
        let admin = As::admin(&scene.azure, party);
        let path = format!(
            "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.KeyVault/managedHSMs/pool",
            party.subscription_id
        );
        let body = json!({
            "location": "uksouth",
            "sku": {"family": "B", "name": "Standard_B1"},
            "properties": {
                "tenantId": party.tenant_id,
                "initialAdminObjectIds": [party.admin.object_id],
                "enablePurgeProtection": purge_protection,
            },
        });
        assert_eq!(admin.arm("PUT", &path, "2023-07-01", body).status, 202);
        assert_eq!(
            admin.arm("GET", &path, "2023-07-01", Value::Null).status,
            200
        );
        let sim = &scene.azure.sim;
        assert!(sim.activate_managed_hsm("pool"));
        let user = "Managed HSM Crypto User";
        assert!(sim.grant_local_role("pool", &party.admin.object_id, user, "/"));
        let create = json!({"kty": "RSA-HSM", "key_ops": ["wrapKey", "unwrapKey"]});
        assert_eq!(admin.hsm("POST", "/keys/cosmos/create", create).status, 200);
        scene
    }

    fn grant(&self, role: &str, scope: &str) {
        let principal = &self.chain.principal_id;
        assert!(
            self.azure
                .sim
                .grant_local_role("pool", principal, role, scope)
        );
    }

    fn path(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/fabrikam",
            self.azure.provider.subscription_id
        )
    }

    /// Makes an account, and says what became of it.
    fn account(&self) -> (String, String) {
        let identity = &self.chain.identity_id;
        let default = format!(
            "UserAssignedIdentity={identity}&FederatedClientId={}",
            self.chain.client_id
        );
        let body = json!({
            "location": "westeurope",
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}},
            "properties": {
                "databaseAccountOfferType": "Standard",
                "locations": [{"locationName": "westeurope", "failoverPriority": 0}],
                "keyVaultKeyUri": format!("{HSM}/keys/cosmos"),
                "defaultIdentity": default,
            },
        });
        let admin = As::admin(&self.azure, &self.azure.provider);
        let made = admin.arm("PUT", &self.path(), "2025-10-15", body);
        assert_eq!(made.status, 200, "{}", made.body_json());
        let shown = admin
            .at(1)
            .arm("GET", &self.path(), "2025-10-15", Value::Null)
            .body_json();
        (text(&shown, "/properties/provisioningState"), self.status())
    }

    fn status(&self) -> String {
        self.azure.sim.key_status("fabrikam").unwrap_or_default()
    }
}

#[test]
fn an_account_comes_up_with_the_local_role_on_the_key_or_above() {
    for scope in ["/keys/cosmos", "/keys", "/"] {
        let scene = Scene::new(true);
        scene.grant("Managed HSM Crypto Service Encryption User", scope);
        assert_eq!(
            scene.account(),
            ("Succeeded".to_owned(), CONFIRMED.to_owned()),
            "{scope}"
        );
    }
}

#[test]
fn an_account_fails_without_a_role_that_covers_the_key() {
    let none = Scene::new(true);
    assert_eq!(none.account().0, "Failed");
    let elsewhere = Scene::new(true);
    elsewhere.grant("Managed HSM Crypto Service Encryption User", "/keys/other");
    assert_eq!(elsewhere.account().0, "Failed");
    let auditor = Scene::new(true);
    auditor.grant("Managed HSM Crypto Auditor", "/");
    assert_eq!(auditor.account().0, "Failed");
}

#[test]
fn an_account_fails_without_purge_protection() {
    let scene = Scene::new(false);
    scene.grant("Managed HSM Crypto Service Encryption User", "/keys");
    assert_eq!(scene.account().0, "Failed");
}

#[test]
fn an_account_is_revoked_with_the_role_and_heals_with_it() {
    let scene = Scene::new(true);
    scene.grant("Managed HSM Crypto Service Encryption User", "/keys");
    assert_eq!(scene.account().0, "Succeeded");
    let principal = &scene.chain.principal_id;
    assert!(scene.azure.sim.remove_local_roles("pool", principal));
    assert!(scene.status().ends_with("(4002)."), "{}", scene.status());
    scene.grant("Managed HSM Crypto Service Encryption User", "/keys/cosmos");
    assert_eq!(scene.status(), CONFIRMED);
}
