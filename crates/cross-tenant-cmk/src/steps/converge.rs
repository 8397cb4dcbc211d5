//! Writes that end in one thing however often they are tried: look after an unclear outcome, before anything else.

use crate::run::Waits;
use cmk_core::{
    Error, Result,
    settle::{SettleOptions, write_when_accepted},
};
use std::future::Future;

/// How often a write is sent whose answers get lost. Each is followed by a look.
const TRIES: u32 = 3;

/// What became of a write.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written<T> {
    /// The service said so.
    Confirmed(T),
    /// The answer was lost, and the thing was found afterwards.
    FoundAfterwards(T),
}

impl<T> Written<T> {
    pub(crate) fn into_inner(self) -> T {
        match self {
            Self::Confirmed(value) | Self::FoundAfterwards(value) => value,
        }
    }
}

/// Writes what `find` did not see. A refusal for the time being (spreading, locks, throttling) is waited out; after an
/// unknown outcome `find` is asked, and the write is sent again only where it sees nothing for a while.
///
/// The write must be harmless where an earlier one arrived after all: an upsert by a name of ours.
pub(crate) async fn write<T, F, FindFut, W, WriteFut>(
    operation: &'static str,
    target: &str,
    waits: &Waits,
    find: F,
    write: W,
) -> Result<Written<T>>
where
    F: Fn() -> FindFut + Send,
    FindFut: Future<Output = Result<Option<T>>> + Send,
    W: Fn() -> WriteFut + Send,
    WriteFut: Future<Output = Result<T>> + Send,
    T: Send,
{
    let mut tries = 1;
    loop {
        match write_when_accepted(operation, target, &waits.propagation, &write).await {
            Err(unclear @ Error::OutcomeUnknown(_)) => {
                if let Some(found) = look(operation, target, waits, &find).await? {
                    return Ok(Written::FoundAfterwards(found));
                }
                if tries == TRIES {
                    return Err(unclear);
                }
                tries += 1;
            }
            other => return other.map(Written::Confirmed),
        }
    }
}

/// Looks for a short while: an answer can be lost before its effect can be seen.
async fn look<T, F, Fut>(
    operation: &'static str,
    target: &str,
    waits: &Waits,
    find: &F,
) -> Result<Option<T>>
where
    F: Fn() -> Fut + Send,
    Fut: Future<Output = Result<Option<T>>> + Send,
    T: Send,
{
    use cmk_core::settle::{Probe, settle};

    let options = SettleOptions {
        deadline: waits.propagation.deadline.min(LOOK),
        ..waits.propagation.clone()
    };
    let seen = settle(operation, target, &options, || {
        let found = find();
        async {
            Ok(match found.await? {
                Some(value) => Probe::Ready(value),
                None => Probe::NotYet(String::from("nothing there after an unknown outcome")),
            })
        }
    })
    .await;
    match seen {
        Ok(value) => Ok(Some(value)),
        Err(Error::TimedOut(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// How long after a lost answer its effect is looked for.
const LOOK: std::time::Duration = std::time::Duration::from_secs(30);

/// A read of something that may not be there.
pub(crate) fn found<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
