//! What holds for every input: nothing panics, and what is accepted is written back as it was read.

use cmk_core::{
    ClientId, Cloud, Hint, Id, Kind, Location, ResourceGroupName, ResourceId, Scope, ServiceError,
    TenantId, action_matches, kind,
};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

const SUBSCRIPTION: &str = "11111111-1111-4111-8111-111111111111";

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    // Names that are read, and others.
    let name = prop_oneof![
        Just("error".to_owned()),
        Just("code".to_owned()),
        Just("message".to_owned()),
        Just("details".to_owned()),
        Just("innererror".to_owned()),
        Just("innerError".to_owned()),
        Just("error_description".to_owned()),
        Just("error_codes".to_owned()),
        ".{0,5}",
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((name.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Text that is nearly an id, so that more than the first check is reached.
fn nearly_an_id() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(SUBSCRIPTION.to_owned()),
        Just("subscriptions".to_owned()),
        Just("resourceGroups".to_owned()),
        Just("providers".to_owned()),
        Just("Microsoft.KeyVault".to_owned()),
        "[a-zA-Z0-9_.()-]{0,12}",
        ".{0,6}",
    ];
    vec(part, 0..14).prop_map(|parts| parts.join("/"))
}

proptest! {
    #[test]
    fn every_guid_but_nil_round_trips(bits in 1_u128..) {
        let text = azure_core::Uuid::from_u128(bits).hyphenated().to_string();
        let id: TenantId = text.to_uppercase().parse().unwrap();
        prop_assert_eq!(&id.to_string(), &text);
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(&json, &format!("\"{text}\""));
        prop_assert_eq!(serde_json::from_str::<TenantId>(&json).unwrap(), id);
    }

    #[test]
    fn no_text_makes_an_id_panic(text in ".{0,60}") {
        if let Ok(id) = text.parse::<ClientId>() {
            prop_assert_eq!(id.to_string(), text.to_lowercase());
        }
        if let Err(error) = Id::<kind::Principal>::from_service(&text) {
            prop_assert!(error.to_string().starts_with("principal id must be a GUID"));
        }
    }

    #[test]
    fn resource_ids_round_trip(
        group in "[a-zA-Z0-9_()-]{1,20}",
        pairs in vec(("[a-zA-Z]{1,10}", "[a-zA-Z0-9_-]{1,20}"), 1..4),
    ) {
        let tail: String = pairs.iter().map(|(kind, name)| format!("/{kind}/{name}")).collect();
        let text = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Example{tail}");
        let id: ResourceId = text.parse().unwrap();
        prop_assert_eq!(&id.to_string(), &text);
        prop_assert_eq!(id.name(), &pairs.last().unwrap().1);
        prop_assert_eq!(&text.to_uppercase().parse::<ResourceId>().unwrap(), &id);
        let parent = id.parent();
        prop_assert_eq!(parent.is_some(), pairs.len() > 1);
        if let Some(parent) = parent {
            let (kind, name) = pairs.last().unwrap();
            prop_assert_eq!(&parent.child(kind, name).unwrap(), &id);
            prop_assert!(Scope::from(parent.clone()).contains(&id.clone().into()));
            prop_assert!(!Scope::from(id).contains(&parent.into()));
        }
    }

    #[test]
    fn what_is_accepted_is_read_again_as_the_same(text in prop_oneof![nearly_an_id(), ".{0,80}"]) {
        if let Ok(id) = text.parse::<ResourceId>() {
            prop_assert_eq!(&id.to_string().parse::<ResourceId>().unwrap(), &id);
            // Nothing in an accepted id changes the meaning of a URL.
            prop_assert!(!id.to_string().contains(['?', '#', '%', '&', '\\', ' ']), "{}", id);
            prop_assert!(!id.to_string().contains("/../"), "{}", id);
        }
        if let Ok(scope) = text.parse::<Scope>() {
            prop_assert_eq!(&scope.to_string().parse::<Scope>().unwrap(), &scope);
            prop_assert!(scope.contains(&scope));
        }
        if let Ok(name) = text.parse::<ResourceGroupName>() {
            prop_assert_eq!(name.as_str(), &text);
        }
        if let Ok(location) = text.parse::<Location>() {
            prop_assert_eq!(location.as_str().parse::<Location>().unwrap(), location);
        }
        if let Ok(cloud) = text.parse::<Cloud>() {
            prop_assert_eq!(cloud.as_str(), text);
        }
    }

    #[test]
    fn every_scope_holds_what_lies_under_it(group in "[a-z0-9]{1,10}", vault in "[a-z0-9]{1,10}") {
        let at = |tail: String| format!("/subscriptions/{SUBSCRIPTION}{tail}").parse::<Scope>().unwrap();
        let subscription = at(String::new());
        let in_group = at(format!("/resourceGroups/{group}"));
        let in_vault = at(format!("/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{vault}"));
        prop_assert!(subscription.contains(&in_group) && in_group.contains(&in_vault) && subscription.contains(&in_vault));
        prop_assert!(!in_group.contains(&subscription) && !in_vault.contains(&in_group));
        let namesake = at(format!("/resourceGroups/{group}x"));
        prop_assert!(!namesake.contains(&in_vault));
    }

    #[test]
    fn any_json_is_read_as_an_error(body in any_json()) {
        let error = ServiceError::parse(body.to_string().as_bytes());
        prop_assert!(error.code().is_none_or(|code| !code.is_empty() && code.len() <= 128));
        prop_assert!(error.message().is_none_or(|message| message.chars().count() <= 4_096));
        prop_assert_eq!(&ServiceError::from_value(&body), &error);
        if let Some(code) = body.pointer("/error/code").and_then(Value::as_str) && (1..=20).contains(&code.len()) {
            prop_assert_eq!(error.code(), Some(code));
        }
    }

    #[test]
    fn any_bytes_are_read_as_an_error(body in vec(any::<u8>(), 0..200)) {
        let error = ServiceError::parse(&body);
        if serde_json::from_slice::<Value>(&body).is_err() {
            prop_assert_eq!(error.code(), None);
        }
    }

    #[test]
    fn a_pattern_with_stars_matches_whatever_stands_for_them(parts in vec("[a-zA-Z/.]{0,6}", 1..5), fill in "[a-zA-Z/.]{0,6}") {
        let action = parts.join(&fill);
        prop_assert!(action_matches(&parts.join("*"), &action), "{:?}", parts);
        prop_assert!(action_matches("*", &action));
        prop_assert!(action_matches(&action.to_uppercase(), &action));
        let longer = format!("{action}!");
        prop_assert!(!action_matches(&action, &longer));
    }

    #[test]
    fn a_rule_decides_by_all_its_parts(status in 400_u16..600, code in "[A-Z][a-z]{1,8}", noise in ".{0,20}") {
        let body = serde_json::json!({ "error": { "code": code, "message": format!("{noise}EXCLUSIVE lock{noise}") } });
        let error = decided(status, &body);
        let matches = status == 412 && code.eq_ignore_ascii_case("Precondition");
        prop_assert_eq!(error.0 == Kind::Unsupported, matches);
        prop_assert_eq!(error.1 == Some(Hint::Busy), matches);
        let exact = serde_json::json!({ "error": { "code": "PRECONDITION", "message": format!("{noise}exclusive LOCK") } });
        prop_assert_eq!(decided(412, &exact), (Kind::Unsupported, Some(Hint::Busy)));
        let other = serde_json::json!({ "error": { "code": "Precondition", "message": "shared" } });
        prop_assert_eq!(decided(412, &other).0, Kind::Conflict);
    }
}

/// What a table of one rule makes of an answer, through a connection as users meet it.
fn decided(status: u16, body: &Value) -> (Kind, Option<Hint>) {
    use crate::script::{Reply, Script};
    use azure_core::http::Method;
    use cmk_core::{
        Rule,
        send::{Authority, Connection, ConnectionSpec},
    };

    const RULES: &[&[Rule]] = &[&[Rule::new(Kind::Unsupported, Hint::Busy)
        .operations(&["put_thing"])
        .status(412)
        .code("Precondition")
        .text("exclusive lock")]];
    let script = Script::new([Reply::json(status, &body.to_string())]);
    let connection = Connection::new(ConnectionSpec {
        crate_name: "a-provider",
        crate_version: "1.2.3",
        endpoint: String::from("https://management.azure.com"),
        authority: Authority::Anonymous,
        api_version: None,
        client_request_id_header: "x-ms-client-request-id",
        rules: RULES,
        client_options: crate::server::options(script.transport()),
    })
    .unwrap();
    let sent = connection
        .request("put_thing", Method::Put, "/things/1")
        .send();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let error = runtime.block_on(sent).unwrap_err();
    (error.kind(), error.hint())
}
