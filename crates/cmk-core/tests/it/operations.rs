//! Long-running operations over the wire: which URL is asked, and what each answer means.

use crate::server::{ByHost, asked, client, client_over, connection, connection_over, start};
use azure_core::http::{Method, Transport};
use cmk_core::{
    Kind, Result, arm,
    lro::{OperationHandle, OperationsApi as _, Progress, WaitOptions, poll, wait_until_done},
    testing::loopback_transport,
};
use serde_json::json;
use std::time::Duration;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

const ACCOUNT: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/a1";
const HOST: &str = "https://management.azure.com";
const STATUS: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.DocumentDB/locations/eastus/operationsStatus/op1";
const RESULT: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.DocumentDB/locations/eastus/operationResults/op1";

fn no_pauses() -> WaitOptions {
    WaitOptions {
        deadline: Duration::from_secs(60),
        interval: Duration::ZERO,
        max_interval: Duration::ZERO,
        observer: None,
    }
}

fn at(verb: &str, route: &str) -> wiremock::MockBuilder {
    Mock::given(method(verb)).and(path(route))
}

async fn once(server: &MockServer, verb: &str, route: &str, answer: ResponseTemplate) {
    at(verb, route)
        .respond_with(answer)
        .up_to_n_times(1)
        .mount(server)
        .await;
}

async fn always(server: &MockServer, verb: &str, route: &str, answer: ResponseTemplate) {
    at(verb, route).respond_with(answer).mount(server).await;
}

fn status(word: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "status": word }))
}

fn account(state: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({ "properties": { "provisioningState": state } }))
}

/// Sends a write as the clients of providers do, and reads its operation.
async fn write(transport: Transport, verb: Method) -> Result<Option<OperationHandle>> {
    let connection = connection_over(transport);
    let answer = connection
        .request("write_account", verb, ACCOUNT)
        .send()
        .await?;
    OperationHandle::from_answer(
        &connection,
        "write_account",
        &answer,
        ACCOUNT,
        "2025-01-01",
        verb == Method::Delete,
    )
}

async fn started(
    server: &MockServer,
    verb: Method,
    answer: ResponseTemplate,
) -> Option<OperationHandle> {
    once(server, verb.as_ref(), ACCOUNT, answer).await;
    write(loopback_transport(&server.uri()).unwrap(), verb)
        .await
        .unwrap()
}

async fn put_with_status_url(server: &MockServer) -> OperationHandle {
    let answer =
        account("Creating").insert_header("azure-asyncoperation", format!("{HOST}{STATUS}"));
    started(server, Method::Put, answer).await.unwrap()
}

async fn delete_with_location(server: &MockServer) -> OperationHandle {
    let answer = ResponseTemplate::new(202).insert_header("location", format!("{HOST}{RESULT}"));
    started(server, Method::Delete, answer).await.unwrap()
}

/// What was asked after the write.
async fn polled(server: &MockServer) -> Vec<String> {
    asked(server).await.split_off(1)
}

#[tokio::test]
async fn a_200_with_a_status_url_is_not_done() {
    let server = start().await;
    let handle = put_with_status_url(&server).await;
    for word in ["Enqueued", "Dequeued", "AWordOfItsOwn", "succeeded"] {
        once(&server, "GET", STATUS, status(word)).await;
    }
    let words = poll_to_the_end(&server, handle).await;
    assert_eq!(words, ["Enqueued", "Dequeued", "AWordOfItsOwn"]);
}

async fn poll_to_the_end(server: &MockServer, mut handle: OperationHandle) -> Vec<String> {
    let mut words = Vec::new();
    loop {
        match client(server).poll_operation(&handle).await.unwrap() {
            Progress::Running { status, next, .. } => {
                words.push(status);
                handle = next;
            }
            _ => return words,
        }
    }
}

#[tokio::test]
async fn the_status_url_goes_before_location() {
    let server = start().await;
    let answer = ResponseTemplate::new(202)
        .insert_header("azure-asyncoperation", format!("{HOST}{STATUS}"))
        .insert_header("location", format!("{HOST}{RESULT}"));
    let handle = started(&server, Method::Delete, answer).await.unwrap();
    always(&server, "GET", STATUS, status("Succeeded")).await;
    wait_until_done(&client(&server), &handle, &no_pauses())
        .await
        .unwrap();
    assert_eq!(polled(&server).await, [format!("GET {STATUS}")]);
}

#[tokio::test]
async fn a_200_that_is_still_creating_is_asked_after_at_the_resource() {
    let server = start().await;
    let handle = started(&server, Method::Put, account("Creating"))
        .await
        .unwrap();
    once(&server, "GET", ACCOUNT, account("Updating")).await;
    once(&server, "GET", ACCOUNT, account("Succeeded")).await;
    wait_until_done(&client(&server), &handle, &no_pauses())
        .await
        .unwrap();
    let line = format!("GET {ACCOUNT}?api-version=2025-01-01");
    assert_eq!(polled(&server).await, [line.clone(), line]);
}

#[tokio::test]
async fn what_is_done_has_no_operation() {
    for answer in [
        account("Succeeded"),
        ResponseTemplate::new(200).set_body_json(json!({ "name": "a1" })),
        ResponseTemplate::new(204),
        // The location of what was created, and no operation: only beside a 202 is it one.
        ResponseTemplate::new(201)
            .insert_header("location", ACCOUNT)
            .set_body_json(json!({})),
    ] {
        let server = start().await;
        assert_eq!(started(&server, Method::Put, answer).await, None);
    }
}

#[tokio::test]
async fn location_answers_202_until_the_final_answer() {
    for last in [200, 204] {
        let server = start().await;
        let handle = delete_with_location(&server).await;
        once(&server, "GET", RESULT, ResponseTemplate::new(202)).await;
        once(&server, "GET", RESULT, ResponseTemplate::new(202)).await;
        once(&server, "GET", RESULT, ResponseTemplate::new(last)).await;
        wait_until_done(&client(&server), &handle, &no_pauses())
            .await
            .unwrap();
        assert_eq!(polled(&server).await.len(), 3);
    }
}

#[tokio::test]
async fn a_final_answer_that_shows_a_failed_resource_is_a_failure() {
    let server = start().await;
    let answer = ResponseTemplate::new(202).insert_header("location", format!("{HOST}{RESULT}"));
    let handle = started(&server, Method::Put, answer).await.unwrap();
    always(&server, "GET", RESULT, account("Failed")).await;
    let error = wait_until_done(&client(&server), &handle, &no_pauses())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::OperationFailed);
}

#[tokio::test]
async fn a_final_answer_that_is_still_creating_is_followed_at_the_resource() {
    let server = start().await;
    let answer = ResponseTemplate::new(202).insert_header("location", format!("{HOST}{RESULT}"));
    let handle = started(&server, Method::Put, answer).await.unwrap();
    always(&server, "GET", RESULT, account("Creating")).await;
    always(&server, "GET", ACCOUNT, account("Succeeded")).await;
    wait_until_done(&client(&server), &handle, &no_pauses())
        .await
        .unwrap();
    assert_eq!(
        polled(&server).await,
        [
            format!("GET {RESULT}"),
            format!("GET {ACCOUNT}?api-version=2025-01-01")
        ]
    );
}

#[tokio::test]
async fn an_activated_hsm_is_ready() {
    let server = start().await;
    let handle = started(&server, Method::Put, account("Provisioning"))
        .await
        .unwrap();
    always(&server, "GET", ACCOUNT, account("Activated")).await;
    assert_eq!(
        client(&server).poll_operation(&handle).await.unwrap(),
        Progress::Done
    );
}

#[tokio::test]
async fn the_error_at_location_is_the_failure_of_the_operation() {
    let server = start().await;
    let handle = delete_with_location(&server).await;
    let body = json!({ "error": { "code": "ScopeLocked", "message": "locked" } });
    always(
        &server,
        "GET",
        RESULT,
        ResponseTemplate::new(409).set_body_json(body),
    )
    .await;
    let error = wait_until_done(&client(&server), &handle, &no_pauses())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::OperationFailed);
    assert_eq!(error.failure().code(), Some("ScopeLocked"));
    assert_eq!(error.failure().operation(), "write_account");
}

#[tokio::test]
async fn a_poll_that_gets_503_and_html_says_nothing_of_the_operation() {
    let server = start().await;
    let handle = put_with_status_url(&server).await;
    // One more than the transport tries by itself.
    at("GET", STATUS)
        .respond_with(ResponseTemplate::new(503).set_body_raw("<html>busy</html>", "text/html"))
        .up_to_n_times(3)
        .mount(&server)
        .await;
    once(&server, "GET", STATUS, status("Succeeded")).await;
    wait_until_done(&client(&server), &handle, &no_pauses())
        .await
        .unwrap();
    assert_eq!(polled(&server).await.len(), 4);
}

#[tokio::test]
async fn a_changed_poll_url_replaces_the_old_one() {
    let server = start().await;
    let handle = put_with_status_url(&server).await;
    let other = format!("{STATUS}-moved");
    let moved = status("Enqueued").insert_header("azure-asyncoperation", format!("{HOST}{other}"));
    once(&server, "GET", STATUS, moved).await;
    once(&server, "GET", &other, status("Enqueued")).await;
    once(&server, "GET", &other, status("Succeeded")).await;
    wait_until_done(&client(&server), &handle, &no_pauses())
        .await
        .unwrap();
    assert_eq!(
        polled(&server).await,
        [
            format!("GET {STATUS}"),
            format!("GET {other}"),
            format!("GET {other}")
        ]
    );

    let server = start().await;
    let handle = delete_with_location(&server).await;
    let moved = ResponseTemplate::new(202).insert_header("location", other.as_str());
    once(&server, "GET", RESULT, moved).await;
    once(&server, "GET", &other, ResponseTemplate::new(204)).await;
    wait_until_done(&client(&server), &handle, &no_pauses())
        .await
        .unwrap();
    assert_eq!(
        polled(&server).await,
        [format!("GET {RESULT}"), format!("GET {other}")]
    );
}

#[tokio::test]
async fn a_poll_that_is_refused_is_answered_by_the_resource() {
    for refused in [
        ResponseTemplate::new(403),
        ResponseTemplate::new(404),
        ResponseTemplate::new(400),
        ResponseTemplate::new(409),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_json(json!({ "no": "status" })),
    ] {
        let server = start().await;
        let handle = put_with_status_url(&server).await;
        always(&server, "GET", STATUS, refused).await;
        once(&server, "GET", ACCOUNT, account("Creating")).await;
        once(&server, "GET", ACCOUNT, account("Succeeded")).await;
        wait_until_done(&client(&server), &handle, &no_pauses())
            .await
            .unwrap();
        let reads = polled(&server).await;
        let reads = reads.iter().filter(|line| line.contains(ACCOUNT)).count();
        assert_eq!(reads, 2);
    }
}

#[tokio::test]
async fn a_deletion_is_done_when_the_resource_is_gone() {
    let server = start().await;
    let handle = delete_with_location(&server).await;
    always(&server, "GET", RESULT, ResponseTemplate::new(404)).await;
    // Still there, in whatever state: not yet gone.
    once(&server, "GET", ACCOUNT, account("Deleting")).await;
    once(&server, "GET", ACCOUNT, account("Succeeded")).await;
    once(
        &server,
        "GET",
        ACCOUNT,
        ResponseTemplate::new(200).set_body_json(json!({})),
    )
    .await;
    once(&server, "GET", ACCOUNT, ResponseTemplate::new(404)).await;
    wait_until_done(&client(&server), &handle, &no_pauses())
        .await
        .unwrap();
    assert_eq!(polled(&server).await.len(), 8);
}

#[tokio::test]
async fn a_resource_that_vanished_is_no_success_of_its_creation() {
    let server = start().await;
    let handle = put_with_status_url(&server).await;
    always(&server, "GET", STATUS, ResponseTemplate::new(404)).await;
    always(&server, "GET", ACCOUNT, ResponseTemplate::new(404)).await;
    let error = wait_until_done(&client(&server), &handle, &no_pauses())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
}

#[tokio::test]
async fn a_bad_end_keeps_the_services_own_error() {
    for (word, error, code, message) in [
        (
            "Failed",
            json!({ "code": "BadRequest", "message": "no key\r\nActivityId: 1" }),
            "BadRequest",
            "no key\r\nActivityId: 1",
        ),
        (
            "Canceled",
            json!({ "code": "OperationPreempted", "message": "another came" }),
            "OperationPreempted",
            "another came",
        ),
        (
            "Failed",
            json!(null),
            "Failed",
            "the operation ended Failed",
        ),
    ] {
        let server = start().await;
        let handle = put_with_status_url(&server).await;
        let body = json!({ "status": word, "error": error });
        let answer = ResponseTemplate::new(200)
            .set_body_json(body)
            .insert_header("x-ms-request-id", "r1");
        always(&server, "GET", STATUS, answer).await;
        let error = wait_until_done(&client(&server), &handle, &no_pauses())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::OperationFailed);
        let failure = error.failure();
        assert_eq!(
            (failure.code(), failure.message()),
            (Some(code), Some(message))
        );
        assert_eq!(
            (failure.operation(), failure.target(), failure.request_id()),
            ("write_account", ACCOUNT, Some("r1"))
        );
        // It ended once: it is not asked again.
        assert_eq!(polled(&server).await.len(), 1);
    }
}

#[tokio::test]
async fn a_poll_url_on_another_host_is_refused_when_it_comes() {
    let (azure, stranger) = (start().await, start().await);
    for header in ["azure-asyncoperation", "location"] {
        let answer =
            ResponseTemplate::new(202).insert_header(header, "https://stranger.example/op1");
        once(&azure, "PUT", ACCOUNT, answer).await;
        let error = write(ByHost::transport(&azure, &stranger), Method::Put)
            .await
            .unwrap_err();
        // The write went through: somebody must look what came of it.
        assert_eq!(error.kind(), Kind::OutcomeUnknown, "{header}");
        assert_eq!(error.hint(), None);
    }
    assert_eq!(asked(&stranger).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_poll_url_that_moves_to_another_host_is_refused() {
    let (azure, stranger) = (start().await, start().await);
    let handle = put_with_status_url(&azure).await;
    let moved =
        status("Enqueued").insert_header("azure-asyncoperation", "https://stranger.example/op1");
    always(&azure, "GET", STATUS, moved).await;
    let client = client_over(ByHost::transport(&azure, &stranger));
    let error = wait_until_done(&client, &handle, &no_pauses())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(polled(&azure).await.len(), 1);
    assert_eq!(asked(&stranger).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_stored_handle_with_a_strangers_url_is_refused() {
    let (azure, stranger) = (start().await, start().await);
    let handle = put_with_status_url(&azure).await;
    let stored = serde_json::to_string(&handle).unwrap();
    let forged: OperationHandle =
        serde_json::from_str(&stored.replace(HOST, "https://stranger.example")).unwrap();
    assert_ne!(forged, handle);
    let client = client_over(ByHost::transport(&azure, &stranger));
    let error = client.poll_operation(&forged).await.unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(polled(&azure).await, Vec::<String>::new());
    assert_eq!(asked(&stranger).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_handle_is_stored_read_back_and_says_nothing_of_its_url() {
    let server = start().await;
    // Newer polling URLs carry some kilobytes that must be kept as they are.
    let signature = "aB0%2F".repeat(800);
    let url = format!("{HOST}{STATUS}?api-version=2025-01-01&t=1&s={signature}&h=x%3D");
    let answer = account("Creating").insert_header("azure-asyncoperation", url.as_str());
    let handle = started(&server, Method::Put, answer).await.unwrap();
    let shown = format!("{handle:?}");
    assert!(
        shown.contains("write_account") && shown.contains(ACCOUNT),
        "{shown}"
    );
    assert!(
        !shown.contains("aB0") && !shown.contains("operationsStatus"),
        "{shown}"
    );
    let back: OperationHandle =
        serde_json::from_str(&serde_json::to_string(&handle).unwrap()).unwrap();
    assert_eq!(back, handle);
    always(&server, "GET", STATUS, status("Succeeded")).await;
    let progress = poll(&connection(&server), &[arm::RULES], &back)
        .await
        .unwrap();
    assert_eq!(progress, Progress::Done);
    assert_eq!(
        polled(&server).await,
        [format!("GET {}", url.trim_start_matches(HOST))]
    );
}

#[tokio::test]
async fn retry_after_of_zero_is_told_as_zero() {
    for (value, expected) in [("0", Some(0)), ("15", Some(15)), ("soon", None)] {
        let server = start().await;
        let handle = put_with_status_url(&server).await;
        always(
            &server,
            "GET",
            STATUS,
            status("Enqueued").insert_header("retry-after", value),
        )
        .await;
        let progress = client(&server).poll_operation(&handle).await.unwrap();
        let Progress::Running { retry_after, .. } = progress else {
            panic!("{progress:?}")
        };
        assert_eq!(retry_after, expected.map(Duration::from_secs));
    }
}
