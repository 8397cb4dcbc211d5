//! The data plane of managed HSMs: activation, local roles and keys.

use crate::{
    hsm_kit::{ARM_VERSION, acting, body, certificates, customer, path, pool, with_role},
    kit::{HSM, answer, at_once, code, message, text},
};
use azure_sim::{Effect, Fault, SimRequest};
use serde_json::{Value, json};
use std::time::Duration;

const NAME: &str = "5ca1ab1e-0000-4000-8000-00000000000a";

#[test]
fn nothing_of_the_data_plane_works_before_the_security_domain_is_downloaded() {
    let azure = at_once();
    let admin = customer(&azure);
    admin.arm("PUT", &path(&azure), ARM_VERSION, body(&azure));
    let roles = "/providers/Microsoft.Authorization/roleAssignments";
    let refused = admin.hsm("GET", roles, Value::Null);
    assert_eq!(refused.status, 403);
    assert!(
        message(&refused).contains("download the security domain"),
        "{}",
        message(&refused)
    );
    let owner = &azure.customer.admin;
    let stranger = azure.sim.add_user(&azure.customer.tenant, "stranger", &[]);
    let download = "/securitydomain/download";
    let denied = acting(&azure, &stranger).hsm("POST", download, certificates(3));
    assert_eq!(
        (denied.status, code(&denied).as_str()),
        (403, "AccessDenied")
    );
    assert_eq!(admin.hsm("POST", download, certificates(2)).status, 400);
    assert_eq!(admin.hsm("POST", download, certificates(3)).status, 202);
    let pending = admin.hsm("GET", "/securitydomain/download/pending", Value::Null);
    assert_eq!(text(&pending.body_json(), "/status"), "Success");
    let listed = admin.hsm("GET", roles, Value::Null).body_json();
    assert_eq!(
        text(&listed, "/value/0/properties/principalId"),
        owner.object_id
    );
    let shown = admin
        .arm("GET", &path(&azure), ARM_VERSION, Value::Null)
        .body_json();
    let status = "/properties/securityDomainProperties/activationStatus";
    assert_eq!(text(&shown, status), "Active");
}

#[test]
fn a_request_without_a_token_learns_tenant_and_resource() {
    let azure = at_once();
    pool(&azure);
    let url = format!("{HSM}/keys?api-version=7.4").parse().unwrap();
    let reply = azure
        .sim
        .handle(Duration::ZERO, SimRequest::new("GET", url));
    let answered = answer(reply);
    assert_eq!(
        (answered.status, answered.body.as_slice()),
        (401, b"OK".as_slice())
    );
    assert_eq!(
        answered.find_header("www-authenticate").unwrap(),
        format!(
            "Bearer authorization=\"https://login.microsoftonline.com/{}\", resource=\"https://managedhsm.azure.net\"",
            azure.customer.tenant_id
        )
    );
}

#[test]
fn the_owner_of_the_subscription_has_nothing_in_the_hsm() {
    let azure = at_once();
    pool(&azure);
    let owner = azure.sim.add_user(&azure.customer.tenant, "owner", &[]);
    assert!(azure.sim.grant(&owner, "Owner", "/"));
    assert!(azure.sim.grant(&owner, "Key Vault Administrator", "/"));
    let roles = "/providers/Microsoft.Authorization/roleAssignments";
    let denied = acting(&azure, &owner).hsm("GET", roles, Value::Null);
    assert_eq!(
        (denied.status, code(&denied).as_str()),
        (403, "AccessDenied")
    );
    let said = message(&denied);
    assert!(
        said.starts_with(
            "Not authorized to access Microsoft.KeyVault/managedHsm/roleAssignments/read/action on / (Activity ID: "
        ),
        "{said}"
    );
}

#[test]
fn a_local_role_counts_at_its_scope_and_below() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/keys/mine");
    let user = acting(&azure, &user);
    let create = json!({"kty": "RSA-HSM"});
    assert_eq!(
        user.hsm("POST", "/keys/mine/create", create.clone()).status,
        200
    );
    let other = user.hsm("POST", "/keys/other/create", create.clone());
    assert_eq!(code(&other), "AccessDenied");
    assert_eq!(user.hsm("GET", "/keys", Value::Null).status, 403);
    let officer = with_role(&azure, "Managed HSM Crypto Officer", "/");
    let officer = acting(&azure, &officer);
    let made = officer.hsm("POST", "/keys/other/create", create);
    assert_eq!(made.status, 403, "an officer makes no keys");
}

#[test]
fn assignments_are_made_listed_and_removed() {
    let azure = at_once();
    let admin = pool(&azure);
    let user = azure.sim.add_user(&azure.customer.tenant, "user", &[]);
    let role = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/21dbd100-6940-42c2-9190-5d6cb909625b";
    let body = json!({"properties": {"roleDefinitionId": role, "principalId": user.object_id}});
    let roles = "/providers/Microsoft.Authorization/roleAssignments";
    let made = admin.hsm("PUT", &format!("//keys/k{roles}/{NAME}"), body);
    assert_eq!(made.status, 201);
    assert_eq!(text(&made.body_json(), "/id"), format!("{roles}/{NAME}"));
    assert_eq!(text(&made.body_json(), "/properties/scope"), "/keys/k");
    let count = |scope: &str| {
        let listed = admin.hsm("GET", &format!("{scope}{roles}"), Value::Null);
        listed.body_json()["value"].as_array().unwrap().len()
    };
    assert_eq!(
        (count(""), count("/keys"), count("/keys/k")),
        (1, 1, 2),
        "a key's own is shown at the key alone"
    );
    let clash = json!({"properties": {"roleDefinitionId": role, "principalId": NAME}});
    assert_eq!(
        admin.hsm("PUT", &format!("{roles}/{NAME}"), clash).status,
        409
    );
    let create = json!({"kty": "EC-HSM"});
    let key = "/keys/k/create";
    assert_eq!(
        acting(&azure, &user)
            .hsm("POST", key, create.clone())
            .status,
        200
    );
    let removed = admin.hsm("DELETE", &format!("{roles}/{NAME}"), Value::Null);
    assert_eq!(
        (removed.status, text(&removed.body_json(), "/name").as_str()),
        (200, NAME)
    );
    assert_eq!(acting(&azure, &user).hsm("POST", key, create).status, 403);
    assert!(azure.sim.unmodelled().is_empty() && azure.sim.unknown_members().is_empty());
}

#[test]
fn keys_wrap_and_unwrap_in_real() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let user = acting(&azure, &user);
    for (name, create, algorithm) in [
        ("rsa", json!({"kty": "RSA"}), "RSA-OAEP-256"),
        ("aes", json!({"kty": "oct-HSM", "key_size": 256}), "A256KW"),
        (
            "short",
            json!({"kty": "oct-HSM", "key_size": 128}),
            "A128KW",
        ),
    ] {
        let made = user.hsm("POST", &format!("/keys/{name}/create"), create);
        assert_eq!(made.status, 200, "{name}");
        assert!(
            text(&made.body_json(), "/key/kty").ends_with("-HSM"),
            "{name}"
        );
        assert_eq!(made.body_json().pointer("/key/k"), None, "{name}");
        let value = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        let wrap = json!({"alg": algorithm, "value": value});
        let wrapped = user.hsm("POST", &format!("/keys/{name}/wrapKey"), wrap);
        assert_eq!(wrapped.status, 200, "{name}: {}", wrapped.body_json());
        let version = text(&wrapped.body_json(), "/kid");
        let version = version.rsplit('/').next().unwrap();
        user.hsm("POST", &format!("/keys/{name}/rotate"), Value::Null);
        let unwrap = json!({"alg": algorithm, "value": wrapped.body_json()["value"]});
        let of_version = format!("/keys/{name}/{version}/unwrapKey");
        let plain = user.hsm("POST", &of_version, unwrap.clone());
        assert_eq!(text(&plain.body_json(), "/value"), value, "{name}");
        let of_newest = format!("/keys/{name}/unwrapKey");
        assert_eq!(user.hsm("POST", &of_newest, unwrap).status, 400, "{name}");
    }
    assert!(azure.sim.unmodelled().is_empty());
}

#[test]
fn a_symmetric_key_follows_from_no_seed_and_never_signs() {
    let wrapped = || {
        let azure = at_once();
        pool(&azure);
        let user = with_role(&azure, "Managed HSM Crypto User", "/");
        let user = acting(&azure, &user);
        user.hsm("POST", "/keys/aes/create", json!({"kty": "oct-HSM"}));
        let refused = user.hsm("PATCH", "/keys/aes", json!({"key_ops": ["sign"]}));
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (400, "BadParameter")
        );
        let value = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        let wrap = json!({"alg": "A256KW", "value": value});
        let wrapped = user.hsm("POST", "/keys/aes/wrapKey", wrap).body_json();
        (text(&wrapped, "/kid"), text(&wrapped, "/value"))
    };
    let (first, second) = (wrapped(), wrapped());
    assert_eq!(first.0, second.0, "the same seed, the same version");
    assert_ne!(first.1, second.1);
}

#[test]
fn a_symmetric_key_encrypts_in_gcm_and_names_what_it_cannot() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let user = acting(&azure, &user);
    let create = json!({"kty": "oct-HSM", "key_size": 192});
    assert_eq!(user.hsm("POST", "/keys/aes/create", create).status, 200);
    let plain = json!({"alg": "A192GCM", "value": "dGV4dA", "aad": "YWFk"});
    let sealed = user.hsm("POST", "/keys/aes/encrypt", plain).body_json();
    let mut open = json!({"alg": "A192GCM", "aad": "YWFk"});
    for member in ["value", "iv", "tag"] {
        open[member] = sealed[member].clone();
    }
    let opened = user.hsm("POST", "/keys/aes/decrypt", open.clone());
    assert_eq!(text(&opened.body_json(), "/value"), "dGV4dA");
    open["aad"] = json!("b3RoZXI");
    assert_eq!(user.hsm("POST", "/keys/aes/decrypt", open).status, 400);
    let wrap = json!({"alg": "A256KW", "value": "dGV4dA"});
    assert_eq!(user.hsm("POST", "/keys/aes/wrapKey", wrap).status, 400);
    let wrap = json!({"alg": "A192KW", "value": "dGV4dA"});
    let absent = user.hsm("POST", "/keys/aes/wrapKey", wrap);
    assert_eq!(
        (absent.status, message(&absent).as_str()),
        (501, "POST wrapKey with A192KW")
    );
}

#[test]
fn a_deleted_key_is_recovered_or_purged_by_an_officer() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let user = acting(&azure, &user);
    let officer = with_role(&azure, "Managed HSM Crypto Officer", "/");
    let officer = acting(&azure, &officer);
    user.hsm(
        "POST",
        "/keys/k/create",
        json!({"kty": "EC-HSM", "crv": "P-384"}),
    );
    let gone = user.hsm("DELETE", "/keys/k", Value::Null).body_json();
    assert_eq!(text(&gone, "/recoveryId"), format!("{HSM}/deletedkeys/k"));
    assert_eq!(user.hsm("GET", "/keys/k", Value::Null).status, 404);
    let taken = user.hsm("POST", "/keys/k/create", json!({"kty": "EC-HSM"}));
    assert_eq!((taken.status, code(&taken).as_str()), (409, "Conflict"));
    assert_eq!(
        user.hsm("POST", "/deletedkeys/k/recover", Value::Null)
            .status,
        403
    );
    assert_eq!(
        officer
            .hsm("POST", "/deletedkeys/k/recover", Value::Null)
            .status,
        200
    );
    assert_eq!(user.hsm("GET", "/keys/k", Value::Null).status, 200);
    user.hsm("DELETE", "/keys/k", Value::Null);
    assert_eq!(
        officer.hsm("DELETE", "/deletedkeys/k", Value::Null).status,
        204
    );
    assert_eq!(
        officer.hsm("GET", "/deletedkeys/k", Value::Null).status,
        404
    );
}

#[test]
fn a_rotation_policy_rotates_by_the_clock() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let user = acting(&azure, &user);
    user.hsm("POST", "/keys/k/create", json!({"kty": "RSA-HSM"}));
    let policy = json!({"lifetimeActions": [
        {"trigger": {"timeAfterCreate": "P10D"}, "action": {"type": "Rotate"}},
    ]});
    assert_eq!(
        user.hsm("PUT", "/keys/k/rotationpolicy", policy).status,
        200
    );
    let later = user.at(11 * 24 * 60 * 60);
    let versions = later
        .hsm("GET", "/keys/k/versions", Value::Null)
        .body_json();
    assert_eq!(versions["value"].as_array().unwrap().len(), 2);
}

#[test]
fn a_fault_answers_in_the_form_of_the_hsm() {
    let azure = at_once();
    let admin = pool(&azure);
    azure.sim.inject(Fault::new(Effect::ExpiredToken));
    let expired = admin.hsm("GET", "/keys", Value::Null);
    assert_eq!(expired.status, 401);
    let challenge = expired.find_header("www-authenticate").unwrap();
    assert!(
        challenge.ends_with("resource=\"https://managedhsm.azure.net\""),
        "{challenge}"
    );
    azure.sim.inject(Fault::new(Effect::Status {
        code: 429,
        body: None,
        retry_after: None,
    }));
    let refused = admin.hsm("GET", "/keys", Value::Null);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (429, "Throttled")
    );
    assert!(
        message(&refused).contains("(Activity ID: "),
        "{}",
        message(&refused)
    );
}

#[test]
fn a_closed_firewall_lets_nobody_in() {
    let azure = at_once();
    let admin = pool(&azure);
    let closed =
        json!({"properties": {"networkAcls": {"bypass": "None", "defaultAction": "Deny"}}});
    assert_eq!(
        admin
            .at(1)
            .arm("PATCH", &path(&azure), ARM_VERSION, closed)
            .status,
        202
    );
    let refused = admin.at(2).hsm("GET", "/keys", Value::Null);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (403, "Forbidden")
    );
    assert!(message(&refused).starts_with("Client address is not authorized"));
}

#[test]
fn a_page_that_no_list_has_is_refused() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let path = "/keys?api-version=7.4&$skiptoken=after18446744073709551615";
    let refused = acting(&azure, &user).send("GET", HSM, path, &[], &Value::Null);
    assert_eq!(refused.status, 400, "{}", refused.body_json());
}

#[test]
fn members_of_another_type_make_and_change_no_key() {
    let azure = at_once();
    pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/keys");
    let member = acting(&azure, &user);
    let made = member.hsm("POST", "/keys/k/create", json!({"kty": "EC"}));
    assert_eq!(made.status, 200);
    for said in [
        json!({"key_ops": "verify"}),
        json!({"attributes": {"enabled": "false"}}),
        json!({"tags": "x"}),
    ] {
        let mut create = said.clone();
        create["kty"] = json!("EC");
        for refused in [
            member.hsm("POST", "/keys/k/create", create),
            member.hsm("PATCH", "/keys/k", said.clone()),
        ] {
            assert_eq!(
                (refused.status, code(&refused).as_str()),
                (400, "BadParameter"),
                "{said}"
            );
        }
    }
    let read = member.hsm("GET", "/keys/k", Value::Null);
    assert_eq!(read.body_json(), made.body_json());
}
