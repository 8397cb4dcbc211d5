//! The control endpoint.

use crate::kit::{ARM, Azure};
use azure_sim::serve::ServeOptions;
use reqwest::Client;
use serde_json::Value;

const JSON: &str = "application/json";

async fn open() -> Azure {
    Azure::start_with(ServeOptions {
        control: true,
        ..ServeOptions::default()
    })
    .await
}

fn direct() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// Status and text of a `POST`.
async fn post(azure: &Azure, what: &str, kind: &str, body: &str) -> (u16, String) {
    let url = format!("{}/control/{what}", azure.server.proxy_url());
    let request = direct().post(url).header("content-type", kind);
    let answer = request.body(body.to_owned()).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn it_is_off_unless_asked_for_and_says_so() {
    let azure = Azure::start().await;
    let url = format!("{}/control/requests", azure.server.proxy_url());
    let answer = direct().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().contains("--control"));
}

#[tokio::test]
async fn a_fault_is_planned_and_what_met_it_is_shown() {
    let azure = open().await;
    let fault = r#"{"faults":[{"path_contains":"/subscriptions","effect":{"status":{"code":503,"body":"{}"}}}]}"#;
    for kind in ["text/plain", "application/jsonp", ""] {
        let (status, told) = post(&azure, "faults", kind, fault).await;
        assert_eq!(status, 415, "{kind}");
        assert!(told.contains("content-type: application/json"), "{told}");
    }
    let kind = "Application/JSON; charset=utf-8";
    let planned = post(&azure, "faults", kind, fault).await;
    assert_eq!(planned, (200, "{}\n".to_owned()));
    let url = format!("{ARM}/subscriptions/x?api-version=1");
    assert_eq!(azure.client.get(&url).send().await.unwrap().status(), 503);
    let seen = format!("{}/control/requests", azure.server.proxy_url());
    let seen = direct().get(seen).send().await.unwrap().bytes().await;
    let seen: Value = serde_json::from_slice(&seen.unwrap()).unwrap();
    assert_eq!(seen[0]["path"], "/subscriptions/x");
    assert_eq!(seen[0]["status"], 503);
    let at = azure_core::time::parse_rfc3339(seen[0]["at"].as_str().unwrap());
    assert!(at.unwrap() <= azure.server.sim().date());
}

#[tokio::test]
async fn what_does_nothing_is_refused() {
    let azure = open().await;
    let never = r#"{"faults":[{"host":"graph.microsoft.us","effect":"silence"}]}"#;
    for (what, body, told) in [
        ("faults", "", "EOF"),
        ("faults", "{}", "there is no fault in it"),
        ("faults", r#"{"fault": []}"#, "unknown field `fault`"),
        (
            "faults",
            never,
            "\"graph.microsoft.us\" is no host of this cloud",
        ),
        ("faults", "[[faults]]\neffect = \"silence\"", "expected"),
        ("advance", "", "EOF"),
        ("advance", "{}", "missing field `seconds`"),
        (
            "advance",
            r#"{"seconds": 1, "minutes": 1}"#,
            "unknown field `minutes`",
        ),
        ("advance", r#"{"seconds": -1}"#, "expected u64"),
        ("advance", r#"{"seconds": 31622401}"#, "a year at most"),
    ] {
        let (status, text) = post(&azure, what, JSON, body).await;
        assert_eq!(status, 400, "{what} {body}");
        assert!(text.contains(told), "{what} {body}: {text}");
    }
    for what in ["requests", "nothing"] {
        let (status, text) = post(&azure, what, JSON, "{}").await;
        assert_eq!(status, 404);
        assert!(text.contains("POST faults, advance"), "{text}");
    }
}
