//! The walkthrough from the first request to the key in use, over routes alone and at Azure's pace.

use crate::{Lag, Reply, SimOptions, SimRequest, SimResponse, TwoTenants};
use azure_core::http::Url;
use serde_json::{Value, json};
use std::{cell::Cell, time::Duration};

struct Flow {
    both: TwoTenants,
    now: Cell<u64>,
}

impl Flow {
    fn send(
        &self,
        customer: bool,
        scope: &str,
        method: &str,
        url: &str,
        body: &Value,
    ) -> SimResponse {
        let party = if customer {
            &self.both.customer
        } else {
            &self.both.provider
        };
        let token = self.both.sim.token(&party.admin, scope).unwrap();
        let request = SimRequest::new(method, Url::parse(url).unwrap()).bearer(&token);
        let request = if body.is_null() {
            request
        } else {
            request.json(body)
        };
        match self
            .both
            .sim
            .handle(Duration::from_secs(self.now.get()), request)
        {
            Reply::Answer(answer) => answer,
            other => panic!("{method} {url}: {other:?}"),
        }
    }

    fn arm(
        &self,
        customer: bool,
        method: &str,
        path: &str,
        version: &str,
        body: &Value,
    ) -> SimResponse {
        let url = format!("https://management.azure.com{path}?api-version={version}");
        self.send(
            customer,
            "https://management.azure.com/.default",
            method,
            &url,
            body,
        )
    }

    fn graph(&self, customer: bool, path: &str, body: &Value) -> Value {
        let url = format!("https://graph.microsoft.com/v1.0{path}");
        let answer = self.send(
            customer,
            "https://graph.microsoft.com/.default",
            "POST",
            &url,
            body,
        );
        assert_eq!(answer.status, 201, "{path}: {}", answer.body_json());
        answer.body_json()
    }

    fn pass(&self, seconds: u64) {
        self.now.set(self.now.get() + seconds);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_walkthrough_ends_with_the_key_in_use() {
    let flow = Flow {
        both: TwoTenants::new(SimOptions {
            lag: Lag::typical(),
            ..SimOptions::default()
        }),
        now: Cell::new(0),
    };
    let (provider, customer) = (flow.both.provider.clone(), flow.both.customer.clone());
    let group = |subscription: &str| format!("/subscriptions/{subscription}/resourceGroups/rg");
    let (ours, theirs) = (
        group(&provider.subscription_id),
        group(&customer.subscription_id),
    );
    for (is_customer, path) in [(false, &ours), (true, &theirs)] {
        let made = flow.arm(
            is_customer,
            "PUT",
            path,
            "2021-04-01",
            &json!({"location": "eastus"}),
        );
        assert_eq!(made.status, 201);
    }

    // The provider: identity, application, credential.
    let identity = format!("{ours}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cmk");
    let made = flow.arm(
        false,
        "PUT",
        &identity,
        "2024-11-30",
        &json!({"location": "eastus"}),
    );
    assert_eq!(made.status, 201);
    let principal = text(&made.body_json()["properties"]["principalId"]);
    let app = flow.graph(
        false,
        "/applications",
        &json!({"displayName": "cmk", "signInAudience": "AzureADMultipleOrgs"}),
    );
    let (app_id, object) = (text(&app["appId"]), text(&app["id"]));
    flow.pass(60);
    flow.graph(
        false,
        &format!("/applications/{object}/federatedIdentityCredentials"),
        &json!({
            "name": "cmk",
            "issuer": format!("https://login.microsoftonline.com/{}/v2.0", provider.tenant_id),
            "subject": principal,
            "audiences": ["api://AzureADTokenExchange"],
        }),
    );

    // The customer: service principal, vault, key, role.
    let service_principal = flow.graph(true, "/servicePrincipals", &json!({"appId": app_id}));
    let vault = format!("{theirs}/providers/Microsoft.KeyVault/vaults/contoso-keys");
    let made = flow.arm(
        true,
        "PUT",
        &vault,
        "2026-02-01",
        &json!({"location": "eastus", "properties": {
            "tenantId": customer.tenant_id,
            "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [],
            "enableRbacAuthorization": true,
            "enablePurgeProtection": true,
        }}),
    );
    assert_eq!(made.status, 200, "{}", made.body_json());
    let key = format!("{vault}/keys/cosmos");
    let made = flow.arm(
        true,
        "PUT",
        &key,
        "2026-02-01",
        &json!({"properties": {"kty": "RSA"}}),
    );
    assert_eq!(made.status, 200, "{}", made.body_json());
    flow.pass(60);
    let role = "e147488a-f6f5-4113-8e2d-b22465e65bf6";
    let assignment = format!(
        "{key}/providers/Microsoft.Authorization/roleAssignments/88888888-8888-4888-8888-888888888888"
    );
    let made = flow.arm(
        true,
        "PUT",
        &assignment,
        "2022-04-01",
        &json!({"properties": {
            "roleDefinitionId": format!("/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{role}", customer.subscription_id),
            "principalId": service_principal["id"],
            "principalType": "ServicePrincipal",
        }}),
    );
    assert_eq!(made.status, 201, "{}", made.body_json());
    flow.pass(120);

    // The account.
    let account = format!("{ours}/providers/Microsoft.DocumentDB/databaseAccounts/fabrikam-data");
    let mut body = json!({
        "kind": "GlobalDocumentDB",
        "location": "East US",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {}},
        "properties": {
            "locations": [{"locationName": "East US", "failoverPriority": 0, "isZoneRedundant": false}],
            "databaseAccountOfferType": "Standard",
            "keyVaultKeyUri": "https://contoso-keys.vault.azure.net/keys/cosmos",
            "defaultIdentity": format!("UserAssignedIdentity={identity}&FederatedClientId={app_id}"),
        },
    });
    body["identity"]["userAssignedIdentities"][&identity] = json!({});
    let answer = flow.arm(false, "PUT", &account, "2022-05-15", &body);
    assert_eq!(answer.status, 200, "{}", answer.body_json());
    let url = text(&json!(answer.find_header("azure-asyncoperation")));
    let poll = || {
        flow.send(
            false,
            "https://management.azure.com/.default",
            "GET",
            &url,
            &Value::Null,
        )
        .body_json()
    };
    assert_eq!(poll()["status"], "Enqueued");
    flow.pass(120);
    assert_eq!(poll(), json!({"status": "Succeeded"}));
    let sim = &flow.both.sim;
    assert_eq!(
        sim.key_version_in_use("fabrikam-data"),
        sim.key_versions("contoso-keys", "cosmos").pop()
    );
    assert_eq!(sim.unmodelled(), Vec::<String>::new());
    assert_eq!(sim.unknown_members(), Vec::<String>::new());

    // The customer takes the role away again: 90 seconds, five minutes, and a look in between.
    assert_eq!(
        flow.arm(true, "DELETE", &assignment, "2022-04-01", &Value::Null)
            .status,
        200
    );
    flow.pass(60);
    assert_eq!(
        flow.arm(false, "GET", &account, "2026-03-15", &Value::Null)
            .status,
        200
    );
    assert!(
        sim.key_status("fabrikam-data")
            .unwrap()
            .ends_with("confirmed. ")
    );
    // The role is honoured for two minutes more, and the account notices within ten.
    flow.pass(720);
    let shown = flow
        .arm(false, "GET", &account, "2026-03-15", &Value::Null)
        .body_json();
    let status = text(&shown["properties"]["customerManagedKeyStatus"]);
    assert!(status.ends_with("(4002)."), "{status}");

    // And deletes the resource group with everything in it.
    assert_eq!(
        flow.arm(true, "DELETE", &theirs, "2021-04-01", &Value::Null)
            .status,
        202
    );
    flow.pass(120);
    let shown = flow
        .arm(false, "GET", &account, "2026-03-15", &Value::Null)
        .body_json();
    let status = text(&shown["properties"]["customerManagedKeyStatus"]);
    assert!(status.ends_with("(4017)."), "{status}");
}
