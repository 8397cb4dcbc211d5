//! Role assignments, and what roles allow.

use crate::kit::{As, at_once, code, identity_path, message, text, with_lag};
use azure_sim::{Lag, Span};
use serde_json::{Value, json};

const VERSION: &str = "2022-04-01";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const FIRST: &str = "22222222-2222-4222-8222-222222222222";
const SECOND: &str = "33333333-3333-4333-8333-333333333333";

fn body(subscription: &str, principal: &str, kind: Option<&str>) -> Value {
    let mut body = json!({"properties": {
        "roleDefinitionId": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{READER}"),
        "principalId": principal,
    }});
    if let Some(kind) = kind {
        body["properties"]["principalType"] = json!(kind);
    }
    body
}

fn assignment(subscription: &str, name: &str) -> String {
    format!(
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments/{name}"
    )
}

#[test]
fn a_repeat_answers_201_and_another_name_409() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let subscription = &azure.customer.subscription_id;
    let user = azure
        .sim
        .add_user(&azure.customer.tenant, "user@customer.example", &[]);
    let put = |name: &str, principal: &str| {
        let body = body(subscription, principal, Some("User"));
        admin.arm("PUT", &assignment(subscription, name), VERSION, body)
    };
    let made = put(FIRST, &user.object_id);
    assert_eq!(made.status, 201);
    assert_eq!(
        text(&made.body_json(), "/properties/scope"),
        format!("/subscriptions/{subscription}")
    );
    assert_eq!(put(FIRST, &user.object_id).status, 201);
    assert_eq!(azure.sim.writes().len(), 1);
    let other = put(SECOND, &user.object_id);
    assert_eq!(
        (other.status, message(&other).as_str()),
        (
            409,
            "The role assignment already exists. The ID of the existing role assignment is 22222222222242228222222222222222."
        )
    );
    let taken = put(FIRST, &azure.customer.admin.object_id);
    assert_eq!(
        (taken.status, code(&taken).as_str()),
        (400, "RoleAssignmentUpdateNotPermitted")
    );
    assert_eq!(
        message(&taken),
        "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
    );
    let path = assignment(subscription, FIRST);
    let gone = admin.arm("DELETE", &path, VERSION, Value::Null);
    assert_eq!(text(&gone.body_json(), "/name"), FIRST);
    assert_eq!(admin.arm("DELETE", &path, VERSION, Value::Null).status, 204);
}

#[test]
fn an_unknown_principal_is_refused_unless_it_is_called_a_service_principal() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let subscription = &azure.customer.subscription_id;
    // The provider's administrator is nobody in the customer's directory.
    let stranger = &azure.provider.admin.object_id;
    let put = |kind| {
        let body = body(subscription, stranger, kind);
        admin.arm("PUT", &assignment(subscription, FIRST), VERSION, body)
    };
    let refused = put(None);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (400, "PrincipalNotFound")
    );
    assert!(message(&refused).starts_with(&format!(
        "Principal {} does not exist in the directory {}.",
        stranger.replace('-', ""),
        azure.customer.tenant_id
    )));
    assert_eq!(put(Some("ServicePrincipal")).status, 201);
}

#[test]
fn an_applications_object_id_and_a_wrong_type_are_refused() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let subscription = &azure.customer.subscription_id;
    let app = admin.make_app("own");
    let put = |principal: &str, kind| {
        let body = body(subscription, principal, Some(kind));
        admin.arm("PUT", &assignment(subscription, FIRST), VERSION, body)
    };
    assert_eq!(
        message(&put(&text(&app, "/id"), "ServicePrincipal")),
        "Principals of type Application cannot validly be used in role assignments."
    );
    let unmatched = put(&azure.customer.admin.object_id, "ServicePrincipal");
    assert_eq!(code(&unmatched), "UnmatchedPrincipalType");
}

#[test]
fn a_new_role_counts_after_its_lag_and_a_removed_one_a_little_longer() {
    let azure = with_lag(Lag {
        role_assignment: Span::secs(60, 60),
        role_removal: Span::secs(60, 60),
        ..Lag::strict()
    });
    let admin = As::admin(&azure, &azure.customer);
    let subscription = &azure.customer.subscription_id;
    let user = azure
        .sim
        .add_user(&azure.customer.tenant, "user@customer.example", &[]);
    let path = format!("/subscriptions/{subscription}");
    let read = |seconds| {
        let user = As {
            who: &user,
            ..admin.at(seconds)
        };
        user.arm("GET", &path, "2025-04-01", Value::Null)
    };
    let refused = read(0);
    assert_eq!(
        (refused.status, message(&refused)),
        (
            403,
            format!(
                "The client 'user@customer.example' with object id '{}' does not have authorization to perform action 'Microsoft.Resources/subscriptions/read' over scope '/subscriptions/{subscription}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
                user.object_id
            )
        )
    );
    let body = body(subscription, &user.object_id, Some("User"));
    let made = admin.arm("PUT", &assignment(subscription, FIRST), VERSION, body);
    assert_eq!(made.status, 201);
    assert_eq!(read(59).status, 403);
    assert_eq!(read(60).status, 200);
    assert!(azure.sim.remove_role_assignment(FIRST));
    assert_eq!(read(119).status, 200);
    assert_eq!(read(120).status, 403);
}

#[test]
fn lists_look_up_and_down_and_only_up_at_scope() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let subscription = &azure.customer.subscription_id;
    admin.make_identity(subscription);
    let below = identity_path(subscription);
    let user = azure
        .sim
        .add_user(&azure.customer.tenant, "user@customer.example", &[]);
    assert!(azure.sim.grant(&user, "Reader", &below));
    let count = |scope: &str, filter: &str| {
        let path =
            format!("{scope}/providers/Microsoft.Authorization/roleAssignments?$filter={filter}");
        let listed = admin.arm("GET", &path, VERSION, Value::Null).body_json();
        listed["value"].as_array().unwrap().len()
    };
    let top = format!("/subscriptions/{subscription}");
    let id = &user.object_id;
    assert_eq!(count(&top, ""), 2);
    assert_eq!(count(&top, "atScope()"), 1);
    assert_eq!(count(&below, "atScope()"), 2);
    assert_eq!(count(&top, &format!("principalId%20eq%20'{id}'")), 1);
    assert_eq!(
        count(&top, &format!("atScope()%20and%20assignedTo('{id}')")),
        0
    );
    assert_eq!(count(&below, &format!("assignedTo('{id}')")), 1);
}

#[test]
fn a_contributor_makes_resources_and_assigns_no_roles() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let subscription = &azure.customer.subscription_id;
    let scope = format!("/subscriptions/{subscription}");
    let user = azure
        .sim
        .add_user(&azure.customer.tenant, "user@customer.example", &[]);
    assert!(azure.sim.grant(&user, "Contributor", &scope));
    let contributor = As {
        who: &user,
        ..admin.at(0)
    };
    contributor.make_identity(subscription);
    let body = body(subscription, &user.object_id, Some("User"));
    let refused = contributor.arm("PUT", &assignment(subscription, FIRST), VERSION, body);
    assert_eq!(code(&refused), "AuthorizationFailed");
    assert_eq!(refused.find_header("x-ms-failure-cause"), Some("gateway"));
    let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
    let own = contributor
        .arm("GET", &path, VERSION, Value::Null)
        .body_json();
    assert_eq!(text(&own, "/value/0/actions/0"), "*");
    assert_eq!(
        text(&own, "/value/0/notActions/1"),
        "Microsoft.Authorization/*/Write"
    );
    assert_eq!(own["value"][0]["dataActions"], json!([]));
    let old = contributor.arm("GET", &path, "2015-07-01", Value::Null);
    assert_eq!(old.body_json()["value"][0].get("dataActions"), None);
}

#[test]
fn a_data_access_administrator_gives_key_vault_roles_only() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let subscription = &azure.customer.subscription_id;
    let scope = format!("/subscriptions/{subscription}");
    let user = azure
        .sim
        .add_user(&azure.customer.tenant, "user@customer.example", &[]);
    let granted = azure
        .sim
        .grant(&user, "Key Vault Data Access Administrator", &scope);
    assert!(granted);
    let delegate = As {
        who: &user,
        ..admin.at(0)
    };
    let path = assignment(subscription, FIRST);
    let mut wanted = body(subscription, &user.object_id, Some("User"));
    let refused = delegate.arm("PUT", &path, VERSION, wanted.clone());
    assert_eq!(refused.status, 403);
    assert!(message(&refused).contains("or an ABAC condition not fulfilled"));
    wanted["properties"]["roleDefinitionId"] = json!(
        "/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6"
    );
    assert_eq!(delegate.arm("PUT", &path, VERSION, wanted).status, 201);
}

#[test]
fn built_in_roles_are_found_by_name() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let scope = format!("/subscriptions/{}", azure.customer.subscription_id);
    let path = format!(
        "{scope}/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName%20eq%20'Key%20Vault%20Crypto%20Service%20Encryption%20User'"
    );
    let found = admin.arm("GET", &path, VERSION, Value::Null).body_json();
    assert_eq!(
        text(&found, "/value/0/name"),
        "e147488a-f6f5-4113-8e2d-b22465e65bf6"
    );
}
