//! What must not be seen: tokens, bodies and the URLs of operations, in no `Debug` and in no error.

use crate::{
    script::{Reply, Script},
    server::{TOKEN, client, client_over, connection_over, start, subscription},
};
use azure_core::{error::ErrorKind, http::Method};
use cmk_core::{
    Error, Kind, ResourceGroupsApi as _,
    lro::{OperationHandle, OperationsApi as _},
    testing::{StaticCredential, loopback_transport},
};
use std::error::Error as StdError;
use wiremock::{Mock, ResponseTemplate, matchers::method};

/// Everything that an error shows, to whoever prints it and its sources.
fn all_of(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {:?}", error.help());
    let mut source = error.source();
    while let Some(inner) = source {
        text += &format!(" {inner} {inner:?}");
        source = inner.source();
    }
    text
}

#[tokio::test]
async fn no_debug_holds_the_token() {
    let server = start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(403).set_body_string("the body"))
        .mount(&server)
        .await;
    let client = client(&server);
    let error = client
        .get_resource_group(subscription(), &"rg".parse().unwrap())
        .await
        .unwrap_err();
    // The token was sent, so the client holds it by now.
    let sent = server.received_requests().await.unwrap();
    assert_eq!(sent[0].headers["authorization"], format!("Bearer {TOKEN}"));
    let connection = connection_over(loopback_transport(&server.uri()).unwrap());
    let request = connection.request("get_thing", Method::Get, "/things");
    for shown in [
        format!("{client:?} {client:#?}"),
        format!("{connection:?} {request:?}"),
        format!("{:?}", StaticCredential::new(TOKEN)),
        all_of(&error),
    ] {
        assert!(!shown.contains(TOKEN), "{shown}");
    }
}

#[tokio::test]
async fn an_answers_debug_holds_no_body_and_no_header() {
    let script =
        Script::new([Reply::json(200, r#"{"key":"in the body"}"#).with("x-secret", "in a header")]);
    let answer = connection_over(script.transport())
        .request("get_thing", Method::Get, "/things")
        .send()
        .await
        .unwrap();
    let received = answer.received().unwrap();
    assert_eq!(received.pointer("/key").unwrap(), "in the body");
    assert_eq!(answer.header("x-secret"), Some("in a header"));
    let shown = format!("{answer:?} {received:?}");
    assert!(
        !shown.contains("in the body") && !shown.contains("in a header"),
        "{shown}"
    );
}

const HANDLE: &str = r#"{
    "operation": "write_account", "resource": "/subscriptions/s/a1", "apiVersion": "2025-01-01", "deletes": false,
    "poll": { "asyncOperation": "https://management.azure.com/status/op1?t=1&s=signature" }
}"#;

#[tokio::test]
async fn the_error_of_a_poll_does_not_show_the_signature_of_its_url() {
    let handle: OperationHandle = serde_json::from_str(HANDLE).unwrap();
    // What reqwest says, word for word.
    let text =
        "error sending request for url (https://management.azure.com/status/op1?t=1&s=signature)";
    let broken = || Reply::Broken(ErrorKind::Io, text.to_owned());
    let script = Script::new([broken(), broken(), broken()]);
    let error = client_over(script.transport())
        .poll_operation(&handle)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
    let shown = all_of(&error);
    assert!(
        shown.contains("error sending request"),
        "the cause is told: {shown}"
    );
    assert!(!shown.contains("signature"), "{shown}");
}

#[tokio::test]
async fn a_real_transports_error_does_not_show_it_either() {
    let handle: OperationHandle = serde_json::from_str(HANDLE).unwrap();
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let client = client_over(loopback_transport(&format!("http://{address}")).unwrap());
    let error = client.poll_operation(&handle).await.unwrap_err();
    let shown = all_of(&error);
    assert!(shown.contains("no connection could be made"), "{shown}");
    assert!(!shown.contains("signature"), "{shown}");
}
