//! Planted defects: requests that are not quite as expected, each of which the script must catch.

use crate::{
    literals::{CONTOSO, FABRIKAM},
    script::{Plan, at_once, in_order},
    server::{arm, graph},
};
use serde_json::json;
use wiremock::{
    Request,
    http::{HeaderName, HeaderValue, Method},
};

const ID: &str = "99999999-0000-4000-8000-00000000000a";

fn expected() -> Plan {
    graph(&FABRIKAM, "PATCH", "/v1.0/applications(uniqueName='x')?a=b")
        .create_if_missing()
        .sends(json!({ "displayName": "X" }))
        .answers_nothing(204)
        .into()
}

/// A request as the plan expects it, with some headers set otherwise, or left out.
fn request(url: &str, changes: &[(&'static str, Option<&'static str>)], body: &str) -> Request {
    let mut request = Request {
        url: url.parse().unwrap(),
        method: Method::PATCH,
        headers: wiremock::http::HeaderMap::new(),
        body: body.as_bytes().to_vec(),
    };
    let right = [
        ("host", "graph.microsoft.com"),
        ("accept", "application/json"),
        (
            "authorization",
            "Bearer fabrikam:https://graph.microsoft.com/.default",
        ),
        ("prefer", "create-if-missing"),
        ("content-type", "application/json"),
        ("x-ms-client-request-id", ID),
        ("client-request-id", ID),
        ("user-agent", "azsdk-rust-entra-graph/0.1.0 (any)"),
    ];
    for (name, value) in right {
        request.headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    for (name, value) in changes {
        request.headers.remove(*name);
        if let Some(value) = value {
            request.headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
    }
    request
}

const URL: &str = "http://localhost/v1.0/applications(uniqueName='x')?a=b";
const BODY: &str = r#"{ "displayName": "X" }"#;

#[test]
fn the_request_as_it_should_be_is_taken_once() {
    let mut plan = expected();
    assert!(plan.take(&request(URL, &[], BODY)).is_ok());
    assert_eq!(plan.missing(), Vec::<String>::new());
    let again = plan.take(&request(URL, &[], BODY)).unwrap_err();
    assert!(again.contains("came, due was:"), "{again}");
}

#[test]
fn whatever_differs_is_told() {
    let other_id = Some("99999999-0000-4000-8000-00000000000b");
    type Change = (&'static str, Option<&'static str>);
    let headers: [(&[Change], &str); 9] = [
        (
            &[(
                "authorization",
                Some("Bearer contoso:https://graph.microsoft.com/.default"),
            )],
            "authorization: expected",
        ),
        (&[("authorization", None)], "authorization: expected"),
        (&[("prefer", None)], "prefer: expected"),
        (
            &[("content-type", Some("text/json"))],
            "content-type: expected",
        ),
        (
            &[("accept-language", Some("de"))],
            "accept-language: expected",
        ),
        (&[("client-request-id", None)], "request ids: expected"),
        (&[("client-request-id", other_id)], "request ids: expected"),
        (&[("user-agent", Some("reqwest"))], "user-agent: expected"),
        (
            &[("host", Some("management.azure.com"))],
            "https://management.azure.com/v1.0/applications(uniqueName='x')?a=b came, due was:",
        ),
    ];
    for (changes, told) in headers {
        let problem = expected().take(&request(URL, changes, BODY)).unwrap_err();
        assert!(problem.contains(told), "{changes:?}: {problem}");
    }
    for body in [r#"{ "displayName": "Y" }"#, r#"{"#, ""] {
        let problem = expected().take(&request(URL, &[], body)).unwrap_err();
        assert!(problem.contains("body: expected"), "{body}: {problem}");
    }
    for url in [
        "http://localhost/v1.0/applications(uniqueName='x')",
        "http://localhost/v1.0/applications(uniqueName='x')?a=c",
        "http://localhost/v2.0/applications(uniqueName='x')?a=b",
    ] {
        let problem = expected().take(&request(url, &[], BODY)).unwrap_err();
        assert!(problem.contains("came, due was:"), "{url}: {problem}");
    }
}

#[test]
fn what_comes_too_early_is_refused_and_what_runs_beside_is_not() {
    let before = || arm(&CONTOSO, "GET", "/before").answers_nothing(200);
    let mut plan = in_order![before(), expected()];
    let problem = plan.take(&request(URL, &[], BODY)).unwrap_err();
    assert!(
        problem.contains("due was:\n  GET https://management.azure.com/before"),
        "{problem}"
    );
    assert_eq!(plan.missing().len(), 2);

    let mut plan = at_once![before(), expected()];
    assert!(plan.take(&request(URL, &[], BODY)).is_ok());
    assert_eq!(plan.missing(), ["GET https://management.azure.com/before"]);
}
