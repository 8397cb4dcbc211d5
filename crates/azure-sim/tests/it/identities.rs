//! Managed identities.

use crate::kit::{As, at_once, code, identity_path, message, text};
use serde_json::{Value, json};

const VERSION: &str = "2024-11-30";

#[test]
fn an_identity_is_made_with_a_relative_location_and_ids_of_odd_spelling() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let first = provider.make_identity(subscription);
    let id = format!(
        "/subscriptions/{subscription}/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity"
    );
    assert_eq!(text(&first, "/id"), id);
    assert_eq!(
        text(&first, "/properties/tenantId"),
        azure.provider.tenant_id
    );
    let path = identity_path(subscription);
    let body = json!({"location": "West Europe", "tags": {"a": "b"}});
    let again = provider.arm("PUT", &path, VERSION, body);
    assert_eq!(again.status, 200);
    let principal = text(&first, "/properties/principalId");
    assert_eq!(
        text(&again.body_json(), "/properties/principalId"),
        principal
    );

    let gone = provider.arm("DELETE", &path, VERSION, Value::Null);
    assert_eq!((gone.status, gone.body.len()), (200, 0));
    assert_eq!(
        provider.arm("DELETE", &path, VERSION, Value::Null).status,
        204
    );
    let absent = provider.arm("GET", &path, VERSION, Value::Null);
    assert_eq!(code(&absent), "ResourceNotFound");
    assert_eq!(
        message(&absent),
        "The Resource 'Microsoft.ManagedIdentity/userAssignedIdentities/identity' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    );
    let made = provider.arm("PUT", &path, VERSION, json!({"location": "westeurope"}));
    assert_eq!(made.find_header("location"), Some(id.as_str()));
    assert_ne!(
        text(&made.body_json(), "/properties/principalId"),
        principal
    );
}

#[test]
fn the_location_of_an_identity_stays() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    provider.make_identity(&azure.provider.subscription_id);
    let path = identity_path(&azure.provider.subscription_id);
    let moved = provider.arm("PUT", &path, VERSION, json!({"location": "eastus"}));
    assert_eq!(
        (moved.status, code(&moved).as_str()),
        (409, "InvalidResourceLocation")
    );
}

#[test]
fn names_and_groups_are_compared_without_case() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    provider.make_identity(&azure.provider.subscription_id);
    let path = identity_path(&azure.provider.subscription_id).to_uppercase();
    let read = provider.arm("GET", &path, VERSION, Value::Null);
    assert_eq!(read.status, 200);
}

#[test]
fn an_identity_has_credentials_of_its_own() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let identity = text(&provider.make_identity(subscription), "/id");
    let all = format!(
        "{}/federatedIdentityCredentials",
        identity_path(subscription)
    );
    let body = |subject: &str, audiences: Value| json!({"properties": {"issuer": "https://issuer.example", "subject": subject, "audiences": audiences}});
    let one = json!(["api://AzureADTokenExchange"]);
    let put =
        |name: &str, body: Value| provider.arm("PUT", &format!("{all}/{name}"), VERSION, body);

    let made = put("fic1", body("a", one.clone()));
    let id = format!("{identity}/federatedIdentityCredentials/fic1");
    assert_eq!(
        (made.status, made.find_header("location")),
        (201, Some(id.as_str()))
    );
    assert_eq!(
        made.body_json(),
        json!({
            "id": id,
            "name": "fic1",
            "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
            "properties": {"issuer": "https://issuer.example", "subject": "a", "audiences": ["api://AzureADTokenExchange"]},
        })
    );
    assert_eq!(put("fic1", body("b", one.clone())).status, 200);
    let listed = provider.arm("GET", &all, VERSION, Value::Null).body_json();
    assert_eq!(listed["value"][0]["properties"]["subject"], "b");

    let refused = put("fic2", body("b", one.clone()));
    assert_eq!(
        (refused.status, message(&refused).as_str()),
        (
            400,
            "Issuer and subject combination already exists for this Managed Identity."
        )
    );
    let two = put("fic2", body("c", json!(["a", "b"])));
    assert_eq!(
        message(&two),
        "Federated identity credentials must have exactly one audience."
    );
    let short = put("f", body("c", one));
    assert_eq!(
        message(&short),
        "Federated Identity Credential name 'f' is invalid."
    );
    let fic = format!("{all}/fic1");
    let gone = provider.arm("DELETE", &fic, VERSION, Value::Null);
    assert_eq!((gone.status, gone.body.len()), (200, 0));
    assert_eq!(
        provider.arm("DELETE", &fic, VERSION, Value::Null).status,
        204
    );
    let absent = provider.arm("GET", &fic, VERSION, Value::Null);
    assert_eq!(absent.status, 404);
    provider.arm("DELETE", &identity_path(subscription), VERSION, Value::Null);
    let orphan = provider.arm("GET", &all, VERSION, Value::Null);
    assert_eq!(
        message(&orphan),
        "The parent user-assigned identity doesn't exist."
    );
}

#[test]
fn a_patch_changes_tags_and_isolation_and_keeps_the_rest() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let path = identity_path(subscription);
    let patch = |version: &str, body: Value| provider.arm("PATCH", &path, version, body);
    let made = provider.make_identity(subscription);
    assert_eq!(made.pointer("/properties/isolationScope"), None);
    let tagged = patch(VERSION, json!({"tags": {"a": "b"}}));
    assert_eq!(tagged.status, 200);
    let regional = patch(
        VERSION,
        json!({"properties": {"isolationScope": "Regional"}}),
    );
    let mut expected = made;
    expected["tags"] = json!({"a": "b"});
    expected["properties"]["isolationScope"] = json!("Regional");
    assert_eq!(regional.body_json(), expected);
    let again = provider.arm("PUT", &path, VERSION, json!({"location": "westeurope"}));
    assert_eq!(again.body_json(), expected);
    // Nothing is changed by what is the same, and older versions do not know of it.
    let writes = azure.sim.writes().len();
    let old = patch("2023-01-31", json!({"tags": {"a": "b"}}));
    assert_eq!(old.body_json().pointer("/properties/isolationScope"), None);
    assert_eq!(azure.sim.writes().len(), writes);
    let wrong = patch(VERSION, json!({"properties": {"isolationScope": "Zonal"}}));
    assert_eq!(
        (wrong.status, code(&wrong).as_str()),
        (400, "InvalidRequestContent")
    );
    let moved = patch(VERSION, json!({"location": "eastus"}));
    assert_eq!(
        (moved.status, code(&moved).as_str()),
        (409, "InvalidResourceLocation")
    );
    provider.arm("DELETE", &path, VERSION, Value::Null);
    let absent = patch(VERSION, json!({"tags": {}}));
    assert_eq!(
        (absent.status, code(&absent).as_str()),
        (404, "ResourceNotFound")
    );
}
