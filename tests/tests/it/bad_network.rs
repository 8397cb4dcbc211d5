//! A bad network under a seeded plan: whatever gets lost, running a phase again ends in the same things.

use crate::flow::Flow;
use azure_sim::{Effect, Fault, FaultPlan};
use cross_tenant_cmk::{Done, PhaseError, cosmos_cmk::CmkStatus};
use flow_tests::end::kinds;
use std::{future::Future, time::Duration};

const SEEDS: u64 = 12;
const TRIES: usize = 8;

fn plan(seed: u64) -> FaultPlan {
    let status = |code, after| Effect::Status {
        code,
        body: None,
        retry_after: Some(Duration::from_secs(after)),
    };
    let late = Effect::StatusAfter {
        code: 504,
        body: None,
        retry_after: None,
    };
    let faults = [
        (status(503, 1), 0.03),
        (status(429, 2), 0.03),
        (Effect::ResetBefore, 0.03),
        (Effect::ResetAfter, 0.03),
        (late, 0.02),
        (Effect::TruncatedBody, 0.02),
        (Effect::MalformedBody, 0.01),
        (Effect::WrongContentType, 0.01),
    ];
    let faults = faults.map(|(effect, probability)| Fault {
        probability,
        count: usize::MAX,
        ..Fault::new(effect)
    });
    FaultPlan {
        seed,
        faults: faults.to_vec(),
    }
}

/// Runs a phase until it succeeds.
async fn again<T, F>(flow: &Flow, mut phase: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<Done<T>, PhaseError>>,
{
    let mut last = None;
    for _ in 0..TRIES {
        match phase().await {
            Ok(done) => return done.output,
            Err(error) => last = Some(error),
        }
        tokio::time::advance(Duration::from_secs(900)).await;
    }
    let trace: Vec<String> = flow
        .sim
        .requests()
        .iter()
        .map(ToString::to_string)
        .collect();
    panic!("{last:?}\n{}", trace.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_bad_network_costs_time_and_leaves_the_same_things() {
    let calm = Flow::with_prompt_roles();
    calm.everything().await;
    let mut hit = 0;
    for seed in 0..SEEDS {
        let flow = Flow::with_prompt_roles();
        flow.sim.inject(plan(seed));
        let setup = again(&flow, || flow.phase1()).await;
        let offer = setup.offer(None);
        let grant = again(&flow, || flow.phase2(&offer)).await;
        let record = flow.record(&offer);
        tokio::time::advance(Duration::from_secs(600)).await;
        let account = again(&flow, || flow.phase3(&setup, &grant, &record)).await;
        assert_eq!(account.cmk_status, Some(CmkStatus::Confirmed), "{seed}");
        assert_eq!(kinds(&flow), kinds(&calm), "{seed}");
        let requests = flow.sim.requests();
        hit += requests.iter().filter(|one| one.fault.is_some()).count();
    }
    assert!(hit > 50, "{hit}");
}
