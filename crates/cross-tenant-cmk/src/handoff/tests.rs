//! The documents: round trips, damage in every member, hostile values.

use super::{
    CustomerReference, DisplayName, GRANT_SCHEMA, Grant, MAX_DOCUMENT_BYTES, OFFER_SCHEMA, Offer,
    OfferDigest, OfferOptions,
};
use azure_core::time::OffsetDateTime;
use cmk_core::Cloud;
use serde_json::{Value, json};
use std::time::Duration;

const GUID: &str = "11111111-1111-4111-8111-111111111111";

fn offer() -> Offer {
    Offer::new(
        Cloud::Public,
        GUID.parse().unwrap(),
        "22222222-2222-4222-8222-222222222222".parse().unwrap(),
        "Contoso data platform".parse().unwrap(),
        &OfferOptions {
            now: Some(OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap()),
            nonce: Some("33333333-3333-4333-8333-333333333333".parse().unwrap()),
            ..OfferOptions::default()
        },
    )
}

fn grant() -> Grant {
    Grant::new(
        Cloud::Public,
        offer().digest(),
        "44444444-4444-4444-8444-444444444444".parse().unwrap(),
        "22222222-2222-4222-8222-222222222222".parse().unwrap(),
        "55555555-5555-4555-8555-555555555555".parse().unwrap(),
        "https://contoso-keys.vault.azure.net/keys/cosmos"
            .parse()
            .unwrap(),
    )
}

/// Whether the published schema and the parser both take the document. They must agree.
fn offer_is_taken(document: &Value) -> bool {
    agreed(
        OFFER_SCHEMA,
        document,
        Offer::from_json(&document.to_string()).is_ok(),
    )
}

fn agreed(schema: &str, document: &Value, parsed: bool) -> bool {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let valid = validator.is_valid(document);
    assert_eq!(valid, parsed, "schema and parser disagree on {document}");
    valid
}

#[test]
fn an_offer_round_trips_with_its_digest() {
    let offer = offer();
    let read = Offer::from_json(&offer.to_json()).unwrap();
    assert_eq!(read, offer);
    assert_eq!(read.digest(), offer.digest());
    let digest: OfferDigest = offer.digest().to_string().parse().unwrap();
    assert_eq!(digest, offer.digest());
}

#[test]
fn the_digest_does_not_depend_on_the_layout_of_the_json() {
    let offer = offer();
    // serde_json's map sorts its members, the document does not.
    let sorted: Value = serde_json::from_str(&offer.to_json()).unwrap();
    let read = Offer::from_json(&sorted.to_string()).unwrap();
    assert_eq!(read.digest(), offer.digest());
}

#[test]
fn two_offers_with_the_same_content_are_two_offers() {
    let make = || {
        Offer::new(
            Cloud::Public,
            GUID.parse().unwrap(),
            GUID.parse().unwrap(),
            "A".parse().unwrap(),
            &OfferOptions::default(),
        )
    };
    assert_ne!(make().digest(), make().digest());
}

#[test]
fn an_offer_expires_when_it_says() {
    let offer = offer();
    let after = |seconds: u64| {
        offer.is_expired(
            OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap()
                + Duration::from_secs(seconds),
        )
    };
    assert!(!after(30 * 86_400));
    assert!(after(30 * 86_400 + 1));
}

#[test]
fn every_damage_to_an_offer_is_refused_by_parser_and_schema_alike() {
    let good: Value = serde_json::from_str(&offer().to_json()).unwrap();
    assert!(offer_is_taken(&good));
    for member in good.as_object().unwrap().keys() {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(member);
        assert!(!offer_is_taken(&without), "{member} may be left out");
        for wrong in [json!(null), json!(2), json!(""), json!([]), json!({})] {
            let mut damaged = good.clone();
            damaged[member] = wrong.clone();
            assert!(!offer_is_taken(&damaged), "{member} may be {wrong}");
        }
    }
    let mut more = good.clone();
    more["vaultUri"] = json!("https://x");
    assert!(!offer_is_taken(&more));
    for (member, wrong) in [
        (
            "providerTenantId",
            json!("00000000-0000-0000-0000-000000000000"),
        ),
        (
            "providerTenantId",
            json!("11111111111141118111111111111111"),
        ),
        ("role", json!("Owner")),
        ("cloud", json!("Public")),
        ("version", json!(1.5)),
        ("version", json!(2)),
        ("expiresAt", json!("2027-01-31T00:00:00+02:00")),
        ("expiresAt", json!("2027-01-31")),
        ("expiresAt", json!("2027-13-31T00:00:00Z")),
        ("expiresAt", json!("2027-02-30T00:00:00Z")),
        ("expiresAt", json!("2027-01-31T24:00:00Z")),
        ("expiresAt", json!("2027-01-31t00:00:00z")),
        ("applicationName", json!("a\u{202e}b")),
        ("applicationName", json!("a\nb")),
        ("applicationName", json!("x".repeat(121))),
    ] {
        let mut damaged = good.clone();
        damaged[member] = wrong.clone();
        assert!(!offer_is_taken(&damaged), "{member} may be {wrong}");
    }
    // In JSON one number.
    let mut same = good;
    same["version"] = json!(1.0);
    assert!(offer_is_taken(&same));
}

#[test]
fn an_offer_is_in_utc_and_readable_whatever_the_clock_it_was_made_by() {
    let east = azure_core::time::parse_rfc3339("2027-01-31T01:00:00+02:00").unwrap();
    let long_ago = azure_core::time::parse_rfc3339("0000-01-01T00:00:00+23:59").unwrap();
    for (now, valid_for, written) in [
        (east, Duration::ZERO, "2027-01-30T23:00:00Z"),
        (east, Duration::MAX, "9999-12-31T21:59:59Z"),
        (long_ago, Duration::ZERO, "0000-01-01T00:00:00Z"),
    ] {
        let offer = Offer::new(
            Cloud::Public,
            GUID.parse().unwrap(),
            GUID.parse().unwrap(),
            "A".parse().unwrap(),
            &OfferOptions {
                valid_for,
                now: Some(now),
                ..OfferOptions::default()
            },
        );
        let document: Value = serde_json::from_str(&offer.to_json()).unwrap();
        assert_eq!(document["expiresAt"], written);
        assert!(offer_is_taken(&document));
        assert_eq!(Offer::from_json(&offer.to_json()).unwrap(), offer);
    }
}

#[test]
fn every_damage_to_a_grant_is_refused_by_parser_and_schema_alike() {
    let good: Value = serde_json::from_str(&grant().to_json()).unwrap();
    let taken = |document: &Value| {
        agreed(
            GRANT_SCHEMA,
            document,
            Grant::from_json(&document.to_string()).is_ok(),
        )
    };
    assert!(taken(&good));
    for member in good.as_object().unwrap().keys() {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(member);
        assert!(!taken(&without), "{member} may be left out");
        for wrong in [json!(null), json!(2), json!(""), json!([]), json!({})] {
            let mut damaged = good.clone();
            damaged[member] = wrong.clone();
            assert!(!taken(&damaged), "{member} may be {wrong}");
        }
    }
}

#[test]
fn a_key_uri_is_taken_in_one_form_by_parser_and_schema_alike() {
    let version = "0123456789abcdef0123456789abcdef";
    let taken = |uri: &str| {
        let mut document: Value = serde_json::from_str(&grant().to_json()).unwrap();
        document["keyUri"] = json!(uri);
        agreed(
            GRANT_SCHEMA,
            &document,
            Grant::from_json(&document.to_string()).is_ok(),
        )
    };
    for uri in [
        "https://abc.vault.azure.net/keys/k",
        "https://a-b-c-d-e-f-g-h-i-j-k-l.managedhsm.azure.net/keys/K-1",
        "https://contoso.vault.usgovcloudapi.net/keys/cosmos",
        "https://contoso.vault.azure.cn/keys/cosmos",
        &format!("https://contoso.vault.azure.net/keys/cosmos/{version}"),
    ] {
        assert!(taken(uri), "{uri}");
    }
    for uri in [
        "https://evil.example/keys/cosmos",
        "HTTPS://contoso-keys.vault.azure.net/keys/cosmos",
        "https://Contoso-keys.vault.azure.net/keys/cosmos",
        "https://contoso-keys.vault.azure.net:443/keys/cosmos",
        "https://contoso-keys.vault.azure.net/keys/cosmos/",
        "https://contoso-keys.vault.azure.net/Keys/cosmos",
        "https://ab.vault.azure.net/keys/k",
        "https://a--b.vault.azure.net/keys/k",
        "https://ab-.vault.azure.net/keys/k",
        "https://1ab.vault.azure.net/keys/k",
        "https://abcdefghijklmnopqrstuvwxy.vault.azure.net/keys/k",
        "https://contoso-keys.vault.azure.net/keys/cosmos/1",
        "https://contoso-keys.vault.azure.net/keys/a_b",
        "http://contoso-keys.vault.azure.net/keys/cosmos",
        "https://contoso-keys.vault.azure.net.evil.example/keys/cosmos",
        "https://user:pass@contoso-keys.vault.azure.net/keys/cosmos",
        "https://contoso-keys.vault.azure.net/keys/cosmos?x=y",
        "https://contoso-keys.vault.azure.net/secrets/cosmos",
        "https://127.0.0.1/keys/cosmos",
    ] {
        assert!(!taken(uri), "{uri}");
    }
}

#[test]
fn a_member_given_twice_is_refused() {
    let text = offer().to_json();
    let twice = text.replacen(
        '{',
        r#"{"role": "Key Vault Crypto Service Encryption User","#,
        1,
    );
    let error = Offer::from_json(&twice).unwrap_err();
    assert!(error.to_string().contains("duplicate field"), "{error}");
}

#[test]
fn the_message_says_what_was_handed_in_instead() {
    let error = Offer::from_json(&grant().to_json()).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"offer is not valid: its kind is "cross-tenant-cmk/grant", not "cross-tenant-cmk/offer""#
    );
    let newer = grant()
        .to_json()
        .replace("\"version\": 1", "\"version\": 2");
    let error = Grant::from_json(&newer).unwrap_err();
    assert!(error.to_string().contains("its version is 2"), "{error}");
}

#[test]
fn a_huge_or_deep_document_is_refused_unread() {
    let huge = "[".repeat(MAX_DOCUMENT_BYTES + 1);
    assert!(
        Offer::from_json(&huge)
            .unwrap_err()
            .to_string()
            .contains("bytes")
    );
    assert!(Offer::from_json(&"[".repeat(10_000)).is_err());
}

#[test]
fn names_and_references_are_bounded() {
    assert!("Zażółć gęślą 数据".parse::<DisplayName>().is_ok());
    assert!("".parse::<DisplayName>().is_err());
    assert!("contoso-eu.1".parse::<CustomerReference>().is_ok());
    for bad in ["", "a b", "a/b", "é", &"x".repeat(129)] {
        assert!(bad.parse::<CustomerReference>().is_err(), "{bad}");
    }
}

#[test]
fn a_refusal_quotes_little_of_a_document_and_nothing_that_a_terminal_would_obey() {
    let member = format!("\\u001b[2J\\u202e{}", "x".repeat(8_000));
    let text = offer()
        .to_json()
        .replace("\"nonce\"", &format!("\"{member}\":1,\"nonce\""));
    let refusal = Offer::from_json(&text).unwrap_err().to_string();
    assert!(refusal.contains("\\u{1b}[2J\\u{202e}xxx"), "{refusal}");
    assert!(refusal.ends_with("x…"), "{refusal}");
    assert!(refusal.chars().count() < 500, "{refusal}");
}
