//! What a verification found: as data, as a table.

use super::{Check, CheckId, Severity, Verdict, junit};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::fmt;

/// What a verification found: every check, in the order of the ids.
///
/// Serialized it is a JSON object with `kind` `cross-tenant-cmk/verification` and `version` 1. `Display` is a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// What was verified.
    pub subject: String,
    /// Every check, those that could not be seen too.
    pub checks: Vec<Check>,
}

impl Verification {
    pub(super) fn new(subject: String, checks: Vec<Check>) -> Self {
        Self { subject, checks }
    }

    /// The outcome of one check.
    #[must_use]
    pub fn check(&self, id: CheckId) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == id)
    }

    /// The checks with this outcome.
    pub fn with_verdict(&self, verdict: Verdict) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(move |check| check.verdict == verdict)
    }

    /// Whether nothing was seen that is broken. That is not the same as proved: see [`is_proved`](Self::is_proved).
    #[must_use]
    pub fn found_nothing_broken(&self) -> bool {
        !self
            .with_verdict(Verdict::Failed)
            .any(|check| check.severity == Severity::Error)
    }

    /// Whether every single check was read, and holds.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.checks.iter().all(|check| check.verdict == Verdict::Ok)
    }

    /// The checks as JUnit XML, for CI: a failed check is a failure (`type` says `error` or `warning`), an unknown one is
    /// skipped with the reason.
    #[must_use]
    pub fn to_junit(&self) -> String {
        junit::write(self)
    }
}

impl Serialize for Verification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("Verification", 4)?;
        document.serialize_field("kind", "cross-tenant-cmk/verification")?;
        document.serialize_field("version", &1)?;
        document.serialize_field("subject", &self.subject)?;
        document.serialize_field("checks", &self.checks)?;
        document.end()
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |verdict| self.with_verdict(verdict).count();
        write!(
            f,
            "{}: {} ok, {} failed, {} unknown",
            self.subject,
            count(Verdict::Ok),
            count(Verdict::Failed),
            count(Verdict::Unknown)
        )?;
        for check in &self.checks {
            let verdict = match (check.verdict, check.severity) {
                (Verdict::Failed, Severity::Warning) => "warning",
                (verdict, _) => verdict.as_str(),
            };
            write!(f, "\n{}  {verdict:7}  {}", check.id, check.title)?;
            if check.verdict != Verdict::Ok {
                write!(f, "\n                  {}", check.evidence)?;
            }
            if let Some(remedy) = &check.remedy {
                for line in remedy.to_string().lines() {
                    write!(f, "\n                  {line}")?;
                }
            }
        }
        Ok(())
    }
}
