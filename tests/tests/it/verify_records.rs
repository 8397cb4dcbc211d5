//! Records and documents that do not agree, and a vault or key that never fitted.

use crate::{
    flow::account_spec,
    verify::{Chain, ids},
};
use cross_tenant_cmk::{
    CustomerSide, Grant, ProviderSide, TenantContext, Verdict, VerifyOptions,
    cmk_core::Cloud,
    keyvault_rbac::{KeyName, VaultId},
    verify_as_customer, verify_as_provider,
};
use serde_json::json;

const NOBODY: &str = "99999999-9999-4999-8999-999999999999";

#[tokio::test(start_paused = true)]
async fn two_parties_in_one_tenant_are_told() {
    let chain = Chain::finished().await;
    let mut record = chain.done.record.clone();
    record.tenant_id = chain.flow.provider.tenant();
    let side = ProviderSide {
        customer: &record,
        ..chain.provider()
    };
    let found = verify_as_provider(&side, chain.options()).await;
    assert_eq!(
        ids(&found, Verdict::Failed),
        ["CMK-003", "CMK-004", "CMK-046"]
    );

    let side = CustomerSide {
        expected_provider: chain.flow.customer.tenant(),
        ..chain.customer()
    };
    let found = verify_as_customer(&side, chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-003", "CMK-032"]);
}

#[tokio::test(start_paused = true)]
async fn a_grant_for_another_offer_is_told() {
    let chain = Chain::finished().await;
    let mut record = chain.done.record.clone();
    record.offer_digest = chain.done.setup.offer(None).digest();
    let side = ProviderSide {
        customer: &record,
        ..chain.provider()
    };
    let found = verify_as_provider(&side, chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-004"]);
}

#[tokio::test(start_paused = true)]
async fn a_vault_of_another_tenant_than_the_record_says_is_told() {
    let chain = Chain::finished().await;
    let mut record = chain.done.record.clone();
    record.tenant_id = NOBODY.parse().unwrap();
    let side = ProviderSide {
        customer: &record,
        grant: None,
        ..chain.provider()
    };
    let found = verify_as_provider(&side, chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-046"]);
}

#[tokio::test(start_paused = true)]
async fn an_account_under_another_key_than_the_grants_is_told() {
    let chain = Chain::finished().await;
    let granted = &chain.done.grant;
    let other = Grant::new(
        granted.cloud,
        granted.offer_digest,
        granted.customer_tenant_id,
        granted.application_client_id,
        granted.service_principal_id,
        "https://contoso-keys.vault.azure.net/keys/other"
            .parse()
            .unwrap(),
    );
    let side = ProviderSide {
        grant: Some(&other),
        ..chain.provider()
    };
    let found = verify_as_provider(&side, chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-013"]);
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_says_another_tenant_than_the_subscriptions_is_told() {
    let chain = Chain::finished().await;
    let at = TenantContext::new(
        Cloud::Public,
        NOBODY.parse().unwrap(),
        chain.flow.customer.subscription(),
        chain.flow.customer.clients().clone(),
    );
    let found = verify_as_customer(&chain.customer_at(&at), chain.options()).await;
    assert_eq!(
        ids(&found, Verdict::Failed),
        ["CMK-002", "CMK-041", "CMK-046"]
    );
}

#[tokio::test(start_paused = true)]
async fn an_application_of_somebody_else_is_told() {
    let chain = Chain::finished().await;
    let side = CustomerSide {
        expected_provider: NOBODY.parse().unwrap(),
        ..chain.customer()
    };
    let found = verify_as_customer(&side, chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-032"]);
}

#[tokio::test(start_paused = true)]
async fn a_vault_and_a_key_that_never_fitted_are_told() {
    let chain = Chain::finished().await;
    let group = format!(
        "/subscriptions/{}/resourceGroups/contoso-keys",
        chain.flow.customer.subscription()
    );
    let vault = format!("{group}/providers/Microsoft.KeyVault/vaults/contoso-other");
    let url = |path: &str| format!("https://management.azure.com{path}?api-version=2024-11-01");
    chain.flow.customer_put(
        &url(&vault),
        &json!({
            "location": "westeurope",
            "properties": {
                "tenantId": chain.flow.both.customer.tenant_id,
                "sku": { "family": "A", "name": "standard" },
                "accessPolicies": [],
                "enableRbacAuthorization": true,
                "networkAcls": { "defaultAction": "Deny", "bypass": "None" },
            },
        }),
    );
    chain.flow.customer_put(
        &url(&format!("{vault}/keys/curve")),
        &json!({ "properties": { "kty": "EC" } }),
    );
    let (vault, key): (VaultId, KeyName) = (vault.parse().unwrap(), "curve".parse().unwrap());
    let side = CustomerSide {
        vault: &vault,
        key: &key,
        ..chain.customer()
    };
    let found = verify_as_customer(&side, chain.options()).await;
    assert_eq!(
        ids(&found, Verdict::Failed),
        ["CMK-033", "CMK-043", "CMK-045", "CMK-054", "CMK-056"],
        "{found}"
    );
}

#[tokio::test(start_paused = true)]
async fn by_default_dates_are_judged_by_the_machines_clock() {
    let chain = Chain::finished().await;
    let options = VerifyOptions::default();
    assert_eq!(options.now, None);
    assert_eq!(options.expiry_notice.as_secs(), 30 * 24 * 3_600);
    assert!(
        account_spec(&chain.done.setup, &chain.done.grant)
            .key_proof
            .is_none()
    );
    let found = verify_as_customer(&chain.customer(), Some(options)).await;
    assert_eq!(
        ids(&found, Verdict::Failed),
        [""; 0],
        "a key without dates never expires"
    );
}
