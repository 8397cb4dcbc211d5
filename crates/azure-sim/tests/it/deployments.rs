//! Deployments of templates, as the Azure CLI sends them.

use crate::kit::{ARM, As, answer, at_once, code, message, text, with_lag};
use azure_sim::{Lag, SimRequest, SimResponse, Span, TwoTenants};
use serde_json::{Value, json};

const VERSION: &str = "2025-04-01";

fn deployment(azure: &TwoTenants) -> String {
    format!(
        "/subscriptions/{}/resourcegroups/rg/providers/Microsoft.Resources/deployments/d",
        azure.provider.subscription_id
    )
}

/// An identity and a vault that must come after it, in the wrong order.
fn template(tenant: &str) -> Value {
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"vault": {"type": "string"}, "pin": {"type": "secureString", "defaultValue": "1"}},
        "resources": [
            {
                "type": "Microsoft.KeyVault/vaults",
                "apiVersion": "2023-07-01",
                "name": "[parameters('vault')]",
                "location": "[resourceGroup().location]",
                "dependsOn": ["[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'identity')]"],
                "properties": {"tenantId": tenant, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []},
            },
            {
                "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
                "apiVersion": "2024-11-30",
                "name": "identity",
                "location": "[resourceGroup().location]",
            },
        ],
        "outputs": {"vault": {"type": "string", "value": "[resourceId('Microsoft.KeyVault/vaults', parameters('vault'))]"}},
    })
}

fn body(template: &Value, vault: &str) -> Value {
    json!({"properties": {
        "mode": "Incremental",
        "template": template,
        "parameters": {"vault": {"value": vault}},
    }})
}

fn poll(admin: &As<'_>, started: &SimResponse) -> Value {
    let url = started.find_header("azure-asyncoperation").unwrap();
    let path = url.strip_prefix(ARM).unwrap();
    let polled = admin.send("GET", ARM, path, &[], &Value::Null);
    assert_eq!(polled.status, 200);
    polled.body_json()
}

#[test]
fn resources_are_made_in_the_order_of_their_needs() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let group = format!("/subscriptions/{subscription}/resourceGroups/rg");
    let location = json!({"location": "westeurope"});
    assert_eq!(admin.arm("PUT", &group, VERSION, location).status, 201);
    let path = deployment(&azure);
    let wanted = body(&template(&azure.provider.tenant_id), "rcvault1");

    let valid = admin.arm("POST", &format!("{path}/validate"), VERSION, wanted.clone());
    assert_eq!(valid.status, 200, "{:?}", valid.body_json());
    let started = admin.arm("PUT", &path, VERSION, wanted);
    assert_eq!(started.status, 201);
    let state = text(&started.body_json(), "/properties/provisioningState");
    assert_eq!(state, "Accepted");
    assert_eq!(poll(&admin, &started), json!({"status": "Succeeded"}));

    let ended = admin.arm("GET", &path, VERSION, Value::Null).body_json();
    let vault = format!("{group}/providers/Microsoft.KeyVault/vaults/rcvault1");
    let group = format!("/subscriptions/{subscription}/resourceGroups/rg");
    assert_eq!(
        ended["properties"]["outputResources"],
        json!([
            {"id": format!("{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity")},
            {"id": vault},
        ])
    );
    assert_eq!(ended["properties"]["outputs"]["vault"]["value"], vault);
    assert_eq!(
        ended["properties"]["parameters"]["pin"],
        json!({"type": "secureString"})
    );
    assert_eq!(
        admin.arm("GET", &vault, "2023-07-01", Value::Null).status,
        200
    );
    assert_eq!(azure.sim.unmodelled(), Vec::<String>::new());
    assert_eq!(azure.sim.unknown_members(), Vec::<String>::new());
}

#[test]
fn the_body_of_the_azure_cli_is_taken_though_it_is_no_json() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    admin.make_identity(&azure.provider.subscription_id);
    let template = "// empty\n{\"contentVersion\": \"1.0.0.0\", \"resources\": []}";
    let body = format!(
        "{{\"properties\": {{\"parameters\": {{}}, \"mode\": \"Incremental\", template:{template}}}}}"
    );
    let send = |path: &str| {
        let token = azure.sim.token(admin.who, &format!("{ARM}/.default"));
        let url = format!("{ARM}{path}?api-version={VERSION}");
        let mut request = SimRequest::new("PUT", url.parse().unwrap()).bearer(&token.unwrap());
        request.body = body.clone().into_bytes();
        answer(azure.sim.handle(admin.now, request))
    };
    assert_eq!(send(&deployment(&azure)).status, 201);
    // Elsewhere it is refused.
    let group = format!(
        "/subscriptions/{}/resourceGroups/other",
        azure.provider.subscription_id
    );
    assert_eq!(code(&send(&group)), "InvalidRequestContent");
}

#[test]
fn a_resource_that_is_refused_fails_the_deployment_with_its_own_words() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    admin.make_identity(&azure.provider.subscription_id);
    let path = deployment(&azure);
    let wanted = body(&template(&azure.provider.tenant_id), "no");
    let started = admin.arm("PUT", &path, VERSION, wanted);
    let ended = poll(&admin, &started);
    assert_eq!(text(&ended, "/status"), "Failed");
    assert_eq!(text(&ended, "/error/code"), "DeploymentFailed");
    assert_eq!(text(&ended, "/error/details/0/code"), "VaultNameNotValid");
    let operations = admin.arm("GET", &format!("{path}/operations"), VERSION, Value::Null);
    let operations = operations.body_json();
    let states: Vec<String> = ["0", "1"]
        .iter()
        .map(|at| {
            text(
                &operations,
                &format!("/value/{at}/properties/provisioningState"),
            )
        })
        .collect();
    assert_eq!(states, ["Succeeded", "Failed"]);
}

#[test]
fn a_deployment_waits_for_the_operation_of_its_resource() {
    let azure = with_lag(Lag {
        account_create: Span::secs(100, 100),
        ..Lag::strict()
    });
    let admin = As::admin(&azure, &azure.provider);
    admin.make_identity(&azure.provider.subscription_id);
    let account = |key: Option<&str>| {
        json!({"contentVersion": "1.0.0.0", "resources": [{
            "type": "Microsoft.DocumentDB/databaseAccounts",
            "apiVersion": "2022-05-15",
            "name": "orders",
            "location": "westeurope",
            "properties": {
                "locations": [{"locationName": "westeurope", "failoverPriority": 0}],
                "databaseAccountOfferType": "Standard",
                "keyVaultKeyUri": key,
            },
        }]})
    };
    let wanted =
        |template: Value| json!({"properties": {"mode": "Incremental", "template": template}});
    let path = deployment(&azure);
    // Nobody has this key, which Cosmos DB finds out at the end.
    let key = "https://contoso-keys.vault.azure.net/keys/cmk";
    let started = admin.arm("PUT", &path, VERSION, wanted(account(Some(key))));
    assert_eq!(poll(&admin.at(50), &started), json!({"status": "Running"}));
    let again = admin
        .at(50)
        .arm("PUT", &path, VERSION, wanted(account(None)));
    assert_eq!(
        (again.status, code(&again)),
        (409, "DeploymentActive".to_owned())
    );
    let ended = poll(&admin.at(101), &started);
    assert_eq!(text(&ended, "/error/details/0/code"), "ServiceUnavailable");
    assert_eq!(
        azure
            .sim
            .resources()
            .iter()
            .filter(|line| line.contains("orders"))
            .count(),
        1,
        "a husk stays"
    );
}

#[test]
fn templates_are_refused_and_what_is_not_modelled_is_named() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    admin.make_identity(&azure.provider.subscription_id);
    let path = format!("{}/validate", deployment(&azure));
    let tenant = &azure.provider.tenant_id;
    let mut missing = body(&template(tenant), "rcvault1");
    missing["properties"]["parameters"] = json!({});
    let refused = admin.arm("POST", &path, VERSION, missing);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (400, "InvalidTemplate")
    );
    assert_eq!(
        message(&refused),
        "Deployment template validation failed: 'The value for the template parameter 'vault' is not provided'."
    );
    let mut unknown = template(tenant);
    unknown["resources"][0]["name"] = json!("[uniqueString(resourceGroup().id)]");
    let refused = admin.arm("POST", &path, VERSION, body(&unknown, "rcvault1"));
    assert_eq!(refused.status, 501);
    assert_eq!(azure.sim.unmodelled(), ["template function uniqueString"]);
}
