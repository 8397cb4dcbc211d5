//! Errors of a managed HSM: `error.code` and `error.message`, which ends with the id of the request
//! (<https://github.com/Azure/azure-cli/issues/32719>). Only the text of a missing local role has a source; the others are
//! those of vaults.

use crate::{SimResponse, managed_hsm::pool::NOT_ACTIVATED, world::World};
use serde_json::json;
use uuid::Uuid;

/// The id that errors name, decided by the seed and by how many requests came before.
pub(super) fn activity(world: &World) -> String {
    let number = world.handled;
    Uuid::from_u128(world.hash(&format!("activity/{number}"))).to_string()
}

pub(crate) fn refused(activity: &str, status: u16, code: &str, message: &str) -> SimResponse {
    let message = format!("{message} (Activity ID: {activity})");
    SimResponse::json(
        status,
        &json!({"error": {"code": code, "message": message}}),
    )
}

pub(super) fn bad_parameter(activity: &str, message: &str) -> SimResponse {
    refused(activity, 400, "BadParameter", message)
}

pub(super) fn forbidden(activity: &str, message: &str) -> SimResponse {
    refused(activity, 403, "Forbidden", message)
}

pub(super) fn key_not_found(activity: &str, name: &str) -> SimResponse {
    refused(
        activity,
        404,
        "KeyNotFound",
        &format!("Key not found: {name}"),
    )
}

pub(super) fn not_activated(activity: &str) -> SimResponse {
    forbidden(activity, NOT_ACTIVATED)
}
