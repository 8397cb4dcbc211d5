//! The plan of a phase: what a run would do, found out by reading only.

mod account;
mod chain;
mod customer;
mod difference;
mod document;
mod needs;
mod planner;
mod preflight;
mod provider;
mod render;

pub use account::plan_encrypted_account;
pub use chain::{AccountPlace, ChainSpec, plan_chain};
pub use customer::plan_customer_grant;
pub use difference::Difference;
pub use document::{MAX_PLAN_BYTES, PLAN_KIND};
pub use needs::{Need, Party, Takes};
pub use provider::plan_provider_setup;

pub(crate) use account::plan_phase as plan_account_phase;
pub(crate) use customer::plan_phase as plan_customer_phase;
pub(crate) use planner::Planned;
pub(crate) use preflight::Authorities;
pub(crate) use provider::plan_phase as plan_provider_phase;

use crate::{
    Outcome,
    report::Phase,
    steps::{Found, Gap, StepId},
};
use cmk_core::{Cloud, RegistrationState, SubscriptionId, TenantId};
use serde::{Deserialize, Serialize};

/// What one phase would do, or all three: a document that a person can look at, that can be kept, and that a run is held to.
///
/// It is made by reading only. Shown, it is a table; [`mermaid`](Self::mermaid) draws it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The phases, in their order.
    pub phases: Vec<PhasePlan>,
}

/// What one phase would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PhasePlan {
    /// The phase.
    pub phase: Phase,
    /// The cloud.
    pub cloud: Cloud,
    /// The tenant in which it runs.
    pub tenant_id: TenantId,
    /// The subscription in which it runs.
    pub subscription_id: SubscriptionId,
    /// What it is about: tenant and subscription, and after them the application in phase 2, the customer reference in phase 3. `None`
    /// where only an earlier phase will tell.
    pub subject: Option<String>,
    /// Its steps, each after those that it needs.
    pub steps: Vec<PlannedStep>,
    /// What stands in the way and belongs to no step.
    pub obstacles: Vec<Obstacle>,
    /// What a person should know about it all.
    pub notes: Vec<String>,
}

/// What one step would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PlannedStep {
    /// The step.
    pub step: StepId,
    /// What it works on. `None`: known after apply.
    pub target: Option<String>,
    /// What it would do.
    pub action: Action,
    /// The permissions that it takes to do it.
    pub needs: Vec<Need>,
    /// How long it takes, where it would write.
    pub takes: Option<Takes>,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

/// What a step would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Action {
    /// It is not there, and will be made.
    Create {
        /// What it is made as, a line each. Empty: known after apply.
        settings: Vec<String>,
    },
    /// It is there, and will be changed.
    Update {
        /// What is not as it must be.
        before: String,
        /// What it will be, a line each.
        settings: Vec<String>,
    },
    /// It is there, ours, and as it must be.
    Keep,
    /// It is there, somebody else's, and as it must be.
    Adopt,
    /// It was looked at, and is in order.
    Check,
    /// It could not be looked at, and the caller accepts that.
    AcceptUnverified,
    /// It does not fit, and will not be made to fit.
    Refuse {
        /// Why.
        detail: String,
        /// What the person who must act does next.
        help: String,
    },
    /// It could not be looked at.
    Unreadable {
        /// Why.
        error: String,
        /// What helps, where that is known.
        help: Option<String>,
    },
    /// Only an earlier step will tell.
    KnownAfterApply,
}

/// What stands in the way of a phase and belongs to no step: a document that does not fit, a missing permission, a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Obstacle {
    /// What it is.
    pub detail: String,
    /// What the person who must act does next, where that is known.
    pub help: Option<String>,
}

impl Plan {
    /// The part of one phase.
    #[must_use]
    pub fn phase(&self, phase: Phase) -> Option<&PhasePlan> {
        self.phases.iter().find(|part| part.phase == phase)
    }

    /// Whether nothing that is known stands in the way.
    #[must_use]
    pub fn can_be_applied(&self) -> bool {
        self.phases.iter().all(PhasePlan::can_be_applied)
    }

    /// Whether applying it would write nothing.
    #[must_use]
    pub fn changes_nothing(&self) -> bool {
        let mut steps = self.phases.iter().flat_map(|phase| &phase.steps);
        steps.all(|step| step.action.writes_nothing())
    }
}

impl PhasePlan {
    /// Whether nothing that is known stands in the way.
    #[must_use]
    pub fn can_be_applied(&self) -> bool {
        self.obstacles.is_empty() && !self.steps.iter().any(|step| step.action.stops())
    }

    /// One step, if the phase has it.
    #[must_use]
    pub fn step(&self, step: StepId) -> Option<&PlannedStep> {
        self.steps.iter().find(|planned| planned.step == step)
    }
}

impl Action {
    /// What a look means for a plan.
    pub(crate) fn of<T>(found: &Found<T>, settings: impl FnOnce() -> Vec<String>) -> Self {
        match found {
            Found::Gap(Gap::Missing) => Self::Create {
                settings: settings(),
            },
            Found::Gap(Gap::Differs { before, .. }) => Self::Update {
                before: before.clone(),
                settings: settings(),
            },
            Found::There(made) => match &made.outcome {
                Outcome::Adopted => Self::Adopt,
                Outcome::Checked => Self::Check,
                Outcome::Unverified => Self::AcceptUnverified,
                // A look makes nothing.
                Outcome::Existing | Outcome::Created | Outcome::Updated { .. } => Self::Keep,
            },
        }
    }

    /// Whether what it would do was begun already: nothing is sent for it.
    pub(crate) fn is_under_way(&self, step: StepId) -> bool {
        let registering = RegistrationState::Registering.as_str();
        step == StepId::ResourceProvider
            && matches!(self, Self::Update { before, .. } if before == registering)
    }

    /// Whether the phase cannot be run as long as this is so.
    #[must_use]
    pub fn stops(&self) -> bool {
        matches!(self, Self::Refuse { .. } | Self::Unreadable { .. })
    }

    /// Whether it is certain that nothing is written.
    #[must_use]
    pub fn writes_nothing(&self) -> bool {
        matches!(
            self,
            Self::Keep | Self::Adopt | Self::Check | Self::AcceptUnverified
        )
    }
}
