//! An account is looked at when what it hangs on changes, and others need not be.

use crate::kit::{ARM, answer, text};
use azure_sim::{Chain, Principal, Sim, SimOptions, SimRequest, TwoTenants};
use serde_json::{Value, json};
use std::time::Duration;

/// Two accounts under one chain, each with a vault of its own.
const ACCOUNTS: [(&str, &str); 2] = [("first", "contoso-keys"), ("second", "other-keys")];

fn send(sim: &Sim, who: &Principal, method: &str, url: &str, body: &Value) -> Value {
    let origin: String = url.split('/').take(3).collect::<Vec<_>>().join("/");
    let audience = if origin == ARM {
        ARM
    } else {
        "https://vault.azure.net"
    };
    let token = sim.token(who, audience).unwrap();
    let request = SimRequest::new(method, url.parse().unwrap()).bearer(&token);
    let request = if body.is_null() {
        request
    } else {
        request.json(body)
    };
    let answer = answer(sim.handle(Duration::ZERO, request));
    assert!(
        answer.is_success(),
        "{method} {url}: {}",
        answer.body_json()
    );
    answer.body_json()
}

fn two_accounts() -> (TwoTenants, Chain) {
    let (azure, chain) = TwoTenants::with_chain(SimOptions::default());
    let (provider, customer) = (&azure.provider, &azure.customer);
    let vault = chain.vault_id.replace("contoso-keys", "other-keys");
    let settings = json!({"location": "eastus2", "properties": {
        "tenantId": customer.tenant_id, "accessPolicies": [],
        "sku": {"family": "A", "name": "standard"}, "enablePurgeProtection": true,
    }});
    let put = |who: &Principal, path: &str, version: &str, body: &Value| {
        let url = format!("{ARM}{path}?api-version={version}");
        send(&azure.sim, who, "PUT", &url, body)
    };
    put(&customer.admin, &vault, "2026-02-01", &settings);
    let key = json!({"properties": {"kty": "RSA"}});
    put(
        &customer.admin,
        &format!("{vault}/keys/cosmos"),
        "2026-02-01",
        &key,
    );
    assign(&azure, &chain, &vault);
    let officer = "Key Vault Crypto Officer";
    for vault in [&chain.vault_id, &vault] {
        assert!(azure.sim.grant(&customer.admin, officer, vault));
    }
    for (account, vault) in ACCOUNTS {
        let path = format!(
            "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/{account}",
            provider.subscription_id
        );
        let (identity, client) = (&chain.identity_id, &chain.client_id);
        let settings = json!({
            "location": "eastus2",
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}},
            "properties": {
                "locations": [{"locationName": "eastus2", "failoverPriority": 0}],
                "databaseAccountOfferType": "Standard",
                "keyVaultKeyUri": format!("https://{vault}.vault.azure.net/keys/cosmos"),
                "defaultIdentity": format!(
                    "UserAssignedIdentity={identity}&FederatedClientId={client}"
                ),
            },
        });
        put(&provider.admin, &path, "2024-11-15", &settings);
    }
    azure.sim.advance_to(Duration::ZERO);
    (azure, chain)
}

/// Gives the chain's principal its role on a vault by request, and returns the assignment's address.
fn assign(azure: &TwoTenants, chain: &Chain, vault: &str) -> String {
    let url = format!(
        "{ARM}{vault}/providers/Microsoft.Authorization/roleAssignments/7b1c1f4e-0000-4000-8000-000000000001?api-version=2022-04-01"
    );
    let role = "e147488a-f6f5-4113-8e2d-b22465e65bf6";
    let body = json!({"properties": {
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": chain.principal_id,
        "principalType": "ServicePrincipal",
    }});
    let made = send(&azure.sim, &azure.customer.admin, "PUT", &url, &body);
    assert_eq!(text(&made, "/properties/principalId"), chain.principal_id);
    url
}

/// Whether each account reaches its key.
fn holds(sim: &Sim) -> [bool; 2] {
    ACCOUNTS.map(|(account, _)| sim.key_status(account).unwrap().contains("confirmed"))
}

#[test]
fn a_role_that_is_taken_and_given_again_is_noticed_by_the_accounts_of_its_vault() {
    let (azure, chain) = two_accounts();
    let admin = &azure.customer.admin;
    assert_eq!(holds(&azure.sim), [true, true]);
    let other = chain.vault_id.replace("contoso-keys", "other-keys");
    let url = assign(&azure, &chain, &other);
    send(&azure.sim, admin, "DELETE", &url, &Value::Null);
    assert_eq!(holds(&azure.sim), [true, false]);
    assign(&azure, &chain, &other);
    assert_eq!(holds(&azure.sim), [true, true]);
}

#[test]
fn a_key_that_is_disabled_is_noticed_after_a_load_too() {
    let (azure, _) = two_accounts();
    let admin = &azure.customer.admin;
    let sim = Sim::load(&azure.sim.save().unwrap()).unwrap();
    for (place, (_, vault)) in ACCOUNTS.iter().enumerate() {
        let url = format!("https://{vault}.vault.azure.net/keys/cosmos?api-version=7.4");
        for enabled in [false, true] {
            let body = json!({"attributes": {"enabled": enabled}});
            send(&sim, admin, "PATCH", &url, &body);
            let mut expected = [true, true];
            expected[place] = enabled;
            assert_eq!(holds(&sim), expected, "{vault}");
        }
    }
}

#[test]
fn what_all_accounts_share_is_noticed_by_all() {
    let (azure, chain) = two_accounts();
    assert!(
        azure
            .sim
            .enable_service_principal(&chain.principal_id, false)
    );
    assert_eq!(holds(&azure.sim), [false, false]);
    assert!(
        azure
            .sim
            .enable_service_principal(&chain.principal_id, true)
    );
    assert_eq!(holds(&azure.sim), [true, true]);
}
