//! What does not fit is refused with the reason, before it is built upon.

use crate::flow::{Flow, VAULT, key_spec, provider_spec};
use azure_sim::VaultNetwork;
use cross_tenant_cmk::{
    ApplicationChoice, OfferOptions, PhaseError, Reason, StepId, VaultChoice,
    cmk_core::Cloud,
    entra_graph::NewFederatedCredential,
    grant_access,
    keyvault_rbac::{KeyType, NewKey},
    set_up_provider,
};
use serde_json::{Value, json};
use std::time::Duration;

fn reason(error: &PhaseError) -> Reason {
    error
        .refusal()
        .unwrap_or_else(|| panic!("no refusal: {error}"))
        .reason()
}

async fn settle() {
    tokio::time::advance(Duration::from_secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn a_single_tenant_application_is_refused() {
    let flow = Flow::typical();
    let made = flow.provider_post(
        "https://graph.microsoft.com/v1.0/applications",
        &json!({ "displayName": "Fabrikam", "signInAudience": "AzureADMyOrg" }),
    );
    settle().await;
    let mut spec = provider_spec();
    spec.application = ApplicationChoice::Existing {
        client_id: made["appId"].as_str().unwrap().parse().unwrap(),
        unique_name: None,
    };
    let error = set_up_provider(&flow.provider, &spec, None)
        .await
        .unwrap_err();
    assert_eq!(reason(&error), Reason::SingleTenantApplication);
    // The other branch was joined to its end, and is told.
    assert!(error.report().outcome(StepId::ManagedIdentity).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_name_that_a_deleted_application_holds_is_told() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    assert!(
        flow.sim
            .delete_application(&setup.application_object_id.to_string())
    );
    settle().await;
    let error = flow.phase1().await.unwrap_err();
    assert_eq!(reason(&error), Reason::NameHeldByDeletedApplication);
    assert!(
        error
            .to_string()
            .contains(&setup.application_object_id.to_string())
    );
}

#[tokio::test(start_paused = true)]
async fn a_credential_with_another_audience_is_refused() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let credentials = &flow.provider.clients().federated_credentials;
    let mut wrong = NewFederatedCredential::for_managed_identity(
        Cloud::Public,
        flow.provider.tenant(),
        setup.identity_principal_id,
    );
    wrong.audience = String::from("api://AzureADTokenExchangeUSGov");
    credentials
        .update_federated_credential(
            setup.application_object_id,
            &setup.federated_credential_name,
            &wrong,
        )
        .await
        .unwrap();
    settle().await;
    let error = flow.phase1().await.unwrap_err();
    assert_eq!(reason(&error), Reason::WrongAudience);
}

#[tokio::test(start_paused = true)]
async fn the_twenty_first_credential_is_told_before_it_is_refused() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let credentials = &flow.provider.clients().federated_credentials;
    credentials
        .delete_federated_credential(
            setup.application_object_id,
            &setup.federated_credential_name,
        )
        .await
        .unwrap();
    for n in 0..20 {
        let principal = format!("11111111-1111-4111-8111-1111111111{n:02}");
        let other = NewFederatedCredential::for_managed_identity(
            Cloud::Public,
            flow.provider.tenant(),
            principal.parse().unwrap(),
        );
        credentials
            .create_federated_credential_if_missing(
                setup.application_object_id,
                &format!("other-{n}").parse().unwrap(),
                &other,
                None,
            )
            .await
            .unwrap();
    }
    settle().await;
    let writes = flow.sim.writes().len();
    let error = flow.phase1().await.unwrap_err();
    assert_eq!(reason(&error), Reason::CredentialLimit);
    assert_eq!(flow.sim.writes().len(), writes);
}

#[tokio::test(start_paused = true)]
async fn an_expired_offer_and_one_to_oneself_are_refused_before_anything_is_asked() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let requests = flow.sim.requests().len();
    let expired = setup.offer(Some(OfferOptions {
        valid_for: Duration::ZERO,
        now: Some(azure_core::time::OffsetDateTime::UNIX_EPOCH),
        nonce: None,
    }));
    let error = flow.phase2(&expired).await.unwrap_err();
    assert_eq!(reason(&error), Reason::OfferExpired);

    let oneself = crate::flow::customer_context(&flow.sim, &flow.both.provider);
    let error = grant_access(
        &oneself,
        &setup.offer(None),
        flow.provider_tenant(),
        &key_spec(),
        None,
    )
    .await
    .unwrap_err();
    assert_eq!(reason(&error), Reason::SameTenant);
    assert_eq!(flow.sim.requests().len(), requests);
}

#[tokio::test(start_paused = true)]
async fn an_offer_of_another_cloud_is_refused() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let text = offer.to_json().replace("\"public\"", "\"china\"");
    let offer = cross_tenant_cmk::Offer::from_json(&text).unwrap();
    let error = flow.phase2(&offer).await.unwrap_err();
    assert_eq!(reason(&error), Reason::OtherCloud);
}

#[tokio::test(start_paused = true)]
async fn a_service_principal_that_the_customer_switched_off_stays_off() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    let id = grant.service_principal_id.to_string();
    assert!(flow.sim.enable_service_principal(&id, false));
    settle().await;
    let writes = flow.sim.writes().len();
    let error = flow.phase2(&offer).await.unwrap_err();
    assert_eq!(reason(&error), Reason::ServicePrincipalDisabled);
    assert_eq!(flow.sim.writes().len(), writes);
}

/// A vault that somebody made in their own way, and what phase 2 says of it.
async fn vault_refusal(properties: Value) -> Reason {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let subscription = flow.customer.subscription();
    let clients = flow.customer.clients();
    clients
        .resource_groups
        .put_resource_group(
            subscription,
            &"older".parse().unwrap(),
            &"westeurope".parse().unwrap(),
            None,
        )
        .await
        .unwrap();
    let id = format!(
        "/subscriptions/{subscription}/resourceGroups/older/providers/Microsoft.KeyVault/vaults/older-keys"
    );
    let mut body = json!({
        "location": "westeurope",
        "properties": {
            "tenantId": flow.customer.tenant(),
            "sku": { "family": "A", "name": "standard" },
            "accessPolicies": [],
            "enableRbacAuthorization": true,
            "enablePurgeProtection": true,
        },
    });
    for (name, value) in properties.as_object().unwrap() {
        let target = body["properties"].as_object_mut().unwrap();
        if value.is_null() {
            target.remove(name);
        } else {
            target.insert(name.clone(), value.clone());
        }
    }
    flow.customer_put(
        &format!("https://management.azure.com{id}?api-version=2024-11-01"),
        &body,
    );
    settle().await;
    let mut spec = key_spec();
    spec.vault = VaultChoice::Existing(id.parse().unwrap());
    let error = flow.phase2_with(&offer, &spec).await.unwrap_err();
    assert_eq!(error.report().outcome(StepId::Key), None, "a key was made");
    reason(&error)
}

#[tokio::test(start_paused = true)]
async fn a_vault_without_purge_protection_is_refused() {
    let reason = vault_refusal(json!({ "enablePurgeProtection": null })).await;
    assert_eq!(reason, Reason::VaultWithoutPurgeProtection);
}

#[tokio::test(start_paused = true)]
async fn a_vault_with_access_policies_is_refused() {
    let reason = vault_refusal(json!({ "enableRbacAuthorization": false })).await;
    assert_eq!(reason, Reason::VaultUsesAccessPolicies);
}

#[tokio::test(start_paused = true)]
async fn a_vault_whose_firewall_shuts_trusted_services_out_is_refused() {
    let acls = json!({ "networkAcls": { "defaultAction": "Deny", "bypass": "None" } });
    assert_eq!(vault_refusal(acls).await, Reason::VaultFirewall);
}

#[tokio::test(start_paused = true)]
async fn a_firewall_that_lets_trusted_services_in_is_fine_and_does_not_stop_the_key() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    flow.phase2(&offer).await.unwrap();
    assert!(
        flow.sim
            .set_vault_network(VAULT, VaultNetwork::TrustedServices)
    );
    let mut spec = key_spec();
    spec.key = "second".parse().unwrap();
    let done = flow.phase2_with(&offer, &spec).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Key),
        Some(&cross_tenant_cmk::Outcome::Created)
    );
}

#[tokio::test(start_paused = true)]
async fn a_soft_deleted_vault_in_the_way_is_told() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    flow.phase2(&offer).await.unwrap();
    assert!(flow.sim.delete_vault(VAULT));
    let error = flow.phase2(&offer).await.unwrap_err();
    assert_eq!(reason(&error), Reason::VaultSoftDeleted);
}

#[tokio::test(start_paused = true)]
async fn an_elliptic_curve_key_is_refused() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let mut spec = key_spec();
    spec.new_key = NewKey::new(KeyType::Ec);
    let error = flow.phase2_with(&offer, &spec).await.unwrap_err();
    assert_eq!(reason(&error), Reason::KeyTypeUnfit);
}

#[tokio::test(start_paused = true)]
async fn a_disabled_key_is_refused() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    flow.phase2(&offer).await.unwrap();
    assert!(flow.sim.enable_key(VAULT, "cosmos", None, false));
    let error = flow.phase2(&offer).await.unwrap_err();
    assert_eq!(reason(&error), Reason::KeyDisabled);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_not_unwrap_is_refused() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    flow.phase2(&offer).await.unwrap();
    assert!(flow.sim.set_key_operations(VAULT, "cosmos", &["wrapKey"]));
    let error = flow.phase2(&offer).await.unwrap_err();
    assert_eq!(reason(&error), Reason::KeyOperationsMissing);
}

#[tokio::test(start_paused = true)]
async fn an_account_under_another_key_is_refused() {
    let flow = Flow::typical();
    let done = flow.everything().await;
    let mut spec = key_spec();
    spec.key = "second".parse().unwrap();
    let grant = flow.phase2_with(&done.offer, &spec).await.unwrap().output;
    let error = flow
        .phase3(&done.setup, &grant, &done.record)
        .await
        .unwrap_err();
    assert_eq!(reason(&error), Reason::AccountUnfit);
}

#[tokio::test(start_paused = true)]
async fn an_account_name_that_is_taken_in_the_world_is_told() {
    let flow = Flow::typical();
    let done = flow.everything().await;
    let mut spec = crate::flow::account_spec(&done.setup, &done.grant);
    spec.resource_group = "elsewhere".parse().unwrap();
    let error = cross_tenant_cmk::create_encrypted_account(
        &flow.provider,
        &done.setup,
        &done.grant,
        &done.record,
        &spec,
        None,
    )
    .await
    .unwrap_err();
    assert_eq!(reason(&error), Reason::AccountNameUnavailable);
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_was_replaced_since_the_setup_is_told_before_the_account_is_made() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    assert!(
        flow.sim
            .delete_managed_identity(&setup.identity_id.to_string())
    );
    let error = flow
        .phase3(&setup, &grant, &flow.record(&offer))
        .await
        .unwrap_err();
    assert_eq!(reason(&error), Reason::IdentityReplaced);
    assert_eq!(error.report().outcome(StepId::Account), None);
}
