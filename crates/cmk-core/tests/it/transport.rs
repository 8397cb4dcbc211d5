//! What is sent again and what is not, when answers are bad or do not come.

use crate::{
    script::{Reply, Script},
    server::{asked, client, client_over, connection_over, start, subscription},
};
use azure_core::{
    error::ErrorKind,
    http::{ClientOptions, Method, RetryOptions},
};
use cmk_core::{
    ArmClient, ArmClientOptions, Cloud, Hint, Kind, ReadRetry, ReadRetryOptions, ResourceGroupName,
    ResourceGroupsApi as _, ResourceProvidersApi as _,
    send::{Authority, Connection, ConnectionSpec},
    testing::{StaticCredential, loopback_transport},
};
use serde_json::json;
use std::{io::Read as _, net::TcpListener, sync::Arc, time::Duration};
use wiremock::{Mock, ResponseTemplate, matchers::method};

fn rg() -> ResourceGroupName {
    "rg".parse().unwrap()
}

pub(crate) async fn put(client: &ArmClient) -> cmk_core::Result<cmk_core::ResourceGroup> {
    client
        .put_resource_group(subscription(), &rg(), &"westeurope".parse().unwrap(), None)
        .await
}

#[tokio::test]
async fn a_get_is_sent_again_on_a_passing_status() {
    for status in [408, 429, 500, 502, 503, 504] {
        let server = start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(status))
            .up_to_n_times(2)
            .mount(&server)
            .await;
        let group = json!({ "name": "rg", "location": "westeurope" });
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(group))
            .mount(&server)
            .await;
        let found = client(&server)
            .get_resource_group(subscription(), &rg())
            .await
            .unwrap();
        assert_eq!(found.name, "rg");
        assert_eq!(asked(&server).await.len(), 3, "{status}");
        let requests = server.received_requests().await.unwrap();
        let ids: Vec<_> = requests
            .iter()
            .map(|request| &request.headers["x-ms-client-request-id"])
            .collect();
        assert!(
            ids.iter().all(|id| *id == ids[0]),
            "one id for one request: {ids:?}"
        );
    }
}

#[tokio::test]
async fn a_get_is_given_up_with_what_the_service_said() {
    let server = start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(503).insert_header("retry-after", "7"))
        .mount(&server)
        .await;
    let error = client(&server)
        .get_resource_group(subscription(), &rg())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
    assert_eq!(
        error.hint(),
        Some(Hint::Transient {
            after: Some(Duration::from_secs(7))
        })
    );
    assert_eq!(
        asked(&server).await.len(),
        1,
        "seven seconds are more than none"
    );
}

/// Clients with the default retry, and a clock that is driven.
fn patient(script: &Arc<Script>, options: ReadRetryOptions) -> ArmClient {
    let retry = RetryOptions::custom(Arc::new(ReadRetry::new(options)));
    let options = ArmClientOptions {
        client_options: ClientOptions {
            transport: Some(script.transport()),
            retry,
            ..Default::default()
        },
        ..Default::default()
    };
    ArmClient::new(Cloud::Public, StaticCredential::new("t"), Some(options)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_asks_for_more_patience_than_there_is_is_handed_back_and_not_sent_early() {
    for (header, value, seconds) in [
        ("retry-after", "61", Some(61)),
        ("retry-after", "2592000", Some(2_592_000)),
        ("x-ms-retry-after-ms", "60001", None),
    ] {
        let script = Script::new([Reply::json(429, "{}").with(header, value)]);
        let error = patient(&script, ReadRetryOptions::default())
            .get_resource_group(subscription(), &rg())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Throttled);
        let after = seconds.map(Duration::from_secs);
        assert_eq!(error.hint(), Some(Hint::Transient { after }), "{value}");
        assert_eq!(script.times(), [0], "{value}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_within_the_bound_is_waited_for_in_full() {
    let options = ReadRetryOptions {
        max_retry_after: Duration::from_secs(300),
        ..Default::default()
    };
    for (options, after) in [(ReadRetryOptions::default(), 60), (options, 300)] {
        let group = json!({ "name": "rg", "location": "westeurope" }).to_string();
        let busy = Reply::json(503, "").with("retry-after", &after.to_string());
        let script = Script::new([busy, Reply::json(200, &group)]);
        let found = patient(&script, options)
            .get_resource_group(subscription(), &rg())
            .await
            .unwrap();
        assert_eq!(found.name, "rg");
        assert_eq!(script.times(), [0, after]);
    }
}

#[tokio::test]
async fn a_get_is_not_sent_again_on_a_lasting_status() {
    for status in [400, 401, 403, 404, 409, 412, 501] {
        let server = start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(status))
            .mount(&server)
            .await;
        let error = client(&server)
            .get_resource_group(subscription(), &rg())
            .await
            .unwrap_err();
        assert_eq!(error.failure().status(), Some(status));
        assert_eq!(asked(&server).await.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_put_is_sent_once_whatever_the_answer() {
    for (status, kind) in [
        (408, Kind::OutcomeUnknown),
        (429, Kind::Throttled),
        (500, Kind::OutcomeUnknown),
        (502, Kind::OutcomeUnknown),
        (503, Kind::OutcomeUnknown),
        (504, Kind::OutcomeUnknown),
    ] {
        let server = start().await;
        Mock::given(method("PUT"))
            .respond_with(ResponseTemplate::new(status))
            .mount(&server)
            .await;
        let error = put(&client(&server)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(asked(&server).await.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = start().await;
    Mock::given(method("GET"))
        .respond_with(
            ResponseTemplate::new(307).insert_header("location", "https://stranger.example/"),
        )
        .mount(&server)
        .await;
    let error = client(&server)
        .get_resource_group(subscription(), &rg())
        .await
        .unwrap_err();
    assert_eq!(error.failure().status(), Some(307));
    assert_eq!(asked(&server).await.len(), 1);
}

/// A server that takes every request and hangs up, and how many it took.
fn hanging_up() -> (String, std::sync::mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (taken, count) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = [0; 1024];
            if stream.read(&mut bytes).unwrap() > 0 && taken.send(()).is_err() {
                return;
            }
        }
    });
    (address, count)
}

#[tokio::test]
async fn a_lost_reply_leaves_the_outcome_unknown_and_the_put_sent_once() {
    let (address, taken) = hanging_up();
    let client = client_over(loopback_transport(&address).unwrap());
    let error = put(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.hint()), (Kind::OutcomeUnknown, None));
    assert_eq!(error.failure().status(), None);
    assert!(error.help().unwrap().starts_with("read the resource"));
    assert_eq!(taken.try_iter().count(), 1);
}

#[tokio::test]
async fn a_lost_reply_to_a_read_is_asked_for_again() {
    let (address, taken) = hanging_up();
    let client = client_over(loopback_transport(&address).unwrap());
    let error = client
        .get_resource_group(subscription(), &rg())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.hint()),
        (Kind::Other, Some(Hint::Transient { after: None }))
    );
    assert_eq!(taken.try_iter().count(), 3);
}

#[tokio::test]
async fn where_no_connection_was_made_nothing_was_sent() {
    // Bound and dropped: nobody listens there any more.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let client = client_over(loopback_transport(&format!("http://{address}")).unwrap());
    let error = put(&client).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.hint()),
        (Kind::Other, Some(Hint::Transient { after: None }))
    );
}

#[tokio::test]
async fn what_is_safe_to_repeat_is_repeated_though_it_writes() {
    let broken = || Reply::Broken(ErrorKind::Io, "reset".to_owned());
    let script = Script::new([broken(), Reply::json(503, ""), Reply::json(204, "")]);
    let accepted = client_over(script.transport())
        .delete_resource_group(subscription(), &rg(), None)
        .await
        .unwrap();
    assert_eq!(accepted.operation, None);
    let registered = r#"{"namespace":"Microsoft.KeyVault","registrationState":"Registered"}"#;
    let script = Script::new([broken(), Reply::json(200, registered)]);
    let provider = client_over(script.transport())
        .register_resource_provider(subscription(), "Microsoft.KeyVault")
        .await
        .unwrap();
    assert_eq!(provider.namespace, "Microsoft.KeyVault");
}

#[tokio::test]
async fn a_delete_that_never_got_an_answer_is_unknown() {
    let broken = || Reply::Broken(ErrorKind::Io, "reset".to_owned());
    let script = Script::new([broken(), broken(), broken()]);
    let error = client_over(script.transport())
        .delete_resource_group(subscription(), &rg(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
}

#[test]
fn an_endpoint_is_an_https_host_and_nothing_else() {
    for endpoint in [
        "http://management.azure.com",
        "https://management.azure.com/path",
        "https://management.azure.com?query",
        "https://management.azure.com#fragment",
        "https://user@management.azure.com",
        "https://:password@management.azure.com",
        "management.azure.com",
        "",
    ] {
        let error = Connection::new(ConnectionSpec {
            crate_name: "a-provider",
            crate_version: "1.2.3",
            endpoint: endpoint.to_owned(),
            authority: Authority::Anonymous,
            api_version: None,
            client_request_id_header: "x-ms-client-request-id",
            rules: &[],
            client_options: Default::default(),
        })
        .unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest, "{endpoint}");
    }
}

#[tokio::test]
async fn one_request_names_its_version_once() {
    let script = Script::new([Reply::json(200, "{}")]);
    connection_over(script.transport())
        .request("get_thing", Method::Get, "/things?$filter=a")
        .query("name", "a b&c=+d")
        .api_version("2024-01-01")
        .send()
        .await
        .unwrap();
    assert_eq!(
        script.asked(),
        [
            "GET https://management.azure.com/things?$filter=a&name=a%20b%26c%3D%2Bd&api-version=2024-01-01"
        ]
    );
}
