//! The clients: one connection to one host with one credential each.

mod challenge;
mod keys;
mod roles;
mod vaults;

pub use challenge::{ChallengeClient, ChallengeClientOptions};
pub use keys::{KeyClient, KeyClientOptions};
pub use roles::{RoleClient, RoleClientOptions};
pub use vaults::{VaultClient, VaultClientOptions};

use crate::{RULES, wire::Odd};
use cmk_core::{Rule, arm, send::Received};

/// What errors of Resource Manager mean: this crate's rules first.
const ARM_TABLES: &[&[Rule]] = &[RULES, arm::RULES];

/// The items of a list that can be read. One odd item must not hide the others, so it is left out and told in the trace.
fn readable<W, T>(
    operation: &'static str,
    items: Vec<(W, Received)>,
    read: impl Fn(W, Received) -> Result<T, Odd>,
) -> Vec<T> {
    items
        .into_iter()
        .filter_map(|(wire, received)| match read(wire, received) {
            Ok(item) => Some(item),
            Err(error) => {
                tracing::warn!(operation, error, "an item of a list was left out");
                None
            }
        })
        .collect()
}
