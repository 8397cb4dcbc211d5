//! Writes that end in one thing however often they are tried: look after an unclear outcome, before anything else.

use crate::run::Waits;
use cmk_core::{
    Error, Result,
    settle::{Probe, SettleOptions, settle, write_when_accepted},
};
use std::future::Future;

/// How often a write is sent whose answers get lost. Each is followed by a look.
const TRIES: u32 = 3;

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
) -> Result<T>
where
    F: Fn() -> FindFut + Send + Sync,
    FindFut: Future<Output = Result<Option<T>>> + Send,
    W: Fn() -> WriteFut + Send + Sync,
    WriteFut: Future<Output = Result<T>> + Send,
    T: Send,
{
    let mut tries = 1;
    loop {
        match write_when_accepted(operation, target, &waits.propagation, &write).await {
            Err(unclear @ Error::OutcomeUnknown(_)) => {
                if let Some(found) = look(operation, target, waits, &find).await? {
                    return Ok(found);
                }
                if tries == TRIES {
                    return Err(unclear);
                }
                tries += 1;
            }
            other => return other,
        }
    }
}

/// Looks for a short while before it believes that something is not there: an answer can be lost before its effect can be
/// seen, and a replica can be behind.
pub(crate) async fn look<T, F, Fut>(
    operation: &'static str,
    target: &str,
    waits: &Waits,
    find: &F,
) -> Result<Option<T>>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<Option<T>>> + Send,
    T: Send,
{
    let options = SettleOptions {
        deadline: waits.propagation.deadline.min(LOOK),
        ..waits.propagation.clone()
    };
    let seen = settle(operation, target, &options, || {
        let found = find();
        async {
            Ok(match found.await? {
                Some(value) => Probe::Ready(value),
                None => Probe::NotYet(String::from("it cannot be seen")),
            })
        }
    })
    .await;
    match seen {
        Ok(value) => Ok(Some(value)),
        // A source is the error of the last look, which says nothing of whether it is there.
        Err(error @ Error::TimedOut(_)) if std::error::Error::source(&error).is_none() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Waits until what was just made, or is known to be there, can be seen, and returns it as seen.
pub(crate) async fn settle_until_seen<T, F, Fut>(
    operation: &'static str,
    target: &str,
    waits: &Waits,
    find: F,
) -> Result<T>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<Option<T>>> + Send,
    T: Send,
{
    settle(operation, target, &waits.propagation, || {
        let found = find();
        async {
            Ok(match found.await? {
                Some(value) => Probe::Ready(value),
                None => Probe::NotYet(String::from("it cannot be seen yet")),
            })
        }
    })
    .await
}

/// How long is looked: the longest lag of the directory that is reported is a minute.
const LOOK: std::time::Duration = std::time::Duration::from_secs(60);

/// A read of something that may not be there.
pub(crate) fn found<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
