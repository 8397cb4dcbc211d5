//! Microsoft Graph v1.0.

use crate::{SimRequest, SimResponse, world::World};

pub(crate) fn handle(world: &mut World, request: &SimRequest) -> SimResponse {
    world.not_modelled(request)
}
