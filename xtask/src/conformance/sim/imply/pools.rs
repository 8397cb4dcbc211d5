//! Managed HSMs, live and deleted.

use super::{after, groups, items, key_of_id, set, text, translated, views};
use crate::conformance::{
    recording::Exchange,
    sim::{
        compare,
        player::{Player, Scene},
    },
};
use azure_core::http::Method;
use serde_json::{Map, Value, json};

const VERSION: &str = "api-version=2023-07-01";
/// Where an HSM is that only its name is known of.
const IMPLIED: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/implied/providers/Microsoft.KeyVault/managedHSMs";
/// What of a shown HSM can be sent.
const SETTABLE: [&str; 7] = [
    "tenantId",
    "initialAdminObjectIds",
    "softDeleteRetentionInDays",
    "enablePurgeProtection",
    "networkAcls",
    "publicNetworkAccess",
    "regions",
];

/// What an exchange with an HSM itself implies.
pub(super) fn state(player: &mut Player<'_>, scene: Scene<'_>) {
    let exchange = scene.exchange;
    let id = scene.path.trim_start_matches("management.azure.com");
    let mode = text(&exchange.request_body, "/properties/createMode");
    match (&*exchange.method, exchange.status) {
        ("GET", 404) => absent(player, id),
        ("PUT", _) if mode.eq_ignore_ascii_case("recover") => {
            let shown = shown_at(player, scene.at, id, scene.parts.get("name"));
            removed(player, scene.at, &shown);
        }
        ("PUT", 200) => {
            // What is shown was begun before.
            absent(player, id);
            put(player, scene.at, &exchange.response_body);
        }
        ("PUT", _) => settle(player, id),
        ("GET", 202) => {
            present(player, scene.at, &bare(scene.parts.get("name"), id));
            settle(player, id);
            if let Some(path) = path(id) {
                player.stage.arm(Method::Delete, &path, &Value::Null);
            }
        }
        ("GET", _) => {
            present(player, scene.at, &exchange.response_body);
            activated(player, &exchange.response_body);
        }
        ("PATCH", _) => {
            let mut shown = exchange.request_body.clone();
            set(&mut shown, "", "id", id.into());
            set(&mut shown, "", "name", scene.parts.get("name").into());
            set(&mut shown, "/properties", "regions", json!([]));
            present(player, scene.at, &shown);
            settle(player, id);
        }
        _ => {
            let shown = shown_at(player, scene.at, id, scene.parts.get("name"));
            present(player, scene.at, &shown);
            settle(player, id);
        }
    }
}

fn shown_at(player: &Player<'_>, at: usize, id: &str, name: &str) -> Value {
    let shown = super::view(player.recording, at, id).cloned();
    shown.unwrap_or_else(|| bare(name, id))
}

/// An HSM of which nothing is shown but its name.
fn bare(name: &str, id: &str) -> Value {
    json!({
        "id": id, "name": name, "location": "westus",
        "sku": sku(), "properties": {},
    })
}

fn sku() -> Value {
    json!({ "family": "B", "name": "Standard_B1" })
}

pub(super) fn listed(player: &mut Player<'_>, scene: Scene<'_>) {
    for item in items(scene.exchange) {
        present(player, scene.at, item);
        if let Some(id) = item.get("id").and_then(Value::as_str) {
            settle(player, id);
        }
        activated(player, item);
    }
}

/// Activates an HSM that an answer shows to be active.
fn activated(player: &Player<'_>, shown: &Value) {
    let status = text(
        shown,
        "/properties/securityDomainProperties/activationStatus",
    );
    if status == "Active" {
        player.stage.sim.activate_managed_hsm(text(shown, "/name"));
    }
}

pub(super) fn deleted(player: &mut Player<'_>, scene: Scene<'_>) {
    let name = scene.parts.get("name");
    let location = scene.parts.get("location");
    match (&*scene.exchange.method, scene.exchange.status) {
        (_, 404) => purge(player, name, location),
        ("GET", 202) => {
            remove_bare(player, scene.at, name, location);
            let path = format!("{}/purge?{VERSION}", deleted_path(name, location));
            player.stage.arm(Method::Post, &path, &Value::Null);
        }
        _ => {
            let mut all = views(player.recording, scene.at);
            let shown = all.find(|view| {
                text(view, "/name").eq_ignore_ascii_case(name)
                    && (!text(view, "/properties/mhsmId").is_empty() || view.get("sku").is_some())
            });
            match shown.cloned() {
                Some(shown) => removed(player, scene.at, &shown),
                None => remove_bare(player, scene.at, name, location),
            }
        }
    }
}

pub(super) fn listed_deleted(player: &mut Player<'_>, scene: Scene<'_>) {
    for item in items(scene.exchange) {
        removed(player, scene.at, item);
    }
}

/// The HSM whose host an exchange is sent to, in use: the caller may do there what the recording shows it doing.
pub(super) fn of_host(player: &mut Player<'_>, at: usize, exchange: &Exchange) {
    let host = exchange
        .url
        .trim_start_matches("https://")
        .split('/')
        .next();
    let Some(name) = host.and_then(|host| host.strip_suffix(".managedhsm.azure.net")) else {
        return;
    };
    let mut all = views(player.recording, at);
    let shown = all
        .find(|view| text(view, "/name").eq_ignore_ascii_case(name) && view.get("sku").is_some());
    let shown = shown.cloned().unwrap_or_else(|| {
        let mut shown = bare(name, &format!("{IMPLIED}/{name}"));
        let host = format!("https://{name}.managedhsm.azure.net/");
        let key = views(player.recording, at).find(|view| {
            text(view, "/key/kid").starts_with(&host) || text(view, "/kid").starts_with(&host)
        });
        if let Some(days) = key.and_then(|key| key.pointer("/attributes/recoverableDays")) {
            set(
                &mut shown,
                "/properties",
                "softDeleteRetentionInDays",
                days.clone(),
            );
        }
        shown
    });
    present(player, at, &shown);
    settle(player, text(&shown, "/id"));
    player.stage.sim.activate_managed_hsm(name);
}

/// Lets who recorded use keys, too: the first administrator may not.
pub(super) fn may_use_keys(player: &mut Player<'_>, exchange: &Exchange) {
    let host = exchange
        .url
        .trim_start_matches("https://")
        .split('/')
        .next();
    let Some(name) = host.and_then(|host| host.strip_suffix(".managedhsm.azure.net")) else {
        return;
    };
    let key = format!("the local roles of {name}");
    if player.knows(&key) {
        return;
    }
    let principal = player.stage.administrator.object_id.clone();
    for role in ["Managed HSM Crypto User", "Managed HSM Crypto Officer"] {
        player
            .stage
            .sim
            .grant_local_role(name, &principal, role, "/");
    }
    player.set_up(&key);
}

fn path(id: &str) -> Option<String> {
    let (group, name) = (after(id, "resourceGroups")?, after(id, "managedHSMs")?);
    Some(format!(
        "/resourceGroups/{group}/providers/Microsoft.KeyVault/managedHSMs/{name}?{VERSION}"
    ))
}

fn deleted_path(name: &str, location: &str) -> String {
    format!("/providers/Microsoft.KeyVault/locations/{location}/deletedManagedHSMs/{name}")
}

/// Waits until nothing goes on with an HSM.
fn settle(player: &mut Player<'_>, id: &str) {
    let Some(path) = path(id) else { return };
    player.stage.pass_until(|stage| {
        let found = stage.arm(Method::Get, &path, &Value::Null);
        found.is_none_or(|found| {
            !found.is_success()
                || text(&found.body_json(), "/properties/provisioningState") == "Succeeded"
        })
    });
}

/// An HSM as a recorded answer shows it; up and running unless the answer shows it being made.
fn present(player: &mut Player<'_>, at: usize, shown: &Value) {
    let id = text(shown, "/id").to_owned();
    let key = key_of_id(&id);
    let Some(path) = path(&id) else { return };
    if !player.may_imply(&key) {
        return;
    }
    let found = player.stage.arm(Method::Get, &path, &Value::Null);
    if found.is_some_and(|found| found.is_success()) {
        return;
    }
    put(player, at, shown);
    if text(shown, "/properties/provisioningState") != "Provisioning" {
        settle(player, &id);
    }
    if let Some(found) = player.stage.arm(Method::Get, &path, &Value::Null) {
        compare::bind(&mut player.ids, shown, &found.body_json());
    }
    player.set_up(&key);
}

/// Begins to make an HSM as it is shown.
fn put(player: &mut Player<'_>, at: usize, shown: &Value) {
    let id = text(shown, "/id");
    let Some(path) = path(id) else { return };
    groups::ensure(player, at, after(id, "resourceGroups").unwrap_or_default());
    purge(player, text(shown, "/name"), text(shown, "/location"));
    let mut properties: Map<String, Value> = SETTABLE
        .iter()
        .filter_map(|name| {
            let value = shown.pointer(&format!("/properties/{name}"))?;
            (!value.is_null()).then(|| ((*name).to_owned(), translated(player, value)))
        })
        .collect();
    let tenant = player.stage.tenant.id.clone();
    let administrator = player.stage.administrator.object_id.clone();
    properties
        .entry("tenantId")
        .or_insert_with(|| tenant.into());
    properties
        .entry("initialAdminObjectIds")
        .or_insert_with(|| json!([administrator]));
    let mut body = json!({
        "location": text(shown, "/location"), "sku": shown.get("sku"), "properties": properties,
    });
    if let Some(tags) = shown.get("tags").filter(|tags| tags.is_object()) {
        set(&mut body, "", "tags", tags.clone());
    }
    player.stage.arm(Method::Put, &path, &body);
}

/// An HSM must not be there, not even deleted.
fn absent(player: &mut Player<'_>, id: &str) {
    let Some(path) = path(id) else { return };
    if !player.may_imply(&key_of_id(id)) {
        return;
    }
    settle(player, id);
    let found = player.stage.arm(Method::Get, &path, &Value::Null);
    if let Some(found) = found.filter(|found| found.is_success()) {
        let shown = found.body_json();
        player.stage.arm(Method::Delete, &path, &Value::Null);
        settle(player, id);
        purge(player, text(&shown, "/name"), text(&shown, "/location"));
        player.implied += 1;
    }
}

fn purge(player: &mut Player<'_>, name: &str, location: &str) {
    let pool = deleted_path(name, location);
    let read = format!("{pool}?{VERSION}");
    let there = player.stage.arm(Method::Get, &read, &Value::Null);
    if !there.is_some_and(|there| there.is_success()) {
        return;
    }
    player.stage.arm(
        Method::Post,
        &format!("{pool}/purge?{VERSION}"),
        &Value::Null,
    );
    player.stage.pass_until(|stage| {
        let found = stage.arm(Method::Get, &read, &Value::Null);
        found.is_some_and(|found| found.status == 404)
    });
}

/// An HSM that is deleted, as the list of the deleted ones or an earlier answer shows it.
fn removed(player: &mut Player<'_>, at: usize, shown: &Value) {
    let mut live = shown.clone();
    let (id, location) = if text(shown, "/properties/mhsmId").is_empty() {
        (text(shown, "/id"), text(shown, "/location"))
    } else {
        set(&mut live, "", "sku", sku());
        let tags = shown.pointer("/properties/tags").cloned();
        set(&mut live, "", "tags", tags.unwrap_or_default());
        let protected = shown.pointer("/properties/purgeProtectionEnabled").cloned();
        set(
            &mut live,
            "/properties",
            "enablePurgeProtection",
            protected.unwrap_or_default(),
        );
        (
            text(shown, "/properties/mhsmId"),
            text(shown, "/properties/location"),
        )
    };
    set(&mut live, "", "id", id.into());
    set(&mut live, "", "location", location.into());
    let read = format!("{}?{VERSION}", deleted_path(text(shown, "/name"), location));
    let there = player.stage.arm(Method::Get, &read, &Value::Null);
    let key = key_of_id(id);
    if there.is_some_and(|there| there.is_success()) || !player.may_imply(&key) {
        return;
    }
    present(player, at, &live);
    let Some(path) = path(id) else { return };
    settle(player, id);
    player.stage.arm(Method::Delete, &path, &Value::Null);
    player.stage.pass_until(|stage| {
        let found = stage.arm(Method::Get, &read, &Value::Null);
        found.is_some_and(|found| found.is_success())
    });
    player.set_up(&key);
}

fn remove_bare(player: &mut Player<'_>, at: usize, name: &str, location: &str) {
    let mut shown = bare(name, &format!("{IMPLIED}/{name}"));
    set(&mut shown, "", "location", location.into());
    removed(player, at, &shown);
}

/// Starts an operation that nothing else tells of, and returns where it is asked after: a creation if its end shows the HSM.
pub(super) fn changing(
    player: &mut Player<'_>,
    at: usize,
    name: &str,
    location: &str,
    shows: &Value,
) -> Option<String> {
    let started = if shows.is_object() {
        let id = text(shows, "/id");
        absent(player, id);
        put(player, at, shows);
        return None;
    } else {
        let mut shown = bare(name, &format!("{IMPLIED}/{name}"));
        set(&mut shown, "", "location", location.into());
        present(player, at, &shown);
        let path = path(text(&shown, "/id"))?;
        player.stage.arm(Method::Delete, &path, &Value::Null)?
    };
    started.find_header("location").map(str::to_owned)
}
