//! Managed identities by the metadata address and as in App Service, and their tokens as assertions.

use crate::kit::{ARM, Azure, GRAPH, LOGIN, claims};
use reqwest::{Method, Proxy};
use serde_json::{Value, json};

const EXCHANGE: &str = "api://AzureADTokenExchange";

/// Makes an identity and returns its client id and principal id.
async fn make_identity(azure: &Azure, name: &str) -> (String, String) {
    let who = &azure.provider;
    let group = format!(
        "{ARM}/subscriptions/{}/resourceGroups/rg",
        who.subscription_id
    );
    let body = json!({"location": "westeurope"});
    let url = format!("{group}?api-version=2024-11-01");
    let made = azure.send(who, Method::PUT, &url, &body).await;
    assert!(matches!(made.0, 200 | 201), "{made:?}");
    let url = format!(
        "{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}?api-version=2024-11-30"
    );
    let (status, made) = azure.send(who, Method::PUT, &url, &body).await;
    assert_eq!(status, 201);
    let text = |name: &str| made["properties"][name].as_str().unwrap().to_owned();
    (text("clientId"), text("principalId"))
}

async fn metadata(azure: &Azure, query: &str, header: bool) -> (u16, Value) {
    let proxy = Proxy::http(azure.server.proxy_url()).unwrap();
    let client = reqwest::Client::builder().proxy(proxy).build().unwrap();
    let url = format!("http://169.254.169.254/metadata/identity/oauth2/token?{query}");
    let mut request = client.get(url);
    if header {
        request = request.header("Metadata", "true");
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn the_metadata_address_gives_a_token_that_the_application_takes_as_assertion() {
    let azure = Azure::start().await;
    let (client, principal) = make_identity(&azure, "identity").await;
    let (status, body) = metadata(
        &azure,
        &format!("api-version=2018-02-01&resource={EXCHANGE}&client_id={client}"),
        true,
    )
    .await;
    assert_eq!(status, 200);
    // Documented: numbers as texts.
    let seconds: u32 = body["expires_in"].as_str().unwrap().parse().unwrap();
    assert!((86_000..=86_400).contains(&seconds), "{seconds}");
    let assertion = body["access_token"].as_str().unwrap();
    let claims = claims(assertion);
    let tenant = &azure.provider.tenant_id;
    assert_eq!(claims["aud"], "fb60f99c-7a34-4190-8149-302f77469936");
    assert_eq!(claims["iss"], format!("{LOGIN}/{tenant}/v2.0"));
    assert_eq!(claims["sub"], principal);
    assert_eq!(claims["ver"], "2.0");

    let who = &azure.provider;
    let app = json!({"displayName": "cmk", "signInAudience": "AzureADMultipleOrgs"});
    let url = format!("{GRAPH}/v1.0/applications");
    let (status, app) = azure.send(who, Method::POST, &url, &app).await;
    assert_eq!(status, 201);
    let url = format!(
        "{url}/{}/federatedIdentityCredentials",
        app["id"].as_str().unwrap()
    );
    let credential = json!({
        "name": "identity",
        "issuer": claims["iss"],
        "subject": principal,
        "audiences": [EXCHANGE],
    });
    let made = azure.send(who, Method::POST, &url, &credential).await;
    assert_eq!(made.0, 201);
    let app_id = app["appId"].as_str().unwrap();
    let url = format!("{GRAPH}/v1.0/servicePrincipals");
    let made = azure
        .send(
            &azure.customer,
            Method::POST,
            &url,
            &json!({"appId": app_id}),
        )
        .await;
    assert_eq!(made.0, 201);

    let url = format!("{LOGIN}/{}/oauth2/v2.0/token", azure.customer.tenant_id);
    let form = format!(
        "grant_type=client_credentials&client_id={app_id}&scope=https%3A%2F%2Fvault.azure.net%2F.default&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}"
    );
    let request = azure
        .client
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let claims = crate::kit::claims(body["access_token"].as_str().unwrap());
    assert_eq!(claims["appidacr"], "2");
    assert_eq!(claims["tid"], azure.customer.tenant_id);
}

#[tokio::test]
async fn the_metadata_address_is_strict() {
    let azure = Azure::start().await;
    let query = format!("api-version=2018-02-01&resource={ARM}/");
    let (status, body) = metadata(&azure, &query, true).await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({"error": "invalid_request", "error_description": "Identity not found"})
    );
    make_identity(&azure, "one").await;
    let (status, body) = metadata(&azure, &query, true).await;
    assert_eq!((status, &body["token_type"]), (200, &json!("Bearer")));
    let (status, body) = metadata(&azure, &query, false).await;
    assert_eq!((status, &body["error"]), (400, &json!("bad_request_102")));
    make_identity(&azure, "two").await;
    assert_eq!(metadata(&azure, &query, true).await.0, 400);
    let wrong = "api-version=2018-02-01&resource=https://nobody.example";
    let (client, _) = make_identity(&azure, "three").await;
    let (status, body) = metadata(&azure, &format!("{wrong}&client_id={client}"), true).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_resource")));
}

#[tokio::test]
async fn app_service_wants_its_header_and_an_identity_by_name() {
    let azure = Azure::start().await;
    let (client_id, _) = make_identity(&azure, "identity").await;
    let environment = azure
        .server
        .environment(std::path::Path::new("/ca.pem"))
        .with_app_service();
    let variable = |name: &str| {
        let mut variables = environment.variables();
        variables
            .find(|(own, _)| *own == name)
            .unwrap()
            .1
            .to_owned()
    };
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = |header: String, selector: String| {
        let url = format!(
            "{}?api-version=2019-08-01&resource=https://vault.azure.net{selector}",
            variable("IDENTITY_ENDPOINT")
        );
        let request = client.get(url).header("X-IDENTITY-HEADER", header);
        async move {
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let body = answer.bytes().await.unwrap();
            (status, serde_json::from_slice::<Value>(&body).unwrap())
        }
    };
    let header = variable("IDENTITY_HEADER");
    let selector = format!("&client_id={client_id}");
    let (status, body) = ask(header.clone(), selector.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(body["client_id"], client_id);
    assert!(body.get("expires_in").is_none());
    assert!(body["expires_on"].as_str().unwrap().parse::<i64>().is_ok());
    assert_eq!(ask("guessed".to_owned(), selector).await.0, 401);
    // There is no system-assigned identity.
    assert_eq!(ask(header, String::new()).await.0, 400);
}
