//! The wire shape of management locks.

use crate::server::{SUBSCRIPTION, asked, assert_only_request, client, start};
use cmk_core::{Kind, LockLevel, LocksApi as _, ManagementLock, Scope};
use serde_json::{Value, json};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{method, query_param, query_param_is_missing},
};

const LOCKS: &str = "providers/Microsoft.Authorization/locks";

fn scope(tail: &str) -> Scope {
    format!("/subscriptions/{SUBSCRIPTION}{tail}")
        .parse()
        .unwrap()
}

fn lock(scope: &str, name: &str, level: &str) -> Value {
    json!({
        "id": format!("{scope}/{LOCKS}/{name}"),
        "type": "Microsoft.Authorization/locks",
        "name": name,
        "properties": { "level": level },
    })
}

async fn listed(scope: &Scope, locks: &[Value]) -> cmk_core::Result<Vec<ManagementLock>> {
    let server = start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "value": locks })))
        .mount(&server)
        .await;
    let listed = client(&server).list_locks(scope).await;
    let line = format!("GET {scope}/{LOCKS}?api-version=2020-05-01");
    assert_only_request(&server, &line, None).await;
    listed
}

#[tokio::test]
async fn locks_are_asked_at_each_form_of_scope() {
    for tail in [
        "",
        "/resourceGroups/rg",
        "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v1",
    ] {
        let scope = scope(tail);
        assert_eq!(listed(&scope, &[]).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_lock_is_read_with_where_it_was_set() {
    let group = scope("/resourceGroups/rg");
    let mut sent = lock(&group.to_string(), "keep", "ReadOnly");
    sent["properties"]["notes"] = json!("ask the platform team");
    sent["properties"]["owners"] = json!([{ "applicationId": "someone" }]);
    let [read] = &listed(&group, std::slice::from_ref(&sent)).await.unwrap()[..] else {
        panic!("one lock");
    };
    assert_eq!(read.id, format!("{group}/{LOCKS}/keep"));
    assert_eq!(read.name, "keep");
    assert_eq!(read.scope.parse::<Scope>().unwrap(), group);
    assert_eq!(read.level, LockLevel::ReadOnly);
    assert_eq!(read.notes.as_deref(), Some("ask the platform team"));
    assert_eq!(read.received.value(), &sent);
}

#[tokio::test]
async fn only_what_was_set_there_or_above_holds_at_the_scope() {
    let group = scope("/resourceGroups/rg");
    let sent = [
        lock(&scope("").to_string(), "above", "CanNotDelete"),
        // As Azure spells some ids.
        lock(
            &scope("/resourcegroups/RG").to_string(),
            "there",
            "CanNotDelete",
        ),
        lock(
            &format!("{group}/providers/Microsoft.KeyVault/vaults/v1"),
            "below",
            "ReadOnly",
        ),
        // A name that no `Scope` takes, and what is no resource of a group.
        lock(
            &format!("{group}/providers/Microsoft.Web/sites/a site"),
            "odd",
            "ReadOnly",
        ),
        lock(
            &format!("{}/providers/Microsoft.Example/things/t", scope("")),
            "beside",
            "ReadOnly",
        ),
    ];
    let locks = listed(&group, &sent).await.unwrap();
    assert_eq!(locks.len(), sent.len());
    let holding: Vec<&str> = locks
        .iter()
        .filter(|lock| lock.holds_at(&group))
        .map(|lock| lock.name.as_str())
        .collect();
    assert_eq!(holding, ["above", "there"]);
}

#[tokio::test]
async fn a_level_says_what_it_forbids_and_an_unknown_one_says_nothing() {
    let scope = scope("");
    for (word, level, writes, deletes) in [
        ("ReadOnly", LockLevel::ReadOnly, Some(true), Some(true)),
        ("readonly", LockLevel::ReadOnly, Some(true), Some(true)),
        (
            "CanNotDelete",
            LockLevel::CanNotDelete,
            Some(false),
            Some(true),
        ),
        (
            "NotSpecified",
            LockLevel::Unknown("NotSpecified".to_owned()),
            None,
            None,
        ),
    ] {
        let sent = lock(&scope.to_string(), "keep", word);
        let read = listed(&scope, &[sent]).await.unwrap().remove(0);
        assert_eq!(read.level, level);
        assert_eq!(read.blocks_writes(), writes, "{word}");
        assert_eq!(read.blocks_deletes(), deletes, "{word}");
    }
}

#[tokio::test]
async fn a_lock_that_cannot_be_read_is_not_left_out() {
    let scope = scope("");
    let good = lock(&scope.to_string(), "keep", "ReadOnly");
    let mut elsewhere = good.clone();
    elsewhere["id"] = json!(scope.to_string());
    let mut without_level = good.clone();
    without_level["properties"] = json!({});
    for odd in [elsewhere, without_level] {
        let error = listed(&scope, &[good.clone(), odd]).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Other);
        assert_eq!(
            error.failure().message(),
            Some("the answer could not be read")
        );
    }
}

#[tokio::test]
async fn locks_come_in_pages() {
    let server = start().await;
    let scope = scope("/resourceGroups/rg");
    let path = format!("{scope}/{LOCKS}");
    let page = |name: &str, next: Value| {
        let body =
            json!({ "value": [lock(&scope.to_string(), name, "ReadOnly")], "nextLink": next });
        ResponseTemplate::new(200).set_body_json(body)
    };
    let next = format!("https://management.azure.com{path}?api-version=2020-05-01&$skiptoken=2");
    Mock::given(query_param_is_missing("$skiptoken"))
        .respond_with(page("one", json!(next)))
        .mount(&server)
        .await;
    Mock::given(query_param("$skiptoken", "2"))
        .respond_with(page("two", Value::Null))
        .mount(&server)
        .await;
    let locks = client(&server).list_locks(&scope).await.unwrap();
    let names: Vec<&str> = locks.iter().map(|lock| lock.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(
        asked(&server).await,
        [
            format!("GET {path}?api-version=2020-05-01"),
            format!("GET {path}?api-version=2020-05-01&$skiptoken=2"),
        ]
    );
}

#[tokio::test]
async fn a_caller_who_may_not_see_locks_is_told_so() {
    let server = start().await;
    let body = json!({ "error": { "code": "AuthorizationFailed", "message": "no authorization to perform action 'Microsoft.Authorization/locks/read'" } });
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(403).set_body_json(body))
        .mount(&server)
        .await;
    let error = client(&server).list_locks(&scope("")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden);
    assert_eq!(error.failure().operation(), "list_locks");
}
