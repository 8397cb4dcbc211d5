//! What has changed since a plan was made, and what the plan's own earlier run explains.

use super::{Action, PhasePlan};
use crate::{Error, steps::StepId};
use std::fmt;

/// Something that is not as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The step, if it belongs to one.
    pub step: Option<StepId>,
    /// What it is about.
    pub subject: String,
    /// What the plan says.
    pub planned: String,
    /// What is so now.
    pub now: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(step) = self.step {
            write!(f, "step {step}: ")?;
        }
        write!(
            f,
            "{}: planned {}, and now {}",
            self.subject, self.planned, self.now
        )
    }
}

impl PhasePlan {
    /// Holds one step of a run against the plan.
    pub(crate) fn check(&self, step: StepId, target: &str, now: &Action) -> Result<(), Error> {
        match self.difference(step, Some(target), now) {
            None => Ok(()),
            Some(difference) => Err(Error::Changed(difference)),
        }
    }

    /// Holds a newer plan of the same phase against this one.
    pub(crate) fn differences(&self, newer: &Self) -> Vec<Difference> {
        let place = |plan: &Self| {
            format!(
                "{} in subscription {} of tenant {} in cloud {}",
                plan.phase, plan.subscription_id, plan.tenant_id, plan.cloud
            )
        };
        let mut differences = Vec::new();
        let mut compare = |subject: &str, planned: String, now: String| {
            if planned != now {
                differences.push(Difference {
                    step: None,
                    subject: subject.to_owned(),
                    planned,
                    now,
                });
            }
        };
        compare("the place", place(self), place(newer));
        if let (Some(planned), Some(now)) = (&self.subject, &newer.subject) {
            compare("the subject", planned.clone(), now.clone());
        }
        differences.extend(
            newer.steps.iter().filter_map(|step| {
                self.difference(step.step, step.target.as_deref(), &step.action)
            }),
        );
        differences
    }

    fn difference(&self, step: StepId, target: Option<&str>, now: &Action) -> Option<Difference> {
        let told = |planned: String, now: String| {
            Some(Difference {
                step: Some(step),
                subject: target.unwrap_or("its target").to_owned(),
                planned,
                now,
            })
        };
        let Some(planned) = self.step(step) else {
            return told(String::from("without this step"), now.to_string());
        };
        match (planned.target.as_deref(), target) {
            (Some(before), Some(target)) if before != target => {
                return told(before.to_owned(), target.to_owned());
            }
            _ => {}
        }
        if is_explained(&planned.action, now) {
            return None;
        }
        told(
            planned.action.in_full(),
            match now.in_full() {
                same if same == planned.action.in_full() => now.to_string(),
                other => other,
            },
        )
    }
}

/// Whether what is seen now is what was planned, or what is left of it after a run of the plan.
fn is_explained(planned: &Action, now: &Action) -> bool {
    match (planned, now) {
        // What could not be known is decided by the run, as it would be without a plan.
        (Action::KnownAfterApply, _) | (_, Action::KnownAfterApply) => true,
        // What stops the phase is told by itself.
        (_, Action::Refuse { .. } | Action::Unreadable { .. }) => true,
        // A look that failed promises nothing.
        (Action::Refuse { .. } | Action::Unreadable { .. }, now) => now.writes_nothing(),
        // Made by an earlier run of this plan: it carries our mark.
        (Action::Create { .. }, Action::Keep) => true,
        (Action::Update { .. }, Action::Keep | Action::Adopt) => true,
        (Action::Create { settings }, Action::Create { settings: now }) => {
            settings.is_empty() || settings == now
        }
        (planned, now) => planned == now,
    }
}

#[cfg(test)]
mod tests {
    use super::is_explained;
    use crate::Action;

    fn create(settings: &[&str]) -> Action {
        Action::Create {
            settings: settings.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    fn update(before: &str) -> Action {
        Action::Update {
            before: before.to_owned(),
            settings: Vec::new(),
        }
    }

    #[test]
    fn a_run_of_the_plan_explains_what_it_made_and_nothing_else() {
        let refused = Action::Refuse {
            detail: String::from("it is disabled"),
            help: String::from("enable it"),
        };
        for (planned, now, explained) in [
            (create(&["a"]), create(&["a"]), true),
            (create(&["a"]), create(&["b"]), false),
            (create(&[]), create(&["b"]), true),
            (create(&["a"]), Action::Keep, true),
            (create(&["a"]), Action::Adopt, false),
            (update("x"), update("x"), true),
            (update("x"), update("y"), false),
            (update("x"), Action::Keep, true),
            (update("x"), create(&[]), false),
            (Action::Keep, create(&["a"]), false),
            (Action::Keep, update("x"), false),
            (Action::Keep, Action::Adopt, false),
            (Action::Adopt, create(&["a"]), false),
            (Action::Check, Action::AcceptUnverified, false),
            (Action::KnownAfterApply, create(&["a"]), true),
            (refused.clone(), create(&["a"]), false),
            (refused.clone(), Action::Keep, true),
            (Action::Keep, refused, true),
        ] {
            assert_eq!(
                is_explained(&planned, &now),
                explained,
                "{planned:?} {now:?}"
            );
        }
    }
}
