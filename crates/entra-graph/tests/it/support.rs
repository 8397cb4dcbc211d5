//! One local server that plays Microsoft Graph and Resource Manager, and a transport without sockets.

use azure_core::http::{
    AsyncRawResponse, ClientOptions, HttpClient, Request, RetryOptions, StatusCode, Transport,
    headers::Headers,
};
use cmk_core::testing::{StaticCredential, loopback_transport};
use entra_graph::{
    Cloud, GraphClient, GraphClientOptions, ManagedIdentityClient, ManagedIdentityClientOptions,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use wiremock::{
    Mock, MockBuilder, MockServer, Respond, ResponseTemplate,
    matchers::{any, header, header_exists, method, path},
};

pub(crate) const TENANT: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const OBJECT: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const CLIENT: &str = "33333333-3333-4333-8333-333333333333";
pub(crate) const PRINCIPAL: &str = "44444444-4444-4444-8444-444444444444";

/// A server on which exactly this mock is called, exactly `calls` times, and every other route answers 501.
pub(crate) async fn server(
    mock: MockBuilder,
    answer: impl Respond + 'static,
    calls: u64,
) -> MockServer {
    let server = MockServer::start().await;
    mock.respond_with(answer).expect(calls).mount(&server).await;
    Mock::given(any())
        .respond_with(|request: &wiremock::Request| {
            ResponseTemplate::new(501)
                .set_body_string(format!("not modelled: {} {}", request.method, request.url))
        })
        .with_priority(255)
        .expect(0)
        .mount(&server)
        .await;
    server
}

/// A request to Microsoft Graph with a token, an id of the request, and exactly this query.
pub(crate) fn graph_request(verb: &str, at: &str, query: Option<&'static str>) -> MockBuilder {
    request("graph.microsoft.com", verb, at, query).and(header_exists("client-request-id"))
}

/// A request to Resource Manager with a token, an id of the request, and the api-version of managed identities.
pub(crate) fn arm_request(verb: &str, at: &str) -> MockBuilder {
    request(
        "management.azure.com",
        verb,
        at,
        Some("api-version=2024-11-30"),
    )
    .and(header_exists("x-ms-client-request-id"))
}

fn request(host: &str, verb: &str, at: &str, query: Option<&'static str>) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(at))
        .and(header("host", host))
        .and(header("authorization", "Bearer token"))
        .and(move |request: &wiremock::Request| request.url.query() == query)
}

/// An answer with this JSON, written out.
pub(crate) fn json(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.as_bytes(), "application/json")
}

pub(crate) fn graph_at(server: &MockServer) -> GraphClient {
    graph_over(loopback_transport(&server.uri()).unwrap())
}

pub(crate) fn graph_over(transport: Transport) -> GraphClient {
    let options = GraphClientOptions {
        client_options: once(transport),
        ..Default::default()
    };
    GraphClient::new(Cloud::Public, StaticCredential::new("token"), Some(options)).unwrap()
}

pub(crate) fn identities_at(server: &MockServer) -> ManagedIdentityClient {
    identities_over(loopback_transport(&server.uri()).unwrap())
}

pub(crate) fn identities_over(transport: Transport) -> ManagedIdentityClient {
    let options = ManagedIdentityClientOptions {
        client_options: once(transport),
        ..Default::default()
    };
    ManagedIdentityClient::new(Cloud::Public, StaticCredential::new("token"), Some(options))
        .unwrap()
}

/// Reads are not repeated, so that no test on real sockets waits.
fn once(transport: Transport) -> ClientOptions {
    ClientOptions {
        transport: Some(transport),
        retry: RetryOptions::none(),
        ..Default::default()
    }
}

/// A transport that answers from a list and counts the calls: no sockets.
#[derive(Debug)]
pub(crate) struct Canned {
    answers: Mutex<VecDeque<(u16, Vec<u8>)>>,
    calls: Mutex<Vec<String>>,
}

impl Canned {
    pub(crate) fn new(answers: impl IntoIterator<Item = (u16, Vec<u8>)>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            calls: Mutex::new(Vec::new()),
        })
    }

    pub(crate) fn transport(self: &Arc<Self>) -> Transport {
        Transport::new(Arc::clone(self) as Arc<dyn HttpClient>)
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl HttpClient for Canned {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.calls
            .lock()
            .unwrap()
            .push(format!("{} {}", request.method(), request.url()));
        let (status, body) = self
            .answers
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or((501, Vec::new()));
        Ok(AsyncRawResponse::from_bytes(
            StatusCode::from(status),
            Headers::new(),
            body,
        ))
    }
}
