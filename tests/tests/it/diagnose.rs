//! Diagnosis of what the simulator's services really answer.

use crate::{
    flow::{Flow, VAULT, account_spec},
    verify::{Chain, vault_id},
};
use cross_tenant_cmk::{
    CheckId, Error, SuspectState, Waiting, cmk_core::Kind, create_encrypted_account, diagnose,
    diagnose_account, keyvault_rbac::KeysApi as _, verify_both,
};

/// The client's error of the one step that failed.
fn source_of(error: &cross_tenant_cmk::PhaseError) -> &cross_tenant_cmk::cmk_core::Error {
    match error.errors() {
        [Error::Step { source, .. }] => source,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_says_try_again_is_traced_to_its_link() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    let principal = grant.service_principal_id.to_string();
    assert!(flow.sim.enable_service_principal(&principal, false));
    let record = flow.record(&offer);
    let spec = account_spec(&setup, &grant);
    let error = create_encrypted_account(&flow.provider, &setup, &grant, &record, &spec, None)
        .await
        .unwrap_err();
    let told = diagnose(source_of(&error));
    assert_eq!(told.readings[0].waiting, Waiting::Never, "{told}");
    assert!(
        told.readings[0]
            .misleading
            .unwrap()
            .contains("Please try again")
    );

    // Both sides look, and one of the many suspects is left.
    let account = cross_tenant_cmk::cosmos_cmk::AccountId::new(
        flow.provider.subscription(),
        &"contoso-data".parse().unwrap(),
        &crate::flow::ACCOUNT.parse().unwrap(),
    )
    .unwrap();
    let (vault, key) = (vault_id(&flow), "cosmos".parse().unwrap());
    let provider = cross_tenant_cmk::ProviderSide {
        at: &flow.provider,
        setup: &setup,
        customer: &record,
        account: &account,
        grant: Some(&grant),
    };
    let customer = cross_tenant_cmk::CustomerSide::of_offer(
        &flow.customer,
        &offer,
        flow.provider.tenant(),
        &vault,
        &key,
    );
    let told = told.with_evidence(&verify_both(&provider, &customer, None).await);
    let proved: Vec<_> = told
        .suspects_that_are(SuspectState::Proved)
        .filter_map(|suspect| suspect.check)
        .collect();
    // That there is no account is what the failure left.
    assert_eq!(
        proved,
        [CheckId::PrincipalEnabled, CheckId::AccountAtRest],
        "{told}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_vaults_refusal_is_read_through_the_clients_error() {
    let chain = Chain::finished().await;
    let key = "cosmos".parse().unwrap();
    let error = chain
        .flow
        .customer_keys()
        .get_key(&key, None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden);
    let told = diagnose(&error);
    assert_eq!(told.readings[0].recognised, "ForbiddenByRbac");
    assert_eq!(told.readings[0].waiting, Waiting::HealsIfRecent);
    assert_eq!(told.suspects[0].check, Some(CheckId::KeyRole));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_read_is_an_error_that_is_diagnosed_too() {
    let chain = Chain::finished().await;
    let mut side = chain.provider();
    let gone = chain
        .account
        .to_string()
        .replace("contoso-orders", "nobody");
    let gone = gone.parse().unwrap();
    side.account = &gone;
    let error = diagnose_account(&side, None, None).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    assert!(diagnose(&error).is_known());
}

#[tokio::test(start_paused = true)]
async fn healing_is_seen_after_the_key_is_enabled_again() {
    let chain = Chain::finished().await;
    let hour = std::time::Duration::from_secs(3_600);
    assert!(chain.flow.sim.enable_key(VAULT, "cosmos", None, false));
    tokio::time::advance(hour).await;
    let look = async || {
        diagnose_account(&chain.provider(), Some(&chain.customer()), chain.options())
            .await
            .unwrap()
    };
    assert_eq!(look().await.suspects[0].check, Some(CheckId::KeyEnabled));

    // Enabled, and the account has not noticed: the link holds, nothing is proved, and waiting is what is left.
    assert!(chain.flow.sim.enable_key(VAULT, "cosmos", None, true));
    let told = look().await;
    assert!(told.is_known());
    assert!(
        told.suspects_that_are(SuspectState::Proved)
            .next()
            .is_none(),
        "{told}"
    );
    assert!(told.to_string().contains("up to 1 hour"), "{told}");

    tokio::time::advance(hour).await;
    assert!(!look().await.is_known());
}
