//! What tags may be, whatever carries them, and how large a body.

use crate::kit::{ARM, As, at_once, code, identity_path, message};
use azure_sim::SimRequest;
use serde_json::{Map, Value, json};

const GROUPS: &str = "2025-04-01";

fn many(count: usize, value: &str) -> Value {
    let tags: Map<String, Value> = (0..count)
        .map(|number| (format!("tag{number}"), json!(value)))
        .collect();
    Value::Object(tags)
}

#[test]
fn unfit_tags_are_refused_and_change_nothing() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let group = format!("/subscriptions/{subscription}/resourceGroups/rg");
    let identity = identity_path(subscription);
    provider.make_identity(subscription);
    let long = "n".repeat(513);
    for (tags, expected, words) in [
        (json!(5), "InvalidRequestContent", "Path 'tags'."),
        (json!(["a"]), "InvalidRequestContent", "Path 'tags'."),
        (
            json!({"a": {"b": "c"}}),
            "InvalidRequestContent",
            "'Error reading string. Unexpected token: StartObject. Path 'tags.a'.'.",
        ),
        (
            many(51, "v"),
            "InvalidTags",
            "Requested tag count - '51'. Maximum number of tags allowed - '50'.",
        ),
        (
            many(1, &"v".repeat(257)),
            "InvalidTagValueLength",
            "Maximum allowed length for tag value - '256' characters.",
        ),
        (
            json!({long.as_str(): "v"}),
            "InvalidTagName",
            "Maximum allowed length for tag name - '512' characters.",
        ),
        (
            json!({" ": "v"}),
            "InvalidTagName",
            "Please provide an actual value.",
        ),
        (
            json!({"a/b": "v"}),
            "InvalidTagNameCharacters",
            "The tag names 'a/b' have reserved characters",
        ),
    ] {
        let body = json!({"location": "westeurope", "tags": tags});
        for (method, path, version) in [
            ("PUT", &group, GROUPS),
            ("PATCH", &group, GROUPS),
            ("PUT", &identity, "2024-11-30"),
        ] {
            let writes = azure.sim.writes().len();
            let refused = provider.arm(method, path, version, body.clone());
            assert_eq!((refused.status, code(&refused).as_str()), (400, expected));
            assert!(message(&refused).contains(words), "{}", message(&refused));
            assert_eq!(azure.sim.writes().len(), writes, "{expected}");
        }
    }
}

#[test]
fn tags_at_their_limits_are_taken() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let group = format!("/subscriptions/{subscription}/resourceGroups/rg");
    let longest = "n".repeat(512);
    for (tags, shown) in [
        (many(50, &"v".repeat(256)), many(50, &"v".repeat(256))),
        (json!({longest.as_str(): ""}), json!({longest.as_str(): ""})),
        (
            json!({"hidden-link:/a/b": "Resource"}),
            json!({"hidden-link:/a/b": "Resource"}),
        ),
        (json!({"n": 5, "t": true}), json!({"n": "5", "t": "true"})),
    ] {
        let body = json!({"location": "westeurope", "tags": tags});
        let made = provider.arm("PUT", &group, GROUPS, body);
        assert!(made.is_success(), "{}", made.body_json());
        assert_eq!(made.body_json()["tags"], shown);
    }
}

#[test]
fn a_body_over_four_megabytes_is_refused() {
    let azure = at_once();
    let subscription = &azure.provider.subscription_id;
    let token = azure
        .sim
        .token(&azure.provider.admin, &format!("{ARM}/.default"));
    let token = token.unwrap();
    let path = format!("{ARM}/subscriptions/{subscription}/resourceGroups/rg?api-version={GROUPS}");
    let put = |size: usize| {
        let mut request = SimRequest::new("PUT", path.parse().unwrap()).bearer(&token);
        request.body = br#"{"location": "westeurope"}"#.to_vec();
        request.body.resize(size, b' ');
        crate::kit::answer(azure.sim.handle(std::time::Duration::ZERO, request))
    };
    let refused = put(4 * 1024 * 1024 + 1);
    assert_eq!(refused.status, 413);
    assert_eq!(code(&refused), "RequestContentTooLarge");
    assert_eq!(
        message(&refused),
        "The request content size exceeds the maximum size of 4 MB."
    );
    assert_eq!(put(4 * 1024 * 1024).status, 201);
}
