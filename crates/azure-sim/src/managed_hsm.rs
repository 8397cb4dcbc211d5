//! Managed HSMs as Resource Manager sees them, and their local roles.

pub(crate) mod access;
pub(crate) mod backup;
pub(crate) mod customer;
mod deleted;
mod operation;
pub(crate) mod pool;
mod resource;
pub(crate) mod roles;
mod settings;

use crate::{
    SimResponse,
    agenda::Due,
    arm::{ArmCall, error, path::is_within, resources::Summary},
    key_vault::key::Deletion,
    world::World,
};
use backup::Backup;
use pool::Pool;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

pub(crate) use operation::{Turn, Write, finish as finish_write};

type Answer = Result<SimResponse, SimResponse>;

const NAMESPACE: &str = "Microsoft.KeyVault";
const DAY: u64 = 24 * 60 * 60;

/// Managed HSMs, deleted ones too.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// By lower-case name: the name is unique in the world, deleted HSMs included.
    pub(crate) pools: BTreeMap<String, Pool>,
    /// Which HSM a creation's operation makes: its last answer shows it.
    creations: BTreeMap<String, String>,
    /// Every backup of a key that was taken, by what stands in its text.
    pub(crate) backups: BTreeMap<String, Backup>,
}

impl State {
    /// A live HSM by name.
    pub(crate) fn live(&self, name: &str) -> Option<&Pool> {
        let found = self.pools.get(&name.to_lowercase());
        found.filter(|pool| pool.is_live())
    }

    /// The same, to change it.
    pub(crate) fn live_mut(&mut self, name: &str) -> Option<&mut Pool> {
        let found = self.pools.get_mut(&name.to_lowercase());
        found.filter(|pool| pool.is_live())
    }
}

/// The first version that knows managed HSMs and is modelled (recorded).
const SINCE: &str = "2021-04-01-preview";

/// Answers a call about managed HSMs; `None` if it is about something else of `Microsoft.KeyVault`. `versions` are all of the
/// provider.
pub(crate) fn handle_arm(
    world: &mut World,
    call: &ArmCall<'_>,
    versions: &[&str],
) -> Option<Answer> {
    let path = &call.path;
    let is = |types: &[&str]| path.is_type(types);
    let kind = path.full_type().to_lowercase();
    if call.api_version.as_str() < SINCE && kind.contains("managedhsm") {
        let known: Vec<&str> = versions
            .iter()
            .filter(|own| **own >= SINCE)
            .copied()
            .collect();
        return Some(Err(error::no_registered_provider(
            &path.full_type(),
            &call.api_version,
            &known,
        )));
    }
    let own = if is(&["managedHSMs"]) && (path.group.is_some() || path.name(0).is_none()) {
        resource::handle(world, call)
    } else if path.group.is_some() {
        return None;
    } else {
        match call.method {
            "POST" if is(&["checkMhsmNameAvailability"]) => deleted::check_name(world, call),
            "GET" if is(&["deletedManagedHSMs"]) => deleted::list(world, call),
            "GET" if is(&["locations", "deletedManagedHSMs"]) => deleted::read(world, call),
            "POST" if is(&["locations", "deletedManagedHSMs", "purge"]) => {
                deleted::purge(world, call)
            }
            "GET" if is(&["locations", "managedHsmOperationResults"]) => {
                operation::result(world, call)
            }
            _ => return None,
        }
    };
    Some(own)
}

/// What goes with a resource group that is deleted. `scope` is the group's id.
pub(crate) fn group_deleted(world: &mut World, scope: &str) {
    let pools = world.managed_hsm.pools.iter();
    let names: Vec<String> = pools
        .filter(|(_, pool)| pool.is_live() && is_within(&pool.settings.id, scope))
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        soft_delete(world, &name);
    }
}

/// One line per live resource, for [`Sim::resources`](crate::Sim::resources).
pub(crate) fn list(world: &World) -> Vec<String> {
    let mut lines = Vec::new();
    for pool in world.managed_hsm.pools.values().filter(|own| own.is_live()) {
        lines.push(pool.settings.id.clone());
        for key in pool.keys.values().filter(|key| key.deleted.is_none()) {
            let id = format!("{}/keys/{}", pool.settings.id, key.name);
            lines.extend(key.versions.iter().map(|_| id.clone()));
        }
    }
    lines
}

/// Live HSMs as the list of resources shows them.
pub(crate) fn summaries(world: &World) -> impl Iterator<Item = Summary> {
    let live = world.managed_hsm.pools.values();
    live.filter(|pool| pool.is_live()).map(|pool| Summary {
        id: pool.settings.id.clone(),
        name: pool.settings.name.clone(),
        kind: "Microsoft.KeyVault/managedHSMs",
        location: pool.settings.location.clone(),
        tags: Value::Object(pool.settings.tags.clone()),
    })
}

/// Soft-deletes a live HSM, with its keys and local roles in it.
pub(crate) fn soft_delete(world: &mut World, name: &str) {
    let name = name.to_lowercase();
    let now = world.now;
    let Some(pool) = world.managed_hsm.live_mut(&name) else {
        return;
    };
    let deletion = Deletion {
        at: now,
        settled_at: now,
        purge_at: now + Duration::from_secs(pool.settings.retention() * DAY),
    };
    pool.deleted = Some(deletion);
    pool.phase = pool::Phase::Ready;
    pool.turn += 1;
    world.changed();
    let end = Due::HsmPurge {
        hsm: name,
        deletion,
    };
    world.schedule(deletion.purge_at, end);
}

/// The retention of a deleted HSM is over, if it is still the same deletion.
pub(crate) fn end_retention(world: &mut World, name: &str, deletion: Deletion) {
    let still = world.managed_hsm.pools.get(name);
    if still.is_some_and(|pool| pool.deleted == Some(deletion)) {
        world.managed_hsm.pools.remove(name);
    }
}
