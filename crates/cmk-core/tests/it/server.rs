//! A local server that plays Resource Manager, and clients that talk to it by Azure's real host names.

use azure_core::{
    Uuid,
    http::{
        AsyncRawResponse, ClientOptions, Context, HttpClient, Request, RetryOptions, Transport,
    },
};
use cmk_core::{
    ArmClient, ArmClientOptions, Cloud, ReadRetry, ReadRetryOptions, SubscriptionId,
    arm::{self, ArmConnectionSpec},
    send::Connection,
    testing::{StaticCredential, loopback_transport},
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

pub(crate) const TOKEN: &str = "a-token-that-nobody-may-see";
pub(crate) const SUBSCRIPTION: &str = "11111111-1111-4111-8111-111111111111";

pub(crate) fn subscription() -> SubscriptionId {
    SUBSCRIPTION.parse().unwrap()
}

/// A server that answers 501, naming the route, to whatever is not mocked.
pub(crate) async fn start() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &wiremock::Request| {
            let text = format!("no route for {} {}", request.method, request.url);
            ResponseTemplate::new(501).set_body_string(text)
        })
        .with_priority(255)
        .mount(&server)
        .await;
    server
}

pub(crate) fn options(transport: Transport) -> ClientOptions {
    // Real sockets: nothing waits.
    let retry = ReadRetry::new(ReadRetryOptions {
        max_retries: 2,
        first_delay: Duration::ZERO,
        max_delay: Duration::ZERO,
        max_retry_after: Duration::ZERO,
        ..Default::default()
    });
    ClientOptions {
        transport: Some(transport),
        retry: RetryOptions::custom(Arc::new(retry)),
        ..Default::default()
    }
}

pub(crate) fn client_over(transport: Transport) -> ArmClient {
    let options = ArmClientOptions {
        client_options: options(transport),
        ..Default::default()
    };
    ArmClient::new(Cloud::Public, StaticCredential::new(TOKEN), Some(options)).unwrap()
}

pub(crate) fn client(server: &MockServer) -> ArmClient {
    client_over(loopback_transport(&server.uri()).unwrap())
}

/// A connection as the clients of resource providers make theirs.
pub(crate) fn connection_over(transport: Transport) -> Connection {
    arm::connect(ArmConnectionSpec {
        crate_name: "a-provider",
        crate_version: "1.2.3",
        cloud: Cloud::Public,
        credential: StaticCredential::new(TOKEN),
        api_version: String::from("2025-01-01"),
        rules: &[arm::RULES],
        client_options: options(transport),
    })
    .unwrap()
}

pub(crate) fn connection(server: &MockServer) -> Connection {
    connection_over(loopback_transport(&server.uri()).unwrap())
}

/// Sends Resource Manager's host to one server and every other host to a second one.
#[derive(Debug)]
pub(crate) struct ByHost {
    pub(crate) azure: Transport,
    pub(crate) stranger: Transport,
}

impl ByHost {
    pub(crate) fn transport(azure: &MockServer, stranger: &MockServer) -> Transport {
        Transport::new(Arc::new(Self {
            azure: loopback_transport(&azure.uri()).unwrap(),
            stranger: loopback_transport(&stranger.uri()).unwrap(),
        }))
    }
}

#[async_trait::async_trait]
impl HttpClient for ByHost {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let to = match request.url().host_str() {
            Some("management.azure.com") => &self.azure,
            _ => &self.stranger,
        };
        to.send(&Context::new(), &mut request.clone()).await
    }
}

/// Everything that was asked of the server, as `GET /path?query`.
pub(crate) async fn asked(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| format!("{} {}", request.method, path_and_query(request)))
        .collect()
}

fn path_and_query(request: &wiremock::Request) -> String {
    let query = request.url.query();
    query.map_or_else(
        || request.url.path().to_owned(),
        |query| format!("{}?{query}", request.url.path()),
    )
}

/// Holds the only request that the server got against its exact shape.
pub(crate) async fn assert_only_request(server: &MockServer, line: &str, body: Option<Value>) {
    assert_eq!(asked(server).await, [line]);
    let request = server.received_requests().await.unwrap().remove(0);
    let header = |name: &str| {
        let values: Vec<&str> = request
            .headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        assert!(values.len() < 2, "{name} sent twice: {values:?}");
        values.first().copied()
    };
    assert_eq!(header("host"), Some("management.azure.com"));
    assert_eq!(
        header("authorization"),
        Some(format!("Bearer {TOKEN}").as_str())
    );
    assert_eq!(header("accept"), Some("application/json"));
    let id = header("x-ms-client-request-id").unwrap();
    assert_eq!(
        Uuid::parse_str(id).unwrap().hyphenated().to_string(),
        id,
        "a GUID without braces"
    );
    let agent = header("user-agent").unwrap();
    assert!(agent.contains("cmk-core/0.1.0"), "{agent}");
    // A localised message could not be matched.
    assert_eq!(header("accept-language"), None);
    match body {
        Some(expected) => {
            assert_eq!(header("content-type"), Some("application/json"));
            let sent: Value = serde_json::from_slice(&request.body).unwrap();
            assert_eq!(sent, expected);
        }
        None => {
            assert_eq!(header("content-type"), None);
            assert_eq!(String::from_utf8(request.body).unwrap(), "");
        }
    }
}
