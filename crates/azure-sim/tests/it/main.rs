//! The simulator from outside: requests in, Azure's own answers out.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod assignments;
mod authorization;
mod cli_routes;
mod consent;
mod consistency;
mod delegates;
mod deployments;
mod directory;
mod faults;
mod groups;
mod headers;
mod hsm_accounts;
mod hsm_keys;
mod hsm_kit;
mod hsm_material;
mod identities;
mod keys;
mod kit;
mod locations;
mod locks;
mod managed_hsm;
mod mounts;
mod paging;
mod policies;
mod principals;
mod recorded;
mod saved_kinds;
mod snapshot;
mod subscriptions;
mod tags;
mod throttling;
mod token_refusals;
mod tokens;
mod tolerances;
mod watch;
