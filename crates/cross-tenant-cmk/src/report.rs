//! What a phase did, step by step, while it happens and afterwards.

use crate::steps::StepId;
use cmk_core::Wait;
use futures::Stream;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// One of the three phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Phase {
    /// Phase 1: the provider sets up its identities.
    ProviderSetup,
    /// Phase 2: the customer grants access to a key.
    CustomerGrant,
    /// Phase 3: the provider creates the encrypted account.
    EncryptedAccount,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ProviderSetup => "phase 1 (provider setup)",
            Self::CustomerGrant => "phase 2 (customer grant)",
            Self::EncryptedAccount => "phase 3 (encrypted account)",
        })
    }
}

/// How a step found the world, and whether it changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Outcome {
    /// It was not there and was made.
    Created,
    /// It was there, and it is ours.
    Existing,
    /// It was there, it is somebody else's, and it fits.
    Adopted,
    /// It was there and was changed.
    Updated {
        /// What it was before.
        before: String,
    },
    /// Looked at, and as it must be: what the step makes nothing of, only checks.
    Checked,
    /// It could not be looked at, and the caller accepted that.
    Unverified,
}

impl Outcome {
    /// Whether the step left the world as it was.
    #[must_use]
    pub fn changed_nothing(&self) -> bool {
        !matches!(self, Self::Created | Self::Updated { .. })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created => f.write_str("created"),
            Self::Existing => f.write_str("there already"),
            Self::Adopted => f.write_str("adopted"),
            Self::Updated { before } => write!(f, "updated (before: {before})"),
            Self::Checked => f.write_str("checked"),
            Self::Unverified => f.write_str("not verified"),
        }
    }
}

/// What one step did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StepReport {
    /// The step.
    pub step: StepId,
    /// What it worked on.
    pub target: String,
    /// What it did.
    pub outcome: Outcome,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

impl fmt::Display for StepReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.step, self.target, self.outcome)?;
        self.notes
            .iter()
            .try_for_each(|note| write!(f, " ({note})"))
    }
}

/// What a phase did, in the order in which its steps ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// The phase.
    pub phase: Phase,
    /// Its steps.
    pub steps: Vec<StepReport>,
}

impl Report {
    pub(crate) fn new(phase: Phase) -> Self {
        Self {
            phase,
            steps: Vec::new(),
        }
    }

    /// Whether the phase found everything as it should be.
    #[must_use]
    pub fn changed_nothing(&self) -> bool {
        self.steps.iter().all(|step| step.outcome.changed_nothing())
    }

    /// The outcome of one step, if the phase came to it.
    #[must_use]
    pub fn outcome(&self, step: StepId) -> Option<&Outcome> {
        self.steps
            .iter()
            .find(|report| report.step == step)
            .map(|report| &report.outcome)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.phase)?;
        self.steps
            .iter()
            .try_for_each(|step| write!(f, "\n  {step}"))
    }
}

/// What happens in a phase, as it happens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A step began.
    Started {
        /// The phase.
        phase: Phase,
        /// The step.
        step: StepId,
        /// What it works on.
        target: String,
    },
    /// A step waits: for what is spreading, for somebody else's write, or for a long-running operation.
    Waiting {
        /// The phase.
        phase: Phase,
        /// The step.
        step: StepId,
        /// What it works on.
        target: String,
        /// For what, and until when.
        wait: Wait,
    },
    /// A step ended well.
    Finished {
        /// The phase.
        phase: Phase,
        /// What it did.
        report: StepReport,
    },
    /// A step ended badly.
    Failed {
        /// The phase.
        phase: Phase,
        /// The step.
        step: StepId,
        /// What it worked on.
        target: String,
        /// The error in one line.
        error: String,
    },
}

/// Somebody who wants to see a phase as it happens: a progress display, a log.
///
/// Called from within the phase: it must not block.
pub trait Observer: fmt::Debug + Send + Sync {
    /// Takes note of an event.
    fn observe(&self, event: &Event);
}

const _: fn(&dyn Observer) = |_| ();

/// An observer whose events come out as a stream, in the order in which they happen. The stream ends when the last clone of
/// the observer is gone, which [`RunOptions`](crate::RunOptions) holds.
///
/// Events that nobody takes are kept: a phase has a few dozen, and one for each pause.
#[must_use]
pub fn event_stream() -> (Arc<dyn Observer>, EventStream) {
    let (sender, receiver) = unbounded_channel();
    (Arc::new(Sender(sender)), EventStream(receiver))
}

/// The events of a run: a [`Stream`].
#[derive(Debug)]
pub struct EventStream(UnboundedReceiver<Event>);

impl Stream for EventStream {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.poll_recv(context)
    }
}

#[derive(Debug)]
struct Sender(UnboundedSender<Event>);

impl Observer for Sender {
    fn observe(&self, event: &Event) {
        // Nobody listens any more: the run goes on.
        let _ = self.0.send(event.clone());
    }
}

/// What a phase leaves: its output, and what it did for it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Done<T> {
    /// The output.
    pub output: T,
    /// What was done.
    pub report: Report,
}

impl<T> Done<T> {
    pub(crate) fn new(output: T, report: Report) -> Self {
        Self { output, report }
    }
}
