//! The token of an application for the token of a managed identity, on the wire.

use crate::support::{CLIENT, Canned, TENANT, json, server};
use azure_core::{
    credentials::Secret,
    http::{ClientOptions, RetryOptions, Transport},
};
use cmk_core::testing::loopback_transport;
use entra_graph::{
    ApplicationTokensApi as _, ApplicationTokensClient, ApplicationTokensClientOptions, Cloud,
    Error, Hint, Kind,
};
use wiremock::{
    Mock,
    matchers::{body_string, header, header_exists, method, path},
};

const ASSERTION: &str = "the+identity's/token=";

fn client(cloud: Cloud, transport: Transport) -> ApplicationTokensClient {
    let client_options = ClientOptions {
        transport: Some(transport),
        retry: RetryOptions::none(),
        ..Default::default()
    };
    let options = ApplicationTokensClientOptions { client_options };
    ApplicationTokensClient::new(cloud, Some(options)).unwrap()
}

async fn ask(
    client: &ApplicationTokensClient,
) -> Result<azure_core::credentials::AccessToken, Error> {
    client
        .get_token(
            TENANT.parse().unwrap(),
            CLIENT.parse().unwrap(),
            &Secret::new(ASSERTION),
            "https://vault.azure.net/.default",
        )
        .await
}

#[tokio::test]
async fn the_identitys_token_is_exchanged_in_the_tenant_of_the_resource() {
    let mock = Mock::given(method("POST"))
        .and(path(format!("/{TENANT}/oauth2/v2.0/token")))
        .and(header("host", "login.microsoftonline.com"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(header_exists("client-request-id"))
        .and(|request: &wiremock::Request| !request.headers.contains_key("authorization"))
        .and(body_string(format!(
            "grant_type=client_credentials&client_id={CLIENT}&scope=https://vault.azure.net/.default&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=the%2Bidentity's/token%3D"
        )));
    let answer = json(
        200,
        r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"the application's token"}"#,
    );
    let server = server(mock, answer, 1).await;
    let client = client(Cloud::Public, loopback_transport(&server.uri()).unwrap());
    let token = ask(&client).await.unwrap();
    assert_eq!(token.token.secret(), "the application's token");
}

#[tokio::test]
async fn each_cloud_is_asked_at_its_own_token_endpoint() {
    for (cloud, host) in [
        (Cloud::Public, "login.microsoftonline.com"),
        (Cloud::UsGovernment, "login.microsoftonline.us"),
        (Cloud::China, "login.chinacloudapi.cn"),
    ] {
        let body = br#"{"expires_in":"60","access_token":"t"}"#.to_vec();
        let canned = Canned::new([(200, body)]);
        ask(&client(cloud, canned.transport())).await.unwrap();
        assert_eq!(
            canned.calls(),
            [format!("POST https://{host}/{TENANT}/oauth2/v2.0/token")]
        );
    }
}

#[tokio::test]
async fn a_refusal_has_its_number_its_hint_and_no_assertion() {
    for (number, hint) in [
        (7_000_112, Hint::NeedsPermission),
        (700_213, Hint::Propagation),
        (7_002_138, Hint::Permanent),
    ] {
        let body = format!(
            r#"{{"error":"unauthorized_client","error_description":"AADSTS{number}: words","error_codes":[{number}]}}"#
        );
        let canned = Canned::new([(400, body.into_bytes())]);
        let error = ask(&client(Cloud::Public, canned.transport()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Unauthenticated);
        assert_eq!(error.hint(), Some(hint), "{number}");
        assert_eq!(
            error.to_string(),
            format!("get_token application {CLIENT} in tenant {TENANT} failed: 400 AADSTS{number}")
        );
        assert!(!format!("{error:?}").contains("identity's"));
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_quoted() {
    for body in [
        "not JSON: SECRET",
        r#"{"access_token":["SECRET"],"expires_in":1}"#,
        r#"{"access_token":"SECRET"}"#,
        r#"{"access_token":"SECRET","expires_in":"SECRET"}"#,
        r#"{"access_token":"","expires_in":1}"#,
    ] {
        let canned = Canned::new([(200, body.as_bytes().to_vec())]);
        let error = ask(&client(Cloud::Public, canned.transport()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Other, "{body}");
        let source = std::error::Error::source(&error).unwrap();
        assert!(
            !format!("{error} {error:?} {source}").contains("SECRET"),
            "{body}"
        );
    }
}
