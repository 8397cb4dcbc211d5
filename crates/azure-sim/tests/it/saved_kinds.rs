//! Keys, locks, policies and managed HSMs, saved and loaded.

use crate::{
    hsm_kit::{ARM_VERSION, acting, body, customer, path, pool, with_role},
    kit::{ARM, As, HSM, answer, at_once, code, text, with_lag},
};
use azure_core::base64;
use azure_sim::{Lag, Party, Principal, Sim, SimRequest, SimResponse, Span};
use serde_json::{Value, json};
use std::time::Duration;

const AUTHORIZATION: &str = "providers/Microsoft.Authorization";
const DAY: u64 = 24 * 60 * 60;

fn reload(sim: &Sim) -> Sim {
    let saved = sim.save().unwrap();
    let loaded = Sim::load(&saved).unwrap();
    assert_eq!(loaded.save().unwrap(), saved, "nothing is lost on the way");
    loaded
}

fn on<'a>(sim: &'a Sim, party: &'a Party) -> As<'a> {
    As {
        sim,
        who: &party.admin,
        now: Duration::ZERO,
    }
}

/// To the vault `saved`.
fn vault(sim: &Sim, who: &Principal, method: &str, path: &str, body: &Value) -> SimResponse {
    let token = sim.token(who, "https://vault.azure.net").unwrap();
    let url = format!("https://saved.vault.azure.net{path}?api-version=7.6");
    let mut request = SimRequest::new(method, url.parse().unwrap()).bearer(&token);
    if !body.is_null() {
        request = request.json(body);
    }
    answer(sim.handle(Duration::ZERO, request))
}

/// An RSA key of 1024 bits whose numbers fit together, though they are no primes: (2^511 + 1)² = 2^1022 + 2^512 + 1.
fn short_key() -> Value {
    let with_bits = |length: usize, bits: &[(usize, u8)]| {
        let mut bytes = vec![0; length];
        for (at, bit) in bits {
            bytes[*at] = *bit;
        }
        base64::encode_url_safe(bytes)
    };
    let factor = with_bits(64, &[(0, 0x80), (63, 1)]);
    json!({"key": {
        "kty": "RSA", "n": with_bits(128, &[(0, 0x40), (63, 1), (127, 1)]), "e": "AQAB", "d": factor,
        "p": factor, "q": factor, "dp": factor, "dq": factor, "qi": factor,
    }})
}

#[test]
fn a_vault_with_its_keys_and_backups_under_locks_and_policies_is_the_same_after_a_load() {
    let azure = at_once();
    let admin = customer(&azure);
    let who = &azure.customer.admin;
    let subscription = format!("/subscriptions/{}", azure.customer.subscription_id);
    let id = format!("{subscription}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/saved");
    let made = json!({"location": "uksouth", "properties": {
        "tenantId": azure.customer.tenant_id, "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [], "enableRbacAuthorization": true,
    }});
    assert_eq!(admin.arm("PUT", &id, ARM_VERSION, made).status, 200);
    assert!(azure.sim.grant(who, "Key Vault Administrator", &id));
    let ask = |sim: &Sim, method: &str, path: &str, body: &Value| {
        let answered = vault(sim, who, method, path, body);
        assert_eq!(answered.status, 200, "{path}: {}", answered.body_json());
        answered.body_json()
    };
    let sim = &azure.sim;
    let imported = short_key();
    ask(sim, "PUT", "/keys/short", &imported);
    let ec = ask(sim, "POST", "/keys/ec/create", &json!({"kty": "EC"}));
    // This one was never shown, so its key was not made yet when the backup was taken.
    let arm_key = json!({"properties": {"kty": "RSA"}});
    let key = format!("{id}/keys/lost");
    assert_eq!(admin.arm("PUT", &key, ARM_VERSION, arm_key).status, 200);
    let backup = ask(sim, "POST", "/keys/lost/backup", &Value::Null);
    let lost = ask(sim, "GET", "/keys/lost", &Value::Null);
    let digest = base64::encode_url_safe([7; 32]);
    let sign = json!({"alg": "ES256", "value": digest});
    let signature = ask(sim, "POST", "/keys/ec/sign", &sign)["value"].clone();

    let definition = format!("{subscription}/{AUTHORIZATION}/policyDefinitions/names");
    let rule = json!({"properties": {"mode": "All", "policyRule": {
        "if": {"field": "name", "like": "bad*"}, "then": {"effect": "deny"},
    }}});
    let made = admin.arm("PUT", &definition, "2024-05-01", rule);
    assert_eq!(made.status, 201);
    let assignment = format!("{subscription}/{AUTHORIZATION}/policyAssignments/names");
    let assigned = json!({"properties": {"policyDefinitionId": definition}});
    let made = admin.arm("PUT", &assignment, "2024-05-01", assigned);
    assert_eq!(made.status, 201);
    let lock = format!("{id}/{AUTHORIZATION}/locks/keep");
    let kept = json!({"properties": {"level": "CanNotDelete", "notes": "hands off"}});
    assert_eq!(admin.arm("PUT", &lock, "2020-05-01", kept).status, 201);
    let shown = |sim: &Sim| {
        let admin = on(sim, &azure.customer);
        let all = [
            (&lock, "2020-05-01"),
            (&definition, "2024-05-01"),
            (&assignment, "2024-05-01"),
        ];
        all.map(|(id, version)| admin.arm("GET", id, version, Value::Null).body_json())
    };

    let loaded = reload(sim);
    assert_eq!(shown(&loaded), shown(sim));
    let admin = on(&loaded, &azure.customer);
    let deleted = admin.arm("DELETE", &id, ARM_VERSION, Value::Null);
    assert_eq!(code(&deleted), "ScopeLocked");
    let bad = format!("{subscription}/resourceGroups/bad-group");
    let denied = admin.arm("PUT", &bad, "2025-04-01", json!({"location": "uksouth"}));
    assert_eq!(code(&denied), "RequestDisallowedByPolicy");
    for (name, member, value) in [
        ("short", "n", &imported["key"]["n"]),
        ("ec", "x", &ec["key"]["x"]),
        ("lost", "n", &lost["key"]["n"]),
    ] {
        let read = ask(&loaded, "GET", &format!("/keys/{name}"), &Value::Null);
        assert_eq!(&read["key"][member], value, "{name}");
    }
    let verify = json!({"alg": "ES256", "digest": digest, "value": signature});
    assert_eq!(
        ask(&loaded, "POST", "/keys/ec/verify", &verify)["value"],
        true
    );
    // The key goes, and its backup brings the same one back.
    ask(&loaded, "DELETE", "/keys/lost", &Value::Null);
    let purged = vault(&loaded, who, "DELETE", "/deletedkeys/lost", &Value::Null);
    assert_eq!(purged.status, 204, "{}", purged.body_json());
    let restored = ask(&loaded, "POST", "/keys/restore", &backup);
    assert_eq!(restored["key"]["n"], lost["key"]["n"]);
}

#[test]
fn an_activated_hsm_has_its_keys_and_local_roles_after_a_load() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/keys/aes");
    let everywhere = with_role(&azure, "Managed HSM Crypto User", "/");
    let before = acting(&azure, &user);
    let create = json!({"kty": "oct-HSM", "key_size": 256});
    let made = before.hsm("POST", "/keys/aes/create", create.clone());
    assert_eq!(made.status, 200);
    let value = base64::encode_url_safe([9; 32]);
    let wrap = json!({"alg": "A256KW", "value": value});
    let wrapped = before.hsm("POST", "/keys/aes/wrapKey", wrap).body_json();
    let backup = before.hsm("POST", "/keys/aes/backup", Value::Null);
    let loaded = reload(&azure.sim);
    let after = As {
        sim: &loaded,
        ..before
    };
    let unwrap = json!({"alg": "A256KW", "value": wrapped["value"]});
    let plain = after.hsm("POST", "/keys/aes/unwrapKey", unwrap);
    assert_eq!(text(&plain.body_json(), "/value"), value);
    let elsewhere = after.hsm("POST", "/keys/other/create", create);
    assert_eq!(elsewhere.status, 403, "the role is one on the key still");
    let restored = As {
        who: &everywhere,
        ..after
    }
    .hsm("POST", "/keys/restore", backup.body_json());
    assert_eq!(
        restored.status, 409,
        "the backup is known, and its key there"
    );
    let admin = on(&loaded, &azure.customer);
    let shown = admin.arm("GET", &path(&azure), ARM_VERSION, Value::Null);
    let status = "/properties/securityDomainProperties/activationStatus";
    assert_eq!(text(&shown.body_json(), status), "Active");
}

#[test]
fn what_is_planned_of_a_managed_hsm_happens_after_a_load() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let user = acting(&azure, &user);
    for name in ["rotated", "deleted"] {
        let made = user.hsm(
            "POST",
            &format!("/keys/{name}/create"),
            json!({"kty": "EC-HSM"}),
        );
        assert_eq!(made.status, 200);
    }
    let policy = json!({"lifetimeActions": [
        {"trigger": {"timeAfterCreate": "P7D"}, "action": {"type": "Rotate"}},
    ]});
    let set = user.hsm("PUT", "/keys/rotated/rotationpolicy", policy);
    assert_eq!(set.status, 200);
    let gone = user.hsm("DELETE", "/keys/deleted", Value::Null);
    assert_eq!(gone.status, 200);
    let officer = with_role(&azure, "Managed HSM Crypto Officer", "/");
    let loaded = reload(&azure.sim);
    let versions = |days: u64| {
        let user = As {
            sim: &loaded,
            ..user
        };
        let listed = user
            .at(days * DAY)
            .hsm("GET", "/keys/rotated/versions", Value::Null);
        listed.body_json()["value"].as_array().unwrap().len()
    };
    let deleted = |days: u64| {
        let officer = As {
            sim: &loaded,
            ..acting(&azure, &officer)
        };
        let found = officer.at(days * DAY);
        found.hsm("GET", "/deletedkeys/deleted", Value::Null).status
    };
    assert_eq!((versions(6), deleted(6)), (1, 200));
    assert_eq!((versions(8), deleted(8)), (2, 404));
    let admin = on(&loaded, &azure.customer);
    let asked = admin
        .at(8 * DAY)
        .arm("DELETE", &path(&azure), ARM_VERSION, Value::Null);
    assert_eq!(asked.status, 202);
    let loaded = reload(&loaded);
    let found = format!(
        "/subscriptions/{}/providers/Microsoft.KeyVault/locations/uksouth/deletedManagedHSMs/pool",
        azure.customer.subscription_id
    );
    let kept = |days: u64| {
        let admin = on(&loaded, &azure.customer).at(days * DAY);
        admin.arm("GET", &found, ARM_VERSION, Value::Null).status
    };
    assert_eq!((kept(14), kept(16)), (200, 404));
}

#[test]
fn a_creation_of_a_managed_hsm_goes_on_after_a_load() {
    let azure = with_lag(Lag {
        hsm_create: Span::secs(400, 400),
        ..Lag::strict()
    });
    let admin = customer(&azure);
    let made = admin.arm("PUT", &path(&azure), ARM_VERSION, body(&azure));
    let poll = made.find_header("location").unwrap().replace(ARM, "");
    let loaded = reload(&azure.sim);
    let ask = |seconds: u64| {
        let admin = on(&loaded, &azure.customer).at(seconds);
        admin.send("GET", ARM, &poll, &[], &Value::Null)
    };
    assert_eq!(ask(399).status, 202);
    let made = ask(401);
    assert_eq!(made.status, 200);
    let uri = text(&made.body_json(), "/properties/hsmUri");
    assert_eq!(uri, format!("{HSM}/"));
}
