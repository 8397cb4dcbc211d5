//! The data plane of a vault.

use crate::{Reply, SimRequest, world::World};

/// Answers a call to `{vault}.vault.azure.net`.
pub(crate) fn handle(world: &mut World, _vault: &str, request: &SimRequest) -> Reply {
    Reply::Answer(world.not_modelled(request))
}
