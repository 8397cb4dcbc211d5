//! What an account may be and become, over requests.

use crate::{
    SimOptions, SimResponse,
    test_kit::{ACCOUNT, Kit, error_of},
};
use serde_json::{Value, json};

fn kit() -> Kit {
    Kit::with_chain(SimOptions::default())
}

fn put(kit: &Kit, version: &str, body: &Value) -> SimResponse {
    let path = Kit::account_path();
    kit.arm(false, "PUT", &path, version, body)
}

/// An account of these properties, without a key.
fn plain(properties: &Value) -> (Kit, Value) {
    let kit = kit();
    let mut body = json!({
        "location": "East US 2",
        "kind": "GlobalDocumentDB",
        "properties": {
            "databaseAccountOfferType": "Standard",
            "locations": [{"locationName": "East US 2", "failoverPriority": 0}],
        },
    });
    for (name, value) in properties.as_object().unwrap() {
        body["properties"][name] = value.clone();
    }
    let answer = put(&kit, "2024-08-15", &body);
    assert_eq!(kit.poll(&answer)["status"], "Succeeded");
    (kit, body)
}

fn refusal(answer: &SimResponse) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body_json());
    error_of(answer).2
}

fn patch(kit: &Kit, properties: &Value) -> SimResponse {
    kit.account("PATCH", &json!({"properties": properties}))
}

/// Changes an account that takes it.
fn change(kit: &Kit, properties: &Value) {
    let answer = patch(kit, properties);
    assert!(answer.is_success(), "{}", answer.body_json());
    assert_eq!(kit.poll(&answer)["status"], "Succeeded");
}

#[test]
fn a_version_that_knows_no_default_identity_makes_an_account_that_is_its_own() {
    let kit = kit();
    let answer = put(&kit, "2020-04-01", &kit.account_body());
    let end = kit.poll(&answer);
    assert_eq!(end["status"], "Failed");
    let message = end["error"]["message"].as_str().unwrap();
    assert!(message.contains("Please try again."), "{message}");
    let noted = kit.both.sim.unknown_members();
    assert_eq!(
        noted,
        [
            "databaseAccounts.identity",
            "databaseAccounts.properties.defaultIdentity"
        ]
    );
}

#[test]
fn where_an_account_is_and_of_which_kind_cannot_be_changed() {
    let (kit, body) = plain(&json!({}));
    let mut elsewhere = body.clone();
    elsewhere["location"] = json!("West US");
    let answer = put(&kit, "2024-08-15", &elsewhere);
    assert_eq!(answer.status, 409);
    assert_eq!(
        answer.body_json()["error"]["code"],
        "InvalidResourceLocation"
    );
    let mut other = body.clone();
    other["kind"] = json!("MongoDB");
    assert!(refusal(&put(&kit, "2024-08-15", &other)).contains("kind"));
    let mut spelled = body;
    spelled["location"] = json!("eastus2");
    assert_eq!(put(&kit, "2024-08-15", &spelled).status, 200);
}

#[test]
fn backup_becomes_continuous_by_itself_and_stays_so() {
    let (kit, _) = plain(&json!({}));
    let continuous = json!({"type": "Continuous"});
    let both = json!({"backupPolicy": continuous, "disableLocalAuth": true});
    let said = refusal(&patch(&kit, &both));
    assert!(said.contains("continuous backup mode and other properties"));
    change(&kit, &json!({"backupPolicy": continuous}));
    let periodic = json!({"backupPolicy": {"type": "Periodic"}});
    let said = refusal(&patch(&kit, &periodic));
    assert!(said.contains("cannot be disabled once it is enabled"));
    // With what it is already, something else may change.
    change(&kit, &both);
}

#[test]
fn analytical_storage_stays_enabled() {
    let (kit, _) = plain(&json!({"enableAnalyticalStorage": true}));
    let said = refusal(&patch(&kit, &json!({"enableAnalyticalStorage": false})));
    assert!(said.contains("EnableAnalyticalStorage cannot be disabled"));
}

#[test]
fn regions_change_by_themselves() {
    let (kit, _) = plain(&json!({}));
    let regions = json!([
        {"locationName": "East US 2", "failoverPriority": 0},
        {"locationName": "West US", "failoverPriority": 1},
    ]);
    let both = json!({"locations": regions, "enableMultipleWriteLocations": true});
    assert!(refusal(&patch(&kit, &both)).contains("at the same time"));
    change(&kit, &json!({"locations": regions}));
    change(&kit, &json!({"enableMultipleWriteLocations": true}));
    let shown = kit.account("GET", &Value::Null).body_json();
    assert_eq!(shown["name"], ACCOUNT);
    assert_eq!(
        shown["properties"]["locations"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn what_was_read_can_be_put_again_with_one_thing_changed() {
    let (kit, _) = plain(&json!({}));
    let mut read = kit.account("GET", &Value::Null).body_json();
    read["properties"]["disableLocalAuth"] = json!(true);
    let answer = put(&kit, "2024-08-15", &read);
    assert_eq!(answer.status, 200, "{}", answer.body_json());
    assert_eq!(kit.poll(&answer)["status"], "Succeeded");
}

#[test]
fn an_update_is_held_to_what_a_creation_is() {
    let (kit, _) = plain(&json!({"backupPolicy": {"type": "Continuous"}}));
    for (change, said) in [
        (json!({"locations": []}), "locations"),
        (json!({"databaseAccountOfferType": "Bogus"}), "Standard"),
        (
            json!({"capabilities": [{"name": "EnableMongo"}]}),
            "EnableMongo",
        ),
        (
            json!({"capabilities": [{"name": "EnableCassandra"}]}),
            "Cassandra",
        ),
    ] {
        let told = refusal(&patch(&kit, &change));
        assert!(told.contains(said), "{change}: {told}");
    }
}

#[test]
fn a_key_comes_onto_an_account_whose_features_let_it() {
    let key = "https://contoso-keys.vault.azure.net/keys/cosmos";
    let key = json!({"keyVaultKeyUri": key});
    let cassandra = json!({"capabilities": [{"name": "EnableCassandra"}]});
    let (kit, _) = plain(&cassandra);
    assert!(refusal(&patch(&kit, &key)).contains("Cassandra"));
    let (kit, _) = plain(&json!({"backupPolicy": {"type": "Continuous"}}));
    let said = refusal(&patch(&kit, &key));
    assert!(said.contains("Setting Non-FPI default identity is required"));
}
