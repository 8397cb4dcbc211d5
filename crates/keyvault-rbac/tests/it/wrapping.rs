//! Wrapping and unwrapping on the wire.

use crate::support::{
    Canned, KEY, KEY_VERSION, data, json, key_name, keys_at, keys_over, sends, server, version,
};
use keyvault_rbac::{KeysApi as _, Kind, WrapAlgorithm};
use serde_json::json as body;

// Bytes whose base64 differs between the two alphabets, and that would be padded.
const BYTES: [u8; 4] = [0xfb, 0xef, 0xff, 0x01];
const TEXT: &str = "--__AQ";

fn answer(value: &str) -> String {
    body!({"kid": format!("{KEY}/{KEY_VERSION}"), "value": value}).to_string()
}

#[tokio::test]
async fn wrapping_names_the_version_that_wrapped() {
    for (asked, path) in [
        (None, "/keys/cosmos/wrapKey".to_owned()),
        (
            Some(version()),
            format!("/keys/cosmos/{KEY_VERSION}/wrapKey"),
        ),
    ] {
        let mock = data("POST", &path).and(sends(body!({"alg": "RSA-OAEP-256", "value": TEXT})));
        let server = server(mock, json(200, &answer("AQID")), 1).await;
        let wrapped = keys_at(&server)
            .wrap_key(
                &key_name(),
                asked.as_ref(),
                WrapAlgorithm::RsaOaep256,
                &BYTES,
            )
            .await
            .unwrap();
        assert_eq!(wrapped.key.to_string(), format!("{KEY}/{KEY_VERSION}"));
        assert_eq!(wrapped.algorithm, WrapAlgorithm::RsaOaep256);
        assert_eq!(wrapped.ciphertext, [1, 2, 3]);
    }
}

#[tokio::test]
async fn unwrapping_goes_to_the_version_that_wrapped() {
    for (algorithm, word) in [
        (WrapAlgorithm::RsaOaep256, "RSA-OAEP-256"),
        (WrapAlgorithm::RsaOaep, "RSA-OAEP"),
        (WrapAlgorithm::Rsa15, "RSA1_5"),
        (WrapAlgorithm::Unknown("A256KW".to_owned()), "A256KW"),
    ] {
        let path = format!("/keys/cosmos/{KEY_VERSION}/unwrapKey");
        let mock = data("POST", &path).and(sends(body!({"alg": word, "value": "AQID"})));
        let server = server(mock, json(200, &answer(TEXT)), 1).await;
        let unwrapped = keys_at(&server)
            .unwrap_key(&key_name(), &version(), algorithm, &[1, 2, 3])
            .await
            .unwrap();
        assert_eq!(unwrapped.plaintext, BYTES);
        assert_eq!(unwrapped.key.version(), Some(&version()));
    }
}

#[tokio::test]
async fn an_answer_that_is_no_wrapping_is_refused_and_not_quoted() {
    use std::error::Error as _;

    let other_vault = answer("c2VjcmV0").replace("contoso-cmk", "fabrikam");
    for body in [
        answer("c2VjcmV0!!"),
        other_vault,
        r#"{"value": "c2VjcmV0"}"#.to_owned(),
        r#"{"kid": "c2VjcmV0", "value": "c2VjcmV0"}"#.to_owned(),
        format!(r#"{{"kid": "{KEY}/{KEY_VERSION}", "value": ["c2VjcmV0"]}}"#),
        r#"c2VjcmV0"#.to_owned(),
        String::new(),
    ] {
        let canned = Canned::new([(200, body.as_str())]);
        let error = keys_over(canned.transport())
            .unwrap_key(&key_name(), &version(), WrapAlgorithm::RsaOaep, &BYTES)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Other, "nothing was changed: {body}");
        let said = format!("{error} {error:?} {}", error.source().unwrap());
        assert!(!said.contains("c2VjcmV0"), "{said}");
    }
}
