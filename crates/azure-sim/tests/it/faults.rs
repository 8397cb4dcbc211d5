//! Requests that are lost or refused on purpose.

use crate::kit::{ARM, As, GRAPH, at_once, code, message, text, with_lag};
use azure_sim::{
    Effect, Fault, FaultPlan, Lag, Reply, SimOptions, SimRequest, SimResponse, Span, TwoTenants,
};
use serde_json::{Value, json};
use std::time::Duration;

const VERSION: &str = "2025-04-01";

fn group(azure: &TwoTenants) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/rg",
        azure.provider.subscription_id
    )
}

/// Creates a resource group, which meets the fault.
fn put_group(azure: &TwoTenants, effect: Effect) -> Reply {
    azure.sim.inject(Fault::new(effect));
    let path = format!("{}?api-version={VERSION}", group(azure));
    let body = json!({"location": "westeurope"});
    As::admin(azure, &azure.provider).reply("PUT", ARM, &path, &[], &body)
}

fn status(code: u16) -> Effect {
    Effect::Status {
        code,
        body: None,
        retry_after: None,
    }
}

fn answered(reply: Reply) -> SimResponse {
    crate::kit::answer(reply)
}

fn fault(effect: Effect, skip: usize) -> Fault {
    Fault {
        method: "PATCH".to_owned(),
        path_contains: "/applications(".to_owned(),
        skip,
        ..Fault::new(effect)
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
        let token = azure.sim.token(&azure.provider.admin, GRAPH);
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
            body: Some(json!({"error": {"code": "TooManyRequests"}}).to_string()),
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

#[test]
fn a_status_without_a_body_has_the_services_own() {
    let azure = at_once();
    for (status_code, code_of, cause) in [
        (429, "SubscriptionRequestsThrottled", "gateway"),
        (500, "", "service"),
        (502, "InvalidGatewayHost", "service"),
        (503, "ServerTimeout", "gateway"),
        (504, "GatewayTimeout", "service"),
    ] {
        let answer = answered(put_group(&azure, status(status_code)));
        assert_eq!(answer.status, status_code);
        assert_eq!(code(&answer), code_of);
        assert_eq!(answer.find_header("x-ms-failure-cause"), Some(cause));
        assert!(answer.find_header("x-ms-request-id").is_some());
    }
    assert_eq!(azure.sim.writes().len(), 0);

    let provider = As::admin(&azure, &azure.provider);
    azure.sim.inject(Fault::new(status(429)));
    let throttled = provider.graph("GET", "me", Value::Null);
    assert_eq!(
        (throttled.status, code(&throttled).as_str()),
        (429, "TooManyRequests")
    );
    assert!(throttled.find_header("request-id").is_some());

    azure.sim.inject(Fault::new(status(503)));
    let url = "https://login.microsoftonline.com/x/oauth2/v2.0/token";
    let request = SimRequest::new("POST", url.parse().unwrap());
    let busy = answered(azure.sim.handle(Duration::ZERO, request));
    assert_eq!(busy.status, 503);
    assert_eq!(text(&busy.body_json(), "/error"), "temporarily_unavailable");
    assert_eq!(busy.body_json()["error_codes"], json!([90033]));
}

#[test]
fn a_gateway_that_lost_patience_hides_what_was_done() {
    let azure = at_once();
    let late = Effect::StatusAfter {
        code: 504,
        body: None,
        retry_after: Some(Duration::from_secs(3)),
    };
    let answer = answered(put_group(&azure, late));
    assert_eq!(
        (answer.status, answer.find_header("retry-after")),
        (504, Some("3"))
    );
    assert_eq!(
        message(&answer),
        "The gateway did not receive a response from 'Microsoft.Resources' within the specified time period."
    );
    assert_eq!(azure.sim.resources(), [group(&azure)]);
}

#[test]
fn an_answer_can_arrive_in_part_or_as_something_else() {
    let whole = {
        let azure = at_once();
        let path = group(&azure);
        let provider = As::admin(&azure, &azure.provider);
        provider.arm("PUT", &path, VERSION, json!({"location": "westeurope"}))
    };
    let azure = at_once();
    let Reply::CutShort(half) = put_group(&azure, Effect::TruncatedBody) else {
        panic!("it is whole");
    };
    assert_eq!(half.status, 201);
    assert_eq!(half.body, whole.body[..whole.body.len() / 2]);
    assert_eq!(azure.sim.requests()[0].status, Some(201));

    let azure = at_once();
    let malformed = answered(put_group(&azure, Effect::MalformedBody));
    assert_eq!(malformed.status, 201);
    assert_eq!(
        malformed.find_header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert!(serde_json::from_slice::<Value>(&malformed.body).is_err());

    let azure = at_once();
    let mistyped = answered(put_group(&azure, Effect::WrongContentType));
    assert_eq!((mistyped.status, &mistyped.body), (201, &whole.body));
    assert_eq!(
        mistyped.find_header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(azure.sim.writes().len(), 1);
}

#[test]
fn an_operation_that_shall_fail_leaves_what_was_there() {
    let azure = with_lag(Lag {
        group_delete: Span::secs(60, 60),
        ..Lag::strict()
    });
    let provider = As::admin(&azure, &azure.provider);
    let path = group(&azure);
    provider.arm("PUT", &path, VERSION, json!({"location": "westeurope"}));
    azure.sim.inject(Fault {
        method: "DELETE".to_owned(),
        ..Fault::new(Effect::OperationFails {
            code: "ResourceGroupDeletionBlocked".to_owned(),
            message: "Deletion of resource group 'rg' failed.".to_owned(),
        })
    });
    let started = provider.arm("DELETE", &path, VERSION, Value::Null);
    assert_eq!(started.status, 202);
    let poll = started.find_header("location").unwrap();
    let poll = poll.strip_prefix(ARM).unwrap();
    let polled = |seconds| {
        provider
            .at(seconds)
            .send("GET", ARM, poll, &[], &Value::Null)
    };
    assert_eq!(polled(59).status, 202);
    let end = polled(60);
    assert_eq!(
        (end.status, code(&end).as_str()),
        (409, "ResourceGroupDeletionBlocked")
    );
    let read = provider.at(61).arm("GET", &path, VERSION, Value::Null);
    assert_eq!(
        text(&read.body_json(), "/properties/provisioningState"),
        "Succeeded"
    );
    // The next one is spared.
    let started = provider.at(61).arm("DELETE", &path, VERSION, Value::Null);
    assert_eq!(started.status, 202);
    let read = provider.at(200).arm("GET", &path, VERSION, Value::Null);
    assert_eq!(read.status, 404);
}

#[test]
fn every_service_says_in_its_own_words_that_a_token_has_expired() {
    let (azure, _) = TwoTenants::with_chain(SimOptions::default());
    let provider = As::admin(&azure, &azure.provider);
    let customer = As::admin(&azure, &azure.customer);
    let expire = || azure.sim.inject(Fault::new(Effect::ExpiredToken));

    expire();
    let refused = provider
        .at(47_442)
        .arm("GET", &group(&azure), VERSION, Value::Null);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (401, "ExpiredAuthenticationToken")
    );
    assert_eq!(
        message(&refused),
        "The access token expiry UTC time '1/1/2026 1:10:42 PM' is earlier than current UTC time '1/1/2026 1:10:43 PM'."
    );
    let challenge = refused.find_header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");

    expire();
    let refused = provider.graph("GET", "me", Value::Null);
    assert_eq!(
        (code(&refused).as_str(), message(&refused).as_str()),
        (
            "InvalidAuthenticationToken",
            "Lifetime validation failed, the token is expired."
        )
    );
    assert_eq!(provider.graph("GET", "me", Value::Null).status, 200);

    expire();
    let vault = "https://contoso-keys.vault.azure.net";
    let token = azure
        .sim
        .token(customer.who, "https://vault.azure.net/.default");
    let url = format!("{vault}/keys?api-version=7.4").parse().unwrap();
    let request = SimRequest::new("GET", url).bearer(&token.unwrap());
    let refused = answered(azure.sim.handle(Duration::from_secs(50_000), request));
    assert_eq!(
        (
            refused.status,
            code(&refused).as_str(),
            message(&refused).as_str()
        ),
        (
            401,
            "Unauthorized",
            "[TokenExpired] Error validating token: 'S2S12086'."
        )
    );
    assert_eq!(
        refused.find_header("www-authenticate").unwrap(),
        format!(
            "Bearer authorization=\"https://login.microsoftonline.com/{}\", resource=\"https://vault.azure.net\"",
            azure.customer.tenant_id
        )
    );

    expire();
    let url = "https://login.microsoftonline.com/x/oauth2/v2.0/token";
    let request = SimRequest::new("POST", url.parse().unwrap());
    let refused = answered(azure.sim.handle(Duration::from_secs(50_000), request));
    assert_eq!(refused.body_json()["error_codes"], json!([700_024]));
}

#[test]
fn a_claims_challenge_carries_claims_that_can_be_read() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    azure.sim.inject(FaultPlan {
        seed: 0,
        faults: vec![
            Fault {
                host: "graph.microsoft.com".to_owned(),
                ..Fault::new(Effect::ClaimsChallenge)
            },
            Fault {
                host: "management.azure.com".to_owned(),
                ..Fault::new(Effect::ClaimsChallenge)
            },
        ],
    });
    for answer in [
        provider.graph("GET", "me", Value::Null),
        provider.arm("GET", &group(&azure), VERSION, Value::Null),
    ] {
        assert_eq!(answer.status, 401);
        assert_eq!(code(&answer), "InvalidAuthenticationToken");
        let header = answer.find_header("www-authenticate").unwrap();
        assert!(header.starts_with(
            "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", error=\"insufficient_claims\", claims=\""
        ), "{header}");
        let claims = header.rsplit('"').nth(1).unwrap();
        let claims = azure_core::base64::decode(claims).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["access_token"]["nbf"]["essential"], true);
    }
}

#[test]
fn a_trace_tells_which_request_met_which_fault() {
    let azure = at_once();
    put_group(&azure, Effect::ResetAfter);
    put_group(&azure, status(503));
    let provider = As::admin(&azure, &azure.provider);
    provider
        .at_millis(1_500)
        .send("GET", GRAPH, "/v1.0/me", &[], &Value::Null);
    let path = group(&azure);
    let trace: Vec<String> = azure
        .sim
        .requests()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        trace,
        [
            format!("    0.000 PUT management.azure.com{path} [reset-after] no answer"),
            format!("    0.000 PUT management.azure.com{path} [status 503] 503"),
            "    1.500 GET graph.microsoft.com/v1.0/me 200".to_owned(),
        ]
    );
    assert_eq!(azure.sim.requests()[0].fault, Some(Effect::ResetAfter));
}
