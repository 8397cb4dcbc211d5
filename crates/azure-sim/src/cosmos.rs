//! Azure Cosmos DB accounts.

mod account;
mod api;
mod chain;
mod create;
mod default_identity;
#[cfg(test)]
mod doom_tests;
mod holder;
mod identity;
mod key_uri;
#[cfg(test)]
mod link_tests;
mod read;
#[cfg(test)]
mod rule_tests;
mod rules;
mod since;
#[cfg(test)]
mod tests;
mod text;
mod update;
mod watch;

use crate::{
    SimResponse,
    arm::{ArmCall, error, path::is_within, resources::Summary},
    regions,
    world::World,
};
use account::Account;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

pub(crate) use create::finish as finish_create;
pub(crate) use read::finish_delete;
pub(crate) use update::{Change, finish as finish_update};
pub(crate) use watch::{again as watch_again, observe};

/// Accounts and reserved names.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// By lower-case name: the name is a DNS name, so it is unique in the world.
    accounts: BTreeMap<String, Account>,
    /// Names of deleted accounts, and until when their DNS records are still there.
    reserved: BTreeMap<String, Duration>,
    watch: watch::Watch,
}

const NAMESPACE: &str = "Microsoft.DocumentDB";

/// Versions of `Microsoft.DocumentDB/databaseAccounts`, oldest first.
const API_VERSIONS: [&str; 31] = [
    "2015-04-08",
    "2019-08-01",
    "2019-12-12",
    "2020-03-01",
    "2020-04-01",
    "2020-09-01",
    "2021-01-15",
    "2021-03-15",
    "2021-04-15",
    "2021-05-15",
    "2021-06-15",
    "2021-10-15",
    "2021-10-15-preview",
    "2021-11-15-preview",
    "2022-05-15",
    "2022-05-15-preview",
    "2022-08-15",
    "2022-11-15",
    "2022-11-15-preview",
    "2023-03-15",
    "2023-04-15",
    "2023-09-15",
    "2023-11-15",
    "2024-05-15",
    "2024-08-15",
    "2024-11-15",
    "2025-04-15",
    "2025-10-15",
    "2026-03-15",
    "2026-04-01",
    "2026-04-01-preview",
];

/// Every account, for the list of resources.
pub(crate) fn summaries(world: &World) -> impl Iterator<Item = Summary> {
    world.cosmos.accounts.values().map(|own| Summary {
        id: own.id.clone(),
        name: own.name.clone(),
        kind: "Microsoft.DocumentDB/databaseAccounts",
        location: own.location.clone(),
        tags: Value::Object(own.tags.clone()),
    })
}

/// Answers a call to `Microsoft.DocumentDB`; the caller, the api-version's presence and the subscription are checked already.
pub(crate) fn handle_arm(world: &mut World, call: &ArmCall<'_>) -> SimResponse {
    if !API_VERSIONS.contains(&call.api_version.as_str()) {
        return error::no_registered_provider(
            &call.path.full_type(),
            &call.api_version,
            &API_VERSIONS,
        );
    }
    let path = &call.path;
    let answer = if path.group.is_some() && path.is_type(&["databaseAccounts"]) {
        match (call.method, path.name(0)) {
            ("GET", None) => read::list(world, call),
            ("GET", Some(name)) => read::read(world, call, name),
            ("PUT", Some(name)) => create::put(world, call, name),
            ("PATCH", Some(name)) => update::patch(world, call, name),
            ("DELETE", Some(name)) => read::delete(world, call, name),
            (method, _) => Err(error::method_not_allowed(method)),
        }
    } else {
        match call.method {
            "GET" if path.is_type(&["databaseAccounts"]) && path.name(0).is_none() => {
                read::list(world, call)
            }
            "GET" if path.is_type(&["databaseAccounts", "operationResults"]) => {
                read::operation_result(world, call)
            }
            "GET" if path.is_type(&["locations", "operationResults"]) => {
                read::operation_result(world, call)
            }
            "GET" if path.is_type(&["locations", "operationsStatus"]) => {
                read::operation_status(world, call)
            }
            "GET" if path.is_type(&["locations"]) => read::locations(world, call),
            "HEAD" if path.is_type(&["databaseAccountNames"]) => Ok(read::check_name(world, call)),
            _ => Err(world.not_modelled(call.request)),
        }
    };
    // Recorded: Cosmos DB names no charset, and its refusals' frame is Resource Manager's.
    match answer {
        Ok(answer) if answer.status == 501 || answer.body.is_empty() => answer,
        Ok(answer) => answer.header("content-type", "application/json"),
        Err(refusal) => refusal,
    }
}

/// What goes with a resource group that is deleted. `scope` is the group's id.
pub(crate) fn group_deleted(world: &mut World, scope: &str) {
    let names: Vec<String> = world
        .cosmos
        .accounts
        .iter()
        .filter(|(_, account)| is_within(&account.id, scope))
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        read::remove(world, &name);
    }
}

/// One line per live resource, for [`Sim::resources`](crate::Sim::resources).
pub(crate) fn list(world: &World) -> Vec<String> {
    let accounts = world.cosmos.accounts.values();
    accounts.map(|account| account.id.clone()).collect()
}

/// A refusal in the service's own words: every one of them ends with the activity.
fn refuse(world: &mut World, status: u16, code: &str, message: &str) -> SimResponse {
    let activity = world.new_guid();
    error::error(status, code, text::with_activity(message, &activity))
}

fn bad_request(world: &mut World, message: &str) -> SimResponse {
    refuse(world, 400, "BadRequest", message)
}

impl crate::Sim {
    /// What `customerManagedKeyStatus` of an account says now; `None` without a customer-managed key.
    #[must_use]
    pub fn key_status(&self, account: &str) -> Option<String> {
        let world = self.glance();
        let account = world.cosmos.accounts.get(&account.to_lowercase())?;
        let key = account.key.as_ref()?;
        Some(
            key.revoked
                .map_or_else(|| text::CONFIRMED.to_owned(), |why| why.to_string()),
        )
    }

    /// The version of its key that an account uses now.
    #[must_use]
    pub fn key_version_in_use(&self, account: &str) -> Option<String> {
        let world = self.glance();
        let account = world.cosmos.accounts.get(&account.to_lowercase())?;
        account.key.as_ref()?.version.clone()
    }
}
