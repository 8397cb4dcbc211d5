//! The simulator from outside: requests in, Azure's own answers out.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod authorization;
mod cli_routes;
mod consent;
mod deployments;
mod directory;
mod faults;
mod groups;
mod identities;
mod kit;
mod mounts;
mod principals;
mod subscriptions;
mod tokens;
