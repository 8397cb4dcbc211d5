//! Policies that deny, and access policies one by one.

use crate::{
    hsm_kit::{self, ARM_VERSION},
    kit::{code, message, text},
    locks::{Kit, VAULTS},
};
use azure_sim::SimResponse;
use serde_json::{Value, json};

const POLICIES: &str = "2024-05-01";

fn assign(kit: &Kit, rule: Value, parameters: Value, given: Value) -> SimResponse {
    let properties = json!({
        "displayName": "The rule", "mode": "All", "policyRule": rule, "parameters": parameters,
    });
    assign_definition(kit, properties, given)
}

/// A definition and its assignment to the subscription.
fn assign_definition(kit: &Kit, properties: Value, given: Value) -> SimResponse {
    let definition = format!(
        "{}/providers/Microsoft.Authorization/policyDefinitions/rule",
        kit.subscription
    );
    let body = json!({"properties": properties});
    let made = kit.arm("PUT", &definition, POLICIES, body);
    if made.status != 201 {
        return made;
    }
    let assignment = format!(
        "{}/providers/Microsoft.Authorization/policyAssignments/here",
        kit.subscription
    );
    let body = json!({"properties": {"policyDefinitionId": definition, "parameters": given}});
    kit.arm("PUT", &assignment, POLICIES, body)
}

fn deny(condition: Value) -> Value {
    json!({"if": condition, "then": {"effect": "deny"}})
}

#[test]
fn a_location_that_is_not_allowed_is_denied_with_what_made_it_so() {
    let kit = Kit::new();
    let rule = deny(json!({"allOf": [
        {"field": "type", "equals": "Microsoft.KeyVault/vaults"},
        {"not": {"field": "location", "in": "[parameters('allowed')]"}},
        {"field": "location", "notEquals": "global"},
    ]}));
    let parameters = json!({"allowed": {"type": "Array"}});
    let missing = assign(&kit, rule.clone(), parameters.clone(), json!({}));
    assert_eq!(code(&missing), "MissingPolicyParameter");
    let given = json!({"allowed": {"value": ["North Europe"]}});
    assert_eq!(assign(&kit, rule, parameters, given).status, 201);
    assert_eq!(kit.put_group(json!({})).status, 201);
    let refused = kit.put_vault(json!({}));
    assert_eq!(refused.status, 403);
    let error = refused.body_json()["error"].clone();
    assert_eq!(error["code"], "RequestDisallowedByPolicy");
    assert_eq!(error["target"], "contoso-keys");
    let scope = &kit.subscription;
    let authorization = format!("{scope}/providers/Microsoft.Authorization");
    assert_eq!(
        message(&refused),
        format!(
            "Resource 'contoso-keys' was disallowed by policy. Policy identifiers: '{}'.",
            json!([{
                "policyAssignment": {"name": "here", "id": format!("{authorization}/policyAssignments/here")},
                "policyDefinition": {"name": "The rule", "id": format!("{authorization}/policyDefinitions/rule")},
            }])
        )
    );
    let info = &error["additionalInfo"][0];
    assert_eq!(info["type"], "PolicyViolation");
    assert_eq!(info["info"]["policyAssignmentScope"], *scope);
    let expressions = info["info"]["evaluationDetails"]["evaluatedExpressions"].clone();
    assert_eq!(
        expressions[0]["expressionValue"],
        "Microsoft.KeyVault/vaults"
    );
    let allowed = kit.put_vault(json!({"location": "northeurope"}));
    assert_eq!(allowed.status, 200);
}

#[test]
fn a_missing_tag_is_denied_and_a_patch_counts_with_what_is_there() {
    let kit = Kit::new();
    let rule = deny(json!({"allOf": [
        {"field": "type", "like": "Microsoft.KeyVault/*"},
        {"field": "[concat('tags[', parameters('tag'), ']')]", "exists": "false"},
    ]}));
    let parameters = json!({"tag": {"type": "String", "defaultValue": "owner"}});
    assert_eq!(assign(&kit, rule, parameters, json!({})).status, 201);
    kit.put_group(json!({}));
    assert_eq!(code(&kit.put_vault(json!({}))), "RequestDisallowedByPolicy");
    assert_eq!(kit.put_vault(json!({"tags": {"owner": "me"}})).status, 200);
    let patch = |body: Value| kit.arm("PATCH", &kit.vault, VAULTS, body);
    let kept = patch(json!({"properties": {"enablePurgeProtection": true}}));
    assert_eq!(kept.status, 200, "{:?}", kept.body_json());
}

#[test]
fn a_setting_of_the_resource_is_denied_by_its_alias() {
    let kit = Kit::new();
    let rule = deny(json!({"allOf": [
        {"field": "type", "equals": "Microsoft.KeyVault/vaults"},
        {"field": "Microsoft.KeyVault/vaults/enablePurgeProtection", "notEquals": true},
    ]}));
    assert_eq!(assign(&kit, rule, json!({}), json!({})).status, 201);
    kit.put_group(json!({}));
    assert_eq!(code(&kit.put_vault(json!({}))), "RequestDisallowedByPolicy");
    let path = format!(
        "{}/providers/Microsoft.Authorization/policyAssignments",
        kit.group
    );
    let names = |filter: &str| {
        let listed = kit.arm("GET", &format!("{path}{filter}"), POLICIES, Value::Null);
        let items = listed.body_json()["value"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| text(item, "/name"))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["here"]);
    assert_eq!(names("?$filter=atScope()"), ["here"]);
    assert_eq!(names("?$filter=atExactScope()"), [""; 0]);
    let own = format!(
        "{}/providers/Microsoft.Authorization/policyAssignments/here",
        kit.subscription
    );
    assert_eq!(kit.arm("DELETE", &own, POLICIES, Value::Null).status, 200);
    assert_eq!(kit.arm("DELETE", &own, POLICIES, Value::Null).status, 204);
    assert_eq!(kit.put_vault(json!({})).status, 200);
}

#[test]
fn a_patch_of_what_is_not_there_is_not_found_whatever_a_policy_wants() {
    let kit = Kit::new();
    let rule = deny(json!({"field": "tags", "exists": false}));
    assert_eq!(assign(&kit, rule, json!({}), json!({})).status, 201);
    let tags = json!({"owner": "me"});
    assert_eq!(kit.put_group(tags.clone()).status, 201);
    let patch = || kit.arm("PATCH", &kit.vault, VAULTS, json!({"properties": {}}));
    assert_eq!(code(&patch()), "ResourceNotFound");
    assert_eq!(kit.put_vault(json!({"tags": tags})).status, 200);
    assert_eq!(patch().status, 200);
}

#[test]
fn a_definition_of_mode_indexed_looks_at_managed_hsms_and_at_their_sku() {
    let kit = Kit::new();
    assert_eq!(kit.put_group(json!({})).status, 201);
    let alias = "Microsoft.KeyVault/managedHSMs/sku.name";
    let rule = deny(json!({"field": alias, "equals": "Standard_B1"}));
    // Indexed goes without saying.
    let properties = json!({"displayName": "The rule", "policyRule": rule});
    assert_eq!(assign_definition(&kit, properties, json!({})).status, 201);
    let path = hsm_kit::path(&kit.azure);
    let body = hsm_kit::body(&kit.azure);
    let refused = kit.arm("PUT", &path, ARM_VERSION, body);
    assert_eq!(code(&refused), "RequestDisallowedByPolicy");
    assert_eq!(kit.put_vault(json!({})).status, 200);
}

#[test]
fn a_field_of_a_policy_can_be_a_parameter() {
    let kit = Kit::new();
    let rule = deny(json!({"field": "[parameters('field')]", "exists": false}));
    let parameters = json!({"field": {"type": "String"}});
    let given = |field: &str| json!({"field": {"value": field}});
    let refused = assign(
        &kit,
        rule.clone(),
        parameters.clone(),
        given("identity.type"),
    );
    assert_eq!(message(&refused), "policy field identity.type");
    let made = assign(&kit, rule, parameters, given("tags['owner']"));
    assert_eq!(made.status, 201);
    assert_eq!(code(&kit.put_group(json!({}))), "RequestDisallowedByPolicy");
    assert_eq!(kit.put_group(json!({"owner": "me"})).status, 201);
}

#[test]
fn what_of_a_policy_is_not_modelled_is_named() {
    let kit = Kit::new();
    let field = json!({"field": "location", "equals": "x"});
    for (rule, what) in [
        (
            json!({"if": field, "then": {"effect": "modify"}}),
            "policy effect modify",
        ),
        (
            deny(json!({"value": "[field('location')]", "equals": "x"})),
            "template function field",
        ),
        (
            deny(json!({"field": "location", "match": "?"})),
            "policy condition match",
        ),
        (
            deny(json!({"count": {"field": "x"}, "equals": 1})),
            "policy condition count",
        ),
        (
            deny(json!({"not": {"field": "fullName", "equals": "x"}})),
            "policy field fullName",
        ),
        (
            deny(json!({"anyOf": [{"field": "identity.type", "equals": "x"}]})),
            "policy field identity.type",
        ),
        (
            deny(json!({"field": "tagsowner", "exists": false})),
            "policy field tagsowner",
        ),
        (
            deny(
                json!({"field": "Microsoft.Storage/storageAccounts/minimumTlsVersion", "equals": "x"}),
            ),
            "policy field Microsoft.Storage/storageAccounts/minimumTlsVersion",
        ),
        (
            deny(json!({"field": "Microsoft.KeyVault/vaults/keys/keySize", "less": 2048})),
            "policy condition less",
        ),
        (
            deny(json!({"field": "Microsoft.KeyVault/vaults/keys/keySize", "equals": 2048})),
            "policy field Microsoft.KeyVault/vaults/keys/keySize",
        ),
    ] {
        let refused = assign(&kit, rule, json!({}), json!({}));
        assert_eq!((refused.status, message(&refused).as_str()), (501, what));
    }
    let path = format!(
        "{}/providers/Microsoft.Authorization/policyAssignments/a",
        kit.subscription
    );
    let definition = "/providers/Microsoft.Authorization/policyDefinitions/e56962a6";
    let body = json!({"properties": {"policyDefinitionId": definition}});
    let built_in = kit.arm("PUT", &path, POLICIES, body);
    assert_eq!(
        message(&built_in),
        format!("policy definition {definition}")
    );
}

#[test]
fn access_policies_are_added_replaced_and_removed_one_by_one() {
    let kit = Kit::with_vault();
    let change = |word: &str, keys: Value| {
        let path = format!("{}/accessPolicies/{word}", kit.vault);
        let policy = json!({
            "tenantId": kit.azure.customer.tenant_id,
            "objectId": "22222222-2222-4222-8222-222222222222",
            "permissions": {"keys": keys},
        });
        let body = json!({"properties": {"accessPolicies": [policy]}});
        kit.arm("PUT", &path, VAULTS, body)
    };
    let keys = |answer: &SimResponse| {
        answer.body_json()["properties"]["accessPolicies"][0]["permissions"]["keys"].clone()
    };
    let added = change("add", json!(["get"]));
    assert_eq!(added.status, 200);
    assert_eq!(
        text(&added.body_json(), "/type"),
        "Microsoft.KeyVault/vaults/accessPolicies"
    );
    assert_eq!(
        keys(&change("add", json!(["Get", "wrapKey"]))),
        json!(["get", "wrapKey"])
    );
    assert_eq!(keys(&change("remove", json!(["get"]))), json!(["wrapKey"]));
    assert_eq!(keys(&change("replace", json!(["list"]))), json!(["list"]));
    let vault = kit.arm("GET", &kit.vault, VAULTS, Value::Null);
    assert_eq!(keys(&vault), json!(["list"]));
    let gone = change("remove", json!(["list"])).body_json();
    assert_eq!(gone["properties"]["accessPolicies"], json!([]));
    assert_eq!(change("mend", json!(["list"])).status, 400);
}
