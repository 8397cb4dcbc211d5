//! The state that a recorded exchange implies, made before it is replayed.
//!
//! A recording starts in the middle, and most lack steps. What an answer shows to be there is set up from that answer, by
//! requests of an administrator; what it shows to be absent is removed. In a recording that is whole this is done only for
//! objects of which nothing was told before.

pub(super) mod people;

mod accounts;
mod directory;
mod groups;
mod identities;
mod keys;
mod polls;
mod pools;
mod roles;
mod vaults;

use super::{
    budgets,
    compare::Rules,
    player::{Player, Scene},
    routes::Kind,
};
use crate::conformance::recording::{Exchange, Recording};
use serde_json::Value;

/// Makes the state that an exchange implies.
pub(super) fn state(player: &mut Player<'_>, scene: Scene<'_>) {
    people::register(player, scene);
    if scene.path.contains("/resourcegroups/") && scene.kind != Kind::Group {
        groups::around(player, scene);
    }
    match scene.kind {
        Kind::Nothing => {}
        Kind::Group => groups::state(player, scene),
        Kind::Identity | Kind::Identities => identities::state(player, scene),
        Kind::Vault => vaults::state(player, scene),
        Kind::Vaults => vaults::listed(player, scene),
        Kind::DeletedVault => vaults::deleted(player, scene),
        Kind::DeletedVaults => vaults::listed_deleted(player, scene),
        Kind::Pool => pools::state(player, scene),
        Kind::Pools => pools::listed(player, scene),
        Kind::DeletedPool => pools::deleted(player, scene),
        Kind::DeletedPools => pools::listed_deleted(player, scene),
        Kind::Keys | Kind::Key | Kind::DeletedKey | Kind::DeletedKeys => {
            keys::state(player, scene);
        }
        Kind::Local => pools::of_host(player, scene.at, scene.exchange),
        Kind::Account | Kind::Accounts | Kind::AccountName => accounts::state(player, scene),
        Kind::RoleAssignment | Kind::RoleAssignments => roles::state(player, scene),
        Kind::Applications | Kind::Application | Kind::Credential => {
            directory::applications(player, scene);
        }
        Kind::Principals | Kind::Principal => directory::principals(player, scene),
        Kind::Objects => directory::objects(player, scene),
        Kind::Poll(operation) => polls::state(player, scene, operation),
    }
}

/// The vault or managed HSM whose host an exchange is sent to.
pub(super) fn owner_of_host(player: &mut Player<'_>, at: usize, exchange: &Exchange) {
    player.stage.register();
    vaults::of_host(player, at, exchange);
    pools::of_host(player, at, exchange);
}

/// What a key does to make something new, which only the service itself can read.
const OPAQUE: [&str; 3] = ["/encrypt", "/sign", "/backup"];

/// How the answer of an exchange is compared.
pub(super) fn rules(recording: &Recording, scene: Scene<'_>) -> Rules {
    let exchange = scene.exchange;
    let is_page = exchange.response_body.get("nextLink").is_some()
        || exchange.response_body.get("@odata.nextLink").is_some()
        || exchange.url.contains("skiptoken");
    Rules {
        partial: is_page || exchange.truncated_items,
        opaque: OPAQUE.iter().any(|word| scene.path.ends_with(word)),
        all_callers: budgets::count_all_callers(recording),
    }
}

/// The key of a resource under which the player remembers it.
pub(super) fn key_of_id(id: &str) -> String {
    format!("management.azure.com{id}").to_lowercase()
}

/// Everything that answers show from an exchange on, then what they showed before, newest first: bodies and items of lists.
fn views(recording: &Recording, from: usize) -> impl Iterator<Item = &Value> {
    let (before, after) = recording
        .exchanges
        .split_at(from.min(recording.exchanges.len()));
    after
        .iter()
        .chain(before.iter().rev())
        .filter(|exchange| exchange.is_success())
        .flat_map(|exchange| {
            let body = &exchange.response_body;
            let items = body.get("value").and_then(Value::as_array);
            std::iter::once(body).chain(items.into_iter().flatten())
        })
}

/// The first view of a resource by id, without case.
fn view<'r>(recording: &'r Recording, from: usize, id: &str) -> Option<&'r Value> {
    views(recording, from).find(|view| {
        let own = view.get("id").and_then(Value::as_str);
        own.is_some_and(|own| own.eq_ignore_ascii_case(id))
    })
}

/// The items of a recorded list; a body that is no list is its own item.
fn items(exchange: &Exchange) -> Vec<&Value> {
    match exchange
        .response_body
        .get("value")
        .and_then(Value::as_array)
    {
        Some(items) => items.iter().collect(),
        None if exchange.response_body.is_object() => vec![&exchange.response_body],
        None => Vec::new(),
    }
}

/// A text in a JSON value, or nothing.
fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default()
}

/// Sets a member of the object at a pointer.
fn set(value: &mut Value, pointer: &str, name: &str, member: Value) {
    if let Some(members) = value.pointer_mut(pointer).and_then(Value::as_object_mut) {
        members.insert(name.to_owned(), member);
    }
}

/// A recorded value as this simulator has it.
fn translated(player: &Player<'_>, value: &Value) -> Value {
    serde_json::from_str(&player.ids.substitute(&value.to_string())).unwrap_or_default()
}

/// The segment of an id after a word.
fn after<'i>(id: &'i str, word: &str) -> Option<&'i str> {
    let mut segments = id.split('/');
    segments.find(|segment| segment.eq_ignore_ascii_case(word))?;
    segments.next()
}
