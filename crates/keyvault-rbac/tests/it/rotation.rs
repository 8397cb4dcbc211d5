//! Rotation of keys and its policy on the wire.

use crate::{
    keys::key,
    support::{
        Canned, KEY, OTHER_VERSION, data, json, key_name, keys_at, keys_over, no_body, sends,
        server,
    },
};
use keyvault_rbac::{
    KeysApi as _, Kind, LifetimeAction, RotationAction, RotationPolicy, RotationTrigger,
};
use serde_json::json as body;

const PATH: &str = "/keys/cosmos/rotationpolicy";

// As recorded.
const POLICY: &str = r#"{"id": "https://contoso-cmk.vault.azure.net/keys/cosmos/rotationpolicy",
    "lifetimeActions": [
        {"trigger": {"timeAfterCreate": "P15D"}, "action": {"type": "Rotate"}},
        {"trigger": {"timeBeforeExpiry": "P7D"}, "action": {"type": "Notify"}}
    ],
    "attributes": {"expiryTime": "P30D", "created": 1679384331, "updated": 1679384331}}"#;

fn actions() -> Vec<LifetimeAction> {
    let after = RotationTrigger::AfterCreate("P15D".parse().unwrap());
    let before = RotationTrigger::BeforeExpiry("P7D".parse().unwrap());
    vec![
        LifetimeAction::new(RotationAction::Rotate, after),
        LifetimeAction::new(RotationAction::Notify, before),
    ]
}

#[tokio::test]
async fn rotating_makes_a_new_version() {
    let mock = data("POST", "/keys/cosmos/rotate").and(no_body);
    let server = server(mock, json(200, &key(OTHER_VERSION)), 1).await;
    let key = keys_at(&server).rotate_key(&key_name()).await.unwrap();
    assert_eq!(key.uri.to_string(), format!("{KEY}/{OTHER_VERSION}"));
}

#[tokio::test]
async fn a_policy_is_read() {
    let server = server(data("GET", PATH).and(no_body), json(200, POLICY), 1).await;
    let policy = keys_at(&server)
        .get_rotation_policy(&key_name())
        .await
        .unwrap();
    assert_eq!(policy.lifetime_actions, actions());
    assert_eq!(policy.expiry, "P30D".parse().ok());
    assert_eq!(
        policy.received.pointer("/attributes/created").unwrap(),
        1_679_384_331
    );
}

#[tokio::test]
async fn a_policy_of_a_key_that_never_had_one_is_empty() {
    for answer in [
        "{}",
        r#"{"lifetimeActions": [], "attributes": {}}"#,
        r#"{"lifetimeActions": null, "attributes": null}"#,
        r#"{"attributes": {"expiryTime": null}}"#,
    ] {
        let canned = Canned::new([(200, answer)]);
        let policy = keys_over(canned.transport())
            .get_rotation_policy(&key_name())
            .await
            .unwrap();
        assert_eq!((policy.lifetime_actions, policy.expiry), (vec![], None));
    }
}

#[tokio::test]
async fn a_policy_is_sent_whole_and_read_back() {
    let mock = data("PUT", PATH).and(sends(body!({
        "lifetimeActions": [
            {"action": {"type": "Rotate"}, "trigger": {"timeAfterCreate": "P15D"}},
            {"action": {"type": "Notify"}, "trigger": {"timeBeforeExpiry": "P7D"}},
        ],
        "attributes": {"expiryTime": "P30D"},
    })));
    let server = server(mock, json(200, POLICY), 1).await;
    let policy = RotationPolicy::new(actions(), "P30D".parse().ok());
    let answer = keys_at(&server)
        .put_rotation_policy(&key_name(), &policy)
        .await
        .unwrap();
    assert_eq!(answer.lifetime_actions, actions());
}

#[tokio::test]
async fn a_policy_without_expiry_sends_none() {
    let mock = data("PUT", PATH).and(sends(body!({"lifetimeActions": [], "attributes": {}})));
    let server = server(mock, json(200, "{}"), 1).await;
    let answer = keys_at(&server)
        .put_rotation_policy(&key_name(), &RotationPolicy::default())
        .await
        .unwrap();
    assert_eq!(answer.expiry, None);
}

#[tokio::test]
async fn an_action_whose_time_is_not_known_is_read_and_not_sent_back() {
    let odd = r#"{"lifetimeActions": [{"trigger": {"timeAtNoon": "P1D"}, "action": {"type": "Dance"}}, {"trigger": null, "action": {"type": "Rotate"}}]}"#;
    let canned = Canned::new([(200, odd)]);
    let client = keys_over(canned.transport());
    let policy = client.get_rotation_policy(&key_name()).await.unwrap();
    let dance = RotationAction::Unknown("Dance".to_owned());
    let read: Vec<_> = policy
        .lifetime_actions
        .iter()
        .map(|action| (action.action.clone(), action.trigger.clone()))
        .collect();
    assert_eq!(read, [(dance, None), (RotationAction::Rotate, None)]);
    let error = client
        .put_rotation_policy(&key_name(), &policy)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(
        error.failure().message(),
        Some("the action Dance must say when")
    );
    assert_eq!(canned.calls().len(), 1, "the policy was not sent");
}
