//! Headers that every answer carries.

use crate::kit::{ARM, As, GRAPH, at_once};
use serde_json::{Value, json};

const GUID: &str = "9d95cc0d-5ed5-4129-8242-384f3581923f";

#[test]
fn resource_manager_names_its_request_and_takes_over_a_correlation_id() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let path = format!(
        "/subscriptions/{}?api-version=2025-04-01",
        azure.provider.subscription_id
    );
    let read = |headers: &[(&str, &str)]| {
        provider
            .at(3_723)
            .send("GET", ARM, &path, headers, &Value::Null)
    };
    let plain = read(&[]);
    let header = |name: &str| plain.find_header(name).unwrap().to_owned();
    let id = header("x-ms-request-id");
    assert_eq!(id.len(), 36);
    assert_eq!(header("x-ms-correlation-request-id"), id);
    assert_eq!(
        header("x-ms-routing-request-id"),
        format!("WESTEUROPE:20260101T010203Z:{id}")
    );

    let correlated = read(&[("x-ms-correlation-request-id", GUID)]);
    let header = |name: &str| correlated.find_header(name).unwrap().to_owned();
    assert_eq!(header("x-ms-correlation-request-id"), GUID);
    assert_ne!(header("x-ms-request-id"), GUID);
    assert_eq!(
        header("x-ms-routing-request-id"),
        format!("WESTEUROPE:20260101T010203Z:{GUID}")
    );
    for no_guid in ["mine", "{9d95cc0d-5ed5-4129-8242-384f3581923f}"] {
        let answer = read(&[("x-ms-correlation-request-id", no_guid)]);
        let correlation = answer.find_header("x-ms-correlation-request-id");
        assert_eq!(correlation, answer.find_header("x-ms-request-id"));
    }
}

#[test]
fn a_clients_request_id_comes_back_only_if_asked_for() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let path = format!(
        "/subscriptions/{}?api-version=2025-04-01",
        azure.provider.subscription_id
    );
    for (wish, echo) in [
        (None, None),
        (Some("false"), None),
        (Some("true"), Some(GUID)),
    ] {
        let mut headers = vec![("x-ms-client-request-id", GUID)];
        headers.extend(wish.map(|wish| ("x-ms-return-client-request-id", wish)));
        let answer = provider.send("GET", ARM, &path, &headers, &Value::Null);
        assert_eq!(answer.find_header("x-ms-client-request-id"), echo);
    }
}

#[test]
fn the_gateway_says_when_it_was_the_one_who_refused() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let group = format!(
        "/subscriptions/{}/resourceGroups/rg",
        azure.provider.subscription_id
    );
    let identity = crate::kit::identity_path(&azure.provider.subscription_id);
    let cause = |method: &str, path: &str, body: Value| {
        let answer = provider.send(method, ARM, path, &[], &body);
        let cause = answer.find_header("x-ms-failure-cause").map(str::to_owned);
        (answer.status, cause)
    };
    let gateway = Some("gateway".to_owned());
    assert_eq!(cause("GET", &group, Value::Null), (400, gateway.clone()));
    let odd = format!("{group}?api-version=1999-01-01");
    assert_eq!(cause("GET", &odd, Value::Null), (400, gateway.clone()));
    let odd = format!("{identity}?api-version=1999-01-01");
    assert_eq!(cause("GET", &odd, Value::Null), (400, gateway.clone()));
    let absent = format!("{group}?api-version=2025-04-01");
    assert_eq!(cause("GET", &absent, Value::Null), (404, gateway));
    let location = json!({"location": "westeurope"});
    assert_eq!(cause("PUT", &absent, location), (201, None));
}

#[test]
fn graph_returns_the_clients_id_and_an_own_one() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let headers = [("client-request-id", GUID)];
    for (path, status) in [("/v1.0/me", 200), ("/v1.0/applications/none", 404)] {
        let answer = provider.send("GET", GRAPH, path, &headers, &Value::Null);
        assert_eq!(answer.status, status);
        assert_eq!(answer.find_header("client-request-id"), Some(GUID));
        let own = answer.find_header("request-id").unwrap();
        assert_eq!(own.len(), 36);
        assert_ne!(own, GUID);
        assert_eq!(answer.find_header("x-ms-resource-unit"), Some("1"));
        let diagnostic = answer.find_header("x-ms-ags-diagnostic").unwrap();
        let diagnostic: Value = serde_json::from_str(diagnostic).unwrap();
        assert_eq!(diagnostic["ServerInfo"]["Slice"], "E");
    }
}
