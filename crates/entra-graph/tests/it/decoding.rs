//! Answers that nobody promised: any JSON is decoded or refused, and nothing panics.

use crate::{
    managed_identities::IDENTITY_ID,
    support::{CLIENT, Canned, OBJECT, PRINCIPAL, TENANT, graph_over, identities_over},
};
use entra_graph::{
    ApplicationsApi as _, DeletedApplicationsApi as _, FederatedCredentialsApi as _, Kind,
    ManagedIdentitiesApi as _, ServicePrincipalsApi as _, SignedInApi as _,
};
use proptest::{
    collection::{hash_map, vec},
    prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest},
    sample::select,
};
use serde_json::{Value, json};

/// The members that are read.
fn names() -> impl Strategy<Value = String> + Clone {
    select(vec![
        "id",
        "appId",
        "displayName",
        "uniqueName",
        "signInAudience",
        "tags",
        "value",
        "name",
        "issuer",
        "subject",
        "audiences",
        "location",
        "properties",
        "tenantId",
        "principalId",
        "clientId",
        "accountEnabled",
        "appOwnerOrganizationId",
        "@odata.nextLink",
        "error",
    ])
    .prop_map(str::to_owned)
}

/// JSON in which the members that are read occur often, with values that fit and others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        select(vec![
            OBJECT,
            CLIENT,
            PRINCIPAL,
            TENANT,
            "eastus2",
            "AzureADMultipleOrgs"
        ])
        .prop_map(Value::from),
        Just(json!({"tenantId": TENANT, "principalId": PRINCIPAL, "clientId": CLIENT})),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map(names(), inner, 0..12).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// An answer that every read understands, with some members replaced by anything.
fn nearly_right() -> impl Strategy<Value = Value> {
    hash_map(names(), any_json(), 0..3).prop_map(|odd| {
        let mut body = json!({
            "id": OBJECT, "appId": CLIENT, "displayName": "CMK", "uniqueName": null,
            "signInAudience": "AzureADMultipleOrgs", "tags": null,
            "name": "cmk-identity", "issuer": "i", "subject": "s", "audiences": ["a"],
            "accountEnabled": true, "appOwnerOrganizationId": TENANT, "location": "East US 2",
            "properties": {"tenantId": TENANT, "principalId": PRINCIPAL, "clientId": CLIENT},
            "value": [],
        });
        for (name, value) in odd {
            body[name] = value;
        }
        body
    })
}

/// Every read, with this answer. `Err` is a refusal; what is decoded kept the body as received.
async fn read_everything(body: &Value) {
    let canned = || Canned::new([(200, serde_json::to_vec(body).unwrap())]);
    let graph = || graph_over(canned().transport());
    let object = OBJECT.parse().unwrap();
    if let Ok(found) = graph().get_application(object, None).await {
        assert_eq!(found.received.value(), body);
    }
    if let Ok(found) = graph().get_deleted_application(object).await {
        assert_eq!(found.received.value(), body);
    }
    let name = "cmk-identity".parse().unwrap();
    if let Ok(found) = graph().get_federated_credential(object, &name).await {
        assert_eq!(found.received.value(), body);
    }
    let principal = PRINCIPAL.parse().unwrap();
    if let Ok(found) = graph().get_service_principal(principal).await {
        assert_eq!(found.received.value(), body);
    }
    if let Ok(found) = graph().get_signed_in_principal().await {
        assert_eq!(found.received.value(), body);
    }
    let id = IDENTITY_ID.parse().unwrap();
    let identities = identities_over(canned().transport());
    if let Ok(found) = identities.get_identity(&id).await {
        assert_eq!(found.received.value(), body);
    }
    let items = body.get("value").and_then(Value::as_array);
    if let Ok(found) = graph().list_applications_named("x", None).await {
        assert!(found.len() <= items.map_or(0, Vec::len));
    }
    if let Ok(found) = graph().list_federated_credentials(object).await {
        assert_eq!(found.len(), items.map_or(0, Vec::len));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn any_json_is_decoded_or_refused(body in prop_oneof![any_json(), nearly_right()]) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(read_everything(&body));
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_an_error_of_the_read() {
    for body in ["", "<html>", "{", "\u{feff}{}"] {
        let canned = Canned::new([(200, body.as_bytes().to_vec())]);
        let error = graph_over(canned.transport())
            .get_application(OBJECT.parse().unwrap(), None)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Other, "{body}");
    }
}
