//! Collections that come in pages: followed to their end, and nowhere else.

use crate::{
    script::{Reply, Script},
    server::{
        ByHost, TOKEN, asked, client, client_over, connection_over, options, start, subscription,
    },
};
use azure_core::http::Method;
use cmk_core::{
    Kind, PermissionsApi as _, Scope,
    send::{Authority, Connection, ConnectionSpec},
    testing::StaticCredential,
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path, query_param, query_param_is_missing},
};

const PERMISSIONS: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/permissions";

fn scope() -> Scope {
    Scope::Subscription(subscription())
}

async fn first_page(server: &MockServer, body: Value) {
    Mock::given(method("GET"))
        .and(path(PERMISSIONS))
        .and(query_param_is_missing("$skiptoken"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

#[tokio::test]
async fn an_empty_page_with_a_next_link_is_not_the_end() {
    let server = start().await;
    let link = format!("https://management.azure.com{PERMISSIONS}?$skiptoken=a%2Bb&x=1");
    first_page(&server, json!({ "value": [], "nextLink": link })).await;
    Mock::given(method("GET"))
        .and(path(PERMISSIONS))
        .and(query_param("$skiptoken", "a+b"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({ "value": [{ "actions": ["*"] }], "nextLink": "" })),
        )
        .mount(&server)
        .await;
    let granted = client(&server).get_permissions(&scope()).await.unwrap();
    assert_eq!(granted.sets.len(), 1);
    assert_eq!(
        asked(&server).await,
        [
            format!("GET {PERMISSIONS}?api-version=2022-04-01"),
            // As it came: no second api-version, nothing decoded and encoded anew.
            format!("GET {PERMISSIONS}?$skiptoken=a%2Bb&x=1"),
        ]
    );
}

#[tokio::test]
async fn a_next_link_to_another_host_gets_no_request_and_no_token() {
    for link in [
        "https://stranger.example/next",
        "https://management.azure.com.stranger.example/next",
        "https://management.azure.com@stranger.example/next",
        "https://someone@management.azure.com/next",
        "//stranger.example/next",
        "https:\\\\stranger.example\\next",
        "http://management.azure.com/next",
        "https://management.azure.com:8443/next",
    ] {
        let (azure, stranger) = (start().await, start().await);
        first_page(&azure, json!({ "value": [], "nextLink": link })).await;
        let client = client_over(ByHost::transport(&azure, &stranger));
        let error = client.get_permissions(&scope()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest, "{link}");
        assert_eq!(asked(&azure).await.len(), 1, "{link}");
        assert_eq!(asked(&stranger).await, Vec::<String>::new(), "{link}");
    }
}

/// The control of the test above: a request to another host would be counted.
#[tokio::test]
async fn the_second_server_counts_what_goes_to_other_hosts() {
    let (azure, stranger) = (start().await, start().await);
    let connection = Connection::new(ConnectionSpec {
        crate_name: "a-provider",
        crate_version: "1.2.3",
        endpoint: String::from("https://stranger.example"),
        authority: Authority::Credential(StaticCredential::new(TOKEN), String::from("s/.default")),
        api_version: None,
        client_request_id_header: "x-ms-client-request-id",
        rules: &[],
        client_options: options(ByHost::transport(&azure, &stranger)),
    })
    .unwrap();
    let error = connection
        .request("get_next", Method::Get, "/next")
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.failure().status(), Some(501));
    assert_eq!(asked(&stranger).await, ["GET /next"]);
    assert_eq!(asked(&azure).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_relative_next_link_stays_on_the_host() {
    let server = start().await;
    first_page(
        &server,
        json!({ "value": [], "nextLink": format!("{PERMISSIONS}?$skiptoken=2") }),
    )
    .await;
    Mock::given(query_param("$skiptoken", "2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "value": [{}] })))
        .mount(&server)
        .await;
    let granted = client(&server).get_permissions(&scope()).await.unwrap();
    assert_eq!(granted.sets.len(), 1);
}

#[tokio::test]
async fn pages_that_link_in_a_circle_end_in_an_error() {
    let server = start().await;
    let link = format!("https://management.azure.com{PERMISSIONS}");
    first_page(&server, json!({ "value": [], "nextLink": link })).await;
    let error = client(&server).get_permissions(&scope()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
    assert_eq!(
        error.failure().message(),
        Some("the pages of the collection do not end")
    );
    assert_eq!(asked(&server).await.len(), 2);
}

#[tokio::test]
async fn a_page_without_value_is_no_empty_collection() {
    for body in [json!({}), json!({ "error": { "code": "Odd" } }), json!([])] {
        let server = start().await;
        first_page(&server, body.clone()).await;
        let error = client(&server).get_permissions(&scope()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Other, "{body}");
        assert_eq!(
            error.failure().message(),
            Some("the answer could not be read")
        );
    }
}

#[tokio::test]
async fn a_page_that_fails_fails_the_list() {
    let server = start().await;
    let link = format!("https://management.azure.com{PERMISSIONS}?$skiptoken=2");
    first_page(
        &server,
        json!({ "value": [{ "actions": ["*"] }], "nextLink": link }),
    )
    .await;
    let error = client(&server).get_permissions(&scope()).await.unwrap_err();
    assert_eq!(error.failure().status(), Some(501));
    assert_eq!(error.failure().operation(), "get_permissions");
}

#[tokio::test]
async fn headers_of_the_first_request_go_with_every_page() {
    let script = Script::new([
        Reply::json(
            200,
            r#"{"value":[1],"@odata.nextLink":"https://management.azure.com/things?page=2"}"#,
        ),
        Reply::json(200, r#"{"value":[2]}"#),
    ]);
    let connection = connection_over(script.transport());
    let first = connection
        .request("list_things", Method::Get, "/things")
        .header("consistencylevel", "eventual");
    let things = connection.list::<u8>(first).await.unwrap();
    assert_eq!(things.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 2]);
    let levels: Vec<_> = script
        .requests()
        .iter()
        .map(|request| {
            let mut headers = request.headers().iter();
            headers
                .find(|(name, _)| name.as_str() == "consistencylevel")
                .map(|(_, value)| value.as_str().to_owned())
        })
        .collect();
    assert_eq!(
        levels,
        [Some("eventual".to_owned()), Some("eventual".to_owned())]
    );
}

#[tokio::test]
async fn an_odd_item_is_kept_apart_from_the_others() {
    let page = json!({ "value": ["a", 7, null, "b"] }).to_string();
    let connection = connection_over(Script::new([Reply::json(200, &page)]).transport());
    let listed = connection
        .list_tolerantly::<String>(connection.request("list_things", Method::Get, "/things"))
        .await
        .unwrap();
    let items: Vec<&str> = listed.items.iter().map(|(item, _)| item.as_str()).collect();
    assert_eq!(items, ["a", "b"]);
    let odd: Vec<&Value> = listed.unreadable.iter().map(|it| it.value()).collect();
    assert_eq!(odd, [&json!(7), &json!(null)]);
}

#[tokio::test]
async fn an_array_is_no_page_whatever_stands_in_it() {
    for body in ["[[], null]", "[[{}], null]", "[]", "\"value\"", "null"] {
        let connection = connection_over(Script::new([Reply::json(200, body)]).transport());
        let error = connection
            .list::<Value>(connection.request("list_things", Method::Get, "/things"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Other, "{body}");
    }
}
