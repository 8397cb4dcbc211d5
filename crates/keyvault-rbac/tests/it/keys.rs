//! Keys of one vault on the wire: made, read, listed, changed.

use crate::support::{
    Canned, KEY, KEY_VERSION, KEYS, OTHER_VERSION, Scopes, VAULT_HOST, data, json, key_name,
    keys_at, keys_of, keys_over, no_body, once, sends, server, version,
};
use azure_core::time::OffsetDateTime;
use keyvault_rbac::{
    GetKeyOptions, KeyAttributes, KeyOperation, KeyType, KeyUpdate, KeysApi as _, Kind, NewKey,
    RecoveryLevel, RsaKeySize,
};
use serde_json::json as body;
use std::{collections::BTreeMap, sync::Arc};

/// A key with a modulus of 2048 bits. `w` is 110000: the first bit is set and the last ones are not.
pub(crate) fn key(version: &str) -> String {
    let modulus = "w".repeat(342);
    format!(
        r#"{{"key": {{"kid": "{KEY}/{version}", "kty": "RSA", "key_ops": ["wrapKey", "unwrapKey"], "n": "{modulus}", "e": "AQAB"}},
            "attributes": {{"enabled": true, "nbf": 1700000000, "exp": 1800000000, "created": 1700000001, "updated": 1700000002,
                "recoveryLevel": "CustomizedRecoverable", "recoverableDays": 7, "exportable": false, "hsmPlatform": "0"}},
            "tags": {{"managed-by": "cmk"}}}}"#
    )
}

fn time(seconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

#[tokio::test]
async fn a_key_is_created_with_what_was_asked_for() {
    let mock = data("POST", "/keys/cosmos/create").and(sends(body!({
        "kty": "RSA-HSM",
        "key_size": 4096,
        "key_ops": ["wrapKey", "unwrapKey"],
        "attributes": {"enabled": false, "nbf": 1_700_000_000, "exp": 1_800_000_000},
        "tags": {"managed-by": "cmk"},
    })));
    let server = server(mock, json(200, &key(KEY_VERSION)), 1).await;
    let mut new = NewKey::rsa_hsm(RsaKeySize::Bits4096);
    new.attributes = KeyAttributes {
        enabled: Some(false),
        not_before: time(1_700_000_000),
        expires: time(1_800_000_000),
    };
    new.tags = BTreeMap::from([("managed-by".to_owned(), "cmk".to_owned())]);
    let key = keys_at(&server)
        .create_key(&key_name(), &new, None)
        .await
        .unwrap();
    assert_eq!(key.uri.to_string(), format!("{KEY}/{KEY_VERSION}"));
}

#[tokio::test]
async fn what_nobody_asked_for_is_left_to_the_service() {
    let mock = data("POST", "/keys/cosmos/create").and(sends(body!({"kty": "RSA"})));
    let server = server(mock, json(200, &key(KEY_VERSION)), 1).await;
    let made = keys_at(&server)
        .create_key(&key_name(), &NewKey::new(KeyType::Rsa), None)
        .await
        .unwrap();
    assert_eq!(made.kty, KeyType::Rsa);
}

#[tokio::test]
async fn the_current_version_and_an_old_one_have_paths_of_their_own() {
    for (version, path) in [
        (None, "/keys/cosmos".to_owned()),
        (Some(version()), format!("/keys/cosmos/{KEY_VERSION}")),
    ] {
        let server = server(
            data("GET", &path).and(no_body),
            json(200, &key(KEY_VERSION)),
            1,
        )
        .await;
        let key = keys_at(&server)
            .get_key(&key_name(), Some(GetKeyOptions { version }))
            .await
            .unwrap();
        assert_eq!(key.uri.version(), Some(&KEY_VERSION.parse().unwrap()));
        assert_eq!((key.kty.clone(), key.size), (KeyType::Rsa, Some(2048)));
        assert!(key.permits(&KeyOperation::WrapKey) && !key.permits(&KeyOperation::Sign));
        assert!(key.enabled);
        assert_eq!(
            (key.not_before, key.expires),
            (time(1_700_000_000), time(1_800_000_000))
        );
        assert_eq!(
            key.recovery_level,
            Some(RecoveryLevel::CustomizedRecoverable)
        );
        assert_eq!(key.recoverable_days, Some(7));
        assert!(key.purge_protected());
        assert_eq!(key.tags["managed-by"], "cmk");
        assert_eq!(key.received.pointer("/key/e").unwrap(), "AQAB");
    }
}

#[tokio::test]
async fn what_a_key_does_not_say_is_not_guessed() {
    let answer = format!(
        r#"{{"key": {{"kid": "https://CONTOSO-CMK.vault.azure.net:443/keys/Cosmos/{}", "kty": "EC", "n": "AQAB", "crv": "P-256"}}, "attributes": null, "tags": null}}"#,
        KEY_VERSION.to_uppercase()
    );
    let server = server(data("GET", "/keys/cosmos"), json(200, &answer), 1).await;
    let key = keys_at(&server).get_key(&key_name(), None).await.unwrap();
    assert_eq!(key.uri.name(), &key_name());
    assert_eq!(key.uri.version(), Some(&version()));
    assert_eq!((key.kty, key.size), (KeyType::Ec, None));
    assert!(key.enabled && key.ops.is_empty());
    assert_eq!(key.recovery_level, None);
}

#[tokio::test]
async fn a_modulus_with_leading_zeros_counts_from_its_first_bit() {
    for (modulus, bits) in [
        ("w".repeat(342), Some(2048)),
        (format!("AAAA{}", "w".repeat(512)), Some(3072)),
        ("AQAB".to_owned(), Some(17)),
        (String::new(), None),
        ("AAAA".to_owned(), None),
        ("not base64!".to_owned(), None),
    ] {
        let answer =
            body!({"key": {"kid": format!("{KEY}/{KEY_VERSION}"), "kty": "RSA", "n": modulus}})
                .to_string();
        let canned = Canned::new([(200, answer.as_str())]);
        let key = keys_over(canned.transport())
            .get_key(&key_name(), None)
            .await
            .unwrap();
        assert_eq!(key.size, bits);
    }
}

#[tokio::test]
async fn a_key_of_another_vault_is_an_answer_that_cannot_be_read() {
    let answer = key(KEY_VERSION).replace("contoso-cmk", "fabrikam");
    let reading = server(data("GET", "/keys/cosmos"), json(200, &answer), 1).await;
    let error = keys_at(&reading)
        .get_key(&key_name(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
    let writing = server(data("POST", "/keys/cosmos/create"), json(200, &answer), 1).await;
    let error = keys_at(&writing)
        .create_key(&key_name(), &NewKey::rsa(RsaKeySize::Bits2048), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
}

#[tokio::test]
async fn versions_are_listed_page_by_page_and_an_odd_one_costs_only_itself() {
    let first = format!(
        r#"{{"value": [
            {{"kid": "{KEY}/{KEY_VERSION}", "attributes": {{"enabled": true, "created": 1700000001, "nbf": 1700000000, "exp": 1800000000}}, "tags": {{"a": "b"}}}},
            {{"kid": "https://fabrikam.vault.azure.net/keys/cosmos/{KEY_VERSION}"}},
            {{"kid": 7}}
        ], "nextLink": "https://{VAULT_HOST}:443/keys/cosmos/versions?{KEYS}&$skiptoken=abc"}}"#
    );
    let second = format!(
        r#"{{"value": [{{"kid": "{KEY}/{OTHER_VERSION}", "attributes": {{"enabled": false, "created": 1700000009}}}}], "nextLink": null}}"#
    );
    let server = server(
        data("GET", "/keys/cosmos/versions").and(no_body),
        json(200, &first),
        1,
    )
    .await;
    crate::support::request(
        VAULT_HOST,
        "GET",
        "/keys/cosmos/versions",
        "api-version=2026-04-01&$skiptoken=abc",
    )
    .and(wiremock::matchers::header("authorization", "Bearer token"))
    .respond_with(json(200, &second))
    .expect(1)
    .mount(&server)
    .await;
    let versions = keys_at(&server)
        .list_key_versions(&key_name())
        .await
        .unwrap();
    let seen: Vec<_> = versions
        .iter()
        .map(|item| {
            (
                item.uri.version().unwrap().as_str(),
                item.enabled,
                item.created,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (KEY_VERSION, true, time(1_700_000_001)),
            (OTHER_VERSION, false, time(1_700_000_009))
        ]
    );
    assert_eq!(versions[0].tags["a"], "b");
    assert_eq!(
        (versions[0].not_before, versions[0].expires),
        (time(1_700_000_000), time(1_800_000_000))
    );
}

#[tokio::test]
async fn a_next_link_to_another_vault_gets_no_token() {
    let page =
        format!(r#"{{"value": [], "nextLink": "https://fabrikam.vault.azure.net/keys?{KEYS}"}}"#);
    let canned = Canned::new([(200, page.as_str())]);
    let error = keys_over(canned.transport())
        .list_key_versions(&key_name())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(canned.calls(), [format!("GET {KEY}/versions?{KEYS}")]);
}

#[tokio::test]
async fn a_version_is_disabled_and_enabled_and_nothing_else_is_touched() {
    for enabled in [false, true] {
        let path = format!("/keys/cosmos/{KEY_VERSION}");
        let mock = data("PATCH", &path).and(sends(body!({"attributes": {"enabled": enabled}})));
        let answer =
            key(KEY_VERSION).replace(r#""enabled": true"#, &format!(r#""enabled": {enabled}"#));
        let server = server(mock, json(200, &answer), 1).await;
        let update = KeyUpdate {
            attributes: KeyAttributes {
                enabled: Some(enabled),
                ..Default::default()
            },
            ..Default::default()
        };
        let key = keys_at(&server)
            .update_key(&key_name(), &version(), &update)
            .await
            .unwrap();
        assert_eq!(key.enabled, enabled);
    }
}

#[tokio::test]
async fn operations_tags_and_times_of_a_version_are_replaced() {
    let path = format!("/keys/cosmos/{KEY_VERSION}");
    let mock = data("PATCH", &path).and(sends(body!({
        "key_ops": ["wrapKey"],
        "attributes": {"exp": 1_800_000_000},
        "tags": {},
    })));
    let server = server(mock, json(200, &key(KEY_VERSION)), 1).await;
    let update = KeyUpdate {
        attributes: KeyAttributes {
            expires: time(1_800_000_000),
            ..Default::default()
        },
        ops: Some(vec![KeyOperation::WrapKey]),
        tags: Some(BTreeMap::new()),
    };
    let key = keys_at(&server)
        .update_key(&key_name(), &version(), &update)
        .await
        .unwrap();
    assert_eq!(key.expires, time(1_800_000_000));
}

#[tokio::test]
async fn the_token_is_of_the_vaults_own_domain_whatever_a_challenge_says() {
    let elsewhere = r#"Bearer authorization="https://login.microsoftonline.com/22222222-2222-4222-8222-222222222222", resource="https://management.azure.com""#;
    for (vault, scope) in [
        (
            "https://contoso-cmk.vault.azure.net/",
            "https://vault.azure.net/.default",
        ),
        (
            "https://contoso-cmk.vault.usgovcloudapi.net/",
            "https://vault.usgovcloudapi.net/.default",
        ),
        (
            "https://contoso-cmk.vault.azure.cn/",
            "https://vault.azure.cn/.default",
        ),
        (
            "https://contoso-hsm.managedhsm.azure.net/",
            "https://managedhsm.azure.net/.default",
        ),
    ] {
        let challenge = vec![("www-authenticate", elsewhere.to_owned())];
        let canned = Canned::new([crate::support::Reply::Answer(401, challenge, Vec::new())]);
        let credential = Arc::new(Scopes::default());
        let client = keys_of(
            vault,
            Arc::clone(&credential) as Arc<_>,
            once(canned.transport()),
        );
        assert_eq!(client.vault_url().to_string(), vault);
        let error = client.get_key(&key_name(), None).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unauthenticated);
        assert_eq!(canned.calls(), [format!("GET {vault}keys/cosmos?{KEYS}")]);
        // A refused token is asked for once more, which gives the same one here: still for the vault's own domain.
        assert_eq!(credential.asked(), [scope, scope]);
    }
}
