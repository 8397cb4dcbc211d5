//! What surprises in Azure Cosmos DB.

use super::text::{CONFIRMED, Revocation};
use crate::{
    Lag, SimOptions, Span,
    test_kit::{ACCOUNT, CLIENT, IDENTITY_PRINCIPAL, KEY, Kit, VAULT, error_of},
};
use serde_json::{Value, json};

fn typical() -> SimOptions {
    SimOptions {
        lag: Lag::typical(),
        ..SimOptions::default()
    }
}

fn patched(kit: &Kit, body: &Value) -> Value {
    let answer = kit.account("PATCH", body);
    assert_eq!(answer.status, 200, "{}", answer.body_json());
    kit.pass(120);
    kit.poll(&answer)
}

fn refused(kit: &Kit, body: &Value) -> (u16, String) {
    let (status, _, message, _) = error_of(&kit.account("PATCH", body));
    (status, message.split("\r\n").next().unwrap().to_owned())
}

#[test]
fn a_whole_chain_makes_an_account_in_its_own_time() {
    let kit = Kit::with_chain(typical());
    let answer = kit.account("PUT", &kit.account_body());
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body_json()["properties"]["provisioningState"],
        "Creating"
    );
    assert_eq!(
        answer.body_json()["properties"].get("documentEndpoint"),
        None
    );
    assert_eq!(kit.poll(&answer), json!({"status": "Enqueued"}));
    kit.pass(60);
    assert_eq!(kit.poll(&answer), json!({"status": "Dequeued"}));
    kit.pass(60);
    assert_eq!(kit.poll(&answer), json!({"status": "Succeeded"}));
    let shown = kit.account("GET", &Value::Null).body_json();
    assert_eq!(shown["location"], "East US 2");
    let properties = &shown["properties"];
    assert_eq!(
        properties["documentEndpoint"],
        format!("https://{ACCOUNT}.documents.azure.com:443/")
    );
    assert_eq!(properties["customerManagedKeyStatus"], CONFIRMED);
    assert_eq!(
        properties["keyVaultKeyUriVersion"],
        json!(kit.both.sim.key_versions(VAULT, KEY)[0])
    );
    assert_eq!(
        shown["identity"]["userAssignedIdentities"][kit.identity_id()]["principalId"],
        IDENTITY_PRINCIPAL
    );
    assert_eq!(kit.both.sim.unknown_members(), Vec::<String>::new());
}

#[test]
fn newer_members_are_not_shown_to_older_versions() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    let old = kit
        .arm(
            false,
            "GET",
            &Kit::account_path(),
            "2022-05-15",
            &Value::Null,
        )
        .body_json();
    assert_eq!(old["properties"].get("customerManagedKeyStatus"), None);
    assert_eq!(old["properties"].get("keyVaultKeyUriVersion"), None);
    let bad = kit.arm(
        false,
        "GET",
        &Kit::account_path(),
        "2022-05-16",
        &Value::Null,
    );
    assert_eq!(error_of(&bad).1, "NoRegisteredProviderFound");
}

#[test]
fn a_failed_creation_leaves_a_husk_that_must_be_deleted() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.both.sim.enable_key(VAULT, KEY, None, false);
    kit.create_account();
    let shown = kit.account("GET", &Value::Null).body_json();
    assert_eq!(shown["properties"]["provisioningState"], "Failed");
    assert_eq!(shown["properties"].get("documentEndpoint"), None);
    let (status, code, message, _) = error_of(&kit.account("PUT", &kit.account_body()));
    assert_eq!((status, code.as_str()), (400, "BadRequest"));
    assert!(message.starts_with(&format!("DatabaseAccount {ACCOUNT} is in a failed provisioning state because the previous attempt to create it was not successful. Please delete the previous instance before attempting to recreate this account.")), "{message}");
    kit.both.sim.enable_key(VAULT, KEY, None, true);
    assert_eq!(kit.account("DELETE", &Value::Null).status, 202);
    kit.pass(1);
    assert_eq!(kit.create_account()["status"], "Succeeded");
}

#[test]
fn a_deleted_name_is_taken_for_a_while() {
    let kit = Kit::with_chain(typical());
    assert_eq!(kit.create_account()["status"], "Succeeded");
    let name = format!("/providers/Microsoft.DocumentDB/databaseAccountNames/{ACCOUNT}");
    let taken = |kit: &Kit| {
        kit.arm(false, "HEAD", &name, "2026-03-15", &Value::Null)
            .status
    };
    assert_eq!(taken(&kit), 200);
    let answer = kit.account("DELETE", &Value::Null);
    assert_eq!(
        (answer.status, answer.body_json()),
        (202, json!({"status": "Enqueued"}))
    );
    kit.pass(299);
    assert_eq!(kit.poll(&answer)["status"], "Dequeued");
    kit.pass(102);
    assert_eq!(kit.poll(&answer)["status"], "Succeeded");
    assert_eq!(kit.account("GET", &Value::Null).status, 404);
    let (status, _, message, _) = error_of(&kit.account("PUT", &kit.account_body()));
    assert_eq!(status, 400);
    assert!(message.starts_with(&format!(
        "Dns record for {ACCOUNT} under zone Document is already taken."
    )));
    assert_eq!(taken(&kit), 200);
    kit.pass(900);
    assert_eq!(taken(&kit), 404);
    assert_eq!(kit.account("DELETE", &Value::Null).status, 204);
}

#[test]
fn one_write_at_a_time() {
    let kit = Kit::with_chain(typical());
    kit.account("PUT", &kit.account_body());
    for method in ["PUT", "PATCH", "DELETE"] {
        let (status, code, message, _) = error_of(&kit.account(method, &kit.account_body()));
        assert_eq!(
            (status, code.as_str()),
            (412, "PreconditionFailed"),
            "{method}"
        );
        assert!(message.starts_with(&format!("There is already an operation in progress which requires exclusive lock on this service {ACCOUNT}. Please retry the operation after sometime.")), "{message}");
    }
}

#[test]
fn an_update_shows_old_values_until_it_ends() {
    let kit = Kit::with_chain(typical());
    kit.create_account();
    let answer = kit.account("PATCH", &json!({"tags": {"team": "data"}}));
    assert_eq!(
        answer.body_json()["properties"]["provisioningState"],
        "Updating"
    );
    assert_eq!(answer.body_json()["tags"], json!({}));
    kit.pass(60);
    assert_eq!(
        kit.account("GET", &Value::Null).body_json()["tags"],
        json!({"team": "data"})
    );
}

#[test]
fn the_key_is_never_changed_beside_others() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    let uri = format!("https://{VAULT}.vault.azure.net/keys/other");
    for mut body in [
        json!({"identity": {"type": "UserAssigned", "userAssignedIdentities": {kit.identity_id(): {}}}}),
        json!({"properties": {"defaultIdentity": kit.default_identity()}}),
        json!({"tags": {"a": "b"}}),
    ] {
        body["properties"]["keyVaultKeyUri"] = json!(uri);
        assert_eq!(
            refused(&kit, &body),
            (400, "Cannot update Customer Managed Key settings and other properties at the same time.".to_owned())
        );
    }
}

#[test]
fn identity_beside_default_identity_succeeds_and_changes_nothing() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    let before = kit.account("GET", &Value::Null).body_json();
    let end = patched(
        &kit,
        &json!({
            "identity": {"type": "SystemAssigned,UserAssigned"},
            "properties": {"defaultIdentity": format!("UserAssignedIdentity={}", kit.identity_id())},
        }),
    );
    assert_eq!(end["status"], "Succeeded");
    let after = kit.account("GET", &Value::Null).body_json();
    assert_eq!(after["identity"], before["identity"]);
    assert_eq!(
        after["properties"]["defaultIdentity"],
        before["properties"]["defaultIdentity"]
    );
}

#[test]
fn the_refusals_of_the_troubleshooting_guide() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    let key = |value: Value| json!({"properties": {"keyVaultKeyUri": value}});
    let default =
        |value: &str| json!({"properties": {"defaultIdentity": value, "apiProperties": {}}});
    assert_eq!(
        refused(
            &kit,
            &key(json!("http://mykeyvault.vault1.azure2.net3/keys4/mykey"))
        )
        .1,
        "Provided KeyVaultKeyUri http://mykeyvault.vault1.azure2.net3/keys4/mykey is Invalid."
    );
    assert_eq!(
        refused(&kit, &key(Value::Null)).1,
        "Updating KeyVaultKeyUri is not supported"
    );
    assert_eq!(
        refused(
            &kit,
            &default(&format!(
                "SystemAssignedIdentity&FederatedClientId={CLIENT}"
            ))
        )
        .1,
        "Cross-tenant CMK is not supported with System Assigned identities as Default identities. Please use a User Assigned Identity instead."
    );
    assert_eq!(
        refused(&kit, &default("FirstPartyIdentity")).1,
        "Cross-tenant CMK is not supported with First Party identities as Default identities. Please use a User Assigned identity instead"
    );
    assert!(refused(&kit, &default("SystemAssignedIdentity=subscriptions/x")).1.contains("is not valid. The format for the default identity is not valid, please use 'FirstPartyIdentity'/'SystemAssignedIdentity'/'UserAssignedIdentity=<UA_resource_id>'"));
    let other = kit.identity_id().replace("/cmk", "/other");
    assert_eq!(
        refused(
            &kit,
            &default(&format!(
                "UserAssignedIdentity={other}&FederatedClientId={CLIENT}"
            ))
        )
        .0,
        400
    );
    let mut again = json!({"type": "UserAssigned", "userAssignedIdentities": {}});
    again["userAssignedIdentities"][kit.identity_id()] = json!({"principalId": IDENTITY_PRINCIPAL});
    let (status, code, ..) = error_of(&kit.account("PATCH", &json!({"identity": again})));
    assert_eq!((status, code.as_str()), (400, "InvalidIdentityValues"));
}

#[test]
fn system_assigned_cannot_be_the_default_of_a_creation() {
    let kit = Kit::with_chain(SimOptions::default());
    let mut body = kit.account_body();
    body["properties"]["defaultIdentity"] = json!("SystemAssignedIdentity");
    let end = kit.poll(&kit.account("PUT", &body));
    assert_eq!(end["error"]["code"], "BadRequest");
    assert!(end["error"]["message"].as_str().unwrap().contains("Error : Updating default identity not allowed. Cannot set SystemAssignedIdentity as the default identity during provision."));
}

#[test]
fn an_account_stays_in_the_tenant_of_its_first_key() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    let (own, other) = (
        kit.both.customer.tenant_id.clone(),
        kit.both.provider.tenant_id.clone(),
    );
    let body = json!({"location": "eastus", "properties": {
        "tenantId": other,
        "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [],
    }});
    let path = Kit::vault_path().replace(VAULT, "fabrikam-keys");
    assert_eq!(
        kit.arm(false, "PUT", &path, "2026-02-01", &body).status,
        200
    );
    assert_eq!(
        refused(&kit, &json!({"properties": {"keyVaultKeyUri": "https://fabrikam-keys.vault.azure.net/keys/k"}})).1,
        format!("The tenant for the new Key Vault {other} does not match the one in the old Key Vault {own}. New Key Vaults must be on the same tenant as the old ones.")
    );
}

#[test]
fn a_lost_default_identity_is_undefined_and_stays_so() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    let mut removal = json!({"type": "UserAssigned", "userAssignedIdentities": {}});
    removal["userAssignedIdentities"][kit.identity_id()] = Value::Null;
    assert_eq!(
        patched(&kit, &json!({"identity": removal}))["status"],
        "Succeeded"
    );
    let shown = kit.account("GET", &Value::Null).body_json();
    assert_eq!(shown["properties"]["defaultIdentity"], "Undefined");
    assert_eq!(shown["identity"], json!({"type": "None"}));
    assert_eq!(kit.key_status(), Revocation::UndefinedIdentity.to_string());
    let mut addition = json!({"type": "UserAssigned", "userAssignedIdentities": {}});
    addition["userAssignedIdentities"][kit.identity_id()] = json!({});
    patched(&kit, &json!({"identity": addition}));
    assert_eq!(kit.key_status(), Revocation::UndefinedIdentity.to_string());
    patched(
        &kit,
        &json!({"properties": {"defaultIdentity": kit.default_identity()}}),
    );
    assert_eq!(kit.key_status(), CONFIRMED);
}

#[test]
fn a_revoked_account_takes_no_other_update_and_heals_by_the_clock() {
    let kit = Kit::with_chain(SimOptions {
        lag: Lag {
            revoke: Span::secs(300, 300),
            heal: Span::secs(1200, 1200),
            ..Lag::typical()
        },
        ..SimOptions::default()
    });
    kit.create_account();
    kit.both.sim.enable_key(VAULT, KEY, None, false);
    kit.pass(300);
    assert_eq!(
        refused(&kit, &json!({"tags": {"a": "b"}})),
        (
            400,
            "No Update is allowed on Database Account with Customer Managed Key in Revoked Status"
                .to_owned()
        )
    );
    kit.both.sim.enable_key(VAULT, KEY, None, true);
    kit.both.sim.rotate_key(VAULT, KEY);
    kit.pass(1199);
    assert_eq!(kit.key_status(), Revocation::DisabledOrExpired.to_string());
    kit.pass(1);
    assert_eq!(kit.key_status(), CONFIRMED);
    let versions = kit.both.sim.key_versions(VAULT, KEY);
    assert_eq!(
        kit.both.sim.key_version_in_use(ACCOUNT),
        versions.first().cloned()
    );
    kit.pass(3600);
    assert_eq!(
        kit.both.sim.key_version_in_use(ACCOUNT),
        versions.last().cloned()
    );
}

#[test]
fn a_revoked_account_can_be_deleted() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    kit.both.sim.delete_key(VAULT, KEY);
    assert_eq!(kit.key_status(), Revocation::KeyNotFound.to_string());
    assert_eq!(kit.account("DELETE", &Value::Null).status, 202);
    kit.pass(1);
    assert_eq!(kit.account("GET", &Value::Null).status, 404);
}

#[test]
fn without_a_default_identity_an_account_becomes_first_party() {
    let kit = Kit::with_chain(SimOptions::default());
    let mut body = kit.account_body();
    let properties = body["properties"].as_object_mut().unwrap();
    properties.remove("defaultIdentity");
    properties.remove("keyVaultKeyUri");
    let answer = kit.account("PUT", &body);
    assert_eq!(answer.body_json()["properties"]["defaultIdentity"], "");
    kit.pass(1);
    let shown = kit.account("GET", &Value::Null).body_json();
    assert_eq!(shown["properties"]["defaultIdentity"], "FirstPartyIdentity");
    assert_eq!(shown["properties"].get("keyVaultKeyUri"), None);
}

#[test]
fn attaching_an_identity_takes_a_right_on_it() {
    let kit = Kit::with_chain(SimOptions::default());
    let provider = &kit.both.provider;
    let person = kit
        .both
        .sim
        .add_user(&provider.tenant, "dev@provider.example", &[]);
    let group = format!(
        "/subscriptions/{}/resourceGroups/rg",
        provider.subscription_id
    );
    assert!(
        kit.both
            .sim
            .grant(&person, "DocumentDB Account Contributor", &group)
    );
    let token = kit
        .both
        .sim
        .token(&person, "https://management.azure.com/.default")
        .unwrap();
    let url = format!(
        "https://management.azure.com{}?api-version=2026-03-15",
        Kit::account_path().replace("{s}", &provider.subscription_id)
    );
    let request = crate::SimRequest::new("PUT", azure_core::http::Url::parse(&url).unwrap());
    let answer = kit.answer(request.json(&kit.account_body()).bearer(&token));
    let (status, code, message, _) = error_of(&answer);
    assert_eq!((status, code.as_str()), (403, "LinkedAuthorizationFailed"));
    assert!(message.contains("it does not have permission to perform action 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s)"), "{message}");
}

#[test]
fn regions_are_found_by_either_name() {
    let kit = Kit::new(SimOptions::default());
    for name in ["eastus2", "East%20US%202"] {
        let path = format!("/subscriptions/{{s}}/providers/Microsoft.DocumentDB/locations/{name}");
        let answer = kit.arm(false, "GET", &path, "2026-03-15", &Value::Null);
        assert_eq!(answer.body_json()["name"], "East US 2");
    }
}

#[test]
fn the_same_creation_again_changes_nothing() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    let before = kit.account("GET", &Value::Null).body_json();
    assert_eq!(kit.create_account()["status"], "Succeeded");
    assert_eq!(kit.account("GET", &Value::Null).body_json(), before);
}

#[test]
fn a_full_put_without_default_identity_falls_back_and_is_refused() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    let mut body = kit.account_body();
    body["properties"]
        .as_object_mut()
        .unwrap()
        .remove("defaultIdentity");
    let (status, _, message, _) = error_of(&kit.account("PUT", &body));
    assert_eq!(status, 400);
    assert!(
        message.starts_with("Cross-tenant CMK is not supported with First Party identities"),
        "{message}"
    );
}

#[test]
fn another_key_of_the_same_tenant_is_taken_if_it_can_be_reached() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    let before = kit.both.sim.key_version_in_use(ACCOUNT);
    let body = json!({"properties": {"keyVaultKeyUri": format!("https://{VAULT}.vault.azure.net/keys/other")}});
    // Neither the key nor a role on it.
    let end = patched(&kit, &body);
    assert_eq!(
        (end["status"].clone(), end["error"]["code"].clone()),
        (json!("Failed"), json!("ServiceUnavailable"))
    );
    assert_eq!(kit.both.sim.key_version_in_use(ACCOUNT), before);
    assert_eq!(kit.key_status(), CONFIRMED);
    let path = format!("{}/keys/other", Kit::vault_path());
    kit.arm(
        true,
        "PUT",
        &path,
        "2026-02-01",
        &json!({"properties": {"kty": "RSA"}}),
    );
    kit.both.sim.change(|world| {
        let mine = world
            .arm
            .role_assignments
            .iter_mut()
            .find(|one| one.principal_id == crate::test_kit::APP_PRINCIPAL);
        let scope = &mut mine.unwrap().scope;
        *scope = scope.split("/keys/").next().unwrap().to_owned();
    });
    assert_eq!(patched(&kit, &body)["status"], "Succeeded");
    assert_eq!(
        kit.both.sim.key_version_in_use(ACCOUNT),
        kit.both.sim.key_versions(VAULT, "other").pop()
    );
}

#[test]
fn a_key_needs_an_api_version_that_knows_it() {
    let kit = Kit::with_chain(SimOptions::default());
    let answer = kit.arm(
        false,
        "PUT",
        &Kit::account_path(),
        "2019-08-01",
        &kit.account_body(),
    );
    let (status, _, message, _) = error_of(&answer);
    assert_eq!(status, 400);
    assert!(
        message.starts_with("Updating KeyVaultKeyUri is not supported\r\nActivityId: "),
        "{message}"
    );
}

#[test]
fn an_elliptic_curve_key_is_of_no_use() {
    let kit = Kit::with_chain(SimOptions::default());
    let made = kit.vault("POST", "/keys/curve/create", &json!({"kty": "EC"}));
    assert_eq!(made.status, 200);
    let mut body = kit.account_body();
    body["properties"]["keyVaultKeyUri"] =
        json!(format!("https://{VAULT}.vault.azure.net/keys/curve"));
    let end = kit.poll(&kit.account("PUT", &body));
    assert_eq!(end["error"]["code"], "ServiceUnavailable");
}

#[test]
fn a_key_beside_the_empty_properties_of_the_azure_cli_is_taken() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.create_account();
    // `az cosmosdb update --key-uri` of version 2.91: a member without value stands beside the key.
    let body = json!({"properties": {
        "keyVaultKeyUri": format!("https://{VAULT}.vault.azure.net/keys/{KEY}"),
        "apiProperties": {"ServerVersion": null},
    }});
    assert_eq!(patched(&kit, &body)["status"], "Succeeded");
    assert_eq!(kit.key_status(), CONFIRMED);
}
