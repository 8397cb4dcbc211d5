//! One run of a phase: runs its steps, keeps the journal, tells the observer, and holds the run to its plan.

use crate::{
    Done, Error, Event, Journal, JournalEntry, JournalRecord, Observer, Outcome, PhaseError,
    Report, Result, StepReport,
    journal::unfinished_entries,
    plan::{Action, PhasePlan},
    report::Phase,
    steps::{Found, Gap, Made, Step, StepId},
};
use azure_core::time::OffsetDateTime;
use cmk_core::{Wait, WaitObserver, lro::WaitOptions, settle::SettleOptions};
use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

/// How a phase runs.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Who is told what happens.
    pub observer: Option<Arc<dyn Observer>>,
    /// Where the run records what it is about to write, and what came of it. Default: nowhere.
    pub journal: Option<Arc<dyn Journal>>,
    /// How long it waits, and for what.
    pub waits: Waits,
    /// Whether the phase first looks for everything that stands in its way, as a plan does, and tells it all together before it writes
    /// anything. Default: each step looks when its turn comes. Applying a plan always looks first.
    pub preflight: bool,
}

/// How long a phase waits, with one budget per cause. All on tokio's clock.
#[derive(Debug, Clone, Default)]
pub struct Waits {
    /// For what is spreading: a new principal, a new role. Default: 10 minutes, what Azure names for role assignments.
    pub propagation: SettleOptions,
    /// For somebody else's write on the same resource to end. Default: 10 minutes.
    pub contention: SettleOptions,
    /// For long-running operations. Default: one hour.
    pub operations: WaitOptions,
}

/// Runs steps and remembers what they did.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    phase: Phase,
    subject: String,
    options: &'a RunOptions,
    plan: Option<&'a PhasePlan>,
    /// What earlier runs began, if there is a journal.
    begun: Option<Vec<JournalEntry>>,
    /// What an earlier run was doing when it ended.
    interrupted: Vec<JournalEntry>,
    done: Mutex<Vec<StepReport>>,
}

impl<'a> Run<'a> {
    /// Begins a run. `subject`: what it is about, in the journal; `plan`: what it is held to.
    pub(crate) async fn start(
        phase: Phase,
        subject: String,
        options: &'a RunOptions,
        plan: Option<&'a PhasePlan>,
    ) -> Result<Self, PhaseError> {
        let begun = begun(phase, Some(&subject), options).await?;
        let interrupted = begun.as_deref().map(unfinished_entries);
        let interrupted = interrupted.into_iter().flatten().cloned().collect();
        Ok(Self {
            phase,
            subject,
            options,
            plan,
            begun,
            interrupted,
            done: Mutex::new(Vec::new()),
        })
    }

    /// Runs one step.
    pub(crate) async fn step<S: Step>(&self, step: &S) -> Result<S::Output> {
        let target = step.target();
        self.tell(|| Event::Started {
            phase: self.phase,
            step: step.id(),
            target: target.clone(),
        });
        // Boxed, so that the future of a phase stays small: it holds one of each step.
        match Box::pin(self.carry_out(step, &target)).await {
            Ok(Made {
                value,
                outcome,
                notes,
            }) => {
                self.finished(StepReport {
                    step: step.id(),
                    target,
                    outcome,
                    notes,
                });
                Ok(value)
            }
            Err(error) => {
                self.tell(|| Event::Failed {
                    phase: self.phase,
                    step: step.id(),
                    target: target.clone(),
                    error: error.in_full(),
                });
                Err(error)
            }
        }
    }

    /// Looks, holds what it sees against the plan, and writes between two entries of the journal.
    async fn carry_out<S: Step>(&self, step: &S, target: &str) -> Result<Made<S::Output>> {
        let waits = self.waits(step.id(), target);
        let found = step.find(&waits).await?;
        if let Some(plan) = self.plan {
            let seen = Action::of(&found, || step.settings());
            plan.check(step.id(), target, &seen, self.begun.as_deref())?;
        }
        let gap = match found {
            Found::There(made) => return Ok(self.remembered(step.id(), target, made).await),
            Found::Gap(gap) => gap,
        };
        self.write(step, target, gap, &waits).await
    }

    async fn write<S: Step>(
        &self,
        step: &S,
        target: &str,
        gap: Gap<S::Output>,
        waits: &Waits,
    ) -> Result<Made<S::Output>> {
        if let Some(journal) = &self.options.journal {
            let intent = self.entry(step.id(), target, JournalRecord::Intent);
            let recorded = journal.append(&intent).await;
            recorded.map_err(|source| Error::Journal { source })?;
        }
        let made = step.make(gap, waits).await;
        let record = match &made {
            Ok(made) => JournalRecord::Done {
                outcome: made.outcome.clone(),
            },
            Err(error) => JournalRecord::Failed {
                error: error.in_full(),
            },
        };
        self.record(step.id(), target, record).await;
        made
    }

    /// What is there already: with a word on the run that was interrupted while it wrote it, if the journal knows of one.
    async fn remembered<T>(&self, step: StepId, target: &str, made: Made<T>) -> Made<T> {
        let was_interrupted = self
            .interrupted
            .iter()
            .any(|intent| intent.is_of(self.phase, &self.subject, step, target));
        if !was_interrupted {
            return made;
        }
        let outcome = made.outcome.clone();
        self.record(step, target, JournalRecord::Done { outcome })
            .await;
        made.note("an earlier run was interrupted while it wrote this")
    }

    /// Records how a write ended. That it could not be recorded changes nothing of what happened.
    async fn record(&self, step: StepId, target: &str, record: JournalRecord) {
        if let Some(journal) = &self.options.journal
            && let Err(error) = journal.append(&self.entry(step, target, record)).await
        {
            tracing::warn!(%step, target, %error, "the end of a step could not be recorded");
        }
    }

    fn entry(&self, step: StepId, target: &str, record: JournalRecord) -> JournalEntry {
        JournalEntry {
            at: OffsetDateTime::now_utc(),
            phase: self.phase,
            subject: self.subject.clone(),
            step,
            target: target.to_owned(),
            record,
        }
    }

    /// The waits of one step, with somebody who tells of them.
    fn waits(&self, step: StepId, target: &str) -> Waits {
        let Some(observer) = &self.options.observer else {
            return self.options.waits.clone();
        };
        let teller = |also: &Option<Arc<dyn WaitObserver>>| -> Option<Arc<dyn WaitObserver>> {
            Some(Arc::new(Teller {
                phase: self.phase,
                step,
                target: target.to_owned(),
                observer: Arc::clone(observer),
                also: also.clone(),
            }))
        };
        let mut waits = self.options.waits.clone();
        waits.propagation.observer = teller(&waits.propagation.observer);
        waits.contention.observer = teller(&waits.contention.observer);
        waits.operations.observer = teller(&waits.operations.observer);
        waits
    }

    /// Runs two steps at the same time, both to their end.
    pub(crate) async fn both<A: Step, B: Step>(
        &self,
        left: &A,
        right: &B,
    ) -> Result<(A::Output, B::Output), Vec<Error>> {
        both(async { self.step(left).await.map_err(alone) }, async {
            self.step(right).await.map_err(alone)
        })
        .await
    }

    /// Whether a step of this run has created something.
    pub(crate) fn has_created(&self, step: StepId) -> bool {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.iter()
            .any(|report| report.step == step && report.outcome == Outcome::Created)
    }

    fn finished(&self, report: StepReport) {
        match &report.outcome {
            outcome @ (Outcome::Existing | Outcome::Checked) => {
                tracing::debug!(step = %report.step, target = report.target, %outcome, "nothing to do");
            }
            outcome => {
                tracing::info!(step = %report.step, target = report.target, %outcome, "step finished");
            }
        }
        for note in &report.notes {
            tracing::warn!(step = %report.step, target = report.target, note, "worth a look");
        }
        self.tell(|| Event::Finished {
            phase: self.phase,
            report: report.clone(),
        });
        self.done
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(report);
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.options.observer {
            observer.observe(&event());
        }
    }

    /// The end of the phase.
    pub(crate) fn end<T>(self, outcome: Result<T, Vec<Error>>) -> Result<Done<T>, PhaseError> {
        let mut report = Report::new(self.phase);
        report.steps = self
            .done
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(output) => Ok(Done::new(output, report)),
            Err(errors) => Err(PhaseError::new(self.phase, errors, report)),
        }
    }
}

/// Everything that stands in the way of a phase, and everything that has changed since its plan, if it is held to one.
pub(crate) async fn hold(
    plan: Option<&PhasePlan>,
    seen: &PhasePlan,
    mut errors: Vec<Error>,
    options: &RunOptions,
) -> Result<(), PhaseError> {
    let phase = seen.phase;
    if let Some(plan) = plan {
        let begun = begun(phase, seen.subject.as_deref(), options).await?;
        let differences = plan.differences(seen, begun.as_deref());
        errors.extend(differences.into_iter().map(Error::Changed));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(PhaseError::new(phase, errors, Report::new(phase)))
    }
}

/// What the journal, if there is one, holds of a phase and its subject.
async fn begun(
    phase: Phase,
    subject: Option<&str>,
    options: &RunOptions,
) -> Result<Option<Vec<JournalEntry>>, PhaseError> {
    let Some(journal) = &options.journal else {
        return Ok(None);
    };
    let entries = journal.entries().await.map_err(|source| {
        PhaseError::new(phase, alone(Error::Journal { source }), Report::new(phase))
    })?;
    let is_of_it =
        |entry: &JournalEntry| entry.phase == phase && Some(entry.subject.as_str()) == subject;
    Ok(Some(entries.into_iter().filter(is_of_it).collect()))
}

/// Makes an event of a wait.
#[derive(Debug)]
struct Teller {
    phase: Phase,
    step: StepId,
    target: String,
    observer: Arc<dyn Observer>,
    also: Option<Arc<dyn WaitObserver>>,
}

impl WaitObserver for Teller {
    fn waiting(&self, wait: &Wait) {
        if let Some(also) = &self.also {
            also.waiting(wait);
        }
        self.observer.observe(&Event::Waiting {
            phase: self.phase,
            step: self.step,
            target: self.target.clone(),
            wait: wait.clone(),
        });
    }
}

/// Runs two branches at the same time, both to their end: dropping one in the middle of a write would leave an unknown.
pub(crate) async fn both<A, B>(
    left: impl Future<Output = Result<A, Vec<Error>>>,
    right: impl Future<Output = Result<B, Vec<Error>>>,
) -> Result<(A, B), Vec<Error>> {
    match futures::future::join(left, right).await {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(mut errors), Err(more)) => {
            errors.extend(more);
            Err(errors)
        }
        (Err(errors), Ok(_)) | (Ok(_), Err(errors)) => Err(errors),
    }
}

/// A single error as the list that a branch gives.
pub(crate) fn alone(error: impl Into<Error>) -> Vec<Error> {
    vec![error.into()]
}
