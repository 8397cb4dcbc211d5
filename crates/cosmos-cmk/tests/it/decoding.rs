//! Answers that nobody promised: any JSON is decoded or refused, and nothing panics.

use crate::support::{ACCOUNT, Canned, IDENTITY, POLL, SUBSCRIPTION, account_id, new_account};
use cosmos_cmk::{DatabaseAccountsApi as _, Kind, OperationsApi as _};
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
        "name",
        "location",
        "kind",
        "tags",
        "identity",
        "type",
        "principalId",
        "tenantId",
        "userAssignedIdentities",
        "clientId",
        "properties",
        "provisioningState",
        "defaultIdentity",
        "keyVaultKeyUri",
        "customerManagedKeyStatus",
        "locations",
        "locationName",
        "failoverPriority",
        "capabilities",
        "disableLocalAuth",
        "backupStorageRedundancies",
        "value",
        "nextLink",
        "status",
        "error",
        "code",
        "message",
        IDENTITY,
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
            ACCOUNT,
            IDENTITY,
            SUBSCRIPTION,
            "Succeeded",
            "(4003)."
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map(names(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An account, which is a region too, with some members replaced by anything at every level that is read.
fn nearly_right() -> impl Strategy<Value = Value> {
    let odd = || hash_map(names(), any_json(), 0..3);
    (odd(), odd(), odd(), odd()).prop_map(|(account, identity, properties, region)| {
        let mut body = json!({
            "id": ACCOUNT, "name": "East US 2", "location": "East US 2", "kind": "GlobalDocumentDB", "tags": { "a": "b" },
            "identity": { "type": "UserAssigned", "userAssignedIdentities": { IDENTITY: { "principalId": SUBSCRIPTION } } },
            "properties": {
                "provisioningState": "Succeeded", "defaultIdentity": "FirstPartyIdentity", "disableLocalAuth": true,
                "customerManagedKeyStatus": "Access to your account is currently revoked (4003).", "status": "Online",
                "capabilities": [{ "name": "EnableServerless" }],
                "locations": [{ "locationName": "East US 2", "failoverPriority": 0, "isZoneRedundant": false }],
            },
        });
        body["identity"].as_object_mut().unwrap().extend(identity);
        body["properties"]["locations"][0].as_object_mut().unwrap().extend(region);
        body["properties"].as_object_mut().unwrap().extend(properties);
        body.as_object_mut().unwrap().extend(account);
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_decoded_is_kept_as_received(body in nearly_right()) {
        let bytes = serde_json::to_vec(&body).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let canned = || Canned::new([(200, Vec::new(), bytes.clone())]).client();
            let subscription = SUBSCRIPTION.parse().unwrap();
            if let Ok(account) = canned().get_account(&account_id()).await {
                assert_eq!(account.received.value(), &body);
                assert!(account.cmk_status.is_none_or(|status| !status.to_string().trim().is_empty()));
            }
            if let Ok(region) = canned().get_region_access(subscription, &"eastus2".parse().unwrap()).await {
                assert_eq!(region.received.value(), &body);
            }
            let item = json!({ "value": [body] });
            let canned = Canned::new([(200, Vec::new(), serde_json::to_vec(&item).unwrap())]);
            let listed = canned.client().list_accounts(subscription, None).await.unwrap();
            let kept = listed.accounts.iter().map(|account| &account.received).chain(&listed.unreadable);
            let kept: Vec<&Value> = kept.map(|received| received.value()).collect();
            assert_eq!(kept, [&item["value"][0]]);
        });
    }

    #[test]
    fn any_poll_is_read_or_refused(body in prop_oneof![any_json(), any_json().prop_map(|error| json!({ "status": "Failed", "error": error }))]) {
        let bytes = serde_json::to_vec(&body).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let started = json!({ "id": ACCOUNT, "properties": { "provisioningState": "Creating" } });
            let canned = Canned::new([
                (200, vec![("azure-asyncoperation", POLL)], serde_json::to_vec(&started).unwrap()),
                (200, Vec::new(), bytes),
            ]);
            let client = canned.client();
            let accepted = client.create_account(&account_id(), &new_account(), None).await.unwrap();
            let polled = client.poll_operation(&accepted.operation.unwrap()).await;
            if body.get("status") == Some(&json!("Failed")) {
                assert_eq!(polled.unwrap_err().kind(), Kind::OperationFailed);
            } else if let Err(error) = polled {
                assert!(matches!(error.kind(), Kind::Other | Kind::OperationFailed), "{error:?}");
            }
        });
    }

    #[test]
    fn any_answer_is_decoded_or_refused(body in any_json(), status in select(vec![200_u16, 400, 404, 503])) {
        let bytes = serde_json::to_vec(&body).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let canned = || Canned::new([(status, Vec::new(), bytes.clone())]).client();
            let subscription = SUBSCRIPTION.parse().unwrap();

            let read = canned().get_account(&account_id()).await;
            let created = canned().create_account(&account_id(), &new_account(), None).await;
            let listed = canned().list_accounts(subscription, None).await;
            let region = canned().get_region_access(subscription, &"eastus2".parse().unwrap()).await;
            let regions = canned().list_regions(subscription).await;
            if status != 200 {
                assert!(read.is_err() && created.is_err() && listed.is_err() && region.is_err() && regions.is_err());
                return;
            }
            // A success is read, or is an error that says that it was none.
            if let Err(error) = read {
                assert_eq!(error.kind(), Kind::Other);
            }
            if let Err(error) = created {
                assert_eq!(error.kind(), Kind::OutcomeUnknown);
            }
            if let Ok(listed) = listed {
                let items = body["value"].as_array().map_or(0, Vec::len);
                assert!(listed.accounts.iter().all(|account| account.received.pointer("/id").is_some()));
                assert!(listed.accounts.len() + listed.unreadable.len() >= items, "nothing is lost");
            }
        });
    }
}
