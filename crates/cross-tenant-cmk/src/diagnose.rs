//! Diagnosis: from what a service says to the broken link, who must act, and how.

mod read;
mod table;
#[cfg(test)]
mod tests;

use crate::{
    CustomerSide, ProviderSide, Verification, VerifyOptions,
    verify::{Actor, CheckId, Known, Remedy, Verdict, remedy, verify_as_provider, verify_both},
};
use cosmos_cmk::CmkStatus;
use serde::Serialize;
use std::fmt;
use table::{Cause, Entry};

/// What there is to start from.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Symptom<'a> {
    /// What an account says of its key.
    Status(&'a CmkStatus),
    /// A message of a service, an error body, a line of a log, the text of a support ticket.
    Text(&'a str),
    /// An error of one of the clients.
    Error(&'a cmk_core::Error),
}

impl<'a> From<&'a CmkStatus> for Symptom<'a> {
    fn from(status: &'a CmkStatus) -> Self {
        Self::Status(status)
    }
}

impl<'a> From<&'a str> for Symptom<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a cmk_core::Error> for Symptom<'a> {
    fn from(error: &'a cmk_core::Error) -> Self {
        Self::Error(error)
    }
}

/// Whether waiting helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Waiting {
    /// It heals by itself, or a later try succeeds.
    Heals,
    /// It heals by itself if something was made or changed a moment ago, and never otherwise.
    HealsIfRecent,
    /// Somebody must act.
    Never,
}

/// What was recognised in a symptom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Reading {
    /// The number, code or words.
    pub recognised: String,
    /// What it means.
    pub meaning: String,
    /// Whether waiting helps.
    pub waiting: Waiting,
    /// Where the message itself misleads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misleading: Option<&'static str>,
    /// Where it is known from.
    pub source: &'static str,
}

/// Something that can be the cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Suspect {
    /// The check that tells whether it is, if there is one. It is the evidence that tells the causes apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckId>,
    /// Whether it is.
    pub state: SuspectState,
    /// What was seen of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Who must act if it is the cause, and how.
    pub remedy: Remedy,
}

/// Whether a suspect is the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SuspectState {
    /// Nobody has looked, or nobody could see.
    Open,
    /// The link was seen broken.
    Proved,
    /// The link was seen to hold.
    RuledOut,
}

/// What a symptom means, and what can be behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diagnosis {
    /// What was recognised. Empty: the symptom is not known.
    pub readings: Vec<Reading>,
    /// What can be the cause, the proved ones first.
    pub suspects: Vec<Suspect>,
    /// What to collect, where the symptom is not known or nothing is proved.
    pub collect: Vec<&'static str>,
}

/// What helps where a symptom is not known.
const COLLECT: [&str; 4] = [
    "the whole error: HTTP status, error.code, innererror.code, message, and the ActivityId or request id in it",
    "the account's customerManagedKeyStatus, provisioningState and defaultIdentity (az cosmosdb show)",
    "the vault's audit log for the application's client id (AuditEvent of Key Vault), from the customer",
    "the sign-in log of the application's service principal in the customer's tenant",
];

/// Says what a symptom means, who must act, and how. Reads nothing; see [`diagnose_account`] for a live account.
///
/// Numbers count as a whole, so that `AADSTS70021` is not found in `AADSTS700211`. What is not known is said to be so.
///
/// ```
/// use cross_tenant_cmk::{CheckId, Waiting, diagnose};
///
/// let found = diagnose("Database account creation failed. Operation Id: 1, Error : Error contacting the Azure Key Vault \
///     resource. Please try again.");
/// assert_eq!(found.readings[0].waiting, Waiting::Never);
/// assert!(found.readings[0].misleading.is_some());
/// assert_eq!(found.suspects[0].check, Some(CheckId::DefaultIdentity));
///
/// assert!(!diagnose("something else entirely").is_known());
/// ```
#[must_use]
pub fn diagnose<'a>(symptom: impl Into<Symptom<'a>>) -> Diagnosis {
    let entries = read::recognise(symptom.into());
    let mut diagnosis = Diagnosis {
        readings: entries.iter().map(Entry::reading).collect(),
        suspects: Vec::new(),
        collect: Vec::new(),
    };
    for entry in &entries {
        for cause in entry.causes {
            let suspect = entry.suspect(cause);
            if !diagnosis.suspects.contains(&suspect) {
                diagnosis.suspects.push(suspect);
            }
        }
    }
    if diagnosis.readings.is_empty() {
        diagnosis.collect = COLLECT.to_vec();
    }
    diagnosis
}

/// Reads an account, says what its key status means, and looks at the links that can be behind it: with both parties' credentials
/// at all of them, with the provider's at its own.
///
/// Causes come back proved, ruled out or open. A broken link that the status does not speak of is a cause too: an account notices
/// late, and says one thing at a time.
///
/// # Errors
/// The client's error if the account cannot be read; [`diagnose`] says what it means.
pub async fn diagnose_account(
    provider: &ProviderSide<'_>,
    customer: Option<&CustomerSide<'_>>,
    options: Option<VerifyOptions>,
) -> cmk_core::Result<Diagnosis> {
    let accounts = &provider.at.clients().accounts;
    let account = accounts.get_account(provider.account).await?;
    let verification = match customer {
        Some(customer) => verify_both(provider, customer, options).await,
        None => verify_as_provider(provider, options).await,
    };
    let told = match &account.cmk_status {
        Some(CmkStatus::Confirmed) | None => Diagnosis {
            readings: Vec::new(),
            suspects: Vec::new(),
            collect: Vec::new(),
        },
        Some(status) => diagnose(status),
    };
    Ok(told.with_evidence(&verification))
}

impl Diagnosis {
    /// Whether the symptom was recognised.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !self.readings.is_empty()
    }

    /// The causes in this state.
    pub fn suspects_that_are(&self, state: SuspectState) -> impl Iterator<Item = &Suspect> {
        self.suspects
            .iter()
            .filter(move |suspect| suspect.state == state)
    }

    /// Holds the suspects against what a verification saw: proved, ruled out, or still open. Every other broken link is added as
    /// proved.
    #[must_use]
    pub fn with_evidence(mut self, verification: &Verification) -> Self {
        for suspect in &mut self.suspects {
            let Some(check) = suspect.check.and_then(|id| verification.check(id)) else {
                continue;
            };
            suspect.state = match check.verdict {
                Verdict::Ok => SuspectState::RuledOut,
                Verdict::Failed => SuspectState::Proved,
                Verdict::Unknown => SuspectState::Open,
            };
            suspect.evidence = Some(check.evidence.clone());
            if let Some(remedy) = &check.remedy {
                suspect.remedy = remedy.clone();
            }
        }
        for check in verification.with_verdict(Verdict::Failed) {
            let known = self.suspects.iter().any(|one| one.check == Some(check.id));
            if let Some(remedy) = check
                .remedy
                .as_ref()
                .filter(|_| !known && is_link(check.id))
            {
                self.suspects.push(Suspect {
                    check: Some(check.id),
                    state: SuspectState::Proved,
                    evidence: Some(check.evidence.clone()),
                    remedy: remedy.clone(),
                });
            }
        }
        self.suspects.sort_by_key(|suspect| match suspect.state {
            SuspectState::Proved => 0,
            SuspectState::Open => 1,
            SuspectState::RuledOut => 2,
        });
        if self.is_known()
            && self
                .suspects_that_are(SuspectState::Proved)
                .next()
                .is_none()
        {
            self.collect = COLLECT.to_vec();
        }
        self
    }
}

/// The status is what is diagnosed and the proof goes over the links: neither is a cause itself. A key that expires soon has not
/// done any harm yet.
fn is_link(check: CheckId) -> bool {
    !matches!(
        check,
        CheckId::KeyStatus
            | CheckId::KeyExpiry
            | CheckId::ProofToken
            | CheckId::ProofExchange
            | CheckId::ProofRead
            | CheckId::ProofWrap
            | CheckId::ProofUnwrap
    )
}

impl Entry {
    fn reading(&self) -> Reading {
        Reading {
            recognised: self.pattern.to_string(),
            meaning: self.meaning().to_owned(),
            waiting: self.waiting(),
            misleading: self.lie,
            source: self.source(),
        }
    }

    fn suspect(&self, cause: &Cause) -> Suspect {
        let (check, remedy) = match *cause {
            Cause::Link(check) => (Some(check), remedy(check, &Known::default())),
            Cause::By(who) => (
                None,
                without_command(who, self.meaning(), self.healing(who)),
            ),
            Cause::Act(who, action, healing) => (None, without_command(who, action, healing)),
        };
        Suspect {
            check,
            state: SuspectState::Open,
            evidence: None,
            remedy,
        }
    }

    fn healing(&self, who: Actor) -> &'static str {
        match (self.waiting(), who) {
            (Waiting::Heals, _) | (_, Actor::Nobody) => {
                "by itself, usually within minutes; after 2 hours contact Azure support"
            }
            (Waiting::HealsIfRecent, _) => "within 10 minutes of the change, if there was one",
            (Waiting::Never, _) => crate::verify::AT_ONCE,
        }
    }
}

fn without_command(who: Actor, action: &str, healing: &'static str) -> Remedy {
    Remedy::without_command(who, action.to_owned(), healing)
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.readings.as_slice(), self.suspects.as_slice()) {
            ([], []) if self.collect.is_empty() => f.write_str("nothing to diagnose")?,
            ([], []) => f.write_str("not known")?,
            ([], _) => f.write_str("no known symptom, and links that were seen broken")?,
            _ => {}
        }
        for (at, reading) in self.readings.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}: {}", reading.recognised, reading.meaning)?;
            if let Some(lie) = reading.misleading {
                write!(f, "\n  beware: {lie}")?;
            }
            let waiting = match reading.waiting {
                Waiting::Heals => "waiting helps",
                Waiting::HealsIfRecent => {
                    "waiting helps only if something was changed a moment ago"
                }
                Waiting::Never => "waiting does not help",
            };
            write!(f, "\n  {waiting} ({})", reading.source)?;
        }
        for suspect in &self.suspects {
            let state = match suspect.state {
                SuspectState::Open => "open",
                SuspectState::Proved => "proved",
                SuspectState::RuledOut => "ruled out",
            };
            write!(f, "\n- {state}")?;
            if let Some(check) = suspect.check {
                write!(f, ": {check} {}", check.title())?;
            }
            if let Some(evidence) = &suspect.evidence {
                write!(f, "\n  seen: {evidence}")?;
            }
            if suspect.state == SuspectState::RuledOut {
                continue;
            }
            for line in suspect.remedy.to_string().lines() {
                write!(f, "\n  {line}")?;
            }
            if let (SuspectState::Open, Some(check)) = (suspect.state, suspect.check) {
                write!(f, "\n  to know whether this is it: {}", check.needs())?;
            }
        }
        for item in &self.collect {
            write!(f, "\n- collect {item}")?;
        }
        Ok(())
    }
}
