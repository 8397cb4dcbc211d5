//! The clients: one connection to one host with one credential each.

mod challenge;
mod keys;
mod role_definitions;
mod roles;
mod vaults;

pub use challenge::{ChallengeClient, ChallengeClientOptions};
pub use keys::{KeyClient, KeyClientOptions};
pub use roles::{RoleClient, RoleClientOptions};
pub use vaults::{VaultClient, VaultClientOptions};

use crate::{RULES, wire::Odd};
use cmk_core::{
    Result, Rule, arm,
    send::{Connection, Received, RequestBuilder},
};
use serde::de::{DeserializeOwned, IgnoredAny};

/// What errors of Resource Manager mean: this crate's rules first.
const ARM_TABLES: &[&[Rule]] = &[RULES, arm::RULES];

/// The items of a collection that can be read. One odd item must not hide the others, so it is left out and told in the
/// trace.
async fn list<W: DeserializeOwned, T>(
    connection: &Connection,
    operation: &'static str,
    first: RequestBuilder<'_>,
    read: impl Fn(W, Received) -> Result<T, Odd> + Send,
) -> Result<Vec<T>> {
    let items = connection.list::<IgnoredAny>(first).await?;
    let read = |(_, received): (IgnoredAny, Received)| {
        let item = received
            .decode::<W>()
            .map_err(Odd::from)
            .and_then(|wire| read(wire, received));
        item.inspect_err(|error| tracing::warn!(operation, error, "an item of a list was left out"))
            .ok()
    };
    Ok(items.into_iter().filter_map(read).collect())
}
