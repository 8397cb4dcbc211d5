//! Applications on the wire.

use crate::support::{CLIENT, OBJECT, graph_at, graph_request, json, server};
use entra_graph::{
    ApplicationUpdate, ApplicationsApi as _, Kind, NewApplication, SignInAudience, Upserted,
};
use serde_json::json as body;
use wiremock::{
    ResponseTemplate,
    matchers::{body_json, header},
};

const APPLICATION: &str = r#"{
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#applications/$entity",
    "id": "22222222-2222-4222-8222-222222222222",
    "deletedDateTime": null,
    "appId": "33333333-3333-4333-8333-333333333333",
    "createdDateTime": "2026-01-02T03:04:05Z",
    "displayName": "CMK for Contoso",
    "publisherDomain": "contoso.example",
    "signInAudience": "AzureADMultipleOrgs",
    "tags": ["ctcmk"],
    "uniqueName": "cmk-contoso"
}"#;

fn upsert() -> wiremock::MockBuilder {
    graph_request(
        "PATCH",
        "/v1.0/applications(uniqueName='cmk-contoso')",
        None,
    )
    .and(header("prefer", "create-if-missing"))
    .and(header("content-type", "application/json"))
}

#[tokio::test]
async fn a_created_application_comes_back() {
    let mock = upsert().and(body_json(body!({
        "displayName": "CMK for Contoso",
        "signInAudience": "AzureADMultipleOrgs",
        "tags": ["ctcmk"],
        "notes": "made by a test"
    })));
    let server = server(mock, json(201, APPLICATION), 1).await;
    let mut new = NewApplication::new("CMK for Contoso");
    new.tags.push("ctcmk".to_owned());
    new.notes = Some("made by a test".to_owned());
    let name = "cmk-contoso".parse().unwrap();
    let Upserted::Created(application) = graph_at(&server)
        .create_application_if_missing(&name, &new, None)
        .await
        .unwrap()
    else {
        panic!("201 is a creation");
    };
    assert_eq!(application.object_id, OBJECT.parse().unwrap());
    assert_eq!(application.client_id, CLIENT.parse().unwrap());
    assert_eq!(application.display_name, "CMK for Contoso");
    assert_eq!(application.unique_name.as_deref(), Some("cmk-contoso"));
    assert_eq!(
        application.sign_in_audience,
        SignInAudience::AzureAdMultipleOrgs
    );
    assert_eq!(application.tags, ["ctcmk"]);
    assert_eq!(application.created.as_deref(), Some("2026-01-02T03:04:05Z"));
    assert_eq!(
        application.received.pointer("/publisherDomain"),
        Some(&body!("contoso.example"))
    );
}

#[tokio::test]
async fn an_existing_application_is_updated_without_a_body() {
    let mock = upsert().and(body_json(body!({
        "displayName": "CMK for Contoso",
        "signInAudience": "AzureADMultipleOrgs"
    })));
    let server = server(mock, ResponseTemplate::new(204), 1).await;
    let upserted = graph_at(&server)
        .create_application_if_missing(
            &"cmk-contoso".parse().unwrap(),
            &NewApplication::new("CMK for Contoso"),
            None,
        )
        .await
        .unwrap();
    assert_eq!(upserted, Upserted::Updated);
}

#[tokio::test]
async fn a_creation_is_sent_once_and_its_outcome_may_be_unknown() {
    let cases = [
        json(
            500,
            r#"{"error":{"code":"Service_InternalServerError","message":"Encountered an internal server error."}}"#,
        ),
        json(201, "{"),
        json(201, r#"{"id":"22222222-2222-4222-8222-222222222222"}"#),
        json(202, "{}"),
    ];
    for answer in cases {
        let server = server(upsert(), answer, 1).await;
        let error = graph_at(&server)
            .create_application_if_missing(
                &"cmk-contoso".parse().unwrap(),
                &NewApplication::new("CMK for Contoso"),
                None,
            )
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::OutcomeUnknown, "{error}");
    }
}

#[tokio::test]
async fn what_the_service_would_refuse_is_not_sent() {
    let long = "x".repeat(121);
    let new = |change: fn(&mut NewApplication)| {
        let mut new = NewApplication::new("CMK");
        change(&mut new);
        new
    };
    let cases = [
        (NewApplication::new(""), "display name must have 1 to 120"),
        (NewApplication::new(long), "display name must have 1 to 120"),
        (
            new(|new| {
                new.sign_in_audience = SignInAudience::PersonalMicrosoftAccount;
                new.display_name = "x".repeat(91);
            }),
            "display name must have 1 to 90",
        ),
        (new(|new| new.tags.push("a b".into())), "no whitespace"),
        (new(|new| new.tags.push(String::new())), "1 to 256"),
        (
            new(|new| new.tags = vec!["a".into(), "a".into()]),
            "stands twice",
        ),
    ];
    let server = server(upsert(), ResponseTemplate::new(204), 0).await;
    for (new, reason) in cases {
        let error = graph_at(&server)
            .create_application_if_missing(&"cmk-contoso".parse().unwrap(), &new, None)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest);
        assert!(
            error.failure().message().unwrap().contains(reason),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_application_is_read_by_each_of_its_keys() {
    let object = OBJECT.parse().unwrap();
    let by_object = format!("/v1.0/applications/{OBJECT}");
    let on = server(
        graph_request("GET", &by_object, None),
        json(200, APPLICATION),
        1,
    )
    .await;
    let application = graph_at(&on).get_application(object, None).await.unwrap();
    assert_eq!(application.object_id, object);

    let by_client = format!("/v1.0/applications(appId='{CLIENT}')");
    let on = server(
        graph_request("GET", &by_client, None),
        json(200, APPLICATION),
        1,
    )
    .await;
    let application = graph_at(&on)
        .get_application_by_client_id(CLIENT.parse().unwrap(), None)
        .await
        .unwrap();
    assert_eq!(application.object_id, object);

    let by_name = "/v1.0/applications(uniqueName='cmk-contoso')";
    let on = server(
        graph_request("GET", by_name, None),
        json(200, APPLICATION),
        1,
    )
    .await;
    let application = graph_at(&on)
        .get_application_by_unique_name(&"cmk-contoso".parse().unwrap(), None)
        .await
        .unwrap();
    assert_eq!(application.object_id, object);
}

#[tokio::test]
async fn an_application_from_the_portal_has_no_unique_name() {
    let mock = graph_request("GET", &format!("/v1.0/applications/{OBJECT}"), None);
    let answer = r#"{"id":"22222222-2222-4222-8222-222222222222","appId":"00000000-0000-0000-0000-000000000000",
        "displayName":null,"uniqueName":null,"tags":null,"signInAudience":"SomethingNew"}"#;
    let server = server(mock, json(200, answer), 1).await;
    let application = graph_at(&server)
        .get_application(OBJECT.parse().unwrap(), None)
        .await
        .unwrap();
    assert_eq!(application.unique_name, None);
    assert_eq!(application.display_name, "");
    assert_eq!(application.tags, [""; 0]);
    assert_eq!(
        application.sign_in_audience,
        SignInAudience::Unknown("SomethingNew".to_owned())
    );
}

#[tokio::test]
async fn a_list_follows_its_pages_and_escapes_the_name() {
    let first = r#"{"value":[{"id":"22222222-2222-4222-8222-222222222222","appId":"33333333-3333-4333-8333-333333333333"}],
        "@odata.nextLink":"https://graph.microsoft.com/v1.0/applications?$skiptoken=abc"}"#;
    let last = r#"{"value":[{"id":"44444444-4444-4444-8444-444444444444","appId":"33333333-3333-4333-8333-333333333333"}]}"#;
    let server = server(
        graph_request(
            "GET",
            "/v1.0/applications",
            Some("$filter=displayName%20eq%20%27Contoso%27%27s%20%26%20more%27"),
        ),
        json(200, first),
        1,
    )
    .await;
    graph_request("GET", "/v1.0/applications", Some("$skiptoken=abc"))
        .respond_with(json(200, last))
        .expect(1)
        .mount(&server)
        .await;
    let found = graph_at(&server)
        .list_applications_named("Contoso's & more", None)
        .await
        .unwrap();
    let ids: Vec<String> = found.iter().map(|a| a.object_id.to_string()).collect();
    assert_eq!(ids, [OBJECT, "44444444-4444-4444-8444-444444444444"]);
}

#[tokio::test]
async fn a_next_link_to_another_host_gets_no_token() {
    let answer = r#"{"value":[],"@odata.nextLink":"https://graph.example/v1.0/applications"}"#;
    let mock = graph_request(
        "GET",
        "/v1.0/applications",
        Some("$filter=displayName%20eq%20%27x%27"),
    );
    let server = server(mock, json(200, answer), 1).await;
    let error = graph_at(&server)
        .list_applications_named("x", None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
}

#[tokio::test]
async fn an_update_holds_what_changes_and_nothing_else() {
    let path = format!("/v1.0/applications/{OBJECT}");
    let cases = [
        (
            ApplicationUpdate {
                unique_name: Some("cmk-contoso".parse().unwrap()),
                ..Default::default()
            },
            body!({"uniqueName": "cmk-contoso"}),
        ),
        (
            ApplicationUpdate {
                display_name: Some("New name".to_owned()),
                sign_in_audience: Some(SignInAudience::AzureAdMultipleOrgs),
                tags: Some(Vec::new()),
                ..Default::default()
            },
            body!({"displayName": "New name", "signInAudience": "AzureADMultipleOrgs", "tags": []}),
        ),
    ];
    for (update, expected) in cases {
        let mock = graph_request("PATCH", &path, None).and(body_json(expected));
        // A Prefer header would make the update create.
        let mock = mock.and(|r: &wiremock::Request| !r.headers.contains_key("prefer"));
        let server = server(mock, ResponseTemplate::new(204), 1).await;
        graph_at(&server)
            .update_application(OBJECT.parse().unwrap(), &update, None)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn an_update_of_nothing_is_not_sent() {
    let mock = graph_request("PATCH", &format!("/v1.0/applications/{OBJECT}"), None);
    let server = server(mock, ResponseTemplate::new(204), 0).await;
    let error = graph_at(&server)
        .update_application(OBJECT.parse().unwrap(), &ApplicationUpdate::default(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(
        error.failure().message(),
        Some("the update changes nothing")
    );
}

#[tokio::test]
async fn deleting_what_is_gone_is_fine() {
    let gone = r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource '22222222-2222-4222-8222-222222222222' does not exist or one of its queried reference-property objects are not present."}}"#;
    for answer in [ResponseTemplate::new(204), json(404, gone)] {
        let mock = graph_request("DELETE", &format!("/v1.0/applications/{OBJECT}"), None);
        let server = server(mock, answer, 1).await;
        graph_at(&server)
            .delete_application(OBJECT.parse().unwrap(), None)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_404_that_is_no_absence_is_an_error_of_the_delete() {
    let unreadable = r#"{"error":{"code":"Directory_ObjectNotFound","message":"Unable to read the company information from the directory."}}"#;
    let mock = graph_request("DELETE", &format!("/v1.0/applications/{OBJECT}"), None);
    let server = server(mock, json(404, unreadable), 1).await;
    let error = graph_at(&server)
        .delete_application(OBJECT.parse().unwrap(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
}
