//! What has changed since a plan was made, and what the plan's own earlier run explains.

use super::{Action, PhasePlan, PlannedStep};
use crate::{Error, JournalEntry, steps::StepId};
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

/// What earlier runs are known to have begun: the entries of this phase and subject in the journal, or nothing without one.
pub(crate) type Begun<'a> = Option<&'a [JournalEntry]>;

impl PhasePlan {
    /// Holds one step of a run against the plan.
    pub(crate) fn check(
        &self,
        step: StepId,
        target: &str,
        now: &Action,
        begun: Begun<'_>,
    ) -> Result<(), Error> {
        match self.difference(step, Some(target), now, begun) {
            None => Ok(()),
            Some(difference) => Err(Error::Changed(difference)),
        }
    }

    /// Holds a newer plan of the same phase against this one.
    pub(crate) fn differences(&self, newer: &Self, begun: Begun<'_>) -> Vec<Difference> {
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
        differences.extend(newer.steps.iter().filter_map(|step| {
            self.difference(step.step, step.target.as_deref(), &step.action, begun)
        }));
        // A plan that met an obstacle ends there.
        if newer.can_be_applied() {
            let left_out = |step: &&PlannedStep| newer.step(step.step).is_none();
            differences.extend(self.steps.iter().filter(left_out).map(|step| {
                Difference {
                    step: Some(step.step),
                    subject: step
                        .target
                        .clone()
                        .unwrap_or_else(|| "its target".to_owned()),
                    planned: step.action.in_full(),
                    now: String::from("left out"),
                }
            }));
        }
        differences
    }

    fn difference(
        &self,
        step: StepId,
        target: Option<&str>,
        now: &Action,
        begun: Begun<'_>,
    ) -> Option<Difference> {
        let told = |planned: String, now: String| {
            Some(Difference {
                step: Some(step),
                subject: target.unwrap_or("its target").to_owned(),
                planned,
                now,
            })
        };
        let Some(planned) = self.step(step) else {
            // One more check is no harm, and a step that stops the phase is told by itself.
            return match now {
                now if now.writes_nothing() || now.stops() => None,
                now => told(String::from("without this step"), now.in_full()),
            };
        };
        match (planned.target.as_deref(), target) {
            (Some(before), Some(target)) if before != target => {
                return told(before.to_owned(), target.to_owned());
            }
            _ => {}
        }
        let is_ours = begun.is_none_or(|entries| {
            let mut entries = entries.iter();
            entries.any(|entry| entry.step == step && Some(entry.target.as_str()) == target)
        });
        if is_explained(&planned.action, now, is_ours) || now.is_under_way(step) {
            return None;
        }
        told(planned.action.in_full(), now.in_full())
    }
}

/// Whether what is seen now is what was planned, or what is left of it after a run of the plan. `is_ours`: whether such a run may have
/// made what carries our mark. With a journal it is known; without one, the mark is all there is.
fn is_explained(planned: &Action, now: &Action, is_ours: bool) -> bool {
    match (planned, now) {
        // What could not be known is decided by the run, as it would be without a plan.
        (Action::KnownAfterApply, _) | (_, Action::KnownAfterApply) => true,
        // What stops the phase is told by itself.
        (_, Action::Refuse { .. } | Action::Unreadable { .. }) => true,
        // A look that failed promises nothing.
        (Action::Refuse { .. } | Action::Unreadable { .. }, now) => now.writes_nothing(),
        // Made by an earlier run: it carries our mark.
        (Action::Create { .. }, Action::Keep) => is_ours,
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
                is_explained(&planned, &now, true),
                explained,
                "{planned:?} {now:?}"
            );
        }
        assert!(!is_explained(&create(&["a"]), &Action::Keep, false));
    }
}
