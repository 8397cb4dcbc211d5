//! Vaults as Resource Manager sees them.

use crate::{SimResponse, arm::ArmCall, world::World};

/// Vaults, deleted vaults and their keys.
#[derive(Debug, Default)]
pub(crate) struct State {}

/// Answers a call to `Microsoft.KeyVault`; the caller, the api-version's presence and the subscription are checked already.
pub(crate) fn handle_arm(world: &mut World, call: &ArmCall<'_>) -> SimResponse {
    world.not_modelled(call.request)
}

/// What goes with a resource group that is deleted. `scope` is the group's id.
pub(crate) fn group_deleted(_world: &mut World, _scope: &str) {}

/// One line per live resource, for [`Sim::resources`](crate::Sim::resources).
pub(crate) fn list(_world: &World) -> Vec<String> {
    Vec::new()
}
