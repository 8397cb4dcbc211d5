//! The data plane of a managed HSM: its keys, its local roles and its activation.

mod access;
mod activation;
mod backup;
mod crypto;
mod deleted;
mod error;
mod gate;
mod import;
mod keys;
mod render;
mod rotate;

use crate::{
    Reply, SimRequest, SimResponse, key_vault::operation::Operation, managed_hsm::pool::Pool,
    tokens::Caller, world::World,
};
use error::bad_parameter;
use serde_json::Value;

pub(crate) use deleted::end_retention;
pub(crate) use gate::{challenge, forbidden_by_role, refusal};
pub(crate) use rotate::by_policy as rotate_by_policy;

type Answer = Result<SimResponse, SimResponse>;

/// A request to an HSM that has an address, of somebody whom it knows.
struct HsmCall<'a> {
    request: &'a SimRequest,
    /// Lower case.
    hsm: &'a str,
    api_version: String,
    caller: Caller,
    body: Value,
}

impl HsmCall<'_> {
    /// The HSM itself; it was there when the call came in.
    fn pool<'w>(&self, world: &'w World) -> Result<&'w Pool, SimResponse> {
        let found = world.managed_hsm.live(self.hsm);
        found.ok_or_else(|| error::key_not_found(&self.activity(world), self.hsm))
    }

    fn pool_mut<'w>(&self, world: &'w mut World) -> Option<&'w mut Pool> {
        world.managed_hsm.live_mut(self.hsm)
    }

    /// The id that errors name.
    fn activity(&self, world: &World) -> String {
        error::activity(world)
    }
}

/// The data plane's versions (<https://learn.microsoft.com/rest/api/keyvault/keys>), oldest first; previews are recorded.
const API_VERSIONS: [&str; 13] = [
    "7.0",
    "7.1",
    "7.2-preview",
    "7.2",
    "7.3",
    "7.4-preview.1",
    "7.4",
    "7.5-preview.1",
    "7.5",
    "7.6-preview.2",
    "7.6",
    "2025-07-01",
    "2026-04-01",
];

/// Answers a call to `{hsm}.managedhsm.azure.net`.
pub(crate) fn handle(world: &mut World, hsm: &str, request: &SimRequest) -> Reply {
    // As with vaults: an HSM that is absent, deleted or just being made has no address.
    let Some(found) = world.managed_hsm.live(hsm).filter(|found| found.resolves()) else {
        return Reply::ResetBeforeEffect;
    };
    let region = found.settings.location.clone();
    let answer = answer(world, hsm, request).unwrap_or_else(|refusal| refusal);
    Reply::Answer(finish(world, &region, answer))
}

/// Adds what every answer carries (recorded).
pub(crate) fn finish(world: &World, region: &str, answer: SimResponse) -> SimResponse {
    // The same that an error names (recordings of <https://github.com/Azure/azure-sdk-for-js>).
    let id = error::activity(world);
    let answer = if answer.find_header("content-type").is_none() {
        // Recorded, also of answers without a body.
        answer.header("content-type", "application/json; charset=utf-8")
    } else {
        answer
    };
    answer
        .header("x-ms-keyvault-region", region)
        .header("x-ms-server-latency", "1")
        .header("x-ms-request-id", id)
}

fn answer(world: &mut World, hsm: &str, request: &SimRequest) -> Answer {
    let caller = gate::authenticate(world, hsm, request)?;
    let refuse = |message: &str| bad_parameter(&error::activity(world), message);
    let api_version = request
        .query("api-version")
        .ok_or_else(|| refuse("api-version must be specified"))?;
    if !API_VERSIONS.contains(&api_version.as_str()) {
        return Err(refuse(&format!(
            "The specified version ({api_version}) is not recognized."
        )));
    }
    gate::check_network(world, hsm, Some(&caller))?;
    let body = request.body_json().map_err(|problem| refuse(&problem))?;
    let call = HsmCall {
        request,
        hsm,
        api_version,
        caller,
        body,
    };
    let segments = request.segments();
    let lowered: Vec<String> = segments.iter().map(|part| part.to_lowercase()).collect();
    let path: Vec<&str> = lowered.iter().map(String::as_str).collect();
    if let ["securitydomain", rest @ ..] = path.as_slice() {
        return activation::handle(world, &call, rest);
    }
    // Until then every command of the data plane is disabled:
    // https://learn.microsoft.com/azure/key-vault/managed-hsm/quick-create-cli
    if !call.pool(world)?.activated {
        return Err(error::not_activated(&call.activity(world)));
    }
    let roles = ["providers", "microsoft.authorization"];
    if let Some(at) = path.windows(2).position(|parts| parts == roles) {
        let (scope, rest) = segments.split_at(at);
        return access::handle(world, &call, scope, rest);
    }
    let name = segments.get(1).map_or("", String::as_str);
    keys_call(world, &call, &path, name)
}

fn keys_call(world: &mut World, call: &HsmCall<'_>, path: &[&str], name: &str) -> Answer {
    if !name.is_empty() && !is_valid_name(name) {
        return Err(bad_parameter(
            &call.activity(world),
            &format!("The request URI contains an invalid name: {name}"),
        ));
    }
    let allow = |world: &World, action: &str| gate::permit(world, call, name, action);
    match (call.request.method.as_str(), path) {
        ("GET", ["keys"]) => {
            allow(world, "keys/read/action")?;
            keys::list(world, call)
        }
        ("GET", ["keys", _, "versions"]) => {
            allow(world, "keys/read/action")?;
            keys::list_versions(world, call, name)
        }
        ("GET", ["keys", _, "rotationpolicy"]) => {
            allow(world, "keys/read/action")?;
            rotate::read_policy(world, call, name)
        }
        ("PUT", ["keys", _, "rotationpolicy"]) => {
            allow(world, "keys/write/action")?;
            rotate::put_policy(world, call, name)
        }
        ("POST", ["keys", _, "create"]) => {
            allow(world, "keys/create")?;
            keys::create(world, call, name)
        }
        ("PUT", ["keys", _]) => {
            allow(world, "keys/import/action")?;
            import::import(world, call, name)
        }
        ("POST", ["keys", "restore"]) => {
            gate::permit(world, call, "", "keys/restore/action")?;
            backup::restore(world, call)
        }
        ("POST", ["keys", _, "backup"]) => {
            allow(world, "keys/backup/action")?;
            backup::take(world, call, name)
        }
        ("POST", ["keys", _, "rotate"]) => {
            allow(world, "keys/rotate/action")?;
            rotate::rotate_now(world, call, name)
        }
        ("GET", ["keys", _]) => {
            allow(world, "keys/read/action")?;
            keys::read(world, call, name, None)
        }
        ("GET", ["keys", _, version]) => {
            allow(world, "keys/read/action")?;
            keys::read(world, call, name, Some(version))
        }
        ("PATCH", ["keys", _]) => {
            allow(world, "keys/write/action")?;
            keys::update(world, call, name, None)
        }
        ("PATCH", ["keys", _, version]) => {
            allow(world, "keys/write/action")?;
            keys::update(world, call, name, Some(version))
        }
        ("DELETE", ["keys", _]) => {
            allow(world, "keys/delete")?;
            deleted::delete(world, call, name)
        }
        ("POST", ["keys", _, rest @ ..]) => {
            let (version, word) = match rest {
                [word] => (None, *word),
                [version, word] => (Some(*version), *word),
                _ => return Err(world.not_modelled(call.request)),
            };
            let Some(operation) = Operation::parse(word) else {
                return Err(world.not_modelled(call.request));
            };
            allow(world, crypto::action(operation))?;
            crypto::run(world, call, name, version, operation)
        }
        ("GET", ["deletedkeys"]) => {
            allow(world, "keys/deletedKeys/read/action")?;
            deleted::list(world, call)
        }
        ("GET", ["deletedkeys", _]) => {
            allow(world, "keys/deletedKeys/read/action")?;
            deleted::read(world, call, name)
        }
        ("POST", ["deletedkeys", _, "recover"]) => {
            allow(world, "keys/deletedKeys/recover/action")?;
            deleted::recover(world, call, name)
        }
        ("DELETE", ["deletedkeys", _]) => {
            allow(world, "keys/deletedKeys/delete")?;
            deleted::purge(world, call, name)
        }
        _ => Err(world.not_modelled(call.request)),
    }
}

/// 1 to 127 letters, digits and hyphens.
fn is_valid_name(name: &str) -> bool {
    (1..=127).contains(&name.len())
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}
