//! Deleting keys and bringing them back, on the wire.

use crate::{
    keys::key,
    support::{KEY_VERSION, data, json, key_name, keys_at, no_body, server, version},
};
use azure_core::time::OffsetDateTime;
use keyvault_rbac::{Hint, KeysApi as _, Kind};

const GONE: &str = r#"{"error":{"code":"KeyNotFound","message":"A key with (name/id) cosmos was not found in this key vault. If you recently deleted this key you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"}}"#;

/// The key with what a deleted one has beside.
fn deleted() -> String {
    let body = key(KEY_VERSION);
    let inner = body.trim().strip_prefix('{').unwrap();
    format!(
        r#"{{"recoveryId": "https://contoso-cmk.vault.azure.net/deletedkeys/cosmos", "deletedDate": 1700000100, "scheduledPurgeDate": 1700604900, {inner}"#
    )
}

fn time(seconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

#[tokio::test]
async fn a_deleted_key_tells_until_when_it_is_kept() {
    let deleting = server(
        data("DELETE", "/keys/cosmos").and(no_body),
        json(200, &deleted()),
        1,
    )
    .await;
    let found = keys_at(&deleting)
        .delete_key(&key_name())
        .await
        .unwrap()
        .unwrap();
    let reading = server(
        data("GET", "/deletedkeys/cosmos").and(no_body),
        json(200, &deleted()),
        1,
    )
    .await;
    let again = keys_at(&reading)
        .get_deleted_key(&key_name())
        .await
        .unwrap();
    for deleted in [found, again] {
        assert_eq!(deleted.key.uri.version(), Some(&version()));
        assert_eq!(deleted.key.size, Some(2048));
        assert_eq!(
            (deleted.deleted, deleted.scheduled_purge),
            (time(1_700_000_100), time(1_700_604_900))
        );
        assert_eq!(
            deleted.key.received.pointer("/recoveryId").unwrap(),
            "https://contoso-cmk.vault.azure.net/deletedkeys/cosmos"
        );
    }
}

#[tokio::test]
async fn deleting_a_key_that_is_gone_is_fine() {
    let server = server(data("DELETE", "/keys/cosmos"), json(404, GONE), 1).await;
    let deleted = keys_at(&server).delete_key(&key_name()).await.unwrap();
    assert!(deleted.is_none());
}

#[tokio::test]
async fn a_deleted_key_that_does_not_show_up_yet_is_waited_for() {
    let server = server(data("GET", "/deletedkeys/cosmos"), json(404, GONE), 1).await;
    let error = keys_at(&server)
        .get_deleted_key(&key_name())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.hint()),
        (Kind::NotFound, Some(Hint::Propagation))
    );
    assert!(error.help().unwrap().contains("some seconds"));
}

#[tokio::test]
async fn a_key_is_recovered_with_its_versions() {
    let mock = data("POST", "/deletedkeys/cosmos/recover").and(no_body);
    let server = server(mock, json(200, &key(KEY_VERSION)), 1).await;
    let key = keys_at(&server)
        .recover_deleted_key(&key_name())
        .await
        .unwrap();
    assert_eq!(key.uri.version(), Some(&version()));
}

#[tokio::test]
async fn a_key_that_is_still_being_deleted_is_recovered_later() {
    let body = r#"{"error":{"code":"Conflict","message":"Key cosmos is currently being deleted.","innererror":{"code":"ObjectIsBeingDeleted"}}}"#;
    let mock = data("POST", "/deletedkeys/cosmos/recover");
    let server = server(mock, json(409, body), 1).await;
    let error = keys_at(&server)
        .recover_deleted_key(&key_name())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.hint()),
        (Kind::Conflict, Some(Hint::Busy))
    );
    assert!(error.help().unwrap().contains("wait some seconds"));
}
