//! Routes of Microsoft Graph that command lines use beside those of the SDKs.

use crate::kit::{As, GRAPH, answer, at_once, text};
use azure_sim::{Party, SimRequest, TwoTenants};
use serde_json::{Value, json};
use std::time::Duration;

/// An application and its service principal.
fn application(azure: &TwoTenants, party: &Party) -> (Value, Value) {
    let admin = As::admin(azure, party);
    let app = admin.make_app("cmk");
    let body = json!({"appId": app["appId"]});
    let principal = admin.graph("POST", "servicePrincipals", body);
    assert_eq!(principal.status, 201);
    (app, principal.body_json())
}

#[test]
fn a_principal_is_found_by_one_of_its_names() {
    let azure = at_once();
    let (app, principal) = application(&azure, &azure.provider);
    let admin = As::admin(&azure, &azure.provider);
    // As `az role assignment create --assignee` asks.
    let find = |names: &str| {
        let filter = format!("servicePrincipals?$filter={names}");
        admin.graph("GET", &filter, Value::Null)
    };
    let client = text(&app, "/appId");
    let found = find(&format!("servicePrincipalNames/any(c:c%20eq%20'{client}')"));
    assert_eq!(found.body_json()["value"][0]["id"], principal["id"]);
    let found = find("servicePrincipalNames/any(c:c%20eq%20'other')");
    assert_eq!(found.body_json()["value"], json!([]));
    let wrong = find("servicePrincipalNames/any(c:d%20eq%20'other')");
    assert_eq!(wrong.status, 400);
}

#[test]
fn object_ids_become_names() {
    let azure = at_once();
    let (_, principal) = application(&azure, &azure.provider);
    let admin = As::admin(&azure, &azure.provider);
    let ids = json!([
        principal["id"],
        azure.provider.admin.object_id,
        azure.customer.admin.object_id,
    ]);
    let answer = admin.graph("POST", "directoryObjects/getByIds", json!({"ids": ids}));
    assert_eq!(answer.status, 200);
    let value = answer.body_json()["value"].clone();
    // The customer's administrator is nobody here.
    assert_eq!(value.as_array().unwrap().len(), 2);
    assert_eq!(value[0]["@odata.type"], "#microsoft.graph.servicePrincipal");
    assert_eq!(value[0]["displayName"], "cmk");
    assert_eq!(value[1]["@odata.type"], "#microsoft.graph.user");
}

#[test]
fn a_secret_is_shown_once_and_works() {
    let azure = at_once();
    let (app, _) = application(&azure, &azure.provider);
    let admin = As::admin(&azure, &azure.provider);
    let path = format!("applications/{}", text(&app, "/id"));
    let wanted = json!({"passwordCredential": {"displayName": "rbac"}});
    let made = admin.graph("POST", &format!("{path}/addPassword"), wanted);
    assert_eq!(made.status, 200);
    let secret = text(&made.body_json(), "/secretText");
    assert!(!secret.is_empty());
    let read = admin.graph("GET", &path, Value::Null).body_json();
    let kept = &read["passwordCredentials"][0];
    assert_eq!(kept["displayName"], "rbac");
    assert_eq!(kept["secretText"], Value::Null);

    let url = format!(
        "https://login.microsoftonline.com/{}/oauth2/v2.0/token",
        azure.provider.tenant_id
    );
    let mut request = SimRequest::new("POST", url.parse().unwrap());
    request.body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={secret}&scope={GRAPH}/.default",
        text(&app, "/appId")
    )
    .into_bytes();
    let token = answer(azure.sim.handle(Duration::ZERO, request));
    assert_eq!(token.status, 200);
}

#[test]
fn beta_reads_as_the_first_version() {
    let azure = at_once();
    application(&azure, &azure.provider);
    let admin = As::admin(&azure, &azure.provider);
    let answer = admin.send("GET", GRAPH, "/beta//applications", &[], &Value::Null);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body_json()["value"][0]["displayName"], "cmk");
}

#[test]
fn an_annotation_of_the_graph_sdks_is_no_member() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    // As msgraph-sdk for Python writes it.
    let body =
        json!({"@odata.type": "#microsoft.graph.application", "displayName": "cmk", "other": 1});
    let made = admin.graph("POST", "applications", body);
    assert_eq!(made.status, 201);
    let path = format!("applications/{}", text(&made.body_json(), "/id"));
    let read = admin.graph("GET", &path, Value::Null).body_json();
    assert_eq!(read.get("@odata.type"), None);
    assert_eq!(azure.sim.unknown_members(), ["application.other"]);
}
