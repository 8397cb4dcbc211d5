//! The one place that waits: on tokio's clock, so that a paused clock runs minutes in no time.

use std::time::Duration;

#[expect(
    clippy::disallowed_methods,
    reason = "every wait of the workspace ends here"
)]
pub(crate) async fn sleep(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}
