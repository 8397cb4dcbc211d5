//! Operations that a fault ends: what is left of the account.

use crate::{
    Effect, Fault, Lag, SimOptions, SimResponse,
    test_kit::{ACCOUNT, Kit, VAULT},
};
use serde_json::{Value, json};

fn kit() -> Kit {
    Kit::with_chain(SimOptions {
        lag: Lag {
            account_create: Lag::typical().account_create,
            account_update: Lag::typical().account_update,
            account_delete: Lag::typical().account_delete,
            ..Lag::strict()
        },
        ..SimOptions::default()
    })
}

fn error() -> (String, String) {
    ("InternalServerError".to_owned(), "It broke.".to_owned())
}

fn fails() -> Effect {
    let (code, message) = error();
    Effect::OperationFails { code, message }
}

/// Sends what starts an operation that the fault ends.
fn doomed(kit: &Kit, method: &str, body: &Value, effect: Effect) -> SimResponse {
    kit.both.sim.inject(Fault {
        method: method.to_owned(),
        path_contains: format!("/databaseAccounts/{ACCOUNT}"),
        ..Fault::new(effect)
    });
    let answer = kit.account(method, body);
    assert!(answer.is_success(), "{}", answer.body_json());
    answer
}

fn state(kit: &Kit) -> Value {
    let shown = kit.account("GET", &Value::Null).body_json();
    shown["properties"]["provisioningState"].clone()
}

#[test]
fn a_creation_that_fails_or_is_canceled_leaves_a_husk() {
    let (code, message) = error();
    let canceled = Effect::OperationCanceled { code, message };
    for (effect, status) in [(fails(), "Failed"), (canceled, "Canceled")] {
        let kit = kit();
        let answer = doomed(&kit, "PUT", &kit.account_body(), effect);
        kit.pass(20);
        assert_ne!(kit.poll(&answer)["status"], status);
        kit.pass(600);
        assert_eq!(
            kit.poll(&answer),
            json!({
                "status": status,
                "error": {"code": "InternalServerError", "message": "It broke."},
            })
        );
        assert_eq!(state(&kit), "Failed");
    }
}

#[test]
fn an_update_that_fails_changes_nothing_and_the_next_one_may_come() {
    let kit = kit();
    assert_eq!(kit.create_account()["status"], "Succeeded");
    let tags = |value: &str| json!({"tags": {"stage": value}});
    let answer = doomed(&kit, "PATCH", &tags("one"), fails());
    assert_eq!(state(&kit), "Updating");
    kit.pass(120);
    assert_eq!(kit.poll(&answer)["status"], "Failed");
    assert_eq!(state(&kit), "Succeeded");
    let shown = kit.account("GET", &Value::Null).body_json();
    assert_eq!(shown["tags"].get("stage"), None);
    let answer = kit.account("PATCH", &tags("two"));
    kit.pass(120);
    assert_eq!(kit.poll(&answer)["status"], "Succeeded");
    let shown = kit.account("GET", &Value::Null).body_json();
    assert_eq!(shown["tags"]["stage"], "two");
}

#[test]
fn a_deletion_that_fails_leaves_the_account() {
    let kit = kit();
    assert_eq!(kit.create_account()["status"], "Succeeded");
    let answer = doomed(&kit, "DELETE", &Value::Null, fails());
    kit.pass(600);
    assert_eq!(kit.poll(&answer)["status"], "Failed");
    assert_eq!(state(&kit), "Succeeded");
}

#[test]
fn a_request_that_starts_no_operation_passes_its_doom_to_no_other() {
    let kit = kit();
    kit.both.sim.inject(Fault {
        path_contains: format!("/vaults/{VAULT}"),
        ..Fault::new(fails())
    });
    let read = kit.arm(true, "GET", &Kit::vault_path(), "2026-02-01", &Value::Null);
    assert_eq!(read.status, 200);
    assert_eq!(kit.create_account()["status"], "Succeeded");
}
