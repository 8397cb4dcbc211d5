//! The wait for a long-running operation: with a deadline, at the pace that the service names.

use super::{OperationHandle, OperationsApi, Progress};
use crate::{
    Error, Failure, Hint, Kind, Result, clock,
    waiting::{Wait, WaitObserver},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

/// How long an operation is waited for, and how often it is asked after.
#[derive(Debug, Clone)]
pub struct WaitOptions {
    /// After this much time the wait ends with [`Error::TimedOut`]; the operation goes on. Default one hour.
    pub deadline: Duration,
    /// The pause between two polls where the service names none. Default 10 s.
    pub interval: Duration,
    /// The longest pause between two polls that were answered, whatever the service names. Default 60 s.
    pub max_interval: Duration,
    /// Who is told before each pause where the operation is, and until when it is waited for.
    pub observer: Option<Arc<dyn WaitObserver>>,
}

impl Default for WaitOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(3_600),
            interval: Duration::from_secs(10),
            max_interval: Duration::from_secs(60),
            observer: None,
        }
    }
}

/// What a poll gets at least, however near the deadline is: an answer that is on its way is worth having.
const SHORTEST_POLL: Duration = Duration::from_secs(30);

/// How often in a row a `Retry-After: 0` is taken at its word: a service that says so for ever is not asked in a hot loop.
const MAX_ZEROES: u32 = 20;

/// Waits until the operation has ended well. A poll that fails in passing is repeated; one that is refused to this identity,
/// or answered with what tells nothing, is made up for by reading the resource itself.
///
/// # Errors
/// [`Error::OperationFailed`] with the service's own error; [`Error::TimedOut`] after the deadline; any error of a poll
/// that time does not cure.
pub async fn wait_until_done(
    api: &dyn OperationsApi,
    handle: &OperationHandle,
    options: &WaitOptions,
) -> Result<()> {
    let start = Instant::now();
    let mut handle = handle.clone();
    let mut zeroes = 0_u32;
    let mut last = String::from("unanswered");
    loop {
        let left = options.deadline.saturating_sub(start.elapsed());
        let Ok(progress) = timeout(left.max(SHORTEST_POLL), ask(api, &handle)).await else {
            return Err(timed_out(&handle, &last, start.elapsed()));
        };
        // How long to pause, and how much of it the service insists on.
        let (pause, asked) = match progress {
            Ok(Progress::Done) => return Ok(()),
            Ok(Progress::Running {
                status,
                retry_after,
                next,
            }) => {
                last = status;
                handle = next;
                zeroes = match retry_after {
                    Some(Duration::ZERO) => zeroes.saturating_add(1),
                    _ => 0,
                };
                let pause = retry_after
                    .filter(|_| zeroes <= MAX_ZEROES)
                    .unwrap_or(options.interval)
                    .min(options.max_interval);
                (pause, Duration::ZERO)
            }
            Err(error) if passes(&error) => {
                last = error.to_string();
                match error.hint() {
                    // Earlier than asked is refused, and starts the service's wait anew.
                    Some(Hint::Transient { after: Some(after) }) if !after.is_zero() => {
                        (after, after)
                    }
                    _ => (options.interval, Duration::ZERO),
                }
            }
            Err(error) => return Err(error),
        };
        let left = options.deadline.saturating_sub(start.elapsed());
        // Cut, for one more poll at the deadline.
        let pause = pause.min(left).max(asked);
        if left.is_zero() || pause > left {
            return Err(timed_out(&handle, &last, start.elapsed()));
        }
        tracing::debug!(
            operation = handle.operation,
            status = last,
            pause_s = pause.as_secs(),
            "operation still running"
        );
        if let Some(observer) = &options.observer {
            observer.waiting(&Wait {
                operation: handle.operation.clone(),
                target: handle.resource.clone(),
                reason: format!("the operation is {last}"),
                pause,
                left,
            });
        }
        clock::sleep(pause).await;
    }
}

/// Asks where the operation is: the operation, or the resource if the operation does not say.
async fn ask(api: &dyn OperationsApi, handle: &OperationHandle) -> Result<Progress> {
    match api.poll_operation(handle).await {
        Err(error) if tells_nothing(&error) => api.read_provisioning_state(handle).await,
        other => other,
    }
}

/// A poll that was answered, with what says nothing of the operation and will not the next time: refused, or unreadable
/// ([contract](https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/Addendum.md): an error of the status
/// URL is one of reading the status).
fn tells_nothing(error: &Error) -> bool {
    match error {
        Error::Forbidden(_) | Error::NotFound(_) => true,
        Error::OperationFailed(_) | Error::Unauthenticated(_) => false,
        _ => error.failure().status().is_some() && !passes(error),
    }
}

/// A poll that failed, and is worth repeating. An operation that ended badly has ended, whatever the hint says of doing it again.
fn passes(error: &Error) -> bool {
    !matches!(error, Error::OperationFailed(_))
        && matches!(
            error.hint(),
            Some(Hint::Transient { .. } | Hint::Busy | Hint::Propagation)
        )
}

fn timed_out(handle: &OperationHandle, last: &str, waited: Duration) -> Error {
    Failure::builder(handle.operation.clone())
        .target(handle.resource.clone())
        .message(format!("still {last} after {} s", waited.as_secs()))
        .help("the operation goes on: keep its handle and wait again, or read the resource later")
        .build(Kind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::passes;
    use crate::{Failure, Hint, Kind};

    #[test]
    fn a_failed_poll_may_pass_and_a_failed_operation_does_not() {
        for hint in [
            Hint::Busy,
            Hint::Propagation,
            Hint::Transient { after: None },
        ] {
            let failed = |kind| Failure::builder("poll_operation").hint(hint).build(kind);
            assert!(passes(&failed(Kind::Other)));
            assert!(!passes(&failed(Kind::OperationFailed)));
        }
    }
}
