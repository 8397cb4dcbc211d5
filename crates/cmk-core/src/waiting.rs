//! Telling somebody what is being waited for, and until when.

use std::{fmt, time::Duration};

/// One pause of a wait. Times count from the moment of the telling.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// The client's method that is called again after the pause.
    pub operation: String,
    /// What it works on.
    pub target: String,
    /// Why it is not done yet.
    pub reason: String,
    /// How long the pause is.
    pub pause: Duration,
    /// After how much time the wait is given up.
    pub left: Duration,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}; next look in {} s, until {} s from now",
            self.operation,
            self.target,
            self.reason,
            self.pause.as_secs(),
            self.left.as_secs()
        )
    }
}

/// Somebody who wants to know of waits. Called from within the wait: it must not block.
pub trait WaitObserver: fmt::Debug + Send + Sync {
    /// Takes note of a pause that begins.
    fn waiting(&self, wait: &Wait);
}

const _: fn(&dyn WaitObserver) = |_| ();
