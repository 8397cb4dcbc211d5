//! Managed HSMs: create, read, update, list, delete and recover.

use super::{
    Answer, NAMESPACE,
    access::LocalAssignment,
    deleted,
    operation::{self, Write},
    pool::{Phase, Pool, Settings},
    settings::{is_valid_name, note_unknown},
};
use crate::{
    SimResponse,
    arm::{ArmCall, error},
    key_vault::sent::require_directory,
    provider_call::{admit, require_group},
    regions,
    world::World,
};
use serde_json::{Value, json};

pub(super) fn handle(world: &mut World, call: &ArmCall<'_>) -> Answer {
    let Some(name) = call.path.name(0) else {
        return list(world, call);
    };
    match call.method {
        "GET" => {
            allowed(world, call, "read")?;
            let pool = own(world, call, name)?;
            Ok(operation::still_running(call, pool.phase)
                .unwrap_or_else(|| show(world, call, pool)))
        }
        "PUT" => put(world, call, name),
        "PATCH" => patch(world, call, name),
        "DELETE" => delete(world, call, name),
        method => Err(error::method_not_allowed(method)),
    }
}

/// The HSMs of a subscription or of a resource group.
fn list(world: &World, call: &ArmCall<'_>) -> Answer {
    if call.method != "GET" {
        return Err(error::method_not_allowed(call.method));
    }
    let action = format!("{NAMESPACE}/managedHSMs/read");
    world.authorize(&call.caller, &action, &call.path.scope)?;
    if call.path.group.is_some() {
        require_group(world, call)?;
    }
    let group = call.path.group.as_deref();
    let pools = world.managed_hsm.pools.values().filter(|pool| {
        let own = &pool.settings;
        pool.is_live()
            && own
                .subscription
                .eq_ignore_ascii_case(call.path.subscription())
            && group.is_none_or(|group| own.group.eq_ignore_ascii_case(group))
    });
    let value: Vec<Value> = pools.map(|pool| render(world, call, pool)).collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

fn allowed(world: &World, call: &ArmCall<'_>, verb: &str) -> Result<(), SimResponse> {
    admit(
        world,
        call,
        &format!("{NAMESPACE}/managedHSMs/{verb}"),
        NAMESPACE,
    )
}

/// The live HSM at this path.
fn own<'a>(world: &'a World, call: &ArmCall<'_>, name: &str) -> Result<&'a Pool, SimResponse> {
    let found = world.managed_hsm.live(name);
    found.filter(|pool| is_at(pool, call)).ok_or_else(|| {
        error::resource_not_found(
            &format!("{NAMESPACE}/managedHSMs/{name}"),
            call.path.group(),
        )
    })
}

fn is_at(pool: &Pool, call: &ArmCall<'_>) -> bool {
    let own = &pool.settings;
    own.subscription
        .eq_ignore_ascii_case(call.path.subscription())
        && own.group.eq_ignore_ascii_case(call.path.group())
}

fn render(world: &World, call: &ArmCall<'_>, pool: &Pool) -> Value {
    let suffix = world.options.cloud.hsm_suffix();
    pool.render(suffix, world.now, &call.api_version, World::timestamp)
}

pub(super) fn show(world: &World, call: &ArmCall<'_>, pool: &Pool) -> SimResponse {
    SimResponse::json(200, &render(world, call, pool))
}

/// Recorded: the code is the status.
fn bad_request(message: impl AsRef<str>) -> SimResponse {
    error::error(400, "400", message)
}

fn put(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    allowed(world, call, "write")?;
    if !is_valid_name(name) {
        return Err(bad_request(format!("The name '{name}' is invalid.")));
    }
    note_unknown(world, &call.body);
    let mode = call.body.pointer("/properties/createMode");
    let recover = mode
        .and_then(Value::as_str)
        .is_some_and(|mode| mode.eq_ignore_ascii_case("recover"));
    let location = call.body.get("location").and_then(Value::as_str);
    let location = location.map(regions::name).ok_or_else(|| {
        error::error(
            400,
            "LocationRequired",
            "The location property is required for this definition.",
        )
    })?;
    regions::require(
        world.options.cloud,
        "Microsoft.KeyVault/managedHSMs",
        &location,
    )?;
    let key = name.to_lowercase();
    match world.managed_hsm.pools.get(&key) {
        None if recover => Err(deleted::not_found()),
        None => create(world, call, name, location),
        Some(pool) if !is_at(pool, call) => Err(in_use(name)),
        Some(pool) if pool.settings.location != location => {
            let own = &pool.settings;
            Err(error::other_location(
                name,
                &own.group,
                &own.location,
                &location,
            ))
        }
        // Recorded: who asks once more for what is being made is shown it.
        Some(pool) if matches!(pool.phase, Phase::Provisioning(..)) => Ok(show(world, call, pool)),
        // What has failed is made anew.
        Some(pool) if pool.is_live() && pool.failed => {
            require_idle(pool)?;
            create(world, call, name, location)
        }
        Some(pool) if pool.is_live() => change(world, call, name),
        Some(pool) if recover => {
            require_idle(pool)?;
            Ok(operation::start(world, call, &key, Write::Recover))
        }
        Some(_) => Err(in_use(name)),
    }
}

/// The sentence is recorded of the check of a name.
fn in_use(name: &str) -> SimResponse {
    error::error(409, "ConflictError", deleted::in_use_text(name))
}

fn create(world: &mut World, call: &ArmCall<'_>, name: &str, location: String) -> Answer {
    let mut settings = Settings::new(call, name, location, world.now);
    for member in [
        "/sku",
        "/properties/tenantId",
        "/properties/initialAdminObjectIds",
    ] {
        if call.body.pointer(member).is_none_or(Value::is_null) {
            let member = member.rsplit('/').next().unwrap_or_default();
            return Err(bad_request(format!(
                "The parameter {member} is not specified."
            )));
        }
    }
    let properties = call.body.get("properties").unwrap_or(&Value::Null);
    require_directory(world, properties).map_err(bad_request)?;
    settings.apply(&call.body).map_err(bad_request)?;
    let assignments = settings.administrators.clone();
    let assignments = assignments
        .iter()
        .map(|principal| LocalAssignment::of_administrator(world, principal))
        .collect();
    let key = name.to_lowercase();
    let pool = Pool::new(settings, Phase::Ready, world.new_guid(), assignments);
    world.managed_hsm.pools.insert(key.clone(), pool);
    Ok(operation::start(world, call, &key, Write::Create))
}

fn patch(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    allowed(world, call, "write")?;
    own(world, call, name)?;
    note_unknown(world, &call.body);
    change(world, call, name)
}

/// A change counts when its operation ends, and there is none of what was not made. A full `PUT` replaces what it can, as with vaults.
fn change(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    let pool = own(world, call, name)?;
    require_idle(pool)?;
    if pool.failed {
        return Err(error::error(
            409,
            "Conflict",
            format!("The creation of '{}' has failed.", pool.settings.name),
        ));
    }
    let settings = Settings::changed(pool, call, world.now).map_err(bad_request)?;
    let work = Write::Change(Box::new(settings));
    Ok(operation::start(world, call, &name.to_lowercase(), work))
}

/// One write at a time: <https://github.com/Azure/azure-resource-manager-rpc>, `Addendum.md`.
pub(super) fn require_idle(pool: &Pool) -> Result<(), SimResponse> {
    match pool.phase {
        Phase::Ready => Ok(()),
        Phase::Provisioning(..) | Phase::Updating | Phase::Deleting | Phase::Purging => {
            Err(error::error(
                409,
                "Conflict",
                format!(
                    "Another operation is in progress on '{}'.",
                    pool.settings.name
                ),
            ))
        }
    }
}

fn delete(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    allowed(world, call, "delete")?;
    let Ok(pool) = own(world, call, name) else {
        return Ok(SimResponse::empty(204));
    };
    require_idle(pool)?;
    if !pool.settings.regions.is_empty() {
        // Recorded.
        return Err(bad_request(format!(
            "Soft delete of a pool {} that is extended to regions ({}) is not allowed.",
            pool.settings.name,
            pool.settings.regions.join(", ")
        )));
    }
    Ok(operation::start(
        world,
        call,
        &name.to_lowercase(),
        Write::Delete,
    ))
}
