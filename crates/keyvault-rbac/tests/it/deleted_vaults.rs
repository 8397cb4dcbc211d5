//! Names of vaults, deleted vaults and their return, on the wire.

use crate::support::{
    PROVIDER, SUBSCRIPTION, TENANT, VAULT, VAULTS, arm, json, no_body, sends, server, vault_id,
    vaults_at,
};
use azure_core::time::parse_rfc3339;
use keyvault_rbac::{Hint, Kind, NameUnavailableReason, VaultsApi as _};
use serde_json::json as body;

// As recorded: no `purgeProtectionEnabled` where the vault had none.
const DELETED: &str = r#"{
    "id": "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.KeyVault/locations/eastus2/deletedVaults/contoso-cmk",
    "name": "contoso-cmk", "type": "Microsoft.KeyVault/deletedVaults",
    "properties": {
        "vaultId": "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-cmk",
        "location": "East US 2", "tags": {"key": "value"},
        "deletionDate": "2026-01-01T06:35:00Z", "scheduledPurgeDate": "2026-04-01T06:35:00Z",
        "purgeProtectionEnabled": true
    }
}"#;

#[tokio::test]
async fn a_name_is_asked_for_with_its_type() {
    let path = format!("{PROVIDER}/checkNameAvailability");
    for (answer, available, reason) in [
        (r#"{"nameAvailable": true}"#, true, None),
        (
            r#"{"nameAvailable": false, "reason": "AlreadyExists", "message": "The vault name 'contoso-cmk' is already in use."}"#,
            false,
            Some(NameUnavailableReason::AlreadyExists),
        ),
        (
            r#"{"nameAvailable": false, "reason": "AccountNameInvalid", "message": "m"}"#,
            false,
            Some(NameUnavailableReason::AccountNameInvalid),
        ),
    ] {
        let mock = arm("POST", &path, VAULTS).and(sends(
            body!({"name": "contoso-cmk", "type": "Microsoft.KeyVault/vaults"}),
        ));
        let server = server(mock, json(200, answer), 1).await;
        let found = vaults_at(&server)
            .check_vault_name(
                SUBSCRIPTION.parse().unwrap(),
                &"contoso-cmk".parse().unwrap(),
            )
            .await
            .unwrap();
        assert_eq!((found.available, found.reason), (available, reason));
        assert_eq!(found.message.is_some(), !available);
    }
}

#[tokio::test]
async fn a_deleted_vault_is_read_where_it_was() {
    let path = format!("{PROVIDER}/locations/eastus2/deletedVaults/contoso-cmk");
    let server = server(
        arm("GET", &path, VAULTS).and(no_body),
        json(200, DELETED),
        1,
    )
    .await;
    let deleted = vaults_at(&server)
        .get_deleted_vault(
            SUBSCRIPTION.parse().unwrap(),
            &"East US 2".parse().unwrap(),
            &"contoso-cmk".parse().unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(deleted.vault_id, vault_id());
    assert_eq!(deleted.location.as_str(), "eastus2");
    assert_eq!(deleted.purge_protection, Some(true));
    assert_eq!(deleted.tags["key"], "value");
    assert_eq!(
        (deleted.deleted, deleted.scheduled_purge),
        (
            parse_rfc3339("2026-01-01T06:35:00Z").ok(),
            parse_rfc3339("2026-04-01T06:35:00Z").ok()
        )
    );
}

#[tokio::test]
async fn a_vault_that_is_not_kept_is_not_found() {
    let path = format!("{PROVIDER}/locations/eastus2/deletedVaults/contoso-cmk");
    let gone = r#"{"error":{"code":"DeletedVaultNotFound","message":"The specified deleted vault could not be found."}}"#;
    let server = server(arm("GET", &path, VAULTS), json(404, gone), 1).await;
    let error = vaults_at(&server)
        .get_deleted_vault(
            SUBSCRIPTION.parse().unwrap(),
            &"eastus2".parse().unwrap(),
            &"contoso-cmk".parse().unwrap(),
        )
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    assert_eq!(error.failure().code(), Some("DeletedVaultNotFound"));
}

#[tokio::test]
async fn deleted_vaults_are_listed_and_an_odd_date_costs_nothing() {
    let path = format!("{PROVIDER}/deletedVaults");
    let odd = DELETED
        .replace("2026-01-01T06:35:00Z", "yesterday")
        .replace("contoso-cmk", "contoso-two")
        .replace(r#""purgeProtectionEnabled": true"#, r#""more": 1"#);
    let first = format!(
        r#"{{"value": [{DELETED}, {{"properties": {{}}}}], "nextLink": "https://management.azure.com{path}?page=2"}}"#
    );
    let second = format!(r#"{{"value": [{odd}]}}"#);
    let server = server(arm("GET", &path, VAULTS), json(200, &first), 1).await;
    arm("GET", &path, "page=2")
        .respond_with(json(200, &second))
        .expect(1)
        .mount(&server)
        .await;
    let found = vaults_at(&server)
        .list_deleted_vaults(SUBSCRIPTION.parse().unwrap())
        .await
        .unwrap();
    let seen: Vec<_> = found
        .iter()
        .map(|vault| {
            (
                vault.vault_id.name().as_str(),
                vault.deleted.is_some(),
                vault.purge_protection,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("contoso-cmk", true, Some(true)),
            ("contoso-two", false, None)
        ]
    );
}

#[tokio::test]
async fn a_vault_is_recovered_under_its_old_id() {
    let mock = arm("PUT", VAULT, VAULTS).and(sends(body!({
        "location": "eastus2",
        "properties": {
            "createMode": "recover",
            "tenantId": TENANT,
            "sku": {"family": "A", "name": "standard"},
        },
    })));
    // What comes back is the vault as it was.
    let answer = format!(
        r#"{{"id": "{VAULT}", "location": "eastus2", "properties": {{"tenantId": "{TENANT}", "sku": {{"family": "A", "name": "premium"}},
            "enableSoftDelete": true, "enablePurgeProtection": true, "provisioningState": "RegisteringDns"}}}}"#
    );
    let server = server(mock, json(200, &answer), 1).await;
    let accepted = vaults_at(&server)
        .recover_vault(
            &vault_id(),
            &"eastus2".parse().unwrap(),
            TENANT.parse().unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(accepted.resource.sku.as_str(), "premium");
    assert!(accepted.resource.protects_keys());
    let handle = accepted.operation.unwrap();
    assert_eq!(handle.operation(), "recover_vault");
}

#[tokio::test]
async fn recovering_what_is_not_kept_is_told_as_the_service_tells_it() {
    let body = r#"{"error":{"code":"ResourceNotFound","message":"m"}}"#;
    let server = server(arm("PUT", VAULT, VAULTS), json(404, body), 1).await;
    let error = vaults_at(&server)
        .recover_vault(
            &vault_id(),
            &"eastus2".parse().unwrap(),
            TENANT.parse().unwrap(),
        )
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.hint()),
        (Kind::NotFound, Some(Hint::Permanent))
    );
    assert_eq!(error.failure().operation(), "recover_vault");
}
