//! Answers that nobody promised: any JSON is decoded or refused, and nothing panics.

use crate::support::{ACCOUNT, Canned, IDENTITY, SUBSCRIPTION, account_id, new_account};
use cosmos_cmk::{DatabaseAccountsApi as _, Kind};
use proptest::{
    collection::{hash_map, vec},
    prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest},
    sample::select,
};
use serde_json::Value;

/// JSON in which the members that are read occur often, with values that fit and others.
fn any_json() -> impl Strategy<Value = Value> {
    let names = select(vec![
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
        "error",
        "code",
        "message",
        IDENTITY,
    ])
    .prop_map(str::to_owned);
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
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map(names.clone(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

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
            if let Ok(accounts) = listed {
                assert!(accounts.iter().all(|account| account.received.pointer("/id").is_some()));
            }
        });
    }
}
