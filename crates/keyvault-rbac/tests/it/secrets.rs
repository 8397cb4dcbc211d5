//! What must not be seen: key material, tokens, bodies.

use crate::{
    keys::key,
    support::{Canned, KEY_VERSION, Reply, key_name, keys_of, keys_over, once, version},
};
use cmk_core::testing::StaticCredential;
use keyvault_rbac::{KeysApi as _, WrapAlgorithm};

const TOKEN: &str = "eyJhbGciOiJub25lIn0";

#[tokio::test]
async fn key_material_is_not_in_debug() {
    let body = format!(
        r#"{{"kid": "https://contoso-cmk.vault.azure.net/keys/cosmos/{KEY_VERSION}", "value": "3q2-7w"}}"#
    );
    let canned = Canned::new([(200, body.as_str()), (200, body.as_str())]);
    let client = keys_over(canned.transport());
    let oaep = WrapAlgorithm::RsaOaep256;
    let (name, version) = (key_name(), version());
    let wrapped = client
        .wrap_key(&name, None, oaep.clone(), b"k")
        .await
        .unwrap();
    let unwrapped = client
        .unwrap_key(&name, &version, oaep, b"k")
        .await
        .unwrap();
    assert_eq!(wrapped.ciphertext, [0xde, 0xad, 0xbe, 0xef]);
    assert_eq!(unwrapped.plaintext, [0xde, 0xad, 0xbe, 0xef]);
    for text in [
        format!("{wrapped:?} {wrapped:#?}"),
        format!("{unwrapped:?} {unwrapped:#?}"),
    ] {
        assert!(text.contains(KEY_VERSION), "{text}");
        for part in ["222", "173", "deadbeef", "3q2-7w"] {
            assert!(!text.contains(part), "{text}");
        }
    }
}

#[tokio::test]
async fn a_key_shows_its_fields_and_not_its_body() {
    let body = key(KEY_VERSION);
    let canned = Canned::new([(200, body.as_str())]);
    let key = keys_over(canned.transport())
        .get_key(&key_name(), None)
        .await
        .unwrap();
    let text = format!("{key:?}");
    assert!(text.contains("size: Some(2048)") && text.contains("Received(..)"));
    assert!(!text.contains("wwww") && !text.contains("AQAB"), "{text}");
}

#[tokio::test]
async fn neither_a_client_nor_an_error_shows_a_token_or_what_was_wrapped() {
    let refusal =
        br#"{"error":{"code":"Forbidden","message":"m","innererror":{"code":"ForbiddenByRbac"}}}"#;
    for reply in [
        Reply::Answer(403, Vec::new(), refusal.to_vec()),
        Reply::Broken,
    ] {
        let canned = Canned::new([reply]);
        let client = keys_of(
            "https://contoso-cmk.vault.azure.net/",
            StaticCredential::new(TOKEN),
            once(canned.transport()),
        );
        let error = client
            .unwrap_key(&key_name(), &version(), WrapAlgorithm::RsaOaep, b"hidden")
            .await
            .unwrap_err();
        assert_eq!(canned.tokens(), [Some(format!("Bearer {TOKEN}"))]);
        let said = format!("{client:?} {client:#?} {error} {error:?} {error:#?}");
        assert!(said.contains("contoso-cmk"), "{said}");
        // "hidden" as text, as base64url, and the token.
        for secret in [TOKEN, "hidden", "aGlkZGVu"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}
