//! What was found, per family, for people.

use super::{bodies::Held, family::Reason, operations, replay};
use std::{collections::BTreeMap, fmt};

/// The family of what belongs to none.
const NONE: &str = "other";

/// What was found, per family.
#[derive(Debug, Default)]
pub(super) struct Report {
    families: BTreeMap<&'static str, Count>,
    failures: Vec<String>,
}

#[derive(Debug, Default)]
struct Count {
    is_ours: bool,
    seen: usize,
    replayed: usize,
    as_recorded: usize,
    fields: usize,
    refused: usize,
    skipped: BTreeMap<Reason, usize>,
    polls: usize,
    at_their_end: usize,
    at_their_last_state: usize,
    bodies: usize,
    without_schema: usize,
    failed: usize,
}

impl Report {
    /// Names a family, so that it stands in the table.
    pub(super) fn add_family(&mut self, name: &'static str, is_ours: bool) {
        self.families.entry(name).or_default().is_ours = is_ours;
    }

    /// Notes what belongs to no family and is wrong, such as a file.
    pub(super) fn add_failure(&mut self, what: String) {
        self.families.entry(NONE).or_default().failed += 1;
        self.failures.push(what);
    }

    /// Notes an exchange.
    pub(super) fn add_exchange(
        &mut self,
        family: Option<&'static str>,
        whose: &str,
        ended: &replay::Ended,
    ) {
        let family = family.unwrap_or(NONE);
        let count = self.families.entry(family).or_default();
        count.seen += 1;
        match ended {
            replay::Ended::Replayed {
                fields,
                sent_as_recorded,
                refused,
                ..
            } => {
                count.replayed += 1;
                count.fields += fields;
                count.as_recorded += usize::from(*sent_as_recorded);
                count.refused += usize::from(*refused);
            }
            replay::Ended::Poll => count.polls += 1,
            replay::Ended::Skipped(reason) => *count.skipped.entry(*reason).or_default() += 1,
            replay::Ended::Failed(reason) => {
                count.failed += 1;
                self.failures.push(format!("{family} {whose}: {reason}"));
            }
        }
    }

    /// Notes an operation.
    pub(super) fn add_operation(
        &mut self,
        family: Option<&'static str>,
        whose: &str,
        ended: &operations::Ended,
    ) {
        let family = family.unwrap_or(NONE);
        let count = self.families.entry(family).or_default();
        match ended {
            operations::Ended::AtItsEnd => count.at_their_end += 1,
            operations::Ended::AtTheLastRecordedState => count.at_their_last_state += 1,
            operations::Ended::Failed(reason) => {
                count.failed += 1;
                self.failures
                    .push(format!("{family} operation {whose}: {reason}"));
            }
        }
    }

    /// Notes a body.
    pub(super) fn add_body(&mut self, family: &'static str, whose: &str, held: &Held) {
        let count = self.families.entry(family).or_default();
        match held {
            Held::Fits => count.bodies += 1,
            Held::NoSchema => count.without_schema += 1,
            Held::Wrong(found) => {
                count.failed += 1;
                let found = found.join("; ");
                self.failures
                    .push(format!("{family} body of {whose}: {found}"));
            }
        }
    }

    /// Notes every family of ours that is recorded and of which nothing was replayed.
    pub(super) fn close(&mut self) {
        for (family, count) in &mut self.families {
            if count.is_ours && count.seen > 0 && count.replayed == 0 {
                count.failed += 1;
                self.failures
                    .push(format!("{family}: recorded, and nothing replayed"));
            }
        }
    }

    /// How many checks held.
    pub(super) fn passed(&self) -> usize {
        self.families
            .values()
            .map(|count| {
                count.replayed + count.at_their_end + count.at_their_last_state + count.bodies
            })
            .sum()
    }

    /// How many did not.
    pub(super) fn failed(&self) -> usize {
        self.families.values().map(|count| count.failed).sum()
    }

    /// Every failure, in words.
    pub(super) fn failures(&self) -> &[String] {
        &self.failures
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<20} {:>5} {:>8} {:>8} {:>7} {:>7} {:>6} {:>12} {:>7} {:>9} {:>6}  skipped",
            "family",
            "seen",
            "replayed",
            "as sent",
            "fields",
            "errors",
            "polls",
            "operations",
            "bodies",
            "no schema",
            "failed"
        )?;
        for (family, count) in &self.families {
            // Those that ended, and those whose recording stops before.
            let operations = format!("{} + {}", count.at_their_end, count.at_their_last_state);
            let skipped: Vec<String> = count
                .skipped
                .iter()
                .map(|(reason, number)| format!("{reason} {number}"))
                .collect();
            writeln!(
                f,
                "{family:<20} {:>5} {:>8} {:>8} {:>7} {:>7} {:>6} {operations:>12} {:>7} {:>9} {:>6}  {}",
                count.seen,
                count.replayed,
                count.as_recorded,
                count.fields,
                count.refused,
                count.polls,
                count.bodies,
                count.without_schema,
                count.failed,
                skipped.join(", ")
            )?;
        }
        f.write_str(
            "as sent: path and query are ours too; operations: to their end + to the last recorded state",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::conformance::{family::Reason, replay::Ended};

    #[test]
    fn a_family_of_ours_of_which_nothing_is_replayed_fails() {
        let mut report = Report::default();
        report.add_family("things", true);
        report.add_family("absent", true);
        let skipped = Ended::Skipped(Reason::NoSuchOperation);
        report.add_exchange(Some("things"), "GET /x", &skipped);
        report.close();
        assert_eq!(
            report.failures(),
            ["things: recorded, and nothing replayed"]
        );
        assert_eq!((report.passed(), report.failed()), (0, 1));
    }
}
