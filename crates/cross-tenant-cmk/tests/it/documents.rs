//! Documents that somebody made up: decoded or refused, never a panic, and what is taken is taken whole.

use cross_tenant_cmk::{Grant, Offer, ProviderSetup};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Any JSON, and not too much of it.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,12}", inner, 0..6)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

fn offer() -> Value {
    json!({
        "kind": "cross-tenant-cmk/offer",
        "version": 1,
        "cloud": "public",
        "providerTenantId": "11111111-1111-4111-8111-111111111111",
        "applicationClientId": "22222222-2222-4222-8222-222222222222",
        "applicationName": "Fabrikam data platform",
        "role": "Key Vault Crypto Service Encryption User",
        "expiresAt": "2027-01-31T00:00:00Z",
        "nonce": "33333333-3333-4333-8333-333333333333",
    })
}

fn grant() -> Value {
    json!({
        "kind": "cross-tenant-cmk/grant",
        "version": 1,
        "cloud": "public",
        "offerDigest": format!("sha256:{}", "0".repeat(64)),
        "customerTenantId": "44444444-4444-4444-8444-444444444444",
        "applicationClientId": "22222222-2222-4222-8222-222222222222",
        "servicePrincipalId": "55555555-5555-4555-8555-555555555555",
        "keyUri": "https://contoso-keys.vault.azure.net/keys/cosmos",
    })
}

/// A good document with one member set to something else, or one more.
fn damaged(good: &Value, member: usize, more: &str, value: Value) -> Value {
    let mut document = good.clone();
    if let Some(members) = document.as_object_mut() {
        let names: Vec<String> = members.keys().cloned().collect();
        let name = names
            .get(member)
            .cloned()
            .unwrap_or_else(|| more.to_owned());
        members.insert(name, value);
    }
    document
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in ".{0,400}") {
        let _ = Offer::from_json(&text);
        let _ = Grant::from_json(&text);
        let _ = serde_json::from_str::<ProviderSetup>(&text);
    }

    #[test]
    fn a_damaged_document_is_refused_or_reads_back_as_itself(
        member in 0_usize..10,
        more in "[a-zA-Z]{1,12}",
        value in any_json(),
    ) {
        let document = damaged(&offer(), member, &more, value.clone());
        if let Ok(read) = Offer::from_json(&document.to_string()) {
            prop_assert_eq!(&Offer::from_json(&read.to_json()).unwrap(), &read);
            let members = document.as_object().unwrap().len();
            prop_assert_eq!(members, 9, "a member of no meaning was taken");
        }
        let document = damaged(&grant(), member, &more, value);
        if let Ok(read) = Grant::from_json(&document.to_string()) {
            prop_assert_eq!(&Grant::from_json(&read.to_json()).unwrap(), &read);
            let members = document.as_object().unwrap().len();
            prop_assert_eq!(members, 8, "a member of no meaning was taken");
        }
    }

    #[test]
    fn the_digest_names_one_content(name in "[A-Za-z ]{1,120}") {
        let mut other = offer();
        other["applicationName"] = json!(name);
        let (first, second) = (
            Offer::from_json(&offer().to_string()).unwrap(),
            Offer::from_json(&other.to_string()).unwrap(),
        );
        prop_assert_eq!(first.digest() == second.digest(), first == second);
    }
}
