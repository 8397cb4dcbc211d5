//! One loop for what is not there yet: eventual consistency and contention, each with a budget of its own.

use crate::{
    Error, Failure, Hint, Kind, Result, clock,
    waiting::{Wait, WaitObserver},
};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::time::Instant;

/// How long something is waited for. One budget per cause; raise it where a tenant is slow.
#[derive(Debug, Clone)]
pub struct SettleOptions {
    /// After this much time the wait ends with [`Error::TimedOut`]. Default 10 minutes, what Azure names for role assignments.
    pub deadline: Duration,
    /// The pause after the first look, doubled each time. Default 1 s.
    pub first_delay: Duration,
    /// The longest pause between two looks. Default 16 s.
    pub max_delay: Duration,
    /// Who is told before each pause what is waited for, and until when.
    pub observer: Option<Arc<dyn WaitObserver>>,
}

impl Default for SettleOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(600),
            first_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(16),
            observer: None,
        }
    }
}

/// What a look found.
#[derive(Debug)]
#[non_exhaustive]
pub enum Probe<T> {
    /// It is there.
    Ready(T),
    /// Not yet, and why one thinks so.
    NotYet(String),
}

/// Looks until something can be seen. The probe reads, or repeats a write that a refusal leaves undone; an error of it whose hint is [`Hint::Propagation`],
/// [`Hint::Busy`] or [`Hint::Transient`] means *not yet*, every other one ends the wait.
///
/// # Errors
/// [`Error::TimedOut`] with the last reason; the probe's error.
pub async fn settle<T, F, Fut>(
    operation: &'static str,
    target: &str,
    options: &SettleOptions,
    mut probe: F,
) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Probe<T>>>,
{
    let start = Instant::now();
    let mut pause = options.first_delay.min(options.max_delay);
    loop {
        let (reason, asked, last) = match probe().await {
            Ok(Probe::Ready(value)) => return Ok(value),
            Ok(Probe::NotYet(reason)) => (reason, None, None),
            Err(error) => match error.hint() {
                Some(Hint::Propagation | Hint::Busy) => (reason_of(&error), None, Some(error)),
                Some(Hint::Transient { after }) => (reason_of(&error), after, Some(error)),
                _ => return Err(error),
            },
        };
        let left = options.deadline.saturating_sub(start.elapsed());
        // A pause of our own is cut, for one more look at the deadline; earlier than the service asks is refused.
        let wait = pause.min(left).max(asked.unwrap_or_default());
        if left.is_zero() || wait > left {
            return Err(timed_out(operation, target, start.elapsed(), &reason, last));
        }
        tracing::debug!(
            operation,
            target,
            reason,
            pause_ms = wait.as_millis(),
            "not there yet"
        );
        if let Some(observer) = &options.observer {
            observer.waiting(&Wait {
                operation: operation.to_owned(),
                target: target.to_owned(),
                reason,
                pause: wait,
                left,
            });
        }
        clock::sleep(wait).await;
        pause = pause.saturating_mul(2).min(options.max_delay);
    }
}

/// Repeats a write that is refused for the time being: what it needs has not spread ([`Hint::Propagation`]), another write
/// holds the lock ([`Hint::Busy`]), or the service asks for patience ([`Hint::Transient`]). A write whose outcome is
/// unknown is never repeated: the caller reads first.
///
/// # Errors
/// [`Error::TimedOut`] with the last refusal; the write's error.
pub async fn write_when_accepted<T, F, Fut>(
    operation: &'static str,
    target: &str,
    options: &SettleOptions,
    mut write: F,
) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    settle(operation, target, options, || {
        let attempt = write();
        async {
            match attempt.await {
                Ok(value) => Ok(Probe::Ready(value)),
                Err(error) => Err(error),
            }
        }
    })
    .await
}

/// Waits for `duration` on tokio's clock, for pauses that no probe can shorten.
pub async fn pause(duration: Duration) {
    clock::sleep(duration).await;
}

fn reason_of(error: &Error) -> String {
    match error.failure().message() {
        Some(message) => format!("{error} ({})", message.lines().next().unwrap_or_default()),
        None => error.to_string(),
    }
}

fn timed_out(
    operation: &'static str,
    target: &str,
    waited: Duration,
    reason: &str,
    last: Option<Error>,
) -> Error {
    let help = last.as_ref().and_then(Error::help).map(str::to_owned);
    let mut builder = Failure::builder(operation)
        .target(target)
        .message(format!("waited {} s; last: {reason}", waited.as_secs()));
    if let Some(help) = help {
        builder = builder.help(help);
    }
    if let Some(last) = last {
        builder = builder.source(last);
    }
    builder.build(Kind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::{Probe, SettleOptions, settle, write_when_accepted};
    use crate::{Error, Failure, Hint, Kind, Wait, WaitObserver};
    use std::{
        cell::Cell,
        sync::{Arc, Mutex},
        time::Duration,
    };
    use tokio::time::Instant;

    fn refused(hint: Hint) -> Error {
        Failure::builder("assign")
            .message("Principal x does not exist")
            .hint(hint)
            .build(Kind::InvalidRequest)
    }

    #[tokio::test(start_paused = true)]
    async fn what_spreads_is_waited_for_with_growing_pauses() {
        let start = Instant::now();
        let looks = Cell::new(0);
        let found = settle("find", "x", &SettleOptions::default(), || {
            looks.set(looks.get() + 1);
            let n = looks.get();
            async move {
                if n < 5 {
                    Err(refused(Hint::Propagation))
                } else {
                    Ok(Probe::Ready(n))
                }
            }
        })
        .await;
        assert_eq!(found.unwrap(), 5);
        assert_eq!(start.elapsed(), Duration::from_secs(1 + 2 + 4 + 8));
    }

    #[derive(Debug, Default)]
    struct Seen(Mutex<Vec<Wait>>);

    impl WaitObserver for Seen {
        fn waiting(&self, wait: &Wait) {
            self.0.lock().unwrap().push(wait.clone());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_pause_says_what_is_waited_for_and_until_when() {
        let seen = Arc::new(Seen::default());
        let options = SettleOptions {
            deadline: Duration::from_secs(5),
            observer: Some(Arc::<Seen>::clone(&seen)),
            ..SettleOptions::default()
        };
        let looks = Cell::new(0);
        settle("find", "role r", &options, || {
            looks.set(looks.get() + 1);
            let there = looks.get() == 4;
            async move {
                Ok(if there {
                    Probe::Ready(())
                } else {
                    Probe::NotYet("no role yet".to_owned())
                })
            }
        })
        .await
        .unwrap();
        let seen = seen.0.lock().unwrap();
        let times: Vec<(u64, u64)> = seen
            .iter()
            .map(|wait| (wait.pause.as_secs(), wait.left.as_secs()))
            .collect();
        assert_eq!(times, [(1, 5), (2, 4), (2, 2)]);
        assert_eq!(
            seen[0].to_string(),
            "find role r: no role yet; next look in 1 s, until 5 s from now"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_permanent_refusal_ends_the_wait_at_once() {
        let start = Instant::now();
        let error =
            write_when_accepted::<(), _, _>("assign", "x", &SettleOptions::default(), || async {
                Err(refused(Hint::Permanent))
            })
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_outcome_is_not_written_again() {
        let writes = Cell::new(0);
        let error =
            write_when_accepted::<(), _, _>("assign", "x", &SettleOptions::default(), || {
                writes.set(writes.get() + 1);
                async { Err(Failure::builder("assign").build(Kind::OutcomeUnknown)) }
            })
            .await
            .unwrap_err();
        assert_eq!((error.kind(), writes.get()), (Kind::OutcomeUnknown, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_timeout_carries_the_last_reason() {
        let options = SettleOptions {
            deadline: Duration::from_secs(60),
            ..SettleOptions::default()
        };
        let start = Instant::now();
        let error = settle::<(), _, _>("find", "role r", &options, || async {
            Ok(Probe::NotYet("no role yet".to_owned()))
        })
        .await
        .unwrap_err();
        assert_eq!(error.kind(), Kind::TimedOut);
        assert!(error.to_string().contains("last: no role yet"), "{error}");
        assert_eq!(start.elapsed(), Duration::from_secs(60));
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_look_is_at_the_deadline() {
        let options = SettleOptions {
            deadline: Duration::from_secs(10),
            ..SettleOptions::default()
        };
        let start = Instant::now();
        let found = settle("find", "role r", &options, || async {
            Ok(if start.elapsed() < options.deadline {
                Probe::NotYet("no role yet".to_owned())
            } else {
                Probe::Ready(())
            })
        })
        .await;
        assert_eq!(found.unwrap(), ());
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_service_asks_beyond_the_deadline_ends_the_wait_at_once() {
        let start = Instant::now();
        for after in [Duration::from_secs(601), Duration::MAX] {
            let hint = Hint::Transient { after: Some(after) };
            let error = write_when_accepted::<(), _, _>(
                "assign",
                "x",
                &SettleOptions::default(),
                || async { Err(refused(hint)) },
            )
            .await
            .unwrap_err();
            assert_eq!(error.kind(), Kind::TimedOut);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
