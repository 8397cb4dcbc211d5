//! Cosmos DB accounts.

use super::{after, groups, items, key_of_id, set, text, translated, view};
use crate::conformance::sim::{
    compare,
    player::{Player, Scene},
};
use azure_core::http::Method;
use serde_json::{Map, Value, json};

const VERSION: &str = "api-version=2024-08-15";
/// Where an account is that only its name is known of.
const IMPLIED: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/implied/providers/Microsoft.DocumentDB/databaseAccounts";
/// What of a shown account can be sent as it is.
const SETTABLE: [&str; 18] = [
    "analyticalStorageConfiguration",
    "apiProperties",
    "backupPolicy",
    "capabilities",
    "consistencyPolicy",
    "cors",
    "databaseAccountOfferType",
    "disableKeyBasedMetadataWriteAccess",
    "disableLocalAuth",
    "enableAnalyticalStorage",
    "enableAutomaticFailover",
    "enableFreeTier",
    "enableMultipleWriteLocations",
    "ipRules",
    "isVirtualNetworkFilterEnabled",
    "networkAclBypass",
    "publicNetworkAccess",
    "virtualNetworkRules",
];

pub(super) fn state(player: &mut Player<'_>, scene: Scene<'_>) {
    let exchange = scene.exchange;
    let id = scene
        .path
        .trim_start_matches("management.azure.com")
        .to_owned();
    let state = text(&exchange.response_body, "/properties/provisioningState");
    match (&*exchange.method, exchange.status) {
        ("HEAD", status) => named(player, scene, status == 200),
        (_, 404) => absent(player, &id),
        ("PUT", 200) if state == "Creating" => absent(player, &id),
        ("DELETE", _) => {
            let shown = view(player.recording, scene.at, &id).cloned();
            let shown = shown.unwrap_or_else(|| bare(&id));
            present(player, scene.at, &shown);
        }
        _ => {
            for item in items(exchange) {
                present(player, scene.at, item);
            }
        }
    }
}

fn bare(id: &str) -> Value {
    json!({ "id": id, "location": "West US", "kind": "GlobalDocumentDB", "properties": {} })
}

/// Whether the name of an account is taken.
fn named(player: &mut Player<'_>, scene: Scene<'_>, taken: bool) {
    let name = scene.parts.get("name");
    let id = format!("{IMPLIED}/{name}");
    let shown = super::views(player.recording, scene.at)
        .find(|view| {
            text(view, "/name") == name && text(view, "/type").ends_with("databaseAccounts")
        })
        .cloned();
    let shown = shown.unwrap_or_else(|| bare(&id));
    if taken {
        present(player, scene.at, &shown);
    } else {
        absent(player, text(&shown, "/id"));
    }
}

fn path(id: &str) -> Option<String> {
    let (group, name) = (after(id, "resourceGroups")?, after(id, "databaseAccounts")?);
    Some(format!(
        "/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts/{name}?{VERSION}"
    ))
}

/// An account as a recorded answer shows it, up unless it is still being made.
pub(super) fn present(player: &mut Player<'_>, at: usize, shown: &Value) {
    let id = text(shown, "/id");
    let key = key_of_id(id);
    let Some(path) = path(id) else { return };
    if !player.may_imply(&key) {
        return;
    }
    let found = player.stage.arm(Method::Get, &path, &Value::Null);
    if let Some(found) = found.filter(|found| found.is_success()) {
        if text(shown, "/properties/provisioningState") == "Succeeded" {
            mend(player, &path, shown, &found.body_json());
        }
        return;
    }
    groups::ensure(player, at, after(id, "resourceGroups").unwrap_or_default());
    let body = body(player, shown);
    let made = player.stage.arm(Method::Put, &path, &body);
    if !made.is_some_and(|made| made.is_success()) {
        return;
    }
    player.set_up(&key);
    if text(shown, "/properties/provisioningState") != "Creating" {
        player
            .stage
            .pass_until(|stage| state_of(stage, &path) == "Succeeded");
    }
    if let Some(found) = player.stage.arm(Method::Get, &path, &Value::Null) {
        compare::bind(&mut player.ids, shown, &found.body_json());
    }
}

fn state_of(stage: &crate::conformance::sim::stage::Stage, path: &str) -> String {
    let found = stage.arm(Method::Get, path, &Value::Null);
    let found = found.map(|found| found.body_json()).unwrap_or_default();
    text(&found, "/properties/provisioningState").to_owned()
}

fn body(player: &Player<'_>, shown: &Value) -> Value {
    let location = text(shown, "/location");
    let mut properties: Map<String, Value> = SETTABLE
        .iter()
        .filter_map(|name| {
            let value = shown.pointer(&format!("/properties/{name}"))?;
            (!value.is_null()).then(|| ((*name).to_owned(), translated(player, value)))
        })
        .collect();
    let locations = shown
        .pointer("/properties/locations")
        .and_then(Value::as_array);
    let locations: Vec<Value> = locations
        .into_iter()
        .flatten()
        .map(|place| {
            json!({
                "locationName": place.get("locationName").cloned().unwrap_or_default(),
                "failoverPriority": place.get("failoverPriority").cloned().unwrap_or_default(),
                "isZoneRedundant": place.get("isZoneRedundant").cloned().unwrap_or(false.into()),
            })
        })
        .collect();
    let one =
        json!([{ "locationName": location, "failoverPriority": 0, "isZoneRedundant": false }]);
    properties.insert(
        String::from("locations"),
        if locations.is_empty() {
            one
        } else {
            locations.into()
        },
    );
    properties
        .entry("databaseAccountOfferType")
        .or_insert_with(|| "Standard".into());
    let mut body = json!({
        "location": location,
        "kind": text(shown, "/kind"),
        "properties": properties,
    });
    if let Some(tags) = shown.get("tags").filter(|tags| tags.is_object()) {
        set(&mut body, "", "tags", tags.clone());
    }
    let kind = text(shown, "/identity/type");
    if !kind.is_empty() && kind != "None" {
        let users = shown.pointer("/identity/userAssignedIdentities");
        let users = users.and_then(Value::as_object).into_iter().flatten();
        let users: Map<String, Value> = users
            .map(|(id, _)| (player.ids.substitute(id), json!({})))
            .collect();
        set(&mut body, "", "identity", json!({ "type": kind }));
        if !users.is_empty() {
            set(
                &mut body,
                "/identity",
                "userAssignedIdentities",
                users.into(),
            );
        }
    }
    body
}

/// Changes what a later answer shows changed, where a recording lacks the steps between.
fn mend(player: &mut Player<'_>, path: &str, shown: &Value, found: &Value) {
    if player.is_complete() || state_of(&player.stage, path) != "Succeeded" {
        return;
    }
    let wanted = body(player, shown);
    let mut properties = Map::new();
    for name in [
        "virtualNetworkRules",
        "ipRules",
        "isVirtualNetworkFilterEnabled",
        "locations",
    ] {
        let place = format!("/properties/{name}");
        let theirs = shown.pointer(&place);
        let differs = match (theirs, found.pointer(&place)) {
            (Some(Value::Array(theirs)), Some(Value::Array(ours))) => {
                let names = |list: &[Value]| -> Vec<String> {
                    let names = list.iter().map(|one| text(one, "/locationName").to_owned());
                    names.collect()
                };
                theirs.len() != ours.len() || names(theirs) != names(ours)
            }
            (theirs, ours) => theirs != ours,
        };
        if let (true, Some(value)) = (differs, wanted.pointer(&place)) {
            properties.insert(name.to_owned(), value.clone());
        }
    }
    if properties.is_empty() {
        return;
    }
    let body = json!({ "properties": properties });
    player.stage.arm(Method::Patch, path, &body);
    player
        .stage
        .pass_until(|stage| state_of(stage, path) == "Succeeded");
    player.implied += 1;
}

fn absent(player: &mut Player<'_>, id: &str) {
    let Some(path) = path(id) else { return };
    if !player.may_imply(&key_of_id(id)) {
        return;
    }
    let found = player.stage.arm(Method::Get, &path, &Value::Null);
    if !found.is_some_and(|found| found.is_success()) {
        return;
    }
    player.stage.pass_until(|stage| {
        let gone = stage.arm(Method::Delete, &path, &Value::Null);
        gone.is_some_and(|gone| gone.is_success())
    });
    player.stage.pass_until(|stage| {
        let found = stage.arm(Method::Get, &path, &Value::Null);
        found.is_some_and(|found| found.status == 404)
    });
    player.implied += 1;
}

/// Updates an account that nothing else tells of, and returns where the operation is asked after.
pub(super) fn changing(
    player: &mut Player<'_>,
    at: usize,
    name: &str,
    location: &str,
) -> Option<String> {
    let id = format!("{IMPLIED}/{name}");
    let mut shown = bare(&id);
    set(&mut shown, "", "location", location.into());
    present(player, at, &shown);
    let body = json!({ "tags": { "implied": "operation" } });
    let started = player.stage.arm(Method::Patch, &path(&id)?, &body)?;
    let url = started.find_header("azure-asyncoperation");
    url.map(str::to_owned)
}
