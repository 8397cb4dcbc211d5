//! Replicas that disagree: whichever of them answers, the phases end in the same things.

use crate::flow::{Flow, key_spec};
use azure_sim::{Lag, SimOptions};
use cross_tenant_cmk::{KeyCreation, cosmos_cmk::CmkStatus};
use std::time::Duration;

const SEEDS: u64 = 8;

async fn run(seed: u64, lag: Lag, key_creation: KeyCreation) -> usize {
    let flow = Flow::new(SimOptions {
        seed,
        lag,
        ..SimOptions::default()
    });
    let fail = |error| panic!("seed {seed}: {error:?}");
    let setup = flow.phase1().await.unwrap_or_else(fail).output;
    let offer = setup.offer(None);
    let mut spec = key_spec();
    spec.key_creation = key_creation;
    let fail = |error| panic!("seed {seed}: {error:?}");
    let grant = flow.phase2_with(&offer, &spec).await;
    let grant = grant.unwrap_or_else(fail).output;
    // An account that is created before the role is honoured everywhere has tests of its own.
    tokio::time::advance(Duration::from_secs(600)).await;
    let record = flow.record(&offer);
    let fail = |error| panic!("seed {seed}: {error:?}");
    let account = flow.phase3(&setup, &grant, &record).await;
    let account = account.unwrap_or_else(fail).output;
    assert_eq!(account.cmk_status, Some(CmkStatus::Confirmed), "{seed}");
    flow.assert_modelled();
    flow.sim.resources().len()
}

#[tokio::test(start_paused = true)]
async fn on_ordinary_days_every_seed_ends_the_same() {
    let first = run(0, Lag::typical(), KeyCreation::ResourceManager).await;
    for seed in 1..SEEDS {
        let made = run(seed, Lag::typical(), KeyCreation::ResourceManager).await;
        assert_eq!(made, first, "{seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn on_bad_days_every_seed_ends_the_same() {
    let first = run(0, Lag::worst(), KeyCreation::ResourceManager).await;
    for seed in 1..SEEDS {
        let made = run(seed, Lag::worst(), KeyCreation::ResourceManager).await;
        assert_eq!(made, first, "{seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_vault_whose_nodes_disagree_on_a_role_gets_one_key() {
    let by_vault = || KeyCreation::DataPlane { creator: None };
    let first = run(0, Lag::typical(), by_vault()).await;
    // Fewer, since each makes an RSA key.
    for seed in 1..SEEDS / 2 {
        let made = run(seed, Lag::typical(), by_vault()).await;
        assert_eq!(made, first, "{seed}");
    }
}
