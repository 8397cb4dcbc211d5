//! The three phases across crates: a provider and a customer on a simulator of their own, and every way to break a run.
#![forbid(unsafe_code)]
#![expect(
    clippy::expect_used,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as it should be"
)]
#![expect(
    missing_debug_implementations,
    missing_docs,
    reason = "not published: what a world of two parties has is said by its names"
)]

pub mod cell;
pub mod crash;
pub mod end;
pub mod flow;
pub mod hostile;
pub mod matrix;
pub mod random;
