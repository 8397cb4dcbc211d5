//! The wire shape of provider registration.

use crate::server::{SUBSCRIPTION, asked, assert_only_request, client, start, subscription};
use cmk_core::{Kind, RegistrationState, ResourceProvidersApi as _};
use serde_json::json;
use wiremock::{Mock, ResponseTemplate, matchers::method};

#[tokio::test]
async fn the_state_is_read() {
    for (word, state) in [
        ("Registered", RegistrationState::Registered),
        ("Registering", RegistrationState::Registering),
        ("notregistered", RegistrationState::NotRegistered),
        ("Unregistering", RegistrationState::Unregistering),
        ("Paused", RegistrationState::Unknown("Paused".to_owned())),
    ] {
        let server = start().await;
        let body = json!({ "namespace": "Microsoft.KeyVault", "registrationState": word, "resourceTypes": [] });
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&server)
            .await;
        let provider = client(&server)
            .get_resource_provider(subscription(), "Microsoft.KeyVault")
            .await
            .unwrap();
        assert_eq!(provider.namespace, "Microsoft.KeyVault");
        assert_eq!(provider.registration_state, state);
        let line = format!(
            "GET /subscriptions/{SUBSCRIPTION}/providers/Microsoft.KeyVault?api-version=2024-11-01"
        );
        assert_only_request(&server, &line, None).await;
    }
}

#[tokio::test]
async fn register_is_a_post_without_body() {
    let server = start().await;
    let body = json!({ "namespace": "Microsoft.KeyVault", "registrationState": "Registering" });
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let provider = client(&server)
        .register_resource_provider(subscription(), "Microsoft.KeyVault")
        .await
        .unwrap();
    assert_eq!(provider.registration_state, RegistrationState::Registering);
    let line = format!(
        "POST /subscriptions/{SUBSCRIPTION}/providers/Microsoft.KeyVault/register?api-version=2024-11-01"
    );
    assert_only_request(&server, &line, None).await;
}

#[tokio::test]
async fn a_namespace_that_is_none_is_refused_unsent() {
    let server = start().await;
    for namespace in ["", "..", ".", "Microsoft.KeyVault/register", "a b", "x?y"] {
        let error = client(&server)
            .register_resource_provider(subscription(), namespace)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest, "{namespace:?}");
    }
    assert_eq!(asked(&server).await, Vec::<String>::new());
}
