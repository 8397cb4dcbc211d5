//! The data plane of a vault.

pub(crate) mod backup;
mod crypto;
mod deleted;
pub(crate) mod error;
mod gate;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod new_key;
#[cfg(test)]
mod refusal_tests;
pub(crate) mod render;
mod rotate;
pub(crate) mod sent;
#[cfg(test)]
mod tests;

use crate::{
    Reply, SimRequest, SimResponse, key_vault::operation::Operation, throttle::count_vault,
    world::World,
};
use error::bad_parameter;
use serde_json::Value;

pub(crate) use deleted::{end_retention, finish as recover_key, start as delete_key};
pub(crate) use gate::{barred_by_network, challenge, forbidden_by_network, forbidden_by_role};
pub(crate) use rotate::{by_policy as rotate_by_policy, rotate};

/// A request to a vault that has an address.
struct VaultCall<'a> {
    request: &'a SimRequest,
    /// Lower case.
    vault: &'a str,
    api_version: String,
    body: Value,
}

impl VaultCall<'_> {
    /// Whether the call's version is this one or a newer one.
    fn is_since(&self, version: &str) -> bool {
        let age = |version: &str| API_VERSIONS.iter().position(|own| *own == version);
        age(&self.api_version) >= age(version)
    }
}

/// The data plane's versions (<https://learn.microsoft.com/rest/api/keyvault/keys>), oldest first.
const API_VERSIONS: [&str; 13] = [
    "7.0",
    "7.1",
    "7.2",
    "7.3",
    // The previews are recorded.
    "7.4-preview.1",
    "7.4",
    "7.5-preview.1",
    "7.5",
    "7.6-preview.1",
    "7.6-preview.2",
    "7.6",
    "2025-07-01",
    "2026-04-01",
];

/// Answers a call to `{vault}.vault.azure.net`.
pub(crate) fn handle(world: &mut World, vault: &str, request: &SimRequest) -> Reply {
    // A vault that is absent, deleted or just being named has no address: the client meets a DNS error, not a 404.
    let Some(found) = world
        .key_vault
        .live(vault)
        .filter(|found| found.resolves(world.now))
    else {
        return Reply::ResetBeforeEffect;
    };
    let region = found.location.clone();
    let answer = answer(world, vault, request).unwrap_or_else(|refusal| refusal);
    Reply::Answer(finish(world, &region, answer))
}

/// <https://learn.microsoft.com/azure/key-vault/general/overview-throttling>
pub(crate) const THROTTLED: (&str, &str) = (
    "Throttled",
    "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
);

/// Adds what every answer carries. Recorded, the id apart, which recordings leave out.
pub(crate) fn finish(world: &mut World, region: &str, answer: SimResponse) -> SimResponse {
    let id = world.new_guid();
    answer
        .header("x-ms-keyvault-region", region)
        .header("x-ms-keyvault-service-version", "1.9.1054.1")
        .header(
            "x-ms-keyvault-network-info",
            format!(
                "conn_type=Ipv4;addr={};act_addr_fam=InterNetwork;",
                gate::CLIENT_ADDRESS
            ),
        )
        .header("x-ms-request-id", id)
}

type Answer = Result<SimResponse, SimResponse>;

fn answer(world: &mut World, vault: &str, request: &SimRequest) -> Answer {
    let caller = gate::authenticate(world, vault, request)?;
    count_vault(world, vault, request)?;
    let api_version = request
        .query("api-version")
        .ok_or_else(|| bad_parameter("api-version must be specified", None))?;
    if !API_VERSIONS.contains(&api_version.as_str()) {
        return Err(bad_parameter(
            &format!(
                "The specified version ({api_version}) is not recognized. Consider using the latest supported version ({}).",
                API_VERSIONS.last().unwrap_or(&"")
            ),
            None,
        ));
    }
    gate::check_network(world, vault, Some(&caller))?;
    let body = request
        .body_json()
        .map_err(|problem| bad_parameter(&problem, None))?;
    let call = VaultCall {
        request,
        vault,
        api_version,
        body,
    };
    let segments = request.segments();
    let lowered: Vec<String> = segments.iter().map(|part| part.to_lowercase()).collect();
    let path: Vec<&str> = lowered.iter().map(String::as_str).collect();
    // Names keep the spelling of the request; what is fixed is compared without case.
    let name = segments.get(1).map_or("", String::as_str);
    if !name.is_empty() && !is_valid_name(name) {
        return Err(bad_parameter(
            &format!("The request URI contains an invalid name: {name}"),
            None,
        ));
    }
    let allow = |world: &World, verb: gate::Verb| gate::permit(world, vault, &caller, name, verb);
    if let ("POST", ["keys", _, version @ .., word]) = (request.method.as_str(), path.as_slice())
        && let (Some(operation), [] | [_]) = (Operation::parse(word), version)
    {
        allow(world, crypto::right(operation))?;
        return crypto::run(world, &call, name, version.first().copied(), operation);
    }
    match (request.method.as_str(), path.as_slice()) {
        ("POST", ["keys", _, "create"]) => {
            allow(world, gate::CREATE)?;
            new_key::create(world, &call, name)
        }
        ("GET", ["keys"]) => {
            allow(world, gate::LIST)?;
            keys::list(world, &call)
        }
        ("GET", ["keys", _, "versions"]) => {
            allow(world, gate::LIST)?;
            keys::list_versions(world, &call, name)
        }
        ("GET", ["keys", _, "rotationpolicy"]) => {
            allow(world, gate::GET_POLICY)?;
            rotate::read_policy(world, &call, name)
        }
        ("PUT", ["keys", _, "rotationpolicy"]) => {
            allow(world, gate::SET_POLICY)?;
            rotate::put_policy(world, &call, name)
        }
        ("POST", ["keys", _, "rotate"]) => {
            allow(world, gate::ROTATE)?;
            rotate::rotate_now(world, &call, name)
        }
        ("GET", ["keys", _]) => {
            allow(world, gate::GET)?;
            keys::read(world, &call, name, None)
        }
        ("GET", ["keys", _, version]) => {
            allow(world, gate::GET)?;
            keys::read(world, &call, name, Some(version))
        }
        ("PATCH", ["keys", _]) => {
            allow(world, gate::UPDATE)?;
            keys::update(world, &call, name, None)
        }
        ("PATCH", ["keys", _, version]) => {
            allow(world, gate::UPDATE)?;
            keys::update(world, &call, name, Some(version))
        }
        ("DELETE", ["keys", _]) => {
            allow(world, gate::DELETE)?;
            deleted::delete(world, &call, name)
        }
        ("PUT", ["keys", _]) => {
            allow(world, gate::IMPORT)?;
            import::import(world, &call, name)
        }
        ("POST", ["keys", _, "backup"]) => {
            allow(world, gate::BACKUP)?;
            backup::take(world, &call, name)
        }
        ("POST", ["keys", "restore"]) => {
            // Which key it will be is in the backup, so the right is one to the vault.
            gate::permit(world, vault, &caller, "", gate::RESTORE)?;
            backup::restore(world, &call)
        }
        ("GET", ["deletedkeys"]) => {
            allow(world, gate::LIST)?;
            deleted::list(world, &call)
        }
        ("GET", ["deletedkeys", _]) => {
            allow(world, gate::GET)?;
            deleted::read(world, &call, name)
        }
        ("POST", ["deletedkeys", _, "recover"]) => {
            allow(world, gate::RECOVER)?;
            deleted::recover(world, &call, name)
        }
        ("DELETE", ["deletedkeys", _]) => {
            allow(world, gate::PURGE)?;
            deleted::purge(world, &call, name)
        }
        _ => Err(world.not_modelled(request)),
    }
}

/// 1 to 127 letters, digits and hyphens.
pub(crate) fn is_valid_name(name: &str) -> bool {
    (1..=127).contains(&name.len())
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}
