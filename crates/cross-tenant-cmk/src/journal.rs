//! The journal: what a run meant to write before it wrote, and what came of it.

#[cfg(feature = "journal-file")]
mod file;

#[cfg(feature = "journal-file")]
pub use file::FileJournal;

use crate::{Outcome, report::Phase, steps::StepId};
use azure_core::time::OffsetDateTime;
use serde::{Deserialize, Serialize};
use std::{
    error::Error as StdError,
    fmt,
    sync::{Mutex, PoisonError},
};

/// A witness of runs. The cloud is the truth: every run starts by looking, whatever the journal says. What the journal adds is
/// what a look cannot tell: that a run was about to write, and never said how it ended.
///
/// One journal may hold the entries of many runs and customers. Two processes do not share one.
#[async_trait::async_trait]
pub trait Journal: fmt::Debug + Send + Sync {
    /// Adds an entry at the end, and returns once it is as safe as the journal makes things.
    ///
    /// # Errors
    /// [`JournalError`] if it may not be there. An intent that is not recorded is not carried out.
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError>;

    /// Every entry, in the order in which they were added.
    ///
    /// # Errors
    /// [`JournalError`] if they cannot be read.
    async fn entries(&self) -> Result<Vec<JournalEntry>, JournalError>;
}

const _: fn(&dyn Journal) = |_| ();

/// One entry of a journal. It holds no secret: names, ids and outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct JournalEntry {
    /// When, by the clock of the machine that ran.
    #[serde(with = "crate::moment")]
    pub at: OffsetDateTime,
    /// The phase.
    pub phase: Phase,
    /// What the run is about: tenant and subscription, and after them the application in phase 2, the customer reference in phase 3.
    pub subject: String,
    /// The step.
    pub step: StepId,
    /// What it works on.
    pub target: String,
    /// What is recorded.
    pub record: JournalRecord,
}

/// What an entry records of a step that writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum JournalRecord {
    /// It is about to write.
    Intent,
    /// It has come to a good end.
    Done {
        /// What it did.
        outcome: Outcome,
    },
    /// It has come to a bad end, and what it wrote may be there.
    Failed {
        /// The error in one line.
        error: String,
    },
}

impl JournalEntry {
    pub(crate) fn is_of(&self, phase: Phase, subject: &str, step: StepId, target: &str) -> bool {
        (self.phase, self.step) == (phase, step) && self.subject == subject && self.target == target
    }
}

/// The intents that no later entry of the same step, target and subject answers: what a run was doing when it ended, or what
/// one that still runs is doing.
#[must_use]
pub fn unfinished_entries(entries: &[JournalEntry]) -> Vec<&JournalEntry> {
    let mut open: Vec<&JournalEntry> = Vec::new();
    for entry in entries {
        open.retain(|intent| !intent.is_of(entry.phase, &entry.subject, entry.step, &entry.target));
        if entry.record == JournalRecord::Intent {
            open.push(entry);
        }
    }
    open
}

/// Why a journal could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("journal {problem}")]
pub struct JournalError {
    problem: String,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl JournalError {
    /// An error of a journal: `problem` completes "journal …", as in "cannot be written".
    #[must_use]
    pub fn new(
        problem: impl Into<String>,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            problem: problem.into(),
            source,
        }
    }
}

/// A journal that lives as long as the process: for tests, and for processes that keep their records elsewhere.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Vec<JournalEntry>>);

#[async_trait::async_trait]
impl Journal for MemoryJournal {
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push(entry.clone());
        Ok(())
    }

    async fn entries(&self) -> Result<Vec<JournalEntry>, JournalError> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(entries.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{JournalEntry, JournalRecord, unfinished_entries};
    use crate::{Outcome, StepId, report::Phase};
    use azure_core::time::parse_rfc3339;

    pub(crate) fn entry(target: &str, record: JournalRecord) -> JournalEntry {
        JournalEntry {
            at: parse_rfc3339("2026-01-01T00:00:00Z").unwrap(),
            phase: Phase::ProviderSetup,
            subject: String::from("tenant"),
            step: StepId::Application,
            target: target.to_owned(),
            record,
        }
    }

    #[test]
    fn an_intent_stays_open_until_its_own_end_is_recorded() {
        let done = JournalRecord::Done {
            outcome: Outcome::Created,
        };
        let failed = JournalRecord::Failed {
            error: String::from("no"),
        };
        let entries = [
            entry("a", JournalRecord::Intent),
            entry("b", JournalRecord::Intent),
            entry("a", done),
            entry("c", JournalRecord::Intent),
            entry("c", failed),
            entry("b", JournalRecord::Intent),
        ];
        let open: Vec<&str> = unfinished_entries(&entries)
            .iter()
            .map(|entry| entry.target.as_str())
            .collect();
        assert_eq!(open, ["b"]);
    }

    #[test]
    fn an_entry_is_one_line_of_json_and_is_read_back() {
        let entry = entry(
            "application contoso-cmk",
            JournalRecord::Done {
                outcome: Outcome::Updated {
                    before: String::from("no unique name"),
                },
            },
        );
        let json = serde_json::to_string(&entry).unwrap();
        assert_eq!(
            json,
            r#"{"at":"2026-01-01T00:00:00Z","phase":"providerSetup","subject":"tenant","step":"application","target":"application contoso-cmk","record":{"done":{"outcome":{"updated":{"before":"no unique name"}}}}}"#
        );
        assert_eq!(serde_json::from_str::<JournalEntry>(&json).unwrap(), entry);
    }
}
