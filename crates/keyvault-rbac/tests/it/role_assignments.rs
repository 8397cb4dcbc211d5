//! Role assignments on the wire.

use crate::support::{
    ASSIGNMENT, Canned, PRINCIPAL, ROLES, SUBSCRIPTION, VAULT, arm, json, key_name, no_body,
    roles_at, roles_over, sends, server, vault_id,
};
use keyvault_rbac::{
    Kind, ListRoleAssignmentsOptions, NewRoleAssignment, PrincipalType, Role, RoleAssignmentFilter,
    RoleAssignmentName, RoleAssignmentsApi as _, Scope, key_scope,
};
use serde_json::json as body;
use wiremock::ResponseTemplate;

const ROLE: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6";

const ASSIGNED: &str = r#"{
    "properties": {
        "roleDefinitionId": "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6",
        "principalId": "33333333-3333-4333-8333-333333333333",
        "principalType": "ServicePrincipal",
        "scope": "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-cmk/keys/cosmos",
        "condition": null, "conditionVersion": null, "description": "cmk",
        "createdOn": "2026-01-01T00:00:00.0000000Z", "delegatedManagedIdentityResourceId": null
    },
    "id": "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-cmk/keys/cosmos/providers/Microsoft.Authorization/roleAssignments/44444444-4444-4444-8444-444444444444",
    "type": "Microsoft.Authorization/roleAssignments",
    "name": "44444444-4444-4444-8444-444444444444"
}"#;

fn scope() -> Scope {
    key_scope(&vault_id(), &key_name())
}

fn name() -> RoleAssignmentName {
    ASSIGNMENT.parse().unwrap()
}

fn new() -> NewRoleAssignment {
    let role = Role::KeyVaultCryptoServiceEncryptionUser;
    NewRoleAssignment::for_service_principal(role, PRINCIPAL.parse().unwrap())
}

/// The path of the assignments of the key.
fn collection() -> String {
    format!("{VAULT}/keys/cosmos/providers/Microsoft.Authorization/roleAssignments")
}

fn one() -> String {
    format!("{}/{ASSIGNMENT}", collection())
}

#[tokio::test]
async fn a_role_is_given_on_one_key_to_a_service_principal() {
    // 201 also for a repetition under the same name.
    for status in [200, 201] {
        let mock = arm("PUT", &one(), ROLES).and(sends(body!({"properties": {
            "roleDefinitionId": ROLE,
            "principalId": PRINCIPAL,
            "principalType": "ServicePrincipal",
            "description": "cmk",
        }})));
        let server = server(mock, json(status, ASSIGNED), 1).await;
        let mut new = new();
        new.description = Some("cmk".to_owned());
        let assigned = roles_at(&server)
            .assign_role(&scope(), &name(), &new, None)
            .await
            .unwrap();
        assert_eq!(assigned.name, name());
        assert_eq!(assigned.scope, Some(scope()));
        assert_eq!(
            Role::from_definition_id(&assigned.role_definition_id),
            Some(Role::KeyVaultCryptoServiceEncryptionUser)
        );
        assert_eq!(assigned.principal_id, PRINCIPAL.parse().unwrap());
        assert_eq!(
            assigned.principal_type,
            Some(PrincipalType::ServicePrincipal)
        );
        assert_eq!(assigned.description.as_deref(), Some("cmk"));
        assert_eq!(assigned.condition, None);
        let created = assigned.received.pointer("/properties/createdOn").unwrap();
        assert_eq!(created, "2026-01-01T00:00:00.0000000Z");
    }
}

#[tokio::test]
async fn a_role_is_given_at_every_form_of_scope_with_the_type_that_was_said() {
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    for at in [
        subscription.clone(),
        format!("{subscription}/resourceGroups/rg"),
        VAULT.to_owned(),
    ] {
        let path = format!("{at}/providers/Microsoft.Authorization/roleAssignments/{ASSIGNMENT}");
        let mock = arm("PUT", &path, ROLES).and(sends(body!({"properties": {
            "roleDefinitionId": format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/14b46e9e-c2b7-41b4-b07b-48a6ebf60603"),
            "principalId": PRINCIPAL,
            "principalType": "User",
        }})));
        let server = server(mock, json(201, ASSIGNED), 1).await;
        let new = NewRoleAssignment::new(
            Role::KeyVaultCryptoOfficer,
            PRINCIPAL.parse().unwrap(),
            PrincipalType::User,
        );
        let assigned = roles_at(&server)
            .assign_role(&at.parse().unwrap(), &name(), &new, None)
            .await
            .unwrap();
        assert_eq!(assigned.name, name());
    }
}

#[tokio::test]
async fn an_assignment_is_read_by_its_name() {
    // Nil ids, other scopes and words of tomorrow are the service's to say.
    let odd = ASSIGNED
        .replace(PRINCIPAL, "00000000-0000-0000-0000-000000000000")
        .replace("ServicePrincipal", "Agent")
        .replace(
            "\"scope\": \"/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-cmk/keys/cosmos\"",
            "\"scope\": \"/providers/Microsoft.Management/managementGroups/root\"",
        );
    let server = server(arm("GET", &one(), ROLES).and(no_body), json(200, &odd), 1).await;
    let found = roles_at(&server)
        .get_role_assignment(&scope(), &name())
        .await
        .unwrap();
    assert_eq!(
        found.principal_id.to_string(),
        "00000000-0000-0000-0000-000000000000"
    );
    assert_eq!(
        found.principal_type,
        Some(PrincipalType::Unknown("Agent".to_owned()))
    );
    assert_eq!(found.scope, None);
    assert_eq!(
        found.received.pointer("/properties/scope").unwrap(),
        "/providers/Microsoft.Management/managementGroups/root"
    );
}

#[tokio::test]
async fn an_assignment_that_is_not_there_is_not_found() {
    let gone = r#"{"error":{"code":"RoleAssignmentNotFound","message":"The role assignment '44444444-4444-4444-8444-444444444444' is not found."}}"#;
    let server = server(arm("GET", &one(), ROLES), json(404, gone), 1).await;
    let error = roles_at(&server)
        .get_role_assignment(&scope(), &name())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    assert_eq!(
        error.to_string(),
        format!(
            "get_role_assignment {} failed: 404 RoleAssignmentNotFound",
            one()
        )
    );
}

#[tokio::test]
async fn each_question_about_a_principal_has_its_filter() {
    for (filter, query) in [
        (
            RoleAssignmentFilter::HoldsHere,
            "api-version=2022-04-01&$filter=atScope()%20and%20assignedTo(%2733333333-3333-4333-8333-333333333333%27)",
        ),
        (
            RoleAssignmentFilter::HoldsHereOrBelow,
            "api-version=2022-04-01&$filter=assignedTo(%2733333333-3333-4333-8333-333333333333%27)",
        ),
        (
            RoleAssignmentFilter::ToPrincipalItself,
            "api-version=2022-04-01&$filter=principalId%20eq%20%2733333333-3333-4333-8333-333333333333%27",
        ),
    ] {
        let mock = arm("GET", &collection(), query).and(no_body);
        let server = server(mock, json(200, r#"{"value":[]}"#), 1).await;
        let found = roles_at(&server)
            .list_role_assignments(
                &scope(),
                PRINCIPAL.parse().unwrap(),
                Some(ListRoleAssignmentsOptions { filter }),
            )
            .await
            .unwrap();
        assert_eq!(found.len(), 0, "{query}");
    }
}

#[tokio::test]
async fn assignments_are_listed_page_by_page_and_an_odd_one_costs_only_itself() {
    let at = collection();
    let first = format!(
        r#"{{"value": [{ASSIGNED}, {{"name": "nope", "properties": {{}}}}], "nextLink": "https://management.azure.com{at}?$skipToken=2"}}"#
    );
    let second = format!(
        r#"{{"value": [{}]}}"#,
        ASSIGNED.replace(ASSIGNMENT, "55555555-5555-4555-8555-555555555555")
    );
    let asked = "api-version=2022-04-01&$filter=atScope()%20and%20assignedTo(%2733333333-3333-4333-8333-333333333333%27)";
    let server = server(arm("GET", &at, asked), json(200, &first), 1).await;
    arm("GET", &at, "$skipToken=2")
        .respond_with(json(200, &second))
        .expect(1)
        .mount(&server)
        .await;
    let found = roles_at(&server)
        .list_role_assignments(&scope(), PRINCIPAL.parse().unwrap(), None)
        .await
        .unwrap();
    let names: Vec<_> = found.iter().map(|one| one.name.to_string()).collect();
    assert_eq!(names, [ASSIGNMENT, "55555555-5555-4555-8555-555555555555"]);
}

#[tokio::test]
async fn a_next_link_to_another_host_gets_no_token() {
    let page = r#"{"value": [], "nextLink": "https://evil.example/next"}"#;
    let canned = Canned::new([(200, page)]);
    let error = roles_over(canned.transport())
        .list_role_assignments(&scope(), PRINCIPAL.parse().unwrap(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(canned.calls().len(), 1);
}

#[tokio::test]
async fn a_role_that_is_taken_away_comes_back_once() {
    let there = server(
        arm("DELETE", &one(), ROLES).and(no_body),
        json(200, ASSIGNED),
        1,
    )
    .await;
    let deleted = roles_at(&there)
        .delete_role_assignment(&scope(), &name())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(deleted.name, name());

    let gone = r#"{"error":{"code":"RoleAssignmentNotFound","message":"m"}}"#;
    for answer in [ResponseTemplate::new(204), json(404, gone)] {
        let absent = server(arm("DELETE", &one(), ROLES), answer, 1).await;
        let deleted = roles_at(&absent)
            .delete_role_assignment(&scope(), &name())
            .await
            .unwrap();
        assert!(deleted.is_none());
    }
}

#[tokio::test]
async fn taking_a_role_away_in_a_subscription_that_does_not_exist_is_a_mistake() {
    let body = r#"{"error":{"code":"SubscriptionNotFound","message":"m"}}"#;
    let server = server(arm("DELETE", &one(), ROLES), json(404, body), 1).await;
    let error = roles_at(&server)
        .delete_role_assignment(&scope(), &name())
        .await
        .unwrap_err();
    assert_eq!(error.failure().code(), Some("SubscriptionNotFound"));
}
