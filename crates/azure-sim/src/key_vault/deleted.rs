//! Names of vaults, and vaults that are soft-deleted: list, read and purge.

use super::key::Deletion;
use super::{model::Vault, vaults};
use crate::{
    SimResponse,
    agenda::Work,
    arm::{ArmCall, error, operations::Outcome},
    regions,
    world::World,
};
use serde_json::{Value, json};
use std::time::Duration;

type Answer = Result<SimResponse, SimResponse>;

pub(super) fn handle(world: &mut World, call: &ArmCall<'_>) -> Answer {
    let path = &call.path;
    match call.method {
        "POST" if path.is_type(&["checkNameAvailability"]) => check_name(world, call),
        "GET" if path.is_type(&["deletedVaults"]) => list(world, call),
        "GET" if path.is_type(&["locations", "deletedVaults"]) => read(world, call),
        "POST" if path.is_type(&["locations", "deletedVaults", "purge"]) => purge(world, call),
        "GET" if path.is_type(&["locations", "operationResults"]) => purge_result(world, call),
        _ => Err(world.not_modelled(call.request)),
    }
}

/// The answer where nothing is deleted under a name (recorded of managed HSMs).
pub(super) fn not_found() -> SimResponse {
    error::error(
        404,
        "ResourceNotFound",
        "The specified resource does not exist. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147446",
    )
}

/// <https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/check-name-availability>
fn check_name(world: &mut World, call: &ArmCall<'_>) -> Answer {
    world.authorize(
        &call.caller,
        "Microsoft.KeyVault/checkNameAvailability/read",
        &call.path.scope,
    )?;
    world.note_unknown("checkNameAvailability", &call.body, &["name", "type"]);
    let text = |name: &str| call.body.get(name).and_then(Value::as_str);
    if text("type") != Some("Microsoft.KeyVault/vaults") {
        return Err(error::error(
            400,
            "BadRequest",
            "The parameter type must be Microsoft.KeyVault/vaults.",
        ));
    }
    let name = text("name").unwrap_or_default();
    let body = if !vaults::is_valid_name(name) {
        json!({
            "nameAvailable": false,
            "reason": "AccountNameInvalid",
            "message": format!("The vault name '{name}' is invalid."),
        })
    } else if world.key_vault.vaults.contains_key(&name.to_lowercase()) {
        json!({
            "nameAvailable": false,
            "reason": "AlreadyExists",
            "message": vaults::already_exists_text(name),
        })
    } else {
        json!({"nameAvailable": true})
    };
    Ok(SimResponse::json(200, &body))
}

fn list(world: &mut World, call: &ArmCall<'_>) -> Answer {
    world.authorize(
        &call.caller,
        "Microsoft.KeyVault/deletedVaults/read",
        &call.path.scope,
    )?;
    let deleted = world.key_vault.vaults.values().filter(|vault| {
        vault
            .subscription
            .eq_ignore_ascii_case(call.path.subscription())
    });
    let value: Vec<Value> = deleted
        .filter_map(|vault| vault.render_deleted(World::timestamp))
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

/// The deleted vault that the path names.
fn find<'a>(world: &'a World, call: &ArmCall<'_>) -> Result<&'a Vault, SimResponse> {
    let name = call.path.name(1).unwrap_or_default().to_lowercase();
    let location = call.path.name(0).unwrap_or_default();
    world
        .key_vault
        .vaults
        .get(&name)
        .filter(|vault| {
            !vault.is_live()
                && vault
                    .subscription
                    .eq_ignore_ascii_case(call.path.subscription())
                && vault.location == regions::name(location)
        })
        .ok_or_else(not_found)
}

fn read(world: &mut World, call: &ArmCall<'_>) -> Answer {
    world.authorize(
        &call.caller,
        "Microsoft.KeyVault/locations/deletedVaults/read",
        &call.path.scope,
    )?;
    let shown = find(world, call)?.render_deleted(World::timestamp);
    let shown = shown.ok_or_else(not_found)?;
    Ok(SimResponse::json(200, &shown))
}

fn purge(world: &mut World, call: &ArmCall<'_>) -> Answer {
    world.authorize(
        &call.caller,
        "Microsoft.KeyVault/locations/deletedVaults/purge/action",
        &call.path.scope,
    )?;
    let vault = find(world, call)?;
    if vault.purge_protection {
        return Err(error::error(
            405,
            "MethodNotAllowed",
            "Operation 'DeletedVaultPurge' is not allowed.",
        ));
    }
    let name = vault.name.to_lowercase();
    let location = vault.location.clone();
    let deletion = vault.deleted;
    world.changed();
    let takes = world.delay(world.options.lag.key_settle);
    let work = Work::VaultPurge {
        vault: name,
        deletion,
    };
    let id = world.begin_operation(call.path.subscription(), takes, work);
    let url = format!(
        "https://{}/subscriptions/{}/providers/Microsoft.KeyVault/locations/{location}/operationResults/{id}?api-version={}",
        world.options.cloud.arm_host(),
        call.path.subscription(),
        call.api_version
    );
    Ok(SimResponse::empty(202).header("location", url))
}

pub(crate) fn finish_purge(
    world: &mut World,
    name: &str,
    deletion: Option<Deletion>,
    doom: Option<Outcome>,
) -> Outcome {
    if let Some(doom) = doom {
        return doom;
    }
    let still = world.key_vault.vaults.get(name);
    if still.is_some_and(|vault| vault.deleted == deletion) {
        world.key_vault.vaults.remove(name);
    }
    Outcome::Succeeded
}

/// Recorded: 202 with `NotStarted` while it runs, then 200.
fn purge_result(world: &mut World, call: &ArmCall<'_>) -> Answer {
    let id = call.path.name(1).unwrap_or_default();
    let operation = world
        .find_operation(call.path.subscription(), id)
        .ok_or_else(not_found)?;
    let created = World::timestamp(operation.started);
    if let Some(outcome) = &operation.outcome {
        if let Some((code, message)) = outcome.error() {
            return Err(error::error(409, code, message));
        }
        return Ok(SimResponse::json(
            200,
            &json!({
                "createdDateTime": created,
                "lastActionDateTime": World::timestamp(operation.finishes),
                "status": "Succeeded",
            }),
        ));
    }
    let left = operation.finishes.saturating_sub(world.now);
    let answer = SimResponse::json(
        202,
        &json!({"createdDateTime": created, "status": "NotStarted"}),
    );
    Ok(answer
        .header("location", call.request.url.as_str())
        .header("retry-after", retry_after(left)))
}

/// Whole seconds, at least one and at most ten.
fn retry_after(left: Duration) -> String {
    left.as_secs().clamp(1, 10).to_string()
}
