//! The way to the key gone as the managed identity: on any day, and before an account is created.

use crate::{
    flow::{Flow, VAULT, account_spec, options},
    verify::{Chain, check, elapsed, ids},
    verify_links::key_role,
};
use azure_sim::{Effect, Fault, VaultNetwork};
use cross_tenant_cmk::{
    CheckId, Error, IdentityProof, KeyProof, Outcome, Proof, StepId, Verdict, Verification,
    cmk_core::{ClientId, Cloud, Kind, TenantId},
    cosmos_cmk::CmkStatus,
    create_encrypted_account, diagnose,
    keyvault_rbac::KeyUri,
    verify_as_provider,
};
use std::{sync::Arc, time::Duration};

const WAY: [CheckId; 5] = [
    CheckId::ProofToken,
    CheckId::ProofExchange,
    CheckId::ProofRead,
    CheckId::ProofWrap,
    CheckId::ProofUnwrap,
];

/// How far the identity came: `+` holds, `-` failed, `?` is not known.
fn way(found: &Verification) -> String {
    WAY.iter()
        .map(|id| match check(found, *id).verdict {
            Verdict::Ok => '+',
            Verdict::Failed => '-',
            _ => '?',
        })
        .collect()
}

async fn proved(chain: &Chain) -> Verification {
    verify_as_provider(&chain.provider(), chain.with_proof()).await
}

#[tokio::test(start_paused = true)]
async fn without_a_credential_of_the_identity_nothing_is_known() {
    let chain = Chain::finished().await;
    let found = verify_as_provider(&chain.provider(), chain.options()).await;
    assert_eq!(way(&found), "?????");
}

#[tokio::test(start_paused = true)]
async fn a_disabled_key_still_wraps_and_the_proof_is_not_taken_in() {
    let chain = Chain::finished().await;
    assert_eq!(way(&proved(&chain).await), "+++++");
    assert!(chain.flow.sim.enable_key(VAULT, "cosmos", None, false));
    let found = proved(&chain).await;
    assert_eq!(way(&found), "++++-");
    // What the application read of the key says why.
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-051", "CMK-064"]);
    let evidence = &check(&found, CheckId::ProofUnwrap).evidence;
    assert!(
        evidence.contains("not allowed on a disabled key"),
        "{evidence}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_expired_key_wraps_no_more() {
    let chain = Chain::finished().await;
    let at = elapsed(&chain.flow);
    assert!(chain.flow.sim.set_key_expiry(VAULT, "cosmos", Some(at)));
    // The vault is lenient for a few minutes after its end.
    tokio::time::advance(Duration::from_secs(60)).await;
    let found = proved(&chain).await;
    assert_eq!(way(&found), "+++++");
    assert_eq!(check(&found, CheckId::KeyDates).verdict, Verdict::Failed);
    tokio::time::advance(Duration::from_secs(300)).await;
    let found = proved(&chain).await;
    assert_eq!(way(&found), "+++-?");
    assert_eq!(check(&found, CheckId::KeyDates).verdict, Verdict::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_wrap_only_is_found_out() {
    let chain = Chain::finished().await;
    assert!(
        chain
            .flow
            .sim
            .set_key_operations(VAULT, "cosmos", &["wrapKey"])
    );
    let found = proved(&chain).await;
    assert_eq!(way(&found), "++++-");
    assert_eq!(
        check(&found, CheckId::KeyOperations).verdict,
        Verdict::Failed
    );
}

#[tokio::test(start_paused = true)]
async fn a_disabled_service_principal_is_named_by_the_token_service() {
    let chain = Chain::finished().await;
    let principal = chain.done.grant.service_principal_id.to_string();
    assert!(chain.flow.sim.enable_service_principal(&principal, false));
    let found = proved(&chain).await;
    assert_eq!(way(&found), "+-???");
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-031", "CMK-061"]);
    let evidence = &check(&found, CheckId::ProofExchange).evidence;
    assert!(evidence.contains("AADSTS7000112"), "{evidence}");
    assert_eq!(
        diagnose(evidence.as_str()).suspects[0].check,
        Some(CheckId::PrincipalEnabled)
    );
}

#[tokio::test(start_paused = true)]
async fn a_firewall_that_shuts_this_process_out_says_nothing_of_cosmos_db() {
    let chain = Chain::finished().await;
    assert!(
        chain
            .flow
            .sim
            .set_vault_network(VAULT, VaultNetwork::TrustedServices)
    );
    let found = proved(&chain).await;
    assert_eq!(way(&found), "++???");
    assert_eq!(ids(&found, Verdict::Failed), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_cannot_be_reached_is_not_called_broken() {
    let chain = Chain::finished().await;
    let identity = chain.done.setup.identity_id.to_string();
    assert!(chain.flow.sim.delete_managed_identity(&identity));
    let found = proved(&chain).await;
    assert_eq!(way(&found), "?????");
    // The identity itself was seen to be gone, by other means.
    assert_eq!(
        check(&found, CheckId::IdentityUnchanged).verdict,
        Verdict::Failed
    );
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_gone_stops_reading_and_wrapping() {
    let chain = Chain::finished().await;
    let (scope, name) = key_role(&chain);
    let roles = &chain.flow.customer.clients().roles;
    roles.delete_role_assignment(&scope, &name).await.unwrap();
    // It is honoured a little longer.
    tokio::time::advance(Duration::from_secs(1_200)).await;
    let found = proved(&chain).await;
    assert_eq!(way(&found), "++--?");
    assert_eq!(
        ids(&found, Verdict::Failed),
        ["CMK-014", "CMK-062", "CMK-063"]
    );
    let evidence = &check(&found, CheckId::ProofRead).evidence;
    assert!(evidence.contains("ForbiddenByRbac"), "{evidence}");
}

/// The two phases before the third, and a proof.
async fn before_phase_3() -> (
    Flow,
    cross_tenant_cmk::ProviderSetup,
    cross_tenant_cmk::Offer,
    cross_tenant_cmk::Grant,
    Arc<IdentityProof>,
) {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    let credential = flow.sim.identity_credential(&setup.identity_id.to_string());
    let proof = IdentityProof::new(Cloud::Public, credential, Some(options(&flow.sim))).unwrap();
    (flow, setup, offer, grant, Arc::new(proof))
}

#[tokio::test(start_paused = true)]
async fn phase_3_proves_the_key_before_it_writes_and_waits_for_what_spreads() {
    let (flow, setup, offer, grant, proof) = before_phase_3().await;
    let mut spec = account_spec(&setup, &grant);
    spec.key_proof = Some(proof);
    let record = flow.record(&offer);
    let done = create_encrypted_account(&flow.provider, &setup, &grant, &record, &spec, None)
        .await
        .unwrap();
    assert_eq!(
        done.report.outcome(StepId::KeyProof),
        Some(&Outcome::Checked)
    );
    assert_eq!(done.output.cmk_status, Some(CmkStatus::Confirmed));
    // The role was waited for, so the first creation succeeded.
    let creations = flow.sim.requests();
    let creations = creations
        .iter()
        .filter(|one| one.method == "PUT" && one.path.contains("/databaseAccounts/"));
    assert_eq!(creations.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn phase_3_writes_nothing_where_the_key_cannot_be_used() {
    let (flow, setup, offer, grant, proof) = before_phase_3().await;
    assert!(flow.sim.enable_key(VAULT, "cosmos", None, false));
    let mut spec = account_spec(&setup, &grant);
    spec.key_proof = Some(proof);
    // The role has spread.
    tokio::time::advance(Duration::from_secs(1_200)).await;
    let before = flow.sim.writes().len();
    let error = create_encrypted_account(
        &flow.provider,
        &setup,
        &grant,
        &flow.record(&offer),
        &spec,
        None,
    )
    .await
    .unwrap_err();
    let [Error::Step { step, source, .. }] = error.errors() else {
        panic!("{error}");
    };
    assert_eq!((*step, source.kind()), (StepId::KeyProof, Kind::Forbidden));
    assert_eq!(
        diagnose(source).suspects[0].check,
        Some(CheckId::KeyEnabled)
    );
    assert_eq!(flow.sim.writes().len(), before);
}

#[tokio::test(start_paused = true)]
async fn phase_3_goes_on_where_only_its_own_address_is_shut_out() {
    let (flow, setup, offer, grant, proof) = before_phase_3().await;
    assert!(
        flow.sim
            .set_vault_network(VAULT, VaultNetwork::TrustedServices)
    );
    let mut spec = account_spec(&setup, &grant);
    spec.key_proof = Some(proof);
    tokio::time::advance(Duration::from_secs(1_200)).await;
    let record = flow.record(&offer);
    let done = create_encrypted_account(&flow.provider, &setup, &grant, &record, &spec, None)
        .await
        .unwrap();
    assert_eq!(
        done.report.outcome(StepId::KeyProof),
        Some(&Outcome::Unverified)
    );
}

/// Somebody else's way to the identity, which came to nothing.
#[derive(Debug)]
struct Silent;

#[async_trait::async_trait]
impl KeyProof for Silent {
    async fn prove(&self, _tenant: TenantId, _application: ClientId, _key: &KeyUri) -> Proof {
        Proof::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_proof_that_does_not_come_to_its_end_proves_nothing() {
    let (flow, setup, offer, grant, _) = before_phase_3().await;
    let mut spec = account_spec(&setup, &grant);
    spec.key_proof = Some(Arc::new(Silent));
    let record = flow.record(&offer);
    let error = create_encrypted_account(&flow.provider, &setup, &grant, &record, &spec, None)
        .await
        .unwrap_err();
    assert!(matches!(
        error.errors(),
        [Error::Step {
            step: StepId::KeyProof,
            ..
        }]
    ));
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_unwraps_something_else_fails_the_proof() {
    let chain = Chain::finished().await;
    let version = chain.flow.sim.key_versions(VAULT, "cosmos").remove(0);
    chain.flow.sim.inject(Fault {
        method: String::from("POST"),
        path_contains: String::from("/unwrapkey"),
        ..Fault::new(Effect::Status {
            code: 200,
            body: Some(format!(
                r#"{{"kid":"https://{VAULT}.vault.azure.net/keys/cosmos/{version}","value":"c29tZXRoaW5nIGVsc2U"}}"#
                )),
            retry_after: None,
        })
    });
    let found = proved(&chain).await;
    assert_eq!(way(&found), "++++-");
    let evidence = &check(&found, CheckId::ProofUnwrap).evidence;
    assert!(
        evidence.contains("something else than was wrapped"),
        "{evidence}"
    );
}

#[tokio::test(start_paused = true)]
async fn no_answer_proves_nothing() {
    let chain = Chain::finished().await;
    chain.flow.sim.inject(Fault {
        method: String::from("POST"),
        path_contains: String::from("/wrapkey"),
        count: 100,
        ..Fault::new(Effect::ResetBefore)
    });
    let found = proved(&chain).await;
    assert_eq!(way(&found), "+++??");
}

#[tokio::test(start_paused = true)]
async fn no_token_stands_in_a_report() {
    let chain = Chain::finished().await;
    let sim = &chain.flow.sim;
    let identity = chain.done.setup.identity_id.to_string();
    let assertion = sim
        .identity_token(&identity, Cloud::Public.token_exchange_audience())
        .unwrap();
    // Whole, and broken at each link of the way.
    let breaks: [&dyn Fn() -> bool; 4] = [
        &|| true,
        &|| sim.set_key_operations(VAULT, "cosmos", &["wrapKey"]),
        &|| sim.enable_key(VAULT, "cosmos", None, false),
        &|| {
            let principal = chain.done.grant.service_principal_id.to_string();
            sim.enable_service_principal(&principal, false)
        },
    ];
    for break_it in breaks {
        assert!(break_it());
        let found = proved(&chain).await;
        let json = serde_json::to_string(&found).unwrap();
        for text in [
            json,
            found.to_string(),
            found.to_junit(),
            format!("{found:?}"),
        ] {
            assert!(!text.contains(&assertion), "{text}");
            // Every token of the simulator starts so.
            assert!(!text.contains("sim."), "{text}");
        }
    }
}
