//! Keys of managed HSMs that sign, come from elsewhere, and come back from a backup.

use crate::{
    hsm_kit::{ARM_VERSION, acting, body, certificates, path, pool, with_role},
    kit::{at_once, code, message, text},
};
use aws_lc_rs::{
    encoding::AsBigEndian,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use azure_core::base64;
use serde_json::{Value, json};

/// A key on P-256 as a JSON Web Key.
fn p256() -> Value {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let private = pair.private_key().as_be_bytes().unwrap();
    let point = &pair.public_key().as_ref()[1..];
    let text = |bytes: &[u8]| base64::encode_url_safe(bytes);
    json!({
        "kty": "EC", "crv": "P-256",
        "d": text(private.as_ref()), "x": text(&point[..32]), "y": text(&point[32..]),
    })
}

#[test]
fn what_is_signed_is_verified_and_a_symmetric_key_signs_nothing() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let user = acting(&azure, &user);
    let digest = base64::encode_url_safe([7; 32]);
    for (kty, algorithm) in [("RSA-HSM", "PS256"), ("EC-HSM", "ES256")] {
        let made = user.hsm("POST", "/keys/k/create", json!({"kty": kty}));
        assert_eq!(made.status, 200, "{kty}");
        let sign = json!({"alg": algorithm, "value": digest});
        let signed = user.hsm("POST", "/keys/k/sign", sign).body_json();
        let verify = |digest: &str| {
            let body = json!({"alg": algorithm, "digest": digest, "value": signed["value"]});
            user.hsm("POST", "/keys/k/verify", body).body_json()
        };
        assert_eq!(verify(&digest), json!({"value": true}), "{kty}");
        let other = base64::encode_url_safe([8; 32]);
        assert_eq!(verify(&other), json!({"value": false}), "{kty}");
    }
    user.hsm("POST", "/keys/aes/create", json!({"kty": "oct-HSM"}));
    let sign = json!({"alg": "ES256", "value": digest});
    let refused = user.hsm("POST", "/keys/aes/sign", sign);
    assert_eq!(refused.status, 403);
    assert!(message(&refused).starts_with("Operation sign is not permitted on this key."));
    assert!(azure.sim.unmodelled().is_empty() && azure.sim.unknown_members().is_empty());
}

#[test]
fn an_imported_key_is_one_of_the_hsm() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let user = acting(&azure, &user);
    let key = p256();
    let made = user.hsm("PUT", "/keys/k", json!({"Hsm": true, "key": key}));
    assert_eq!(made.status, 200, "{}", made.body_json());
    let made = made.body_json();
    assert_eq!(text(&made, "/key/kty"), "EC-HSM");
    assert_eq!(made["key"]["x"], key["x"]);
    assert_eq!(made["key"].get("d"), None);
    let nothing = user.hsm("PUT", "/keys/k", json!({"key": {"kty": "RSA"}}));
    assert_eq!(
        (nothing.status, code(&nothing).as_str()),
        (400, "BadParameter")
    );
    let symmetric = user.hsm("PUT", "/keys/k", json!({"key": {"kty": "oct", "k": "AA"}}));
    assert_eq!(symmetric.status, 501);
    let officer = with_role(&azure, "Managed HSM Crypto Officer", "/");
    let officer = acting(&azure, &officer);
    let denied = officer.hsm("PUT", "/keys/k", json!({"key": key}));
    assert_eq!(
        (denied.status, code(&denied).as_str()),
        (403, "AccessDenied")
    );
}

#[test]
fn a_backup_brings_back_a_purged_key_under_the_same_security_domain() {
    let azure = at_once();
    let admin = pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let user = acting(&azure, &user);
    let officer = with_role(&azure, "Managed HSM Crypto Officer", "/");
    let officer = acting(&azure, &officer);
    let create = json!({"kty": "oct-HSM", "key_size": 256});
    user.hsm("POST", "/keys/aes/create", create.clone());
    user.hsm("POST", "/keys/aes/create", create);
    let value = base64::encode_url_safe([3; 32]);
    let wrap = json!({"alg": "A256KW", "value": value});
    let wrapped = user.hsm("POST", "/keys/aes/wrapKey", wrap).body_json();
    let backup = user.hsm("POST", "/keys/aes/backup", Value::Null);
    let backup = backup.body_json();
    let restore = || user.hsm("POST", "/keys/restore", backup.clone());
    assert_eq!(restore().status, 409, "it is there");
    user.hsm("DELETE", "/keys/aes", Value::Null);
    assert_eq!(restore().status, 409, "its name is taken still");
    officer.hsm("DELETE", "/deletedkeys/aes", Value::Null);
    let restored = restore();
    assert_eq!(restored.status, 200);
    assert_eq!(restored.body_json()["key"]["kid"], wrapped["kid"]);
    let unwrap = json!({"alg": "A256KW", "value": wrapped["value"]});
    let plain = user.hsm("POST", "/keys/aes/unwrapKey", unwrap);
    assert_eq!(text(&plain.body_json(), "/value"), value);
    let listed = user.hsm("GET", "/keys/aes/versions", Value::Null);
    assert_eq!(listed.body_json()["value"].as_array().unwrap().len(), 2);
    let damaged = user.hsm("POST", "/keys/restore", json!({"value": "AAAA"}));
    assert!(message(&damaged).starts_with("Cannot decrypt backup blob."));

    // Another HSM of the same name has a security domain of its own.
    admin.arm("DELETE", &path(&azure), ARM_VERSION, Value::Null);
    let purge = format!(
        "/subscriptions/{}/providers/Microsoft.KeyVault/locations/uksouth/deletedManagedHSMs/pool/purge",
        azure.customer.subscription_id
    );
    let admin = admin.at(1);
    admin.arm("POST", &purge, ARM_VERSION, Value::Null);
    let made = admin
        .at(2)
        .arm("PUT", &path(&azure), ARM_VERSION, body(&azure));
    assert_eq!(made.status, 202, "{}", made.body_json());
    let admin = admin.at(3);
    admin.hsm("POST", "/securitydomain/download", certificates(3));
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let elsewhere = acting(&azure, &user)
        .at(4)
        .hsm("POST", "/keys/restore", backup);
    assert_eq!(elsewhere.status, 501);
    assert_eq!(
        azure.sim.unmodelled(),
        ["restore of a key of another security domain"]
    );
}
