//! What the services' errors mean: their own bodies, word for word, against the tables of rules.

use crate::{
    managed_identities::IDENTITY_ID,
    support::{CLIENT, Canned, OBJECT, PRINCIPAL, TENANT, graph_over, identities_over},
};
use entra_graph::{
    ApplicationUpdate, ApplicationsApi as _, Cloud, DeletedApplicationsApi as _, Error,
    FederatedCredentialsApi as _, Hint, Kind, MANAGED_IDENTITY_RULES, ManagedIdentitiesApi as _,
    NewApplication, NewFederatedCredential, RULES, ServicePrincipalsApi as _, SignedInApi as _,
    TOKEN_RULES,
};

const TRANSIENT: Hint = Hint::Transient { after: None };

/// The error of one operation that gets this answer.
async fn error_of(operation: &str, status: u16, body: &str) -> Error {
    let canned = Canned::new([(status, body.as_bytes().to_vec())]);
    let graph = graph_over(canned.transport());
    let object = OBJECT.parse().unwrap();
    let client = CLIENT.parse().unwrap();
    let unique = "cmk-contoso".parse().unwrap();
    let name = "cmk-identity".parse().unwrap();
    let credential = NewFederatedCredential::for_managed_identity(
        Cloud::Public,
        TENANT.parse().unwrap(),
        PRINCIPAL.parse().unwrap(),
    );
    let update = ApplicationUpdate {
        unique_name: Some("cmk-contoso".parse().unwrap()),
        ..Default::default()
    };
    let identities = identities_over(canned.transport());
    let identity = IDENTITY_ID.parse().unwrap();
    let error = match operation {
        "create_application_if_missing" => graph
            .create_application_if_missing(&unique, &NewApplication::new("CMK"), None)
            .await
            .unwrap_err(),
        "get_application" => graph.get_application(object, None).await.unwrap_err(),
        "list_applications_named" => graph
            .list_applications_named("CMK", None)
            .await
            .unwrap_err(),
        "update_application" => graph
            .update_application(object, &update, None)
            .await
            .unwrap_err(),
        "delete_application" => graph.delete_application(object, None).await.unwrap_err(),
        "find_deleted_application" => graph.find_deleted_application(&unique).await.unwrap_err(),
        "restore_deleted_application" => {
            graph.restore_deleted_application(object).await.unwrap_err()
        }
        "create_federated_credential_if_missing" => graph
            .create_federated_credential_if_missing(object, &name, &credential, None)
            .await
            .unwrap_err(),
        "list_federated_credentials" => graph.list_federated_credentials(object).await.unwrap_err(),
        "get_federated_credential" => graph
            .get_federated_credential(object, &name)
            .await
            .unwrap_err(),
        "update_federated_credential" => graph
            .update_federated_credential(object, &name, &credential)
            .await
            .unwrap_err(),
        "create_service_principal_if_missing" => graph
            .create_service_principal_if_missing(client, None)
            .await
            .unwrap_err(),
        "get_service_principal_by_client_id" => graph
            .get_service_principal_by_client_id(client)
            .await
            .unwrap_err(),
        "get_signed_in_principal" => graph.get_signed_in_principal().await.unwrap_err(),
        "put_identity" => identities
            .put_identity(&identity, &"eastus2".parse().unwrap(), None)
            .await
            .unwrap_err(),
        "get_identity" => identities.get_identity(&identity).await.unwrap_err(),
        "delete_identity" => identities.delete_identity(&identity).await.unwrap_err(),
        other => panic!("no case calls {other}"),
    };
    assert_eq!(error.failure().operation(), operation);
    assert_eq!(canned.calls().len(), 1, "{operation} is sent once");
    error
}

struct Case {
    operation: &'static str,
    status: u16,
    body: &'static str,
    kind: Kind,
    hint: Option<Hint>,
    help: &'static str,
}

async fn check(cases: &[Case]) {
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
    }
}

const DENIED: &str = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation.","innerError":{"date":"2026-01-02T03:04:05","request-id":"77777777-7777-4777-8777-777777777777","client-request-id":"77777777-7777-4777-8777-777777777777"}}}"#;
const NOT_FOUND: &str = r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource '22222222-2222-4222-8222-222222222222' does not exist or one of its queried reference-property objects are not present."}}"#;

#[tokio::test]
async fn names_that_are_taken_are_final_conflicts() {
    let unique = r#"{"error":{"code":"Request_BadRequest","message":"Another object with the same value for property uniqueName already exists."}}"#;
    let pair = r#"{"error":{"code":"InvalidFederatedIdentityCredentialValue","message":"The combination of issuer and subject must be unique for the application. Issuer https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0 and Subject: 44444444-4444-4444-8444-444444444444 already exist. paramName: FederatedIdentityCredential.Subject, paramValue: 44444444-4444-4444-8444-444444444444, objectType: Microsoft.Online.DirectoryServices.Application"}}"#;
    let name = r#"{"error":{"code":"Request_MultipleObjectsWithSameKeyValue","message":"FederatedIdentityCredential with name main already exists."}}"#;
    let principal = r#"{"error":{"code":"Request_MultipleObjectsWithSameKeyValue","message":"The service principal cannot be created, updated, or restored because the service principal name 33333333-3333-4333-8333-333333333333 is already in use."}}"#;
    let conflict = |operation, status, body, help| Case {
        operation,
        status,
        body,
        kind: Kind::Conflict,
        hint: Some(Hint::Permanent),
        help,
    };
    check(&[
        conflict(
            "create_application_if_missing",
            400,
            unique,
            "restore it, or take another name",
        ),
        conflict("update_application", 400, unique, "restore it"),
        conflict(
            "create_federated_credential_if_missing",
            400,
            pair,
            "list them",
        ),
        conflict("update_federated_credential", 400, pair, "list them"),
        conflict(
            "create_federated_credential_if_missing",
            409,
            name,
            "a credential of this name",
        ),
        conflict(
            "create_service_principal_if_missing",
            409,
            principal,
            "read it by client id",
        ),
        conflict(
            "restore_deleted_application",
            409,
            principal,
            "an object with this key",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_concurrent_write_is_waited_for() {
    let body = r#"{"error":{"code":"Directory_ConcurrencyViolation","message":"Error due to concurrent requests being made to the tenant. Please wait briefly and retry."}}"#;
    for operation in [
        "create_federated_credential_if_missing",
        "create_application_if_missing",
        "update_application",
    ] {
        check(&[Case {
            operation,
            status: 409,
            body,
            kind: Kind::Conflict,
            hint: Some(Hint::Busy),
            help: "one after another",
        }])
        .await;
    }
}

#[tokio::test]
async fn a_new_application_is_waited_for() {
    let backing = r#"{"error":{"code":"Request_BadRequest","message":"The appId '33333333-3333-4333-8333-333333333333' of the service principal does not reference a valid application object.","details":[{"code":"NoBackingApplicationObject","message":"The appId '33333333-3333-4333-8333-333333333333' of the service principal does not reference a valid application object.","target":"appId"}]}}"#;
    let bare = r#"{"error":{"code":"Request_BadRequest","message":"The appId '33333333-3333-4333-8333-333333333333' of the service principal does not reference a valid application object."}}"#;
    let local = r#"{"error":{"code":"Authorization_RequestDenied","message":"When using this permission, the backing application of the service principal being created must in the local tenant"}}"#;
    let wait = |operation, status, body, kind, help| Case {
        operation,
        status,
        body,
        kind,
        hint: Some(Hint::Propagation),
        help,
    };
    let create = "create_service_principal_if_missing";
    check(&[
        wait(create, 400, backing, Kind::InvalidRequest, "signInAudience"),
        wait(create, 400, bare, Kind::InvalidRequest, "signInAudience"),
        wait(
            create,
            403,
            local,
            Kind::Forbidden,
            "owning applications is not enough",
        ),
        wait(
            "create_federated_credential_if_missing",
            404,
            NOT_FOUND,
            Kind::NotFound,
            "a moment ago",
        ),
        wait(
            "list_federated_credentials",
            404,
            NOT_FOUND,
            Kind::NotFound,
            "a moment ago",
        ),
        wait(
            "update_application",
            404,
            NOT_FOUND,
            Kind::NotFound,
            "a moment ago",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_read_that_finds_nothing_has_no_opinion_on_waiting() {
    for operation in [
        "get_application",
        "get_federated_credential",
        "get_service_principal_by_client_id",
    ] {
        check(&[Case {
            operation,
            status: 404,
            body: NOT_FOUND,
            kind: Kind::NotFound,
            hint: None,
            help: "",
        }])
        .await;
    }
}

#[tokio::test]
async fn an_unreadable_directory_is_no_absence() {
    check(&[Case {
        operation: "get_application",
        status: 404,
        body: r#"{"error":{"code":"Directory_ObjectNotFound","message":"Unable to read the company information from the directory."}}"#,
        kind: Kind::Other,
        hint: Some(TRANSIENT),
        help: "",
    }])
    .await;
}

#[tokio::test]
async fn a_policy_of_the_tenant_is_final() {
    let audience = r#"{"error":{"code":"Request_BadRequest","message":"SignInAudience value 'AzureADMultipleOrgs' not allowed as per assigned policy '77777777-7777-4777-8777-777777777777'. Set the application to use single-tenant audience of 'AzureADMyOrg'."}}"#;
    let issuer = r#"{"error":{"code":"InvalidFederatedIdentityCredentialValue","message":"Issuer value 'https://login.microsoftonline.com/x/v2.0' not allowed as per assigned policy '77777777-7777-4777-8777-777777777777'."}}"#;
    let refused = |operation, body, help| Case {
        operation,
        status: 400,
        body,
        kind: Kind::Forbidden,
        hint: Some(Hint::Permanent),
        help,
    };
    check(&[
        refused(
            "create_application_if_missing",
            audience,
            "exempt the application",
        ),
        refused(
            "create_federated_credential_if_missing",
            issuer,
            "forbids this issuer",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_missing_right_names_itself() {
    let denied = |operation, help| Case {
        operation,
        status: 403,
        body: DENIED,
        kind: Kind::Forbidden,
        hint: Some(Hint::NeedsPermission),
        help,
    };
    check(&[
        denied("create_application_if_missing", "Application Developer"),
        denied(
            "create_service_principal_if_missing",
            "Cloud Application Administrator",
        ),
        denied(
            "create_federated_credential_if_missing",
            "own the application",
        ),
        denied("list_applications_named", "Application.Read.All"),
        denied("find_deleted_application", "Application.Read.All"),
        denied(
            "restore_deleted_application",
            "Hybrid Identity Administrator",
        ),
        denied("delete_application", "documentation"),
        Case {
            body: r#"{"error":{"code":"AccessDenied","message":"error=insufficient_claims"}}"#,
            ..denied("get_application", "sign in again")
        },
    ])
    .await;
}

#[tokio::test]
async fn a_full_quota_is_no_missing_right() {
    check(&[Case {
        operation: "create_application_if_missing",
        status: 403,
        body: r#"{"error":{"code":"Directory_QuotaExceeded","message":"The directory object quota limit for the Principal has been exceeded."}}"#,
        kind: Kind::Forbidden,
        hint: Some(Hint::Permanent),
        help: "deleted ones count",
    }])
    .await;
}

#[tokio::test]
async fn load_and_tokens_are_told_apart() {
    let case = |operation, status, body, kind, hint, help| Case {
        operation,
        status,
        body,
        kind,
        hint: Some(hint),
        help,
    };
    let unknown = r#"{"error":{"code":"UnknownError","message":"","innerError":{"date":"2026-01-02T03:04:05"}}}"#;
    let token = r#"{"error":{"code":"InvalidAuthenticationToken","message":"Access token validation failure. Invalid audience."}}"#;
    check(&[
        case(
            "update_application",
            429,
            unknown,
            Kind::Throttled,
            TRANSIENT,
            "",
        ),
        case(
            "update_application",
            503,
            "<html>busy</html>",
            Kind::Other,
            TRANSIENT,
            "",
        ),
        case(
            "update_application",
            401,
            token,
            Kind::Unauthenticated,
            Hint::Permanent,
            "audience",
        ),
    ])
    .await;
}

#[tokio::test]
async fn an_application_has_no_signed_in_user() {
    let delegated = r#"{"error":{"code":"BadRequest","message":"/me request is only valid with delegated authentication flow."}}"#;
    let empty = r#"{"error":{"code":"NoPermissionsInAccessToken","message":"The token contains no permissions, or permissions can not be understood."}}"#;
    for (status, body, kind) in [
        (400, delegated, Kind::InvalidRequest),
        (401, empty, Kind::Unauthenticated),
        (403, DENIED, Kind::Forbidden),
    ] {
        check(&[Case {
            operation: "get_signed_in_principal",
            status,
            body,
            kind,
            hint: Some(Hint::Permanent),
            help: "give its object id yourself",
        }])
        .await;
    }
}

#[tokio::test]
async fn errors_of_managed_identities_are_classified() {
    let case = |operation, status, body, kind, hint, help| Case {
        operation,
        status,
        body,
        kind,
        hint: Some(hint),
        help,
    };
    let put = "put_identity";
    check(&[
        case(put, 429, r#"{"error":{"code":"TooManyRequests","message":"slow down"}}"#, Kind::Throttled, TRANSIENT, "one write in four seconds"),
        case(put, 429, r#"{"error":{"code":"RetryableErrorDueToAnotherOperation","message":"busy"}}"#, Kind::Conflict, Hint::Busy, "another write"),
        case(put, 409, r#"{"error":{"code":"ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity","message":"m"}}"#, Kind::Conflict, Hint::Busy, "one after another"),
        case(put, 409, r#"{"error":{"code":"Conflict","message":"m"}}"#, Kind::Conflict, Hint::Busy, "another write"),
        case(put, 405, r#"{"error":{"code":"MethodNotAllowed","message":"The request format was unexpected: Support for federated identity credentials not enabled."}}"#, Kind::InvalidRequest, Hint::Permanent, "another region"),
        case(put, 400, r#"{"error":{"code":"BadRequest","message":"Issuer and subject combination already exists for this Managed Identity."}}"#, Kind::Conflict, Hint::Permanent, "list them"),
        case(put, 400, r#"{"error":{"code":"FailedIdentityOperation","message":"Identity operation for resource failed with error 'Failed to perform resource identity operation. Status: 'Conflict'. Response: pending delete operation, try again later'."}}"#, Kind::Conflict, Hint::Busy, "still being deleted"),
        case(put, 400, r#"{"error":{"code":"FailedIdentityOperation","message":"Identity operation for resource failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'.'."}}"#, Kind::InvalidRequest, Hint::Permanent, "check that it exists"),
        // Resource Manager's own rules come after.
        case(put, 409, r#"{"error":{"code":"MissingSubscriptionRegistration","message":"The subscription is not registered to use namespace 'Microsoft.ManagedIdentity'."}}"#, Kind::Conflict, Hint::NeedsPermission, "register"),
        case(put, 404, r#"{"error":{"code":"ResourceGroupNotFound","message":"Resource group 'rg' could not be found."}}"#, Kind::NotFound, Hint::Permanent, "resource group"),
        case("get_identity", 403, r#"{"error":{"code":"AuthorizationFailed","message":"The client does not have authorization to perform action."}}"#, Kind::Forbidden, Hint::NeedsPermission, "grant"),
        // A subscription that this cloud does not know proves no absence.
        case("delete_identity", 404, r#"{"error":{"code":"SubscriptionNotFound","message":"The subscription '66666666-6666-4666-8666-666666666666' could not be found."}}"#, Kind::NotFound, Hint::Permanent, "subscription"),
    ])
    .await;
}

#[test]
fn every_row_says_where_it_is_known_from() {
    for rule in [RULES, MANAGED_IDENTITY_RULES, TOKEN_RULES].concat() {
        assert!(rule.known_from().starts_with("https://"), "{rule:?}");
        let passing = matches!(rule.hint(), Hint::Transient { .. });
        assert!(passing || rule.advice().is_some(), "{rule:?}");
    }
}
