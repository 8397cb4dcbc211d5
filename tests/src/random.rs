//! A long run of chance: on the worst day, with faults, crashes and two processes at a time, all decided by one seed.

use crate::{
    crash::{Crash, Executioner},
    end::{kinds, problems, recover},
    flow::Flow,
    matrix::{World, on_virtual_time},
};
use azure_sim::{Effect, Fault, FaultPlan, Lag, SimOptions, TwoTenants};
use cross_tenant_cmk::KeyCreation;
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

/// How the phases of one seed are run.
#[derive(Debug, Clone, Copy)]
struct Manner {
    /// The key is made in the vault's data plane.
    in_vault: bool,
    /// Each phase is planned, and applied by its plan.
    by_plan: bool,
    /// Neither subscription has registered anything but for what others have there.
    unregistered: bool,
}

impl Manner {
    fn of(dice: &mut Dice) -> Self {
        let mut one_in_three = || dice.roll(3) == 0;
        Self {
            in_vault: one_in_three(),
            by_plan: one_in_three(),
            unregistered: one_in_three(),
        }
    }

    fn world(self, options: SimOptions) -> World {
        if !self.unregistered {
            return World::of(TwoTenants::new(options));
        }
        let both = TwoTenants::unregistered(options);
        // Others have a vault there already.
        both.sim
            .register_providers(&both.customer.subscription_id, &["Microsoft.KeyVault"]);
        World::of(both)
    }

    fn process(self, world: &World, executioner: &Executioner) -> Flow {
        let mut flow = world.process(executioner);
        flow.by_plan = self.by_plan;
        if self.in_vault {
            flow.key.key_creation = KeyCreation::DataPlane { creator: None };
        }
        flow
    }
}

/// What calm runs of the worst day leave: with the key made through Resource Manager, and in the vault.
#[must_use]
pub fn calm() -> [Vec<String>; 2] {
    [false, true].map(|in_vault| {
        on_virtual_time(async {
            let manner = Manner {
                in_vault,
                by_plan: false,
                unregistered: false,
            };
            let world = manner.world(options(0));
            let flow = manner.process(&world, &Executioner::new(Crash::Never));
            recover(&flow).await.unwrap();
            kinds(&flow)
        })
    })
}

/// Breaks runs as the seed decides, then recovers.
#[must_use]
pub fn run(seed: u64, expected: &[Vec<String>; 2]) -> Outcome {
    on_virtual_time(run_in(seed, expected))
}

async fn run_in(seed: u64, [through_manager, in_vault]: &[Vec<String>; 2]) -> Outcome {
    let mut dice = Dice(seed);
    let manner = Manner::of(&mut dice);
    let expected = if manner.in_vault {
        in_vault
    } else {
        through_manager
    };
    let world = manner.world(options(seed));
    let mut crashes = 0;
    world.sim().inject(plan(seed));
    for _ in 0..ROUNDS {
        let crash = match dice.roll(3) {
            0 => Crash::Never,
            1 => Crash::BeforeRequest(dice.roll(60)),
            _ => Crash::AfterPolls(dice.roll(400)),
        };
        let executioner = Executioner::new(crash);
        let flow = manner.process(&world, &executioner);
        let ended = if dice.roll(3) == 0 {
            // Two processes at the same time, and both end at the same moment.
            let other = manner.process(&world, &executioner);
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
    let flow = manner.process(&world, &Executioner::new(Crash::Never));
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
