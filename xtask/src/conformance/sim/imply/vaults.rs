//! Vaults, live and deleted.

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

const VERSION: &str = "api-version=2023-02-01";
/// Where a vault is that only its name is known of.
const IMPLIED: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/implied/providers/Microsoft.KeyVault/vaults";
/// What of a shown vault can be sent.
const SETTABLE: [&str; 11] = [
    "tenantId",
    "sku",
    "accessPolicies",
    "enabledForDeployment",
    "enabledForDiskEncryption",
    "enabledForTemplateDeployment",
    "softDeleteRetentionInDays",
    "enableRbacAuthorization",
    "enablePurgeProtection",
    "networkAcls",
    "publicNetworkAccess",
];

/// What an exchange with a vault itself implies.
pub(super) fn state(player: &mut Player<'_>, scene: Scene<'_>) {
    let exchange = scene.exchange;
    let id = scene.path.trim_start_matches("management.azure.com");
    match (&*exchange.method, exchange.status) {
        (_, 404 | 409) => absent(player, id),
        ("PUT", _) if text(&exchange.request_body, "/properties/createMode") == "recover" => {
            let shown = exchange.response_body.clone();
            removed(player, scene.at, &shown);
        }
        ("PUT", _)
            if text(&exchange.response_body, "/properties/provisioningState")
                == "RegisteringDns" =>
        {
            absent(player, id);
        }
        ("DELETE", _) => {
            if let Some(shown) = super::view(player.recording, scene.at, id).cloned() {
                present(player, scene.at, &shown);
            } else {
                present(player, scene.at, &bare(scene.parts.get("name"), id));
            }
        }
        _ => {
            present(player, scene.at, &exchange.response_body);
            if exchange.method != "GET" {
                settle(player, id);
            }
        }
    }
}

/// The vault that a role assignment is for, of which no more than its id need be known.
pub(super) fn of_assignment(player: &mut Player<'_>, scene: Scene<'_>) {
    let id = scene.path.trim_start_matches("management.azure.com");
    let scope = id.split_once("/providers/Microsoft.Authorization/");
    let scope = scope.map_or(id, |(scope, _)| scope);
    if let Some(name) = after(scope, "vaults") {
        present(player, scene.at, &bare(name, scope));
    }
}

/// Waits until a vault is up: an answer shows that it is.
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

/// A vault of which nothing is shown but its name.
fn bare(name: &str, id: &str) -> Value {
    json!({
        "id": id, "name": name, "location": "westus",
        "properties": { "sku": { "family": "A", "name": "premium" }, "accessPolicies": [] },
    })
}

pub(super) fn listed(player: &mut Player<'_>, scene: Scene<'_>) {
    for item in items(scene.exchange) {
        present(player, scene.at, item);
    }
}

pub(super) fn deleted(player: &mut Player<'_>, scene: Scene<'_>) {
    let exchange = scene.exchange;
    let name = scene.parts.get("name");
    if exchange.status == 404 {
        purge(player, name, scene.parts.get("location"));
        return;
    }
    let shown = views(player.recording, scene.at)
        .find(|view| {
            text(view, "/name").eq_ignore_ascii_case(name)
                && (!text(view, "/properties/vaultId").is_empty()
                    || view.pointer("/properties/sku").is_some())
        })
        .cloned();
    let shown = shown.unwrap_or_else(|| {
        let mut shown = bare(name, &format!("{IMPLIED}/{name}"));
        set(
            &mut shown,
            "",
            "location",
            scene.parts.get("location").into(),
        );
        shown
    });
    removed(player, scene.at, &shown);
}

pub(super) fn listed_deleted(player: &mut Player<'_>, scene: Scene<'_>) {
    for item in items(scene.exchange) {
        removed(player, scene.at, item);
    }
}

/// The vault whose host an exchange is sent to, if it is one.
pub(super) fn of_host(player: &mut Player<'_>, at: usize, exchange: &Exchange) {
    let host = exchange
        .url
        .trim_start_matches("https://")
        .split('/')
        .next();
    let Some(name) = host.and_then(|host| host.strip_suffix(".vault.azure.net")) else {
        return;
    };
    let shown = views(player.recording, at).find(|view| {
        text(view, "/name").eq_ignore_ascii_case(name) && view.pointer("/properties/sku").is_some()
    });
    let shown = shown.cloned().unwrap_or_else(|| {
        let mut shown = bare(name, &format!("{IMPLIED}/{name}"));
        // The caller may do what the recording shows it doing.
        set(
            &mut shown,
            "/properties",
            "enableRbacAuthorization",
            true.into(),
        );
        let host = format!("https://{name}.vault.azure.net/");
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
        let level = key.map_or("", |key| text(key, "/attributes/recoveryLevel"));
        if !level.is_empty() && !level.contains("Purgeable") {
            set(
                &mut shown,
                "/properties",
                "enablePurgeProtection",
                true.into(),
            );
        }
        shown
    });
    present(player, at, &shown);
}

fn path(id: &str) -> Option<String> {
    let (group, name) = (after(id, "resourceGroups")?, after(id, "vaults")?);
    Some(format!(
        "/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}?{VERSION}"
    ))
}

/// A vault as a recorded answer shows it, up and running.
pub(super) fn present(player: &mut Player<'_>, at: usize, shown: &Value) {
    let id = text(shown, "/id");
    let key = key_of_id(id);
    let Some(path) = path(id) else { return };
    if !player.may_imply(&key) {
        return;
    }
    let found = player.stage.arm(Method::Get, &path, &Value::Null);
    if found.is_some_and(|found| found.is_success()) {
        return;
    }
    groups::ensure(player, at, after(id, "resourceGroups").unwrap_or_default());
    free(player, shown);
    let mut properties: Map<String, Value> = SETTABLE
        .iter()
        .filter_map(|name| {
            let value = shown.pointer(&format!("/properties/{name}"))?;
            (!value.is_null()).then(|| ((*name).to_owned(), translated(player, value)))
        })
        .collect();
    let tenant = player.stage.tenant.id.clone();
    properties
        .entry("tenantId")
        .or_insert_with(|| tenant.into());
    properties
        .entry("accessPolicies")
        .or_insert_with(|| json!([]));
    properties
        .entry("sku")
        .or_insert_with(|| json!({ "family": "A", "name": "standard" }));
    let mut body = json!({ "location": text(shown, "/location"), "properties": properties });
    if let Some(tags) = shown.get("tags").filter(|tags| tags.is_object()) {
        set(&mut body, "", "tags", tags.clone());
    }
    let Some(made) = player.stage.arm(Method::Put, &path, &body) else {
        return;
    };
    if !made.is_success() {
        return;
    }
    player.stage.pass_until(|stage| {
        let found = stage.arm(Method::Get, &path, &Value::Null);
        found.is_some_and(|found| {
            text(&found.body_json(), "/properties/provisioningState") == "Succeeded"
        })
    });
    if let Some(found) = player.stage.arm(Method::Get, &path, &Value::Null) {
        compare::bind(&mut player.ids, shown, &found.body_json());
    }
    player.set_up(&key);
}

/// Frees a name that a deleted vault of the simulator still holds though the recording shows it in use.
fn free(player: &mut Player<'_>, shown: &Value) {
    let name = text(shown, "/name").to_owned();
    let location = text(shown, "/location").to_owned();
    purge(player, &name, &location);
}

/// A vault must not be there, not even deleted.
fn absent(player: &mut Player<'_>, id: &str) {
    let Some(path) = path(id) else { return };
    if !player.may_imply(&key_of_id(id)) {
        return;
    }
    let found = player.stage.arm(Method::Get, &path, &Value::Null);
    if let Some(found) = found.filter(|found| found.is_success()) {
        player.stage.arm(Method::Delete, &path, &Value::Null);
        player.implied += 1;
        let shown = found.body_json();
        purge(player, text(&shown, "/name"), text(&shown, "/location"));
    } else {
        let name = after(id, "vaults").unwrap_or_default().to_owned();
        let list = player.stage.arm(
            Method::Get,
            &format!("/providers/Microsoft.KeyVault/deletedVaults?{VERSION}"),
            &Value::Null,
        );
        let list = list.map(|list| list.body_json()).unwrap_or_default();
        let deleted = list.get("value").and_then(Value::as_array);
        let location = deleted
            .into_iter()
            .flatten()
            .find(|vault| text(vault, "/name").eq_ignore_ascii_case(&name))
            .map(|vault| text(vault, "/properties/location").to_owned());
        if let Some(location) = location {
            purge(player, &name, &location);
        }
    }
}

fn purge(player: &mut Player<'_>, name: &str, location: &str) {
    let vault = format!("/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}");
    let read = format!("{vault}?{VERSION}");
    let there = player.stage.arm(Method::Get, &read, &Value::Null);
    if !there.is_some_and(|there| there.is_success()) {
        return;
    }
    player.stage.arm(
        Method::Post,
        &format!("{vault}/purge?{VERSION}"),
        &Value::Null,
    );
    player.stage.pass_until(|stage| {
        let found = stage.arm(Method::Get, &read, &Value::Null);
        found.is_some_and(|found| found.status == 404)
    });
    player.implied += 1;
}

/// A vault that was deleted. `shown` is its view as a live or as a deleted one.
fn removed(player: &mut Player<'_>, at: usize, shown: &Value) {
    let id = match text(shown, "/properties/vaultId") {
        "" => text(shown, "/id"),
        id => id,
    };
    let key = key_of_id(id);
    let name = after(id, "vaults").unwrap_or_default();
    let location = match text(shown, "/properties/location") {
        "" => text(shown, "/location"),
        location => location,
    };
    let read = format!(
        "/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}?{VERSION}"
    );
    let there = player.stage.arm(Method::Get, &read, &Value::Null);
    if there.is_some_and(|there| there.is_success()) || !player.may_imply(&key) {
        return;
    }
    let mut live = shown.clone();
    set(&mut live, "", "id", id.into());
    set(&mut live, "", "location", location.into());
    if let Some(tags) = shown.pointer("/properties/tags") {
        set(&mut live, "", "tags", tags.clone());
    }
    if shown.pointer("/properties/purgeProtectionEnabled") == Some(&Value::Bool(true)) {
        set(
            &mut live,
            "/properties",
            "enablePurgeProtection",
            true.into(),
        );
    }
    present(player, at, &live);
    if let Some(path) = path(id) {
        player.stage.arm(Method::Delete, &path, &Value::Null);
    }
    player.set_up(&key);
}

/// Deletes and purges a vault that nothing else tells of, and returns where the purge is asked after.
pub(super) fn purging(
    player: &mut Player<'_>,
    at: usize,
    name: &str,
    location: &str,
) -> Option<String> {
    let id = format!("{IMPLIED}/{name}");
    let mut shown = bare(name, &id);
    set(&mut shown, "", "location", location.into());
    removed(player, at, &shown);
    let path = format!(
        "/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}/purge?{VERSION}"
    );
    let started = player.stage.arm(Method::Post, &path, &Value::Null)?;
    started.find_header("location").map(str::to_owned)
}
