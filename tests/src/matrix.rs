//! The matrix: every cell broken and recovered, in process and on virtual time.

use crate::{
    cell::{Cell, Extent, cells},
    crash::{Crash, Executioner, Wire, Witness},
    end::{kinds, problems, recover, settle_others},
    flow::{Flow, Kept},
};
use azure_core::http::{ClientOptions, Transport};
use azure_sim::{Fault, Lag, Sim, SimOptions, Span, TwoTenants};
use cross_tenant_cmk::{Journal, MemoryJournal, RunOptions, cmk_core::Cloud, unfinished_entries};
use std::{
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// What a matrix came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// How many cells there are.
    pub cells: usize,
    /// How many of them ended their first run by a crash or an error, so that there was something to recover.
    pub broken: usize,
    /// How many took a person, who removed what a failed creation had left.
    pub by_hand: Vec<String>,
    /// How many runs it took in all.
    pub runs: usize,
    /// How many requests were handled in all.
    pub requests: usize,
    /// The cells that did not come to the same end, with the reason.
    pub failed: Vec<(String, String)>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} cells, {} of them broken in their first run; {} runs, {} requests; {} needed a person; {} failed",
            self.cells,
            self.broken,
            self.runs,
            self.requests,
            self.by_hand.len(),
            self.failed.len()
        )?;
        self.failed
            .iter()
            .try_for_each(|(cell, reason)| writeln!(f, "  {cell}: {reason}"))
    }
}

/// What one cell came to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome {
    /// Whether its first run was broken.
    pub broken: bool,
    /// How many runs it took after the first.
    pub runs: usize,
    /// How often a person had to act.
    pub removed_by_hand: usize,
    /// Every request, as lines of time, method, path, fault and status.
    pub trace: Vec<String>,
    /// Why it is not as it should be, if it is not.
    pub failure: Option<String>,
}

/// What all cells of one seed are held against.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Calm {
    /// What a calm run does.
    pub extent: Extent,
    /// What a calm run leaves.
    pub kinds: Vec<String>,
}

/// A day on which a role spreads before a creation can end.
fn options(seed: u64) -> SimOptions {
    SimOptions {
        seed,
        lag: Lag {
            role_assignment: Span::secs(30, 60),
            ..Lag::typical()
        },
        ..SimOptions::default()
    }
}

/// Runs something on a clock of its own that stands still.
pub fn on_virtual_time<T>(run: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(run)
}

/// A world of two parties, with what outlives their processes: the journal, and what the parties keep.
pub(crate) struct World {
    both: TwoTenants,
    journal: Arc<MemoryJournal>,
    kept: Arc<Mutex<Kept>>,
}

impl World {
    pub(crate) fn new(options: SimOptions) -> Self {
        Self::of(TwoTenants::new(options))
    }

    pub(crate) fn of(both: TwoTenants) -> Self {
        let world = Self {
            both,
            journal: Arc::new(MemoryJournal::default()),
            kept: Arc::default(),
        };
        settle_others(&world.process(&Executioner::new(Crash::Never)));
        world
    }

    /// A new process in this world.
    pub(crate) fn process(&self, executioner: &Executioner) -> Flow {
        let wire = Wire::new(&self.both.sim, executioner);
        let options = ClientOptions {
            transport: Some(Transport::new(Arc::new(wire))),
            ..Default::default()
        };
        let mut flow = Flow::through(self.both.clone(), Cloud::Public, &options);
        flow.kept = Arc::clone(&self.kept);
        flow.run = RunOptions {
            journal: Some(Arc::new(Witness::new(&self.journal, executioner))),
            ..RunOptions::default()
        };
        flow
    }

    pub(crate) fn sim(&self) -> &Sim {
        &self.both.sim
    }

    pub(crate) async fn open_intents(&self) -> Vec<String> {
        let entries = self.journal.entries().await.unwrap();
        let open = unfinished_entries(&entries);
        open.iter().map(|entry| entry.target.clone()).collect()
    }
}

/// A run that nothing breaks.
#[must_use]
pub fn calm(seed: u64) -> Calm {
    on_virtual_time(async {
        let world = World::new(options(seed));
        // Counts the polls on the way.
        let executioner = Executioner::new(Crash::AfterPolls(usize::MAX));
        let flow = world.process(&executioner);
        let polls = AtomicUsize::new(0);
        let mut run = Box::pin(flow.everything());
        std::future::poll_fn(|context| {
            polls.fetch_add(1, Ordering::Relaxed);
            run.as_mut().poll(context)
        })
        .await;
        drop(run);
        let (requests, entries) = executioner.seen();
        Calm {
            extent: Extent {
                requests,
                entries,
                polls: polls.into_inner(),
            },
            kinds: kinds(&flow),
        }
    })
}

/// Breaks a run as the cell says, and recovers.
#[must_use]
pub fn run_cell(cell: &Cell, seed: u64, calm: &Calm) -> Outcome {
    let caught = catch_unwind(AssertUnwindSafe(|| {
        on_virtual_time(run_cell_in(cell, seed, calm))
    }));
    caught.unwrap_or_else(|_| Outcome {
        broken: true,
        runs: 0,
        removed_by_hand: 0,
        trace: Vec::new(),
        failure: Some(String::from("it panicked")),
    })
}

async fn run_cell_in(cell: &Cell, seed: u64, calm: &Calm) -> Outcome {
    let world = World::new(options(seed));
    if let Some((request, fault)) = &cell.fault {
        world.both.sim.inject(Fault {
            skip: *request,
            ..Fault::new(fault.effect.clone())
        });
    }
    let executioner = Executioner::new(cell.crash);
    let first = world.process(&executioner);
    let ended = executioner.run(Box::pin(first.try_everything())).await;
    let broken = !matches!(ended, Some(Ok(_)));
    drop(first);
    let flow = world.process(&Executioner::new(Crash::Never));
    let recovered = recover(&flow).await;
    let mut outcome = Outcome {
        broken,
        runs: 0,
        removed_by_hand: 0,
        trace: flow
            .sim
            .requests()
            .iter()
            .map(ToString::to_string)
            .collect(),
        failure: None,
    };
    match recovered {
        Err(reason) => outcome.failure = Some(reason),
        Ok((account, recovery)) => {
            outcome.runs = recovery.runs;
            outcome.removed_by_hand = recovery.removed_by_hand;
            let mut wrong = problems(&flow, &calm.kinds, &account);
            let open = world.open_intents().await;
            wrong.extend(open.iter().map(|target| format!("left open: {target}")));
            if !wrong.is_empty() {
                outcome.failure = Some(wrong.join("; "));
            }
        }
    }
    outcome
}

/// Runs every cell of a seed, on as many threads as there are cores.
#[must_use]
pub fn run(seed: u64) -> Verdict {
    let calm = calm(seed);
    let cells = cells(&calm.extent);
    let next = AtomicUsize::new(0);
    let verdict = Mutex::new(Verdict {
        cells: cells.len(),
        ..Verdict::default()
    });
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run_cell(cell, seed, &calm);
                    verdict.lock().unwrap().add(cell, outcome);
                }
            });
        }
    });
    let mut verdict = verdict.into_inner().unwrap();
    verdict.failed.sort();
    verdict.by_hand.sort();
    verdict
}

impl Verdict {
    fn add(&mut self, cell: &Cell, outcome: Outcome) {
        self.broken += usize::from(outcome.broken);
        self.runs += 1 + outcome.runs;
        self.requests += outcome.trace.len();
        if outcome.removed_by_hand > 0 {
            self.by_hand.push(cell.to_string());
        }
        if let Some(reason) = outcome.failure {
            self.failed.push((cell.to_string(), reason));
        }
    }
}
