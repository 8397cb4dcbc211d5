//! Applications and their federated credentials in Microsoft Graph.

use crate::kit::{ARM, As, answer, at_once, code, message, text, with_lag};
use azure_sim::{Assumptions, DirectoryRole, Lag, SimOptions, SimRequest, Span, TwoTenants};
use serde_json::{Value, json};
use std::time::Duration;

fn credential(subject: &str) -> Value {
    json!({"issuer": "https://login.microsoftonline.com/x/v2.0", "subject": subject, "audiences": ["api://AzureADTokenExchange"]})
}

#[test]
fn an_upsert_creates_then_updates_without_a_body() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let app = provider.make_app("cmk");
    assert_eq!(text(&app, "/uniqueName"), "cmk");
    let again = provider.upsert(
        "applications(uniqueName='cmk')",
        json!({"displayName": "other"}),
    );
    assert_eq!((again.status, again.body.len()), (204, 0));
    let read = provider.graph(
        "GET",
        &format!("applications/{}", text(&app, "/id")),
        Value::Null,
    );
    assert_eq!(text(&read.body_json(), "/displayName"), "other");
    assert_eq!(
        text(&read.body_json(), "/signInAudience"),
        "AzureADMultipleOrgs"
    );
    assert_eq!(azure.sim.writes().len(), 2);
    assert_eq!(azure.sim.unknown_members(), Vec::<String>::new());
}

#[test]
fn without_the_header_a_missing_object_is_not_made() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let path = "applications(uniqueName='absent')";
    let answer = provider.graph("PATCH", path, json!({"displayName": "x"}));
    assert_eq!(answer.status, 404);
    assert_eq!(code(&answer), "Request_ResourceNotFound");
    assert_eq!(
        message(&answer),
        "Resource 'absent' does not exist or one of its queried reference-property objects are not present."
    );
    let date = text(&answer.body_json(), "/error/innerError/date");
    assert_eq!(date, "2026-01-01T00:00:00");
}

#[test]
fn an_omitted_audience_is_single_tenant_and_no_principal_comes_along() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let made = provider.graph("POST", "applications", json!({"displayName": "plain"}));
    assert_eq!(made.status, 201);
    assert_eq!(text(&made.body_json(), "/signInAudience"), "AzureADMyOrg");
    assert_eq!(made.body_json().get("uniqueName"), Some(&Value::Null));
    assert!(made.find_header("location").unwrap().starts_with(&format!(
        "https://graph.microsoft.com/v2/{}/directoryObjects/",
        azure.provider.tenant_id
    )));
    assert_eq!(azure.sim.resources(), ["provider: application plain"]);
}

#[test]
fn a_unique_name_is_written_once_and_stays_taken_after_a_soft_delete() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let app = provider.make_app("cmk");
    let path = format!("applications/{}", text(&app, "/id"));
    let rename = provider.graph("PATCH", &path, json!({"uniqueName": "other"}));
    assert_eq!(rename.status, 400);
    assert_eq!(provider.graph("DELETE", &path, Value::Null).status, 204);
    assert_eq!(provider.graph("GET", &path, Value::Null).status, 404);
    let again = provider.upsert(
        "applications(uniqueName='cmk')",
        json!({"displayName": "x"}),
    );
    assert_eq!(
        (again.status, code(&again).as_str()),
        (400, "Request_BadRequest")
    );
    assert_eq!(
        message(&again),
        "Another object with the same value for property uniqueName already exists."
    );
    let deleted = "directory/deletedItems/microsoft.graph.application";
    let listed = provider.graph("GET", deleted, Value::Null).body_json();
    assert_eq!(text(&listed, "/value/0/uniqueName"), "cmk");
    let alias = "directory/deletedItems/graph.application";
    let listed = provider.graph("GET", alias, Value::Null).body_json();
    assert_eq!(text(&listed, "/value/0/uniqueName"), "cmk");
    let restore = format!("directory/deletedItems/{}/restore", text(&app, "/id"));
    assert_eq!(provider.graph("POST", &restore, Value::Null).status, 200);
    assert_eq!(provider.graph("GET", &path, Value::Null).status, 200);
}

#[test]
fn reads_lag_behind_a_write_and_a_repeated_upsert_does_not() {
    let azure = with_lag(Lag {
        directory: Span::secs(5, 5),
        ..Lag::strict()
    });
    let provider = As::admin(&azure, &azure.provider);
    provider.make_app("cmk");
    let path = "applications(uniqueName='cmk')";
    assert_eq!(provider.at(1).graph("GET", path, Value::Null).status, 404);
    let repeated = provider.at(1).upsert(path, json!({"displayName": "cmk"}));
    assert_eq!(repeated.status, 204);
    assert_eq!(provider.at(5).graph("GET", path, Value::Null).status, 200);
}

#[test]
fn a_repeated_upsert_can_be_refused_while_the_object_spreads() {
    let azure = TwoTenants::new(SimOptions {
        lag: Lag {
            directory: Span::secs(5, 5),
            ..Lag::strict()
        },
        assumptions: Assumptions {
            upsert_sees_fresh_objects: false,
            ..Assumptions::default()
        },
        ..SimOptions::default()
    });
    let provider = As::admin(&azure, &azure.provider);
    provider.make_app("cmk");
    let path = "applications(uniqueName='cmk')";
    let repeated = provider.upsert(path, json!({"displayName": "cmk"}));
    assert_eq!(repeated.status, 400);
    let later = provider.at(6).upsert(path, json!({"displayName": "cmk"}));
    assert_eq!(later.status, 204);
}

#[test]
fn credentials_are_checked_for_name_pair_audience_and_number() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let app = provider.make_app("cmk");
    let path = format!(
        "applications/{}/federatedIdentityCredentials",
        text(&app, "/id")
    );
    let named = |name: &str| format!("{path}(name='{name}')");
    assert_eq!(provider.upsert(&named("main"), credential("a")).status, 201);
    assert_eq!(provider.upsert(&named("main"), credential("a")).status, 204);

    let mut posted = credential("b");
    posted["name"] = json!("main");
    let same_name = provider.graph("POST", &path, posted);
    assert_eq!(same_name.status, 409);
    assert_eq!(code(&same_name), "Request_MultipleObjectsWithSameKeyValue");
    assert_eq!(
        message(&same_name),
        "FederatedIdentityCredential with name main already exists."
    );
    let same_pair = provider.upsert(&named("other"), credential("a"));
    assert_eq!(same_pair.status, 400);
    assert_eq!(code(&same_pair), "InvalidFederatedIdentityCredentialValue");
    assert_eq!(
        message(&same_pair),
        "The combination of issuer and subject must be unique for the application. Issuer https://login.microsoftonline.com/x/v2.0 and Subject: a already exist. paramName: FederatedIdentityCredential.Subject, paramValue: a, objectType: Microsoft.Online.DirectoryServices.Application"
    );
    let mut two = credential("c");
    two["audiences"] = json!(["one", "two"]);
    assert_eq!(
        message(&provider.upsert(&named("third"), two)),
        "Federated identity credentials must have exactly one audience."
    );
    assert_eq!(provider.upsert(&named("-x"), credential("c")).status, 400);
    for n in 2..=20 {
        let made = provider.upsert(&named(&format!("more-{n}")), credential(&n.to_string()));
        assert_eq!(made.status, 201, "{n}");
    }
    let over = provider.upsert(&named("too-many"), credential("z"));
    assert_eq!(over.status, 400);

    let read = provider.graph("GET", &format!("{path}/main"), Value::Null);
    assert_eq!(text(&read.body_json(), "/subject"), "a");
    let gone = provider.graph("DELETE", &format!("{path}/main"), Value::Null);
    assert_eq!(gone.status, 204);
    let read = provider.graph("GET", &named("main"), Value::Null);
    assert_eq!(read.status, 404);
}

#[test]
fn lists_are_filtered_and_come_in_pages() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    for name in ["a", "b", "c"] {
        provider.make_app(name);
    }
    let found = provider.graph(
        "GET",
        "applications?$filter=displayName%20eq%20'b'",
        Value::Null,
    );
    let found = found.body_json();
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    assert_eq!(text(&found, "/value/0/uniqueName"), "b");
    let refused = provider.graph(
        "GET",
        "applications?$filter=uniqueName%20eq%20'b'",
        Value::Null,
    );
    assert_eq!(code(&refused), "Request_UnsupportedQuery");

    let mut next = "/v1.0/applications?$top=2".to_owned();
    let mut names = Vec::new();
    while !next.is_empty() {
        let page = provider.send("GET", crate::kit::GRAPH, &next, &[], &Value::Null);
        let page = page.body_json();
        let items = page["value"].as_array().unwrap();
        names.extend(items.iter().map(|item| text(item, "/displayName")));
        next = text(&page, "/@odata.nextLink").replace(crate::kit::GRAPH, "");
    }
    assert_eq!(names, ["a", "b", "c"]);
    for token in ["18446744073709551615", "next"] {
        let path = format!("applications?$skiptoken={token}");
        let refused = provider.graph("GET", &path, Value::Null);
        assert_eq!(code(&refused), "Directory_ExpiredPageToken", "{token}");
    }
}

#[test]
fn tokens_of_other_audiences_are_refused() {
    let azure = at_once();
    let url = "https://graph.microsoft.com/v1.0/applications";
    let none = SimRequest::new("GET", url.parse().unwrap());
    let refused = answer(azure.sim.handle(Duration::ZERO, none));
    assert_eq!(refused.status, 401);
    assert_eq!(code(&refused), "InvalidAuthenticationToken");
    let arm = azure.sim.token(&azure.provider.admin, ARM).unwrap();
    let wrong = SimRequest::new("GET", url.parse().unwrap()).bearer(&arm);
    let refused = answer(azure.sim.handle(Duration::ZERO, wrong));
    assert_eq!(
        message(&refused),
        "Access token validation failure. Invalid audience."
    );
}

#[test]
fn an_application_needs_a_permission_and_a_plain_user_the_tenants_leave() {
    let azure = at_once();
    let tenant = &azure.provider.tenant;
    let bare = azure.sim.add_service_principal(tenant, "bare", &[]);
    let owned = [DirectoryRole::ApplicationReadWriteOwnedBy];
    let owning = azure.sim.add_service_principal(tenant, "owning", &owned);
    let user = azure.sim.add_user(tenant, "user@provider.example", &[]);
    let admin = As::admin(&azure, &azure.provider);
    let sends = |who, name: &str| {
        As { who, ..admin.at(0) }.graph("POST", "applications", json!({"displayName": name}))
    };
    let refused = sends(&bare, "x");
    assert_eq!(refused.status, 403);
    assert_eq!(
        message(&refused),
        "Insufficient privileges to complete the operation."
    );
    assert_eq!(sends(&owning, "y").status, 201);
    let list = As {
        who: &owning,
        ..admin.at(0)
    }
    .graph("GET", "applications", Value::Null);
    assert_eq!(list.status, 403);
    assert_eq!(sends(&user, "z").status, 201);
    assert!(azure.sim.allow_user_registrations(&tenant.id, false));
    assert_eq!(sends(&user, "zz").status, 403);
}

#[test]
fn what_is_not_modelled_is_named_and_counted() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let answer = provider.graph("GET", "groups", Value::Null);
    assert_eq!(answer.status, 501);
    assert_eq!(message(&answer), "GET graph.microsoft.com /v1.0/groups");
    assert_eq!(
        azure.sim.unmodelled(),
        ["GET graph.microsoft.com /v1.0/groups"]
    );
    provider.upsert(
        "applications(uniqueName='cmk')",
        json!({"displayName": "x", "typo": 1}),
    );
    assert_eq!(azure.sim.unknown_members(), ["application.typo"]);
}
