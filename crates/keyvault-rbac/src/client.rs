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

use crate::{Error, RULES, Result, wire::Odd};
use cmk_core::{
    Rule, arm,
    send::{Answer, Connection, Received, RequestBuilder},
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

/// Deletes what may be gone already: then there is no answer. A subscription that does not exist is a mistake of the
/// caller, and proves no absence.
async fn delete(request: RequestBuilder<'_>) -> Result<Option<Answer>> {
    match request.repeatable().send().await {
        Err(Error::NotFound(failure)) if failure.code() != Some("SubscriptionNotFound") => Ok(None),
        sent => sent.map(Some),
    }
}

/// Refuses what the service would refuse.
fn check(operation: &'static str, problem: Option<String>) -> Result<()> {
    problem.map_or(Ok(()), |reason| {
        Err(Error::invalid_input(operation, reason))
    })
}
