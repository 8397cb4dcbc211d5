//! What every call to a provider's resource passes first: the right to make it, the resource group, the registration.

use crate::{
    SimResponse,
    arm::{ArmCall, groups, providers::require_provider},
    world::World,
};

/// Admits a call to a resource in a resource group. `action` is the whole action, `namespace` the provider's own spelling.
pub(crate) fn admit(
    world: &World,
    call: &ArmCall<'_>,
    action: &str,
    namespace: &str,
) -> Result<(), SimResponse> {
    let scope = call.path.id();
    world.authorize(&call.caller, action, &scope)?;
    require_group(world, call)?;
    require_provider(world, call.path.subscription(), namespace)
}

/// Refuses where the resource group of the path does not exist, or is being deleted and shall take something new.
pub(crate) fn require_group(world: &World, call: &ArmCall<'_>) -> Result<(), SimResponse> {
    let (subscription, group) = (call.path.subscription(), call.path.group());
    if matches!(call.method, "PUT" | "PATCH") {
        groups::require_open(world, subscription, group)?;
    } else {
        groups::require(world, subscription, group)?;
    }
    Ok(())
}
