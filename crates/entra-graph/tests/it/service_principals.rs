//! Service principals and the signed-in user on the wire.

use crate::support::{CLIENT, Canned, PRINCIPAL, TENANT, graph_at, graph_request, json, server};
use azure_core::http::ClientOptions;
use cmk_core::testing::StaticCredential;
use entra_graph::{
    Cloud, GraphClient, GraphClientOptions, ServicePrincipalsApi as _, SignInAudience,
    SignedInApi as _, Upserted,
};
use serde_json::json as body;
use wiremock::{
    ResponseTemplate,
    matchers::{body_json, header},
};

const SERVICE_PRINCIPAL: &str = r#"{
    "id": "44444444-4444-4444-8444-444444444444",
    "deletedDateTime": null,
    "accountEnabled": false,
    "appId": "33333333-3333-4333-8333-333333333333",
    "appOwnerOrganizationId": "11111111-1111-4111-8111-111111111111",
    "displayName": "CMK for Contoso",
    "servicePrincipalNames": ["33333333-3333-4333-8333-333333333333"],
    "servicePrincipalType": "Application",
    "signInAudience": "AzureADMultipleOrgs"
}"#;

fn upsert() -> wiremock::MockBuilder {
    let at = format!("/v1.0/servicePrincipals(appId='{CLIENT}')");
    graph_request("PATCH", &at, None)
        .and(header("prefer", "create-if-missing"))
        .and(header("content-type", "application/json"))
        .and(body_json(body!({"appId": CLIENT})))
}

#[tokio::test]
async fn a_created_service_principal_comes_back() {
    let server = server(upsert(), json(201, SERVICE_PRINCIPAL), 1).await;
    let upserted = graph_at(&server)
        .create_service_principal_if_missing(CLIENT.parse().unwrap(), None)
        .await
        .unwrap();
    let Upserted::Created(found) = upserted else {
        panic!("201 is a creation");
    };
    assert_eq!(found.id, PRINCIPAL.parse().unwrap());
    assert_eq!(found.client_id, CLIENT.parse().unwrap());
    assert_eq!(found.account_enabled, Some(false));
    assert_eq!(
        found.app_owner_organization_id,
        Some(TENANT.parse().unwrap())
    );
    assert_eq!(
        found.sign_in_audience,
        Some(SignInAudience::AzureAdMultipleOrgs)
    );
    assert_eq!(found.service_principal_type.as_deref(), Some("Application"));
    assert_eq!(found.display_name.as_deref(), Some("CMK for Contoso"));
}

#[tokio::test]
async fn an_existing_service_principal_keeps_everything_that_its_tenant_chose() {
    // The mock takes the client id and no other member: `accountEnabled` would undo a revocation.
    let server = server(upsert(), ResponseTemplate::new(204), 1).await;
    let upserted = graph_at(&server)
        .create_service_principal_if_missing(CLIENT.parse().unwrap(), None)
        .await
        .unwrap();
    assert_eq!(upserted, Upserted::Updated);
}

#[tokio::test]
async fn a_service_principal_is_read_by_both_ids() {
    let by_id = format!("/v1.0/servicePrincipals/{PRINCIPAL}");
    let on = server(
        graph_request("GET", &by_id, None),
        json(200, SERVICE_PRINCIPAL),
        1,
    )
    .await;
    let found = graph_at(&on)
        .get_service_principal(PRINCIPAL.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(found.client_id, CLIENT.parse().unwrap());

    let by_client = format!("/v1.0/servicePrincipals(appId='{CLIENT}')");
    let on = server(
        graph_request("GET", &by_client, None),
        json(200, SERVICE_PRINCIPAL),
        1,
    )
    .await;
    let found = graph_at(&on)
        .get_service_principal_by_client_id(CLIENT.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(found.id, PRINCIPAL.parse().unwrap());
}

#[tokio::test]
async fn the_principal_of_a_managed_identity_has_no_home_tenant() {
    let by_id = format!("/v1.0/servicePrincipals/{PRINCIPAL}");
    let answer = r#"{"id":"44444444-4444-4444-8444-444444444444","appId":"33333333-3333-4333-8333-333333333333",
        "appOwnerOrganizationId":null,"signInAudience":null,"servicePrincipalType":"ManagedIdentity"}"#;
    let server = server(graph_request("GET", &by_id, None), json(200, answer), 1).await;
    let found = graph_at(&server)
        .get_service_principal(PRINCIPAL.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(found.app_owner_organization_id, None);
    assert_eq!(found.account_enabled, None);
    assert_eq!(found.sign_in_audience, None);
}

#[tokio::test]
async fn deleting_a_service_principal_that_is_gone_is_fine() {
    let gone = r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource '44444444-4444-4444-8444-444444444444' does not exist or one of its queried reference-property objects are not present."}}"#;
    for answer in [ResponseTemplate::new(204), json(404, gone)] {
        let at = format!("/v1.0/servicePrincipals/{PRINCIPAL}");
        let server = server(graph_request("DELETE", &at, None), answer, 1).await;
        graph_at(&server)
            .delete_service_principal(PRINCIPAL.parse().unwrap())
            .await
            .unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_is_sent_again_after_a_passing_fault() {
    let canned = Canned::new([(500, Vec::new()), (204, Vec::new())]);
    let options = GraphClientOptions {
        client_options: ClientOptions {
            transport: Some(canned.transport()),
            ..Default::default()
        },
        ..Default::default()
    };
    let credential = StaticCredential::new("token");
    let graph = GraphClient::new(Cloud::UsGovernment, credential, Some(options)).unwrap();
    graph
        .delete_service_principal(PRINCIPAL.parse().unwrap())
        .await
        .unwrap();
    let call = format!("DELETE https://graph.microsoft.us/v1.0/servicePrincipals/{PRINCIPAL}");
    assert_eq!(canned.calls(), [call.clone(), call]);
}

#[tokio::test]
async fn the_signed_in_user_is_read() {
    let answer = r#"{"businessPhones":[],"displayName":"Admin","mail":null,
        "userPrincipalName":"admin@contoso.example","id":"44444444-4444-4444-8444-444444444444"}"#;
    let server = server(graph_request("GET", "/v1.0/me", None), json(200, answer), 1).await;
    let user = graph_at(&server).get_signed_in_principal().await.unwrap();
    assert_eq!(user.id, PRINCIPAL.parse().unwrap());
    assert_eq!(
        user.user_principal_name.as_deref(),
        Some("admin@contoso.example")
    );
    assert_eq!(user.display_name.as_deref(), Some("Admin"));
}
