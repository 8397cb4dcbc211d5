//! Deleted applications on the wire.

use crate::support::{CLIENT, OBJECT, graph_at, graph_request, json, server};
use entra_graph::{DeletedApplicationsApi as _, Kind};

const LIST: &str = "/v1.0/directory/deletedItems/microsoft.graph.application";
const DELETED: &str = r#"{"value":[
    {"id":"44444444-4444-4444-8444-444444444444","appId":"33333333-3333-4333-8333-333333333333","displayName":"Other","uniqueName":null,"deletedDateTime":"2026-01-01T00:00:00Z"},
    {"id":"22222222-2222-4222-8222-222222222222","appId":"33333333-3333-4333-8333-333333333333","displayName":"CMK","uniqueName":"cmk-contoso","deletedDateTime":"2026-01-02T00:00:00Z"}
]}"#;

#[tokio::test]
async fn deleted_applications_are_listed() {
    let server = server(graph_request("GET", LIST, None), json(200, DELETED), 1).await;
    let all = graph_at(&server)
        .list_deleted_applications(None)
        .await
        .unwrap();
    let names: Vec<_> = all.iter().map(|a| a.display_name.as_str()).collect();
    assert_eq!(names, ["Other", "CMK"]);
}

#[tokio::test]
async fn the_holder_of_a_unique_name_is_found_among_the_deleted() {
    let on = server(graph_request("GET", LIST, None), json(200, DELETED), 2).await;
    let graph = graph_at(&on);
    let name = "cmk-contoso".parse().unwrap();
    let found = graph
        .find_deleted_application(&name)
        .await
        .unwrap()
        .expect("it is listed");
    assert_eq!(found.object_id, OBJECT.parse().unwrap());
    assert_eq!(found.client_id, CLIENT.parse().unwrap());
    assert_eq!(found.deleted.as_deref(), Some("2026-01-02T00:00:00Z"));
    let absent = "cmk-other".parse().unwrap();
    assert_eq!(graph.find_deleted_application(&absent).await.unwrap(), None);
}

#[tokio::test]
async fn an_odd_deleted_application_hides_no_other() {
    let answer = DELETED.replacen("33333333-3333-4333-8333-333333333333", "gone", 1);
    let on = server(graph_request("GET", LIST, None), json(200, &answer), 2).await;
    let graph = graph_at(&on);
    let all = graph.list_deleted_applications(None).await.unwrap();
    let names: Vec<_> = all.iter().map(|a| a.display_name.as_str()).collect();
    assert_eq!(names, ["CMK"]);
    let name = "cmk-contoso".parse().unwrap();
    let found = graph.find_deleted_application(&name).await.unwrap();
    assert_eq!(found.unwrap().object_id, OBJECT.parse().unwrap());
}

#[tokio::test]
async fn an_odd_holder_of_the_name_is_not_taken_for_none() {
    let answer =
        r#"{"value":[{"id":"22222222-2222-4222-8222-222222222222","uniqueName":"cmk-contoso"}]}"#;
    let on = server(graph_request("GET", LIST, None), json(200, answer), 2).await;
    let graph = graph_at(&on);
    let error = graph
        .find_deleted_application(&"cmk-contoso".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
    assert!(error.to_string().contains("cannot be read"), "{error}");
    let absent = "cmk-other".parse().unwrap();
    assert_eq!(graph.find_deleted_application(&absent).await.unwrap(), None);
}

#[tokio::test]
async fn a_deleted_application_is_read_by_its_id() {
    let at = format!("/v1.0/directory/deletedItems/{OBJECT}");
    let answer = r##"{"@odata.type":"#microsoft.graph.application","id":"22222222-2222-4222-8222-222222222222",
        "appId":"33333333-3333-4333-8333-333333333333","displayName":"CMK","uniqueName":"cmk-contoso"}"##;
    let server = server(graph_request("GET", &at, None), json(200, answer), 1).await;
    let found = graph_at(&server)
        .get_deleted_application(OBJECT.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(found.unique_name.as_deref(), Some("cmk-contoso"));
    assert_eq!(found.deleted, None);
}

#[tokio::test]
async fn a_deleted_application_is_restored_without_a_body() {
    let at = format!("/v1.0/directory/deletedItems/{OBJECT}/restore");
    let mock = graph_request("POST", &at, None).and(|r: &wiremock::Request| r.body.is_empty());
    let answer = r#"{"id":"22222222-2222-4222-8222-222222222222"}"#;
    let server = server(mock, json(200, answer), 1).await;
    graph_at(&server)
        .restore_deleted_application(OBJECT.parse().unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn restoring_what_is_not_deleted_is_not_found() {
    let at = format!("/v1.0/directory/deletedItems/{OBJECT}/restore");
    let answer = r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource '22222222-2222-4222-8222-222222222222' does not exist or one of its queried reference-property objects are not present."}}"#;
    let server = server(graph_request("POST", &at, None), json(404, answer), 1).await;
    let error = graph_at(&server)
        .restore_deleted_application(OBJECT.parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.hint()), (Kind::NotFound, None));
}
