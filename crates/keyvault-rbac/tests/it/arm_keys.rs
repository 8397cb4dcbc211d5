//! Keys over Resource Manager on the wire.

use crate::support::{
    KEY, KEY_VERSION, VAULT, VAULTS, arm, json, key_name, no_body, sends, server, vault_id,
    vaults_at,
};
use azure_core::time::OffsetDateTime;
use keyvault_rbac::{
    ArmKeysApi as _, KeyAttributes, KeyOperation, KeyType, Kind, NewKey, RecoveryLevel, RsaKeySize,
};
use serde_json::json as body;
use std::collections::BTreeMap;

const ANSWER: &str = r#"{
    "id": "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg/providers/Microsoft.KeyVault/vaults/contoso-cmk/keys/cosmos",
    "type": "Microsoft.KeyVault/vaults/keys", "location": "eastus2", "name": "cosmos", "tags": {"managed-by": "cmk"},
    "properties": {
        "attributes": {"enabled": true, "nbf": 1700000000, "exp": 1800000000, "created": 1700000000, "updated": 1700000000,
            "recoveryLevel": "Recoverable", "exportable": false},
        "kty": "RSA", "keyOps": ["wrapKey", "unwrapKey"], "keySize": 3072,
        "keyUri": "https://contoso-cmk.vault.azure.net/keys/cosmos",
        "keyUriWithVersion": "https://contoso-cmk.vault.azure.net/keys/cosmos/0123456789abcdef0123456789abcdef"
    }
}"#;

fn path() -> String {
    format!("{VAULT}/keys/cosmos")
}

#[tokio::test]
async fn a_key_is_created_with_what_was_asked_for_and_comes_back() {
    for status in [200, 201] {
        let mock = arm("PUT", &path(), VAULTS).and(sends(body!({
            "tags": {"managed-by": "cmk"},
            "properties": {
                "kty": "RSA",
                "keySize": 3072,
                "keyOps": ["wrapKey", "unwrapKey"],
                "attributes": {"enabled": true, "nbf": 1_700_000_000, "exp": 1_800_000_000},
            },
        })));
        let server = server(mock, json(status, ANSWER), 1).await;
        let time = |seconds| OffsetDateTime::from_unix_timestamp(seconds).ok();
        let mut new = NewKey::rsa(RsaKeySize::Bits3072);
        new.tags = BTreeMap::from([("managed-by".to_owned(), "cmk".to_owned())]);
        new.attributes = KeyAttributes {
            enabled: Some(true),
            not_before: time(1_700_000_000),
            expires: time(1_800_000_000),
        };
        let key = vaults_at(&server)
            .create_key_if_absent(&vault_id(), &key_name(), &new, None)
            .await
            .unwrap();
        assert_eq!(key.id.to_string(), path());
        assert_eq!(key.kty, Some(KeyType::Rsa));
        assert_eq!(key.size, Some(3072));
        assert_eq!(key.ops, [KeyOperation::WrapKey, KeyOperation::UnwrapKey]);
        assert_eq!(key.attributes, new.attributes);
        assert_eq!(key.recovery_level, Some(RecoveryLevel::Recoverable));
        assert_eq!(key.key_uri.to_string(), KEY);
        assert_eq!(
            key.key_uri_with_version.unwrap().to_string(),
            format!("{KEY}/{KEY_VERSION}")
        );
        assert_eq!(key.tags["managed-by"], "cmk");
    }
}

#[tokio::test]
async fn what_nobody_asked_for_is_left_to_the_service() {
    let mock = arm("PUT", &path(), VAULTS).and(sends(body!({"properties": {"kty": "EC"}})));
    // Not what was asked for: there was a key already, and it stays as it is.
    let server = server(mock, json(200, ANSWER), 1).await;
    let key = vaults_at(&server)
        .create_key_if_absent(&vault_id(), &key_name(), &NewKey::new(KeyType::Ec), None)
        .await
        .unwrap();
    assert_eq!(key.kty, Some(KeyType::Rsa));
}

#[tokio::test]
async fn a_key_is_read_and_its_uri_never_has_a_version() {
    let answer = r#"{"properties": {"attributes": null, "keyUri": "https://contoso-cmk.vault.azure.net/keys/cosmos/0123456789abcdef0123456789abcdef"}}"#;
    let server = server(
        arm("GET", &path(), VAULTS).and(no_body),
        json(200, answer),
        1,
    )
    .await;
    let key = vaults_at(&server)
        .get_arm_key(&vault_id(), &key_name())
        .await
        .unwrap();
    assert_eq!(key.key_uri.to_string(), KEY);
    assert_eq!((key.kty, key.size), (None, None));
    assert_eq!(key.attributes, KeyAttributes::default());
    assert!(key.ops.is_empty() && key.tags.is_empty() && key.key_uri_with_version.is_none());
}

#[tokio::test]
async fn a_missing_key_and_a_missing_vault_are_told_apart() {
    for (code, message) in [
        (
            "KeyNotFound",
            "A key with (name/id) cosmos was not found in this key vault.",
        ),
        (
            "ParentResourceNotFound",
            "Can not perform requested operation on nested resource. Parent resource 'contoso-cmk' not found.",
        ),
    ] {
        let answer = body!({"error": {"code": code, "message": message}}).to_string();
        let server = server(arm("GET", &path(), VAULTS), json(404, &answer), 1).await;
        let error = vaults_at(&server)
            .get_arm_key(&vault_id(), &key_name())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
        assert_eq!(error.failure().code(), Some(code));
        assert!(error.help().is_some(), "{code}");
    }
}

#[tokio::test]
async fn a_key_uri_on_a_strange_host_is_an_answer_that_cannot_be_read() {
    let answer = ANSWER.replace(
        "contoso-cmk.vault.azure.net/keys",
        "contoso-cmk.evil.example/keys",
    );
    let reading = server(arm("GET", &path(), VAULTS), json(200, &answer), 1).await;
    let error = vaults_at(&reading)
        .get_arm_key(&vault_id(), &key_name())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
    let writing = server(arm("PUT", &path(), VAULTS), json(200, &answer), 1).await;
    let new = NewKey::rsa(RsaKeySize::Bits2048);
    let error = vaults_at(&writing)
        .create_key_if_absent(&vault_id(), &key_name(), &new, None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
}
