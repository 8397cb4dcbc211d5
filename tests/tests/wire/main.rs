//! The three phases request by request: one local server, a script of exchanges written out in the tests, and nothing of the
//! simulator.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod account;
mod account_failures;
mod adoption;
mod customer;
mod data_plane;
mod defects;
mod exchange;
mod literals;
mod not_linked;
mod provider;
mod refusals;
mod script;
mod server;
mod strangers;
mod unfit;
mod whole;
