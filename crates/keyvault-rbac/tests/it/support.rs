//! One local server that plays Resource Manager and a vault, and a transport without sockets.

use azure_core::{
    Error,
    credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
    http::{
        AsyncRawResponse, ClientOptions, HttpClient, Request, RetryOptions, StatusCode, Transport,
        headers::Headers,
    },
    time::{Duration, OffsetDateTime},
};
use cmk_core::testing::{StaticCredential, loopback_transport};
use keyvault_rbac::{
    ChallengeClient, ChallengeClientOptions, Cloud, KeyClient, KeyClientOptions, KeyName,
    KeyVersion, RoleClient, RoleClientOptions, VaultClient, VaultClientOptions, VaultId,
};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex},
};
use wiremock::{
    Mock, MockBuilder, MockServer, Respond, ResponseTemplate,
    matchers::{any, header, header_exists, method, path},
};

pub(crate) const SUBSCRIPTION: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const TENANT: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const PRINCIPAL: &str = "33333333-3333-4333-8333-333333333333";
pub(crate) const ASSIGNMENT: &str = "44444444-4444-4444-8444-444444444444";
pub(crate) const VAULT: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-cmk";
pub(crate) const PROVIDER: &str =
    "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.KeyVault";
pub(crate) const VAULT_HOST: &str = "contoso-cmk.vault.azure.net";
pub(crate) const KEY: &str = "https://contoso-cmk.vault.azure.net/keys/cosmos";
pub(crate) const KEY_VERSION: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const OTHER_VERSION: &str = "fedcba9876543210fedcba9876543210";

/// The query of requests about vaults and keys over Resource Manager.
pub(crate) const VAULTS: &str = "api-version=2026-02-01";
/// The query of requests about roles.
pub(crate) const ROLES: &str = "api-version=2022-04-01";
/// The query of requests to a vault.
pub(crate) const KEYS: &str = "api-version=2026-04-01";

pub(crate) fn vault_id() -> VaultId {
    VAULT.parse().unwrap()
}

pub(crate) fn key_name() -> KeyName {
    "cosmos".parse().unwrap()
}

pub(crate) fn version() -> KeyVersion {
    KEY_VERSION.parse().unwrap()
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
pub(crate) fn arm(verb: &str, at: &str, query: &'static str) -> MockBuilder {
    request("management.azure.com", verb, at, query).and(header("authorization", "Bearer token"))
}

/// A request to the vault with a token, an id of the request, and the api-version of keys.
pub(crate) fn data(verb: &str, at: &str) -> MockBuilder {
    request(VAULT_HOST, verb, at, KEYS).and(header("authorization", "Bearer token"))
}

/// A request to this host with an id of the request, and exactly this query.
pub(crate) fn request(host: &str, verb: &str, at: &str, query: &'static str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(at))
        .and(header("host", host))
        .and(header("accept", "application/json"))
        .and(header_exists("x-ms-client-request-id"))
        .and(move |request: &wiremock::Request| request.url.query() == Some(query))
}

/// That a request has no body.
pub(crate) fn no_body(request: &wiremock::Request) -> bool {
    request.body.is_empty() && !request.headers.contains_key("content-type")
}

/// That a request has this body, as JSON.
pub(crate) fn sends(body: serde_json::Value) -> impl wiremock::Match {
    move |request: &wiremock::Request| {
        request
            .headers
            .get("content-type")
            .is_some_and(|kind| kind == "application/json")
            && serde_json::from_slice::<serde_json::Value>(&request.body)
                .is_ok_and(|sent| sent == body)
    }
}

/// An answer with this JSON, written out.
pub(crate) fn json(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.as_bytes(), "application/json")
}

pub(crate) fn vaults_at(server: &MockServer) -> VaultClient {
    vaults_over(loopback_transport(&server.uri()).unwrap())
}

pub(crate) fn vaults_over(transport: Transport) -> VaultClient {
    let options = VaultClientOptions {
        client_options: once(transport),
        ..Default::default()
    };
    VaultClient::new(Cloud::Public, StaticCredential::new("token"), Some(options)).unwrap()
}

pub(crate) fn roles_at(server: &MockServer) -> RoleClient {
    roles_over(loopback_transport(&server.uri()).unwrap())
}

pub(crate) fn roles_over(transport: Transport) -> RoleClient {
    let options = RoleClientOptions {
        client_options: once(transport),
        ..Default::default()
    };
    RoleClient::new(Cloud::Public, StaticCredential::new("token"), Some(options)).unwrap()
}

pub(crate) fn keys_at(server: &MockServer) -> KeyClient {
    keys_over(loopback_transport(&server.uri()).unwrap())
}

pub(crate) fn keys_over(transport: Transport) -> KeyClient {
    keys_of(
        "https://contoso-cmk.vault.azure.net/",
        StaticCredential::new("token"),
        once(transport),
    )
}

pub(crate) fn keys_of(
    vault: &str,
    credential: Arc<dyn TokenCredential>,
    client_options: ClientOptions,
) -> KeyClient {
    let options = KeyClientOptions {
        client_options,
        ..Default::default()
    };
    KeyClient::new(&vault.parse().unwrap(), credential, Some(options)).unwrap()
}

pub(crate) fn challenge_over(transport: Transport) -> ChallengeClient {
    ChallengeClient::new(Some(ChallengeClientOptions {
        client_options: once(transport),
        ..Default::default()
    }))
}

/// Reads are not repeated, so that no test on real sockets waits.
pub(crate) fn once(transport: Transport) -> ClientOptions {
    ClientOptions {
        transport: Some(transport),
        retry: RetryOptions::none(),
        ..Default::default()
    }
}

/// What [`Canned`] answers.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The connection breaks after the request was sent.
    Broken,
    /// The host's name means nothing: no connection is made.
    NoHost,
}

impl From<(u16, &str)> for Reply {
    fn from((status, body): (u16, &str)) -> Self {
        Self::Answer(status, Vec::new(), body.as_bytes().to_vec())
    }
}

/// A transport that answers from a list and keeps what it was asked: no sockets.
pub(crate) struct Canned {
    replies: Mutex<VecDeque<Reply>>,
    calls: Mutex<Vec<String>>,
    tokens: Mutex<Vec<Option<String>>>,
}

impl Canned {
    pub(crate) fn new(replies: impl IntoIterator<Item = impl Into<Reply>>) -> Arc<Self> {
        Arc::new(Self {
            replies: Mutex::new(replies.into_iter().map(Into::into).collect()),
            calls: Mutex::new(Vec::new()),
            tokens: Mutex::new(Vec::new()),
        })
    }

    /// One that must not be asked anything: what it answers is a 501.
    pub(crate) fn silent() -> Arc<Self> {
        Self::new(Vec::<Reply>::new())
    }

    pub(crate) fn transport(self: &Arc<Self>) -> Transport {
        Transport::new(Arc::clone(self) as Arc<dyn HttpClient>)
    }

    /// Method and URL of each request.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// The `Authorization` header of each request.
    pub(crate) fn tokens(&self) -> Vec<Option<String>> {
        self.tokens.lock().unwrap().clone()
    }
}

impl fmt::Debug for Canned {
    /// Not what it keeps: a client shows its transport, and must not be blamed for what the test's own has seen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canned")
    }
}

#[async_trait::async_trait]
impl HttpClient for Canned {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.calls
            .lock()
            .unwrap()
            .push(format!("{} {}", request.method(), request.url()));
        let token = request
            .headers()
            .iter()
            .find(|(name, _)| name.as_str() == "authorization")
            .map(|(_, value)| value.as_str().to_owned());
        self.tokens.lock().unwrap().push(token);
        let reply = self.replies.lock().unwrap().pop_front();
        let (status, given, body) = match reply {
            Some(Reply::Answer(status, given, body)) => (status, given, body),
            Some(Reply::Broken) => {
                return Err(Error::with_message(
                    ErrorKind::Io,
                    "connection reset by peer",
                ));
            }
            Some(Reply::NoHost) => {
                return Err(Error::with_message(
                    ErrorKind::Connection,
                    "dns error: no such host",
                ));
            }
            None => (501, Vec::new(), Vec::new()),
        };
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

/// A credential that keeps the scopes that it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Scopes(Mutex<Vec<String>>);

impl Scopes {
    pub(crate) fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl TokenCredential for Scopes {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        self.0.lock().unwrap().push(scopes.join(" "));
        let expires = OffsetDateTime::now_utc() + Duration::hours(1);
        Ok(AccessToken::new(Secret::new("token"), expires))
    }
}
