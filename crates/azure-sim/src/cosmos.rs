//! Azure Cosmos DB accounts.

use crate::{SimResponse, arm::ArmCall, world::World};

/// Accounts and reserved names.
#[derive(Debug, Default)]
pub(crate) struct State {}

/// Answers a call to `Microsoft.DocumentDB`; the caller, the api-version's presence and the subscription are checked already.
pub(crate) fn handle_arm(world: &mut World, call: &ArmCall<'_>) -> SimResponse {
    world.not_modelled(call.request)
}

/// Looks whether the accounts still reach their keys; called after every request, actor's change and timed event.
pub(crate) fn observe(_world: &mut World) {}

/// What goes with a resource group that is deleted. `scope` is the group's id.
pub(crate) fn group_deleted(_world: &mut World, _scope: &str) {}

/// One line per live resource, for [`Sim::resources`](crate::Sim::resources).
pub(crate) fn list(_world: &World) -> Vec<String> {
    Vec::new()
}
