//! What errors of role assignments mean, and that no row of the table goes without a case.

use crate::{
    errors_of_keys::KEY_CASES,
    errors_of_vaults::VAULT_CASES,
    support::{
        ASSIGNMENT, Canned, PRINCIPAL, SUBSCRIPTION, TENANT, key_name, keys_over, roles_over,
        vault_id, vaults_over, version,
    },
};
use cmk_core::ServiceError;
use keyvault_rbac::{
    ArmKeysApi as _, Error, Hint, KeyUpdate, KeysApi as _, Kind, NewKey, NewRoleAssignment,
    NewVault, RULES, Role, RoleAssignmentsApi as _, RoleDefinitionsApi as _, RotationPolicy,
    RsaKeySize, Rule, VaultUpdate, VaultsApi as _, WrapAlgorithm,
};

pub(crate) const TRANSIENT: Hint = Hint::Transient { after: None };

/// One answer of a service, and what it means. An empty `help` is "none".
pub(crate) struct Case {
    pub(crate) operation: &'static str,
    pub(crate) status: u16,
    pub(crate) body: &'static str,
    pub(crate) kind: Kind,
    pub(crate) hint: Option<Hint>,
    pub(crate) help: &'static str,
}

pub(crate) const fn case(
    operation: &'static str,
    status: u16,
    body: &'static str,
    kind: Kind,
    hint: Hint,
    help: &'static str,
) -> Case {
    Case {
        operation,
        status,
        body,
        kind,
        hint: Some(hint),
        help,
    }
}

/// The error of one operation that gets this answer.
async fn error_of(operation: &str, status: u16, body: &str) -> Error {
    let canned = Canned::new([(status, body)]);
    let (vaults, roles) = (
        vaults_over(canned.transport()),
        roles_over(canned.transport()),
    );
    let keys = keys_over(canned.transport());
    let (vault, key, version) = (vault_id(), key_name(), version());
    let subscription = SUBSCRIPTION.parse().unwrap();
    let tenant = TENANT.parse().unwrap();
    let location = "eastus2".parse().unwrap();
    let scope = vault.to_scope();
    let assignment = ASSIGNMENT.parse().unwrap();
    let role = Role::KeyVaultCryptoServiceEncryptionUser;
    let principal = PRINCIPAL.parse().unwrap();
    let new_key = NewKey::rsa(RsaKeySize::Bits2048);
    let oaep = WrapAlgorithm::RsaOaep256;
    let error = match operation {
        "create_vault" => {
            let new = NewVault::new(location, tenant);
            vaults.create_vault(&vault, &new, None).await.unwrap_err()
        }
        "get_vault" => vaults.get_vault(&vault).await.unwrap_err(),
        "update_vault" => {
            let update = VaultUpdate::default();
            vaults.update_vault(&vault, &update).await.unwrap_err()
        }
        "delete_vault" => vaults.delete_vault(&vault).await.unwrap_err(),
        "recover_vault" => {
            let recovered = vaults.recover_vault(&vault, &location, tenant).await;
            recovered.unwrap_err()
        }
        "list_vaults" => vaults.list_vaults(subscription, None).await.unwrap_err(),
        "create_key_if_absent" => {
            let made = vaults
                .create_key_if_absent(&vault, &key, &new_key, None)
                .await;
            made.unwrap_err()
        }
        "assign_role" => {
            let new = NewRoleAssignment::for_service_principal(role, principal);
            let assigned = roles.assign_role(&scope, &assignment, &new, None).await;
            assigned.unwrap_err()
        }
        "delete_role_assignment" => {
            let deleted = roles.delete_role_assignment(&scope, &assignment).await;
            deleted.unwrap_err()
        }
        "get_role_definition" => {
            let found = roles.get_role_definition(&scope, role.id()).await;
            found.unwrap_err()
        }
        "create_key" => keys.create_key(&key, &new_key, None).await.unwrap_err(),
        "get_key" => keys.get_key(&key, None).await.unwrap_err(),
        "list_key_versions" => keys.list_key_versions(&key).await.unwrap_err(),
        "update_key" => {
            let update = KeyUpdate::default();
            let updated = keys.update_key(&key, &version, &update).await;
            updated.unwrap_err()
        }
        "rotate_key" => keys.rotate_key(&key).await.unwrap_err(),
        "put_rotation_policy" => {
            let policy = RotationPolicy::default();
            keys.put_rotation_policy(&key, &policy).await.unwrap_err()
        }
        "wrap_key" => keys.wrap_key(&key, None, oaep, b"k").await.unwrap_err(),
        "unwrap_key" => {
            let unwrapped = keys.unwrap_key(&key, &version, oaep, b"k").await;
            unwrapped.unwrap_err()
        }
        "delete_key" => keys.delete_key(&key).await.unwrap_err(),
        "get_deleted_key" => keys.get_deleted_key(&key).await.unwrap_err(),
        "recover_deleted_key" => keys.recover_deleted_key(&key).await.unwrap_err(),
        other => panic!("no case calls {other}"),
    };
    assert_eq!(error.failure().operation(), operation);
    assert_eq!(canned.calls().len(), 1, "{operation} is sent once");
    error
}

pub(crate) async fn check(cases: &[Case]) {
    for case in cases {
        let error = error_of(case.operation, case.status, case.body).await;
        let what = format!("{} {} {}", case.operation, case.status, case.body);
        assert_eq!(error.kind(), case.kind, "{what}");
        assert_eq!(error.hint(), case.hint, "{what}");
        let help = error.help().unwrap_or_default();
        assert!(
            help.contains(case.help) && help.is_empty() == case.help.is_empty(),
            "{what}: {help}"
        );
        assert_eq!(error.failure().status(), Some(case.status), "{what}");
    }
}

const ROLE_CASES: &[Case] = &[
    // The recorded text, and the newer one.
    case(
        "assign_role",
        400,
        r#"{"error":{"code":"PrincipalNotFound","message":"Principal 33333333333343338333333333333333 does not exist in the directory 22222222-2222-4222-8222-222222222222."}}"#,
        Kind::InvalidRequest,
        Hint::Propagation,
        "its object id or its tenant is wrong",
    ),
    case(
        "assign_role",
        400,
        r#"{"error":{"code":"PrincipalNotFound","message":"Principal 33333333333343338333333333333333 does not exist in the directory 22222222-2222-4222-8222-222222222222. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype"}}"#,
        Kind::InvalidRequest,
        Hint::Propagation,
        "made a moment ago",
    ),
    case(
        "assign_role",
        409,
        r#"{"error":{"code":"RoleAssignmentExists","message":"The role assignment already exists. The ID of the existing role assignment is 44444444444444448444444444444444."}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "list its assignments",
    ),
    // Older stacks.
    case(
        "assign_role",
        400,
        r#"{"error":{"code":"RoleAssignmentExists","message":"The role assignment already exists."}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "list its assignments",
    ),
    case(
        "assign_role",
        400,
        r#"{"error":{"code":"RoleAssignmentUpdateNotPermitted","message":"Tenant ID, application ID, principal ID, and scope are not allowed to be updated."}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "use another name",
    ),
    case(
        "assign_role",
        400,
        r#"{"error":{"code":"UnmatchedPrincipalType","message":"The PrincipalId '33333333333343338333333333333333' has type 'User' , which is different from specified PrinciaplType 'ServicePrincipal'."}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "the message names it",
    ),
    case(
        "assign_role",
        400,
        r#"{"error":{"code":"PrincipalTypeNotSupported","message":"Principals of type Application cannot validly be used in role assignments."}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "object id of its service principal in this tenant",
    ),
    case(
        "assign_role",
        400,
        r#"{"error":{"code":"InvalidPrincipalId","message":"The Principal ID 'x' is not valid."}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "",
    ),
    case(
        "assign_role",
        404,
        r#"{"error":{"code":"RoleDefinitionDoesNotExist","message":"The specified role definition with ID 'e147488af6f541138e2db22465e65bf6' does not exist."}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "does not know this role",
    ),
    case(
        "assign_role",
        400,
        r#"{"error":{"code":"RoleDefinitionDoesNotExist","message":"The specified role definition with ID 'e147488af6f541138e2db22465e65bf6' does not exist."}}"#,
        Kind::InvalidRequest,
        Hint::Permanent,
        "does not know this role",
    ),
    case(
        "get_role_definition",
        404,
        r#"{"error":{"code":"RoleDefinitionDoesNotExist","message":"The specified role definition with ID 'e147488af6f541138e2db22465e65bf6' does not exist."}}"#,
        Kind::NotFound,
        Hint::Permanent,
        "check the GUID",
    ),
    case(
        "assign_role",
        400,
        r#"{"error":{"code":"RoleAssignmentLimitExceeded","message":"No more role assignments can be created (code: RoleAssignmentLimitExceeded)"}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "4,000 role assignments",
    ),
    case(
        "delete_role_assignment",
        412,
        r#"{"error":{"code":"CannotDeleteLastRbacAdmin","message":"Cannot delete the last RBAC admin assignment."}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "no owner left",
    ),
    // Resource Manager's own, on these operations.
    case(
        "assign_role",
        403,
        r#"{"error":{"code":"AuthorizationFailed","message":"The client 'admin' with object id '33333333-3333-4333-8333-333333333333' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '/s' or the scope is invalid. If access was recently granted, please refresh your credentials."}}"#,
        Kind::Forbidden,
        Hint::NeedsPermission,
        "the action that the message names",
    ),
    case(
        "assign_role",
        403,
        r#"{"error":{"code":"AuthorizationFailed","message":"The client 'admin' with object id '33333333-3333-4333-8333-333333333333' does not have authorization or an ABAC condition not fulfilled to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '/s'."}}"#,
        Kind::Forbidden,
        Hint::Permanent,
        "ask for a wider delegation",
    ),
    case(
        "delete_role_assignment",
        409,
        r#"{"error":{"code":"ScopeLocked","message":"The scope '/s' cannot perform delete operation because following scope(s) are locked: '/s'. Please remove the lock and try again."}}"#,
        Kind::Conflict,
        Hint::Permanent,
        "remove the lock",
    ),
    case(
        "assign_role",
        403,
        r#"{"error":{"code":"DenyAssignmentAuthorizationFailed","message":"The client has permission to perform action, however, the access is denied because of the deny assignment with name 'd'."}}"#,
        Kind::Forbidden,
        Hint::Permanent,
        "a deny assignment",
    ),
];

#[tokio::test]
async fn refusals_of_role_assignments_say_what_to_do() {
    check(ROLE_CASES).await;
}

#[tokio::test]
async fn a_gateway_that_gave_up_leaves_a_write_unknown_and_a_read_to_be_repeated() {
    // As recorded, the second without any code.
    for (status, body) in [
        (
            504,
            r#"{"error":{"code":"GatewayTimeout","message":"The gateway did not receive a response from 'Microsoft.KeyVault' within the specified time period."}}"#,
        ),
        (500, r#"{"Message": "An error has occurred."}"#),
        (
            502,
            r#"{"error":{"code":"InvalidGatewayHost","message":"Host name resolution failed for 'Microsoft.KeyVault'; cannot fulfill the request."}}"#,
        ),
    ] {
        let write = error_of("create_vault", status, body).await;
        assert_eq!((write.kind(), write.hint()), (Kind::OutcomeUnknown, None));
        let read = error_of("get_vault", status, body).await;
        assert_eq!((read.kind(), read.hint()), (Kind::Other, Some(TRANSIENT)));
    }
}

#[test]
fn every_row_of_the_table_is_held_by_a_case() {
    let cases = || [ROLE_CASES, VAULT_CASES, KEY_CASES].into_iter().flatten();
    // Once: each use of the constant may stand elsewhere in memory.
    let rules = RULES;
    for (index, row) in rules.iter().enumerate() {
        let held = cases().any(|case| {
            let error = ServiceError::parse(case.body.as_bytes());
            Rule::first_match(&[rules], case.operation, Some(case.status), &error)
                .is_some_and(|found| std::ptr::eq(found, row))
        });
        assert!(held, "row {index}: {row:?}");
    }
}
