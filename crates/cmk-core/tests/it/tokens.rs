//! Tokens that are refused, and tokens that are not to be had.

use crate::{
    script::{Reply, Script},
    server::options,
    transport::put,
};
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
    http::{Body, Method, headers::HeaderName},
    time::OffsetDateTime,
};
use cmk_core::{
    ArmClient, ArmClientOptions, Cloud, Hint, Kind,
    send::{Authority, Connection, ConnectionSpec},
};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Gives out tokens `t1`, `t2` … up to a last one, which it keeps.
#[derive(Debug)]
struct Tokens {
    given: AtomicUsize,
    last: usize,
}

#[async_trait::async_trait]
impl TokenCredential for Tokens {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let number = (self.given.fetch_add(1, Ordering::Relaxed) + 1).min(self.last);
        let expires = OffsetDateTime::now_utc() + azure_core::time::Duration::hours(1);
        Ok(AccessToken::new(format!("t{number}"), expires))
    }
}

async fn put_with_tokens(
    last: usize,
    replies: impl IntoIterator<Item = Reply>,
) -> (cmk_core::Result<cmk_core::ResourceGroup>, Vec<String>) {
    let script = Script::new(replies);
    let options = ArmClientOptions {
        client_options: options(script.transport()),
        ..Default::default()
    };
    let credential = Arc::new(Tokens {
        given: AtomicUsize::new(0),
        last,
    });
    let client = ArmClient::new(Cloud::Public, credential, Some(options)).unwrap();
    let result = put(&client).await;
    let tokens = script.requests().into_iter().map(|request| {
        let body: serde_json::Value = match request.body() {
            Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap(),
            Body::SeekableStream(_) => panic!("a stream"),
        };
        assert_eq!(body, json!({ "location": "westeurope" }));
        let header = HeaderName::from_static("authorization");
        request.headers().get_str(&header).unwrap().to_owned()
    });
    (result, tokens.collect())
}

const EXPIRED: &str =
    r#"{"error":{"code":"ExpiredAuthenticationToken","message":"The access token has expired."}}"#;

#[tokio::test]
async fn a_refused_token_is_refreshed_once_also_for_a_write() {
    let group = json!({ "name": "rg", "location": "westeurope" }).to_string();
    let replies = [Reply::json(401, EXPIRED), Reply::json(201, &group)];
    let (made, tokens) = put_with_tokens(9, replies).await;
    assert_eq!(made.unwrap().name, "rg");
    assert_eq!(tokens, ["Bearer t1", "Bearer t2"]);

    let replies = [Reply::json(401, EXPIRED), Reply::json(401, EXPIRED)];
    let (made, tokens) = put_with_tokens(9, replies).await;
    let error = made.unwrap_err();
    assert_eq!(
        (error.kind(), error.hint()),
        (Kind::Unauthenticated, Some(Hint::Permanent))
    );
    assert_eq!(tokens, ["Bearer t1", "Bearer t2"]);
}

#[tokio::test]
async fn the_token_that_was_refused_is_not_sent_again() {
    let (made, tokens) = put_with_tokens(1, [Reply::json(401, EXPIRED)]).await;
    let error = made.unwrap_err();
    assert_eq!(error.failure().code(), Some("ExpiredAuthenticationToken"));
    assert_eq!(tokens, ["Bearer t1"]);
}

#[tokio::test]
async fn a_second_token_leaves_a_lost_reply_as_unknown_as_the_first() {
    let broken = Reply::Broken(ErrorKind::Io, "reset".to_owned());
    let (made, tokens) = put_with_tokens(9, [Reply::json(401, EXPIRED), broken]).await;
    assert_eq!(made.unwrap_err().kind(), Kind::OutcomeUnknown);
    assert_eq!(tokens.len(), 2);
}

/// A credential that fails as it is told.
#[derive(Debug)]
struct NoToken(MakeError);

type MakeError = fn() -> azure_core::Error;

#[async_trait::async_trait]
impl TokenCredential for NoToken {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        Err((self.0)())
    }
}

#[tokio::test]
async fn without_a_token_nothing_was_sent_and_nothing_is_unknown() {
    let passing = Some(Hint::Transient { after: None });
    let failures: [(MakeError, &str, Kind, Option<Hint>); 4] = [
        // What the token service says is known without a table of the connection's own.
        (
            || {
                azure_core::Error::with_message(
                    ErrorKind::Credential,
                    "AADSTS700016: Application was not found in the directory",
                )
            },
            "put_thing /things/1 failed: AADSTS700016",
            Kind::Unauthenticated,
            Some(Hint::Propagation),
        ),
        (
            || azure_core::Error::with_message(ErrorKind::Other, "AADSTS90055: too many"),
            "put_thing /things/1 failed: AADSTS90055",
            Kind::Throttled,
            passing,
        ),
        (
            || azure_core::Error::with_message(ErrorKind::Other, "please log in"),
            "put_thing /things/1 failed: please log in",
            Kind::Unauthenticated,
            None,
        ),
        (
            || azure_core::Error::with_message(ErrorKind::Io, "connection reset"),
            "put_thing /things/1 failed: connection reset",
            Kind::Unauthenticated,
            passing,
        ),
    ];
    for (failure, text, kind, hint) in failures {
        let script = Script::new([]);
        let connection = Connection::new(ConnectionSpec {
            crate_name: "a-provider",
            crate_version: "1.2.3",
            endpoint: Cloud::Public.resource_manager_endpoint().to_owned(),
            authority: Authority::Credential(Arc::new(NoToken(failure)), "s".to_owned()),
            api_version: None,
            client_request_id_header: "x-ms-client-request-id",
            rules: &[],
            client_options: options(script.transport()),
        })
        .unwrap();
        let error = connection
            .request("put_thing", Method::Put, "/things/1")
            .send()
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.hint()), (kind, hint));
        assert_eq!(error.to_string(), text);
        assert_eq!(script.asked(), Vec::<String>::new());
    }
}
