//! Vaults and their keys through Resource Manager.

use crate::{
    Lag, SimOptions,
    test_kit::{KEY, Kit, VAULT, error_of},
};
use serde_json::{Value, json};

const VERSION: &str = "2026-02-01";

fn typical() -> SimOptions {
    SimOptions {
        lag: Lag::typical(),
        ..SimOptions::default()
    }
}

fn get(kit: &Kit) -> Value {
    kit.arm(true, "GET", &Kit::vault_path(), VERSION, &Value::Null)
        .body_json()
}

fn refused(answer: &crate::SimResponse) -> (u16, String, String) {
    let (status, code, message, _) = error_of(answer);
    (status, code, message)
}

fn patch(kit: &Kit, properties: Value) -> crate::SimResponse {
    let body = json!({"properties": properties});
    kit.arm(true, "PATCH", &Kit::vault_path(), VERSION, &body)
}

#[test]
fn a_new_vault_registers_its_name_first() {
    let kit = Kit::new(typical());
    let answer = kit.put_vault(&json!({}));
    assert_eq!(answer.status, 200);
    let properties = &answer.body_json()["properties"];
    assert_eq!(properties["provisioningState"], "RegisteringDns");
    assert_eq!(
        properties["vaultUri"],
        format!("https://{VAULT}.vault.azure.net")
    );
    kit.pass(30);
    let properties = &get(&kit)["properties"];
    assert_eq!(properties["provisioningState"], "Succeeded");
    assert_eq!(
        properties["vaultUri"],
        format!("https://{VAULT}.vault.azure.net/")
    );
    assert_eq!(properties["enablePurgeProtection"], true);
    assert_eq!(kit.both.sim.unknown_members(), Vec::<String>::new());
}

#[test]
fn roles_are_the_default_from_2026_on() {
    for (version, expected) in [("2024-11-01", Value::Null), (VERSION, json!(true))] {
        let kit = Kit::new(SimOptions::default());
        let body = json!({"location": "eastus", "properties": {
            "tenantId": kit.both.customer.tenant_id,
            "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [],
        }});
        let answer = kit.arm(true, "PUT", &Kit::vault_path(), version, &body);
        let properties = answer.body_json()["properties"].clone();
        assert_eq!(
            properties
                .get("enableRbacAuthorization")
                .cloned()
                .unwrap_or_default(),
            expected
        );
    }
}

#[test]
fn what_cannot_be_undone_is_refused() {
    let kit = Kit::new(SimOptions::default());
    kit.put_vault(&json!({"softDeleteRetentionInDays": 7}));
    let bad = |properties| refused(&patch(&kit, properties)).2;
    assert_eq!(
        bad(json!({"enablePurgeProtection": false})),
        "The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an irreversible action."
    );
    assert_eq!(
        bad(json!({"softDeleteRetentionInDays": 8})),
        "The property \"softDeleteRetentionInDays\" has been set already and it can't be modified."
    );
    assert_eq!(
        patch(&kit, json!({"enablePurgeProtection": null})).status,
        200
    );
    assert_eq!(get(&kit)["properties"]["enablePurgeProtection"], true);
}

#[test]
fn what_a_vault_cannot_be_is_refused() {
    let kit = Kit::new(SimOptions::default());
    let tenant = &kit.both.customer.tenant_id;
    let principal = crate::test_kit::APP_PRINCIPAL;
    let policy =
        json!({"tenantId": tenant, "objectId": principal, "permissions": {"keys": ["get"]}});
    assert_eq!(
        kit.put_vault(&json!({"accessPolicies": [policy]})).status,
        200
    );
    let before = get(&kit);
    let stranger = "5ca1ab1e-0000-4000-8000-00000000dead";
    let invalid = |member: &str| format!("An invalid value was provided for '{member}'.");
    let bad_json = |value: &str, kind: &str, member: &str| {
        format!(
            "Bad JSON content found in the request. Error converting value {value} to type 'System.{kind}'. Path 'properties.{member}'."
        )
    };
    let policies = invalid("accessPolicies");
    for (properties, expected) in [
        // The policies stay behind in the old tenant.
        (
            json!({"tenantId": kit.both.provider.tenant_id}),
            policies.clone(),
        ),
        (json!({"tenantId": stranger}), invalid("tenantId")),
        (
            json!({"tenantId": stranger, "accessPolicies": []}),
            invalid("tenantId"),
        ),
        (
            json!({"tenantId": ""}),
            bad_json("\"\"", "Guid", "tenantId"),
        ),
        (
            json!({"accessPolicies": [{"tenantId": tenant, "objectId": "me", "permissions": {}}]}),
            policies.clone(),
        ),
        (
            json!({"accessPolicies": [{"tenantId": tenant, "objectId": principal}]}),
            policies,
        ),
        (
            json!({"enabledForDeployment": "maybe"}),
            bad_json("\"maybe\"", "Boolean", "enabledForDeployment"),
        ),
        (
            json!({"enableRbacAuthorization": 1}),
            bad_json("1", "Boolean", "enableRbacAuthorization"),
        ),
        (
            json!({"enablePurgeProtection": "true"}),
            bad_json("\"true\"", "Boolean", "enablePurgeProtection"),
        ),
        (json!({"networkAcls": 5}), invalid("networkAcls")),
        (
            json!({"networkAcls": {"bypass": 5}}),
            invalid("networkAcls"),
        ),
        (
            json!({"networkAcls": {"virtualNetworkRules": [{}]}}),
            invalid("networkAcls"),
        ),
        (
            json!({"networkAcls": {"ipRules": [{"value": "home"}]}}),
            "Invalid value found at properties.networkAcls.ipRules[0].value: home".to_owned(),
        ),
    ] {
        let (status, code, message) = refused(&patch(&kit, properties.clone()));
        assert_eq!((status, code.as_str()), (400, "BadRequest"), "{properties}");
        assert_eq!(message, expected);
    }
    assert_eq!(get(&kit), before);
    let moved = json!({"tenantId": kit.both.provider.tenant_id, "accessPolicies": []});
    assert_eq!(patch(&kit, moved).status, 200);
    let elsewhere = Kit::new(SimOptions::default());
    let created = elsewhere.put_vault(&json!({"tenantId": stranger}));
    assert_eq!(refused(&created).2, invalid("tenantId"));
}

#[test]
fn patch_keeps_what_put_drops() {
    let kit = Kit::new(SimOptions::default());
    let rules = json!({"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []});
    kit.put_vault(&json!({"networkAcls": rules}));
    assert_eq!(
        patch(&kit, json!({"publicNetworkAccess": "Disabled"})).status,
        200
    );
    let properties = get(&kit)["properties"].clone();
    assert_eq!(properties["networkAcls"], rules);
    assert_eq!(properties["publicNetworkAccess"], "Disabled");
    kit.put_vault(&json!({}));
    let properties = get(&kit)["properties"].clone();
    assert_eq!(properties.get("networkAcls"), None);
    assert_eq!(properties["publicNetworkAccess"], "Enabled");
}

#[test]
fn a_name_is_taken_in_the_whole_world() {
    let kit = Kit::new(SimOptions::default());
    kit.put_vault(&json!({}));
    let check = json!({"name": VAULT, "type": "Microsoft.KeyVault/vaults"});
    let path = "/subscriptions/{s}/providers/Microsoft.KeyVault/checkNameAvailability";
    let answer = kit.arm(false, "POST", path, VERSION, &check).body_json();
    assert_eq!(answer["nameAvailable"], false);
    assert_eq!(answer["reason"], "AlreadyExists");
    let body = json!({"location": "eastus", "properties": {}});
    let (status, code, message) =
        refused(&kit.arm(false, "PUT", &Kit::vault_path(), VERSION, &body));
    assert_eq!((status, code.as_str()), (409, "VaultAlreadyExists"));
    assert!(message.starts_with(&format!("The vault name '{VAULT}' is already in use. Vault names are globally unique so it is possible that the name is already taken.")));
    let bad = Kit::vault_path().replace(VAULT, "1-vault");
    assert_eq!(
        refused(&kit.arm(true, "PUT", &bad, VERSION, &body)).1,
        "VaultNameNotValid"
    );
}

#[test]
fn a_deleted_vault_is_recovered_without_its_roles_and_not_purged() {
    let kit = Kit::with_chain(SimOptions::default());
    let assignments = || {
        kit.both
            .sim
            .world()
            .arm
            .role_assignments
            .iter()
            .filter(|one| one.is_listed())
            .count()
    };
    let before = assignments();
    assert_eq!(
        kit.arm(true, "DELETE", &Kit::vault_path(), VERSION, &Value::Null)
            .status,
        200
    );
    assert_eq!(
        kit.arm(true, "DELETE", &Kit::vault_path(), VERSION, &Value::Null)
            .status,
        204
    );
    assert_eq!(
        kit.arm(true, "GET", &Kit::vault_path(), VERSION, &Value::Null)
            .status,
        404
    );
    let deleted = format!(
        "/subscriptions/{{s}}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/{VAULT}"
    );
    let shown = kit
        .arm(true, "GET", &deleted, VERSION, &Value::Null)
        .body_json();
    assert_eq!(shown["properties"]["purgeProtectionEnabled"], true);
    let (status, code, message) = refused(&kit.put_vault(&json!({})));
    assert_eq!((status, code.as_str()), (409, "ConflictError"));
    assert!(message.starts_with("A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault."));
    let purge = kit.arm(
        true,
        "POST",
        &format!("{deleted}/purge"),
        VERSION,
        &Value::Null,
    );
    assert_eq!(
        refused(&purge),
        (
            405,
            "MethodNotAllowed".to_owned(),
            "Operation 'DeletedVaultPurge' is not allowed.".to_owned()
        )
    );
    assert_eq!(kit.put_vault(&json!({"createMode": "recover"})).status, 200);
    assert_eq!(kit.both.sim.key_versions(VAULT, KEY).len(), 1);
    assert_eq!(assignments(), before - 1);
}

#[test]
fn what_was_deleted_is_gone_after_its_retention() {
    let kit = Kit::with_chain(SimOptions::default());
    let held = || {
        let world = kit.both.sim.world();
        let vault = world.key_vault.vaults.get(VAULT);
        vault.map(|vault| vault.keys.len())
    };
    let day = 24 * 60 * 60;
    // Names are compared without case.
    assert!(kit.both.sim.delete_key(&VAULT.to_uppercase(), KEY));
    kit.pass(90 * day - 1);
    assert_eq!(held(), Some(1));
    kit.pass(1);
    assert_eq!(held(), Some(0));
    assert!(kit.both.sim.delete_vault(VAULT));
    kit.pass(90 * day - 1);
    assert_eq!(held(), Some(0));
    kit.pass(1);
    assert_eq!(held(), None);
}

#[test]
fn an_unprotected_vault_is_purged_by_an_operation() {
    let kit = Kit::new(typical());
    kit.put_vault(&json!({"enablePurgeProtection": null}));
    kit.arm(true, "DELETE", &Kit::vault_path(), VERSION, &Value::Null);
    let path = format!(
        "/subscriptions/{{s}}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/{VAULT}/purge"
    );
    let answer = kit.arm(true, "POST", &path, VERSION, &Value::Null);
    assert_eq!(answer.status, 202);
    let url = answer.find_header("location").unwrap();
    let poll = url
        .strip_prefix("https://management.azure.com")
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let first = kit.arm(true, "GET", &poll, VERSION, &Value::Null);
    assert_eq!(
        (first.status, first.body_json()["status"].clone()),
        (202, json!("NotStarted"))
    );
    kit.pass(15);
    let last = kit.arm(true, "GET", &poll, VERSION, &Value::Null);
    assert_eq!(
        (last.status, last.body_json()["status"].clone()),
        (200, json!("Succeeded"))
    );
    assert_eq!(kit.put_vault(&json!({})).status, 200);
}

#[test]
fn resource_manager_makes_a_key_once() {
    let kit = Kit::new(SimOptions::default());
    kit.put_vault(&json!({}));
    let path = format!("{}/keys/{KEY}", Kit::vault_path());
    let put = |size: u64| {
        let body = json!({"properties": {"kty": "RSA", "keySize": size, "keyOps": ["wrapKey", "unwrapKey"]}});
        kit.arm(true, "PUT", &path, VERSION, &body)
    };
    let first = put(3072);
    assert_eq!(first.status, 200);
    let properties = first.body_json()["properties"].clone();
    assert_eq!(properties["keySize"], 3072);
    assert_eq!(
        properties["keyUri"],
        format!("https://{VAULT}.vault.azure.net:443/keys/{KEY}")
    );
    let second = put(4096);
    assert_eq!(
        (second.status, second.body_json()["properties"].clone()),
        (200, properties)
    );
    assert_eq!(kit.both.sim.key_versions(VAULT, KEY).len(), 1);
}

#[test]
fn group_and_provider_come_first() {
    let kit = Kit::new(SimOptions::default());
    let elsewhere = Kit::vault_path().replace("/rg/", "/nowhere/");
    let answer = kit.arm(true, "GET", &elsewhere, VERSION, &Value::Null);
    assert_eq!(refused(&answer).1, "ResourceGroupNotFound");
    let subscription = kit.both.customer.subscription_id.clone();
    let found = |world: &mut crate::world::World| {
        world
            .arm
            .subscriptions
            .get_mut(&subscription)
            .unwrap()
            .providers
            .clear();
    };
    kit.both.sim.change(found);
    assert_eq!(
        refused(&kit.put_vault(&json!({}))).1,
        "MissingSubscriptionRegistration"
    );
}
