//! Names of managed HSMs, and HSMs that are soft-deleted: list, read and purge.

use super::{
    Answer, NAMESPACE,
    operation::{self, Write},
    pool::Pool,
    resource::require_idle,
    settings::is_valid_name,
};
use crate::{
    SimResponse,
    arm::{ArmCall, error},
    regions,
    world::World,
};
use serde_json::{Value, json};

/// Recorded.
pub(super) fn not_found() -> SimResponse {
    error::error(
        404,
        "ResourceNotFound",
        "The specified resource does not exist. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147446",
    )
}

/// Recorded.
pub(super) fn in_use_text(name: &str) -> String {
    format!("The name '{name}' is already in use.")
}

fn authorize(world: &World, call: &ArmCall<'_>, action: &str) -> Result<(), SimResponse> {
    world.authorize(
        &call.caller,
        &format!("{NAMESPACE}/{action}"),
        &call.path.scope,
    )
}

pub(super) fn check_name(world: &mut World, call: &ArmCall<'_>) -> Answer {
    authorize(world, call, "checkMhsmNameAvailability/read")?;
    world.note_unknown("checkMhsmNameAvailability", &call.body, &["name"]);
    let name = call.body.get("name").and_then(Value::as_str);
    let name = name.unwrap_or_default();
    let body = if !is_valid_name(name) {
        json!({
            "nameAvailable": false,
            "reason": "AccountNameInvalid",
            "message": format!("The name '{name}' is invalid."),
        })
    } else if world.managed_hsm.pools.contains_key(&name.to_lowercase()) {
        json!({"nameAvailable": false, "reason": "AlreadyExists", "message": in_use_text(name)})
    } else {
        json!({"nameAvailable": true})
    };
    Ok(SimResponse::json(200, &body))
}

pub(super) fn list(world: &World, call: &ArmCall<'_>) -> Answer {
    authorize(world, call, "deletedManagedHsms/read")?;
    let own = world.managed_hsm.pools.values().filter(|pool| {
        let subscription = &pool.settings.subscription;
        subscription.eq_ignore_ascii_case(call.path.subscription())
    });
    let value: Vec<Value> = own
        .filter_map(|pool| pool.render_deleted(World::timestamp))
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

/// The deleted HSM that the path names.
fn find<'a>(world: &'a World, call: &ArmCall<'_>) -> Result<&'a Pool, SimResponse> {
    let name = call.path.name(1).unwrap_or_default().to_lowercase();
    let location = regions::name(call.path.name(0).unwrap_or_default());
    let found = world.managed_hsm.pools.get(&name).filter(|pool| {
        let own = &pool.settings;
        !pool.is_live()
            && own
                .subscription
                .eq_ignore_ascii_case(call.path.subscription())
            && own.location == location
    });
    found.ok_or_else(not_found)
}

pub(super) fn read(world: &World, call: &ArmCall<'_>) -> Answer {
    authorize(world, call, "locations/deletedManagedHsms/read")?;
    let pool = find(world, call)?;
    if let Some(running) = operation::still_running(call, pool.phase) {
        return Ok(running);
    }
    let shown = pool
        .render_deleted(World::timestamp)
        .ok_or_else(not_found)?;
    Ok(SimResponse::json(200, &shown))
}

/// Refused under purge protection, in the words of vaults.
pub(super) fn purge(world: &mut World, call: &ArmCall<'_>) -> Answer {
    authorize(world, call, "locations/deletedManagedHsms/purge/action")?;
    let pool = find(world, call)?;
    if pool.settings.purge_protection {
        return Err(error::error(
            405,
            "MethodNotAllowed",
            "Operation 'DeletedManagedHsmPurge' is not allowed.",
        ));
    }
    require_idle(pool)?;
    let name = pool.settings.name.to_lowercase();
    Ok(operation::start(world, call, &name, Write::Purge))
}
