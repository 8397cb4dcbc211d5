//! Access policies one by one: `vaults/{name}/accessPolicies/{add|replace|remove}`
//! (<https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/update-access-policy>).

use super::{
    model::{Actor, Vault, invalid_value},
    sent, vaults,
};
use crate::{
    SimResponse,
    arm::{ArmCall, error},
    provider_call::admit,
    world::World,
};
use serde_json::{Map, Value, json};

type Answer = Result<SimResponse, SimResponse>;

const NAMESPACE: &str = "Microsoft.KeyVault";

/// What is done with a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Add,
    Replace,
    Remove,
}

pub(super) fn handle(world: &mut World, call: &ArmCall<'_>) -> Answer {
    admit(
        world,
        call,
        &format!("{NAMESPACE}/vaults/accessPolicies/write"),
        NAMESPACE,
    )?;
    if call.method != "PUT" {
        return Err(error::method_not_allowed(call.method));
    }
    let name = call.path.name(0).unwrap_or_default();
    vaults::own(world, call, name)?;
    let word = call.path.name(1).unwrap_or_default().to_lowercase();
    let kind = match word.as_str() {
        "add" => Kind::Add,
        "replace" => Kind::Replace,
        "remove" => Kind::Remove,
        _ => return Err(bad_request(&invalid_value("operationKind"))),
    };
    world.note_unknown(
        "vaults.accessPolicies",
        &call.body,
        &["properties", "id", "name", "type", "location"],
    );
    let policies = call.body.pointer("/properties/accessPolicies");
    let policies = policies
        .and_then(Value::as_array)
        .ok_or_else(|| bad_request("The parameter accessPolicies is not specified."))?;
    let (now, change_is_heard) = (world.now, world.spread_policies());
    let Some(vault) = world.key_vault.live_mut(name) else {
        return Err(vaults::not_found(call, name));
    };
    let mut all = vault.access_policies.clone();
    sent::check_policies(policies, &vault.tenant).map_err(|text| bad_request(&text))?;
    for policy in policies {
        change(&mut all, policy, kind);
    }
    sent::check_number(&all).map_err(|text| bad_request(&text))?;
    vault.set_policies(all, change_is_heard, now);
    vault.modified = now;
    vault.modified_by = Actor::of(&call.caller);
    let body = render(vault, &word);
    world.changed();
    Ok(SimResponse::json(200, &body))
}

fn bad_request(message: &str) -> SimResponse {
    error::error(400, "BadRequest", message)
}

/// Whose policy it is.
fn owner(policy: &Value) -> [Option<String>; 2] {
    ["objectId", "applicationId"].map(|member| {
        let id = policy.get(member).and_then(Value::as_str);
        id.map(str::to_lowercase)
    })
}

fn change(policies: &mut Vec<Value>, sent: &Value, kind: Kind) {
    let at = policies.iter().position(|own| owner(own) == owner(sent));
    let Some(own) = at.and_then(|at| policies.get_mut(at)) else {
        if kind != Kind::Remove {
            policies.push(sent.clone());
        }
        return;
    };
    if kind == Kind::Replace {
        *own = sent.clone();
        return;
    }
    let named = sent.get("permissions").and_then(Value::as_object);
    for (of, words) in named.into_iter().flatten() {
        let Some(permissions) = own.get_mut("permissions").and_then(Value::as_object_mut) else {
            continue;
        };
        merge(permissions, of, words, kind);
    }
    let left = own.get("permissions").and_then(Value::as_object);
    let mut left = left.into_iter().flat_map(Map::values);
    let is_empty = left.all(|words| words.as_array().is_none_or(Vec::is_empty));
    if let (true, Some(at)) = (is_empty, at) {
        policies.remove(at);
    }
}

/// Adds or removes the permissions on one kind of object, such as `keys`.
fn merge(permissions: &mut Map<String, Value>, of: &str, words: &Value, kind: Kind) {
    let own = permissions
        .entry(of.to_owned())
        .or_insert_with(|| json!([]));
    let Some(own) = own.as_array_mut() else {
        return;
    };
    let same = |one: &Value, other: &Value| match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    };
    for word in words.as_array().into_iter().flatten() {
        if kind == Kind::Remove {
            own.retain(|known| !same(known, word));
        } else if !own.iter().any(|known| same(known, word)) {
            own.push(word.clone());
        }
    }
}

/// The policies of the whole vault.
fn render(vault: &Vault, word: &str) -> Value {
    json!({
        "id": format!("{}/accessPolicies/", vault.id),
        "name": word,
        "type": "Microsoft.KeyVault/vaults/accessPolicies",
        "properties": {"accessPolicies": vault.access_policies},
    })
}
