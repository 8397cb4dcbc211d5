//! What the checks have found so far, and how reads that fail are told from things that are not there.

use super::{Check, CheckId, Known, Verdict, Verification, remedy};
use crate::error::{Problem, Reason};
use std::collections::BTreeMap;

/// What was read of one thing.
#[derive(Debug)]
pub(super) enum Seen<T> {
    /// It is there.
    There(T),
    /// The service says that it is not.
    Missing(String),
    /// It could not be read.
    Unseen(String),
}

impl<T> Seen<T> {
    pub(super) fn of(read: cmk_core::Result<T>) -> Self {
        match read {
            Ok(value) => Self::There(value),
            // Resource Manager says this of what the credential cannot see, too.
            Err(error) if error.failure().code() == Some("SubscriptionNotFound") => {
                Self::Unseen(error.to_string())
            }
            Err(error @ cmk_core::Error::NotFound(_)) => Self::Missing(error.to_string()),
            Err(error) => Self::Unseen(error.to_string()),
        }
    }

    /// What a directory does not know, if it is not known whose directory it is.
    pub(super) fn in_directory_of(self, tenant: &crate::Result<bool>) -> Self {
        match (self, tenant) {
            (Self::Missing(why), Err(_)) => Self::Unseen(why),
            (seen, _) => seen,
        }
    }

    pub(super) fn there(&self) -> Option<&T> {
        match self {
            Self::There(value) => Some(value),
            Self::Missing(_) | Self::Unseen(_) => None,
        }
    }

    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_))
    }
}

/// What the checks have found so far, and the names for the remedies.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: BTreeMap<CheckId, (Verdict, String)>,
    pub(super) known: Known,
}

impl Findings {
    /// Takes note. A failure outweighs what another look found good, and that outweighs not knowing.
    fn note(&mut self, check: CheckId, verdict: Verdict, evidence: String) {
        let weight = |verdict| match verdict {
            Verdict::Failed => 2,
            Verdict::Ok => 1,
            Verdict::Unknown => 0,
        };
        match self.found.get(&check) {
            Some((known, _)) if weight(*known) >= weight(verdict) => {}
            _ => {
                self.found.insert(check, (verdict, evidence));
            }
        }
    }

    pub(super) fn ok(&mut self, check: CheckId, evidence: impl Into<String>) {
        self.note(check, Verdict::Ok, evidence.into());
    }

    pub(super) fn failed(&mut self, check: CheckId, evidence: impl Into<String>) {
        self.note(check, Verdict::Failed, evidence.into());
    }

    pub(super) fn unknown(&mut self, check: CheckId, evidence: impl Into<String>) {
        self.note(check, Verdict::Unknown, evidence.into());
    }

    /// Failed with the problem's words, if there is one, else ok with `good`.
    pub(super) fn judge(
        &mut self,
        check: CheckId,
        problem: Option<Problem>,
        good: impl Into<String>,
    ) {
        match problem {
            Some((_, detail)) => self.failed(check, detail),
            None => self.ok(check, good),
        }
    }

    /// Whether a thing is there; what rests on it is unknown where it is not.
    pub(super) fn exists<T>(
        &mut self,
        check: CheckId,
        seen: &Seen<T>,
        good: impl Into<String>,
        rest: &[CheckId],
    ) {
        let why = match seen {
            Seen::There(_) => return self.ok(check, good),
            Seen::Missing(evidence) => {
                self.failed(check, evidence);
                format!("rests on {check}, which failed")
            }
            Seen::Unseen(evidence) => {
                self.unknown(check, evidence);
                format!("rests on what could not be read: {evidence}")
            }
        };
        for check in rest {
            self.unknown(*check, why.clone());
        }
    }

    /// Whether the check has failed so far.
    pub(super) fn has_failed(&self, check: CheckId) -> bool {
        matches!(self.found.get(&check), Some((Verdict::Failed, _)))
    }

    /// Every check, those that nobody looked at as unknown.
    pub(super) fn into_verification(mut self, subject: String) -> Verification {
        let checks = CheckId::ALL
            .iter()
            .map(|id| {
                let (verdict, evidence) = self.found.remove(id).unwrap_or_else(|| {
                    (
                        Verdict::Unknown,
                        String::from("cannot be seen with what this verification was given"),
                    )
                });
                Check {
                    id: *id,
                    title: id.title(),
                    verdict,
                    severity: id.severity(),
                    evidence,
                    remedy: (verdict == Verdict::Failed).then(|| remedy(*id, &self.known)),
                    needs: (verdict == Verdict::Unknown).then(|| id.needs()),
                }
            })
            .collect();
        Verification::new(subject, checks)
    }
}

/// The problem with this reason, if it is among them.
pub(super) fn has(problems: &[Problem], reason: Reason) -> Option<Problem> {
    problems.iter().find(|(found, _)| *found == reason).cloned()
}
