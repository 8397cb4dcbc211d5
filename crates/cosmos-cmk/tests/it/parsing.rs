//! The parsers: what they write they read again, and no text makes them panic.

use crate::support::{CLIENT, IDENTITY};
use cosmos_cmk::{
    AccountId, AccountName, CmkStatus, DefaultIdentity, RevocationCause, VersionlessKeyUri,
};
use proptest::{
    prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
    sample::select,
};

/// Pieces of real texts in any order, so that prefixes and suffixes are hit often.
fn pieces(known: Vec<&'static str>) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        select(known).prop_map(str::to_owned),
        ".{0,4}".prop_map(|text| text),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn identity_texts() -> impl Strategy<Value = String> {
    pieces(vec![
        "UserAssignedIdentity=",
        "userassignedidentity=",
        "&FederatedClientId=",
        "FirstPartyIdentity",
        "SystemAssignedIdentity",
        "Undefined",
        "DelegatedUserAssignedIdentity",
        "&",
        "=",
        IDENTITY,
        CLIENT,
        "00000000-0000-0000-0000-000000000000",
    ])
}

fn sentences() -> impl Strategy<Value = String> {
    pieces(vec![
        "Access to the configured customer managed key confirmed.",
        "Access to your account is currently revoked",
        " because the correspondent key is not found",
        "(4003)",
        "(",
        ")",
        ".",
        " ",
        "4018",
    ])
}

proptest! {
    #[test]
    fn a_default_identity_is_read_again_as_itself(text in identity_texts()) {
        let identity = DefaultIdentity::from(text.as_str());
        let written = identity.to_string();
        prop_assert_eq!(&DefaultIdentity::from(written.as_str()), &identity);
        if let DefaultIdentity::Other(kept) = &identity {
            prop_assert_eq!(kept, &text);
        } else {
            prop_assert!(written.eq_ignore_ascii_case(&text), "{} became {}", text, written);
        }
        let through_json: DefaultIdentity = serde_json::from_str(&serde_json::to_string(&identity).unwrap()).unwrap();
        prop_assert_eq!(through_json, identity);
    }

    #[test]
    fn a_federated_identity_round_trips(name in "[a-z][a-z0-9-]{2,20}", group in "[A-Za-z0-9_()-]{1,20}", client in any::<u128>()) {
        let client = format!("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", client >> 96, (client >> 80) & 0xffff, (client >> 68) & 0xfff, (client >> 56) & 0xfff, client & 0xffff_ffff_ffff);
        let id = IDENTITY.replace("/rg/", &format!("/{group}/")).replace("id1", &name);
        let text = format!("UserAssignedIdentity={id}&FederatedClientId={client}");
        let identity = DefaultIdentity::from(text.as_str());
        prop_assert_eq!(identity.identity(), Some(&id.parse().unwrap()));
        prop_assert_eq!(identity.client_id(), Some(client.parse().unwrap()));
        prop_assert_eq!(&identity.to_string(), &text);
        prop_assert_eq!(DefaultIdentity::from(text.replace(&group, &group.to_uppercase()).as_str()), identity);
    }

    #[test]
    fn a_status_keeps_its_sentence_and_good_news_begins_with_the_confirmation(text in sentences()) {
        let status = CmkStatus::from(text.as_str());
        match &status {
            CmkStatus::Confirmed => prop_assert!(text.to_lowercase().trim_start().starts_with("access to the configured customer managed key confirmed")),
            CmkStatus::Revoked { message, .. } => prop_assert_eq!(message, &text),
            other => prop_assert_eq!(&other.to_string(), &text),
        }
        if text.contains("Access to your account is currently revoked") {
            prop_assert!(status.revocation_cause().is_some());
        }
    }

    #[test]
    fn every_number_comes_back(code in any::<u16>()) {
        prop_assert_eq!(RevocationCause::from_code(code).code(), Some(code));
    }

    #[test]
    fn an_account_name_is_the_text_it_was_read_from(text in "[a-z0-9A-Z_-]{0,50}") {
        match text.parse::<AccountName>() {
            Ok(name) => {
                prop_assert_eq!(name.to_string(), text.clone());
                prop_assert!((3..=44).contains(&text.len()) && !text.contains("--"));
            }
            Err(error) => prop_assert!(error.to_string().starts_with("account name ")),
        }
    }

    #[test]
    fn an_account_id_round_trips(name in "[a-z0-9]{3,20}") {
        let text = format!("/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/{name}");
        let id: AccountId = text.parse().unwrap();
        prop_assert_eq!(id.name().as_str(), name);
        prop_assert_eq!(id.to_string(), text);
    }

    #[test]
    fn a_key_uri_is_read_again_as_itself(host in "[a-zA-Z][a-zA-Z0-9-]{1,20}", name in "[a-zA-Z0-9-]{1,127}") {
        let text = format!("https://{host}.vault.azure.net/keys/{name}");
        if let Ok(uri) = text.parse::<VersionlessKeyUri>() {
            prop_assert!(uri.to_string().eq_ignore_ascii_case(&text));
            prop_assert_eq!(uri.to_string().parse::<VersionlessKeyUri>(), Ok(uri));
        } else {
            // The URL parser refuses some labels, such as those that claim to be punycode.
            prop_assert!(host.starts_with("xn--") || host.ends_with('-') || host.contains("--"), "{} was refused", text);
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic_and_no_key_uri_hides_a_second_host(text in pieces(vec!["https://", "a.vault.azure.net", "/keys/", "k", "/", "@", "\\", "?", "#", "%2f", "\t", ":443", ".."])) {
        if let Ok(uri) = text.parse::<VersionlessKeyUri>() {
            let url = azure_core::http::Url::parse(&text).unwrap();
            prop_assert_eq!(url.host_str(), Some(uri.host()));
            let path = "/keys/".to_owned() + uri.key_name();
            prop_assert!(url.path().eq_ignore_ascii_case(&path));
            prop_assert!(url.query().is_none() && url.fragment().is_none() && url.username().is_empty());
        }
        prop_assert!(text.parse::<AccountId>().is_err());
    }
}
