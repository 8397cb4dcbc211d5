//! What Resource Manager's errors mean, with the texts that the service writes.

use crate::{
    script::{Reply, Script},
    server::{client_over, connection_over, subscription},
};
use azure_core::http::Method;
use cmk_core::{Error, Hint, Kind, ResourceGroupsApi as _, arm};
use std::time::Duration;

const TRANSIENT: Hint = Hint::Transient { after: None };

/// The error of a `PUT` that is answered like this.
async fn put_answered(reply: Reply) -> Error {
    let script = Script::new([reply]);
    let error = client_over(script.transport())
        .put_resource_group(
            subscription(),
            &"rg".parse().unwrap(),
            &"westeurope".parse().unwrap(),
            None,
        )
        .await
        .unwrap_err();
    assert_eq!(script.asked().len(), 1, "a PUT is sent once");
    error
}

#[tokio::test]
async fn every_named_error_gets_its_kind_and_its_hint() {
    let cases = [
        (
            401,
            "InvalidAuthenticationTokenTenant",
            "The access token is from the wrong issuer 'https://sts.windows.net/11111111-1111-4111-8111-111111111111/'. It must match the tenant 'https://sts.windows.net/22222222-2222-4222-8222-222222222222/' associated with this subscription.",
            Kind::Unauthenticated,
            Some(Hint::Permanent),
        ),
        (
            401,
            "InvalidAuthenticationToken",
            "The access token is invalid.",
            Kind::Unauthenticated,
            Some(Hint::Permanent),
        ),
        (
            401,
            "ExpiredAuthenticationToken",
            "The access token expiry UTC time is earlier than current UTC time.",
            Kind::Unauthenticated,
            Some(Hint::Permanent),
        ),
        (
            400,
            "FailedIdentityOperation",
            "Identity operation for resource '/subscriptions/s' failed with error 'Failed to perform resource identity operation. Status: 'Conflict'. Response: 'There is a pending delete operation, try again later'.",
            Kind::Conflict,
            Some(Hint::Busy),
        ),
        (
            409,
            "FailedIdentityOperation",
            "Identity operation for resource '/subscriptions/s' failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'.",
            Kind::InvalidRequest,
            Some(Hint::Permanent),
        ),
        (
            403,
            "AuthorizationFailed",
            "The client 'app' with object id '33333333-3333-4333-8333-333333333333' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourceGroups/write' over scope '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg' or the scope is invalid. If access was recently granted, please refresh your credentials.",
            Kind::Forbidden,
            Some(Hint::NeedsPermission),
        ),
        (
            403,
            "AuthorizationFailed",
            "The client 'app' does not have authorization or an ABAC condition not fulfilled to perform action 'Microsoft.Authorization/roleAssignments/write'",
            Kind::Forbidden,
            Some(Hint::Permanent),
        ),
        (
            403,
            "LinkedAuthorizationFailed",
            "The client has permission to perform action 'A' on scope 'S'; however, it does not have permission to perform action 'B' on the linked scope(s) 'L' or the linked scope(s) are invalid.",
            Kind::Forbidden,
            Some(Hint::NeedsPermission),
        ),
        (
            403,
            "RequestDisallowedByPolicy",
            "Resource 'rg' was disallowed by policy. Policy identifiers: '[]'.",
            Kind::Forbidden,
            Some(Hint::Permanent),
        ),
        (
            403,
            "DenyAssignmentAuthorizationFailed",
            "access is denied because of the deny assignment",
            Kind::Forbidden,
            Some(Hint::Permanent),
        ),
        (
            403,
            "ReadOnlyDisabledSubscription",
            "The subscription 'x' is disabled and therefore marked as read only.",
            Kind::Forbidden,
            Some(Hint::Permanent),
        ),
        (
            409,
            "ReadOnlyDisabledSubscription",
            "The subscription 'x' is disabled and therefore marked as read only.",
            Kind::Forbidden,
            Some(Hint::Permanent),
        ),
        (
            409,
            "ScopeLocked",
            "The scope 'id' cannot perform write operation because following scope(s) are locked: 'id'. Please remove the lock and try again.",
            Kind::Conflict,
            Some(Hint::Permanent),
        ),
        (
            409,
            "MissingSubscriptionRegistration",
            "The subscription is not registered to use namespace 'Microsoft.KeyVault'. See https://aka.ms/rps-not-found for how to register subscriptions.",
            Kind::Conflict,
            Some(Hint::NeedsPermission),
        ),
        (
            400,
            "NoRegisteredProviderFound",
            "No registered resource provider found for location 'l' and API version 'v' for type 't'.",
            Kind::InvalidRequest,
            Some(Hint::Permanent),
        ),
        (
            404,
            "NoRegisteredProviderFound",
            "No registered resource provider found for location 'l' and API version 'v' for type 't'.",
            Kind::InvalidRequest,
            Some(Hint::Permanent),
        ),
        (
            404,
            "InvalidResourceType",
            "The resource type could not be found in the namespace 'n' for api version 'v'.",
            Kind::InvalidRequest,
            Some(Hint::Permanent),
        ),
        (
            404,
            "SubscriptionNotFound",
            "The subscription 'x' could not be found.",
            Kind::NotFound,
            Some(Hint::Permanent),
        ),
        (
            404,
            "ResourceGroupNotFound",
            "Resource group 'rg' could not be found.",
            Kind::NotFound,
            Some(Hint::Permanent),
        ),
        (
            404,
            "ResourceNotFound",
            "The Resource 'Microsoft.KeyVault/vaults/v1' under resource group 'rg' was not found.",
            Kind::NotFound,
            Some(Hint::Permanent),
        ),
        (
            404,
            "ParentResourceNotFound",
            "Can not perform requested operation on nested resource. Parent resource 'x' not found.",
            Kind::NotFound,
            Some(Hint::Propagation),
        ),
        (
            409,
            "InvalidResourceLocation",
            "The resource 'rg' already exists in location 'eastus'.",
            Kind::Conflict,
            Some(Hint::Permanent),
        ),
        (
            429,
            "SubscriptionRequestsThrottled",
            "Number of 'write' requests for subscription 's' actor 'a' exceeded. Please try again after '10' seconds.",
            Kind::Throttled,
            Some(TRANSIENT),
        ),
        // A 429 can be a provider's word for "busy": the code tells.
        (
            429,
            "RetryableErrorDueToAnotherOperation",
            "Operation is in progress.",
            Kind::Conflict,
            Some(Hint::Busy),
        ),
        (
            409,
            "AnotherOperationInProgress",
            "Another operation is in progress.",
            Kind::Conflict,
            Some(Hint::Busy),
        ),
        (
            504,
            "GatewayTimeout",
            "The gateway did not receive a response from 'Microsoft.Resources' within the specified time period.",
            Kind::OutcomeUnknown,
            None,
        ),
        (
            500,
            "InternalServerError",
            "The server encountered an error.",
            Kind::OutcomeUnknown,
            None,
        ),
        (
            413,
            "RequestContentTooLarge",
            "The request content size exceeds the maximum size of 4 MB.",
            Kind::InvalidRequest,
            None,
        ),
        (418, "NeverHeardOf", "?", Kind::Other, None),
    ];
    for (status, code, message, kind, hint) in cases {
        let body = serde_json::json!({ "error": { "code": code, "message": message } }).to_string();
        let error = put_answered(Reply::json(status, &body)).await;
        assert_eq!(
            (error.kind(), error.hint()),
            (kind, hint),
            "{status} {code}"
        );
        let failure = error.failure();
        assert_eq!(
            (failure.status(), failure.code(), failure.message()),
            (Some(status), Some(code), Some(message))
        );
        assert_eq!(
            error.to_string(),
            format!(
                "put_resource_group /subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg failed: {status} {code}"
            )
        );
    }
}

#[test]
fn every_rule_says_where_it_is_known_from() {
    for rule in arm::RULES {
        assert!(rule.known_from().starts_with("https://"), "{rule:?}");
    }
}

#[tokio::test]
async fn a_policy_inside_a_wrapper_is_found() {
    let body = r#"{"error":{"code":"ResourceValidationFailed","message":"m","details":[{"code":"RequestDisallowedByPolicy","message":"Resource 'rg' was disallowed by policy.","additionalInfo":[{"type":"PolicyViolation","info":{}}]}]}}"#;
    let error = put_answered(Reply::json(400, body)).await;
    assert_eq!(
        (error.kind(), error.hint()),
        (Kind::Forbidden, Some(Hint::Permanent))
    );
}

#[tokio::test]
async fn the_services_request_id_is_kept() {
    for (headers, expected) in [
        (
            vec![
                ("x-ms-request-id", "r1"),
                ("x-ms-correlation-request-id", "c1"),
            ],
            Some("r1"),
        ),
        (vec![("request-id", "g1")], Some("g1")),
        (vec![("x-ms-correlation-request-id", "c1")], Some("c1")),
        (vec![], None),
    ] {
        let mut reply = Reply::json(418, "");
        for (name, value) in headers {
            reply = reply.with(name, value);
        }
        let error = put_answered(reply).await;
        assert_eq!(error.failure().request_id(), expected);
    }
}

#[tokio::test]
async fn retry_after_is_read_as_seconds_only() {
    let after = |seconds| {
        Some(Hint::Transient {
            after: Some(Duration::from_secs(seconds)),
        })
    };
    for (value, expected) in [
        ("0", after(0)),
        ("17", after(17)),
        (" 17 ", after(17)),
        ("999999999999", after(999_999_999_999)),
        ("Fri, 01 Jan 2027 00:00:00 GMT", Some(TRANSIENT)),
        ("-1", Some(TRANSIENT)),
        ("1.5", Some(TRANSIENT)),
        ("", Some(TRANSIENT)),
    ] {
        let error = put_answered(Reply::json(429, "{}").with("retry-after", value)).await;
        assert_eq!(error.hint(), expected, "{value:?}");
    }
}

#[tokio::test]
async fn an_unreadable_success_of_a_write_leaves_the_outcome_unknown() {
    for body in [
        "",
        "<html>",
        "{}",
        "[]",
        r#"{"name":"rg"}"#,
        r#"{"name":1,"location":"l"}"#,
    ] {
        let error = put_answered(Reply::json(201, body)).await;
        assert_eq!(error.kind(), Kind::OutcomeUnknown, "{body}");
        assert_eq!(error.failure().status(), Some(201));
    }
}

#[tokio::test]
async fn an_unreadable_success_of_a_read_is_an_error() {
    let script = Script::new([Reply::json(200, "<html>")]);
    let error = client_over(script.transport())
        .get_resource_group(subscription(), &"rg".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
    assert_eq!(
        error.failure().message(),
        Some("the answer could not be read")
    );
}

#[tokio::test]
async fn a_body_without_end_is_not_read_to_its_end() {
    let body = format!("[\"{}\"]", "x".repeat(17 * 1024 * 1024));
    let error = put_answered(Reply::json(200, &body)).await;
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
    let text = format!("{:?}", error.failure());
    assert!(text.contains("larger than"), "{text}");
}

#[tokio::test]
async fn a_hostile_code_is_cut() {
    let body = serde_json::json!({ "error": { "code": "x".repeat(100_000), "details": vec![serde_json::json!({ "code": "y" }); 10_000] } });
    let error = put_answered(Reply::json(400, &body.to_string())).await;
    assert!(error.to_string().len() < 400, "{}", error.to_string().len());
    assert!(error.failure().code().unwrap().len() <= 128);
    assert!(error.failure().service_error().inner_codes().count() <= 64);
}

#[tokio::test]
async fn segments_cannot_leave_their_place() {
    for (name, path) in [
        ("a/b", "/things/a%2Fb/x"),
        ("a?b#c", "/things/a%3Fb%23c/x"),
        ("100%", "/things/100%25/x"),
        ("ü b", "/things/%C3%BC%20b/x"),
        // A URL resolves dots away, written as %2E too.
        ("..", "/things/%252E%252E/x"),
        (".", "/things/%252E/x"),
    ] {
        let script = Script::new([Reply::json(200, "{}")]);
        let connection = connection_over(script.transport());
        let segment = cmk_core::send::Connection::segment(name);
        connection
            .request("get_thing", Method::Get, &format!("/things/{segment}/x"))
            .send()
            .await
            .unwrap();
        assert_eq!(
            script.asked(),
            [format!(
                "GET https://management.azure.com{path}?api-version=2025-01-01"
            )]
        );
    }
}
