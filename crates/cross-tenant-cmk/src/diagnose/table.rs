//! The table of what services say: each row with its meaning, its possible causes and its source.

mod cosmos;
mod status;
mod token;
mod vault;

use super::Waiting;
use crate::verify::{Actor, CheckId};
use cmk_core::{Hint, Rule, ServiceError};
use entra_graph::TOKEN_RULES;
use std::fmt;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    /// A number of the key status or of the data plane's substatus.
    Status(u16),
    /// Revoked, and no number that is known.
    NoReason,
    /// A number of the token service, as a whole.
    Aadsts(&'static str),
    /// An error code, as a whole word.
    Code(&'static str),
    /// Words of a message, without regard to case.
    Text(&'static str),
    /// An error code together with words.
    CodeWith(&'static str, &'static str),
    /// Status 403 to an operation of a key, by our name of it and by the service's.
    Refused(&'static str, &'static str),
}

impl Pattern {
    pub(super) const fn text(&self) -> Option<&'static str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => write!(f, "{}", cosmos_cmk::RevocationCause::from_code(*code)),
            Self::NoReason => f.write_str("revoked without a known number"),
            Self::Aadsts(number) => write!(f, "AADSTS{number}"),
            Self::Code(code) => f.write_str(code),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::CodeWith(code, text) => write!(f, "{code} with {text:?}"),
            Self::Refused(_, operation) => write!(f, "{operation} refused with 403"),
        }
    }
}

/// What can be behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// This link of the chain is broken: the check has the remedy.
    Link(CheckId),
    /// This party does what the row's meaning says.
    By(Actor),
    /// This party does this, and so long it takes.
    Act(Actor, &'static str, &'static str),
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) pattern: Pattern,
    /// Empty for numbers of the token service, whose meaning stands in its own table.
    meaning: &'static str,
    waiting: Waiting,
    pub(super) causes: &'static [Cause],
    /// Where the message misleads.
    pub(super) lie: Option<&'static str>,
    /// Whether it only wraps a reason that stands inside.
    pub(super) wraps: bool,
    source: &'static str,
}

impl Entry {
    const fn new(
        pattern: Pattern,
        meaning: &'static str,
        waiting: Waiting,
        causes: &'static [Cause],
        source: &'static str,
    ) -> Self {
        Self {
            pattern,
            meaning,
            waiting,
            causes,
            lie: None,
            wraps: false,
            source,
        }
    }

    const fn lies(mut self, lie: &'static str) -> Self {
        self.lie = Some(lie);
        self
    }

    const fn wraps(mut self) -> Self {
        self.wraps = true;
        self
    }

    pub(super) fn meaning(&self) -> &'static str {
        self.rule().and_then(Rule::advice).unwrap_or(self.meaning)
    }

    pub(super) fn source(&self) -> &'static str {
        self.rule().map_or(self.source, Rule::known_from)
    }

    pub(super) fn waiting(&self) -> Waiting {
        match self.rule().map(Rule::hint) {
            None => self.waiting,
            Some(Hint::Propagation) => Waiting::HealsIfRecent,
            Some(Hint::Transient { .. } | Hint::Busy) => Waiting::Heals,
            Some(_) => Waiting::Never,
        }
    }

    /// What the token service's own table says of a number, so that it stands once.
    fn rule(&self) -> Option<&'static Rule> {
        let Pattern::Aadsts(number) = self.pattern else {
            return None;
        };
        let error = ServiceError::new(format!("AADSTS{number}"), "");
        Rule::first_match(&[TOKEN_RULES], "get_token", None, &error)
    }
}

/// Every row: what names a reason by a number or a code before what only describes it.
pub(super) fn entries() -> impl Iterator<Item = Entry> {
    token::entries()
        .chain(vault::ENTRIES.iter().copied())
        .chain(cosmos::ENTRIES.iter().copied())
        .chain(status::ENTRIES.iter().copied())
}
