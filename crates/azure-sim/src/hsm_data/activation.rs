//! Activation: who downloads the security domain, under three to ten certificates, switches the HSM on
//! (<https://learn.microsoft.com/azure/key-vault/managed-hsm/quick-create-cli>).

use super::{Answer, HsmCall, error::bad_parameter, gate};
use crate::{SimResponse, world::World};
use azure_core::base64;
use serde_json::{Value, json};

/// Answers `/securitydomain/…`. What is downloaded is opaque, so uploading it to another HSM is not modelled.
pub(super) fn handle(world: &mut World, call: &HsmCall<'_>, rest: &[&str]) -> Answer {
    match (call.request.method.as_str(), rest) {
        ("POST", ["download"]) => {
            gate::permit_at(world, call, "/", "securitydomain/download/action")?;
            download(world, call)
        }
        ("GET", ["download", "pending"]) => {
            gate::permit_at(world, call, "/", "securitydomain/download/read")?;
            let activated = call.pool(world)?.activated;
            let status = if activated { "Success" } else { "Failed" };
            let details = if activated {
                ""
            } else {
                "No download has been started."
            };
            Ok(SimResponse::json(
                200,
                &json!({"status": status, "status_details": details}),
            ))
        }
        _ => Err(world.not_modelled(call.request)),
    }
}

/// <https://github.com/Azure/azure-rest-api-specs>, `securitydomain.json`: 202 with the domain, then the status is asked for.
fn download(world: &mut World, call: &HsmCall<'_>) -> Answer {
    world.note_unknown("securitydomain", &call.body, &["certificates", "required"]);
    let certificates = call.body.get("certificates").and_then(Value::as_array);
    let certificates = certificates.map_or(0, Vec::len);
    let quorum = call.body.get("required").and_then(Value::as_u64);
    let quorum = quorum.and_then(|quorum| usize::try_from(quorum).ok());
    if !(3..=10).contains(&certificates) {
        let message = "Between 3 and 10 certificates are required.";
        return Err(bad_parameter(&call.activity(world), message));
    }
    if !quorum.is_some_and(|quorum| (2..=certificates).contains(&quorum)) {
        let message = "required must be between 2 and the number of certificates.";
        return Err(bad_parameter(&call.activity(world), message));
    }
    let domain = base64::encode(world.new_guid());
    if let Some(pool) = call.pool_mut(world) {
        pool.activated = true;
    }
    world.changed();
    let pending = format!(
        "https://{}/securitydomain/download/pending?api-version={}",
        call.request.host(),
        call.api_version
    );
    let answer = SimResponse::json(202, &json!({"value": domain}));
    Ok(answer.header("azure-asyncoperation", pending))
}
