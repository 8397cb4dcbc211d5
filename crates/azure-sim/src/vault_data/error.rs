//! Errors of the data plane: `error.code`, `error.message` and what really tells, `error.innererror.code`.

use crate::SimResponse;
use serde_json::{Value, json};

pub(crate) fn refused(status: u16, code: &str, message: &str, inner: Option<&str>) -> SimResponse {
    SimResponse::json(status, &body(code, message, inner))
}

/// The body alone: other services quote it.
pub(super) fn body(code: &str, message: &str, inner: Option<&str>) -> Value {
    match inner {
        Some(inner) => {
            json!({"error": {"code": code, "message": message, "innererror": {"code": inner}}})
        }
        None => json!({"error": {"code": code, "message": message}}),
    }
}

pub(super) fn bad_parameter(message: &str, inner: Option<&str>) -> SimResponse {
    refused(400, "BadParameter", message, inner)
}

/// Text: tests of <https://github.com/Azure/azure-sdk-for-cpp>.
pub(super) fn key_not_found(name: &str) -> SimResponse {
    refused(
        404,
        "KeyNotFound",
        &format!(
            "A key with (name/id) {name} was not found in this key vault. If you recently deleted this key you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
        ),
        None,
    )
}

/// Recorded, with the key's name.
pub(super) fn being_deleted(name: &str) -> SimResponse {
    refused(
        409,
        "Conflict",
        &format!("Key {name} is currently being deleted."),
        Some("ObjectIsBeingDeleted"),
    )
}
