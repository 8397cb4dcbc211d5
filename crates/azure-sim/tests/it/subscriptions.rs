//! Subscriptions, tenants, locations and the list of resources, as the Azure CLI asks for them.

use crate::kit::{As, at_once, code, text};
use serde_json::{Value, json};

#[test]
fn a_caller_sees_the_subscriptions_where_a_role_is_held() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    // `az login` asks with this version.
    let answer = admin.arm("GET", "/subscriptions", "2022-12-01", Value::Null);
    assert_eq!(answer.status, 200);
    let body = answer.body_json();
    assert_eq!(body["count"], json!({"type": "Total", "value": 1}));
    assert_eq!(text(&body, "/value/0/subscriptionId"), *subscription);
    assert_eq!(text(&body, "/value/0/state"), "Enabled");

    let nobody = azure
        .sim
        .add_user(&azure.provider.tenant, "nobody@provider.example", &[]);
    let nobody = As {
        who: &nobody,
        ..admin.at(0)
    };
    let seen = || nobody.arm("GET", "/subscriptions", "2022-12-01", Value::Null);
    assert_eq!(seen().body_json()["value"], json!([]));
    // A role on one resource is enough to see the subscription around it.
    let scope = format!("/subscriptions/{subscription}/resourceGroups/rg");
    assert!(azure.sim.grant(nobody.who, "Reader", &scope));
    assert_eq!(seen().body_json()["count"]["value"], 1);
}

#[test]
fn a_caller_sees_its_own_tenant_only() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let answer = admin.arm("GET", "/tenants", "2022-12-01", Value::Null);
    let value = answer.body_json()["value"].clone();
    assert_eq!(value.as_array().unwrap().len(), 1);
    assert_eq!(value[0]["tenantId"], azure.customer.tenant_id);
}

#[test]
fn locations_have_a_short_and_a_long_name() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    let path = format!(
        "/subscriptions/{}/locations",
        azure.provider.subscription_id
    );
    let answer = admin.arm("GET", &path, "2022-12-01", Value::Null);
    assert_eq!(answer.status, 200);
    let body = answer.body_json();
    let found = body["value"].as_array().unwrap();
    let found = found.iter().find(|own| own["name"] == "westeurope");
    assert_eq!(found.unwrap()["displayName"], "West Europe");
}

#[test]
fn a_vault_is_found_by_type_and_name_without_its_group() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    let subscription = azure.provider.subscription_id.as_str();
    admin.make_identity(subscription);
    let vault = format!(
        "/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kvfound1"
    );
    let body = json!({"location": "westeurope", "properties": {
        "tenantId": azure.provider.tenant_id,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": true,
        "accessPolicies": [],
    }});
    assert!(admin.arm("PUT", &vault, "2026-05-15", body).is_success());
    let ids = |query: &str| -> Vec<String> {
        let path = format!("/subscriptions/{subscription}/resources{query}");
        let answer = admin.arm("GET", &path, "2015-11-01", Value::Null);
        assert_eq!(answer.status, 200);
        let body = answer.body_json();
        let list = body["value"].as_array().unwrap();
        list.iter().map(|own| text(own, "/name")).collect()
    };
    assert_eq!(ids(""), ["identity", "kvfound1"]);
    // As `az keyvault show -n` asks.
    let filter =
        "?$filter=resourceType%20eq%20'Microsoft.KeyVault/vaults'%20and%20name%20eq%20'KVfound1'";
    assert_eq!(ids(filter), ["kvfound1"]);
    let path = format!("/subscriptions/{subscription}/resources?$filter=tag%20eq%20'x'");
    let answer = admin.arm("GET", &path, "2015-11-01", Value::Null);
    assert_eq!(
        (answer.status, code(&answer).as_str()),
        (400, "InvalidFilterInQueryString")
    );
}

#[test]
fn lists_of_managed_hsms_are_empty() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    for kind in ["managedHSMs", "deletedManagedHSMs"] {
        let path = format!(
            "/subscriptions/{}/providers/Microsoft.KeyVault/{kind}",
            azure.provider.subscription_id
        );
        let answer = admin.arm("GET", &path, "2026-02-01", Value::Null);
        assert_eq!(answer.status, 200, "{kind}");
        assert_eq!(answer.body_json(), json!({"value": []}), "{kind}");
    }
    assert_eq!(azure.sim.unmodelled(), Vec::<String>::new());
}
