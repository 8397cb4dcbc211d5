//! What no source settles about vaults and the keys in them: what is told is the same with either answer.

use crate::{
    assumptions::flow_with,
    flow::{Flow, VAULT, account_spec},
    verify::{Chain, check, elapsed},
};
use azure_sim::{Assumptions, DatesRefusal};
use cross_tenant_cmk::{
    CheckId, Diagnosis, Error, ProviderSide, Reason, SuspectState, UnverifiedKeyTenant, Verdict,
    Waiting,
    cmk_core::Kind,
    cosmos_cmk::CmkStatus,
    create_encrypted_account, diagnose,
    keyvault_rbac::{NetworkAcls, NetworkAction, NetworkBypass},
    verify_as_provider,
};
use std::time::Duration;

/// A flow whose customer wants a vault that admits trusted services alone.
fn behind_a_firewall(assumptions: Assumptions) -> Flow {
    let mut flow = flow_with(assumptions);
    flow.key.network_acls = Some(NetworkAcls::new(
        NetworkAction::Deny,
        NetworkBypass::AzureServices,
    ));
    flow
}

#[tokio::test(start_paused = true)]
async fn a_firewall_lets_the_creation_through_or_is_named_as_what_stopped_it() {
    for trusted in [true, false] {
        let flow = behind_a_firewall(Assumptions {
            federated_application_is_trusted: trusted,
            ..Assumptions::default()
        });
        let ended = flow.try_everything().await;
        if trusted {
            let made = ended.unwrap();
            assert_eq!(made.account.cmk_status, Some(CmkStatus::Confirmed));
            continue;
        }
        let error = ended.err().unwrap();
        let [Error::Step { source, .. }] = error.errors() else {
            panic!("{error}");
        };
        assert_eq!(source.kind(), Kind::OperationFailed);
        let told = diagnose(source);
        assert_eq!(told.readings[0].waiting, Waiting::Never, "{told}");
        let mut links = told.suspects.iter().filter_map(|suspect| suspect.check);
        assert!(links.any(|link| link == CheckId::VaultNetwork), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_challenge_behind_a_firewall_is_read_or_has_to_be_done_without_by_name() {
    for passes in [true, false] {
        let flow = behind_a_firewall(Assumptions {
            challenge_passes_firewall: passes,
            ..Assumptions::default()
        });
        let setup = flow.phase1().await.unwrap().output;
        let offer = setup.offer(None);
        let grant = flow.phase2(&offer).await.unwrap().output;
        let record = flow.record(&offer);
        // The role spreads.
        tokio::time::advance(Duration::from_secs(600)).await;
        if !passes {
            let error = flow.phase3(&setup, &grant, &record).await.unwrap_err();
            let reason = error.refusal().unwrap().reason();
            assert_eq!(reason, Reason::KeyTenantUnverified);
        }
        let mut spec = account_spec(&setup, &grant);
        if !passes {
            spec.unverified_key_tenant = UnverifiedKeyTenant::Accept;
        }
        let run = Some(flow.run.clone());
        let done = create_encrypted_account(&flow.provider, &setup, &grant, &record, &spec, run);
        let account = done.await.unwrap().output;
        assert_eq!(account.cmk_status, Some(CmkStatus::Confirmed), "{passes}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_revoked_account_is_told_at_once_whatever_state_it_shows() {
    for state in ["Succeeded", "Revoked"] {
        let flow = flow_with(Assumptions {
            revoked_provisioning_state: state.into(),
            ..Assumptions::default()
        });
        let made = flow.everything().await;
        assert!(flow.sim.enable_key(VAULT, "cosmos", None, false));
        tokio::time::advance(Duration::from_secs(7_200)).await;
        let read = flow
            .provider
            .clients()
            .accounts
            .get_account(&made.account.id);
        let account = read.await.unwrap();
        assert_eq!(account.provisioning_state.as_deref(), Some(state));

        let asked = tokio::time::Instant::now();
        let again = flow.phase3(&made.setup, &made.grant, &made.record).await;
        let reason = again.unwrap_err().refusal().unwrap().reason();
        assert_eq!(reason, Reason::EncryptionNotConfirmed, "{state}");
        assert!(asked.elapsed() < Duration::from_secs(60), "{state}");

        let side = ProviderSide {
            at: &flow.provider,
            setup: &made.setup,
            customer: &made.record,
            account: &made.account.id,
            grant: Some(&made.grant),
        };
        let seen = verify_as_provider(&side, None).await;
        let verdict = |id| seen.check(id).unwrap().verdict;
        assert_eq!(verdict(CheckId::AccountAtRest), Verdict::Ok, "{state}");
        assert_eq!(verdict(CheckId::KeyStatus), Verdict::Failed, "{state}");
    }
}

/// The one thing that was seen to be broken, and what the proof's refusal is diagnosed as.
async fn told_of_a_refused_wrap(chain: &Chain) -> Diagnosis {
    let found = verify_as_provider(&chain.provider(), chain.with_proof()).await;
    let wrap = check(&found, CheckId::ProofWrap);
    assert_eq!(wrap.verdict, Verdict::Failed, "{found}");
    diagnose(wrap.evidence.as_str()).with_evidence(&found)
}

#[tokio::test(start_paused = true)]
async fn an_expired_key_is_told_by_its_dates_in_whatever_words_it_is_refused() {
    for refusal in [DatesRefusal::LikeDisabled, DatesRefusal::LikeSecret] {
        let chain = Chain::of(flow_with(Assumptions {
            key_dates_refusal: refusal,
            ..Assumptions::default()
        }))
        .await;
        let now = Some(elapsed(&chain.flow));
        assert!(chain.flow.sim.set_key_expiry(VAULT, "cosmos", now));
        tokio::time::advance(Duration::from_secs(600)).await;
        let told = told_of_a_refused_wrap(&chain).await;
        assert_eq!(told.suspects[0].check, Some(CheckId::KeyDates), "{told}");
        assert_eq!(told.suspects[0].state, SuspectState::Proved, "{told}");
        let seen = told.suspects[0].evidence.as_deref().unwrap();
        assert!(seen.contains("expires: "), "{refusal:?}: {seen}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_ends_is_called_outside_its_dates_before_and_after_the_vault_says_so() {
    for leeway in [300, 0] {
        let chain = Chain::of(flow_with(Assumptions {
            key_dates_leeway_seconds: leeway,
            ..Assumptions::default()
        }))
        .await;
        let now = Some(elapsed(&chain.flow));
        assert!(chain.flow.sim.set_key_expiry(VAULT, "cosmos", now));
        for (later, wraps) in [(10, leeway > 0), (600, false)] {
            tokio::time::advance(Duration::from_secs(later)).await;
            let found = verify_as_provider(&chain.provider(), chain.with_proof()).await;
            let expected = if wraps { Verdict::Ok } else { Verdict::Failed };
            assert_eq!(check(&found, CheckId::ProofWrap).verdict, expected);
            assert_eq!(check(&found, CheckId::KeyDates).verdict, Verdict::Failed);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_vault_of_access_policies_is_told_by_either_code_of_its_refusal() {
    for by_policy in [false, true] {
        let chain = Chain::of(flow_with(Assumptions {
            policy_refusal_is_forbidden_by_policy: by_policy,
            ..Assumptions::default()
        }))
        .await;
        chain.to_access_policies();
        let told = told_of_a_refused_wrap(&chain).await;
        let mut links = told.suspects.iter().filter_map(|suspect| suspect.check);
        assert!(
            links.any(|link| link == CheckId::PermissionModel),
            "{by_policy}: {told}"
        );
        assert!(told.to_string().contains("uses access policies"), "{told}");
    }
}
