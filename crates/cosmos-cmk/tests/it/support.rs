//! One local server that plays Resource Manager, and a transport without sockets.

use azure_core::http::{
    AsyncRawResponse, ClientOptions, HttpClient, Request, RetryOptions, StatusCode, Transport,
    headers::Headers,
};
use cmk_core::testing::{StaticCredential, loopback_transport};
use cosmos_cmk::{
    AccountId, Cloud, DatabaseAccountsClient, DatabaseAccountsClientOptions, NewDatabaseAccount,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use wiremock::{
    Mock, MockBuilder, MockServer, Respond, ResponseTemplate,
    matchers::{any, header, header_exists, method, path},
};

pub(crate) const SUBSCRIPTION: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const CLIENT: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const ACCOUNT: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/acct-1";
pub(crate) const IDENTITY: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1";
pub(crate) const OTHER_IDENTITY: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id2";
pub(crate) const KEY: &str = "https://customer.vault.azure.net/keys/cosmos";
/// The query of every request that is ours. Polling URLs bring their own.
pub(crate) const VERSION: &str = "api-version=2026-03-15";
pub(crate) const POLL: &str = "https://management.azure.com/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.DocumentDB/locations/eastus2/operationsStatus/33333333-3333-4333-8333-333333333333?api-version=2026-03-15&t=1&c=2&s=3&h=4";

pub(crate) fn account_id() -> AccountId {
    ACCOUNT.parse().unwrap()
}

/// The plain cross-tenant account.
pub(crate) fn new_account() -> NewDatabaseAccount {
    NewDatabaseAccount::new(
        "East US 2".parse().unwrap(),
        IDENTITY.parse().unwrap(),
        CLIENT.parse().unwrap(),
        KEY.parse().unwrap(),
    )
}

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

/// A request to Resource Manager with a token, an id of the request, and exactly this query.
pub(crate) fn request(verb: &str, at: &str, query: &'static str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(at))
        .and(header("host", "management.azure.com"))
        .and(header("authorization", "Bearer token"))
        .and(header("accept", "application/json"))
        .and(header_exists("x-ms-client-request-id"))
        .and(move |request: &wiremock::Request| request.url.query() == Some(query))
}

/// An answer with this JSON, written out.
pub(crate) fn json(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.as_bytes(), "application/json")
}

pub(crate) fn client_at(server: &MockServer) -> DatabaseAccountsClient {
    client_over(loopback_transport(&server.uri()).unwrap())
}

/// Reads are not repeated, so that no test on real sockets waits.
pub(crate) fn client_over(transport: Transport) -> DatabaseAccountsClient {
    let options = Some(options_over(transport));
    DatabaseAccountsClient::new(Cloud::Public, StaticCredential::new("token"), options).unwrap()
}

fn options_over(transport: Transport) -> DatabaseAccountsClientOptions {
    DatabaseAccountsClientOptions {
        client_options: ClientOptions {
            transport: Some(transport),
            retry: RetryOptions::none(),
            ..Default::default()
        },
        ..Default::default()
    }
}

/// An answer of [`Canned`]: status, headers, body.
pub(crate) type CannedAnswer = (u16, Vec<(&'static str, &'static str)>, Vec<u8>);

/// A transport that answers from a list and counts the calls: no sockets.
#[derive(Debug)]
pub(crate) struct Canned {
    answers: Mutex<VecDeque<CannedAnswer>>,
    calls: Mutex<Vec<String>>,
}

impl Canned {
    pub(crate) fn new(answers: impl IntoIterator<Item = CannedAnswer>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            calls: Mutex::new(Vec::new()),
        })
    }

    pub(crate) fn options(self: &Arc<Self>) -> DatabaseAccountsClientOptions {
        options_over(Transport::new(Arc::clone(self) as Arc<dyn HttpClient>))
    }

    pub(crate) fn client(self: &Arc<Self>) -> DatabaseAccountsClient {
        client_over(Transport::new(Arc::clone(self) as Arc<dyn HttpClient>))
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
            .push(format!("{} {}", request.method(), request.url().path()));
        let (status, given, body) =
            self.answers
                .lock()
                .unwrap()
                .pop_front()
                .unwrap_or((501, Vec::new(), Vec::new()));
        let mut headers = Headers::new();
        for (name, value) in given {
            headers.insert(name, value);
        }
        Ok(AsyncRawResponse::from_bytes(
            StatusCode::from(status),
            headers,
            body,
        ))
    }
}
