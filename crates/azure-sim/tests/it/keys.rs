//! What is done with keys of a vault: import, backup and restore, encryption and signatures.

use crate::kit::{As, at_once, code, message, text};
use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::AsBigEndian,
    signature::{
        ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256,
        RsaPublicKeyComponents,
    },
};
use azure_core::base64;
use azure_sim::{Principal, SimResponse, TwoTenants};
use serde_json::{Value, json};
use std::time::Duration;

const GROUP: &str = "2025-04-01";
const VAULTS: &str = "2023-07-01";

/// A vault of the customer in a region; its administrator may do everything with keys.
fn vault(azure: &TwoTenants, name: &str, region: &str, properties: Value) -> String {
    let customer = &azure.customer;
    let admin = As::admin(azure, customer);
    azure
        .sim
        .register_providers(&customer.subscription_id, &["Microsoft.KeyVault"]);
    let group = format!(
        "/subscriptions/{}/resourceGroups/rg",
        customer.subscription_id
    );
    admin.arm("PUT", &group, GROUP, json!({"location": "westeurope"}));
    let id = format!("{group}/providers/Microsoft.KeyVault/vaults/{name}");
    let mut body = json!({"location": region, "properties": {
        "tenantId": customer.tenant_id,
        "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [],
        "enableRbacAuthorization": true,
    }});
    for (name, value) in properties.as_object().unwrap() {
        body["properties"][name] = value.clone();
    }
    assert_eq!(admin.arm("PUT", &id, VAULTS, body).status, 200);
    assert!(
        azure
            .sim
            .grant(&customer.admin, "Key Vault Administrator", &id)
    );
    id
}

fn call(
    azure: &TwoTenants,
    who: &Principal,
    method: &str,
    url: &str,
    body: &Value,
    seconds: u64,
) -> SimResponse {
    let token = azure.sim.token(who, "https://vault.azure.net/.default");
    let url = format!("{url}?api-version=7.6").parse().unwrap();
    let mut request = azure_sim::SimRequest::new(method, url).bearer(&token.unwrap());
    if !body.is_null() {
        request = request.json(body);
    }
    crate::kit::answer(azure.sim.handle(Duration::from_secs(seconds), request))
}

/// As the customer's administrator, at the vault `contoso`.
fn ask(azure: &TwoTenants, method: &str, path: &str, body: &Value) -> SimResponse {
    let url = format!("https://contoso.vault.azure.net{path}");
    call(azure, &azure.customer.admin, method, &url, body, 0)
}

fn contoso() -> TwoTenants {
    let azure = at_once();
    vault(&azure, "contoso", "westeurope", json!({}));
    azure
}

fn refusal(answer: &SimResponse) -> (u16, String, String) {
    let inner = text(&answer.body_json(), "/error/innererror/code");
    (answer.status, message(answer), inner)
}

fn url(bytes: impl AsRef<[u8]>) -> String {
    base64::encode_url_safe(bytes)
}

#[test]
fn what_is_signed_is_verified_by_the_key_itself_and_by_others() {
    let azure = contoso();
    let key = ask(&azure, "POST", "/keys/rsa/create", &json!({"kty": "RSA"}));
    let key = key.body_json()["key"].clone();
    let hash = digest(&SHA256, b"message");
    let body = json!({"alg": "RS256", "value": url(hash)});
    let signed = ask(&azure, "POST", "/keys/rsa/sign", &body).body_json();
    assert_eq!(signed["kid"], key["kid"]);
    let signature = base64::decode_url_safe(signed["value"].as_str().unwrap()).unwrap();
    let number = |name: &str| base64::decode_url_safe(key[name].as_str().unwrap()).unwrap();
    let public = RsaPublicKeyComponents {
        n: number("n"),
        e: number("e"),
    };
    // The service takes a digest, so the signature is one of the message.
    assert!(
        public
            .verify(&RSA_PKCS1_2048_8192_SHA256, b"message", &signature)
            .is_ok()
    );
    let verify = |digest: &[u8]| {
        let body = json!({"alg": "RS256", "digest": url(digest), "value": signed["value"]});
        ask(&azure, "POST", "/keys/rsa/verify", &body).body_json()
    };
    assert_eq!(verify(hash.as_ref()), json!({"value": true}));
    assert_eq!(verify(&[0; 32]), json!({"value": false}));
}

#[test]
fn an_ec_key_has_a_point_of_its_curve_and_signs() {
    let azure = contoso();
    for (curve, algorithm, digest, length) in [
        ("P-256", "ES256", 32, 32),
        ("P-256K", "ES256K", 32, 32),
        ("P-384", "ES384", 48, 48),
        ("P-521", "ES512", 64, 66),
    ] {
        let body = json!({"kty": "EC", "crv": curve});
        let key = ask(&azure, "POST", "/keys/ec/create", &body).body_json()["key"].clone();
        for name in ["x", "y"] {
            let coordinate = base64::decode_url_safe(key[name].as_str().unwrap()).unwrap();
            assert_eq!(coordinate.len(), length, "{curve}");
        }
        let digest = url(vec![1; digest]);
        let body = json!({"alg": algorithm, "value": digest});
        let signed = ask(&azure, "POST", "/keys/ec/sign", &body).body_json();
        let body = json!({"alg": algorithm, "digest": digest, "value": signed["value"]});
        let verified = ask(&azure, "POST", "/keys/ec/verify", &body).body_json();
        assert_eq!(verified, json!({"value": true}), "{curve}");
    }
}

#[test]
fn algorithms_digests_and_values_that_do_not_fit_are_refused_in_azures_words() {
    let azure = contoso();
    let key = ask(
        &azure,
        "POST",
        "/keys/ec/create",
        &json!({"kty": "EC", "crv": "P-256"}),
    );
    let kid = text(&key.body_json(), "/key/kid");
    let sign = |algorithm: &str, value: Value| {
        let mut body = json!({"alg": algorithm});
        if !value.is_null() {
            body["value"] = value;
        }
        message(&ask(&azure, "POST", "/keys/ec/sign", &body))
    };
    assert_eq!(
        sign("ES384", json!(url([1; 48]))),
        format!(
            "Key and signing algorithm are incompatible. Key {kid} uses curve 'P-256', and algorithm 'ES384' can only be used with curve 'P-384'."
        )
    );
    assert_eq!(
        sign("RS256", json!(url([1; 32]))),
        format!(
            "Key and signing algorithm are incompatible. Key {kid} is of type 'EC', and algorithm 'RS256' can only be used with a key of type 'RSA' or 'RSA-HSM'."
        )
    );
    assert_eq!(
        sign("ES256", json!(url([1; 43]))),
        "Invalid length of 'value': 43 bytes. ES256 requires 32 bytes, encoded with base64url."
    );
    assert_eq!(
        sign("ES256", json!("ä")),
        "Content of 'value' is not base64url.\r\nProperty 'value' is required.\r\n"
    );
    assert_eq!(
        sign("ES256", Value::Null),
        "Property 'value' is required.\r\n"
    );
    let body = json!({"alg": "RSA-OAEP", "value": url("x")});
    assert_eq!(
        refusal(&ask(&azure, "POST", "/keys/ec/encrypt", &body)),
        (
            403,
            "Operation encrypt is not permitted on this key.".to_owned(),
            "KeyOperationForbidden".to_owned()
        )
    );
    let body = json!({"alg": "RSNULL", "value": url("x")});
    assert_eq!(ask(&azure, "POST", "/keys/ec/sign", &body).status, 501);
}

#[test]
fn what_is_encrypted_is_decrypted_by_all_three_algorithms() {
    let azure = contoso();
    ask(&azure, "POST", "/keys/rsa/create", &json!({"kty": "RSA"}));
    for algorithm in ["RSA-OAEP", "RSA-OAEP-256", "RSA1_5"] {
        let body = json!({"alg": algorithm, "value": url("secret")});
        let sealed = ask(&azure, "POST", "/keys/rsa/encrypt", &body).body_json();
        let body = json!({"alg": algorithm, "value": sealed["value"]});
        let opened = ask(&azure, "POST", "/keys/rsa/decrypt", &body).body_json();
        assert_eq!(opened["value"], url("secret"), "{algorithm}");
    }
}

#[test]
fn a_disabled_key_and_one_out_of_its_dates_refuse_three_operations_each() {
    let azure = contoso();
    ask(&azure, "POST", "/keys/rsa/create", &json!({"kty": "RSA"}));
    let sealed = {
        let body = json!({"alg": "RSA-OAEP", "value": url("secret")});
        ask(&azure, "POST", "/keys/rsa/encrypt", &body).body_json()["value"].clone()
    };
    let signed = {
        let body = json!({"alg": "PS256", "value": url([1; 32])});
        ask(&azure, "POST", "/keys/rsa/sign", &body).body_json()["value"].clone()
    };
    let all = || {
        let oaep = |value: Value| json!({"alg": "RSA-OAEP", "value": value});
        let bodies = [
            ("encrypt", oaep(json!(url("secret")))),
            ("wrapKey", oaep(json!(url("secret")))),
            ("sign", json!({"alg": "PS256", "value": url([1; 32])})),
            ("decrypt", oaep(sealed.clone())),
            ("unwrapKey", oaep(sealed.clone())),
            (
                "verify",
                json!({"alg": "PS256", "digest": url([1; 32]), "value": signed}),
            ),
        ];
        bodies.map(|(word, body)| ask(&azure, "POST", &format!("/keys/rsa/{word}"), &body))
    };
    let statuses = || all().map(|answer| answer.status);
    let set = |attributes: Value| {
        let body = json!({"attributes": attributes});
        assert_eq!(ask(&azure, "PATCH", "/keys/rsa", &body).status, 200);
    };
    assert_eq!(statuses(), [200; 6]);
    set(json!({"enabled": false}));
    assert_eq!(statuses(), [200, 200, 403, 403, 403, 200]);
    assert_eq!(
        refusal(&all()[3]),
        (
            403,
            "Operation decrypt is not allowed on a disabled key.".to_owned(),
            "KeyDisabled".to_owned()
        )
    );
    set(json!({"enabled": true, "exp": 1_000_000_000}));
    assert_eq!(statuses(), [403, 403, 403, 200, 200, 200]);
    assert_eq!(
        message(&all()[2]),
        "Operation sign is not allowed on an expired key."
    );
    set(json!({"nbf": 4_000_000_000_u64, "exp": 4_100_000_000_u64}));
    assert_eq!(statuses(), [403, 403, 403, 200, 200, 200]);
}

/// An EC key pair as a JSON Web Key.
fn p384() -> Value {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let d: aws_lc_rs::encoding::EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().unwrap();
    let point = pair.public_key().as_ref();
    json!({
        "kty": "EC",
        "crv": "P-384",
        "d": url(d.as_ref()),
        "x": url(&point[1..49]),
        "y": url(&point[49..]),
    })
}

#[test]
fn an_imported_key_keeps_its_material_and_makes_a_version() {
    let azure = contoso();
    let jwk = p384();
    let body =
        json!({"Hsm": false, "key": jwk, "attributes": {"enabled": true}, "tags": {"a": "b"}});
    let made = ask(&azure, "PUT", "/keys/ec", &body);
    assert_eq!(made.status, 200);
    let made = made.body_json();
    assert_eq!(
        (&made["key"]["x"], &made["key"]["y"]),
        (&jwk["x"], &jwk["y"])
    );
    assert_eq!(made["key"]["key_ops"], json!(["sign", "verify"]));
    assert_eq!(made["key"].get("d"), None);
    assert_eq!(made["tags"], json!({"a": "b"}));
    let body = json!({"alg": "ES384", "value": url([3; 48])});
    let signed = ask(&azure, "POST", "/keys/ec/sign", &body);
    assert_eq!(signed.status, 200);
    let mut other = p384();
    other["key_ops"] = json!(["verify"]);
    let again = ask(&azure, "PUT", "/keys/ec", &json!({"key": other})).body_json();
    assert_eq!(again["key"]["key_ops"], json!(["verify"]));
    let versions = ask(&azure, "GET", "/keys/ec/versions", &Value::Null).body_json();
    assert_eq!(versions["value"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_said_beside_imported_material_is_held_against_its_type() {
    let azure = contoso();
    let jwk = p384();
    let mut unlisted = jwk.clone();
    unlisted["key_ops"] = json!("sign");
    for body in [
        json!({"key": jwk, "Hsm": "false"}),
        json!({"key": jwk, "attributes": {"enabled": "false"}}),
        json!({"key": jwk, "attributes": {"exp": "never"}}),
        json!({"key": jwk, "tags": ["a"]}),
        json!({"key": unlisted}),
    ] {
        let refused = ask(&azure, "PUT", "/keys/ec", &body);
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (400, "BadParameter"),
            "{body}"
        );
        assert_eq!(message(&refused), "Property has invalid value\r\n");
    }
    assert_eq!(ask(&azure, "GET", "/keys/ec", &Value::Null).status, 404);
}

#[test]
fn material_that_makes_no_key_is_refused() {
    let azure = contoso();
    let import = |key: Value| ask(&azure, "PUT", "/keys/k", &json!({"key": key}));
    let no_key = "The property \"key\" must be a valid JsonWebKey object.";
    let mut halves = p384();
    halves["x"] = p384()["x"].clone();
    let mut hsm = p384();
    hsm["kty"] = json!("EC-HSM");
    for key in [json!({}), json!({"kty": "oct", "k": "AA"}), halves, hsm] {
        let refused = import(key);
        assert_eq!((refused.status, message(&refused).as_str()), (400, no_key));
    }
    let number = |bytes: usize| url(vec![0x81; bytes]);
    let rsa = import(json!({
        "kty": "RSA", "n": number(256), "e": "AQAB", "d": number(256), "p": number(128),
        "q": number(128), "dp": number(128), "dq": number(128), "qi": number(128),
    }));
    assert_eq!(
        message(&rsa),
        "RSA key is not valid - cannot instantiate crypto service"
    );
    let wrapped = import(json!({"kty": "RSA-HSM", "key_hsm": "AA"}));
    assert_eq!(wrapped.status, 501);
}

#[test]
fn an_imported_rsa_key_of_1024_bits_is_stored_and_not_used() {
    let azure = contoso();
    // (2^511 + 1)² = 2^1022 + 2^512 + 1: numbers that fit together, though no primes.
    let with_bits = |length: usize, bits: &[(usize, u8)]| {
        let mut bytes = vec![0; length];
        for (at, bit) in bits {
            bytes[*at] = *bit;
        }
        url(bytes)
    };
    let factor = with_bits(64, &[(0, 0x80), (63, 1)]);
    let key = |modulus: String| {
        json!({"key": {
            "kty": "RSA", "n": modulus, "e": "AQAB", "d": factor, "p": factor, "q": factor,
            "dp": factor, "dq": factor, "qi": factor,
        }})
    };
    let modulus = with_bits(128, &[(0, 0x40), (63, 1), (127, 1)]);
    let made = ask(&azure, "PUT", "/keys/k", &key(modulus.clone()));
    assert_eq!(text(&made.body_json(), "/key/n"), modulus);
    let body = json!({"alg": "RS256", "value": url([1; 32])});
    assert_eq!(ask(&azure, "POST", "/keys/k/sign", &body).status, 501);
    let rotated = ask(&azure, "POST", "/keys/k/rotate", &Value::Null);
    assert_eq!(rotated.status, 501);
    let other = with_bits(128, &[(0, 0x40), (127, 1)]);
    assert_eq!(ask(&azure, "PUT", "/keys/k", &key(other)).status, 400);
}

#[test]
fn a_backup_brings_back_every_version_within_subscription_and_geography() {
    let azure = contoso();
    for name in [("europe", "northeurope"), ("america", "eastus")] {
        vault(&azure, name.0, name.1, json!({}));
    }
    ask(
        &azure,
        "POST",
        "/keys/k/create",
        &json!({"kty": "EC", "tags": {"a": "b"}}),
    );
    let made = ask(&azure, "POST", "/keys/k/create", &json!({"kty": "RSA"})).body_json();
    let backup = ask(&azure, "POST", "/keys/k/backup", &Value::Null).body_json();
    let restore = |vault: &str, body: &Value| {
        let url = format!("https://{vault}.vault.azure.net/keys/restore");
        call(&azure, &azure.customer.admin, "POST", &url, body, 0)
    };
    let conflict = restore("contoso", &backup);
    assert_eq!(
        (conflict.status, code(&conflict).as_str()),
        (409, "Conflict")
    );
    let restored = restore("europe", &backup);
    assert_eq!(restored.status, 200);
    let restored = restored.body_json();
    assert_eq!(restored["key"]["n"], made["key"]["n"]);
    assert_eq!(
        text(&restored, "/key/kid"),
        text(&made, "/key/kid").replace("contoso", "europe")
    );
    let url = "https://europe.vault.azure.net/keys/k/versions";
    let versions = call(&azure, &azure.customer.admin, "GET", url, &Value::Null, 0);
    assert_eq!(versions.body_json()["value"].as_array().unwrap().len(), 2);
    for refused in [
        restore("america", &backup),
        restore("europe", &json!({"value": "AAAA"})),
    ] {
        assert_eq!(message(&refused), "Cannot decrypt backup blob.");
    }
    // Deleted and not yet purged, the name is taken.
    ask(&azure, "DELETE", "/keys/k", &Value::Null);
    assert_eq!(
        refusal(&restore("contoso", &backup)).2,
        "ObjectIsDeletedButRecoverable"
    );
    ask(&azure, "DELETE", "/deletedkeys/k", &Value::Null);
    assert_eq!(restore("contoso", &backup).status, 200);
}

#[test]
fn each_operation_needs_its_own_right() {
    let azure = at_once();
    let by_role = vault(&azure, "contoso", "westeurope", json!({}));
    ask(&azure, "POST", "/keys/k/create", &json!({"kty": "RSA"}));
    let user = azure
        .sim
        .add_user(&azure.customer.tenant, "user@contoso.example", &[]);
    assert!(azure.sim.grant(&user, "Key Vault Crypto User", &by_role));
    let sign = json!({"alg": "RS256", "value": url([1; 32])});
    let by = |vault: &str, method: &str, path: &str, body: &Value| {
        call(
            &azure,
            &user,
            method,
            &format!("https://{vault}.vault.azure.net{path}"),
            body,
            0,
        )
    };
    assert_eq!(by("contoso", "POST", "/keys/k/sign", &sign).status, 200);
    assert_eq!(
        by("contoso", "POST", "/keys/k/backup", &Value::Null).status,
        200
    );
    for (method, path, body, action) in [
        (
            "PUT",
            "/keys/k",
            json!({"key": p384()}),
            "keys/import/action",
        ),
        (
            "POST",
            "/keys/restore",
            json!({"value": "AA"}),
            "keys/restore/action",
        ),
    ] {
        let refused = by("contoso", method, path, &body);
        assert_eq!(refusal(&refused).2, "ForbiddenByRbac");
        assert!(
            message(&refused).contains(&format!("Action: 'Microsoft.KeyVault/vaults/{action}'"))
        );
    }
    // A vault with access policies.
    let policy = |who: &Principal, keys: Value| json!({"tenantId": azure.customer.tenant_id, "objectId": who.object_id, "permissions": {"keys": keys}});
    let policies = json!([
        policy(&azure.customer.admin, json!(["all"])),
        policy(&user, json!(["encrypt"])),
    ]);
    vault(
        &azure,
        "policies",
        "westeurope",
        json!({"enableRbacAuthorization": false, "accessPolicies": policies}),
    );
    let url_of = "https://policies.vault.azure.net/keys/k/create";
    call(
        &azure,
        &azure.customer.admin,
        "POST",
        url_of,
        &json!({"kty": "RSA"}),
        0,
    );
    let body = json!({"alg": "RSA-OAEP", "value": url("x")});
    assert_eq!(by("policies", "POST", "/keys/k/encrypt", &body).status, 200);
    let refused = by("policies", "POST", "/keys/k/sign", &sign);
    assert!(message(&refused).contains("does not have keys sign permission on key vault"));
}

#[test]
fn a_key_that_only_imports_lives_two_days() {
    let azure = at_once();
    let premium = json!({"sku": {"family": "A", "name": "premium"}});
    vault(&azure, "contoso", "westeurope", premium);
    let dates = |operations: Value, more: Value| {
        let body = json!({"kty": "RSA-HSM", "key_ops": operations, "attributes": more});
        let made = ask(&azure, "POST", "/keys/k/create", &body).body_json();
        let date = |name: &str| made["attributes"][name].as_u64();
        date("exp").map(|expires| expires - date("created").unwrap())
    };
    assert_eq!(dates(json!(["import"]), json!({})), Some(172_800));
    assert_eq!(dates(json!(["wrapKey"]), json!({})), None);
    let far = json!({"exp": 4_102_444_800_u64});
    assert!(dates(json!(["import"]), far) > Some(172_800));
}
