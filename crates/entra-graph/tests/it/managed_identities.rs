//! User-assigned managed identities on the wire.

use crate::support::{CLIENT, PRINCIPAL, TENANT, arm_request, identities_at, json, server};
use entra_graph::{IdentityId, Kind, ManagedIdentitiesApi as _, PutIdentityOptions};
use serde_json::json as body;
use std::collections::BTreeMap;
use wiremock::{
    ResponseTemplate,
    matchers::{body_json, header},
};

pub(crate) const IDENTITY_ID: &str = "/subscriptions/66666666-6666-4666-8666-666666666666/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cmk-identity";

// `resourcegroups` and the masked subscription are what services really answer.
const IDENTITY: &str = r#"{
    "location": "East US 2",
    "tags": {"ctcmk": "v1"},
    "id": "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cmk-identity",
    "name": "cmk-identity",
    "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
    "properties": {
        "isolationScope": "None",
        "tenantId": "11111111-1111-4111-8111-111111111111",
        "principalId": "44444444-4444-4444-8444-444444444444",
        "clientId": "33333333-3333-4333-8333-333333333333"
    }
}"#;

fn id() -> IdentityId {
    IDENTITY_ID.parse().unwrap()
}

#[tokio::test]
async fn an_identity_is_put_with_its_tags() {
    for status in [200, 201] {
        let mock = arm_request("PUT", IDENTITY_ID)
            .and(header("content-type", "application/json"))
            .and(body_json(
                body!({"location": "eastus2", "tags": {"ctcmk": "v1"}}),
            ));
        let server = server(mock, json(status, IDENTITY), 1).await;
        let options = PutIdentityOptions {
            tags: BTreeMap::from([("ctcmk".to_owned(), "v1".to_owned())]),
        };
        let identity = identities_at(&server)
            .put_identity(&id(), &"East US 2".parse().unwrap(), Some(options))
            .await
            .unwrap();
        assert_eq!(identity.id, id());
        assert_eq!(identity.location.as_str(), "eastus2");
        assert_eq!(identity.principal_id, PRINCIPAL.parse().unwrap());
        assert_eq!(identity.client_id, CLIENT.parse().unwrap());
        assert_eq!(identity.tenant_id, TENANT.parse().unwrap());
        assert_eq!(identity.tags["ctcmk"], "v1");
        assert_eq!(identity.isolation_scope.as_deref(), Some("None"));
    }
}

#[tokio::test]
async fn tags_that_nobody_gave_are_not_sent() {
    let mock = arm_request("PUT", IDENTITY_ID).and(body_json(body!({"location": "westeurope"})));
    let server = server(mock, json(200, IDENTITY), 1).await;
    let identity = identities_at(&server)
        .put_identity(&id(), &"westeurope".parse().unwrap(), None)
        .await
        .unwrap();
    assert_eq!(identity.id, id());
}

#[tokio::test]
async fn an_identity_without_optional_members_is_read() {
    let answer = r#"{"location":"westus2","properties":{"tenantId":"11111111-1111-4111-8111-111111111111",
        "principalId":"00000000-0000-0000-0000-000000000000","clientId":"33333333-3333-4333-8333-333333333333"}}"#;
    let server = server(arm_request("GET", IDENTITY_ID), json(200, answer), 1).await;
    let identity = identities_at(&server).get_identity(&id()).await.unwrap();
    assert_eq!(identity.tags, BTreeMap::new());
    assert_eq!(identity.isolation_scope, None);
    assert_eq!(
        identity.principal_id.to_string(),
        "00000000-0000-0000-0000-000000000000"
    );
}

#[tokio::test]
async fn an_identity_without_principal_is_refused_by_the_name_of_the_member() {
    use std::error::Error as _;

    let answer = r#"{"location":"westus2","properties":{"tenantId":"11111111-1111-4111-8111-111111111111"}}"#;
    let server = server(arm_request("GET", IDENTITY_ID), json(200, answer), 1).await;
    let error = identities_at(&server)
        .get_identity(&id())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
    assert_eq!(
        error.source().unwrap().to_string(),
        "missing field `principalId`"
    );
}

#[tokio::test]
async fn deleting_an_identity_that_is_gone_is_fine() {
    let gone = r#"{"error":{"code":"ResourceNotFound","message":"The Resource 'Microsoft.ManagedIdentity/userAssignedIdentities/cmk-identity' under resource group 'rg' was not found."}}"#;
    for answer in [
        ResponseTemplate::new(200),
        ResponseTemplate::new(204),
        json(404, gone),
    ] {
        let server = server(arm_request("DELETE", IDENTITY_ID), answer, 1).await;
        identities_at(&server).delete_identity(&id()).await.unwrap();
    }
}
