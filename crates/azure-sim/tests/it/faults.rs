//! Requests that are lost or refused on purpose.

use crate::kit::{As, at_once};
use azure_sim::{Effect, Fault, Reply, SimRequest};
use serde_json::{Value, json};
use std::time::Duration;

fn fault(effect: Effect, skip: usize) -> Fault {
    Fault {
        method: "PATCH".to_owned(),
        path_contains: "/applications(".to_owned(),
        skip,
        count: 1,
        effect,
    }
}

#[test]
fn a_lost_answer_has_its_effect_and_a_lost_request_has_none() {
    for (effect, made) in [
        (Effect::ResetAfter, 1),
        (Effect::ResetBefore, 0),
        (Effect::Silence, 0),
    ] {
        let azure = at_once();
        azure.sim.inject(fault(effect.clone(), 0));
        let token = azure.sim.token(&azure.provider.admin, crate::kit::GRAPH);
        let url = "https://graph.microsoft.com/v1.0/applications(uniqueName='cmk')";
        let request = SimRequest::new("PATCH", url.parse().unwrap())
            .bearer(&token.unwrap())
            .header("Prefer", "create-if-missing")
            .json(&json!({"displayName": "cmk"}));
        let reply = azure.sim.handle(Duration::ZERO, request);
        assert!(!matches!(reply, Reply::Answer(_)), "{effect:?}");
        assert_eq!(azure.sim.resources().len(), made, "{effect:?}");
        assert_eq!(azure.sim.writes().len(), made, "{effect:?}");
        assert_eq!(azure.sim.requests()[0].status, None);
    }
}

#[test]
fn a_planned_status_comes_once_and_after_what_it_skips() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    azure.sim.inject(fault(
        Effect::Status {
            code: 429,
            body: json!({"error": {"code": "TooManyRequests"}}).to_string(),
            retry_after: Some(Duration::from_secs(7)),
        },
        1,
    ));
    provider.make_app("cmk");
    let path = "applications(uniqueName='cmk')";
    let throttled = provider.upsert(path, json!({"displayName": "x"}));
    assert_eq!(throttled.status, 429);
    assert_eq!(throttled.find_header("retry-after"), Some("7"));
    assert_eq!(
        provider.upsert(path, json!({"displayName": "x"})).status,
        204
    );
    let read = provider.graph("GET", path, Value::Null);
    assert_eq!(read.status, 200);
}
