//! What is sent again and what is not, when answers are bad or do not come.

use crate::{
    script::{Reply, Script},
    server::{asked, client, client_over, connection_over, start, subscription},
};
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
    http::Method,
};
use cmk_core::{
    ArmClient, Cloud, Hint, Kind, ResourceGroupName, ResourceGroupsApi as _,
    ResourceProvidersApi as _,
    send::{Authority, Connection, ConnectionSpec},
    testing::loopback_transport,
};
use serde_json::json;
use std::{io::Read as _, net::TcpListener, sync::Arc};
use wiremock::{Mock, ResponseTemplate, matchers::method};

fn rg() -> ResourceGroupName {
    "rg".parse().unwrap()
}

async fn put(client: &ArmClient) -> cmk_core::Result<cmk_core::ResourceGroup> {
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
            after: Some(std::time::Duration::from_secs(7))
        })
    );
    assert_eq!(asked(&server).await.len(), 3);
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
    let failures: [(MakeError, &str, Option<Hint>); 3] = [
        (
            || {
                azure_core::Error::with_message(
                    ErrorKind::Credential,
                    "AADSTS700016: Application was not found in the directory",
                )
            },
            "put_thing /things/1 failed: AADSTS700016",
            None,
        ),
        (
            || azure_core::Error::with_message(ErrorKind::Other, "please log in"),
            "put_thing /things/1 failed: please log in",
            None,
        ),
        (
            || azure_core::Error::with_message(ErrorKind::Io, "connection reset"),
            "put_thing /things/1 failed: connection reset",
            Some(Hint::Transient { after: None }),
        ),
    ];
    for (failure, text, hint) in failures {
        let script = Script::new([]);
        let connection = Connection::new(ConnectionSpec {
            crate_name: "a-provider",
            crate_version: "1.2.3",
            endpoint: Cloud::Public.resource_manager_endpoint().to_owned(),
            authority: Authority::Credential(Arc::new(NoToken(failure)), "s".to_owned()),
            api_version: None,
            client_request_id_header: "x-ms-client-request-id",
            rules: &[],
            client_options: crate::server::options(script.transport()),
        })
        .unwrap();
        let error = connection
            .request("put_thing", Method::Put, "/things/1")
            .send()
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.hint()), (Kind::Unauthenticated, hint));
        assert_eq!(error.to_string(), text);
        assert_eq!(script.asked(), Vec::<String>::new());
    }
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
