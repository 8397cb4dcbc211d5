//! A served Azure lives today, at the pace of its time scale.

use crate::kit::{ARM, Azure, GRAPH, LOGIN, claims};
use azure_core::time::{OffsetDateTime, parse_rfc3339, parse_rfc7231};
use azure_sim::{Sim, SimOptions, serve::ServeOptions};
use reqwest::Method;
use serde_json::{Value, json};

/// Seconds by which a date of the simulator is away from a moment.
fn away(date: &str, from: OffsetDateTime) -> i64 {
    (parse_rfc3339(date).unwrap() - from).whole_seconds().abs()
}

/// Longer than any test here takes, and shorter than any mistake of the calendar.
const A_MOMENT: i64 = 600;

#[tokio::test]
async fn dates_of_objects_refusals_and_tokens_agree_with_the_wall_clock() {
    let azure = Azure::start().await;
    let who = &azure.provider;
    let now = OffsetDateTime::now_utc();
    let url = format!("{GRAPH}/v1.0/applications");
    let (status, app) = azure
        .send(who, Method::POST, &url, &json!({"displayName": "app"}))
        .await;
    assert_eq!(status, 201);
    assert!(away(app["createdDateTime"].as_str().unwrap(), now) < A_MOMENT);

    let (_, refusal) = azure
        .ask_token(who, "wrong", &format!("{ARM}/.default"))
        .await;
    let date = refusal["timestamp"].as_str().unwrap().replace(' ', "T");
    assert!(away(&date, now) < A_MOMENT, "{date}");

    let token = azure.token(who, &format!("{ARM}/.default")).await;
    let issued = claims(&token)["iat"].as_i64().unwrap();
    assert!((issued - now.unix_timestamp()).abs() < A_MOMENT);

    let url = format!("{LOGIN}/common/discovery/instance?api-version=1.1");
    let answer = azure.client.get(url).send().await.unwrap();
    let header = parse_rfc7231(answer.headers()["date"].to_str().unwrap()).unwrap();
    assert!((header - azure.server.sim().date()).whole_seconds().abs() < A_MOMENT);
}

#[tokio::test]
async fn a_key_with_dates_of_today_is_held_to_them() {
    let azure = Azure::start().await;
    let vault = vault_of(&azure).await;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let day = 24 * 60 * 60;
    for (name, attributes, status) in [
        ("begun", json!({"nbf": now - day}), 200),
        ("to-come", json!({"nbf": now + day}), 403),
        ("over", json!({"exp": now - 30 * day}), 403),
        ("running", json!({"exp": now + 30 * day}), 200),
    ] {
        let body = json!({"kty": "RSA", "attributes": attributes});
        let url = format!("{vault}/keys/{name}/create?api-version=7.4");
        let (made, key) = vault_call(&azure, &url, &body).await;
        assert_eq!(made, 200, "{key}");
        let url = format!("{vault}/keys/{name}/wrapkey?api-version=7.4");
        let body = json!({"alg": "RSA-OAEP-256", "value": "AAAA"});
        let (wrapped, answer) = vault_call(&azure, &url, &body).await;
        assert_eq!(wrapped, status, "{name} {answer}");
    }
}

#[tokio::test]
async fn time_passes_by_its_scale() {
    // Ten days in each second: more than an hour has passed before the first answer.
    let azure = Azure::start_with(ServeOptions {
        time_scale: 864_000.0,
        ..ServeOptions::default()
    })
    .await;
    let before = azure.server.sim().date();
    azure
        .token(&azure.customer, &format!("{ARM}/.default"))
        .await;
    let passed = azure.server.sim().date() - before;
    assert!(passed.whole_seconds() > A_MOMENT, "{passed}");
}

#[tokio::test]
async fn time_passes_from_today_on_when_told() {
    let azure = Azure::start_with(ServeOptions {
        control: true,
        ..ServeOptions::default()
    })
    .await;
    let before = azure.server.sim().date();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let advance = client
        .post(format!("{}/control/advance", azure.server.proxy_url()))
        .header("content-type", "application/json")
        .body(r#"{"seconds": 86400}"#);
    assert_eq!(advance.send().await.unwrap().status(), 200);
    let passed = azure.server.sim().date() - before;
    assert!(
        (86_400..86_400 + A_MOMENT).contains(&passed.whole_seconds()),
        "{passed}"
    );
}

#[test]
fn a_state_keeps_its_date_and_a_simulator_in_process_its_own() {
    let today = Sim::today(SimOptions::default());
    let loaded = Sim::load(&today.save().unwrap()).unwrap();
    assert_eq!(loaded.date(), today.date());
    let now = OffsetDateTime::now_utc();
    assert!((now - today.date()).whole_seconds().abs() < A_MOMENT);
    let fixed = Sim::new(SimOptions::default()).date();
    assert_eq!(fixed, parse_rfc3339("2026-01-01T00:00:00Z").unwrap());
}

/// A new vault in which the customer may use keys.
async fn vault_of(azure: &Azure) -> String {
    let who = &azure.customer;
    let group = format!(
        "{ARM}/subscriptions/{}/resourceGroups/rg",
        who.subscription_id
    );
    let send = |url: String, body: Value| async move {
        let (status, answer) = azure.send(who, Method::PUT, &url, &body).await;
        assert!((200..300).contains(&status), "{answer}");
    };
    let body = json!({"location": "westeurope"});
    send(format!("{group}?api-version=2024-11-01"), body).await;
    let token = azure.token(who, &format!("{ARM}/.default")).await;
    let policy = json!({"tenantId": who.tenant_id, "objectId": claims(&token)["oid"],
        "permissions": {"keys": ["create", "wrapKey"]}});
    let body = json!({"location": "westeurope", "properties": {"tenantId": who.tenant_id,
        "sku": {"family": "A", "name": "standard"}, "accessPolicies": [policy]}});
    let url = "providers/Microsoft.KeyVault/vaults/dated-keys?api-version=2023-07-01";
    send(format!("{group}/{url}"), body).await;
    "https://dated-keys.vault.azure.net".to_owned()
}

async fn vault_call(azure: &Azure, url: &str, body: &Value) -> (u16, Value) {
    let token = azure
        .token(&azure.customer, "https://vault.azure.net/.default")
        .await;
    let request = azure.client.post(url).bearer_auth(token);
    let request = request
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap(),
    )
}
