//! One run of a phase: runs its steps, tells the observer, keeps the report.

use crate::{
    Done, Error, Event, Observer, Outcome, PhaseError, Report, Result, StepReport,
    report::Phase,
    steps::{Made, Step, StepId},
};
use cmk_core::{lro::WaitOptions, settle::SettleOptions};
use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

/// How a phase runs.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Who is told what happens.
    pub observer: Option<Arc<dyn Observer>>,
    /// How long it waits, and for what.
    pub waits: Waits,
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
    options: &'a RunOptions,
    done: Mutex<Vec<StepReport>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(phase: Phase, options: &'a RunOptions) -> Self {
        Self {
            phase,
            options,
            done: Mutex::new(Vec::new()),
        }
    }

    /// Runs one step.
    pub(crate) async fn step<S: Step>(&self, step: &S) -> Result<S::Output> {
        let target = step.target();
        self.tell(|| Event::Started {
            phase: self.phase,
            step: step.id(),
            target: target.clone(),
        });
        match step.run(&self.options.waits).await {
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
                    error: error.to_string(),
                });
                Err(error)
            }
        }
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
