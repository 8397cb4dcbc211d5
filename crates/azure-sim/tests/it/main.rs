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
mod consistency;
mod deployments;
mod directory;
mod faults;
mod groups;
mod headers;
mod identities;
mod kit;
mod mounts;
mod principals;
mod recorded;
mod snapshot;
mod subscriptions;
mod throttling;
mod tokens;
mod tolerances;
mod watch;
