//! Transport retries of requests that are safe to repeat: few, bounded, seedable, and told to whoever listens.

use crate::{clock, send::forward};
use azure_core::{
    http::{
        AsyncRawResponse, Context, Request, StatusCode,
        headers::{HeaderName, RETRY_AFTER, RETRY_AFTER_MS, X_MS_RETRY_AFTER_MS},
        policies::{Policy, PolicyResult, RetryHeaders, RetryPolicy},
    },
    time,
};
use std::{
    cell::Cell,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How a read is tried again when the transport fails or the service answers 408, 429 or 5xx.
///
/// Clients use it where their `ClientOptions` hold azure_core's default; a setting of the caller's own wins. Requests
/// that create or change something, and whose refusal the table of rules must judge, are never repeated by it.
///
/// ```
/// use azure_core::http::{ClientOptions, RetryOptions};
/// use cmk_core::{ReadRetry, ReadRetryOptions};
/// use std::sync::Arc;
///
/// let patient = ReadRetry::new(ReadRetryOptions { max_retries: 6, ..Default::default() });
/// let options = ClientOptions { retry: RetryOptions::custom(Arc::new(patient)), ..Default::default() };
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
pub struct ReadRetry {
    options: ReadRetryOptions,
    headers: RetryHeaders,
    draws: Arc<AtomicU64>,
}

/// Settings of a [`ReadRetry`].
#[derive(Debug, Clone)]
pub struct ReadRetryOptions {
    /// How many times a request is sent again. Default 3.
    pub max_retries: u32,
    /// The wait before the first repetition, doubled for each further one. Default 800 ms.
    pub first_delay: Duration,
    /// The longest wait of our own. Default 10 s.
    pub max_delay: Duration,
    /// The longest `Retry-After` that is waited for. An answer that asks for more is handed back as an error, whose
    /// [`Hint::Transient`](crate::Hint::Transient) says how much: the service refuses what comes earlier. Default 60 s.
    pub max_retry_after: Duration,
    /// Where the jitter (up to a quarter of each wait) starts, so that a run can be repeated. Default 1.
    pub jitter_seed: u64,
}

impl Default for ReadRetryOptions {
    fn default() -> Self {
        Self {
            max_retries: 3,
            first_delay: Duration::from_millis(800),
            max_delay: Duration::from_secs(10),
            max_retry_after: Duration::from_secs(60),
            jitter_seed: 1,
        }
    }
}

impl Default for ReadRetry {
    fn default() -> Self {
        Self::new(ReadRetryOptions::default())
    }
}

const RETRIED: [StatusCode; 6] = [
    StatusCode::RequestTimeout,
    StatusCode::TooManyRequests,
    StatusCode::InternalServerError,
    StatusCode::BadGateway,
    StatusCode::ServiceUnavailable,
    StatusCode::GatewayTimeout,
];

/// What is sent again where the answer asks for more patience than we have: nothing that a service answers. (azure_core takes
/// an empty list for its own.)
const NONE: [StatusCode; 1] = [StatusCode::Continue];

tokio::task_local! {
    /// How long the last answer to the request under way asks to wait.
    static ASKED: Cell<Option<Duration>>;
}

/// Sends a request so that [`NoteRetryAfter`] and [`ReadRetry`] can speak of its answers: azure_core tells a retry policy how long
/// an answer asks to wait only after it was decided that the request is sent again.
pub(crate) fn noting<F: Future>(sending: F) -> impl Future<Output = F::Output> {
    ASKED.scope(Cell::new(None), sending)
}

/// Notes how long an answer asks to wait. Stands right below the retry.
#[derive(Debug)]
pub(crate) struct NoteRetryAfter;

#[expect(
    elided_lifetimes_in_paths,
    reason = "azure_core's trait elides it, and async_trait needs the same form"
)]
#[async_trait::async_trait]
impl Policy for NoteRetryAfter {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let sent = forward(ctx, request, next).await;
        let asked = sent.as_ref().ok().and_then(asked_by);
        // Outside of a request of ours nobody asks.
        let _ = ASKED.try_with(|cell| cell.set(asked));
        sent
    }
}

/// As azure_core reads it: of these two statuses, the finest header first.
fn asked_by(answer: &AsyncRawResponse) -> Option<Duration> {
    if !matches!(
        answer.status(),
        StatusCode::TooManyRequests | StatusCode::ServiceUnavailable
    ) {
        return None;
    }
    RETRY_HEADERS.iter().find_map(|wanted| {
        let (_, value) = answer.headers().iter().find(|(name, _)| *name == wanted)?;
        let number = value.as_str().trim().parse().ok()?;
        Some(if *wanted == RETRY_AFTER {
            Duration::from_secs(number)
        } else {
            Duration::from_millis(number)
        })
    })
}

const RETRY_HEADERS: [HeaderName; 3] = [RETRY_AFTER_MS, X_MS_RETRY_AFTER_MS, RETRY_AFTER];

impl ReadRetry {
    /// A policy with these settings.
    #[must_use]
    pub fn new(options: ReadRetryOptions) -> Self {
        Self {
            options,
            headers: RetryHeaders {
                retry_headers: RETRY_HEADERS.to_vec(),
            },
            draws: Arc::new(AtomicU64::new(0)),
        }
    }

    /// The wait before repetition `count` (1 for the first).
    fn back_off(&self, count: u32) -> Duration {
        let doubled = self
            .options
            .first_delay
            .saturating_mul(2_u32.saturating_pow(count.saturating_sub(1)));
        let wait = doubled.min(self.options.max_delay);
        wait + wait.mul_f64(self.draw() / 4.0)
    }

    /// A number from 0 to 1, the same sequence for the same seed (splitmix64).
    fn draw(&self) -> f64 {
        let count = self.draws.fetch_add(1, Ordering::Relaxed);
        let mut z = self
            .options
            .jitter_seed
            .wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or_default()) / f64::from(u32::MAX)
    }
}

#[async_trait::async_trait]
impl RetryPolicy for ReadRetry {
    // Bounded by attempts: azure_core hands in elapsed time by the wall clock, which a paused clock does not move.
    fn is_expired(&self, _since_start: time::Duration, retry_count: u32) -> bool {
        retry_count >= self.options.max_retries
    }

    fn retry_headers(&self) -> Option<&RetryHeaders> {
        Some(&self.headers)
    }

    fn retry_status_codes(&self) -> &[StatusCode] {
        let asked = ASKED.try_with(Cell::get).ok().flatten();
        match asked {
            Some(asked) if asked > self.options.max_retry_after => &NONE,
            _ => &RETRIED,
        }
    }

    fn sleep_duration(&self, retry_count: u32) -> time::Duration {
        self.back_off(retry_count)
            .try_into()
            .unwrap_or(time::Duration::ZERO)
    }

    async fn wait(&self, retry_count: u32, retry_after: Option<time::Duration>) {
        let asked = retry_after.and_then(|after| Duration::try_from(after).ok());
        // Earlier than asked is refused and starts the wait anew, so the service's figure is the floor.
        let wait = self.back_off(retry_count).max(asked.unwrap_or_default());
        tracing::debug!(
            attempt = retry_count,
            wait_ms = wait.as_millis(),
            "transport retry"
        );
        clock::sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{ReadRetry, ReadRetryOptions};

    #[test]
    fn the_same_seed_waits_the_same() {
        let waits = |seed| {
            let retry = ReadRetry::new(ReadRetryOptions {
                jitter_seed: seed,
                ..ReadRetryOptions::default()
            });
            (1..6)
                .map(|count| retry.back_off(count))
                .collect::<Vec<_>>()
        };
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn the_back_off_doubles_up_to_its_bound() {
        let retry = ReadRetry::default();
        for (count, base) in [(1, 800), (2, 1_600), (3, 3_200), (30, 10_000)] {
            let wait = retry.back_off(count).as_millis();
            assert!((base..=base * 5 / 4).contains(&wait), "{count}: {wait}");
        }
    }
}
