//! Vaults as Resource Manager sees them.

mod access_policies;
pub(crate) mod arm_keys;
pub(crate) mod customer;
mod deleted;
pub(crate) mod ec;
pub(crate) mod geography;
pub(crate) mod key;
pub(crate) mod model;
pub(crate) mod oct;
pub(crate) mod operation;
pub(crate) mod rotation;
pub(crate) mod rsa;
pub(crate) mod sent;
pub(crate) mod signature;
pub(crate) mod signing;
#[cfg(test)]
mod tests;
mod vaults;

use crate::{
    SimResponse,
    agenda::Due,
    arm::{ArmCall, error, path::is_within},
    managed_hsm,
    vault_data::backup::Backup,
    world::World,
};
use model::Vault;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

pub(crate) use deleted::finish_purge;
pub(crate) use vaults::is_valid_name;

/// Vaults, deleted vaults and their keys.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// Live and soft-deleted ones by lower-case name: the name is unique in the world, deleted vaults included.
    pub(crate) vaults: BTreeMap<String, Vault>,
    /// Every backup of a key that was taken, by what stands in its text.
    pub(crate) backups: BTreeMap<String, Backup>,
    /// What is shared after a load is shared with what is made after it no more.
    #[serde(skip)]
    pub(crate) pool: rsa::Pool,
}

/// The versions that stand in the specification of `Microsoft.KeyVault`.
const API_VERSIONS: [&str; 16] = [
    "2016-10-01",
    "2018-02-14",
    "2019-09-01",
    "2021-04-01-preview",
    "2021-06-01-preview",
    "2021-10-01",
    "2022-07-01",
    "2022-11-01",
    "2023-02-01",
    "2023-07-01",
    "2024-11-01",
    "2025-05-01",
    "2026-02-01",
    "2026-03-01-preview",
    "2026-04-01-preview",
    "2026-05-15",
];

/// From this version on a vault that does not say otherwise is made with Azure roles
/// (<https://learn.microsoft.com/azure/key-vault/general/access-control-default>).
const ROLES_BY_DEFAULT: &str = "2026-02-01";

impl State {
    /// A live vault by name.
    pub(crate) fn live(&self, name: &str) -> Option<&Vault> {
        self.vaults
            .get(&name.to_lowercase())
            .filter(|vault| vault.is_live())
    }

    /// The same, to change it.
    pub(crate) fn live_mut(&mut self, name: &str) -> Option<&mut Vault> {
        self.vaults
            .get_mut(&name.to_lowercase())
            .filter(|vault| vault.is_live())
    }
}

/// Answers a call to `Microsoft.KeyVault`; the caller, the api-version's presence and the subscription are checked already.
pub(crate) fn handle_arm(world: &mut World, call: &ArmCall<'_>) -> SimResponse {
    if !API_VERSIONS.contains(&call.api_version.as_str()) {
        return error::no_registered_provider(
            &call.path.full_type(),
            &call.api_version,
            &API_VERSIONS,
        );
    }
    let path = &call.path;
    if let Some(answer) = managed_hsm::handle_arm(world, call, &API_VERSIONS) {
        return answer.unwrap_or_else(|refusal| refusal);
    }
    let answer = if path.group.is_some() && path.is_type(&["vaults"]) {
        vaults::handle(world, call)
    } else if path.group.is_some() && path.is_type(&["vaults", "keys"]) {
        arm_keys::handle(world, call)
    } else if path.group.is_some() && path.is_type(&["vaults", "accessPolicies"]) {
        access_policies::handle(world, call)
    } else if path.group.is_none() && path.is_type(&["vaults"]) && path.name(0).is_none() {
        vaults::list(world, call)
    } else {
        deleted::handle(world, call)
    };
    answer.unwrap_or_else(|refusal| refusal)
}

/// What goes with a resource group that is deleted. `scope` is the group's id.
pub(crate) fn group_deleted(world: &mut World, scope: &str) {
    let names: Vec<String> = world
        .key_vault
        .vaults
        .iter()
        .filter(|(_, vault)| vault.is_live() && is_within(&vault.id, scope))
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        soft_delete(world, &name);
    }
}

/// One line per live resource, for [`Sim::resources`](crate::Sim::resources).
pub(crate) fn list(world: &World) -> Vec<String> {
    let mut lines = Vec::new();
    for vault in world.key_vault.vaults.values() {
        if !vault.is_live() {
            continue;
        }
        lines.push(vault.id.clone());
        for key in vault.keys.values().filter(|key| key.deleted.is_none()) {
            let scope = vault.key_scope(&key.name);
            lines.extend(key.versions.iter().map(|_| scope.clone()));
        }
    }
    lines
}

const DAY: u64 = 24 * 60 * 60;

/// Soft-deletes a live vault. Its role assignments are lost for good
/// (<https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview>).
pub(crate) fn soft_delete(world: &mut World, name: &str) {
    let name = name.to_lowercase();
    let now = world.now;
    let Some(vault) = world.key_vault.live_mut(&name) else {
        return;
    };
    let deletion = key::Deletion {
        at: now,
        settled_at: now,
        purge_at: now + Duration::from_secs(vault.retention() * DAY),
    };
    vault.deleted = Some(deletion);
    let id = vault.id.clone();
    world.changed();
    let lag = world.options.lag.role_removal;
    let until = world.spread(lag);
    for assignment in &mut world.arm.role_assignments {
        if assignment.removed.is_none() && is_within(&assignment.scope, &id) {
            assignment.removed = Some(until);
        }
    }
    let end = Due::VaultPurge {
        vault: name,
        deletion,
    };
    world.schedule(deletion.purge_at, end);
}

/// Removes a vault for good, unless it was recovered meanwhile.
pub(crate) fn end_retention(world: &mut World, name: &str, deletion: key::Deletion) {
    let still = world.key_vault.vaults.get(name);
    if still.is_some_and(|vault| vault.deleted == Some(deletion)) {
        world.key_vault.vaults.remove(name);
    }
}
