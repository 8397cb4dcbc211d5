//! What answers of Resource Manager say is left of their callers' budgets: the numbers are the recorder's, the names are not.

use super::compare::{Difference, What};
use crate::conformance::recording::{Exchange, Recording};
use azure_sim::SimResponse;
use std::collections::BTreeSet;

const LEFT: &str = "x-ms-ratelimit-remaining-";
/// What is left to all callers of a subscription together.
const OF_ALL: &str = "-global-";
/// The recorder drops these.
const DROPPED: [&str; 2] = [
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-ratelimit-remaining-tenant-reads",
];

/// Whether the answers of a recording say what is left to all callers together. Those of newer recordings do, every one that says
/// anything; those of older ones never.
pub(super) fn count_all_callers(recording: &Recording) -> bool {
    let mut names = recording
        .exchanges
        .iter()
        .flat_map(|exchange| exchange.response_headers.keys());
    names.any(|name| name.starts_with(LEFT) && name.contains(OF_ALL))
}

/// Holds the names against the recorded ones.
pub(super) fn compare(
    recorded: &Exchange,
    simulated: &SimResponse,
    all_callers: bool,
    all: &mut Vec<Difference>,
) {
    let is_held = |name: &&str| {
        name.starts_with(LEFT) && !DROPPED.contains(name) && (all_callers || !name.contains(OF_ALL))
    };
    let theirs = recorded.response_headers.keys().map(String::as_str);
    let theirs: BTreeSet<&str> = theirs.filter(is_held).collect();
    let ours = simulated.headers.iter().map(|(name, _)| name.as_str());
    let ours: BTreeSet<&str> = ours.filter(is_held).collect();
    for (what, names) in [
        (What::Missing, theirs.difference(&ours)),
        (What::Extra, ours.difference(&theirs)),
    ] {
        all.extend(names.map(|name| Difference {
            what,
            pointer: format!("header {name}"),
            detail: String::from("what is left of the budget"),
        }));
    }
}
