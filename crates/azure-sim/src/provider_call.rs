//! What every call to a provider's resource passes first: the right to make it, the resource group, the registration.

use crate::{
    SimResponse,
    arm::{ArmCall, error, providers::require_provider},
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

/// Refuses where the resource group of the path does not exist or is being deleted.
pub(crate) fn require_group(world: &World, call: &ArmCall<'_>) -> Result<(), SimResponse> {
    let (subscription, group) = (call.path.subscription(), call.path.group());
    let id = format!("/subscriptions/{subscription}/resourceGroups/{group}").to_lowercase();
    match world.arm.groups.get(&id) {
        None => Err(error::resource_group_not_found(group)),
        // https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
        Some(found) if found.deleting && call.method != "GET" => Err(error::gateway(
            409,
            "ResourceGroupBeingDeleted",
            format!(
                "The resource group '{group}' is in deprovisioning state and cannot perform this operation."
            ),
        )),
        Some(_) => Ok(()),
    }
}
