//! Ways to reach the simulator. A mount owns the clock.

pub(crate) mod transport;
#[cfg(feature = "wiremock")]
pub(crate) mod wiremock;
