//! Managed HSMs in Resource Manager: made, changed, deleted.

use crate::{
    hsm_kit::{ARM_VERSION, acting, body, customer, path, pool, with_role},
    kit::{ARM, As, HSM, at_once, code, text, with_lag},
};
use azure_sim::{Effect, Fault, Lag, Span, TwoTenants};
use serde_json::{Value, json};

#[test]
fn a_creation_is_asked_after_until_it_shows_the_hsm() {
    let azure = with_lag(Lag {
        hsm_create: Span::secs(400, 400),
        ..Lag::strict()
    });
    let admin = customer(&azure);
    let made = admin.arm("PUT", &path(&azure), ARM_VERSION, body(&azure));
    assert_eq!((made.status, made.body.len()), (202, 0));
    let poll = made.find_header("location").unwrap().replace(ARM, "");
    let ask = |who: As<'_>| who.send("GET", ARM, &poll, &[], &Value::Null);
    assert_eq!(ask(admin.at(1)).status, 202);
    let state = |seconds: u64| {
        let shown = admin
            .at(seconds)
            .arm("GET", &path(&azure), ARM_VERSION, Value::Null);
        let shown = shown.body_json();
        (
            text(&shown, "/properties/provisioningState"),
            text(
                &shown,
                "/properties/securityDomainProperties/activationStatus",
            ),
        )
    };
    assert_eq!(state(2), ("Provisioning".to_owned(), "Unknown".to_owned()));
    let once_more = admin
        .at(3)
        .arm("PUT", &path(&azure), ARM_VERSION, body(&azure));
    assert_eq!(once_more.status, 200, "it is shown as it is");
    assert_eq!(
        state(400),
        ("Succeeded".to_owned(), "NotActivated".to_owned())
    );
    let last = ask(admin.at(401));
    assert_eq!(
        (last.status, text(&last.body_json(), "/name").as_str()),
        (200, "pool")
    );
    assert_eq!(
        text(&last.body_json(), "/properties/hsmUri"),
        format!("{HSM}/")
    );
    assert!(azure.sim.unmodelled().is_empty());
}

#[test]
fn days_of_retention_may_be_text() {
    let azure = at_once();
    let admin = customer(&azure);
    let mut wanted = body(&azure);
    for (days, status) in [("6", 400), ("week", 400), ("7", 202)] {
        wanted["properties"]["softDeleteRetentionInDays"] = json!(days);
        let answer = admin.arm("PUT", &path(&azure), ARM_VERSION, wanted.clone());
        assert_eq!(answer.status, status, "{days}");
    }
    let made = admin
        .at(1)
        .arm("GET", &path(&azure), ARM_VERSION, Value::Null);
    assert_eq!(
        made.body_json()["properties"]["softDeleteRetentionInDays"],
        7
    );
}

#[test]
fn a_deleted_hsm_keeps_its_name_and_comes_back_with_its_keys() {
    let azure = at_once();
    let admin = pool(&azure);
    let user = with_role(&azure, "Managed HSM Crypto User", "/");
    let user = acting(&azure, &user);
    user.hsm("POST", "/keys/k/create", json!({"kty": "EC-HSM"}));
    let deleted = admin
        .at(1)
        .arm("DELETE", &path(&azure), ARM_VERSION, Value::Null);
    assert_eq!(deleted.status, 202);
    let admin = admin.at(2);
    let sub = format!(
        "/subscriptions/{}/providers/Microsoft.KeyVault",
        azure.customer.subscription_id
    );
    let name = json!({"name": "pool"});
    let check = format!("{sub}/checkMhsmNameAvailability");
    let checked = admin.arm("POST", &check, ARM_VERSION, name).body_json();
    assert_eq!(text(&checked, "/reason"), "AlreadyExists");
    let one = format!("{sub}/locations/uksouth/deletedManagedHSMs/pool");
    let shown = admin.arm("GET", &one, ARM_VERSION, Value::Null).body_json();
    assert_eq!(text(&shown, "/properties/mhsmId"), path(&azure));
    let taken = admin.arm("PUT", &path(&azure), ARM_VERSION, body(&azure));
    assert_eq!(taken.status, 409);
    let mut recover = body(&azure);
    recover["properties"]["createMode"] = json!("Recover");
    assert_eq!(
        admin.arm("PUT", &path(&azure), ARM_VERSION, recover).status,
        202
    );
    assert_eq!(user.at(3).hsm("GET", "/keys/k", Value::Null).status, 200);
    let admin = admin.at(4);
    admin.arm("DELETE", &path(&azure), ARM_VERSION, Value::Null);
    let purge = format!("{one}/purge");
    assert_eq!(
        admin
            .at(5)
            .arm("POST", &purge, ARM_VERSION, Value::Null)
            .status,
        202
    );
    assert_eq!(
        admin
            .at(6)
            .arm("GET", &one, ARM_VERSION, Value::Null)
            .status,
        404
    );
}

#[test]
fn purge_protection_is_set_once_and_forbids_a_purge() {
    let azure = at_once();
    let admin = pool(&azure);
    let patch = |value: bool, seconds: u64| {
        let body = json!({"properties": {"enablePurgeProtection": value}});
        admin
            .at(seconds)
            .arm("PATCH", &path(&azure), ARM_VERSION, body)
    };
    assert_eq!(patch(false, 1).status, 202, "it was off");
    assert_eq!(patch(true, 2).status, 202);
    assert_eq!(patch(false, 3).status, 400);
    admin
        .at(4)
        .arm("DELETE", &path(&azure), ARM_VERSION, Value::Null);
    let purge = format!(
        "/subscriptions/{}/providers/Microsoft.KeyVault/locations/uksouth/deletedManagedHSMs/pool/purge",
        azure.customer.subscription_id
    );
    let refused = admin.at(5).arm("POST", &purge, ARM_VERSION, Value::Null);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (405, "MethodNotAllowed")
    );
}

#[test]
fn an_hsm_that_nobody_could_use_is_refused() {
    let azure = at_once();
    let admin = customer(&azure);
    let put = |change: fn(&mut Value)| {
        let mut body = body(&azure);
        change(&mut body);
        admin.arm("PUT", &path(&azure), ARM_VERSION, body).status
    };
    assert_eq!(put(|body| body["sku"]["name"] = json!("standard")), 400);
    assert_eq!(
        put(|body| body["properties"]["initialAdminObjectIds"] = json!([])),
        400
    );
    assert_eq!(
        put(|body| body["properties"]["enableSoftDelete"] = json!(false)),
        400
    );
    let region = |body: &mut Value| body["properties"]["regions"] = json!([{"name": "nowhere"}]);
    assert_eq!(put(region), 400);
    assert_eq!(put(|_| {}), 202);
    let extended = json!({"properties": {"regions": [{"name": "westus"}]}});
    assert_eq!(
        admin
            .at(1)
            .arm("PATCH", &path(&azure), ARM_VERSION, extended)
            .status,
        202
    );
    let deleted = admin
        .at(2)
        .arm("DELETE", &path(&azure), ARM_VERSION, Value::Null);
    assert_eq!((deleted.status, code(&deleted).as_str()), (400, "400"));
}

#[test]
fn a_creation_that_failed_is_begun_anew() {
    let azure = at_once();
    let admin = customer(&azure);
    azure.sim.inject(Fault::new(Effect::OperationFails {
        code: "InternalError".to_owned(),
        message: "No capacity.".to_owned(),
    }));
    let made = admin.arm("PUT", &path(&azure), ARM_VERSION, body(&azure));
    let poll = made.find_header("location").unwrap().replace(ARM, "");
    let polled = admin.at(1).send("GET", ARM, &poll, &[], &Value::Null);
    assert_eq!(
        (polled.status, code(&polled).as_str()),
        (409, "InternalError")
    );
    let shown = admin
        .at(2)
        .arm("GET", &path(&azure), ARM_VERSION, Value::Null);
    assert_eq!(
        text(&shown.body_json(), "/properties/provisioningState"),
        "Failed"
    );
    let again = admin
        .at(3)
        .arm("PUT", &path(&azure), ARM_VERSION, body(&azure));
    assert_eq!(again.status, 202);
    let state = admin
        .at(4)
        .arm("GET", &path(&azure), ARM_VERSION, Value::Null)
        .body_json();
    assert_eq!(text(&state, "/properties/provisioningState"), "Succeeded");
    let older = admin
        .at(5)
        .arm("GET", &path(&azure), "2019-09-01", Value::Null);
    assert_eq!(code(&older), "NoRegisteredProviderFound");
}

fn state(admin: &As<'_>, azure: &TwoTenants) -> String {
    let shown = admin.arm("GET", &path(azure), ARM_VERSION, Value::Null);
    text(&shown.body_json(), "/properties/provisioningState")
}

fn recovery(azure: &TwoTenants) -> Value {
    let mut recover = body(azure);
    recover["properties"]["createMode"] = json!("Recover");
    recover
}

fn purge_path(azure: &TwoTenants) -> String {
    format!(
        "/subscriptions/{}/providers/Microsoft.KeyVault/locations/uksouth/deletedManagedHSMs/pool/purge",
        azure.customer.subscription_id
    )
}

#[test]
fn what_failed_to_come_up_is_not_changed_and_stays_failed_through_deletion() {
    let azure = at_once();
    let admin = customer(&azure);
    azure.sim.inject(Fault::new(Effect::OperationFails {
        code: "InternalError".to_owned(),
        message: "No capacity.".to_owned(),
    }));
    admin.arm("PUT", &path(&azure), ARM_VERSION, body(&azure));
    let patch = json!({"tags": {"a": "b"}});
    let patched = admin.at(1).arm("PATCH", &path(&azure), ARM_VERSION, patch);
    assert_eq!((patched.status, code(&patched).as_str()), (409, "Conflict"));
    assert_eq!(state(&admin.at(2), &azure), "Failed");
    let deleted = admin
        .at(3)
        .arm("DELETE", &path(&azure), ARM_VERSION, Value::Null);
    assert_eq!(deleted.status, 202);
    let taken = admin
        .at(4)
        .arm("PUT", &path(&azure), ARM_VERSION, body(&azure));
    assert_eq!(taken.status, 409, "a deleted one holds its name");
    let recovered = admin
        .at(5)
        .arm("PUT", &path(&azure), ARM_VERSION, recovery(&azure));
    assert_eq!(recovered.status, 202);
    assert_eq!(state(&admin.at(6), &azure), "Failed");
}

#[test]
fn what_is_being_purged_is_not_recovered() {
    let azure = with_lag(Lag {
        hsm_change: Span::secs(60, 60),
        ..Lag::strict()
    });
    let admin = pool(&azure);
    let send = |seconds: u64, method: &str, path: &str, body: Value| {
        admin.at(seconds).arm(method, path, ARM_VERSION, body)
    };
    send(1, "DELETE", &path(&azure), Value::Null);
    let purged = send(70, "POST", &purge_path(&azure), Value::Null);
    assert_eq!(purged.status, 202);
    let refused = send(71, "PUT", &path(&azure), recovery(&azure));
    assert_eq!((refused.status, code(&refused).as_str()), (409, "Conflict"));
    let gone = send(140, "PUT", &path(&azure), recovery(&azure));
    assert_eq!(gone.status, 404);
}

#[test]
fn an_operation_on_an_hsm_that_is_gone_leaves_the_next_of_its_name_alone() {
    let azure = with_lag(Lag {
        hsm_create: Span::secs(400, 400),
        hsm_change: Span::secs(10, 10),
        ..Lag::strict()
    });
    let admin = customer(&azure);
    let put = |seconds: u64| {
        let admin = admin.at(seconds);
        admin.arm("PUT", &path(&azure), ARM_VERSION, body(&azure))
    };
    assert_eq!(put(0).status, 202);
    let group = format!(
        "/subscriptions/{}/resourceGroups/rg",
        azure.customer.subscription_id
    );
    let group_write = |seconds: u64, method: &str, body: Value| {
        let written = admin.at(seconds).arm(method, &group, "2025-04-01", body);
        assert!(written.is_success(), "{}", written.body_json());
    };
    group_write(1, "DELETE", Value::Null);
    let purged = admin
        .at(100)
        .arm("POST", &purge_path(&azure), ARM_VERSION, Value::Null);
    assert_eq!(purged.status, 202);
    group_write(200, "PUT", json!({"location": "uksouth"}));
    assert_eq!(put(201).status, 202);
    assert_eq!(state(&admin.at(401), &azure), "Provisioning");
    assert_eq!(state(&admin.at(602), &azure), "Succeeded");
}

#[test]
fn a_deployment_waits_for_the_hsm() {
    let azure = with_lag(Lag {
        hsm_create: Span::secs(400, 400),
        ..Lag::strict()
    });
    let admin = customer(&azure);
    let mut resource = body(&azure);
    resource["type"] = json!("Microsoft.KeyVault/managedHSMs");
    resource["apiVersion"] = json!(ARM_VERSION);
    resource["name"] = json!("pool");
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [resource],
    });
    let deployment = format!(
        "/subscriptions/{}/resourcegroups/rg/providers/Microsoft.Resources/deployments/d",
        azure.customer.subscription_id
    );
    let deploy = json!({"properties": {"mode": "Incremental", "template": template}});
    let started = admin.arm("PUT", &deployment, "2025-04-01", deploy);
    assert_eq!(started.status, 201, "{}", started.body_json());
    let state = |seconds: u64| {
        let shown = admin
            .at(seconds)
            .arm("GET", &deployment, "2025-04-01", Value::Null);
        text(&shown.body_json(), "/properties/provisioningState")
    };
    assert_eq!(state(399), "Running");
    assert_eq!(state(401), "Succeeded");
}
