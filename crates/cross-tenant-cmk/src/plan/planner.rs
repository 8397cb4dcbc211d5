//! Makes the plan of one phase: asks each step what it sees, and writes nothing.

use super::{
    Action, Obstacle, PhasePlan, PlannedStep,
    needs::{At, Need},
};
use crate::{
    Error, RunOptions,
    report::Phase,
    run::Waits,
    steps::{Found, Gap, Step, StepId},
};
use cmk_core::{Cloud, Scope, SubscriptionId, TenantId};
use std::time::Duration;

/// What a plan knows of the output of a step.
#[derive(Debug, Clone)]
pub(crate) enum Planned<T> {
    /// It is there.
    There(T),
    /// It is not there yet, and will be made new.
    ToBeMade,
    /// It cannot be known before the phase is run.
    Unknown,
}

impl<T> Planned<T> {
    pub(crate) fn map<U>(self, with: impl FnOnce(T) -> U) -> Planned<U> {
        match self {
            Self::There(value) => Planned::There(with(value)),
            Self::ToBeMade => Planned::ToBeMade,
            Self::Unknown => Planned::Unknown,
        }
    }

    pub(crate) fn as_ref(&self) -> Planned<&T> {
        match self {
            Self::There(value) => Planned::There(value),
            Self::ToBeMade => Planned::ToBeMade,
            Self::Unknown => Planned::Unknown,
        }
    }

    pub(crate) fn there(self) -> Option<T> {
        match self {
            Self::There(value) => Some(value),
            Self::ToBeMade | Self::Unknown => None,
        }
    }
}

/// The plan of a phase as it grows, with the errors that it met.
#[derive(Debug)]
pub(crate) struct Planner {
    plan: PhasePlan,
    waits: Waits,
    errors: Vec<Error>,
}

/// How long a look is repeated: a replica of the directory can be this far behind, and a service asks for patience.
const LOOK: Duration = Duration::from_secs(60);

impl Planner {
    pub(crate) fn new(
        phase: Phase,
        (cloud, tenant_id, subscription_id): (Cloud, TenantId, SubscriptionId),
        subject: Option<String>,
        options: &RunOptions,
    ) -> Self {
        let mut waits = options.waits.clone();
        waits.propagation.deadline = waits.propagation.deadline.min(LOOK);
        // What is under way is not waited for.
        waits.contention.deadline = Duration::ZERO;
        waits.operations.deadline = Duration::ZERO;
        Self {
            plan: PhasePlan {
                phase,
                cloud,
                tenant_id,
                subscription_id,
                subject,
                steps: Vec::new(),
                obstacles: Vec::new(),
                notes: Vec::new(),
            },
            waits,
            errors: Vec::new(),
        }
    }

    /// The plan, and every error that it met.
    pub(crate) fn end(self) -> (PhasePlan, Vec<Error>) {
        (self.plan, self.errors)
    }

    /// Asks a step what it sees. `at`: where the permissions of its write are held.
    pub(crate) async fn step<S: Step>(&mut self, step: &S, at: At<'_>) -> Planned<S::Output> {
        let found = step.find(&self.waits).await;
        let mut notes = Vec::new();
        let (action, planned) = match found {
            Ok(found) => {
                let action = Action::of(&found, || step.settings());
                let planned = match found {
                    Found::There(made) => {
                        notes = made.notes;
                        Planned::There(made.value)
                    }
                    Found::Gap(Gap::Differs { value, .. }) => Planned::There(value),
                    Found::Gap(Gap::Missing) => Planned::ToBeMade,
                };
                (action, planned)
            }
            // Something is under way, and the run will wait for it.
            Err(Error::Step {
                source: cmk_core::Error::TimedOut(failure),
                ..
            }) => {
                notes.push(failure.message().unwrap_or_default().to_owned());
                (Action::KnownAfterApply, Planned::Unknown)
            }
            Err(error) => (self.failed(error), Planned::Unknown),
        };
        self.add(step.id(), Some(step.target()), action, at, notes);
        planned
    }

    /// Asks a step that writes nothing.
    pub(crate) async fn check<S: Step>(&mut self, step: &S) -> Option<S::Output> {
        self.step(step, At::Directory).await.there()
    }

    /// Adds a step that cannot be asked, because what it works on is not there yet.
    pub(crate) fn later(
        &mut self,
        step: StepId,
        target: Option<String>,
        action: Action,
        at: At<'_>,
    ) {
        self.add(step, target, action, at, Vec::new());
    }

    /// Adds an error that belongs to no step.
    pub(crate) fn obstacle(&mut self, error: Error) {
        self.plan.obstacles.push(Obstacle {
            detail: told(&error),
            help: error.help().map(str::to_owned),
        });
        self.errors.push(error);
    }

    /// What a look that failed means for its step.
    pub(crate) fn failed(&mut self, error: Error) -> Action {
        let action = Action::failed(&error);
        self.errors.push(error);
        action
    }

    /// Adds what a person should know.
    pub(crate) fn note(&mut self, note: String) {
        self.plan.notes.push(note);
    }

    /// The plan as far as it is made.
    pub(crate) fn so_far(&self) -> &PhasePlan {
        &self.plan
    }

    fn add(
        &mut self,
        step: StepId,
        target: Option<String>,
        action: Action,
        at: At<'_>,
        notes: Vec<String>,
    ) {
        let phase = self.plan.phase;
        let may_write = !action.writes_nothing() && !action.stops();
        let permissions = if may_write {
            match at {
                At::DataPlane(_) => &["Microsoft.KeyVault/vaults/keys/create/action"],
                At::Directory | At::Scope(_) => step.permissions(phase),
            }
        } else {
            &[]
        };
        let place = match at {
            At::Directory => format!("the directory of tenant {}", self.plan.tenant_id),
            At::Scope(scope) => scope.to_string(),
            At::DataPlane(vault) => format!("the data plane of {vault}"),
        };
        self.plan.steps.push(PlannedStep {
            step,
            target,
            action,
            needs: permissions
                .iter()
                .map(|permission| Need {
                    permission: (*permission).to_owned(),
                    held_by: phase.party(),
                    at: place.clone(),
                })
                .collect(),
            takes: may_write.then(|| step.takes()),
            notes,
        });
    }

    /// The subscription as a scope.
    pub(crate) fn subscription(&self) -> Scope {
        Scope::Subscription(self.plan.subscription_id)
    }
}

impl Action {
    fn failed(error: &Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refuse {
                detail: refusal.detail().to_owned(),
                help: refusal.help().to_owned(),
            },
            error => Self::Unreadable {
                error: told(error),
                help: error.help().map(str::to_owned),
            },
        }
    }
}

/// An error with what caused it, in one line.
fn told(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
