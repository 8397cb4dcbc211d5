//! What was found, per family, for people.

use super::{
    acceptance::Accepted,
    player::Ended,
    replayed::{Replayed, name_of},
    routes::{FAMILIES, Reason},
};
use azure_sim::Operation;
use std::{collections::BTreeMap, fmt};

/// The family of what belongs to none.
const NONE: &str = "other";

#[derive(Debug, Default)]
pub(super) struct Report {
    families: BTreeMap<&'static str, Count>,
    failures: Vec<String>,
    implied: usize,
    accepted: (usize, usize),
    replayed: Replayed,
}

#[derive(Debug, Default)]
struct Count {
    seen: usize,
    replayed: usize,
    skipped: BTreeMap<Reason, usize>,
    failed: usize,
}

impl Report {
    /// Notes what belongs to no family and is wrong, such as a file.
    pub(super) fn add_failure(&mut self, what: String) {
        self.families.entry(NONE).or_default().failed += 1;
        self.failures.push(what);
    }

    /// Notes an exchange.
    pub(super) fn add(&mut self, family: Option<&'static str>, whose: &str, ended: &Ended) {
        let family = family.unwrap_or(NONE);
        let count = self.families.entry(family).or_default();
        count.seen += 1;
        match ended {
            Ended::Replayed => count.replayed += 1,
            Ended::Skipped(reason) => *count.skipped.entry(*reason).or_default() += 1,
            Ended::Failed(reason) => {
                count.failed += 1;
                self.failures.push(format!("{family} {whose}: {reason}"));
            }
        }
    }

    /// Notes through which operation an exchange went. A refusal can be of none.
    pub(super) fn add_replayed(&mut self, operation: Option<&'static Operation>) {
        if let Some(operation) = operation {
            *self.replayed.entry(name_of(operation)).or_default() += 1;
        }
    }

    /// How many exchanges each operation answered as recorded.
    pub(super) const fn replayed(&self) -> &Replayed {
        &self.replayed
    }

    /// Notes how often something had to be set up for a recording.
    pub(super) fn add_implied(&mut self, implied: usize) {
        self.implied += implied;
    }

    /// Notes families of which nothing was replayed, and accepted differences that were met another number of times.
    pub(super) fn close(&mut self, accepted: &Accepted) {
        for (family, count) in &mut self.families {
            if count.seen > 0 && count.replayed == 0 {
                count.failed += 1;
                self.failures
                    .push(format!("{family}: recorded, and nothing replayed"));
            }
        }
        for row in accepted.miscounted() {
            self.add_failure(row);
        }
        self.accepted = accepted.counts();
    }

    /// How many exchanges were answered as recorded.
    pub(super) fn passed(&self) -> usize {
        self.families.values().map(|count| count.replayed).sum()
    }

    /// How many checks did not hold.
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
            "{:<20} {:>5} {:>8} {:>6}  skipped",
            "family", "seen", "replayed", "failed"
        )?;
        for family in FAMILIES.iter().chain(&[NONE]) {
            let Some(count) = self.families.get(family) else {
                continue;
            };
            let skipped: Vec<String> = count
                .skipped
                .iter()
                .map(|(reason, number)| format!("{reason} {number}"))
                .collect();
            writeln!(
                f,
                "{family:<20} {:>5} {:>8} {:>6}  {}",
                count.seen,
                count.replayed,
                count.failed,
                skipped.join(", ")
            )?;
        }
        let (rows, met) = self.accepted;
        write!(
            f,
            "{} objects set up; {rows} accepted differences, met {met} times",
            self.implied
        )
    }
}
