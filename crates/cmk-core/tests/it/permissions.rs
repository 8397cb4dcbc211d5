//! The wire shape of the caller's permissions.

use crate::server::{SUBSCRIPTION, assert_only_request, client, start};
use cmk_core::{PermissionsApi as _, Scope};
use serde_json::json;
use wiremock::{Mock, ResponseTemplate, matchers::method};

#[tokio::test]
async fn permissions_are_asked_at_each_form_of_scope() {
    for scope in [
        format!("/subscriptions/{SUBSCRIPTION}"),
        format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"),
        format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v1/keys/k1"
        ),
    ] {
        let server = start().await;
        let body = json!({ "value": [
            { "actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": [], "condition": null },
            { "actions": ["Microsoft.KeyVault/*"], "notActions": ["Microsoft.KeyVault/vaults/delete"] },
        ] });
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&server)
            .await;
        let granted = client(&server)
            .get_permissions(&scope.parse::<Scope>().unwrap())
            .await
            .unwrap();
        assert!(granted.allows("Microsoft.KeyVault/vaults/write"));
        assert!(!granted.allows("Microsoft.KeyVault/vaults/delete"));
        let line = format!(
            "GET {scope}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01"
        );
        assert_only_request(&server, &line, None).await;
    }
}
