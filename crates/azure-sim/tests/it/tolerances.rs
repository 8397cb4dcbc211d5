//! What Azure lets pass: spelling of paths, slashes, the beta of Microsoft Graph.

use crate::kit::{ARM, As, GRAPH, at_once, text};
use serde_json::{Value, json};

#[test]
fn paths_of_resource_manager_are_compared_without_case_and_slashes_count_once() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    provider.make_identity(subscription);
    let below = "providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity";
    for path in [
        format!("/subscriptions/{subscription}/resourcegroups/rg/{below}"),
        format!(
            "/SUBSCRIPTIONS/{subscription}/RESOURCEGROUPS/RG/{}",
            below.to_uppercase()
        ),
        format!("//subscriptions/{subscription}//resourceGroups/rg/{below}"),
        format!("/subscriptions/{subscription}/resourceGroups/rg/{below}/"),
    ] {
        let read = provider.arm("GET", &path, "2024-11-30", Value::Null);
        assert_eq!(read.status, 200, "{path}");
        assert_eq!(text(&read.body_json(), "/name"), "identity");
    }
    for path in [
        format!("/subscriptions/{subscription}/resourcegroups/rg"),
        format!("/subscriptions/{subscription}/resourceGroups/RG/"),
    ] {
        let read = provider.arm("GET", &path, "2025-04-01", Value::Null);
        assert_eq!(
            text(&read.body_json(), "/id"),
            format!("/subscriptions/{subscription}/resourceGroups/rg"),
            "{path}"
        );
    }
}

#[test]
fn the_name_of_the_query_parameter_is_compared_without_case() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let path = format!(
        "/subscriptions/{}?API-Version=2025-04-01",
        azure.provider.subscription_id
    );
    let read = provider.send("GET", ARM, &path, &[], &Value::Null);
    assert_eq!(read.status, 200);
}

#[test]
fn a_role_is_assigned_once_however_its_scope_is_spelled() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let subscription = &azure.customer.subscription_id;
    let put = |scope: &str| {
        let path = format!(
            "{scope}/providers/Microsoft.Authorization/roleAssignments/22222222-2222-4222-8222-222222222222"
        );
        let body = json!({"properties": {
            "roleDefinitionId": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"),
            "principalId": azure.customer.admin.object_id,
            "principalType": "User",
        }});
        admin.arm("PUT", &path, "2022-04-01", body).status
    };
    assert_eq!(put(&format!("/subscriptions/{subscription}")), 201);
    assert_eq!(put(&format!("//Subscriptions/{subscription}/")), 201);
    assert_eq!(azure.sim.writes().len(), 1);
}

#[test]
fn graph_takes_repeated_slashes_and_its_beta() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let app = provider.make_app("cmk");
    let id = text(&app, "/id");
    for (path, version) in [
        (format!("/v1.0//applications/{id}"), "v1.0"),
        (format!("/v1.0/applications/{id}/"), "v1.0"),
        (format!("/beta/applications/{id}"), "beta"),
        ("/beta/applications(uniqueName='cmk')".to_owned(), "beta"),
    ] {
        let read = provider.send("GET", GRAPH, &path, &[], &Value::Null);
        assert_eq!(read.status, 200, "{path}");
        let body = read.body_json();
        assert_eq!(text(&body, "/id"), id);
        assert_eq!(
            text(&body, "/@odata.context"),
            format!("{GRAPH}/{version}/$metadata#applications/$entity")
        );
    }
    let list = provider.send("GET", GRAPH, "/beta/applications?$top=1", &[], &Value::Null);
    assert_eq!(text(&list.body_json(), "/value/0/id"), id);
}
