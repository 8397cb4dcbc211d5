//! The simulator's time: what it has reached at the start, and the wall clock since then, scaled.

use crate::Sim;
use std::{
    io,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

#[derive(Debug)]
pub(super) struct Clock {
    offset: Mutex<Duration>,
    since: Instant,
    scale: f64,
}

/// Faster than that, a day passes while a request is under way.
const FASTEST: f64 = 1_000_000.0;

impl Clock {
    pub(super) fn start(sim: &Sim, scale: f64) -> io::Result<Self> {
        if !(scale > 0.0 && scale <= FASTEST) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the time scale must lie between 0 and {FASTEST}, got {scale}"),
            ));
        }
        Ok(Self {
            offset: Mutex::new(sim.glance().now),
            since: Instant::now(),
            scale,
        })
    }

    pub(super) fn now(&self) -> Duration {
        let offset = *self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        offset.saturating_add(self.since.elapsed().mul_f64(self.scale))
    }

    /// Lets time of the simulator pass at once.
    pub(super) fn skip(&self, time: Duration) {
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        *offset = offset.saturating_add(time);
    }

    /// Seconds of the simulator as whole seconds of the wall clock, at least one.
    pub(super) fn real_seconds(&self, simulated: u64) -> u64 {
        let real = Duration::from_secs(simulated).as_secs_f64() / self.scale;
        let real = Duration::try_from_secs_f64(real.ceil()).unwrap_or(Duration::MAX);
        real.as_secs().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use crate::{Sim, SimOptions};

    #[test]
    fn a_scaled_wait_is_never_nothing() {
        let sim = Sim::new(SimOptions::default());
        let clock = Clock::start(&sim, 60.0).unwrap();
        assert_eq!(clock.real_seconds(15), 1);
        assert_eq!(clock.real_seconds(150), 3);
        let slow = Clock::start(&sim, 0.5).unwrap();
        assert_eq!(slow.real_seconds(15), 30);
    }

    #[test]
    fn time_neither_stands_nor_runs_back() {
        let sim = Sim::new(SimOptions::default());
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Clock::start(&sim, scale).is_err(), "{scale}");
        }
    }
}
