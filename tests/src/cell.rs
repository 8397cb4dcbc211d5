//! One cell of the matrix: a request, a fault that it meets, and where the process ends.

use crate::crash::Crash;
use azure_sim::Effect;
use std::{fmt, time::Duration};

/// One way to break a run. Its name says all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cell {
    /// The number of the request that meets the fault, counted from 0 over all three phases, and the fault.
    pub fault: Option<(usize, Fault)>,
    /// Where the process ends.
    pub crash: Crash,
}

/// A fault of the simulator with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The name.
    pub name: String,
    /// What happens.
    pub effect: Effect,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Some((request, fault)) => write!(f, "request-{request}/{}", fault.name)?,
            None => f.write_str("no-fault")?,
        }
        match self.crash {
            Crash::Never => Ok(()),
            Crash::BeforeRequest(number) => write!(f, "/crash-before-request-{number}"),
            Crash::AfterRequest(number) => write!(f, "/crash-after-request-{number}"),
            Crash::AfterFault => f.write_str("/crash-after-fault"),
            Crash::BeforeEntry(number) => write!(f, "/crash-before-entry-{number}"),
            Crash::AfterEntry(number) => write!(f, "/crash-after-entry-{number}"),
            Crash::AfterPolls(number) => write!(f, "/crash-after-poll-{number}"),
        }
    }
}

/// What a calm run does, and so what there is to break.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extent {
    /// Its requests.
    pub requests: usize,
    /// Its entries in the journal.
    pub entries: usize,
    /// Its polls.
    pub polls: usize,
}

/// Every cell, in order: each request with each fault, alone and with a crash right after it; a crash before and after each
/// request and each entry of the journal; a crash after each poll.
#[must_use]
pub fn cells(extent: &Extent) -> Vec<Cell> {
    let faults = faults();
    let mut cells = Vec::new();
    for request in 0..extent.requests {
        for fault in &faults {
            for crash in [Crash::Never, Crash::AfterFault] {
                cells.push(Cell {
                    fault: Some((request, fault.clone())),
                    crash,
                });
            }
        }
    }
    let alone = |crash| Cell { fault: None, crash };
    for request in 0..extent.requests {
        cells.push(alone(Crash::BeforeRequest(request)));
        cells.push(alone(Crash::AfterRequest(request)));
    }
    for entry in 0..extent.entries {
        cells.push(alone(Crash::BeforeEntry(entry)));
        cells.push(alone(Crash::AfterEntry(entry)));
    }
    for polls in 0..extent.polls {
        cells.push(alone(Crash::AfterPolls(polls)));
    }
    cells
}

/// Every fault that the simulator has, with the statuses that its services answer in passing or for good.
#[must_use]
pub fn faults() -> Vec<Fault> {
    let mut effects = Vec::new();
    let mut next = Some(Effect::ResetBefore);
    while let Some(effect) = next {
        next = after(&effect);
        effects.push(effect);
    }
    effects
        .into_iter()
        .flat_map(|effect| match effect {
            Effect::Status { .. } => STATUSES
                .iter()
                .map(|code| Effect::Status {
                    code: *code,
                    body: (*code == 200).then(|| String::from("{}")),
                    retry_after: None,
                })
                .chain([Effect::Status {
                    code: 429,
                    body: None,
                    retry_after: Some(Duration::from_secs(30)),
                }])
                .collect(),
            other => vec![other],
        })
        .map(|effect| Fault {
            name: name(&effect),
            effect,
        })
        .collect()
}

/// What services answer in passing, what they answer for good, and a success that says nothing.
const STATUSES: [u16; 11] = [200, 400, 403, 404, 408, 409, 412, 500, 502, 503, 504];

fn name(effect: &Effect) -> String {
    let name = effect.to_string().replace(' ', "-");
    match effect {
        Effect::Status {
            retry_after: Some(after),
            ..
        } => format!("{name}-retry-after-{}", after.as_secs()),
        _ => name,
    }
}

/// The effects one after the other: one that the simulator gets does not compile here until it has its place.
fn after(effect: &Effect) -> Option<Effect> {
    let error = || {
        (
            String::from("InternalServerError"),
            String::from("it failed"),
        )
    };
    Some(match effect {
        Effect::ResetBefore => Effect::ResetAfter,
        Effect::ResetAfter => Effect::Silence,
        Effect::Silence => Effect::Status {
            code: 500,
            body: None,
            retry_after: None,
        },
        Effect::Status { .. } => Effect::StatusAfter {
            code: 504,
            body: None,
            retry_after: None,
        },
        Effect::StatusAfter { .. } => Effect::TruncatedBody,
        Effect::TruncatedBody => Effect::MalformedBody,
        Effect::MalformedBody => Effect::WrongContentType,
        Effect::WrongContentType => {
            let (code, message) = error();
            Effect::OperationFails { code, message }
        }
        Effect::OperationFails { .. } => {
            let (code, message) = error();
            Effect::OperationCanceled { code, message }
        }
        Effect::OperationCanceled { .. } => Effect::ExpiredToken,
        Effect::ExpiredToken => Effect::ClaimsChallenge,
        Effect::ClaimsChallenge => return None,
    })
}
