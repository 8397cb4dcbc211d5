//! What a new role assignment must name: a scope that is there, a role by its whole id, a type that the version knows.

use crate::kit::{As, at_once, code, identity_path, message};
use azure_sim::{Assumptions, Lag, SimOptions, SimResponse, Throttling, TwoTenants};
use serde_json::{Value, json};

const VERSION: &str = "2022-04-01";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const FIRST: &str = "22222222-2222-4222-8222-222222222222";
const STRANGER: &str = "99999999-9999-4999-8999-999999999999";

fn role(id: &str) -> String {
    format!("/providers/Microsoft.Authorization/roleDefinitions/{id}")
}

fn give(who: &As<'_>, scope: &str, name: &str, version: &str, properties: Value) -> SimResponse {
    let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
    who.arm("PUT", &path, version, json!({"properties": properties}))
}

fn reader(principal: &str) -> Value {
    json!({"roleDefinitionId": role(READER), "principalId": principal, "principalType": "ServicePrincipal"})
}

#[test]
fn a_scope_that_is_not_there_takes_no_assignment() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let subscription = &azure.customer.subscription_id;
    let top = format!("/subscriptions/{subscription}");
    let put = |scope: &str| give(&admin, scope, FIRST, VERSION, reader(STRANGER));
    let vault = format!("{top}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/nowhere");
    for scope in [format!("{top}/resourceGroups/rg"), vault.clone()] {
        let refused = put(&scope);
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (404, "ResourceGroupNotFound"),
            "{scope}"
        );
    }
    admin.make_identity(subscription);
    for kind in [
        "Microsoft.KeyVault/vaults",
        "Microsoft.KeyVault/managedHSMs",
        "Microsoft.DocumentDB/databaseAccounts",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
    ] {
        let refused = put(&format!("{top}/resourceGroups/rg/providers/{kind}/nowhere"));
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (404, "ResourceNotFound"),
            "{kind}"
        );
        let wanted =
            format!("The Resource '{kind}/nowhere' under resource group 'rg' was not found.");
        assert!(message(&refused).starts_with(&wanted), "{kind}");
    }
    let refused = put(&format!("{vault}/keys/cosmos"));
    assert_eq!(code(&refused), "ResourceNotFound");
    let there = identity_path(subscription);
    assert_eq!(
        put(&there.to_uppercase().replace("/PROVIDERS/", "/providers/")).status,
        201
    );
    // Whoever may not assign roles there learns nothing.
    let user = azure
        .sim
        .add_user(&azure.customer.tenant, "user@customer.example", &[]);
    let nobody = As {
        who: &user,
        ..admin.at(0)
    };
    let refused = give(&nobody, &vault, FIRST, VERSION, reader(STRANGER));
    assert_eq!(code(&refused), "AuthorizationFailed");
}

#[test]
fn a_role_is_named_by_the_whole_id_of_its_definition() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let top = format!("/subscriptions/{}", azure.customer.subscription_id);
    let put = |definition: &str| {
        let mut wanted = reader(STRANGER);
        wanted["roleDefinitionId"] = json!(definition);
        give(&admin, &top, FIRST, VERSION, wanted)
    };
    for (definition, expected) in [
        (READER.to_owned(), "BadRequestFormat"),
        (format!("anything/{READER}"), "BadRequestFormat"),
        (
            role(READER).replace("roleDefinitions", "roleAssignments"),
            "BadRequestFormat",
        ),
        (role(&format!("{READER}|")), "InvalidRoleDefinitionId"),
        (role("Reader"), "InvalidRoleDefinitionId"),
        (role(STRANGER), "RoleDefinitionDoesNotExist"),
    ] {
        let refused = put(&definition);
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (400, expected),
            "{definition}"
        );
    }
    assert_eq!(put(&format!("{top}{}", role(READER))).status, 201);
}

#[test]
fn a_version_that_does_not_know_the_principals_type_ignores_it() {
    let azure = at_once();
    let admin = As::admin(&azure, &azure.customer);
    let top = format!("/subscriptions/{}", azure.customer.subscription_id);
    let put = |version: &str, principal: &str, kind: &str| {
        let mut wanted = reader(principal);
        wanted["principalType"] = json!(kind);
        give(&admin, &top, FIRST, version, wanted)
    };
    for version in ["2015-07-01", "2018-01-01-preview", "2018-07-01"] {
        let refused = put(version, STRANGER, "ServicePrincipal");
        assert_eq!(code(&refused), "PrincipalNotFound", "{version}");
    }
    // The administrator is a user: only who reads the type finds it wrong.
    let own = &azure.customer.admin.object_id;
    let wrong = put("2018-09-01-preview", own, "ServicePrincipal");
    assert_eq!(code(&wrong), "UnmatchedPrincipalType");
    let refused = put("2018-09-01-preview", STRANGER, "User");
    assert_eq!(code(&refused), "PrincipalNotFound");
    assert_eq!(put("2018-07-01", own, "ServicePrincipal").status, 201);
    let known = put("2018-09-01-preview", STRANGER, "ServicePrincipal");
    assert_eq!(code(&known), "RoleAssignmentUpdateNotPermitted");
}

#[test]
fn a_full_subscription_takes_no_assignment_whichever_status_that_has() {
    for status in [400, 409] {
        let azure = TwoTenants::new(SimOptions {
            lag: Lag::strict(),
            throttling: Throttling::Off,
            role_assignment_limit: Some(2),
            assumptions: Assumptions {
                role_assignment_limit_status: status,
                ..Assumptions::default()
            },
            ..SimOptions::default()
        });
        let admin = As::admin(&azure, &azure.customer);
        let subscription = &azure.customer.subscription_id;
        admin.make_identity(subscription);
        let put = |name: &str, principal: &str| {
            give(
                &admin,
                &identity_path(subscription),
                name,
                VERSION,
                reader(principal),
            )
        };
        // The administrator's own is the first.
        assert_eq!(put(FIRST, STRANGER).status, 201);
        let other = "88888888-8888-4888-8888-888888888888";
        let refused = put(other, other);
        assert_eq!(
            (
                refused.status,
                code(&refused).as_str(),
                message(&refused).as_str()
            ),
            (
                status,
                "RoleAssignmentLimitExceeded",
                "No more role assignments can be created (code: RoleAssignmentLimitExceeded)"
            )
        );
        // What is there is written again.
        assert_eq!(put(FIRST, STRANGER).status, 201);
    }
}
