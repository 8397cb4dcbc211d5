//! Each of the provider's links broken by itself.

use crate::verify_links::{broken, provider};
use cross_tenant_cmk::{
    CheckId,
    cosmos_cmk::{IdentityChange, SystemAssigned},
    entra_graph::NewFederatedCredential,
};

#[tokio::test(start_paused = true)]
async fn a_removed_federated_credential() {
    let (chain, told) = broken(provider(&[CheckId::FederatedCredential]), async |chain| {
        let setup = &chain.done.setup;
        chain.flow.sim.remove_federated_credential(
            &setup.application_object_id.to_string(),
            setup.federated_credential_name.as_str(),
        )
    })
    .await;
    let command = told.suspects[0].remedy.command.as_deref().unwrap();
    assert!(
        command.contains(&format!(
            r#""subject":"{}","audiences":["api://AzureADTokenExchange"]"#,
            chain.done.setup.identity_principal_id
        )),
        "{command}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_federated_credential_for_another_audience() {
    let (_, told) = broken(provider(&[CheckId::FederatedCredential]), async |chain| {
        let setup = &chain.done.setup;
        let mut wrong = NewFederatedCredential::for_managed_identity(
            setup.cloud,
            setup.tenant_id,
            setup.identity_principal_id,
        );
        wrong.audience = String::from("api://AzureADTokenExchangeUSGov");
        let credentials = &chain.flow.provider.clients().federated_credentials;
        credentials
            .update_federated_credential(
                setup.application_object_id,
                &setup.federated_credential_name,
                &wrong,
            )
            .await
            .is_ok()
    })
    .await;
    let evidence = told.suspects[0].evidence.as_deref().unwrap();
    assert!(
        evidence.ends_with(
            r#"has audience "api://AzureADTokenExchangeUSGov", not "api://AzureADTokenExchange""#
        ),
        "{evidence}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deleted_application() {
    broken(provider(&[CheckId::Application]), async |chain| {
        let object = chain.done.setup.application_object_id.to_string();
        chain.flow.sim.delete_application(&object)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_application_that_was_made_single_tenant() {
    broken(provider(&[CheckId::Audience]), async |chain| {
        let object = chain.done.setup.application_object_id.to_string();
        chain.flow.sim.set_sign_in_audience(&object, "AzureADMyOrg")
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_managed_identity() {
    broken(provider(&[CheckId::IdentityUnchanged]), async |chain| {
        let identity = chain.done.setup.identity_id.to_string();
        chain.flow.sim.delete_managed_identity(&identity)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_managed_identity_that_was_made_again_under_its_name() {
    let links = &[CheckId::IdentityUnchanged, CheckId::FederatedCredential];
    broken(provider(links), async |chain| {
        let identity = &chain.done.setup.identity_id;
        let deleted = chain
            .flow
            .sim
            .delete_managed_identity(&identity.to_string());
        let identities = &chain.flow.provider.clients().identities;
        let location = "westeurope".parse().unwrap();
        let made = identities.put_identity(identity, &location, None).await;
        deleted && made.is_ok()
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_lost_its_identity() {
    let links = &[CheckId::AccountIdentity, CheckId::DefaultIdentity];
    broken(provider(links), async |chain| {
        let clients = chain.flow.provider.clients();
        let identity = chain.done.setup.identity_id.as_resource_id();
        let id = identity.to_string().replace(
            "userAssignedIdentities/fabrikam-cmk",
            "userAssignedIdentities/other",
        );
        let location = "westeurope".parse().unwrap();
        let made = clients
            .identities
            .put_identity(&id.parse().unwrap(), &location, None)
            .await
            .unwrap();
        let change = IdentityChange {
            add: vec![made.id.as_resource_id().clone()],
            remove: vec![identity.clone()],
        };
        let accounts = &clients.accounts;
        let taken = accounts
            .set_identities(&chain.account, &change, SystemAssigned::Absent)
            .await;
        taken.is_ok()
    })
    .await;
}
