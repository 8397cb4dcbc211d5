//! A plan for people: a table, and a drawing.

use super::{Action, Party, PhasePlan, Plan, PlannedStep, Takes};
use crate::steps::StepId;
use std::fmt::{self, Write as _};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, phase) in self.phases.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{phase}")?;
        }
        Ok(())
    }
}

impl fmt::Display for PhasePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} by the {} in subscription {}",
            self.phase,
            self.phase.party(),
            self.subscription_id
        )?;
        for step in &self.steps {
            step.write_row(f)?;
        }
        for obstacle in &self.obstacles {
            writeln!(f, "  in the way: {}", obstacle.detail)?;
            if let Some(help) = &obstacle.help {
                writeln!(f, "    {help}")?;
            }
        }
        for note in &self.notes {
            writeln!(f, "  note: {note}")?;
        }
        let verdict = if !self.can_be_applied() {
            String::from("cannot be applied as it is")
        } else if self.steps.iter().all(|step| step.action.writes_nothing()) {
            String::from("nothing to do")
        } else {
            format!("takes {}", self.takes())
        };
        writeln!(f, "  {verdict}")
    }
}

impl PlannedStep {
    fn write_row(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.target.as_deref().unwrap_or("(known after apply)");
        writeln!(f, "  {:<21} {:<20} {target}", self.action.word(), self.step)?;
        let mut line = |text: &str| writeln!(f, "    {text}");
        match &self.action {
            Action::Create { settings } => settings.iter().try_for_each(|text| line(text))?,
            Action::Update { before, settings } => {
                line(&format!("before: {before}"))?;
                settings.iter().try_for_each(|text| line(text))?;
            }
            Action::Refuse { detail, help } => {
                line(detail)?;
                line(help)?;
            }
            Action::Unreadable { error, help } => {
                line(error)?;
                help.iter().try_for_each(|text| line(text))?;
            }
            Action::Keep
            | Action::Adopt
            | Action::Check
            | Action::AcceptUnverified
            | Action::KnownAfterApply => {}
        }
        self.notes.iter().try_for_each(|note| line(note))?;
        self.needs
            .iter()
            .try_for_each(|need| line(&need.to_string()))?;
        match self.takes {
            Some(takes) if takes != Takes::NOTHING => line(&format!("takes {takes}")),
            _ => Ok(()),
        }
    }
}

impl Action {
    /// The action as one word, or a few.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Update { .. } => "update",
            Self::Keep => "keep",
            Self::Adopt => "adopt",
            Self::Check => "check",
            Self::AcceptUnverified => "accept unverified",
            Self::Refuse { .. } => "refuse",
            Self::Unreadable { .. } => "unreadable",
            Self::KnownAfterApply => "known after apply",
        }
    }

    /// The action with what it is about, in one line.
    pub(crate) fn in_full(&self) -> String {
        match self {
            Self::Create { settings } if !settings.is_empty() => {
                format!("create ({})", settings.join("; "))
            }
            Self::Update { before, .. } => format!("update (before: {before})"),
            Self::Refuse { detail, .. } => format!("refuse ({detail})"),
            other => other.word().to_owned(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Plan {
    /// How long it takes: the longest chain of steps that wait for each other, not their sum.
    #[must_use]
    pub fn takes(&self) -> Takes {
        self.phases
            .iter()
            .fold(Takes::NOTHING, |sum, phase| sum.then(phase.takes()))
    }

    /// The plan as a flowchart in [Mermaid](https://mermaid.js.org): who does what, and what waits for what.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut chart = String::from("flowchart TD\n");
        let mut before: Vec<String> = Vec::new();
        for (index, phase) in self.phases.iter().enumerate() {
            let number = index + 1;
            let side = match phase.phase.party() {
                Party::Provider => "provider",
                Party::Customer => "customer",
            };
            let _ = writeln!(chart, "  subgraph p{number}[\"{} ({side})\"]", phase.phase);
            for step in &phase.steps {
                let _ = writeln!(
                    chart,
                    "    {}[\"{}<br/>{}<br/>{}\"]",
                    node(number, step.step),
                    step.step,
                    escaped(step.target.as_deref().unwrap_or("(known after apply)")),
                    step.action
                );
            }
            for step in &phase.steps {
                for earlier in phase.before(step.step) {
                    let _ = writeln!(
                        chart,
                        "    {} --> {}",
                        node(number, earlier),
                        node(number, step.step)
                    );
                }
            }
            chart.push_str("  end\n");
            for step in &phase.steps {
                if phase.before(step.step).is_empty() {
                    for last in &before {
                        let _ = writeln!(chart, "  {last} --> {}", node(number, step.step));
                    }
                }
            }
            before = phase
                .last()
                .into_iter()
                .map(|step| node(number, step))
                .collect();
        }
        chart
    }
}

impl PhasePlan {
    /// How long it takes: the longest chain of steps that wait for each other, not their sum.
    #[must_use]
    pub fn takes(&self) -> Takes {
        self.steps.iter().fold(Takes::NOTHING, |longest, step| {
            longest.beside(self.takes_until(step.step))
        })
    }

    fn takes_until(&self, step: StepId) -> Takes {
        let before = self
            .before(step)
            .into_iter()
            .fold(Takes::NOTHING, |longest, earlier| {
                longest.beside(self.takes_until(earlier))
            });
        let own = self.step(step).and_then(|planned| planned.takes);
        before.then(own.unwrap_or(Takes::NOTHING))
    }

    /// The steps of the plan that end right before a step begins.
    fn before(&self, step: StepId) -> Vec<StepId> {
        let mut steps = Vec::new();
        for earlier in step.follows(self.phase) {
            if self.step(*earlier).is_some() {
                steps.push(*earlier);
            } else {
                // A step that this plan does not have hands on what it waits for.
                steps.extend(self.before(*earlier));
            }
        }
        steps.sort_by_key(|step| self.steps.iter().position(|planned| planned.step == *step));
        steps.dedup();
        steps
    }

    /// The steps that no other one waits for.
    fn last(&self) -> Vec<StepId> {
        let awaited: Vec<StepId> = self
            .steps
            .iter()
            .flat_map(|step| self.before(step.step))
            .collect();
        self.steps
            .iter()
            .map(|step| step.step)
            .filter(|step| !awaited.contains(step))
            .collect()
    }
}

fn node(phase: usize, step: StepId) -> String {
    format!("p{phase}_{}", step.as_str().replace('-', "_"))
}

/// A text within the quotes of a node.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
