//! Delegates: whom a condition lets give and take some roles only.

use crate::kit::{As, at_once, code, message, text};
use azure_sim::{Principal, SimResponse, TwoTenants};
use serde_json::{Value, json};

const VERSION: &str = "2022-04-01";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const CRYPTO: &str = "e147488a-f6f5-4113-8e2d-b22465e65bf6";
const RBAC_ADMINISTRATOR: &str = "f58310d9-a9f6-439a-9e8d-f62e7b41a168";
const FIRST: &str = "22222222-2222-4222-8222-222222222222";
const SECOND: &str = "33333333-3333-4333-8333-333333333333";

/// A customer with a vault, and somebody who holds some roles in the subscription.
struct Case {
    azure: TwoTenants,
    user: Principal,
}

impl Case {
    fn new(roles: &[&str]) -> Self {
        let azure = at_once();
        let customer = &azure.customer;
        let user = azure
            .sim
            .add_user(&customer.tenant, "user@customer.example", &[]);
        let scope = format!("/subscriptions/{}", customer.subscription_id);
        for role in roles {
            assert!(azure.sim.grant(&user, role, &scope));
        }
        let case = Self { azure, user };
        let admin = case.admin();
        let location = json!({"location": "westeurope"});
        let group = format!("{scope}/resourceGroups/rg");
        assert_eq!(admin.arm("PUT", &group, "2025-04-01", location).status, 201);
        let vault = json!({
            "location": "westeurope",
            "properties": {
                "tenantId": case.azure.customer.tenant_id,
                "sku": {"family": "A", "name": "standard"},
                "accessPolicies": [],
                "enableRbacAuthorization": false,
            },
        });
        let made = admin.arm("PUT", &case.vault(), "2023-07-01", vault);
        assert_eq!(made.status, 200);
        case
    }

    fn admin(&self) -> As<'_> {
        As::admin(&self.azure, &self.azure.customer)
    }

    fn delegate(&self) -> As<'_> {
        As {
            who: &self.user,
            ..self.admin()
        }
    }

    fn scope(&self) -> String {
        format!("/subscriptions/{}", self.azure.customer.subscription_id)
    }

    fn vault(&self) -> String {
        format!(
            "{}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-keys",
            self.scope()
        )
    }

    fn give(&self, who: &As<'_>, name: &str, role: &str, more: Value) -> SimResponse {
        let mut properties = json!({
            "roleDefinitionId": format!("{}/providers/Microsoft.Authorization/roleDefinitions/{role}", self.scope()),
            "principalId": self.user.object_id,
            "principalType": "User",
        });
        let members = properties.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        who.arm(
            "PUT",
            &self.assignment(name),
            VERSION,
            json!({"properties": properties}),
        )
    }

    fn assignment(&self, name: &str) -> String {
        format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{name}",
            self.scope()
        )
    }

    fn take(&self, who: &As<'_>, name: &str) -> SimResponse {
        who.arm("DELETE", &self.assignment(name), VERSION, Value::Null)
    }
}

#[test]
fn a_delegate_takes_only_the_roles_that_he_may_give() {
    let case = Case::new(&["Key Vault Data Access Administrator"]);
    for (name, role) in [(FIRST, READER), (SECOND, CRYPTO)] {
        let made = case.give(&case.admin(), name, role, json!({}));
        assert_eq!(made.status, 201);
    }
    let refused = case.take(&case.delegate(), FIRST);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (403, "AuthorizationFailed")
    );
    let said = message(&refused);
    assert!(
        said.contains("or an ABAC condition not fulfilled to perform action 'Microsoft.Authorization/roleAssignments/delete'"),
        "{said}"
    );
    assert_eq!(case.take(&case.delegate(), SECOND).status, 200);
    let absent = "44444444-4444-4444-8444-444444444444";
    assert_eq!(case.take(&case.delegate(), absent).status, 204);
}

#[test]
fn a_delegate_does_not_switch_a_vault_to_roles() {
    let switch = json!({"properties": {"enableRbacAuthorization": true}});
    let case = Case::new(&[
        "Key Vault Data Access Administrator",
        "Key Vault Contributor",
    ]);
    let patch = |who: &As<'_>| who.arm("PATCH", &case.vault(), "2023-07-01", switch.clone());
    let refused = patch(&case.delegate());
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (403, "InsufficientPermissions")
    );
    assert!(message(&refused).starts_with("Caller is not allowed to change permission model."));
    assert_eq!(patch(&case.admin()).status, 200);
    let free = Case::new(&["User Access Administrator", "Key Vault Contributor"]);
    let done = free
        .delegate()
        .arm("PATCH", &free.vault(), "2023-07-01", switch.clone());
    assert_eq!(done.status, 200);
}

#[test]
fn the_last_owner_of_a_subscription_stays() {
    let case = Case::new(&[]);
    let admin = case.admin();
    let path = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()",
        case.scope()
    );
    let listed = admin.arm("GET", &path, VERSION, Value::Null).body_json();
    let first = text(&listed, "/value/0/name");
    let refused = case.take(&admin, &first);
    assert_eq!(
        (refused.status, message(&refused).as_str()),
        (400, "Cannot delete the last RBAC admin assignment")
    );
    let owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    assert_eq!(case.give(&admin, FIRST, owner, json!({})).status, 201);
    assert_eq!(case.take(&admin, &first).status, 200);
}

/// What an administrator's condition limits a delegate to: one role, for service principals.
fn one_role() -> Value {
    let limit = format!(
        "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{CRYPTO}}} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}))"
    );
    json!({"condition": limit, "conditionVersion": "2.0"})
}

#[test]
fn a_condition_of_an_assignment_limits_what_its_role_allows() {
    let case = Case::new(&[]);
    let given = case.give(&case.admin(), FIRST, RBAC_ADMINISTRATOR, one_role());
    assert_eq!(given.status, 201);
    let stranger = "99999999-9999-4999-8999-999999999999";
    let wanted = |role: &str, kind: Option<&str>| {
        let mut properties = json!({
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            "principalId": stranger,
        });
        if let Some(kind) = kind {
            properties["principalType"] = json!(kind);
        }
        case.delegate().arm(
            "PUT",
            &case.assignment(SECOND),
            VERSION,
            json!({"properties": properties}),
        )
    };
    let service = Some("ServicePrincipal");
    for (role, kind) in [(READER, service), (CRYPTO, Some("User")), (CRYPTO, None)] {
        let refused = wanted(role, kind);
        assert_eq!(refused.status, 403, "{role} {kind:?}");
        assert!(message(&refused).contains("or an ABAC condition not fulfilled"));
    }
    assert_eq!(wanted(CRYPTO, service).status, 201);
    // It says nothing of deletions.
    assert_eq!(case.take(&case.delegate(), SECOND).status, 200);
    assert_eq!(case.take(&case.delegate(), FIRST).status, 200);
}

#[test]
fn a_lock_stops_a_delegate_before_his_condition_does() {
    let case = Case::new(&["Key Vault Data Access Administrator"]);
    let lock = format!(
        "{}/providers/Microsoft.Authorization/locks/still",
        case.scope()
    );
    let level = json!({"properties": {"level": "ReadOnly"}});
    let made = case.admin().arm("PUT", &lock, "2020-05-01", level);
    assert_eq!(made.status, 201);
    let refused = case.give(&case.delegate(), FIRST, CRYPTO, json!({}));
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (409, "ScopeLocked")
    );
}

#[test]
fn what_is_no_condition_is_refused_and_a_part_that_is_not_modelled_is_named() {
    let case = Case::new(&[]);
    let storage = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:Name] stringEquals 'foo'";
    let give = |more: Value| case.give(&case.admin(), FIRST, READER, more);
    for more in [
        json!({"condition": "garbage", "conditionVersion": "2.0"}),
        json!({"condition": storage, "conditionVersion": "1.0"}),
        json!({"conditionVersion": "1.0"}),
    ] {
        let refused = give(more.clone());
        assert_eq!(
            (refused.status, message(&refused).as_str()),
            (400, "The given role assignment condition is invalid."),
            "{more}"
        );
    }
    let later = "@Environment[UtcNow] DateTimeGreaterThan '2026-01-01T00:00:00Z'";
    let unknown = give(json!({"condition": later, "conditionVersion": "2.0"}));
    assert_eq!(unknown.status, 501);
    assert_eq!(case.azure.sim.unmodelled(), ["condition on @Environment"]);
    // Recorded: a reader of what has no such name. He reads nothing here. The version is the default one.
    let made = give(json!({"condition": storage}));
    assert_eq!(made.status, 201);
    let version = &made.body_json()["properties"]["conditionVersion"];
    assert_eq!(version, "2.0");
    let read = case
        .delegate()
        .arm("GET", &case.vault(), "2023-07-01", Value::Null);
    assert_eq!(code(&read), "AuthorizationFailed");
    // What is empty is no condition.
    let none = give(json!({"condition": "", "conditionVersion": ""}));
    assert_eq!(none.status, 201);
    let read = case
        .delegate()
        .arm("GET", &case.vault(), "2023-07-01", Value::Null);
    assert_eq!(read.status, 200);
}
