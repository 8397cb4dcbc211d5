//! The gate of a managed HSM: token, network, then local role.

use super::{HsmCall, error};
use crate::{
    SimRequest, SimResponse,
    managed_hsm::{pool::Pool, roles},
    route::Service,
    tokens::{Caller, Token},
    vault_data,
    world::World,
};

/// 401 with the challenge of a live HSM.
pub(crate) fn challenge(world: &World, hsm: &str, request: &SimRequest) -> Option<SimResponse> {
    let pool = world.managed_hsm.live(hsm)?;
    pool.resolves()
        .then(|| challenge_of(world, &pool.settings.tenant, request))
}

/// Recorded: it names the tenant of the HSM. It says JSON, but the body is `OK` or, where the request writes, empty.
fn challenge_of(world: &World, tenant: &str, request: &SimRequest) -> SimResponse {
    let cloud = world.options.cloud;
    let audience = cloud.audience(&Service::ManagedHsm(String::new()));
    let mut answer = SimResponse::empty(401);
    if request.method == "GET" {
        answer.body = b"OK".to_vec();
    }
    answer.header(
        "www-authenticate",
        format!(
            "Bearer authorization=\"https://{}/{tenant}\", resource=\"{audience}\"",
            cloud.issuer_host()
        ),
    )
}

/// The caller, if the token is one for managed HSMs and of this HSM's tenant.
pub(super) fn authenticate(
    world: &World,
    hsm: &str,
    request: &SimRequest,
) -> Result<Caller, SimResponse> {
    let expected = world
        .options
        .cloud
        .audience(&Service::ManagedHsm(String::new()));
    let pool = world.managed_hsm.live(hsm);
    let tenant = pool.map_or("", |pool| pool.settings.tenant.as_str());
    if request.token().is_none() && !world.options.assumptions.challenge_passes_firewall {
        check_network(world, hsm, None)?;
    }
    let token = request.token().and_then(|text| world.read_token(text));
    match token {
        Some(Token {
            caller, audience, ..
        }) if *audience == expected && caller.tenant == tenant => Ok(caller.clone()),
        _ => Err(challenge_of(world, tenant, request)),
    }
}

/// Lets a person through the firewall, or not; in the words of vaults.
pub(super) fn check_network(
    world: &World,
    hsm: &str,
    caller: Option<&Caller>,
) -> Result<(), SimResponse> {
    let Some(pool) = world.managed_hsm.live(hsm) else {
        return Ok(());
    };
    let own = &pool.settings;
    let place = format!("{};location={}", own.name, own.location);
    match vault_data::barred_by_network(&own.network, &place, caller) {
        None => Ok(()),
        Some(refusal) => Err(error::forbidden(&error::activity(world), &refusal.message)),
    }
}

/// Refuses a caller who may not do this with a key; with an empty `key` it is about all of them.
pub(super) fn permit(
    world: &World,
    call: &HsmCall<'_>,
    key: &str,
    action: &str,
) -> Result<(), SimResponse> {
    permit_at(world, call, &scope_of(key), action)
}

fn scope_of(key: &str) -> String {
    if key.is_empty() {
        "/keys".to_owned()
    } else {
        format!("/keys/{key}")
    }
}

/// The same at a scope.
pub(super) fn permit_at(
    world: &World,
    call: &HsmCall<'_>,
    scope: &str,
    action: &str,
) -> Result<(), SimResponse> {
    if call.pool(world)?.permits(&call.caller.oid, action, scope) {
        return Ok(());
    }
    let message = denial(action, scope);
    Err(error::refused(
        &call.activity(world),
        403,
        "AccessDenied",
        &message,
    ))
}

/// <https://github.com/Azure/azure-cli/issues/32719>
fn denial(action: &str, scope: &str) -> String {
    format!(
        "Not authorized to access {}{action} on {scope}",
        roles::PREFIX
    )
}

/// What a service needs to use a key as a customer-managed one: the first thing that it may not do, as the HSM says it.
pub(crate) fn forbidden_by_role(pool: &Pool, principal: &str, key: &str) -> Option<String> {
    let scope = scope_of(key);
    ["keys/read/action", "keys/wrap/action", "keys/unwrap/action"]
        .into_iter()
        .find(|action| !pool.permits(principal, action, &scope))
        .map(|action| denial(action, &scope))
}

/// A refusal that a fault decided, in the form of the service.
pub(crate) fn refusal(world: &World, status: u16, code: &str, message: &str) -> SimResponse {
    error::refused(&error::activity(world), status, code, message)
}
