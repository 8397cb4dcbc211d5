//! What the unit tests share: two tenants, a whole chain, and a clock that they move.

pub(crate) use crate::chain::KEY_ROLE;
use crate::{
    Reply, SimOptions, SimRequest, SimResponse, TwoTenants,
    chain::{ChainIds, seed_directory, seed_group},
};
use azure_core::http::Url;
use serde_json::{Value, json};
use std::{cell::Cell, time::Duration};

pub(crate) const VAULT: &str = "contoso-keys";
pub(crate) const KEY: &str = "cosmos";
pub(crate) const ACCOUNT: &str = "fabrikam-data";
pub(crate) const CLIENT: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const APP_OBJECT: &str = "33333333-3333-4333-8333-333333333333";
pub(crate) const APP_PRINCIPAL: &str = "44444444-4444-4444-8444-444444444444";
pub(crate) const IDENTITY_PRINCIPAL: &str = "55555555-5555-4555-8555-555555555555";
const IDENTITY_CLIENT: &str = "66666666-6666-4666-8666-666666666666";

pub(crate) struct Kit {
    pub(crate) both: TwoTenants,
    now: Cell<Duration>,
}

impl Kit {
    /// Two tenants with a resource group each; the customer's administrator may do everything with keys.
    pub(crate) fn new(options: SimOptions) -> Self {
        let kit = Self {
            both: TwoTenants::new(options),
            now: Cell::new(Duration::ZERO),
        };
        for party in [&kit.both.provider, &kit.both.customer] {
            seed_group(&mut kit.both.sim.world(), &party.subscription_id);
        }
        let customer = &kit.both.customer;
        let scope = format!("/subscriptions/{}", customer.subscription_id);
        assert!(
            kit.both
                .sim
                .grant(&customer.admin, "Key Vault Administrator", &scope)
        );
        kit
    }

    /// A customer with a vault and a key, and a provider with identity and application: everything but the account.
    pub(crate) fn with_chain(options: SimOptions) -> Self {
        let kit = Self::new(options);
        assert_eq!(kit.put_vault(&json!({})).status, 200);
        kit.pass(3600);
        // Made through Resource Manager, whose answer shows no modulus: no RSA key is generated.
        let path = format!("{}/keys/{KEY}", Self::vault_path());
        let body = json!({"properties": {"kty": "RSA"}});
        assert_eq!(kit.arm(true, "PUT", &path, "2026-02-01", &body).status, 200);
        seed_directory(&kit.both, &chain_ids());
        kit.grant_key_role();
        kit
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.now.set(self.now.get() + Duration::from_secs(seconds));
        self.both.sim.advance_to(self.now.get());
    }

    pub(crate) fn now(&self) -> Duration {
        self.now.get()
    }

    pub(crate) fn send(&self, request: SimRequest) -> Reply {
        self.both.sim.handle(self.now.get(), request)
    }

    pub(crate) fn answer(&self, request: SimRequest) -> SimResponse {
        match self.send(request) {
            Reply::Answer(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    fn request(method: &str, url: &str, body: &Value) -> SimRequest {
        let request = SimRequest::new(method, Url::parse(url).unwrap());
        if body.is_null() {
            request
        } else {
            request.json(body)
        }
    }

    /// As the administrator of the customer (`true`) or of the provider.
    pub(crate) fn arm(
        &self,
        customer: bool,
        method: &str,
        path: &str,
        version: &str,
        body: &Value,
    ) -> SimResponse {
        let party = if customer {
            &self.both.customer
        } else {
            &self.both.provider
        };
        let path = path.replace("{s}", &party.subscription_id);
        let url = format!("https://management.azure.com{path}?api-version={version}");
        let token = self
            .both
            .sim
            .token(&party.admin, "https://management.azure.com/.default")
            .unwrap();
        self.answer(Self::request(method, &url, body).bearer(&token))
    }

    /// As the administrator of the customer, on the vault's data plane.
    pub(crate) fn vault(&self, method: &str, path: &str, body: &Value) -> SimResponse {
        self.answer(self.vault_request(method, path, body))
    }

    pub(crate) fn vault_request(&self, method: &str, path: &str, body: &Value) -> SimRequest {
        let admin = &self.both.customer.admin;
        let token = self
            .both
            .sim
            .token(admin, "https://vault.azure.net/.default")
            .unwrap();
        Self::anonymous(method, path, body).bearer(&token)
    }

    pub(crate) fn anonymous(method: &str, path: &str, body: &Value) -> SimRequest {
        let joint = if path.contains('?') { '&' } else { '?' };
        let url = format!("https://{VAULT}.vault.azure.net{path}{joint}api-version=2026-04-01");
        Self::request(method, &url, body)
    }

    pub(crate) fn vault_path() -> String {
        format!(
            "/subscriptions/{{s}}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/{VAULT}"
        )
    }

    /// A vault as the product makes it, apart from what `properties` says.
    pub(crate) fn put_vault(&self, properties: &Value) -> SimResponse {
        let mut all = json!({
            "tenantId": self.both.customer.tenant_id,
            "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [],
            "enableRbacAuthorization": true,
            "enableSoftDelete": true,
            "enablePurgeProtection": true,
        });
        merge(&mut all, properties);
        let body = json!({"location": "eastus", "properties": all});
        self.arm(true, "PUT", &Self::vault_path(), "2026-02-01", &body)
    }

    pub(crate) fn create_key(&self, body: &Value) -> SimResponse {
        self.vault("POST", &format!("/keys/{KEY}/create"), body)
    }

    pub(crate) fn identity_id(&self) -> String {
        self.both.identity_id()
    }

    pub(crate) fn grant_key_role(&self) {
        let scope = format!(
            "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/{VAULT}/keys/{KEY}",
            self.both.customer.subscription_id
        );
        let principal = crate::Principal {
            tenant_id: self.both.customer.tenant_id.clone(),
            object_id: APP_PRINCIPAL.to_owned(),
            app_id: Some(CLIENT.to_owned()),
            name: "app".to_owned(),
        };
        assert!(self.both.sim.grant(&principal, KEY_ROLE, &scope));
        self.both.sim.change(|_| ());
    }

    pub(crate) fn account_path() -> String {
        format!(
            "/subscriptions/{{s}}/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/{ACCOUNT}"
        )
    }

    pub(crate) fn default_identity(&self) -> String {
        format!(
            "UserAssignedIdentity={}&FederatedClientId={CLIENT}",
            self.identity_id()
        )
    }

    /// The walkthrough's body.
    pub(crate) fn account_body(&self) -> Value {
        json!({
            "kind": "GlobalDocumentDB",
            "location": "East US 2",
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {self.identity_id(): {}}},
            "properties": {
                "locations": [{"locationName": "East US 2", "failoverPriority": 0, "isZoneRedundant": false}],
                "databaseAccountOfferType": "Standard",
                "keyVaultKeyUri": format!("https://{VAULT}.vault.azure.net/keys/{KEY}"),
                "defaultIdentity": self.default_identity(),
            },
        })
    }

    pub(crate) fn account(&self, method: &str, body: &Value) -> SimResponse {
        self.arm(false, method, &Self::account_path(), "2026-03-15", body)
    }

    /// The status of the operation that an answer started, now.
    pub(crate) fn poll(&self, answer: &SimResponse) -> Value {
        let url = answer.find_header("azure-asyncoperation").unwrap();
        let token = self
            .both
            .sim
            .token(
                &self.both.provider.admin,
                "https://management.azure.com/.default",
            )
            .unwrap();
        self.answer(Self::request("GET", url, &Value::Null).bearer(&token))
            .body_json()
    }

    /// Creates the account and returns how the operation ended.
    pub(crate) fn create_account(&self) -> Value {
        let answer = self.account("PUT", &self.account_body());
        assert_eq!(answer.status, 200, "{}", answer.body_json());
        self.pass(600);
        self.poll(&answer)
    }

    pub(crate) fn key_status(&self) -> String {
        self.both.sim.key_status(ACCOUNT).unwrap()
    }
}

/// Ids that the tests can name.
fn chain_ids() -> ChainIds {
    ChainIds {
        app_object: APP_OBJECT.to_owned(),
        client: CLIENT.to_owned(),
        app_principal: APP_PRINCIPAL.to_owned(),
        identity_principal: IDENTITY_PRINCIPAL.to_owned(),
        identity_client: IDENTITY_CLIENT.to_owned(),
        credential: "77777777-7777-4777-8777-777777777777".to_owned(),
    }
}

fn merge(into: &mut Value, from: &Value) {
    for (name, value) in from.as_object().unwrap() {
        if value.is_null() {
            into.as_object_mut().unwrap().remove(name);
        } else {
            into[name] = value.clone();
        }
    }
}

/// `error.code`, `error.message` and the inner code.
pub(crate) fn error_of(answer: &SimResponse) -> (u16, String, String, String) {
    let body = answer.body_json();
    let text = |pointer: &str| {
        body.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    (
        answer.status,
        text("/error/code"),
        text("/error/message"),
        text("/error/innererror/code"),
    )
}
