//! What only recorded traffic tells: members by version, and what the services make of what they are sent.

use crate::kit::{As, at_once, message, text, with_lag};
use azure_sim::{Lag, Reply, SimRequest, SimResponse, Span, TwoTenants};
use serde_json::{Value, json};
use std::time::Duration;

const GROUPS: &str = "2022-09-01";

fn group(subscription: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/rg")
}

fn make_group(who: &As<'_>, subscription: &str) {
    let made = who.arm(
        "PUT",
        &group(subscription),
        GROUPS,
        json!({"location": "eastus"}),
    );
    assert_eq!(made.status, 201);
}

#[test]
fn a_patch_of_a_group_replaces_tags_and_keeps_who_manages_it() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let path = group(&azure.customer.subscription_id);
    let body = json!({"location": "eastus", "managedBy": "someone", "tags": {"a": "1"}});
    let made = admin.arm("PUT", &path, GROUPS, body);
    assert_eq!(text(&made.body_json(), "/managedBy"), "someone");
    let patched = admin.arm("PATCH", &path, GROUPS, json!({"tags": {"b": "2"}}));
    assert_eq!(patched.status, 200);
    assert_eq!(patched.body_json()["tags"], json!({"b": "2"}));
    assert_eq!(text(&patched.body_json(), "/managedBy"), "someone");
    let absent = path.replace("rg", "nothing");
    let refused = admin.arm("HEAD", &absent, GROUPS, Value::Null);
    assert_eq!(refused.status, 404);
    assert_eq!(refused.find_header("x-ms-failure-cause"), Some("gateway"));
    assert_eq!(refused.find_header("content-type"), None);
    let older = admin.arm("HEAD", &absent, "2021-04-01", Value::Null);
    let json = Some("application/json; charset=utf-8");
    assert_eq!(
        (older.status, older.find_header("content-type")),
        (404, json)
    );
}

#[test]
fn a_region_answers_under_its_own_name() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    make_group(&admin, &azure.customer.subscription_id);
    let path = group(&azure.customer.subscription_id);
    let url = format!("https://brazilsouth.management.azure.com{path}?api-version={GROUPS}");
    let token = azure
        .sim
        .token(admin.who, "https://management.azure.com/.default");
    let request = SimRequest::new("HEAD", url.parse().unwrap()).bearer(&token.unwrap());
    assert_eq!(
        answered(azure.sim.handle(Duration::ZERO, request)).status,
        204
    );
}

fn answered(reply: Reply) -> SimResponse {
    match reply {
        Reply::Answer(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn older_versions_show_where_an_identity_keeps_its_secret() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let identity = admin.make_identity(subscription);
    let read = |version| {
        let id = text(&identity, "/id");
        admin.arm("GET", &id, version, Value::Null).body_json()
    };
    let url = text(&read("2018-11-30"), "/properties/clientSecretUrl");
    assert!(
        url.starts_with("https://control-westeurope.identity.azure.net/"),
        "{url}"
    );
    assert_eq!(
        read("2023-01-31").pointer("/properties/clientSecretUrl"),
        None
    );
}

fn assignment(azure: &TwoTenants, name: &str) -> String {
    format!(
        "/subscriptions/{}/providers/Microsoft.Authorization/roleAssignments/{name}",
        azure.customer.subscription_id
    )
}

const NAME: &str = "77777777-7777-4777-8777-777777777777";
const READER: &str =
    "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";

#[test]
fn a_repeated_role_assignment_changes_its_description_and_names_its_maker_only_when_read() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let body = |description: &str| {
        json!({"properties": {
            "roleDefinitionId": READER, "principalId": admin.who.object_id, "description": description,
        }})
    };
    let path = assignment(&azure, NAME);
    let made = admin.arm("PUT", &path, "2022-04-01", body("first"));
    assert_eq!(made.status, 201);
    assert_eq!(
        made.body_json().pointer("/properties/createdBy"),
        Some(&Value::Null)
    );
    let again = admin.arm("PUT", &path, "2022-04-01", body("second"));
    assert_eq!(again.status, 201);
    assert_eq!(
        text(&again.body_json(), "/properties/description"),
        "second"
    );
    let read = admin
        .arm("GET", &path, "2022-04-01", Value::Null)
        .body_json();
    assert_eq!(text(&read, "/properties/createdBy"), admin.who.object_id);
    assert_eq!(text(&read, "/properties/description"), "second");
    let older = admin
        .arm("GET", &path, "2018-09-01-preview", Value::Null)
        .body_json();
    assert_eq!(older.pointer("/properties/description"), None);
}

#[test]
fn refusals_of_role_assignments_say_more_in_newer_versions() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let absent = "88888888-8888-4888-8888-888888888888";
    let body = |principal: &str| json!({"properties": {"roleDefinitionId": READER, "principalId": principal}});
    let path = assignment(&azure, NAME);
    let older = admin.arm("PUT", &path, "2020-04-01-preview", body(absent));
    assert_eq!(
        message(&older),
        format!(
            "Principal 88888888888848888888888888888888 does not exist in the directory {}.",
            azure.customer.tenant_id
        )
    );
    let newer = admin.arm("PUT", &path, "2022-04-01", body(absent));
    assert!(message(&newer).ends_with("See https://aka.ms/docs-principaltype"));
    let made = admin.arm("PUT", &path, "2022-04-01", body(&admin.who.object_id));
    assert_eq!(made.status, 201);
    let other = assignment(&azure, absent);
    let twice = admin.arm(
        "PUT",
        &other,
        "2020-04-01-preview",
        body(&admin.who.object_id),
    );
    assert_eq!(
        (twice.status, message(&twice)),
        (409, "The role assignment already exists.".to_owned())
    );
}

#[test]
fn a_client_secret_is_shown_once_and_removed_by_id() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    let app = admin.make_app("cmk");
    let path = format!("applications/{}", text(&app, "/id"));
    let body = json!({"passwordCredential": {"displayName": "key1", "endDateTime": "2030-01-01T00:00:00Z"}});
    let added = admin.graph("POST", &format!("{path}/addPassword"), body);
    assert_eq!(added.status, 200);
    let secret = added.body_json();
    assert_eq!(text(&secret, "/displayName"), "key1");
    assert!(text(&secret, "/secretText").starts_with(&text(&secret, "/hint")));
    let list =
        |at: &str| admin.graph("GET", at, Value::Null).body_json()["passwordCredentials"].clone();
    assert_eq!(list(&path)[0]["keyId"], secret["keyId"]);
    assert_eq!(list(&path)[0]["secretText"], Value::Null);
    let url = format!(
        "https://login.microsoftonline.com/{}/oauth2/v2.0/token",
        azure.provider.tenant_id
    );
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
        text(&app, "/appId"),
        text(&secret, "/secretText").replace('~', "%7E")
    );
    let made = admin.graph("POST", "servicePrincipals", json!({"appId": app["appId"]}));
    assert_eq!(made.status, 201);
    let sign_in = || {
        let mut request = SimRequest::new("POST", url.parse().unwrap())
            .header("content-type", "application/x-www-form-urlencoded");
        request.body = form.clone().into_bytes();
        answered(azure.sim.handle(Duration::ZERO, request)).status
    };
    assert_eq!(sign_in(), 200);
    let gone = json!({"keyId": secret["keyId"]});
    let removed = admin.graph("POST", &format!("{path}/removePassword"), gone.clone());
    assert_eq!(removed.status, 204);
    assert_eq!(list(&path), json!([]));
    assert_eq!(sign_in(), 401);
    let twice = admin.graph("POST", &format!("{path}/removePassword"), gone);
    assert_eq!(twice.status, 400);
}

#[test]
fn a_service_principal_offers_what_its_application_does_and_is_found_by_any_of_its_names() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    let role = json!({"allowedMemberTypes": ["User"], "displayName": "Writer", "id": NAME, "isEnabled": true,
        "description": "Writes.", "value": "Writer"});
    let app = json!({"displayName": "offers", "identifierUris": ["api://offers"], "appRoles": [role],
        "web": {"redirectUris": ["https://offers.example/"]}});
    let app = admin.graph("POST", "applications", app).body_json();
    assert_eq!(app["appRoles"][0]["origin"], "Application");
    assert_eq!(
        app["web"]["redirectUriSettings"],
        json!([{"index": null, "uri": "https://offers.example/"}])
    );
    assert_eq!(
        app["web"]["implicitGrantSettings"]["enableIdTokenIssuance"],
        json!(false)
    );
    let made = admin.graph("POST", "servicePrincipals", json!({"appId": app["appId"]}));
    assert_eq!(made.find_header("odata-version"), Some("4.0"));
    let made = made.body_json();
    assert_eq!(made["appRoles"], app["appRoles"]);
    assert_eq!(made["replyUrls"], json!(["https://offers.example/"]));
    assert_eq!(
        made["servicePrincipalNames"],
        json!([app["appId"], "api://offers"])
    );
    let filter = "servicePrincipals?$filter=servicePrincipalNames/any(c:c eq 'api://offers')";
    let found = admin.graph("GET", filter, Value::Null).body_json();
    assert_eq!(found["value"][0]["id"], made["id"]);
    let none = admin.graph("GET", &filter.replace("offers", "other"), Value::Null);
    assert_eq!(none.body_json()["value"], json!([]));
}

#[test]
fn a_certificate_is_kept_as_its_thumbprint() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    // "certificate" in Base64, with a line break as some clients send it.
    let body = json!({"displayName": "app", "signInAudience": "AzureADandPersonalMicrosoftAccount",
        "keyCredentials": [{"@odata.type": "#microsoft.graph.keyCredential", "key": "Y2VydGlm\naWNhdGU=",
            "keyId": NAME, "type": "AsymmetricX509Cert", "usage": "Verify"}]});
    let app = admin.graph("POST", "applications", body).body_json();
    let shown = &app["keyCredentials"][0];
    assert_eq!(shown["key"], Value::Null);
    assert_eq!(shown.get("@odata.type"), None);
    assert_eq!(
        text(shown, "/customKeyIdentifier"),
        "735AD571C189D7BA84464BF4A9F1D2280175B128"
    );
    assert_eq!(app["api"]["requestedAccessTokenVersion"], json!(2));
}

fn vault_path(azure: &TwoTenants) -> String {
    let group = group(&azure.customer.subscription_id);
    format!("{group}/providers/Microsoft.KeyVault/vaults/contoso-keys")
}

fn vault_body(azure: &TwoTenants, more: &Value) -> Value {
    let mut properties = json!({
        "tenantId": azure.customer.tenant_id, "sku": {"family": "A", "name": "Premium"},
        "accessPolicies": [], "enableRbacAuthorization": true,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    json!({"location": "eastus", "properties": properties})
}

#[test]
fn a_vault_shows_its_slash_to_readers_first_and_its_history_to_newer_versions() {
    let azure = with_lag(Lag {
        vault_dns: Span::secs(10, 10),
        ..Lag::strict()
    });
    let admin = As::admin(&azure, &azure.customer);
    make_group(&admin, &azure.customer.subscription_id);
    let path = vault_path(&azure);
    let made = admin
        .arm("PUT", &path, "2023-02-01", vault_body(&azure, &json!({})))
        .body_json();
    assert_eq!(
        text(&made, "/properties/provisioningState"),
        "RegisteringDns"
    );
    assert_eq!(
        text(&made, "/properties/vaultUri"),
        "https://contoso-keys.vault.azure.net"
    );
    assert_eq!(text(&made, "/systemData/createdBy"), admin.who.name);
    assert_eq!(text(&made, "/systemData/lastModifiedByType"), "User");
    let read = admin
        .arm("GET", &path, "2019-09-01", Value::Null)
        .body_json();
    assert_eq!(
        text(&read, "/properties/provisioningState"),
        "RegisteringDns"
    );
    assert_eq!(
        text(&read, "/properties/vaultUri"),
        "https://contoso-keys.vault.azure.net/"
    );
    assert_eq!(read.get("systemData"), None);
    assert_eq!(read.pointer("/properties/publicNetworkAccess"), None);
    // Recovered, it is up at once.
    assert_eq!(
        admin
            .at(20)
            .arm("DELETE", &path, "2023-02-01", Value::Null)
            .status,
        200
    );
    let body = vault_body(&azure, &json!({"createMode": "recover"}));
    let back = admin
        .at(21)
        .arm("PUT", &path, "2023-02-01", body)
        .body_json();
    assert_eq!(text(&back, "/properties/provisioningState"), "Succeeded");
}

#[test]
fn attributes_of_keys_come_with_the_versions() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    make_group(&admin, &azure.customer.subscription_id);
    let scope = format!("/subscriptions/{}", azure.customer.subscription_id);
    assert!(
        azure
            .sim
            .grant(admin.who, "Key Vault Administrator", &scope)
    );
    let made = admin.arm(
        "PUT",
        &vault_path(&azure),
        "2023-02-01",
        vault_body(&azure, &json!({})),
    );
    assert_eq!(made.status, 200);
    let create = |version: &str, kty: &str| {
        let url =
            format!("https://contoso-keys.vault.azure.net/keys/k/create?api-version={version}");
        let token = azure
            .sim
            .token(admin.who, "https://vault.azure.net/.default")
            .unwrap();
        let request = SimRequest::new("POST", url.parse().unwrap()).bearer(&token);
        let body = json!({"kty": kty, "crv": "SECP256K1"});
        answered(azure.sim.handle(Duration::ZERO, request.json(&body))).body_json()
    };
    let names = |key: &Value| -> Vec<String> {
        let all = key["attributes"].as_object().unwrap().keys().cloned();
        let hidden = ["created", "updated", "enabled", "recoveryLevel"];
        all.filter(|name| !hidden.contains(&name.as_str()))
            .collect()
    };
    assert_eq!(names(&create("7.0", "EC")), Vec::<String>::new());
    assert_eq!(names(&create("7.3", "EC")), ["recoverableDays"]);
    assert_eq!(
        names(&create("7.4-preview.1", "EC")),
        ["exportable", "recoverableDays"]
    );
    let newest = create("7.5-preview.1", "EC-HSM");
    assert_eq!(
        names(&newest),
        ["exportable", "hsmPlatform", "recoverableDays"]
    );
    assert_eq!(newest["attributes"]["hsmPlatform"], "1");
    assert_eq!(newest["key"]["crv"], "SECP256K1");
}

fn account_path(azure: &TwoTenants) -> String {
    let group = group(&azure.provider.subscription_id);
    format!("{group}/providers/Microsoft.DocumentDB/databaseAccounts/fabrikam-data")
}

fn account_body(more: &Value) -> Value {
    let mut body = json!({
        "location": "westus", "kind": "GlobalDocumentDB",
        "properties": {"databaseAccountOfferType": "Standard", "apiProperties": {}, "createMode": "Default",
            "locations": [{"locationName": "eastus", "failoverPriority": 0, "isZoneRedundant": false},
                {"locationName": "westus", "failoverPriority": 1, "isZoneRedundant": false}]},
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        body["properties"][name] = value.clone();
    }
    body
}

#[test]
fn an_account_shows_more_when_it_is_up_and_to_newer_versions() {
    let azure = with_lag(Lag {
        account_create: Span::secs(90, 90),
        ..Lag::strict()
    });
    let admin = As::admin(&azure, &azure.provider);
    make_group(&admin, &azure.provider.subscription_id);
    let path = account_path(&azure);
    let made = admin.arm("PUT", &path, "2024-08-15", account_body(&json!({})));
    assert_eq!(made.find_header("content-type"), Some("application/json"));
    let made = made.body_json();
    assert_eq!(made["properties"]["locations"].as_array().unwrap().len(), 1);
    let redundancy = "/properties/backupPolicy/periodicModeProperties/backupStorageRedundancy";
    assert_eq!(text(&made, redundancy), "Invalid");
    assert_eq!(made.pointer("/properties/apiProperties"), None);
    let up = admin
        .at(100)
        .arm("GET", &path, "2024-08-15", Value::Null)
        .body_json();
    assert_eq!(up["properties"]["locations"].as_array().unwrap().len(), 2);
    assert_eq!(text(&up, redundancy), "Geo");
    assert_eq!(
        text(&up, "/properties/sqlEndpoint"),
        "https://fabrikam-data.documents.azure.com:443/"
    );
    assert_eq!(text(&up, "/properties/minimalTlsVersion"), "Tls12");
    assert_eq!(up.pointer("/properties/createMode"), None);
    let older = admin
        .at(100)
        .arm("GET", &path, "2021-10-15", Value::Null)
        .body_json();
    for newer in ["minimalTlsVersion", "keysMetadata"] {
        assert_eq!(older["properties"].get(newer), None, "{newer}");
    }
    // What the service shows whatever the version.
    for member in ["sqlEndpoint", "enableFullFidelityChangeFeed"] {
        assert!(older["properties"].get(member).is_some(), "{member}");
    }
}

#[test]
fn each_api_has_an_endpoint_and_defaults_of_its_own() {
    let shown = |kind: &str, more: &Value| {
        let azure = at_once();
        let admin = As::admin(&azure, &azure.provider);
        make_group(&admin, &azure.provider.subscription_id);
        let mut body = account_body(more);
        body["kind"] = kind.into();
        let path = account_path(&azure);
        assert_eq!(admin.arm("PUT", &path, "2024-08-15", body).status, 200);
        admin
            .at(1)
            .arm("GET", &path, "2024-08-15", Value::Null)
            .body_json()["properties"]
            .clone()
    };
    let table = shown(
        "GlobalDocumentDB",
        &json!({"capabilities": [{"name": "EnableTable"}]}),
    );
    assert_eq!(text(&table, "/EnabledApiTypes"), "Table, Sql");
    assert_eq!(
        text(&table, "/tableEndpoint"),
        "https://fabrikam-data.table.cosmos.azure.com:443/"
    );
    assert_eq!(
        text(&table, "/consistencyPolicy/defaultConsistencyLevel"),
        "BoundedStaleness"
    );
    let mongo = shown("MongoDB", &json!({}));
    assert_eq!(mongo["capabilities"], json!([{"name": "EnableMongo"}]));
    assert_eq!(text(&mongo, "/apiProperties/serverVersion"), "3.6");
    assert_eq!(
        text(&mongo, "/analyticalStorageConfiguration/schemaType"),
        "FullFidelity"
    );
    let continuous = json!({"backupPolicy": {"type": "Continuous", "continuousModeProperties": {"tier": "Continuous7Days"}}});
    assert_eq!(
        text(&shown("GlobalDocumentDB", &continuous), "/createMode"),
        "Default"
    );
}

#[test]
fn a_put_that_changes_nothing_leaves_an_account_up() {
    let azure = with_lag(Lag {
        account_update: Span::secs(30, 30),
        ..Lag::strict()
    });
    let admin = As::admin(&azure, &azure.provider);
    make_group(&admin, &azure.provider.subscription_id);
    let path = account_path(&azure);
    assert_eq!(
        admin
            .arm("PUT", &path, "2024-08-15", account_body(&json!({})))
            .status,
        200
    );
    let again = admin
        .at(1)
        .arm("PUT", &path, "2024-08-15", account_body(&json!({})));
    assert_eq!(
        text(&again.body_json(), "/properties/provisioningState"),
        "Succeeded"
    );
    assert!(again.find_header("azure-asyncoperation").is_some());
    let off = account_body(&json!({"publicNetworkAccess": "DISABLED"}));
    let changed = admin.at(2).arm("PUT", &path, "2024-08-15", off).body_json();
    assert_eq!(text(&changed, "/properties/provisioningState"), "Updating");
    let read = admin
        .at(60)
        .arm("GET", &path, "2024-08-15", Value::Null)
        .body_json();
    assert_eq!(text(&read, "/properties/publicNetworkAccess"), "Disabled");
}
