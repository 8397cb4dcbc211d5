//! Federated identity credentials on the wire.

use crate::support::{OBJECT, PRINCIPAL, TENANT, graph_at, graph_request, json, server};
use entra_graph::{
    Cloud, FederatedCredentialName, FederatedCredentialsApi as _, Kind, NewFederatedCredential,
    Upserted,
};
use serde_json::json as body;
use wiremock::{
    ResponseTemplate,
    matchers::{body_json, header},
};

const CREDENTIAL: &str = r#"{
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#applications('22222222-2222-4222-8222-222222222222')/federatedIdentityCredentials/$entity",
    "id": "55555555-5555-4555-8555-555555555555",
    "name": "cmk-identity",
    "issuer": "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0",
    "subject": "44444444-4444-4444-8444-444444444444",
    "description": null,
    "audiences": ["api://AzureADTokenExchange"]
}"#;

fn name() -> FederatedCredentialName {
    "cmk-identity".parse().unwrap()
}

fn wanted() -> NewFederatedCredential {
    NewFederatedCredential::for_managed_identity(
        Cloud::Public,
        TENANT.parse().unwrap(),
        PRINCIPAL.parse().unwrap(),
    )
}

fn collection() -> String {
    format!("/v1.0/applications/{OBJECT}/federatedIdentityCredentials")
}

fn upsert() -> wiremock::MockBuilder {
    let at = format!("{}(name='cmk-identity')", collection());
    graph_request("PATCH", &at, None)
        .and(header("prefer", "create-if-missing"))
        .and(header("content-type", "application/json"))
}

#[tokio::test]
async fn a_created_credential_comes_back_and_accepts_what_was_wanted() {
    let mock = upsert().and(body_json(body!({
        "issuer": "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0",
        "subject": "44444444-4444-4444-8444-444444444444",
        "audiences": ["api://AzureADTokenExchange"]
    })));
    let server = server(mock, json(201, CREDENTIAL), 1).await;
    let upserted = graph_at(&server)
        .create_federated_credential_if_missing(OBJECT.parse().unwrap(), &name(), &wanted(), None)
        .await
        .unwrap();
    let Upserted::Created(credential) = upserted else {
        panic!("201 is a creation");
    };
    assert_eq!(credential.id, "55555555-5555-4555-8555-555555555555");
    assert_eq!(credential.name, "cmk-identity");
    assert!(credential.accepts_same(&wanted()));
}

#[tokio::test]
async fn an_existing_credential_is_updated_without_a_body() {
    let server = server(upsert(), ResponseTemplate::new(204), 1).await;
    let upserted = graph_at(&server)
        .create_federated_credential_if_missing(OBJECT.parse().unwrap(), &name(), &wanted(), None)
        .await
        .unwrap();
    assert_eq!(upserted, Upserted::Updated);
}

#[tokio::test]
async fn what_would_never_match_a_token_is_not_sent() {
    let server = server(upsert(), ResponseTemplate::new(204), 0).await;
    let with = |change: fn(&mut NewFederatedCredential)| {
        let mut credential = wanted();
        change(&mut credential);
        credential
    };
    let cases = [
        (with(|c| c.issuer.push(' ')), "issuer must not start or end"),
        (with(|c| c.subject.insert(0, '\t')), "subject must not"),
        (with(|c| c.audience.clear()), "audience must have 1 to 600"),
        (with(|c| c.issuer = "x".repeat(601)), "issuer must have"),
        (
            with(|c| c.description = Some("x".repeat(601))),
            "description must have at most 600",
        ),
    ];
    for (credential, reason) in cases {
        let graph = graph_at(&server);
        let application = OBJECT.parse().unwrap();
        let created = graph
            .create_federated_credential_if_missing(application, &name(), &credential, None)
            .await
            .unwrap_err();
        let updated = graph
            .update_federated_credential(application, &name(), &credential)
            .await
            .unwrap_err();
        for error in [created, updated] {
            assert_eq!(error.kind(), Kind::InvalidRequest);
            let message = error.failure().message().unwrap();
            assert!(message.starts_with(reason), "{message}");
        }
    }
}

#[tokio::test]
async fn a_flexible_credential_does_not_break_the_list() {
    let answer = r#"{"value":[
        {"id":"a","name":"flexible","issuer":"https://token.actions.githubusercontent.com","subject":null,"audiences":["api://AzureADTokenExchange"],
         "claimsMatchingExpression":{"value":"claims['sub'] matches 'repo:x'","languageVersion":1}},
        {"id":"b","name":"cmk-identity","issuer":"https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0","subject":"44444444-4444-4444-8444-444444444444","audiences":["api://AzureADTokenExchange"],"description":"d"}
    ]}"#;
    let mock = graph_request("GET", &collection(), None);
    let server = server(mock, json(200, answer), 1).await;
    let all = graph_at(&server)
        .list_federated_credentials(OBJECT.parse().unwrap())
        .await
        .unwrap();
    let subjects: Vec<_> = all.iter().map(|c| c.subject.as_deref()).collect();
    assert_eq!(subjects, [None, Some(PRINCIPAL)]);
    assert!(!all[0].accepts_same(&wanted()));
    assert!(all[1].accepts_same(&wanted()));
    assert_eq!(all[1].description.as_deref(), Some("d"));
}

#[tokio::test]
async fn an_odd_credential_of_a_list_still_counts_and_matches_nothing() {
    let answer = r#"{"value":[
        {"id":"a","name":"odd","issuer":null,"subject":7,"audiences":["api://AzureADTokenExchange",7]},
        null,
        {"id":"b","name":"cmk-identity","issuer":"https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0","subject":"44444444-4444-4444-8444-444444444444","audiences":["api://AzureADTokenExchange"]}
    ]}"#;
    let mock = graph_request("GET", &collection(), None);
    let server = server(mock, json(200, answer), 1).await;
    let all = graph_at(&server)
        .list_federated_credentials(OBJECT.parse().unwrap())
        .await
        .unwrap();
    let names: Vec<_> = all.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["odd", "", "cmk-identity"]);
    let same: Vec<_> = all.iter().map(|c| c.accepts_same(&wanted())).collect();
    assert_eq!(same, [false, false, true]);
    assert_eq!(all[0].audiences, [""; 0]);
}

#[tokio::test]
async fn a_credential_is_read_by_its_name() {
    let at = collection() + "/cmk-identity";
    let server = server(graph_request("GET", &at, None), json(200, CREDENTIAL), 1).await;
    let credential = graph_at(&server)
        .get_federated_credential(OBJECT.parse().unwrap(), &name())
        .await
        .unwrap();
    assert_eq!(credential.audiences, ["api://AzureADTokenExchange"]);
}

#[tokio::test]
async fn an_update_creates_nothing() {
    let at = collection() + "/cmk-identity";
    let mock = graph_request("PATCH", &at, None)
        .and(body_json(body!({
            "issuer": "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0",
            "subject": "44444444-4444-4444-8444-444444444444",
            "audiences": ["api://AzureADTokenExchange"],
            "description": "new"
        })))
        .and(|r: &wiremock::Request| !r.headers.contains_key("prefer"));
    let server = server(mock, ResponseTemplate::new(204), 1).await;
    let mut credential = wanted();
    credential.description = Some("new".to_owned());
    graph_at(&server)
        .update_federated_credential(OBJECT.parse().unwrap(), &name(), &credential)
        .await
        .unwrap();
}

#[tokio::test]
async fn deleting_a_credential_that_is_gone_is_fine() {
    let gone = r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource 'cmk-identity' does not exist or one of its queried reference-property objects are not present."}}"#;
    for answer in [ResponseTemplate::new(204), json(404, gone)] {
        let at = collection() + "/cmk-identity";
        let server = server(graph_request("DELETE", &at, None), answer, 1).await;
        graph_at(&server)
            .delete_federated_credential(OBJECT.parse().unwrap(), &name())
            .await
            .unwrap();
    }
}
