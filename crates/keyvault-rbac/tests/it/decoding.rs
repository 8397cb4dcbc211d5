//! Answers that nobody promised: any JSON is decoded or refused, and nothing panics.

use crate::support::{
    ASSIGNMENT, Canned, KEY, KEY_VERSION, PRINCIPAL, SUBSCRIPTION, TENANT, VAULT, key_name,
    keys_over, roles_over, vault_id, vaults_over, version,
};
use keyvault_rbac::{
    ArmKeysApi as _, KeysApi as _, Kind, Role, RoleAssignmentsApi as _, RoleDefinitionsApi as _,
    VaultsApi as _, WrapAlgorithm,
};
use proptest::{
    collection::{hash_map, vec},
    prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest},
    sample::select,
};
use serde_json::{Value, json};

/// The members that are read.
const NAMES: [&str; 44] = [
    "id",
    "name",
    "location",
    "tags",
    "properties",
    "sku",
    "tenantId",
    "vaultUri",
    "enableRbacAuthorization",
    "enablePurgeProtection",
    "softDeleteRetentionInDays",
    "networkAcls",
    "ipRules",
    "value",
    "nextLink",
    "vaultId",
    "deletionDate",
    "nameAvailable",
    "reason",
    "roleDefinitionId",
    "principalId",
    "principalType",
    "scope",
    "roleName",
    "permissions",
    "dataActions",
    "key",
    "kid",
    "kty",
    "key_ops",
    "keyOps",
    "keySize",
    "keyUri",
    "keyUriWithVersion",
    "n",
    "attributes",
    "nbf",
    "exp",
    "created",
    "recoveryLevel",
    "recoverableDays",
    "deletedDate",
    "lifetimeActions",
    "trigger",
];

fn names() -> impl Strategy<Value = String> + Clone {
    select(NAMES.to_vec()).prop_map(str::to_owned)
}

/// JSON in which the members that are read occur often, with values that fit and others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|halves| Value::from(f64::from(halves) / 2.0)),
        ".{0,12}".prop_map(Value::from),
        select(vec![
            KEY,
            VAULT,
            TENANT,
            ASSIGNMENT,
            KEY_VERSION,
            "eastus2",
            "RSA",
            "P90D",
            "AQAB",
            "2026-01-01T00:00:00Z"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map(names(), inner, 0..12).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// An answer that every read understands.
fn right() -> Value {
    let versioned = format!("{KEY}/{KEY_VERSION}");
    json!({
        "id": VAULT, "name": ASSIGNMENT, "location": "East US 2", "tags": null,
        "properties": {
            "tenantId": TENANT, "sku": {"family": "A", "name": "standard"},
            "vaultId": VAULT, "location": "eastus2", "deletionDate": "2026-01-01T00:00:00Z",
            "roleDefinitionId": "r", "principalId": PRINCIPAL, "scope": VAULT,
            "roleName": "Owner", "permissions": [{"dataActions": ["*"]}],
            "keyUri": KEY, "keyUriWithVersion": versioned, "kty": "RSA", "keySize": 2048,
            "attributes": {"nbf": 1, "exp": 2},
        },
        "nameAvailable": true,
        "key": {"kid": versioned, "kty": "RSA", "n": "AQAB"},
        "kid": versioned,
        "attributes": {"enabled": true, "created": 1, "recoverableDays": 90, "expiryTime": "P90D"},
        "lifetimeActions": [{"action": {"type": "Rotate"}, "trigger": {"timeAfterCreate": "P30D"}}],
        "value": "AQAB",
    })
}

/// An answer that every read understands, with some members replaced by anything, outside and inside.
fn nearly_right() -> impl Strategy<Value = Value> {
    let odd = || hash_map(names(), any_json(), 0..3);
    (odd(), odd(), odd(), odd()).prop_map(|(outer, properties, key, attributes)| {
        let mut body = right();
        for (place, odd) in [
            ("/properties", properties),
            ("/key", key),
            ("/attributes", attributes),
            ("", outer),
        ] {
            if let Some(Value::Object(members)) = body.pointer_mut(place) {
                members.extend(odd);
            }
        }
        body
    })
}

/// Every read of one resource, with this answer: how many understood it. What is decoded kept the body as received.
async fn read_everything(body: &Value) -> usize {
    let transport = || Canned::new([(200, body.to_string().as_str())]).transport();
    let subscription = || SUBSCRIPTION.parse().unwrap();
    let (vault, key, version) = (vault_id(), key_name(), version());
    let scope = vault.to_scope();
    let location = "eastus2".parse().unwrap();
    let name = "contoso-cmk".parse().unwrap();
    let vaults = || vaults_over(transport());
    let roles = || roles_over(transport());
    let keys = || keys_over(transport());
    let role = Role::Owner.id();
    let mut received = Vec::new();
    received.extend(
        vaults()
            .get_vault(&vault)
            .await
            .ok()
            .map(|found| found.received),
    );
    let deleted = vaults()
        .get_deleted_vault(subscription(), &location, &name)
        .await;
    received.extend(deleted.ok().map(|found| found.received));
    let available = vaults().check_vault_name(subscription(), &name).await;
    received.extend(available.ok().map(|found| found.received));
    let arm_key = vaults().get_arm_key(&vault, &key).await;
    received.extend(arm_key.ok().map(|found| found.received));
    let assignment = roles()
        .get_role_assignment(&scope, &ASSIGNMENT.parse().unwrap())
        .await;
    received.extend(assignment.ok().map(|found| found.received));
    let definition = roles().get_role_definition(&scope, role).await;
    received.extend(definition.ok().map(|found| found.received));
    received.extend(
        keys()
            .get_key(&key, None)
            .await
            .ok()
            .map(|found| found.received),
    );
    let deleted = keys().get_deleted_key(&key).await;
    received.extend(deleted.ok().map(|found| found.key.received));
    let policy = keys().get_rotation_policy(&key).await;
    received.extend(policy.ok().map(|found| found.received));
    for kept in &received {
        assert_eq!(kept.value(), body);
    }
    let oaep = WrapAlgorithm::RsaOaep;
    let unwrapped = keys().unwrap_key(&key, &version, oaep, b"k").await;
    received.len() + usize::from(unwrapped.is_ok())
}

/// Every list, with this item between two pages' ends: an odd item costs itself and nothing else.
async fn list_everything(item: &Value) {
    let page = json!({"value": [item], "nextLink": null}).to_string();
    let transport = || Canned::new([(200, page.as_str())]).transport();
    let subscription = || SUBSCRIPTION.parse().unwrap();
    let scope = vault_id().to_scope();
    let vaults = vaults_over(transport())
        .list_vaults(subscription(), None)
        .await;
    let deleted = vaults_over(transport())
        .list_deleted_vaults(subscription())
        .await;
    let principal = PRINCIPAL.parse().unwrap();
    let assignments = roles_over(transport())
        .list_role_assignments(&scope, principal, None)
        .await;
    let definitions = roles_over(transport())
        .list_role_definitions(&scope, None)
        .await;
    let versions = keys_over(transport()).list_key_versions(&key_name()).await;
    for found in [
        vaults.unwrap().len(),
        deleted.unwrap().len(),
        assignments.unwrap().len(),
        definitions.unwrap().len(),
        versions.unwrap().len(),
    ] {
        assert!(found <= 1);
    }
}

fn run(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_decoded_or_refused(body in prop_oneof![any_json(), nearly_right()]) {
        run(async {
            read_everything(&body).await;
        });
    }

    #[test]
    fn any_item_of_a_list_is_decoded_or_left_out(item in prop_oneof![any_json(), nearly_right()]) {
        run(list_everything(&item));
    }
}

#[tokio::test]
async fn the_answer_that_is_changed_above_is_right_to_begin_with() {
    assert_eq!(read_everything(&right()).await, 10);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_an_error_of_the_read() {
    for body in ["", "<html>", "{", "\u{feff}{}"] {
        let canned = Canned::new([(200, body)]);
        let error = vaults_over(canned.transport())
            .get_vault(&vault_id())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Other, "{body}");
        let canned = Canned::new([(200, body)]);
        let error = keys_over(canned.transport())
            .list_key_versions(&key_name())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Other, "{body}");
    }
}
