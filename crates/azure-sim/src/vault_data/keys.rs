//! Reading and changing keys.

use super::{
    Answer, VaultCall,
    error::{bad_parameter, key_not_found},
    new_key, render,
    sent::Sent,
};
use crate::{
    SimRequest, SimResponse,
    key_vault::{
        key::{Key, KeyState, KeyVersion},
        model::Vault,
    },
    world::World,
};
use serde_json::{Value, json};

/// The vault and a key that can be used.
pub(super) fn find<'a>(
    world: &'a World,
    call: &VaultCall<'_>,
    name: &str,
) -> Result<(&'a Vault, &'a Key), SimResponse> {
    let vault = world.key_vault.live(call.vault);
    vault
        .and_then(|vault| Some((vault, vault.keys.get(&name.to_lowercase())?)))
        .filter(|(_, key)| key.state(world.now) == KeyState::Live)
        .ok_or_else(|| key_not_found(name))
}

/// The same with one version of the key.
pub(super) fn find_version<'a>(
    world: &'a World,
    call: &VaultCall<'_>,
    name: &str,
    version: Option<&str>,
) -> Result<(&'a Vault, &'a Key, &'a KeyVersion), SimResponse> {
    let (vault, key) = find(world, call, name)?;
    let found = key.version(version).ok_or_else(|| {
        let named = version.map_or_else(|| name.to_owned(), |version| format!("{name}/{version}"));
        key_not_found(&named)
    })?;
    Ok((vault, key, found))
}

pub(super) fn read(
    world: &World,
    call: &VaultCall<'_>,
    name: &str,
    version: Option<&str>,
) -> Answer {
    let (vault, key, version) = find_version(world, call, name, version)?;
    Ok(SimResponse::json(
        200,
        &render::bundle(world, call, vault, key, version),
    ))
}

pub(super) fn list(world: &World, call: &VaultCall<'_>) -> Answer {
    let vault = world.key_vault.live(call.vault);
    let items = vault.into_iter().flat_map(|vault| {
        let live = vault.keys.values();
        live.filter(|key| key.state(world.now) == KeyState::Live)
            .filter_map(|key| Some(render::item(world, call, vault, key, key.current()?, false)))
    });
    page(call, items.collect())
}

pub(super) fn list_versions(world: &World, call: &VaultCall<'_>, name: &str) -> Answer {
    let (vault, key) = find(world, call, name)?;
    let items = key.versions.iter();
    let items = items.map(|version| render::item(world, call, vault, key, version, true));
    page(call, items.collect())
}

/// Pages of at most 25, with `nextLink` null at the end (recorded).
pub(super) fn page(call: &VaultCall<'_>, items: Vec<Value>) -> Answer {
    let (value, next) = cut(call.request, &call.api_version, items)
        .map_err(|message| bad_parameter(message, None))?;
    Ok(SimResponse::json(
        200,
        &json!({"value": value, "nextLink": next}),
    ))
}

const BAD_TOKEN: &str = "The skip token is not valid.";

/// The page of a list that a request asks for, and where the next one is. The error is the text of the refusal.
pub(crate) fn cut(
    request: &SimRequest,
    api_version: &str,
    items: Vec<Value>,
) -> Result<(Vec<Value>, Option<String>), &'static str> {
    let size = match request.query("maxresults") {
        None => 25,
        Some(text) => text
            .parse()
            .ok()
            .filter(|size| (1..=25).contains(size))
            .ok_or("maxresults must be between 1 and 25")?,
    };
    let skip: usize = match request.query("$skiptoken") {
        None => 0,
        Some(token) => token
            .strip_prefix("after")
            .and_then(|number| number.parse().ok())
            .ok_or(BAD_TOKEN)?,
    };
    let end = skip.checked_add(size).ok_or(BAD_TOKEN)?;
    let next = (end < items.len()).then(|| {
        format!(
            "https://{}:443{}?api-version={api_version}&$skiptoken=after{end}&maxresults={size}",
            request.host(),
            request.url.path(),
        )
    });
    let value = items.into_iter().skip(skip).take(size).collect();
    Ok((value, next))
}

/// `PATCH`: attributes, operations and tags of one version; what is absent stays.
pub(super) fn update(
    world: &mut World,
    call: &VaultCall<'_>,
    name: &str,
    version: Option<&str>,
) -> Answer {
    world.note_unknown("keys", &call.body, &["attributes", "key_ops", "tags"]);
    let (_, _, found) = find_version(world, call, name, version)?;
    let said = Sent::read(&found.kty, &call.body, &call.body)?;
    let now = world.unix_time().cast_unsigned();
    let found = world
        .key_vault
        .live_mut(call.vault)
        .and_then(|vault| vault.keys.get_mut(&name.to_lowercase()))
        .and_then(|key| key.version_mut(version));
    if let Some(found) = found {
        said.apply(found, now);
        let dates = [found.not_before, found.expires];
        new_key::stop_at(world, dates);
    }
    world.changed_vault(call.vault);
    read(world, call, name, version)
}
