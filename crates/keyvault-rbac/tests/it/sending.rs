//! What is sent at all, and how often: refusals before sending, lost answers, repeated reads.

use crate::{
    keys::key,
    support::{
        ASSIGNMENT, Canned, KEY_VERSION, PRINCIPAL, Reply, TENANT, key_name, keys_of, keys_over,
        roles_over, vault_id, vaults_over, version,
    },
};
use azure_core::http::{ClientOptions, Transport};
use cmk_core::testing::StaticCredential;
use keyvault_rbac::{
    ArmKeysApi as _, Cloud, Error, Hint, KeyClient, KeyType, KeyUpdate, KeysApi as _, Kind, NewKey,
    NewRoleAssignment, NewVault, Role, RoleAssignmentsApi as _, RoleClient, RoleClientOptions,
    RotationPolicy, RsaKeySize, VaultClient, VaultClientOptions, VaultUpdate, VaultsApi as _,
    WrapAlgorithm,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

fn new_vault() -> NewVault {
    NewVault::new("eastus2".parse().unwrap(), TENANT.parse().unwrap())
}

fn new_assignment() -> NewRoleAssignment {
    let role = Role::KeyVaultCryptoServiceEncryptionUser;
    NewRoleAssignment::for_service_principal(role, PRINCIPAL.parse().unwrap())
}

/// Clients with the retry that they have by themselves.
fn with_retries(canned: &Arc<Canned>) -> (VaultClient, RoleClient, KeyClient) {
    let options = || ClientOptions {
        transport: Some(Transport::new(Arc::clone(canned) as Arc<_>)),
        ..Default::default()
    };
    let token = || StaticCredential::new("token");
    let vaults = VaultClientOptions {
        client_options: options(),
        ..Default::default()
    };
    let roles = RoleClientOptions {
        client_options: options(),
        ..Default::default()
    };
    (
        VaultClient::new(Cloud::Public, token(), Some(vaults)).unwrap(),
        RoleClient::new(Cloud::Public, token(), Some(roles)).unwrap(),
        keys_of("https://contoso-cmk.vault.azure.net/", token(), options()),
    )
}

#[tokio::test]
async fn what_the_service_would_refuse_in_every_case_is_not_sent() {
    let canned = Canned::silent();
    let (vaults, keys) = (
        vaults_over(canned.transport()),
        keys_over(canned.transport()),
    );
    let mut refused: Vec<(Error, String)> = Vec::new();
    for days in [0, 6, 91, 255] {
        let mut new = new_vault();
        new.retention_days = days;
        let error = vaults
            .create_vault(&vault_id(), &new, None)
            .await
            .unwrap_err();
        refused.push((error, format!("retention must be 7 to 90 days, got {days}")));
    }
    let tags: BTreeMap<_, _> = (0..16).map(|n| (n.to_string(), String::new())).collect();
    let long = BTreeMap::from([("owner".to_owned(), "\u{e9}".repeat(257))]);
    for (tags, reason) in [
        (tags, "a key has at most 15 tags, got 16"),
        (
            long,
            "names and values of tags have at most 256 characters: \"owner\" has more",
        ),
    ] {
        let mut new = NewKey::rsa(RsaKeySize::Bits2048);
        new.tags = tags.clone();
        let error = keys.create_key(&key_name(), &new, None).await.unwrap_err();
        refused.push((error, reason.to_owned()));
        let made = vaults
            .create_key_if_absent(&vault_id(), &key_name(), &new, None)
            .await;
        refused.push((made.unwrap_err(), reason.to_owned()));
        let update = KeyUpdate {
            tags: Some(tags),
            ..Default::default()
        };
        let updated = keys.update_key(&key_name(), &version(), &update).await;
        refused.push((updated.unwrap_err(), reason.to_owned()));
    }
    let mut new = NewKey::new(KeyType::Ec);
    new.size = Some(RsaKeySize::Bits2048);
    let error = keys.create_key(&key_name(), &new, None).await.unwrap_err();
    refused.push((error, "a key of type EC has no RSA size".to_owned()));

    for (error, reason) in refused {
        assert_eq!(
            (error.kind(), error.hint()),
            (Kind::InvalidRequest, Some(Hint::Permanent))
        );
        assert_eq!(error.failure().message(), Some(reason.as_str()));
    }
    assert_eq!(canned.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn the_most_that_the_service_takes_is_sent() {
    let body = key(KEY_VERSION);
    let canned = Canned::new([(200, body.as_str())]);
    let mut new = NewKey::new(KeyType::Unknown("RSA-2027".to_owned()));
    new.size = Some(RsaKeySize::Bits2048);
    new.tags = (0..15)
        .map(|n| (n.to_string(), "\u{e9}".repeat(256)))
        .collect();
    keys_over(canned.transport())
        .create_key(&key_name(), &new, None)
        .await
        .unwrap();
    assert_eq!(canned.calls().len(), 1);
}

/// Every write whose repetition could do harm, or whose refusal a rule must judge.
async fn write(name: &str, canned: &Arc<Canned>) -> Error {
    let (vaults, roles, keys) = with_retries(canned);
    let (vault, key) = (vault_id(), key_name());
    let new_key = NewKey::rsa(RsaKeySize::Bits2048);
    match name {
        "create_vault" => {
            let created = vaults.create_vault(&vault, &new_vault(), None).await;
            created.unwrap_err()
        }
        "update_vault" => {
            let updated = vaults.update_vault(&vault, &VaultUpdate::default()).await;
            updated.unwrap_err()
        }
        "recover_vault" => {
            let location = "eastus2".parse().unwrap();
            let tenant = TENANT.parse().unwrap();
            let recovered = vaults.recover_vault(&vault, &location, tenant).await;
            recovered.unwrap_err()
        }
        "create_key_if_absent" => {
            let made = vaults
                .create_key_if_absent(&vault, &key, &new_key, None)
                .await;
            made.unwrap_err()
        }
        "assign_role" => {
            let name = ASSIGNMENT.parse().unwrap();
            let scope = vault.to_scope();
            let assigned = roles
                .assign_role(&scope, &name, &new_assignment(), None)
                .await;
            assigned.unwrap_err()
        }
        "create_key" => keys.create_key(&key, &new_key, None).await.unwrap_err(),
        "rotate_key" => keys.rotate_key(&key).await.unwrap_err(),
        "recover_deleted_key" => keys.recover_deleted_key(&key).await.unwrap_err(),
        other => panic!("{other} is no write"),
    }
}

const WRITES: [&str; 8] = [
    "create_vault",
    "update_vault",
    "recover_vault",
    "create_key_if_absent",
    "assign_role",
    "create_key",
    "rotate_key",
    "recover_deleted_key",
];

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_is_not_sent_twice() {
    for name in WRITES {
        for reply in [
            Reply::Broken,
            Reply::from((503, "")),
            Reply::from((504, "")),
        ] {
            let canned = Canned::new([reply]);
            let error = write(name, &canned).await;
            assert_eq!(error.kind(), Kind::OutcomeUnknown, "{name}");
            assert_eq!(error.failure().operation(), name);
            assert_eq!(canned.calls().len(), 1, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_does_not_exist_was_sent_nothing() {
    // How a vault that is not there, or not ready, shows on the data plane.
    for name in WRITES {
        let canned = Canned::new([Reply::NoHost]);
        let error = write(name, &canned).await;
        assert_eq!(
            (error.kind(), error.hint()),
            (Kind::Other, Some(Hint::Transient { after: None })),
            "{name}"
        );
        let message = error.failure().message();
        assert_eq!(
            message,
            Some("no connection could be made; nothing was sent")
        );
    }
}

#[tokio::test]
async fn a_success_that_cannot_be_read_leaves_the_outcome_unknown() {
    for name in WRITES {
        for body in ["", "{}", "<html>", r#"{"key": null}"#, "[]"] {
            let canned = Canned::new([(200, body)]);
            let error = write(name, &canned).await;
            assert_eq!(error.kind(), Kind::OutcomeUnknown, "{name} {body}");
            assert_eq!(
                error.failure().message(),
                Some("the answer could not be read")
            );
            assert_eq!(error.failure().status(), Some(200));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_after_the_time_that_the_service_names() {
    let body = key(KEY_VERSION);
    let after = vec![("retry-after", "30".to_owned())];
    let canned = Canned::new([
        Reply::Answer(
            429,
            after,
            br#"{"error":{"code":"Throttled","message":"m"}}"#.to_vec(),
        ),
        Reply::Broken,
        Reply::from((200, body.as_str())),
    ]);
    let (_, _, keys) = with_retries(&canned);
    let start = tokio::time::Instant::now();
    let key = keys.get_key(&key_name(), None).await.unwrap();
    assert_eq!(key.uri.version(), Some(&version()));
    assert_eq!(canned.calls().len(), 3);
    assert!(
        start.elapsed() >= Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn what_changes_nothing_or_can_be_done_again_is_repeated() {
    let body = key(KEY_VERSION);
    let wrapped = format!(
        r#"{{"kid": "https://contoso-cmk.vault.azure.net/keys/cosmos/{KEY_VERSION}", "value": "AQID"}}"#
    );
    let busy = || Reply::from((503, ""));

    let canned = Canned::new([busy(), Reply::from((200, wrapped.as_str()))]);
    let (_, _, keys) = with_retries(&canned);
    let algorithm = WrapAlgorithm::RsaOaep256;
    let found = keys
        .wrap_key(&key_name(), None, algorithm.clone(), b"k")
        .await
        .unwrap();
    assert_eq!(found.ciphertext, [1, 2, 3]);

    let canned_unwrap = Canned::new([busy(), Reply::from((200, wrapped.as_str()))]);
    let (_, _, keys) = with_retries(&canned_unwrap);
    let found = keys
        .unwrap_key(&key_name(), &version(), algorithm, b"k")
        .await
        .unwrap();
    assert_eq!(found.plaintext, [1, 2, 3]);

    let updates = Canned::new([busy(), Reply::from((200, body.as_str()))]);
    let (_, _, keys) = with_retries(&updates);
    let update = KeyUpdate::default();
    keys.update_key(&key_name(), &version(), &update)
        .await
        .unwrap();

    let policies = Canned::new([Reply::Broken, Reply::from((200, "{}"))]);
    let (_, _, keys) = with_retries(&policies);
    let policy = RotationPolicy::default();
    keys.put_rotation_policy(&key_name(), &policy)
        .await
        .unwrap();

    // The first deletion was done, its answer was lost.
    let gone = Canned::new([
        Reply::Broken,
        Reply::from((404, r#"{"error":{"code":"KeyNotFound","message":"m"}}"#)),
    ]);
    let (_, _, keys) = with_retries(&gone);
    assert!(keys.delete_key(&key_name()).await.unwrap().is_none());

    let vault_gone = Canned::new([Reply::Broken, Reply::from((204, ""))]);
    let (vaults, _, _) = with_retries(&vault_gone);
    vaults.delete_vault(&vault_id()).await.unwrap();

    let names = Canned::new([busy(), Reply::from((200, r#"{"nameAvailable": true}"#))]);
    let (vaults, _, _) = with_retries(&names);
    let subscription = crate::support::SUBSCRIPTION.parse().unwrap();
    let name = "contoso-cmk".parse().unwrap();
    assert!(
        vaults
            .check_vault_name(subscription, &name)
            .await
            .unwrap()
            .available
    );

    for canned in [
        canned,
        canned_unwrap,
        updates,
        policies,
        gone,
        vault_gone,
        names,
    ] {
        let calls = canned.calls();
        assert_eq!(calls.len(), 2, "{calls:?}");
        assert_eq!(calls[0], calls[1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_never_got_an_answer_is_unknown() {
    let canned = Canned::new((0..8).map(|_| Reply::Broken));
    let (_, roles, _) = with_retries(&canned);
    let name = ASSIGNMENT.parse().unwrap();
    let error = roles
        .delete_role_assignment(&vault_id().to_scope(), &name)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
    assert!(canned.calls().len() > 1);
    assert!(
        roles_over(canned.transport())
            .get_role_assignment(&vault_id().to_scope(), &name)
            .await
            .is_err_and(|error| error.kind() == Kind::Other)
    );
}
