//! Bodies of any size and depth: read up to a bound, on success and on error, and kept up to a smaller one.

use crate::{
    script::{Reply, Script},
    server::{client_over, connection_over, subscription},
    transport::put,
};
use azure_core::{
    Bytes,
    http::{
        AsyncRawResponse, HttpClient, Method, Request, StatusCode, Transport, headers::Headers,
    },
};
use cmk_core::{
    Error, Kind, ResourceGroup, ResourceGroupsApi as _, ServiceError,
    lro::{OperationHandle, OperationsApi as _, Progress},
};
use futures::stream;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

const MIB: usize = 1024 * 1024;

/// Answers every request with a body that never ends, and counts what was taken of it.
#[derive(Debug)]
struct Endless {
    status: u16,
    requests: AtomicUsize,
    taken: Arc<AtomicUsize>,
}

impl Endless {
    fn new(status: u16) -> Arc<Self> {
        Arc::new(Self {
            status,
            requests: AtomicUsize::new(0),
            taken: Arc::default(),
        })
    }

    fn transport(self: &Arc<Self>) -> Transport {
        let client: Arc<Self> = Arc::clone(self);
        Transport::new(client)
    }
}

#[async_trait::async_trait]
impl HttpClient for Endless {
    async fn execute_request(&self, _: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let taken = Arc::clone(&self.taken);
        let chunk = Bytes::from(vec![b' '; 64 * 1024]);
        let body = stream::repeat_with(move || {
            taken.fetch_add(chunk.len(), Ordering::Relaxed);
            Ok(chunk.clone())
        });
        Ok(AsyncRawResponse::new(
            StatusCode::from(self.status),
            Headers::new(),
            Box::pin(body),
        ))
    }
}

async fn read(transport: Transport) -> cmk_core::Result<ResourceGroup> {
    client_over(transport)
        .get_resource_group(subscription(), &"rg".parse().unwrap())
        .await
}

#[tokio::test]
async fn a_stream_that_never_ends_is_given_up_after_its_bound() {
    let endless = Endless::new(200);
    let error = read(endless.transport()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
    assert!(format!("{error:?}").contains("larger than"), "{error:?}");
    let requests = endless.requests.load(Ordering::Relaxed);
    assert_eq!(requests, 1, "not asked for again");
    assert!(endless.taken.load(Ordering::Relaxed) <= 17 * MIB);

    // After a write nobody knows what was done.
    let error = put(&client_over(Endless::new(201).transport()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
}

#[tokio::test]
async fn an_error_whose_body_never_ends_is_still_that_error() {
    for (status, kind) in [
        (403, Kind::Forbidden),
        (404, Kind::NotFound),
        (400, Kind::InvalidRequest),
    ] {
        let endless = Endless::new(status);
        let error = put(&client_over(endless.transport())).await.unwrap_err();
        assert_eq!(
            (error.failure().status(), error.kind()),
            (Some(status), kind)
        );
        assert!(endless.taken.load(Ordering::Relaxed) <= 2 * MIB);
    }
}

fn nested(open: &str, close: &str) -> String {
    open.repeat(100_000) + "1" + &close.repeat(100_000)
}

#[tokio::test]
async fn a_body_that_is_nested_without_measure_is_no_json() {
    for body in [
        nested("[", "]"),
        nested("{\"error\":", "}"),
        nested("[{\"value\":", "}]"),
    ] {
        let answer = |status| Script::new([Reply::json(status, &body)]).transport();
        let error = read(answer(200)).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Other);
        assert_eq!(
            error.failure().message(),
            Some("the answer could not be read")
        );
        let error = read(answer(409)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.failure().code()),
            (Kind::Conflict, None)
        );
        assert!(shown(&error).len() < 32 * 1024, "{}", shown(&error).len());
        assert_eq!(
            ServiceError::parse(body.as_bytes()).inner_codes().count(),
            0
        );

        let connection = connection_over(answer(200));
        let listed = connection
            .list::<serde_json::Value>(connection.request("list_things", Method::Get, "/things"))
            .await;
        assert_eq!(listed.unwrap_err().kind(), Kind::Other);
    }
}

#[tokio::test]
async fn pages_that_are_too_long_together_are_given_up() {
    let page = |number: usize| {
        let filler = "x".repeat(15 * MIB);
        Reply::json(
            200,
            &format!(
                r#"{{"value":["{filler}"],"nextLink":"https://management.azure.com/things?page={number}"}}"#
            ),
        )
    };
    let script = Script::new((1..9).map(page));
    let connection = connection_over(script.transport());
    let error = connection
        .list::<serde_json::Value>(connection.request("list_things", Method::Get, "/things"))
        .await
        .unwrap_err();
    assert_eq!(
        error.failure().message(),
        Some("the collection is larger than can be read")
    );
    assert_eq!(script.asked().len(), 5);
}

#[tokio::test]
async fn no_more_is_kept_of_a_status_and_of_a_number_than_of_a_word() {
    let long = "7".repeat(MIB);
    let handle: OperationHandle = serde_json::from_str(
        r#"{"operation":"write_account","resource":"/subscriptions/s/a1","apiVersion":"2025-01-01","deletes":false,
            "poll":{"asyncOperation":"https://management.azure.com/status/op1"}}"#,
    )
    .unwrap();
    let script = Script::new([Reply::json(200, &format!(r#"{{"status":"{long}"}}"#))]);
    let progress = client_over(script.transport())
        .poll_operation(&handle)
        .await;
    match progress.unwrap() {
        Progress::Running { status, .. } => assert_eq!(status.len(), 128),
        other => panic!("{other:?}"),
    }
    let body = format!(r#"{{"error":"invalid_client","error_description":"AADSTS{long}: x"}}"#);
    let error = ServiceError::parse(body.as_bytes());
    assert_eq!(error.finest_code().unwrap().len(), "AADSTS".len() + 20);
}

/// Everything that an error shows.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text += &format!(" {inner} {inner:?}");
        source = inner.source();
    }
    text
}

#[tokio::test]
async fn what_cannot_be_read_is_not_quoted() {
    // A text where another type belongs, by itself, in a list, and in a list that is read tolerantly.
    let secret = "a-secret\", expected \"of-the-body";
    let body = serde_json::json!({ "name": "rg", "location": "l", "tags": secret }).to_string();
    let error = read(Script::new([Reply::json(200, &body)]).transport())
        .await
        .unwrap_err();
    let text = shown(&error);
    assert!(
        text.contains("invalid type: a string, expected a map"),
        "{text}"
    );
    assert!(
        !text.contains("a-secret") && !text.contains("of-the-body"),
        "{text}"
    );

    let page = serde_json::json!({ "value": secret.repeat(10_000) }).to_string();
    let connection = connection_over(Script::new([Reply::json(200, &page)]).transport());
    let error = connection
        .list::<u8>(connection.request("list_things", Method::Get, "/things"))
        .await
        .unwrap_err();
    let text = shown(&error);
    assert!(!text.contains("a-secret"), "{}", text.len());
    assert!(text.contains("expected a sequence"), "{text}");
}
