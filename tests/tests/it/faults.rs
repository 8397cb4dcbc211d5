//! Lost replies, locks and failed creations: the same end state, or a clear word and nothing left in the way.

use crate::flow::{ACCOUNT, Flow};
use azure_sim::{Effect, Fault};
use cross_tenant_cmk::{Error, Outcome, Reason, StepId, cmk_core::Kind, cosmos_cmk::CmkStatus};
use flow_tests::end::kinds;
use std::time::Duration;

/// The reply to the next matching write is lost after its effect.
fn lose(flow: &Flow, method: &str, path: &str) {
    flow.sim.inject(Fault {
        method: method.to_owned(),
        path_contains: path.to_owned(),
        ..Fault::new(Effect::ResetAfter)
    });
}

#[tokio::test(start_paused = true)]
async fn lost_replies_are_found_again_and_nothing_is_made_twice() {
    let calm = Flow::with_prompt_roles();
    calm.everything().await;

    let flow = Flow::with_prompt_roles();
    for (method, path) in [
        ("PATCH", "/applications(uniqueName="),
        ("PUT", "/userAssignedIdentities/"),
        ("PATCH", "/federatedIdentityCredentials(name="),
        ("PATCH", "/servicePrincipals(appId="),
        ("PUT", "/vaults/contoso-keys"),
        ("PUT", "/keys/cosmos"),
        ("PUT", "/roleAssignments/"),
        ("PUT", "/databaseAccounts/"),
    ] {
        lose(&flow, method, path);
    }
    let done = flow.everything().await;
    assert_eq!(done.account.cmk_status, Some(CmkStatus::Confirmed));
    assert_eq!(kinds(&flow), kinds(&calm));
}

#[tokio::test(start_paused = true)]
async fn writes_that_never_arrived_are_sent_again() {
    let calm = Flow::with_prompt_roles();
    calm.everything().await;

    let flow = Flow::with_prompt_roles();
    for (method, path) in [
        ("PATCH", "/applications(uniqueName="),
        ("PUT", "/userAssignedIdentities/"),
        ("PATCH", "/federatedIdentityCredentials(name="),
        ("PATCH", "/servicePrincipals(appId="),
        ("PUT", "/vaults/contoso-keys"),
        ("PUT", "/keys/cosmos"),
        ("PUT", "/roleAssignments/"),
    ] {
        flow.sim.inject(Fault {
            method: method.to_owned(),
            path_contains: path.to_owned(),
            ..Fault::new(Effect::ResetBefore)
        });
    }
    flow.everything().await;
    assert_eq!(kinds(&flow), kinds(&calm));
}

#[tokio::test(start_paused = true)]
async fn the_exclusive_lock_is_waited_out() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    tokio::time::advance(Duration::from_secs(600)).await;
    flow.sim.inject(Fault {
        method: String::from("PUT"),
        path_contains: format!("/databaseAccounts/{ACCOUNT}"),
        count: 3,
        ..Fault::new(Effect::Status {
            code: 412,
            body: Some(format!(
                r#"{{"code":"PreconditionFailed","message":"There is already an operation in progress which requires exclusive lock on this service {ACCOUNT}. Please retry the operation after sometime."}}"#
            )),
            retry_after: None,
        })
    });
    let done = flow
        .phase3(&setup, &grant, &flow.record(&offer))
        .await
        .unwrap();
    assert_eq!(
        done.report.outcome(StepId::Account),
        Some(&Outcome::Created)
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_creation_says_why_and_its_husk_is_removed() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    tokio::time::advance(Duration::from_secs(600)).await;
    // Between the checks and the service's own look at the key, the customer takes it away.
    assert!(
        flow.sim
            .enable_service_principal(&grant.service_principal_id.to_string(), false)
    );
    let error = flow
        .phase3(&setup, &grant, &flow.record(&offer))
        .await
        .unwrap_err();
    let [Error::Step { step, source, .. }] = error.errors() else {
        panic!("{error}");
    };
    assert_eq!(
        (*step, source.kind()),
        (StepId::Account, Kind::OperationFailed)
    );
    assert!(
        source
            .failure()
            .message()
            .unwrap_or_default()
            .contains("Error contacting the Azure Key Vault resource. Please try again."),
        "{source:?}"
    );
    assert!(source.help().unwrap().contains("&FederatedClientId="));
    assert!(
        !flow
            .sim
            .resources()
            .iter()
            .any(|line| line.contains(ACCOUNT)),
        "the husk is still there"
    );

    // Once the customer has given it back, the same call succeeds.
    assert!(
        flow.sim
            .enable_service_principal(&grant.service_principal_id.to_string(), true)
    );
    tokio::time::advance(Duration::from_secs(3_600)).await;
    let done = flow
        .phase3(&setup, &grant, &flow.record(&offer))
        .await
        .unwrap();
    assert_eq!(done.output.cmk_status, Some(CmkStatus::Confirmed));
}

#[tokio::test(start_paused = true)]
async fn a_husk_of_unknown_origin_is_left_alone() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    tokio::time::advance(Duration::from_secs(600)).await;
    assert!(
        flow.sim
            .enable_service_principal(&grant.service_principal_id.to_string(), false)
    );
    // Somebody else's attempt, which fails.
    let spec = crate::flow::account_spec(&setup, &grant);
    let groups = &flow.provider.clients().resource_groups;
    groups
        .put_resource_group(
            flow.provider.subscription(),
            &spec.resource_group,
            &spec.account.location,
            None,
        )
        .await
        .unwrap();
    let id = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.DocumentDB/databaseAccounts/{ACCOUNT}",
        flow.provider.subscription(),
        spec.resource_group
    )
    .parse()
    .unwrap();
    let accounts = &flow.provider.clients().accounts;
    accounts
        .create_account(&id, &spec.account, None)
        .await
        .unwrap();
    tokio::time::advance(Duration::from_secs(600)).await;
    let error = flow
        .phase3(&setup, &grant, &flow.record(&offer))
        .await
        .unwrap_err();
    assert_eq!(error.refusal().unwrap().reason(), Reason::AccountHusk);
    assert!(accounts.get_account(&id).await.is_ok(), "it was deleted");
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_to_a_data_plane_create_makes_no_second_version() {
    use cross_tenant_cmk::{KeyCreation, keyvault_rbac::KeysApi as _};
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    lose(&flow, "POST", "/keys/cosmos/create");
    let mut spec = crate::flow::key_spec();
    spec.key_creation = KeyCreation::DataPlane { creator: None };
    flow.phase2_with(&offer, &spec).await.unwrap();
    // Until every node of the vault honours the role.
    let keys = flow.customer_keys();
    tokio::time::advance(Duration::from_secs(600)).await;
    let versions = keys
        .list_key_versions(&"cosmos".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(versions.len(), 1);
}
