//! Hosts that a service names and that are not the pinned one: how many requests arrive there is counted, and it is none.

use crate::server::{ByHost, asked, client_over, connection_over, start};
use azure_core::http::{AsyncRawResponse, Context, Method, Request, Url};
use cmk_core::{
    ResourceGroupsApi as _, default_transport,
    lro::{self, OperationHandle, Progress},
};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

const STRANGE: [&str; 6] = [
    "https://stranger.example/operations/1",
    "https://management.azure.com.stranger.example/operations/1",
    "https://management.azure.com@stranger.example/operations/1",
    "https://management.azure.com:8443/operations/1",
    "http://management.azure.com/operations/1",
    "//stranger.example/operations/1",
];

/// Azure, and whoever answers on every other host.
struct Hosts {
    azure: MockServer,
    stranger: MockServer,
}

impl Hosts {
    async fn start() -> Self {
        Self {
            azure: start().await,
            stranger: start().await,
        }
    }

    async fn answers(&self, verb: &str, place: &str, answer: ResponseTemplate) {
        Mock::given(method(verb))
            .and(path(place))
            .respond_with(answer)
            .mount(&self.azure)
            .await;
    }

    async fn assert_nothing_strange(&self, azure: usize, what: &str) {
        assert_eq!(asked(&self.azure).await.len(), azure, "{what}");
        assert_eq!(asked(&self.stranger).await, Vec::<String>::new(), "{what}");
    }
}

#[tokio::test]
async fn an_operation_is_followed_to_no_other_host_after_the_write() {
    for header in ["azure-asyncoperation", "location"] {
        for link in STRANGE {
            let hosts = Hosts::start().await;
            let taken = ResponseTemplate::new(202).insert_header(header, link);
            hosts.answers("PUT", "/things/1", taken).await;
            let connection = connection_over(ByHost::transport(&hosts.azure, &hosts.stranger));
            let answer = connection
                .request("write_thing", Method::Put, "/things/1")
                .json(&json!({}))
                .send()
                .await
                .unwrap();
            let handle = OperationHandle::from_answer(
                &connection,
                "write_thing",
                &answer,
                "/things/1",
                "2025-01-01",
                false,
            );
            assert!(handle.is_err(), "{header}: {link}");
            hosts.assert_nothing_strange(1, link).await;
        }
    }
}

#[tokio::test]
async fn an_operation_is_followed_to_no_other_host_that_a_poll_names() {
    for (name, header) in [
        ("asyncOperation", "azure-asyncoperation"),
        ("location", "location"),
    ] {
        for link in STRANGE {
            let hosts = Hosts::start().await;
            let moved = ResponseTemplate::new(202)
                .insert_header(header, link)
                .set_body_json(json!({ "status": "Running" }));
            hosts.answers("GET", "/operations/1", moved).await;
            let connection = connection_over(ByHost::transport(&hosts.azure, &hosts.stranger));
            let handle: OperationHandle = serde_json::from_value(json!({
                "operation": "write_thing",
                "resource": "/things/1",
                "apiVersion": "2025-01-01",
                "deletes": false,
                "poll": { name: "https://management.azure.com/operations/1" },
            }))
            .unwrap();
            let polled = lro::poll(&connection, &[], &handle).await;
            assert!(
                !matches!(polled, Ok(Progress::Running { .. } | Progress::Done)),
                "{header}: {link}"
            );
            hosts.assert_nothing_strange(1, link).await;
        }
    }
}

#[tokio::test]
async fn a_redirect_is_followed_by_no_read_and_no_write() {
    for status in [301, 302, 303, 307, 308] {
        let hosts = Hosts::start().await;
        let away = ResponseTemplate::new(status)
            .insert_header("location", "https://stranger.example/resourcegroups/rg");
        for verb in ["GET", "PUT"] {
            Mock::given(method(verb))
                .respond_with(away.clone())
                .mount(&hosts.azure)
                .await;
        }
        let client = client_over(ByHost::transport(&hosts.azure, &hosts.stranger));
        let (subscription, group) = (crate::server::subscription(), "rg".parse().unwrap());
        let error = client
            .get_resource_group(subscription, &group)
            .await
            .unwrap_err();
        assert_eq!(error.failure().status(), Some(status));
        let error = crate::transport::put(&client).await.unwrap_err();
        assert_eq!(error.failure().status(), Some(status));
        hosts.assert_nothing_strange(2, "redirect").await;
    }
}

/// The transport that clients get when they are given none, between two real sockets.
#[tokio::test]
async fn the_default_transport_follows_no_redirect() {
    let (first, second) = (start().await, start().await);
    for status in [301, 302, 303, 307, 308] {
        Mock::given(path(format!("/{status}")))
            .respond_with(
                ResponseTemplate::new(status)
                    .insert_header("location", format!("{}/elsewhere", second.uri())),
            )
            .mount(&first)
            .await;
        let url = Url::parse(&format!("{}/{status}", first.uri())).unwrap();
        let mut request = Request::new(url, Method::Get);
        request.insert_header("authorization", "Bearer t");
        let answer: AsyncRawResponse = default_transport()
            .unwrap()
            .send(&Context::new(), &mut request)
            .await
            .unwrap();
        assert_eq!(u16::from(answer.status()), status);
    }
    assert_eq!(asked(&first).await.len(), 5);
    assert_eq!(asked(&second).await, Vec::<String>::new());
}
