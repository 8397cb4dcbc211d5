//! Our key client and our challenge client on a managed HSM.

use crate::flow::options;
use azure_core::http::Url;
use azure_sim::{Reply, SimOptions, SimRequest, TwoTenants};
use cross_tenant_cmk::cmk_core::Hint;
use cross_tenant_cmk::keyvault_rbac::{
    ChallengeClient, ChallengeClientOptions, KeyClient, KeyClientOptions, KeyName, KeyType,
    KeysApi as _, NewKey, VaultTenantApi as _, VaultUrl, WrapAlgorithm,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// The customer's HSM `pool`, activated, and its key client.
fn pool() -> (TwoTenants, VaultUrl, KeyClient) {
    let (azure, _) = TwoTenants::with_chain(SimOptions::default());
    let customer = &azure.customer;
    let url = format!(
        "https://management.azure.com/subscriptions/{}/resourceGroups/rg/providers/Microsoft.KeyVault/managedHSMs/pool?api-version=2023-07-01",
        customer.subscription_id
    );
    let body = json!({
        "location": "uksouth",
        "sku": {"family": "B", "name": "Standard_B1"},
        "properties": {
            "tenantId": customer.tenant_id,
            "initialAdminObjectIds": [customer.admin.object_id],
        },
    });
    for (method, body) in [("PUT", body), ("GET", Value::Null)] {
        let token = azure
            .sim
            .token(&customer.admin, "https://management.azure.com/.default")
            .unwrap();
        let request = SimRequest::new(method, Url::parse(&url).unwrap()).bearer(&token);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        let reply = azure.sim.handle(Duration::ZERO, request);
        assert!(matches!(reply, Reply::Answer(answer) if answer.is_success()));
    }
    assert!(azure.sim.activate_managed_hsm("pool"));
    let hsm: VaultUrl = "https://pool.managedhsm.azure.net".parse().unwrap();
    let keys = KeyClient::new(
        &hsm,
        Arc::clone(&azure.customer.credential),
        Some(KeyClientOptions {
            client_options: options(&azure.sim),
            ..Default::default()
        }),
    )
    .unwrap();
    (azure, hsm, keys)
}

fn grant(azure: &TwoTenants, role: &str) {
    let admin = &azure.customer.admin.object_id;
    assert!(azure.sim.grant_local_role("pool", admin, role, "/"));
}

#[tokio::test(start_paused = true)]
async fn the_challenge_tells_the_tenant_of_an_hsm() {
    let (azure, hsm, _) = pool();
    let client = ChallengeClient::new(Some(ChallengeClientOptions {
        client_options: options(&azure.sim),
        ..Default::default()
    }));
    let tenant = client.get_vault_tenant(&hsm).await.unwrap();
    assert_eq!(tenant.to_string(), azure.customer.tenant_id);
}

#[tokio::test(start_paused = true)]
async fn a_key_of_an_hsm_lives_as_one_of_a_vault() {
    let (azure, _, keys) = pool();
    let name: KeyName = "orders".parse().unwrap();
    let new = NewKey::new(KeyType::RsaHsm);
    let refused = keys.create_key(&name, &new, None).await.unwrap_err();
    assert_eq!(refused.hint(), Some(Hint::NeedsPermission), "{refused}");
    grant(&azure, "Managed HSM Crypto User");
    grant(&azure, "Managed HSM Crypto Officer");
    let made = keys.create_key(&name, &new, None).await.unwrap();
    let data = [7; 32];
    let algorithm = || WrapAlgorithm::RsaOaep256;
    let wrapped = keys
        .wrap_key(&name, None, algorithm(), &data)
        .await
        .unwrap();
    let rotated = keys.rotate_key(&name).await.unwrap();
    assert_ne!(rotated.uri, made.uri);
    assert_eq!(keys.list_key_versions(&name).await.unwrap().len(), 2);
    keys.delete_key(&name).await.unwrap();
    assert!(keys.get_key(&name, None).await.is_err());
    keys.get_deleted_key(&name).await.unwrap();
    keys.recover_deleted_key(&name).await.unwrap();
    let version = wrapped.key.version().unwrap();
    let plain = keys
        .unwrap_key(&name, version, algorithm(), &wrapped.ciphertext)
        .await
        .unwrap();
    assert_eq!(&*plain.plaintext, &data);
    assert!(azure.sim.unmodelled().is_empty());
    assert!(azure.sim.unknown_members().is_empty());
}
