//! From two empty tenants to the encrypted account, and once more.

use crate::{
    account,
    customer::{self, expected_provider, grant_json, now, offer},
    literals::DIGEST,
    provider,
    server::{self, Wire},
};
use cross_tenant_cmk::{
    AccountSpec, CustomerRecord, Grant, Offer, OfferOptions, ProviderSetup, Report,
    create_encrypted_account, grant_access, set_up_provider,
};
use serde_json::json;

/// What the phases did, as a person reads it; those that run at the same time in a fixed order.
fn lines(report: &Report) -> Vec<String> {
    let mut lines: Vec<_> = report.steps.iter().map(ToString::to_string).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn two_empty_tenants_end_in_an_account_under_the_customers_key() {
    let wire = Wire::start().await;

    let provider = wire.provider();
    let spec = provider::spec();
    let run = set_up_provider(&provider, &spec, server::at_once());
    let done = wire.play(provider::first_run(), run).await.unwrap();
    assert_eq!(
        serde_json::to_value(&done.output).unwrap(),
        provider::setup_json()
    );
    assert_eq!(
        lines(&done.report),
        [
            "application: application fabrikam-cmk created",
            "federated-credential: federated credential cmk-a1e2044b-7347-5f9e-8eb4-daa2889aa71c created",
            "managed-identity: managed identity fabrikam-cmk created",
            "resource-group: resource group fabrikam-cmk created",
            "resource-provider: resource provider Microsoft.ManagedIdentity updated (before: NotRegistered)",
            "subscription: subscription aaaaaaaa-0000-4000-8000-000000000001 checked",
        ]
    );
    // The setup goes into a drawer, and the Offer to the customer.
    let kept = serde_json::to_string(&done.output).unwrap();
    let sent = done.output.offer(Some(OfferOptions {
        now: Some(now()),
        nonce: Some("33333333-3333-4333-8333-333333333333".parse().unwrap()),
        ..Default::default()
    }));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&sent.to_json()).unwrap(),
        json!({
            "kind": "cross-tenant-cmk/offer",
            "version": 1,
            "cloud": "public",
            "providerTenantId": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
            "applicationClientId": "aaaaaaaa-0000-4000-8000-000000000002",
            "applicationName": "Fabrikam data platform",
            "role": "Key Vault Crypto Service Encryption User",
            "expiresAt": "2027-02-14T08:00:00Z",
            "nonce": "33333333-3333-4333-8333-333333333333",
        })
    );

    let received = Offer::from_json(&sent.to_json()).unwrap();
    let customer = wire.customer();
    let spec = customer::spec();
    let run = grant_access(
        &customer,
        &received,
        expected_provider(),
        &spec,
        server::at_once(),
    );
    let done = wire.play(customer::first_run(), run).await.unwrap();
    let answer = done.output.to_json();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&answer).unwrap(),
        grant_json()
    );
    assert_eq!(
        lines(&done.report),
        [
            "admit-application: service principal of application aaaaaaaa-0000-4000-8000-000000000002 created",
            "key-role: role Key Vault Crypto Service Encryption User for cccccccc-0000-4000-8000-000000000003 on /subscriptions/cccccccc-0000-4000-8000-000000000001/resourceGroups/contoso-keys/providers/Microsoft.KeyVault/vaults/contoso-keys/keys/cosmos created",
            "key: key cosmos in vault contoso-keys created",
            "resource-group: resource group contoso-keys created",
            "resource-provider: resource provider Microsoft.KeyVault there already",
            "subscription: subscription cccccccc-0000-4000-8000-000000000001 checked",
            "vault: vault contoso-keys created",
        ]
    );

    let setup: ProviderSetup = serde_json::from_str(&kept).unwrap();
    let grant = Grant::from_json(&answer).unwrap();
    let record = CustomerRecord {
        reference: "contoso".parse().unwrap(),
        tenant_id: "cccccccc-cccc-4ccc-8ccc-cccccccccccc".parse().unwrap(),
        offer_digest: DIGEST.parse().unwrap(),
    };
    let spec = AccountSpec::new(
        &setup,
        &grant,
        "contoso-data".parse().unwrap(),
        "contoso-orders".parse().unwrap(),
        "westeurope".parse().unwrap(),
    )
    .unwrap();
    let run =
        create_encrypted_account(&provider, &setup, &grant, &record, &spec, server::at_once());
    let done = wire.play(account::first_run(), run).await.unwrap();
    account::assert_is_the_account(&done.output);
    assert_eq!(
        lines(&done.report),
        [
            "account: account contoso-orders created",
            "key-binding: key https://contoso-keys.vault.azure.net/keys/cosmos checked",
            "key-binding: key https://contoso-keys.vault.azure.net/keys/cosmos checked",
            "key-tenant: key https://contoso-keys.vault.azure.net/keys/cosmos checked",
            "resource-group: resource group contoso-data created",
            "resource-provider: resource provider Microsoft.DocumentDB there already",
            "setup: application aaaaaaaa-0000-4000-8000-000000000002 checked",
            "subscription: subscription aaaaaaaa-0000-4000-8000-000000000001 checked",
        ]
    );
}

#[tokio::test]
async fn a_second_run_reads_and_says_that_everything_is_there() {
    let wire = Wire::start().await;

    let provider = wire.provider();
    let spec = provider::spec();
    let run = set_up_provider(&provider, &spec, server::at_once());
    let phase_1 = wire.play(provider::second_run(), run).await.unwrap();
    assert_eq!(phase_1.output, provider::setup());

    let customer = wire.customer();
    let (offer, spec) = (offer(), customer::spec());
    let run = grant_access(
        &customer,
        &offer,
        expected_provider(),
        &spec,
        server::at_once(),
    );
    let phase_2 = wire.play(customer::second_run(), run).await.unwrap();
    assert_eq!(phase_2.output, customer::grant());

    let phase_3 = account::run(&wire, account::second_run()).await.unwrap();
    account::assert_is_the_account(&phase_3.output);

    for report in [&phase_1.report, &phase_2.report, &phase_3.report] {
        let lines = lines(report);
        assert!(
            lines
                .iter()
                .all(|line| line.ends_with(" there already") || line.ends_with(" checked")),
            "{lines:#?}"
        );
    }
    // The scripts of this run hold no request that writes.
    for plan in [
        provider::second_run(),
        customer::second_run(),
        account::second_run(),
    ] {
        let lines = plan.missing();
        assert!(
            lines.iter().all(|line| line.starts_with("GET ")),
            "{lines:#?}"
        );
    }
}
