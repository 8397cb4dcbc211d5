//! Each phase can start from what exists: adopted if it fits.

use crate::flow::{Flow, key_spec, provider_spec};
use cross_tenant_cmk::{
    ApplicationChoice, IdentityChoice, Outcome, StepId, VaultChoice,
    cmk_core::Cloud,
    entra_graph::{NewApplication, NewFederatedCredential, Upserted},
    keyvault_rbac::{NewKey, NewVault, RsaKeySize},
    set_up_provider,
};

#[tokio::test(start_paused = true)]
async fn an_application_of_somebody_else_is_adopted() {
    let flow = Flow::typical();
    let clients = flow.provider.clients();
    let Upserted::Created(application) = clients
        .applications
        .create_application_if_missing(
            &"older-name".parse().unwrap(),
            &NewApplication::new("Fabrikam"),
            None,
        )
        .await
        .unwrap()
    else {
        panic!("it was there already");
    };
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    let mut spec = provider_spec();
    spec.application = ApplicationChoice::Existing {
        client_id: application.client_id,
        unique_name: None,
    };
    let done = set_up_provider(&flow.provider, &spec, None).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Application),
        Some(&Outcome::Adopted)
    );
    assert_eq!(done.output.application_object_id, application.object_id);
}

#[tokio::test(start_paused = true)]
async fn an_application_without_unique_name_gets_one() {
    let flow = Flow::typical();
    // Made in the portal: no unique name.
    let made = flow.provider_post(
        "https://graph.microsoft.com/v1.0/applications",
        &serde_json::json!({ "displayName": "Fabrikam", "signInAudience": "AzureADMultipleOrgs" }),
    );
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    let mut spec = provider_spec();
    spec.application = ApplicationChoice::Existing {
        client_id: made["appId"].as_str().unwrap().parse().unwrap(),
        unique_name: Some("fabrikam-cmk".parse().unwrap()),
    };
    let done = set_up_provider(&flow.provider, &spec, None).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Application),
        Some(&Outcome::Updated {
            before: String::from("no unique name")
        })
    );
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    // From then on it is found by name.
    let again = flow.phase1().await.unwrap();
    assert_eq!(
        again.output.application_client_id,
        done.output.application_client_id
    );
}

#[tokio::test(start_paused = true)]
async fn an_identity_and_a_credential_of_somebody_else_are_adopted() {
    let flow = Flow::typical();
    let first = flow.phase1().await.unwrap().output;
    let clients = flow.provider.clients();
    // The same trust, written by hand under another name and without our mark.
    let wanted = NewFederatedCredential::for_managed_identity(
        Cloud::Public,
        flow.provider.tenant(),
        first.identity_principal_id,
    );
    let credentials = &clients.federated_credentials;
    credentials
        .delete_federated_credential(
            first.application_object_id,
            &first.federated_credential_name,
        )
        .await
        .unwrap();
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    credentials
        .create_federated_credential_if_missing(
            first.application_object_id,
            &"by-hand".parse().unwrap(),
            &wanted,
            None,
        )
        .await
        .unwrap();
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    let mut spec = provider_spec();
    spec.identity = IdentityChoice::Existing(first.identity_id.clone());
    let done = set_up_provider(&flow.provider, &spec, None).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::FederatedCredential),
        Some(&Outcome::Adopted)
    );
    assert_eq!(done.output.federated_credential_name.as_str(), "by-hand");
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_was_made_again_gets_a_new_subject() {
    let flow = Flow::typical();
    let first = flow.phase1().await.unwrap().output;
    assert!(
        flow.sim
            .delete_managed_identity(&first.identity_id.to_string())
    );
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    let again = flow.phase1().await.unwrap();
    assert_ne!(
        again.output.identity_principal_id,
        first.identity_principal_id
    );
    assert_eq!(
        again.report.outcome(StepId::FederatedCredential),
        Some(&Outcome::Updated {
            before: format!("subject {}", first.identity_principal_id)
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_vault_and_a_key_of_somebody_else_are_adopted() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let clients = flow.customer.clients();
    let location = "northeurope".parse().unwrap();
    clients
        .resource_groups
        .put_resource_group(
            flow.customer.subscription(),
            &"older".parse().unwrap(),
            &location,
            None,
        )
        .await
        .unwrap();
    let id = format!(
        "/subscriptions/{}/resourceGroups/older/providers/Microsoft.KeyVault/vaults/older-keys",
        flow.customer.subscription()
    )
    .parse()
    .unwrap();
    clients
        .vaults
        .create_vault(&id, &NewVault::new(location, flow.customer.tenant()), None)
        .await
        .unwrap();
    clients
        .arm_keys
        .create_key_if_absent(
            &id,
            &"cosmos".parse().unwrap(),
            &NewKey::rsa(RsaKeySize::Bits2048),
            None,
        )
        .await
        .unwrap();
    let mut spec = key_spec();
    spec.vault = VaultChoice::Existing(id);
    let done = flow.phase2_with(&offer, &spec).await.unwrap();
    assert_eq!(done.report.outcome(StepId::Vault), Some(&Outcome::Adopted));
    assert_eq!(done.report.outcome(StepId::Key), Some(&Outcome::Adopted));
    assert_eq!(
        done.report.outcome(StepId::KeyRole),
        Some(&Outcome::Created)
    );
}

#[tokio::test(start_paused = true)]
async fn a_principal_that_consent_made_is_found() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    let principals = &flow.customer.clients().service_principals;
    principals
        .create_service_principal_if_missing(offer.application_client_id, None)
        .await
        .unwrap();
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    let done = flow.phase2(&offer).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::AdmitApplication),
        Some(&Outcome::Existing)
    );
}
