//! The end of a process at a chosen moment: before or after a request, an entry of the journal, or a poll.

use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use azure_sim::Sim;
use cross_tenant_cmk::{Journal, JournalEntry, JournalError, MemoryJournal};
use std::{
    fmt,
    future::{Future, pending, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Poll,
};

/// When the process ends. Numbers count from 0, over all three phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "every way that there is")]
pub enum Crash {
    /// Not at all.
    Never,
    /// Before this request is sent.
    BeforeRequest(usize),
    /// After this request had its effect, before its answer is heard.
    AfterRequest(usize),
    /// Before the first request that follows one that met a fault.
    AfterFault,
    /// Before this entry of the journal is written.
    BeforeEntry(usize),
    /// After this entry of the journal is written.
    AfterEntry(usize),
    /// After so many polls of the run.
    AfterPolls(usize),
}

/// What watches a run, and ends it.
#[derive(Debug, Clone)]
pub struct Executioner(Arc<State>);

#[derive(Debug)]
struct State {
    crash: Crash,
    requests: AtomicUsize,
    entries: AtomicUsize,
    is_dead: AtomicBool,
}

impl Executioner {
    /// For one crash.
    #[must_use]
    pub fn new(crash: Crash) -> Self {
        Self(Arc::new(State {
            crash,
            requests: AtomicUsize::new(0),
            entries: AtomicUsize::new(0),
            is_dead: AtomicBool::new(false),
        }))
    }

    /// How many requests were sent and entries written.
    #[must_use]
    pub fn seen(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        (count(&self.0.requests), count(&self.0.entries))
    }

    /// Ends the process: whoever awaits this is dropped there.
    async fn end(&self) {
        self.0.is_dead.store(true, Ordering::Relaxed);
        pending::<()>().await;
    }

    /// Runs until the crash, or to the end.
    pub async fn run<T>(&self, run: impl Future<Output = T>) -> Option<T> {
        let mut run = pin!(run);
        let mut polls = 0;
        poll_fn(|context| {
            if self.0.crash == Crash::AfterPolls(polls) {
                return Poll::Ready(None);
            }
            polls += 1;
            let polled = run.as_mut().poll(context).map(Some);
            if self.0.is_dead.load(Ordering::Relaxed) {
                return Poll::Ready(None);
            }
            polled
        })
        .await
    }
}

/// A transport to the simulator that ends the process where it is told to.
pub struct Wire {
    inner: Arc<dyn HttpClient>,
    sim: Sim,
    executioner: Executioner,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Wire {
    /// A transport to the simulator.
    #[must_use]
    pub fn new(sim: &Sim, executioner: &Executioner) -> Self {
        Self {
            inner: sim.http_client(),
            sim: sim.clone(),
            executioner: executioner.clone(),
        }
    }

    fn has_met_a_fault(&self) -> bool {
        self.sim.requests().iter().any(|one| one.fault.is_some())
    }
}

#[async_trait::async_trait]
impl HttpClient for Wire {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let state = &self.executioner.0;
        let number = state.requests.fetch_add(1, Ordering::Relaxed);
        let ends_before = match state.crash {
            Crash::BeforeRequest(chosen) => chosen == number,
            Crash::AfterFault => self.has_met_a_fault(),
            _ => false,
        };
        if ends_before {
            self.executioner.end().await;
        }
        let answer = self.inner.execute_request(request).await;
        if state.crash == Crash::AfterRequest(number) {
            self.executioner.end().await;
        }
        answer
    }
}

/// A journal that outlives the process, and ends it where it is told to.
#[derive(Debug)]
pub struct Witness {
    inner: Arc<MemoryJournal>,
    executioner: Executioner,
}

impl Witness {
    /// A journal over one that is kept.
    #[must_use]
    pub fn new(inner: &Arc<MemoryJournal>, executioner: &Executioner) -> Self {
        Self {
            inner: Arc::clone(inner),
            executioner: executioner.clone(),
        }
    }
}

#[async_trait::async_trait]
impl Journal for Witness {
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
        let state = &self.executioner.0;
        let number = state.entries.fetch_add(1, Ordering::Relaxed);
        if state.crash == Crash::BeforeEntry(number) {
            self.executioner.end().await;
        }
        let appended = self.inner.append(entry).await;
        if state.crash == Crash::AfterEntry(number) {
            self.executioner.end().await;
        }
        appended
    }

    async fn entries(&self) -> Result<Vec<JournalEntry>, JournalError> {
        self.inner.entries().await
    }
}
