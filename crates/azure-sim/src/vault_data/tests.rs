//! The data plane through its requests.

use crate::{
    Lag, Reply, SimOptions, Span, VaultNetwork,
    test_kit::{KEY, Kit, VAULT, error_of},
};
use azure_core::base64;
use serde_json::{Value, json};

fn ready(options: SimOptions) -> Kit {
    let kit = Kit::new(options);
    assert_eq!(kit.put_vault(&json!({})).status, 200);
    kit.pass(3600);
    kit
}

/// An EC key is made in no time.
fn ec() -> Value {
    json!({"kty": "EC"})
}

fn refusal(kit: &Kit, method: &str, path: &str, body: &Value) -> (u16, String, String, String) {
    error_of(&kit.vault(method, path, body))
}

#[test]
fn the_challenge_names_the_vaults_tenant() {
    let kit = ready(SimOptions::default());
    let answer = kit.answer(Kit::anonymous("GET", "/keys/x", &Value::Null));
    assert_eq!(
        error_of(&answer),
        (
            401,
            "Unauthorized".to_owned(),
            "AKV10000: Request is missing a Bearer or PoP token.".to_owned(),
            String::new()
        )
    );
    assert_eq!(
        answer.find_header("www-authenticate"),
        Some(
            format!(
                "Bearer authorization=\"https://login.microsoftonline.com/{}\", resource=\"https://vault.azure.net\"",
                kit.both.customer.tenant_id
            )
            .as_str()
        )
    );
}

#[test]
fn tokens_of_another_audience_or_tenant_are_refused() {
    let kit = ready(SimOptions::default());
    let (sim, customer, provider) = (&kit.both.sim, &kit.both.customer, &kit.both.provider);
    let with = |token: Option<String>| {
        let request = Kit::anonymous("GET", "/keys/x", &Value::Null).bearer(&token.unwrap());
        error_of(&kit.answer(request)).2
    };
    assert_eq!(
        with(sim.token(&customer.admin, "https://management.azure.com/.default")),
        "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com."
    );
    assert_eq!(
        with(sim.token(&provider.admin, "https://vault.azure.net/.default")),
        format!(
            "AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{}/, found https://sts.windows.net/{}/.",
            customer.tenant_id, provider.tenant_id
        )
    );
}

#[test]
fn the_host_of_a_vault_without_address_does_not_answer() {
    let kit = Kit::new(SimOptions {
        lag: Lag::typical(),
        ..SimOptions::default()
    });
    let request = || kit.vault_request("GET", "/keys", &Value::Null);
    assert!(matches!(kit.send(request()), Reply::ResetBeforeEffect));
    kit.put_vault(&json!({}));
    assert!(matches!(kit.send(request()), Reply::ResetBeforeEffect));
    kit.pass(30);
    assert!(matches!(kit.send(request()), Reply::Answer(_)));
    kit.both.sim.delete_vault(VAULT);
    assert!(matches!(kit.send(request()), Reply::ResetBeforeEffect));
}

#[test]
fn the_api_version_is_mandatory_and_known() {
    let kit = ready(SimOptions::default());
    let mut request = kit.vault_request("GET", "/keys", &Value::Null);
    request.url.set_query(None);
    assert_eq!(
        error_of(&kit.answer(request)).2,
        "api-version must be specified"
    );
    let mut request = kit.vault_request("GET", "/keys", &Value::Null);
    request.url.set_query(Some("api-version=6"));
    assert!(
        error_of(&kit.answer(request))
            .2
            .starts_with("The specified version (6) is not recognized.")
    );
}

#[test]
fn wrapping_and_unwrapping_is_real() {
    let kit = ready(SimOptions::default());
    let made = kit.create_key(&json!({"kty": "RSA", "key_ops": ["wrapKey", "unwrapKey"]}));
    let key = made.body_json();
    let id = key["key"]["kid"].as_str().unwrap().to_owned();
    assert_eq!(key["key"]["e"], "AQAB");
    assert_eq!(key["attributes"]["recoveryLevel"], "Recoverable");
    let version = id.rsplit('/').next().unwrap();
    let plain = base64::encode_url_safe(b"data encryption key");
    let wrap = json!({"alg": "RSA-OAEP-256", "value": plain});
    let wrapped = kit
        .vault("POST", &format!("/keys/{KEY}/wrapKey"), &wrap)
        .body_json();
    assert_eq!(wrapped["kid"], id);
    let path = format!("/keys/{KEY}/{version}/unwrapKey");
    let body = json!({"alg": "RSA-OAEP-256", "value": wrapped["value"]});
    assert_eq!(kit.vault("POST", &path, &body).body_json()["value"], plain);
    // A disabled key wraps and does not unwrap.
    kit.both.sim.enable_key(VAULT, KEY, None, false);
    assert_eq!(
        kit.vault("POST", &format!("/keys/{KEY}/wrapKey"), &wrap)
            .status,
        200
    );
    assert_eq!(
        refusal(&kit, "POST", &path, &body),
        (
            403,
            "Forbidden".to_owned(),
            "Operation unwrapKey is not allowed on a disabled key.".to_owned(),
            "KeyDisabled".to_owned()
        )
    );
    // An expired key unwraps and does not wrap.
    kit.both.sim.enable_key(VAULT, KEY, None, true);
    kit.both.sim.set_key_expiry(VAULT, KEY, Some(kit.now()));
    kit.pass(300);
    assert_eq!(kit.vault("POST", &path, &body).status, 200);
    assert_eq!(
        refusal(&kit, "POST", &format!("/keys/{KEY}/wrapKey"), &wrap).0,
        403
    );
    // A key that may not, does not.
    kit.both.sim.set_key_operations(VAULT, KEY, &["wrapKey"]);
    assert_eq!(
        refusal(&kit, "POST", &path, &body).3,
        "KeyOperationForbidden"
    );
}

#[test]
fn each_creation_makes_a_version() {
    let kit = ready(SimOptions::default());
    let first = kit.create_key(&ec()).body_json();
    let second = kit.create_key(&ec()).body_json();
    assert_ne!(first["key"]["kid"], second["key"]["kid"]);
    for path in [format!("/keys/{KEY}"), format!("/keys/{KEY}/")] {
        assert_eq!(kit.vault("GET", &path, &Value::Null).body_json(), second);
    }
    let listed = kit
        .vault("GET", &format!("/keys/{KEY}/versions"), &Value::Null)
        .body_json();
    assert_eq!(listed["value"].as_array().unwrap().len(), 2);
    assert_eq!(listed["nextLink"], Value::Null);
}

#[test]
fn versions_come_in_pages_of_twenty_five() {
    let kit = ready(SimOptions::default());
    for _ in 0..26 {
        // No more than twenty are made within ten seconds.
        kit.pass(1);
        assert_eq!(kit.create_key(&ec()).status, 200);
    }
    let first = kit
        .vault("GET", &format!("/keys/{KEY}/versions"), &Value::Null)
        .body_json();
    assert_eq!(first["value"].as_array().unwrap().len(), 25);
    let next = azure_core::http::Url::parse(first["nextLink"].as_str().unwrap()).unwrap();
    let mut request = kit.vault_request("GET", "/keys", &Value::Null);
    request.url = next;
    let second = kit.answer(request).body_json();
    assert_eq!(second["value"].as_array().unwrap().len(), 1);
    assert_eq!(second["nextLink"], Value::Null);
    for token in ["after18446744073709551615", "before", "after-1"] {
        let mut request = kit.vault_request("GET", "/keys", &Value::Null);
        let pairs = [("$skiptoken", token)];
        request.url.query_pairs_mut().extend_pairs(pairs);
        assert_eq!(error_of(&kit.answer(request)).0, 400, "{token}");
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let kit = ready(SimOptions::default());
    let create = format!("/keys/{KEY}/create");
    assert_eq!(
        refusal(&kit, "POST", &create, &json!({"kty": "oct"})),
        (
            400,
            "BadParameter".to_owned(),
            "Invalid kty value: oct".to_owned(),
            "KeyTypeNotSupported".to_owned()
        )
    );
    assert_eq!(
        refusal(
            &kit,
            "POST",
            &create,
            &json!({"kty": "RSA", "key_size": 1024})
        )
        .2,
        "Unsupported key size"
    );
    assert_eq!(
        refusal(&kit, "POST", &create, &json!({"kty": "RSA-HSM"})).3,
        "KeyTypeNotSupported"
    );
    let (status, code, message, _) = refusal(&kit, "GET", "/keys/absent", &Value::Null);
    assert_eq!((status, code.as_str()), (404, "KeyNotFound"));
    assert!(message.starts_with("A key with (name/id) absent was not found in this key vault. If you recently deleted this key you may be able to recover it"));
}

#[test]
fn without_a_role_nothing_goes_and_a_new_one_takes_a_while() {
    let kit = ready(SimOptions::default());
    kit.create_key(&ec());
    let sim = &kit.both.sim;
    let person = sim.add_user(&kit.both.customer.tenant, "auditor@customer.example", &[]);
    let token = sim.token(&person, "https://vault.azure.net").unwrap();
    let read = || {
        let request = Kit::anonymous("GET", &format!("/keys/{KEY}"), &Value::Null);
        kit.answer(request.bearer(&token))
    };
    let (status, code, message, inner) = error_of(&read());
    assert_eq!(
        (status, code.as_str(), inner.as_str()),
        (403, "Forbidden", "ForbiddenByRbac")
    );
    let lines: Vec<&str> = message.split("\r\n").collect();
    let scope = format!(
        "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/{VAULT}/keys/{KEY}",
        kit.both.customer.subscription_id
    );
    assert_eq!(
        lines[0],
        "Caller is not authorized to perform action on resource."
    );
    assert_eq!(
        lines[1],
        "If role assignments, deny assignments or role definitions were changed recently, please observe propagation time."
    );
    assert!(
        lines[2].contains(&format!("oid={}", person.object_id)),
        "{}",
        lines[2]
    );
    assert_eq!(lines[3], "Action: 'Microsoft.KeyVault/vaults/keys/read'");
    assert_eq!(
        lines[4],
        format!(
            "Resource: '{}'",
            scope.replace("Microsoft.KeyVault", "microsoft.keyvault")
        )
    );
    assert_eq!(
        &lines[5..9],
        [
            "Assignment: (not found)",
            "DenyAssignmentId: null",
            "DecisionReason: null",
            &format!("Vault: {VAULT};location=eastus")
        ]
    );
    assert!(sim.grant(&person, "Key Vault Reader", &scope));
    let effective = kit.now() + std::time::Duration::from_secs(90);
    sim.world()
        .arm
        .role_assignments
        .last_mut()
        .unwrap()
        .effective = crate::spread::Spread::at(effective);
    kit.pass(89);
    assert_eq!(read().status, 403);
    kit.pass(1);
    assert_eq!(read().status, 200);
}

#[test]
fn in_a_vault_with_policies_roles_do_not_count() {
    let kit = Kit::new(SimOptions::default());
    kit.put_vault(&json!({"enableRbacAuthorization": false}));
    kit.pass(1);
    let (status, code, message, inner) = error_of(&kit.create_key(&ec()));
    assert_eq!(
        (status, code.as_str(), inner.as_str()),
        (403, "Forbidden", "AccessDenied")
    );
    assert!(
        message.contains(&format!(
            "does not have keys create permission on key vault '{VAULT};location=eastus'"
        )),
        "{message}"
    );
    kit.both.sim.set_access_policy(
        VAULT,
        &kit.both.customer.admin.object_id,
        &["create", "get"],
    );
    assert_eq!(kit.create_key(&ec()).status, 200);
}

#[test]
fn network_rules_refuse_people_after_the_token_is_checked() {
    let kit = ready(SimOptions::default());
    let inner = |network| {
        kit.both.sim.set_vault_network(VAULT, network);
        refusal(&kit, "GET", "/keys", &Value::Null).3
    };
    assert_eq!(inner(VaultNetwork::TrustedServices), "ForbiddenByFirewall");
    assert_eq!(inner(VaultNetwork::PrivateTrusted), "ForbiddenByConnection");
    assert_eq!(
        kit.answer(Kit::anonymous("GET", "/keys", &Value::Null))
            .status,
        401
    );
    // Resource Manager does not care.
    let path = format!("{}/keys/other", Kit::vault_path());
    let body = json!({"properties": {"kty": "RSA", "keySize": 3072}});
    assert_eq!(kit.arm(true, "PUT", &path, "2026-02-01", &body).status, 200);
}

#[test]
fn deletion_and_recovery_take_a_while() {
    let kit = ready(SimOptions {
        lag: Lag::typical(),
        ..SimOptions::default()
    });
    kit.create_key(&ec());
    let deleted = format!("/deletedkeys/{KEY}");
    let recover = format!("{deleted}/recover");
    let gone = kit
        .vault("DELETE", &format!("/keys/{KEY}"), &Value::Null)
        .body_json();
    assert_eq!(
        gone["recoveryId"],
        format!("https://{VAULT}.vault.azure.net/deletedkeys/{KEY}")
    );
    assert_eq!(
        refusal(&kit, "GET", &format!("/keys/{KEY}"), &Value::Null).1,
        "KeyNotFound"
    );
    assert_eq!(refusal(&kit, "GET", &deleted, &Value::Null).0, 404);
    let being = (
        409,
        "Conflict".to_owned(),
        format!("Key {KEY} is currently being deleted."),
        "ObjectIsBeingDeleted".to_owned(),
    );
    assert_eq!(refusal(&kit, "POST", &recover, &Value::Null), being);
    assert_eq!(error_of(&kit.create_key(&ec())), being);
    kit.pass(15);
    assert_eq!(kit.vault("GET", &deleted, &Value::Null).status, 200);
    assert_eq!(
        error_of(&kit.create_key(&ec())),
        (
            409,
            "Conflict".to_owned(),
            format!(
                "Key {KEY} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the key can only be recovered or purged."
            ),
            "ObjectIsDeletedButRecoverable".to_owned()
        )
    );
    // Purge protection.
    assert_eq!(refusal(&kit, "DELETE", &deleted, &Value::Null).0, 403);
    assert_eq!(kit.vault("POST", &recover, &Value::Null).status, 200);
    assert_eq!(
        refusal(&kit, "GET", &format!("/keys/{KEY}"), &Value::Null).0,
        404
    );
    kit.pass(15);
    assert_eq!(
        kit.vault("GET", &format!("/keys/{KEY}"), &Value::Null)
            .status,
        200
    );
}

#[test]
fn attributes_of_a_version_are_patched() {
    let kit = ready(SimOptions::default());
    let made = kit.create_key(&ec()).body_json();
    let version = made["key"]["kid"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let path = format!("/keys/{KEY}/{version}");
    let body = json!({"attributes": {"enabled": false}, "tags": {"a": "b"}, "key_ops": ["verify"]});
    let shown = kit.vault("PATCH", &path, &body).body_json();
    assert_eq!(shown["attributes"]["enabled"], false);
    assert_eq!(shown["tags"], json!({"a": "b"}));
    assert_eq!(shown["key"]["key_ops"], json!(["verify"]));
    let wrong = refusal(&kit, "PATCH", &path, &json!({"key_ops": ["wrapKey"]}));
    assert_eq!(wrong.2, "Invalid key_ops value: wrapKey");
}

#[test]
fn a_policy_rotates_its_key_by_the_clock() {
    let kit = ready(SimOptions::default());
    kit.create_key(&ec());
    let path = format!("/keys/{KEY}/rotationpolicy");
    let policy = json!({
        "lifetimeActions": [{"trigger": {"timeAfterCreate": "P15D"}, "action": {"type": "Rotate"}}],
        "attributes": {"expiryTime": "P30D"}
    });
    let stored = kit.vault("PUT", &path, &policy).body_json();
    assert_eq!(stored["attributes"]["expiryTime"], "P30D");
    assert_eq!(kit.vault("GET", &path, &Value::Null).body_json(), stored);
    assert_eq!(
        refusal(
            &kit,
            "PUT",
            &path,
            &json!({"attributes": {"expiryTime": "P1D"}})
        )
        .1,
        "BadParameter"
    );
    kit.pass(15 * 86_400);
    assert_eq!(kit.both.sim.key_versions(VAULT, KEY).len(), 2);
    let rotated = kit
        .vault("POST", &format!("/keys/{KEY}/rotate"), &Value::Null)
        .body_json();
    assert_eq!(kit.both.sim.key_versions(VAULT, KEY).len(), 3);
    let attributes = &rotated["attributes"];
    assert_eq!(
        attributes["exp"].as_u64().unwrap() - attributes["created"].as_u64().unwrap(),
        30 * 86_400
    );
}

#[test]
fn keys_are_made_twenty_in_ten_seconds_and_ten_in_hardware() {
    for (kind, limit) in [("EC", 20), ("EC-HSM", 10)] {
        let kit = Kit::new(SimOptions::default());
        kit.put_vault(&json!({"sku": {"family": "A", "name": "premium"}}));
        kit.pass(3600);
        let create = || kit.create_key(&json!({"kty": kind, "crv": "P-256"}));
        for _ in 0..limit {
            assert_eq!(create().status, 200, "{kind}");
        }
        let refused = create();
        assert_eq!(refused.find_header("retry-after"), None);
        assert_eq!(
            error_of(&refused),
            (
                429,
                "Throttled".to_owned(),
                "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached".to_owned(),
                String::new()
            )
        );
        // Reading goes on.
        let read = kit.vault("GET", &format!("/keys/{KEY}"), &Value::Null);
        assert_eq!(read.status, 200);
        assert_eq!(read.find_header("x-ms-keyvault-region"), Some("eastus"));
        assert_eq!(read.find_header("x-ms-request-id").map(str::len), Some(36));
        kit.pass(9);
        assert_eq!(create().status, 429);
        kit.pass(1);
        assert_eq!(create().status, 200);
    }
}

#[test]
fn one_node_of_the_vault_honours_a_role_while_the_next_does_not() {
    let kit = ready(SimOptions {
        lag: Lag {
            role_assignment: Span::secs(5, 60),
            ..Lag::strict()
        },
        ..SimOptions::default()
    });
    assert_eq!(kit.create_key(&ec()).status, 200);
    let tenant = &kit.both.customer.tenant;
    let user = kit.both.sim.add_user(tenant, "user@customer.example", &[]);
    let scope = format!("/subscriptions/{}", kit.both.customer.subscription_id);
    let path = "/subscriptions/{s}/providers/Microsoft.Authorization/roleAssignments/22222222-2222-4222-8222-222222222222";
    let body = json!({"properties": {
        "roleDefinitionId": format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/14b46e9e-c2b7-41b4-b07b-48a6ebf60603"),
        "principalId": user.object_id,
        "principalType": "User",
    }});
    assert_eq!(kit.arm(true, "PUT", path, "2022-04-01", &body).status, 201);
    let mut seen = Vec::new();
    for _ in 0..90 {
        let token = kit
            .both
            .sim
            .token(&user, "https://vault.azure.net/.default");
        let request = Kit::anonymous("GET", &format!("/keys/{KEY}"), &Value::Null);
        seen.push(kit.answer(request.bearer(&token.unwrap())).status);
        kit.pass(1);
    }
    assert!(seen[..5].iter().all(|status| *status == 403), "{seen:?}");
    assert!(seen[60..].iter().all(|status| *status == 200), "{seen:?}");
    assert!(seen.windows(2).any(|pair| pair == [200, 403]), "{seen:?}");
}
