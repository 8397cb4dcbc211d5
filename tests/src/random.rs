//! A long run of chance: on the worst day, with faults, crashes and two processes at a time, all decided by one seed.

use crate::{
    crash::{Crash, Executioner},
    end::{kinds, problems, recover},
    matrix::{World, on_virtual_time},
};
use azure_sim::{Effect, Fault, FaultPlan, Lag, SimOptions};
use std::time::Duration;

/// What one seed came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Every request, as lines of time, method, path, fault and status.
    pub trace: Vec<String>,
    /// How many requests met a fault.
    pub faults: usize,
    /// How many processes were ended.
    pub crashes: usize,
    /// Why it is not as it should be, if it is not.
    pub failure: Option<String>,
}

/// How many processes are broken before the world is left in peace.
const ROUNDS: u64 = 4;

fn options(seed: u64) -> SimOptions {
    SimOptions {
        seed,
        lag: Lag::worst(),
        ..SimOptions::default()
    }
}

/// Faults of every kind but operations that fail for good.
fn plan(seed: u64) -> FaultPlan {
    let faults = crate::cell::faults();
    let share = 0.17 / f64::from(u32::try_from(faults.len()).unwrap_or(1));
    let faults = faults
        .into_iter()
        // They end a creation for good: a person must act, which the matrix shows.
        .filter(|fault| {
            !matches!(
                fault.effect,
                Effect::OperationFails { .. } | Effect::OperationCanceled { .. }
            )
        })
        .map(|fault| Fault {
            probability: share,
            count: usize::MAX,
            ..Fault::new(fault.effect)
        })
        .collect();
    FaultPlan { seed, faults }
}

/// What a calm run of the worst day leaves.
#[must_use]
pub fn calm() -> Vec<String> {
    on_virtual_time(async {
        let world = World::new(options(0));
        let flow = world.process(&Executioner::new(Crash::Never));
        recover(&flow).await.unwrap();
        kinds(&flow)
    })
}

/// Breaks runs as the seed decides, then recovers.
#[must_use]
pub fn run(seed: u64, expected: &[String]) -> Outcome {
    on_virtual_time(run_in(seed, expected))
}

async fn run_in(seed: u64, expected: &[String]) -> Outcome {
    let world = World::new(options(seed));
    let mut dice = Dice(seed);
    let mut crashes = 0;
    world.sim().inject(plan(seed));
    for _ in 0..ROUNDS {
        let crash = match dice.roll(3) {
            0 => Crash::Never,
            1 => Crash::BeforeRequest(dice.roll(60)),
            _ => Crash::AfterPolls(dice.roll(400)),
        };
        let executioner = Executioner::new(crash);
        let flow = world.process(&executioner);
        let ended = if dice.roll(3) == 0 {
            // Two processes at the same time, and both end at the same moment.
            let other = world.process(&executioner);
            let both = async {
                futures::join!(
                    Box::pin(flow.try_everything()),
                    Box::pin(other.try_everything())
                )
            };
            executioner.run(Box::pin(both)).await.is_some()
        } else {
            let run = Box::pin(flow.try_everything());
            executioner.run(run).await.is_some()
        };
        crashes += usize::from(!ended);
        tokio::time::advance(Duration::from_secs(60 * dice.roll(30) as u64)).await;
    }
    world.sim().clear_faults();
    let flow = world.process(&Executioner::new(Crash::Never));
    let failure = match recover(&flow).await {
        Err(reason) => Some(reason),
        Ok((account, _)) => {
            let mut wrong = problems(&flow, expected, &account);
            let open = world.open_intents().await;
            wrong.extend(open.iter().map(|target| format!("left open: {target}")));
            (!wrong.is_empty()).then(|| wrong.join("; "))
        }
    };
    let requests = flow.sim.requests();
    Outcome {
        faults: requests.iter().filter(|one| one.fault.is_some()).count(),
        trace: requests.iter().map(ToString::to_string).collect(),
        crashes,
        failure,
    }
}

/// A small generator of numbers: the same seed, the same numbers
/// ([SplitMix64](https://prng.di.unimi.it/splitmix64.c)).
struct Dice(u64);

impl Dice {
    /// A number from 0 to below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % sides as u64).unwrap_or_default()
    }
}
