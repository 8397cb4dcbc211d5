//! The wire shape of resource groups.

use crate::server::{SUBSCRIPTION, assert_only_request, client, start, subscription};
use cmk_core::{Kind, PutResourceGroupOptions, ResourceGroupName, ResourceGroupsApi as _};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

const PATH: &str =
    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg?api-version=2025-04-01";

fn rg() -> ResourceGroupName {
    "rg".parse().unwrap()
}

async fn answering(verb: &str, answer: ResponseTemplate) -> MockServer {
    let server = start().await;
    Mock::given(method(verb))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

fn group() -> serde_json::Value {
    json!({
        "id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"),
        "name": "rg",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "westeurope",
        "tags": { "for": "customer-1" },
        "properties": { "provisioningState": "Succeeded" },
        "fromTheFuture": 1,
    })
}

#[tokio::test]
async fn put_sends_location_and_tags() {
    let server = answering("PUT", ResponseTemplate::new(201).set_body_json(group())).await;
    let options = PutResourceGroupOptions {
        tags: [("for".to_owned(), "customer-1".to_owned())].into(),
    };
    let made = client(&server)
        .put_resource_group(
            subscription(),
            &rg(),
            &"West Europe".parse().unwrap(),
            Some(options),
        )
        .await
        .unwrap();
    assert_eq!(
        (
            made.name.as_str(),
            made.location.as_str(),
            made.provisioning_state.as_deref()
        ),
        ("rg", "westeurope", Some("Succeeded"))
    );
    assert_eq!(made.tags["for"], "customer-1");
    assert_eq!(made.received.pointer("/fromTheFuture"), Some(&json!(1)));
    let body = json!({ "location": "westeurope", "tags": { "for": "customer-1" } });
    assert_only_request(&server, &format!("PUT {PATH}"), Some(body)).await;
}

#[tokio::test]
async fn put_without_tags_sends_none() {
    let server = answering("PUT", ResponseTemplate::new(200).set_body_json(group())).await;
    let location = "westeurope".parse().unwrap();
    client(&server)
        .put_resource_group(subscription(), &rg(), &location, None)
        .await
        .unwrap();
    let body = json!({ "location": "westeurope" });
    assert_only_request(&server, &format!("PUT {PATH}"), Some(body)).await;
}

#[tokio::test]
async fn get_reads_a_group_that_is_being_deleted() {
    let mut body = group();
    body["properties"]["provisioningState"] = json!("Deleting");
    body["tags"] = json!(null);
    let server = answering("GET", ResponseTemplate::new(200).set_body_json(body)).await;
    let found = client(&server)
        .get_resource_group(subscription(), &rg())
        .await
        .unwrap();
    assert_eq!(found.provisioning_state.as_deref(), Some("Deleting"));
    assert!(found.tags.is_empty());
    assert_only_request(&server, &format!("GET {PATH}"), None).await;
}

#[tokio::test]
async fn properties_that_are_null_are_no_reason_to_fail() {
    let mut body = group();
    body["properties"] = json!(null);
    let server = answering("GET", ResponseTemplate::new(200).set_body_json(body)).await;
    let found = client(&server)
        .get_resource_group(subscription(), &rg())
        .await
        .unwrap();
    assert_eq!(found.provisioning_state, None);
}

#[tokio::test]
async fn a_name_with_letters_of_any_script_stays_one_segment() {
    let server = answering("GET", ResponseTemplate::new(200).set_body_json(group())).await;
    client(&server)
        .get_resource_group(subscription(), &"gruppe-ö_(1)".parse().unwrap())
        .await
        .unwrap();
    let line = format!(
        "GET /subscriptions/{SUBSCRIPTION}/resourceGroups/gruppe-%C3%B6_(1)?api-version=2025-04-01"
    );
    assert_only_request(&server, &line, None).await;
}

#[tokio::test]
async fn head_tells_whether_it_exists() {
    for (status, expected) in [(204, true), (404, false)] {
        let server = answering("HEAD", ResponseTemplate::new(status)).await;
        let exists = client(&server)
            .resource_group_exists(subscription(), &rg())
            .await
            .unwrap();
        assert_eq!(exists, expected, "{status}");
        assert_only_request(&server, &format!("HEAD {PATH}"), None).await;
    }
}

#[tokio::test]
async fn head_that_is_forbidden_does_not_say_absent() {
    let server = answering("HEAD", ResponseTemplate::new(403)).await;
    let error = client(&server)
        .resource_group_exists(subscription(), &rg())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden);
}

#[tokio::test]
async fn delete_hands_back_the_operation() {
    let poll = format!(
        "https://management.azure.com/subscriptions/{SUBSCRIPTION}/operationresults/op1?api-version=2025-04-01"
    );
    let answer = ResponseTemplate::new(202).insert_header("location", poll.as_str());
    let server = answering("DELETE", answer).await;
    let accepted = client(&server)
        .delete_resource_group(subscription(), &rg(), None)
        .await
        .unwrap();
    let operation = accepted.operation.unwrap();
    assert_eq!(operation.operation(), "delete_resource_group");
    assert_eq!(
        operation.resource(),
        format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg")
    );
    assert_only_request(&server, &format!("DELETE {PATH}"), None).await;
}

#[tokio::test]
async fn delete_of_what_is_absent_is_done() {
    for status in [200, 204, 404] {
        let server = answering("DELETE", ResponseTemplate::new(status)).await;
        let accepted = client(&server)
            .delete_resource_group(subscription(), &rg(), None)
            .await
            .unwrap();
        assert_eq!(accepted.operation, None, "{status}");
        assert_only_request(&server, &format!("DELETE {PATH}"), None).await;
    }
}

#[tokio::test]
async fn a_subscription_that_is_unknown_proves_no_absence() {
    let unknown = json!({ "error": { "code": "SubscriptionNotFound", "message": "The subscription 'x' could not be found." } });
    let server = answering("DELETE", ResponseTemplate::new(404).set_body_json(unknown)).await;
    let error = client(&server)
        .delete_resource_group(subscription(), &rg(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    assert_eq!(error.failure().code(), Some("SubscriptionNotFound"));
}
