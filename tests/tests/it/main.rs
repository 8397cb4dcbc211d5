//! The three phases on the simulator: what they leave, what they refuse, what they survive.

#![expect(
    clippy::expect_used,
    clippy::future_not_send,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod adoption;
mod apply;
mod assumptions;
mod assumptions_of_vaults;
mod bad_network;
mod chain;
mod clouds;
mod company;
mod deputies;
mod diagnose;
mod dropped;
mod faults;
mod fresh_token;
mod journal;
mod managed_hsm;
mod plan;
mod preflight;
mod refusals;
mod replicas;
mod secrets;
mod tenants;
mod three_phases;
mod trust;
mod verify;
mod verify_links;
mod verify_proof;
mod verify_provider_links;
mod verify_records;
mod verify_sight;

use flow_tests::flow;
