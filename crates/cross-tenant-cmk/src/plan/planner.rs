//! Makes the plan of one phase: asks each step what it sees, and writes nothing.

use super::{
    Action, Obstacle, PhasePlan, PlannedStep,
    needs::{ASSIGN, At, Need},
};
use crate::{
    Error, RunOptions,
    report::Phase,
    run::Waits,
    steps::{EnsureResourceGroup, Found, Gap, RegisterResourceProvider, Step, StepId},
};
use cmk_core::{Cloud, Error as ClientError, Hint, Scope, SubscriptionId, TenantId};
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
    writes: Vec<(Scope, &'static str)>,
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
            writes: Vec::new(),
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
            // Something is under way, or has to be registered first: the run will see to it.
            Err(Error::Step { source, .. }) if is_for_later(&source) => {
                let failure = source.failure();
                notes.extend(failure.message().map(str::to_owned));
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

    /// Asks for the group of what will be made, and for its resource provider.
    pub(crate) async fn surroundings(
        &mut self,
        provider: &RegisterResourceProvider<'_>,
        group: &EnsureResourceGroup<'_>,
    ) {
        let subscription = Scope::Subscription(self.plan.subscription_id);
        self.step(provider, At::Scope(&subscription)).await;
        self.step(group, At::Scope(&subscription)).await;
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

    /// Adds an error that belongs to no step, once.
    pub(crate) fn obstacle(&mut self, error: Error) {
        let obstacle = Obstacle {
            detail: error.in_full(),
            help: error.help().map(str::to_owned),
        };
        if !self.plan.obstacles.contains(&obstacle) {
            self.plan.obstacles.push(obstacle);
            self.errors.push(error);
        }
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

    fn add(
        &mut self,
        step: StepId,
        target: Option<String>,
        action: Action,
        at: At<'_>,
        notes: Vec<String>,
    ) {
        let may_write = !action.writes_nothing() && !action.stops() && !action.is_under_way(step);
        let needs = if may_write {
            self.needs(step, at)
        } else {
            Vec::new()
        };
        self.plan.steps.push(PlannedStep {
            step,
            target,
            takes: (!action.writes_nothing() && !action.stops()).then(|| step.takes()),
            action,
            needs,
            notes,
        });
    }

    /// The permissions that a step takes. Those in Resource Manager are remembered, to be looked for.
    fn needs(&mut self, step: StepId, at: At<'_>) -> Vec<Need> {
        let held_by = self.plan.phase.party();
        let need = |permission: &str, at: String| Need {
            permission: permission.to_owned(),
            held_by,
            at,
        };
        let permissions = step.permissions(self.plan.phase);
        let mut at_scope = |permission: &'static str, scope: &Scope| {
            self.writes.push((scope.clone(), permission));
            need(permission, scope.to_string())
        };
        match at {
            At::Directory => {
                let directory = format!("the directory of tenant {}", self.plan.tenant_id);
                let needs = permissions.iter();
                needs
                    .map(|permission| need(permission, directory.clone()))
                    .collect()
            }
            At::Scope(scope) => permissions
                .iter()
                .map(|permission| at_scope(permission, scope))
                .collect(),
            At::Account(group, identity) => {
                let mut needs: Vec<Need> = permissions
                    .iter()
                    .map(|permission| at_scope(permission, group))
                    .collect();
                needs.push(match identity {
                    Some(identity) => at_scope(ASSIGN, identity),
                    None => need(ASSIGN, String::from("the managed identity")),
                });
                needs
            }
            At::DataPlane(vault) => {
                let place = format!("the data plane of {vault}");
                vec![need("Microsoft.KeyVault/vaults/keys/create/action", place)]
            }
        }
    }

    /// Where the phase would write in Resource Manager, and the permission that each write takes.
    pub(crate) fn writes(&self) -> &[(Scope, &'static str)] {
        &self.writes
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
                error: error.in_full(),
                help: error.help().map(str::to_owned),
            },
        }
    }
}

/// A look that a run repeats until it succeeds, or that a step before it will let succeed. A service that is out of order is neither.
fn is_for_later(error: &ClientError) -> bool {
    let failure = error.failure();
    match error {
        ClientError::TimedOut(_) => {
            let last = std::error::Error::source(failure);
            let last = last.and_then(|last| last.downcast_ref::<ClientError>());
            !last.is_some_and(|last| matches!(last.hint(), Some(Hint::Transient { .. })))
        }
        _ => failure.code() == Some("MissingSubscriptionRegistration"),
    }
}
