//! The gate of a vault: token, network, then role or access policy.

use super::error::{body, refused};
use crate::{
    SimRequest, SimResponse,
    key_vault::{
        model::{Network, Vault},
        sent::admits,
    },
    route::Service,
    tokens::{Caller, Token},
    world::World,
};
use serde_json::Value;
use std::net::Ipv4Addr;

/// The address that every caller of the simulator has, one that belongs to nobody. An `ipRules` entry can admit it.
pub(super) const CLIENT_ADDRESS: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);

/// What somebody wants to do: the access policy's word and the role's data action after `Microsoft.KeyVault/vaults/`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verb {
    policy: &'static str,
    action: &'static str,
}

const fn verb(policy: &'static str, action: &'static str) -> Verb {
    Verb { policy, action }
}

// Names: https://learn.microsoft.com/azure/role-based-access-control/permissions/security
pub(super) const CREATE: Verb = verb("create", "keys/create/action");
pub(super) const GET: Verb = verb("get", "keys/read");
pub(super) const LIST: Verb = verb("list", "keys/read");
pub(super) const UPDATE: Verb = verb("update", "keys/update/action");
pub(super) const DELETE: Verb = verb("delete", "keys/delete");
pub(super) const RECOVER: Verb = verb("recover", "keys/recover/action");
pub(super) const PURGE: Verb = verb("purge", "keys/purge/action");
pub(super) const ROTATE: Verb = verb("rotate", "keys/rotate/action");
pub(super) const ENCRYPT: Verb = verb("encrypt", "keys/encrypt/action");
pub(super) const DECRYPT: Verb = verb("decrypt", "keys/decrypt/action");
pub(super) const SIGN: Verb = verb("sign", "keys/sign/action");
pub(super) const VERIFY: Verb = verb("verify", "keys/verify/action");
pub(super) const IMPORT: Verb = verb("import", "keys/import/action");
pub(super) const BACKUP: Verb = verb("backup", "keys/backup/action");
pub(super) const RESTORE: Verb = verb("restore", "keys/restore/action");
pub(super) const WRAP: Verb = verb("wrapKey", "keys/wrap/action");
pub(super) const UNWRAP: Verb = verb("unwrapKey", "keys/unwrap/action");
pub(super) const GET_POLICY: Verb = verb("getrotationpolicy", "keyrotationpolicies/read");
pub(super) const SET_POLICY: Verb = verb("setrotationpolicy", "keyrotationpolicies/write");

/// What a service reads when it asks a vault: whether it may, and in which words it is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) inner: Option<&'static str>,
}

impl Refusal {
    /// The body of the vault's answer.
    pub(crate) fn body(&self) -> Value {
        body("Forbidden", &self.message, self.inner)
    }

    fn answer(&self) -> SimResponse {
        refused(403, "Forbidden", &self.message, self.inner)
    }
}

/// 401 with the challenge of a live vault.
pub(crate) fn challenge(world: &World, vault: &str, message: &str) -> Option<SimResponse> {
    let vault = world.key_vault.live(vault)?;
    let resolves = vault.resolves(world.now);
    resolves.then(|| challenge_of(world, &vault.tenant, message))
}

/// Recorded: the challenge names the tenant of the vault, whoever asks.
fn challenge_of(world: &World, tenant: &str, message: &str) -> SimResponse {
    let cloud = world.options.cloud;
    let audience = cloud.audience(&Service::Vault(String::new()));
    refused(401, "Unauthorized", message, None).header(
        "www-authenticate",
        format!(
            "Bearer authorization=\"https://{}/{tenant}\", resource=\"{audience}\"",
            cloud.issuer_host()
        ),
    )
}

/// The caller, if the token is one for vaults and of this vault's tenant.
pub(super) fn authenticate(
    world: &World,
    vault: &str,
    request: &SimRequest,
) -> Result<Caller, SimResponse> {
    let cloud = world.options.cloud;
    let audience = cloud.audience(&Service::Vault(String::new()));
    let tenant = world
        .key_vault
        .live(vault)
        .map_or("", |vault| vault.tenant.as_str());
    let refuse = |message: &str| challenge_of(world, tenant, message);
    let Some(text) = request.token() else {
        if !world.options.assumptions.challenge_passes_firewall {
            check_network(world, vault, None)?;
        }
        return Err(refuse(
            "AKV10000: Request is missing a Bearer or PoP token.",
        ));
    };
    let Some(Token {
        caller,
        audience: found,
        ..
    }) = world.read_token(text)
    else {
        // The second is taken to be said of whatever else is no token.
        return Err(refuse(if world.find_token(text).is_some() {
            "[TokenExpired] Error validating token: 'S2S12086'."
        } else {
            "[BearerReadAccessTokenFailed] Error validating token: 'S2S12005'."
        }));
    };
    if *found != audience {
        return Err(refuse(&format!(
            "AKV10022: Invalid audience. Expected {audience}, found: {found}."
        )));
    }
    if caller.tenant != tenant {
        return Err(refuse(&format!(
            "AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{tenant}/, found https://sts.windows.net/{}/.",
            caller.tenant
        )));
    }
    Ok(caller.clone())
}

/// Lets a person through the firewall, or not. Without a token nobody knows who it is.
pub(super) fn check_network(
    world: &World,
    vault: &str,
    caller: Option<&Caller>,
) -> Result<(), SimResponse> {
    let Some(vault) = world.key_vault.live(vault) else {
        return Ok(());
    };
    let refusal = barred_by_network(&vault.network, &vault.place(), caller);
    refusal.map_or(Ok(()), |refusal| Err(refusal.answer()))
}

/// Why the network rules of a vault or managed HSM let a person not through. `place` names it.
pub(crate) fn barred_by_network(
    network: &Network,
    place: &str,
    caller: Option<&Caller>,
) -> Option<Refusal> {
    let caller = caller.map_or_else(|| "name=Unknown/unknown".to_owned(), describe);
    let admitted = network
        .ip_rules
        .iter()
        .any(|rule| admits(rule, CLIENT_ADDRESS));
    if !network.public_access {
        return Some(Refusal {
            message: format!(
                "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: {caller}\r\nVault: {place}"
            ),
            inner: Some("ForbiddenByConnection"),
        });
    }
    (network.deny_by_default && !admitted).then(|| Refusal {
        message: format!(
            "Client address is not authorized and caller is not a trusted service.\r\nClient address: {CLIENT_ADDRESS}\r\nCaller: {caller}\r\nVault: {place}"
        ),
        inner: Some("ForbiddenByFirewall"),
    })
}

/// What a trusted service of Azure reads if the vault lets it not through: the text of
/// <https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk>, section 1.1. `None` if it passes.
pub(crate) fn forbidden_by_network(
    network: &Network,
    place: &str,
    appid: &str,
    oid: &str,
) -> Option<Refusal> {
    let closed = network.deny_by_default || !network.public_access;
    (closed && !network.bypass_trusted).then(|| Refusal {
        message: format!(
            "Client address is not authorized and caller was ignored because bypass is set to None\r\nClient address: {CLIENT_ADDRESS}\r\nCaller: name=Unknown/unknown;appid={appid};oid={oid}\r\nVault: {place}"
        ),
        inner: Some("ForbiddenByFirewall"),
    })
}

fn describe(caller: &Caller) -> String {
    format!(
        "name=Unknown/unknown;appid={};oid={};iss=https://sts.windows.net/{}/",
        caller.appid, caller.oid, caller.tenant
    )
}

/// Refuses a caller who may not do this with a key; with an empty `key` it is about the whole vault.
pub(super) fn permit(
    world: &World,
    vault: &str,
    caller: &Caller,
    key: &str,
    verb: Verb,
) -> Result<(), SimResponse> {
    match world.key_vault.live(vault) {
        None => Ok(()),
        Some(vault) => check(world, vault, caller, key, verb).map_err(|refusal| refusal.answer()),
    }
}

/// What a service needs to use a key as a customer-managed one: the first thing that it may not do, as a refusal.
pub(crate) fn forbidden_by_role(
    world: &World,
    vault: &Vault,
    caller: &Caller,
    key: &str,
) -> Option<Refusal> {
    [GET, WRAP, UNWRAP]
        .into_iter()
        .find_map(|verb| check(world, vault, caller, key, verb).err())
}

/// Only the vault's active model counts: roles or access policies, never both
/// (<https://learn.microsoft.com/azure/key-vault/general/rbac-guide>).
fn check(
    world: &World,
    vault: &Vault,
    caller: &Caller,
    key: &str,
    verb: Verb,
) -> Result<(), Refusal> {
    if !vault.uses_roles() {
        if vault.policy_allows(world, &caller.oid, verb.policy) {
            return Ok(());
        }
        let by_policy = world
            .options
            .assumptions
            .policy_refusal_is_forbidden_by_policy;
        // https://github.com/Azure/azure-sdk-for-js/issues/17391
        return Err(Refusal {
            message: format!(
                "The user, group or application 'appid={};oid={};iss=https://sts.windows.net/{}/' does not have keys {} permission on key vault '{}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
                caller.appid,
                caller.oid,
                caller.tenant,
                verb.policy,
                vault.place()
            ),
            inner: Some(if by_policy {
                "ForbiddenByPolicy"
            } else {
                "AccessDenied"
            }),
        });
    }
    let action = format!("Microsoft.KeyVault/vaults/{}", verb.action);
    let scope = if key.is_empty() {
        vault.id.clone()
    } else {
        vault.key_scope(key)
    };
    if world.has_data_action(&caller.oid, &action, &scope) {
        return Ok(());
    }
    // https://github.com/hashicorp/terraform-provider-azurerm/issues/27817
    Err(Refusal {
        message: format!(
            "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: {}\r\nAction: '{action}'\r\nResource: '{}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: null\r\nVault: {}\r\n",
            describe(caller),
            scope.replace("Microsoft.KeyVault", "microsoft.keyvault"),
            vault.place()
        ),
        inner: Some("ForbiddenByRbac"),
    })
}
