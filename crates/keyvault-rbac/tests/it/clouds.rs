//! Where the clients send their requests in each cloud, with which token, and in which api-version.

use crate::support::{
    ASSIGNMENT, Canned, KEY, SUBSCRIPTION, Scopes, TENANT, VAULT, key_name, once, vault_id,
};
use cmk_core::testing::StaticCredential;
use keyvault_rbac::{
    ChallengeClient, ChallengeClientOptions, Cloud, KeyClient, KeyClientOptions, KeysApi as _,
    RoleAssignmentsApi as _, RoleClient, RoleClientOptions, VaultClient, VaultClientOptions,
    VaultTenantApi as _, VaultsApi as _,
};
use std::sync::Arc;

#[tokio::test]
async fn resource_manager_is_each_clouds_own() {
    for (cloud, host) in [
        (Cloud::Public, "https://management.azure.com"),
        (Cloud::UsGovernment, "https://management.usgovcloudapi.net"),
        (Cloud::China, "https://management.chinacloudapi.cn"),
    ] {
        let canned = Canned::new([(404, "{}"), (404, "{}")]);
        let credential = Arc::new(Scopes::default());
        let vaults = VaultClientOptions {
            client_options: once(canned.transport()),
            ..Default::default()
        };
        let roles = RoleClientOptions {
            client_options: once(canned.transport()),
            ..Default::default()
        };
        let token = || Arc::clone(&credential) as Arc<_>;
        let vaults = VaultClient::new(cloud, token(), Some(vaults)).unwrap();
        let roles = RoleClient::new(cloud, token(), Some(roles)).unwrap();
        vaults.get_vault(&vault_id()).await.unwrap_err();
        let scope = SUBSCRIPTION.parse().map(keyvault_rbac::Scope::Subscription);
        let name = ASSIGNMENT.parse().unwrap();
        roles
            .get_role_assignment(&scope.unwrap(), &name)
            .await
            .unwrap_err();
        assert_eq!(
            canned.calls(),
            [
                format!("GET {host}{VAULT}?api-version=2026-02-01"),
                format!(
                    "GET {host}/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/{ASSIGNMENT}?api-version=2022-04-01"
                ),
            ]
        );
        let scope = format!("{host}/.default");
        assert_eq!(credential.asked(), [scope.clone(), scope]);
    }
}

#[tokio::test]
async fn every_client_sends_the_api_version_that_its_options_say() {
    let canned = Canned::new([(404, "{}"), (404, "{}"), (404, "{}"), (404, "{}")]);
    let api_version = String::from("2027-01-01");
    let client_options = once(canned.transport());
    let token = || StaticCredential::new("token");
    let vaults = VaultClientOptions {
        api_version: api_version.clone(),
        client_options: client_options.clone(),
    };
    let roles = RoleClientOptions {
        api_version: api_version.clone(),
        client_options: client_options.clone(),
    };
    let keys = KeyClientOptions {
        api_version: api_version.clone(),
        client_options: client_options.clone(),
    };
    let challenge = ChallengeClientOptions {
        api_version,
        client_options,
    };
    let url = "https://contoso-cmk.vault.azure.net/".parse().unwrap();
    let vaults = VaultClient::new(Cloud::Public, token(), Some(vaults)).unwrap();
    vaults.get_vault(&vault_id()).await.unwrap_err();
    let roles = RoleClient::new(Cloud::Public, token(), Some(roles)).unwrap();
    let name = ASSIGNMENT.parse().unwrap();
    roles
        .get_role_assignment(&vault_id().to_scope(), &name)
        .await
        .unwrap_err();
    let keys = KeyClient::new(&url, token(), Some(keys)).unwrap();
    keys.get_key(&key_name(), None).await.unwrap_err();
    ChallengeClient::new(Some(challenge))
        .get_vault_tenant(&url)
        .await
        .unwrap_err();
    let query = "api-version=2027-01-01";
    assert_eq!(
        canned.calls(),
        [
            format!("GET https://management.azure.com{VAULT}?{query}"),
            format!(
                "GET https://management.azure.com{VAULT}/providers/Microsoft.Authorization/roleAssignments/{ASSIGNMENT}?{query}"
            ),
            format!("GET {KEY}?{query}"),
            format!("GET https://contoso-cmk.vault.azure.net/keys?{query}"),
        ]
    );
}

#[tokio::test]
async fn the_operation_of_a_creation_is_read_in_the_version_that_started_it() {
    use keyvault_rbac::{NewVault, OperationsApi as _, Progress};

    let body = format!(
        r#"{{"id": "{VAULT}", "location": "eastus2", "properties": {{"tenantId": "{TENANT}", "sku": {{"name": "standard"}}, "provisioningState": "RegisteringDns"}}}}"#
    );
    let canned = Canned::new([(200, body.as_str()), (200, body.as_str())]);
    let client = |version: &str| {
        let options = VaultClientOptions {
            api_version: version.to_owned(),
            client_options: once(canned.transport()),
        };
        let token = StaticCredential::new("token");
        VaultClient::new(Cloud::Public, token, Some(options)).unwrap()
    };
    let new = NewVault::new("eastus2".parse().unwrap(), TENANT.parse().unwrap());
    let accepted = client("2025-05-01")
        .create_vault(&vault_id(), &new, None)
        .await
        .unwrap();
    // Another process, with another default.
    let handle = accepted.operation.unwrap();
    let stored = serde_json::from_str(&serde_json::to_string(&handle).unwrap()).unwrap();
    let progress = client("2026-02-01").poll_operation(&stored).await.unwrap();
    assert!(matches!(progress, Progress::Running { .. }), "{progress:?}");
    assert_eq!(
        canned.calls(),
        [
            format!("PUT https://management.azure.com{VAULT}?api-version=2025-05-01"),
            format!("GET https://management.azure.com{VAULT}?api-version=2025-05-01"),
        ]
    );
}
