//! The wire shape of reading a subscription.

use crate::server::{SUBSCRIPTION, assert_only_request, client, start, subscription};
use cmk_core::{Kind, SubscriptionsApi as _};
use serde_json::json;
use wiremock::{Mock, ResponseTemplate, matchers::method};

const TENANT: &str = "22222222-2222-4222-8222-222222222222";

#[tokio::test]
async fn a_subscription_says_whose_it_is() {
    let server = start().await;
    let body = json!({
        "id": format!("/subscriptions/{SUBSCRIPTION}"),
        "subscriptionId": SUBSCRIPTION,
        "tenantId": TENANT,
        "displayName": "Production",
        "state": "Enabled",
        "subscriptionPolicies": { "spendingLimit": "Off" },
    });
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&body))
        .mount(&server)
        .await;
    let found = client(&server)
        .get_subscription(subscription())
        .await
        .unwrap();
    assert_eq!(found.id, subscription());
    assert_eq!(found.tenant_id, TENANT.parse().unwrap());
    assert_eq!(found.display_name.as_deref(), Some("Production"));
    assert_eq!(found.state.as_deref(), Some("Enabled"));
    assert_eq!(found.received.value(), &body);
    let line = format!("GET /subscriptions/{SUBSCRIPTION}?api-version=2022-12-01");
    assert_only_request(&server, &line, None).await;
}

#[tokio::test]
async fn a_token_of_another_tenant_is_told_as_such() {
    let server = start().await;
    let body = json!({ "error": {
        "code": "InvalidAuthenticationTokenTenant",
        "message": "The access token is from the wrong issuer 'https://sts.windows.net/33333333-3333-4333-8333-333333333333/'. It must match the tenant 'https://sts.windows.net/22222222-2222-4222-8222-222222222222/' associated with this subscription.",
    } });
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401).set_body_json(&body))
        .mount(&server)
        .await;
    let error = client(&server)
        .get_subscription(subscription())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthenticated);
    assert_eq!(
        error.failure().code(),
        Some("InvalidAuthenticationTokenTenant")
    );
    assert!(error.help().is_some());
}
