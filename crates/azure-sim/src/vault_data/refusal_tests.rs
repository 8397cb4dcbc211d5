//! What the data plane refuses, row by row of the catalogue of its errors.

use crate::{
    Assumptions, DatesRefusal, SimOptions, VaultNetwork,
    test_kit::{APP_PRINCIPAL, KEY, Kit, VAULT, error_of},
};
use azure_core::base64;
use serde_json::{Value, json};

/// 2026-01-01T00:00:00Z, when the simulator starts.
const START: u64 = 1_767_225_600;

fn kit(assumptions: Assumptions, vault: &Value) -> Kit {
    let kit = Kit::new(SimOptions {
        assumptions,
        throttling: crate::Throttling::Off,
        ..SimOptions::default()
    });
    assert_eq!(kit.put_vault(vault).status, 200);
    kit.pass(3600);
    kit
}

fn usual() -> Kit {
    kit(Assumptions::default(), &json!({}))
}

/// Status, code and inner code.
fn told(kit: &Kit, method: &str, path: &str, body: &Value) -> (u16, String, String) {
    let (status, code, _, inner) = error_of(&kit.vault(method, path, body));
    (status, code, inner)
}

fn wrap(kit: &Kit) -> (u16, String, String, String) {
    let body = json!({"alg": "RSA-OAEP-256", "value": base64::encode_url_safe(b"key")});
    error_of(&kit.vault("POST", &format!("/keys/{KEY}/wrapKey"), &body))
}

#[test]
fn members_of_another_type_are_refused_wherever_they_are_sent() {
    let kit = usual();
    assert_eq!(kit.create_key(&json!({"kty": "EC"})).status, 200);
    let before = kit.vault("GET", &format!("/keys/{KEY}"), &Value::Null);
    let many: Value = (0..16)
        .map(|number| (number.to_string(), json!("v")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let long = "x".repeat(257);
    for said in [
        json!({"key_ops": "verify"}),
        json!({"attributes": 5}),
        json!({"attributes": {"enabled": "false"}}),
        json!({"attributes": {"exp": "2000000000"}}),
        json!({"attributes": {"exp": -1}}),
        json!({"attributes": {"nbf": 1.5}}),
        json!({"attributes": {"exportable": 0}}),
        json!({"tags": "x"}),
        json!({"tags": {"a": 1}}),
        json!({"tags": many}),
        json!({"tags": {long.as_str(): "v"}}),
        json!({"tags": {"a": long}}),
    ] {
        let mut create = said.clone();
        create["kty"] = json!("EC");
        for (method, path, body) in [
            ("POST", format!("/keys/{KEY}/create"), &create),
            ("PATCH", format!("/keys/{KEY}"), &said),
        ] {
            let (status, code, message, inner) = error_of(&kit.vault(method, &path, body));
            assert_eq!(
                (status, code.as_str(), message.as_str(), inner.as_str()),
                (400, "BadParameter", "Property has invalid value\r\n", ""),
                "{method} {body}"
            );
        }
    }
    for (member, value) in [
        ("crv", json!(5)),
        ("kty", json!(5)),
        ("key_size", json!("big")),
    ] {
        let mut body = json!({"kty": if member == "key_size" { "RSA" } else { "EC" }});
        body[member] = value;
        let path = format!("/keys/{KEY}/create");
        assert_eq!(
            told(&kit, "POST", &path, &body).1,
            "BadParameter",
            "{member}"
        );
    }
    let after = kit.vault("GET", &format!("/keys/{KEY}"), &Value::Null);
    assert_eq!(after.body_json(), before.body_json());
    assert_eq!(kit.both.sim.key_versions(VAULT, KEY).len(), 1);
}

#[test]
fn what_is_null_was_not_said_and_limits_are_taken() {
    let kit = usual();
    let tags: Value = (0..15)
        .map(|number| (format!("{number:0256}"), json!("v".repeat(256))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let made = kit.create_key(&json!({
        "kty": "EC", "crv": null, "key_ops": null, "tags": tags,
        "attributes": {"enabled": null, "exp": null, "nbf": 0},
    }));
    let made = made.body_json();
    assert_eq!(made["key"]["key_ops"], json!(["sign", "verify"]));
    assert_eq!(made["attributes"]["enabled"], true);
    assert_eq!(made["attributes"].get("exp"), None);
    assert_eq!(made["tags"], tags);
}

#[test]
fn a_key_is_lenient_about_its_dates_for_as_long_as_is_assumed() {
    for leeway in [300, 0] {
        let kit = kit(
            Assumptions {
                key_dates_leeway_seconds: leeway,
                ..Assumptions::default()
            },
            &json!({}),
        );
        let (from, until) = (10_000, 20_000);
        let made = kit.create_key(&json!({"kty": "RSA", "attributes": {
            "nbf": START + from, "exp": START + until,
        }}));
        assert_eq!(made.status, 200);
        for (at, expected) in [
            (from - leeway - 1, 403),
            (from - leeway, 200),
            (until + leeway - 1, 200),
            (until + leeway, 403),
        ] {
            kit.pass(at - kit.now().as_secs());
            assert_eq!(wrap(&kit).0, expected, "leeway {leeway}, at {at}");
        }
    }
}

#[test]
fn a_key_outside_of_its_dates_is_refused_in_the_words_that_are_assumed() {
    use DatesRefusal::{LikeDisabled, LikeSecret};
    for (refusal, dates, message, inner) in [
        (
            LikeDisabled,
            json!({"exp": 1}),
            "Operation wrapKey is not allowed on an expired key.",
            "",
        ),
        (
            LikeDisabled,
            json!({"nbf": 4_000_000_000_u64}),
            "Operation wrapKey is not allowed on a key that is not yet valid.",
            "",
        ),
        (
            LikeSecret,
            json!({"exp": 1}),
            "Operation wrapKey is not allowed on a expired key.",
            "KeyExpired",
        ),
        (
            LikeSecret,
            json!({"nbf": 4_000_000_000_u64}),
            "Operation wrapKey is not allowed on a not yet valid key.",
            "KeyNotYetValid",
        ),
    ] {
        let kit = kit(
            Assumptions {
                key_dates_refusal: refusal,
                ..Assumptions::default()
            },
            &json!({}),
        );
        kit.create_key(&json!({"kty": "RSA", "attributes": dates}));
        assert_eq!(
            wrap(&kit),
            (403, "Forbidden".into(), message.into(), inner.into())
        );
    }
}

#[test]
fn an_access_policy_refuses_with_either_of_the_codes_that_were_seen() {
    for (by_policy, expected) in [(false, "AccessDenied"), (true, "ForbiddenByPolicy")] {
        let kit = kit(
            Assumptions {
                policy_refusal_is_forbidden_by_policy: by_policy,
                ..Assumptions::default()
            },
            &json!({"enableRbacAuthorization": false}),
        );
        let (status, code, message, inner) = wrap(&kit);
        assert_eq!(
            (status, code.as_str(), inner.as_str()),
            (403, "Forbidden", expected)
        );
        let words = format!(
            "does not have keys wrapKey permission on key vault '{VAULT};location=eastus'."
        );
        assert!(message.contains(&words), "{message}");
    }
}

#[test]
fn a_network_that_is_closed_says_which_way() {
    for (network, inner, words) in [
        (
            VaultNetwork::TrustedServices,
            "ForbiddenByFirewall",
            "Client address is not authorized and caller is not a trusted service.\r\nClient address: ",
        ),
        (
            VaultNetwork::PrivateTrusted,
            "ForbiddenByConnection",
            "Public network access is disabled and request is not from a trusted service nor via an approved private link.",
        ),
    ] {
        let kit = usual();
        assert!(kit.both.sim.set_vault_network(VAULT, network));
        let (status, code, message, found) = wrap(&kit);
        assert_eq!(
            (status, code.as_str(), found.as_str()),
            (403, "Forbidden", inner)
        );
        assert!(message.starts_with(words), "{message}");
    }
}

#[test]
fn a_name_that_is_taken_or_on_its_way_is_refused() {
    let kit = Kit::new(SimOptions {
        lag: crate::Lag::typical(),
        ..SimOptions::default()
    });
    kit.put_vault(&json!({}));
    kit.pass(3600);
    kit.create_key(&json!({"kty": "EC"}));
    let create = format!("/keys/{KEY}/create");
    assert!(kit.both.sim.delete_key(VAULT, KEY));
    assert_eq!(
        told(&kit, "POST", &create, &json!({"kty": "EC"})),
        (409, "Conflict".into(), "ObjectIsBeingDeleted".into())
    );
    assert_eq!(
        told(&kit, "GET", &format!("/keys/{KEY}"), &Value::Null),
        (404, "KeyNotFound".into(), String::new())
    );
    kit.pass(600);
    let (status, code, message, inner) =
        error_of(&kit.vault("POST", &create, &json!({"kty": "EC"})));
    assert_eq!(
        (status, code.as_str(), inner.as_str()),
        (409, "Conflict", "ObjectIsDeletedButRecoverable")
    );
    assert_eq!(
        message,
        format!(
            "Key {KEY} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the key can only be recovered or purged."
        )
    );
}

#[test]
fn an_expired_token_is_told_from_one_that_is_none() {
    let kit = usual();
    kit.both.sim.sign_tokens();
    let admin = &kit.both.customer.admin;
    let token = kit
        .both
        .sim
        .token(admin, "https://vault.azure.net")
        .unwrap();
    let told = |token: &str| {
        let request = Kit::anonymous("GET", "/keys", &Value::Null).bearer(token);
        let answer = kit.answer(request);
        assert!(answer.find_header("www-authenticate").is_some() || answer.status == 200);
        error_of(&answer)
    };
    assert_eq!(told(&token).0, 200);
    assert_eq!(
        told("none").2,
        "[BearerReadAccessTokenFailed] Error validating token: 'S2S12005'."
    );
    kit.both.sim.change(|world| {
        let later = world.tokens.now() + 2 * 3600;
        world.tokens.set_clock(move || later);
    });
    assert_eq!(
        told(&token),
        (
            401,
            "Unauthorized".to_owned(),
            "[TokenExpired] Error validating token: 'S2S12086'.".to_owned(),
            String::new()
        )
    );
}

#[test]
fn what_resource_manager_makes_is_held_against_the_same_rules() {
    let kit = usual();
    let put = |name: &str, properties: Value, tags: Value| {
        let path = format!("{}/keys/{name}", Kit::vault_path());
        let body = json!({"properties": properties, "tags": tags});
        let answer = kit.arm(true, "PUT", &path, "2026-02-01", &body);
        let (status, code, ..) = error_of(&answer);
        (status, code)
    };
    let refused = (400, "BadRequest".to_owned());
    for name in ["a_k.x", "a.b", "k_1", &"k".repeat(128)] {
        assert_eq!(
            put(name, json!({"kty": "EC"}), json!({})),
            refused,
            "{name}"
        );
    }
    for properties in [
        json!({"kty": "EC", "keyOps": "sign"}),
        json!({"kty": "EC", "attributes": {"enabled": "false"}}),
        json!({"kty": "EC", "attributes": {"exp": "tomorrow"}}),
        json!({"kty": "EC", "curveName": 256}),
        json!({"kty": "RSA", "keySize": "big"}),
        json!({"kty": "RSA-HSM"}),
        json!(5),
    ] {
        assert_eq!(
            put("k", properties.clone(), json!({})),
            refused,
            "{properties}"
        );
    }
    let sixteen: Value = (0..16)
        .map(|number| (number.to_string(), json!("v")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    assert_eq!(put("k", json!({"kty": "EC"}), sixteen), refused);
    assert_eq!(kit.both.sim.key_versions(VAULT, "k").len(), 0);
    assert_eq!(put("k", json!({"kty": "EC"}), json!({"a": "b"})).0, 200);
}

#[test]
fn a_policy_that_was_set_one_by_one_is_held_against_the_same_rules() {
    let kit = kit(
        Assumptions::default(),
        &json!({"enableRbacAuthorization": false}),
    );
    let tenant = &kit.both.customer.tenant_id;
    let add = |policy: Value| {
        let path = format!("{}/accessPolicies/add", Kit::vault_path());
        let body = json!({"properties": {"accessPolicies": [policy]}});
        kit.arm(true, "PUT", &path, "2026-02-01", &body)
    };
    let permissions = json!({"keys": ["Get", "wrapKey"]});
    let policy = json!({"tenantId": tenant, "objectId": APP_PRINCIPAL, "permissions": permissions});
    for (member, value) in [
        ("objectId", json!("nobody")),
        ("objectId", Value::Null),
        ("tenantId", json!(kit.both.provider.tenant_id)),
        ("applicationId", json!("x")),
        ("permissions", json!(5)),
        ("permissions", json!({"keys": "get"})),
        ("permissions", json!({"keys": [" get"]})),
        ("permissions", json!({"secrets": ["wrapKey"]})),
    ] {
        let mut unfit = policy.clone();
        unfit[member] = value;
        let (status, code, message, _) = error_of(&add(unfit.clone()));
        assert_eq!((status, code.as_str()), (400, "BadRequest"), "{unfit}");
        assert_eq!(
            message,
            "An invalid value was provided for 'accessPolicies'."
        );
    }
    assert_eq!(add(policy).status, 200);
}
