//! Resource groups, providers, and what Resource Manager checks before anything.

use crate::kit::{ARM, As, GRAPH, answer, at_once, code, identity_path, message, text, with_lag};
use azure_sim::{Lag, SimOptions, SimRequest, Span, TwoTenants};
use serde_json::{Value, json};
use std::time::Duration;

const VERSION: &str = "2025-04-01";

#[test]
fn a_group_is_made_read_and_taken_away_over_time() {
    let azure = with_lag(Lag {
        group_delete: Span::secs(60, 60),
        ..Lag::strict()
    });
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let path = format!("/subscriptions/{subscription}/resourceGroups/rg");
    let head = |seconds| {
        provider
            .at(seconds)
            .arm("HEAD", &path, VERSION, Value::Null)
            .status
    };
    assert_eq!(head(0), 404);
    let absent = provider.arm("GET", &path, VERSION, Value::Null);
    assert_eq!(
        (code(&absent).as_str(), message(&absent).as_str()),
        (
            "ResourceGroupNotFound",
            "Resource group 'rg' could not be found."
        )
    );
    let body = json!({"location": "East US 2", "tags": {"a": "b"}});
    let made = provider.arm("PUT", &path, VERSION, body.clone());
    assert_eq!(made.status, 201);
    assert_eq!(text(&made.body_json(), "/location"), "eastus2");
    assert_eq!(provider.arm("PUT", &path, VERSION, body).status, 200);
    assert_eq!(head(0), 204);
    let identity = identity_path(subscription);
    let made = provider.arm(
        "PUT",
        &identity,
        "2024-11-30",
        json!({"location": "eastus2"}),
    );
    assert_eq!(made.status, 201);

    let gone = provider.arm("DELETE", &path, VERSION, Value::Null);
    assert_eq!((gone.status, gone.body.len()), (202, 0));
    let poll = gone.find_header("location").unwrap().to_owned();
    assert!(poll.starts_with(&format!(
        "{ARM}/subscriptions/{subscription}/operationresults/"
    )));
    let poll = poll.strip_prefix(ARM).unwrap();
    let polled = |seconds| {
        provider
            .at(seconds)
            .send("GET", ARM, poll, &[], &Value::Null)
            .status
    };
    assert_eq!(polled(59), 202);
    let read = provider.at(59).arm("GET", &path, VERSION, Value::Null);
    assert_eq!(
        text(&read.body_json(), "/properties/provisioningState"),
        "Deleting"
    );
    let put = provider
        .at(59)
        .arm("PUT", &path, VERSION, json!({"location": "eastus2"}));
    assert_eq!(code(&put), "ResourceGroupBeingDeleted");
    assert_eq!(polled(60), 200);
    assert_eq!(head(60), 404);
    assert_eq!(azure.sim.resources(), Vec::<String>::new());
}

#[test]
fn api_versions_are_asked_for_and_checked() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let group = format!(
        "/subscriptions/{}/resourceGroups/rg",
        azure.provider.subscription_id
    );
    let missing = provider.send("GET", ARM, &group, &[], &Value::Null);
    assert_eq!(missing.status, 400);
    assert_eq!(
        (code(&missing).as_str(), message(&missing).as_str()),
        (
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests."
        )
    );
    let unknown = provider.arm("GET", &group, "1999-01-01", Value::Null);
    assert_eq!(code(&unknown), "InvalidApiVersionParameter");
    let path = identity_path(&azure.provider.subscription_id);
    let unknown = provider.arm("GET", &path, "1999-01-01", Value::Null);
    assert_eq!(
        (unknown.status, code(&unknown).as_str()),
        (400, "NoRegisteredProviderFound")
    );
    assert!(message(&unknown).contains("2024-11-30"));
}

#[test]
fn a_token_of_another_tenant_names_the_right_one() {
    let azure = at_once();
    let customer = As::admin(&azure, &azure.customer);
    let path = format!("/subscriptions/{}", azure.provider.subscription_id);
    let refused = customer.arm("GET", &path, VERSION, Value::Null);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (401, "InvalidAuthenticationTokenTenant")
    );
    let (own, needed) = (&azure.customer.tenant_id, &azure.provider.tenant_id);
    assert!(message(&refused).starts_with(&format!(
        "The access token is from the wrong issuer 'https://sts.windows.net/{own}/'. It must match the tenant 'https://sts.windows.net/{needed}/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/{needed}' to get the token."
    )));

    let url = format!("{ARM}{path}?api-version={VERSION}")
        .parse()
        .unwrap();
    let bare = answer(
        azure
            .sim
            .handle(Duration::ZERO, SimRequest::new("GET", url)),
    );
    assert_eq!(bare.status, 401);
    assert!(bare.find_header("www-authenticate").unwrap().starts_with(&format!(
        "Bearer authorization_uri=\"https://login.windows.net/{needed}\", error=\"invalid_token\""
    )));
    let graph = azure.sim.token(&azure.provider.admin, GRAPH).unwrap();
    let url = format!("{ARM}{path}?api-version={VERSION}")
        .parse()
        .unwrap();
    let wrong = SimRequest::new("GET", url).bearer(&graph);
    let wrong = answer(azure.sim.handle(Duration::ZERO, wrong));
    assert_eq!(code(&wrong), "InvalidAuthenticationTokenAudience");
}

#[test]
fn a_subscription_that_is_none_is_not_found() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let path = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg";
    let absent = provider.arm("GET", path, VERSION, Value::Null);
    assert_eq!(
        (absent.status, message(&absent).as_str()),
        (
            404,
            "The subscription '11111111-1111-4111-8111-111111111111' could not be found."
        )
    );
    assert_eq!(absent.find_header("x-ms-failure-cause"), Some("gateway"));
    assert!(absent.find_header("x-ms-request-id").is_some());
}

#[test]
fn a_provider_is_registered_before_it_is_used() {
    let azure = TwoTenants::unregistered(SimOptions {
        lag: Lag {
            provider_registration: Span::secs(30, 30),
            ..Lag::strict()
        },
        ..SimOptions::default()
    });
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let group = format!("/subscriptions/{subscription}/resourceGroups/rg");
    let location = json!({"location": "westeurope"});
    assert_eq!(provider.arm("PUT", &group, VERSION, location).status, 201);
    let identity = || {
        let path = identity_path(subscription);
        provider.arm(
            "PUT",
            &path,
            "2024-11-30",
            json!({"location": "westeurope"}),
        )
    };
    let refused = identity();
    assert_eq!(
        (refused.status, message(&refused).as_str()),
        (
            409,
            "The subscription is not registered to use namespace 'Microsoft.ManagedIdentity'. See https://aka.ms/rps-not-found for how to register subscriptions."
        )
    );
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.ManagedIdentity");
    let state = |seconds, method: &str, path: &str| {
        let answer = provider.at(seconds).arm(method, path, VERSION, Value::Null);
        text(&answer.body_json(), "/registrationState")
    };
    assert_eq!(state(0, "GET", &path), "NotRegistered");
    assert_eq!(state(0, "POST", &format!("{path}/register")), "Registering");
    assert_eq!(identity().status, 201);
    assert_eq!(state(30, "GET", &path), "Registered");
}
