//! Vaults on the wire.

use crate::support::{
    Canned, PROVIDER, SUBSCRIPTION, TENANT, VAULT, VAULTS, arm, json, no_body, sends, server,
    vault_id, vaults_at, vaults_over,
};
use keyvault_rbac::{
    Kind, ListVaultsOptions, NetworkAcls, NetworkAction, NetworkBypass, NewVault,
    OperationsApi as _, Progress, PublicNetworkAccess, TurnOn, VaultSku, VaultUpdate,
    VaultsApi as _,
};
use serde_json::json as body;
use std::collections::BTreeMap;
use wiremock::ResponseTemplate;

/// What the service answers to a creation: not ready yet, and the URL without its slash.
const REGISTERING: &str = r#"{
    "id": "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-cmk",
    "name": "contoso-cmk", "type": "Microsoft.KeyVault/vaults", "location": "eastus2", "tags": {"managed-by": "cmk"},
    "systemData": {"createdAt": "2026-01-01T00:00:00Z"},
    "properties": {
        "sku": {"family": "A", "name": "standard"},
        "tenantId": "22222222-2222-4222-8222-222222222222",
        "accessPolicies": [],
        "enabledForDeployment": false,
        "enableSoftDelete": true, "softDeleteRetentionInDays": 90,
        "enableRbacAuthorization": true, "enablePurgeProtection": true,
        "vaultUri": "https://contoso-cmk.vault.azure.net",
        "provisioningState": "RegisteringDns", "publicNetworkAccess": "Enabled"
    }
}"#;

fn ready() -> String {
    REGISTERING
        .replace("RegisteringDns", "Succeeded")
        .replace("vault.azure.net\"", "vault.azure.net/\"")
}

fn new_vault() -> NewVault {
    NewVault::new("East US 2".parse().unwrap(), TENANT.parse().unwrap())
}

#[tokio::test]
async fn a_vault_is_created_with_roles_and_both_protections_and_is_not_ready_at_once() {
    let mock = arm("PUT", VAULT, VAULTS).and(sends(body!({
        "location": "eastus2",
        "properties": {
            "tenantId": TENANT,
            "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [],
            "enableRbacAuthorization": true,
            "enableSoftDelete": true,
            "softDeleteRetentionInDays": 90,
            "enablePurgeProtection": true,
        },
    })));
    let creating = server(mock, json(200, REGISTERING), 1).await;
    let accepted = vaults_at(&creating)
        .create_vault(&vault_id(), &new_vault(), None)
        .await
        .unwrap();
    let vault = &accepted.resource;
    assert_eq!(vault.provisioning_state.as_deref(), Some("RegisteringDns"));
    assert_eq!(
        vault.vault_uri.as_deref(),
        Some("https://contoso-cmk.vault.azure.net")
    );
    assert_eq!(vault.tags["managed-by"], "cmk");
    let handle = accepted.operation.expect("its host cannot be resolved yet");
    assert_eq!(
        (handle.operation(), handle.resource()),
        ("create_vault", VAULT)
    );

    let polling = server(
        arm("GET", VAULT, VAULTS).and(no_body),
        json(200, REGISTERING),
        1,
    )
    .await;
    let progress = vaults_at(&polling).poll_operation(&handle).await.unwrap();
    assert!(
        matches!(&progress, Progress::Running { status, .. } if status == "RegisteringDns"),
        "{progress:?}"
    );
    let done = server(
        arm("GET", VAULT, VAULTS).and(no_body),
        json(200, &ready()),
        1,
    )
    .await;
    let progress = vaults_at(&done)
        .read_provisioning_state(&handle)
        .await
        .unwrap();
    assert_eq!(progress, Progress::Done);
}

#[tokio::test]
async fn a_creation_that_is_done_at_once_leaves_no_operation() {
    let answer = json(201, &ready()).insert_header(
        "location",
        format!("https://management.azure.com{VAULT}?api-version=2026-02-01"),
    );
    let server = server(arm("PUT", VAULT, VAULTS), answer, 1).await;
    let accepted = vaults_at(&server)
        .create_vault(&vault_id(), &new_vault(), None)
        .await
        .unwrap();
    assert_eq!(accepted.operation, None);
    assert_eq!(accepted.resource.id, vault_id());
}

#[tokio::test]
async fn every_setting_of_a_new_vault_is_sent() {
    let mock = arm("PUT", VAULT, VAULTS).and(sends(body!({
        "location": "westeurope",
        "tags": {"managed-by": "cmk"},
        "properties": {
            "tenantId": TENANT,
            "sku": {"family": "A", "name": "premium"},
            "accessPolicies": [],
            "enableRbacAuthorization": true,
            "enableSoftDelete": true,
            "softDeleteRetentionInDays": 7,
            "enablePurgeProtection": true,
            "networkAcls": {
                "bypass": "AzureServices",
                "defaultAction": "Deny",
                "ipRules": [{"value": "203.0.113.0/24"}],
                "virtualNetworkRules": [{"id": "/subscriptions/s/subnets/one"}],
            },
            "publicNetworkAccess": "Disabled",
        },
    })));
    let server = server(mock, json(200, &ready()), 1).await;
    let mut acls = NetworkAcls::new(NetworkAction::Deny, NetworkBypass::AzureServices);
    acls.ip_rules.push("203.0.113.0/24".to_owned());
    acls.virtual_network_rules
        .push("/subscriptions/s/subnets/one".to_owned());
    let mut new = NewVault::new("westeurope".parse().unwrap(), TENANT.parse().unwrap());
    new.sku = VaultSku::Premium;
    new.retention_days = 7;
    new.network_acls = Some(acls);
    new.public_network_access = Some(PublicNetworkAccess::Disabled);
    new.tags = BTreeMap::from([("managed-by".to_owned(), "cmk".to_owned())]);
    let accepted = vaults_at(&server)
        .create_vault(&vault_id(), &new, None)
        .await
        .unwrap();
    assert_eq!(accepted.resource.id, vault_id());
}

#[tokio::test]
async fn a_vault_is_read_with_its_settings() {
    let answer = ready().replace(
        r#""publicNetworkAccess": "Enabled""#,
        r#""publicNetworkAccess": "Disabled", "networkAcls": {"bypass": "None", "defaultAction": "Deny",
            "ipRules": [{"value": "203.0.113.7/32"}], "virtualNetworkRules": [{"id": "/s", "ignoreMissingVnetServiceEndpoint": false}]}"#,
    );
    let server = server(
        arm("GET", VAULT, VAULTS).and(no_body),
        json(200, &answer),
        1,
    )
    .await;
    let vault = vaults_at(&server).get_vault(&vault_id()).await.unwrap();
    assert_eq!(vault.id, vault_id());
    assert_eq!(vault.location.as_str(), "eastus2");
    assert_eq!(vault.tenant_id, TENANT.parse().unwrap());
    assert_eq!(
        vault.vault_uri.as_deref(),
        Some("https://contoso-cmk.vault.azure.net/")
    );
    assert_eq!(vault.sku, VaultSku::Standard);
    assert!(vault.uses_rbac() && vault.protects_keys());
    assert_eq!(vault.retention_days, Some(90));
    assert_eq!(
        vault.public_network_access,
        Some(PublicNetworkAccess::Disabled)
    );
    let acls = vault.network_acls.unwrap();
    assert_eq!(
        (acls.bypass, acls.default_action),
        (NetworkBypass::Nobody, NetworkAction::Deny)
    );
    assert_eq!(acls.ip_rules, ["203.0.113.7/32"]);
    assert_eq!(acls.virtual_network_rules, ["/s"]);
    assert_eq!(
        vault.received.pointer("/systemData/createdAt").unwrap(),
        "2026-01-01T00:00:00Z"
    );
}

#[tokio::test]
async fn what_an_old_vault_does_not_say_is_not_guessed() {
    let answer = r#"{"id": "masked", "location": "East US 2", "tags": null, "properties": {
        "tenantId": "00000000-0000-0000-0000-000000000000", "sku": {"family": "A", "name": "Gold"},
        "enableRbacAuthorization": null, "networkAcls": {} }}"#;
    let server = server(arm("GET", VAULT, VAULTS), json(200, answer), 1).await;
    let vault = vaults_at(&server).get_vault(&vault_id()).await.unwrap();
    assert_eq!(vault.id, vault_id());
    assert_eq!(
        vault.tenant_id.to_string(),
        "00000000-0000-0000-0000-000000000000"
    );
    assert_eq!(vault.sku, VaultSku::Unknown("Gold".to_owned()));
    assert!(!vault.uses_rbac() && !vault.protects_keys());
    assert_eq!(
        (
            vault.rbac_authorization,
            vault.purge_protection,
            vault.retention_days
        ),
        (None, None, None)
    );
    let open = NetworkAcls::new(NetworkAction::Allow, NetworkBypass::AzureServices);
    assert_eq!(vault.network_acls, Some(open));
    assert_eq!(vault.provisioning_state, None);
}

#[tokio::test]
async fn an_update_sends_what_it_names_and_nothing_else() {
    let update = VaultUpdate {
        purge_protection: Some(TurnOn),
        ..Default::default()
    };
    let wanted = body!({"properties": {"enablePurgeProtection": true}});
    let mock = arm("PATCH", VAULT, VAULTS).and(sends(wanted));
    let one = server(mock, json(200, &ready()), 1).await;
    let vault = vaults_at(&one)
        .update_vault(&vault_id(), &update)
        .await
        .unwrap();
    assert_eq!(vault.purge_protection, Some(true));

    let update = VaultUpdate {
        soft_delete: Some(TurnOn),
        purge_protection: Some(TurnOn),
        rbac_authorization: Some(TurnOn),
        network_acls: Some(NetworkAcls::new(NetworkAction::Deny, NetworkBypass::Nobody)),
        public_network_access: Some(PublicNetworkAccess::Enabled),
        tags: Some(BTreeMap::new()),
    };
    let wanted = body!({
        "tags": {},
        "properties": {
            "enableSoftDelete": true,
            "enablePurgeProtection": true,
            "enableRbacAuthorization": true,
            "networkAcls": {"bypass": "None", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []},
            "publicNetworkAccess": "Enabled",
        },
    });
    let mock = arm("PATCH", VAULT, VAULTS).and(sends(wanted));
    let all = server(mock, json(201, &ready()), 1).await;
    let vault = vaults_at(&all)
        .update_vault(&vault_id(), &update)
        .await
        .unwrap();
    assert_eq!(vault.id, vault_id());
}

#[tokio::test]
async fn vaults_are_listed_page_by_page_and_an_odd_one_costs_only_itself() {
    let all = format!("{PROVIDER}/vaults");
    let first = format!(
        r#"{{"value": [{}, {{"id": 7}}], "nextLink": "https://management.azure.com{all}?page=2"}}"#,
        ready()
    );
    // A page may be empty and not the last.
    let second = format!(r#"{{"value": [], "nextLink": "{all}?page=3"}}"#);
    let third = format!(
        r#"{{"value": [{}], "nextLink": ""}}"#,
        ready().replace("contoso-cmk", "contoso-two")
    );
    let server = server(arm("GET", &all, VAULTS).and(no_body), json(200, &first), 1).await;
    for (query, page) in [("page=2", &second), ("page=3", &third)] {
        arm("GET", &all, query)
            .respond_with(json(200, page))
            .expect(1)
            .mount(&server)
            .await;
    }
    let vaults = vaults_at(&server)
        .list_vaults(SUBSCRIPTION.parse().unwrap(), None)
        .await
        .unwrap();
    let names: Vec<_> = vaults
        .iter()
        .map(|vault| vault.id.name().as_str())
        .collect();
    assert_eq!(names, ["contoso-cmk", "contoso-two"]);
}

#[tokio::test]
async fn the_vaults_of_one_group_have_a_path_of_their_own() {
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-(1)/providers/Microsoft.KeyVault/vaults"
    );
    let server = server(arm("GET", &path, VAULTS), json(200, r#"{"value":[]}"#), 1).await;
    let options = ListVaultsOptions {
        resource_group: Some("rg-(1)".parse().unwrap()),
    };
    let vaults = vaults_at(&server)
        .list_vaults(SUBSCRIPTION.parse().unwrap(), Some(options))
        .await
        .unwrap();
    assert_eq!(vaults.len(), 0);
}

#[tokio::test]
async fn a_next_link_to_another_host_gets_no_request_and_no_token() {
    let page = r#"{"value": [], "nextLink": "https://management.azure.com.evil.example/next"}"#;
    let canned = Canned::new([(200, page)]);
    let error = vaults_over(canned.transport())
        .list_vaults(SUBSCRIPTION.parse().unwrap(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert!(error.help().unwrap().contains("no token was sent there"));
    assert_eq!(
        canned.calls(),
        [format!(
            "GET https://management.azure.com{PROVIDER}/vaults?{VAULTS}"
        )]
    );
}

#[tokio::test]
async fn deleting_a_vault_that_is_gone_is_fine() {
    let gone = r#"{"error":{"code":"ResourceNotFound","message":"The Resource 'Microsoft.KeyVault/vaults/contoso-cmk' under resource group 'rg' was not found."}}"#;
    for answer in [
        ResponseTemplate::new(200),
        ResponseTemplate::new(204),
        json(404, gone),
        json(
            404,
            r#"{"error":{"code":"ResourceGroupNotFound","message":"Resource group 'rg' could not be found."}}"#,
        ),
    ] {
        let server = server(arm("DELETE", VAULT, VAULTS).and(no_body), answer, 1).await;
        vaults_at(&server).delete_vault(&vault_id()).await.unwrap();
    }
}

#[tokio::test]
async fn deleting_a_vault_in_a_subscription_that_does_not_exist_is_a_mistake() {
    let body = r#"{"error":{"code":"SubscriptionNotFound","message":"The subscription '11111111-1111-4111-8111-111111111111' could not be found."}}"#;
    let server = server(arm("DELETE", VAULT, VAULTS), json(404, body), 1).await;
    let error = vaults_at(&server)
        .delete_vault(&vault_id())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    assert_eq!(error.failure().code(), Some("SubscriptionNotFound"));
    assert!(error.help().unwrap().contains("check the subscription id"));
}
