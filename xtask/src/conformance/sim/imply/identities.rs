//! Managed identities.

use super::{after, groups, items, key_of_id, text};
use crate::conformance::sim::{
    compare,
    player::{Player, Scene},
};
use azure_core::http::Method;
use serde_json::{Value, json};

const VERSION: &str = "api-version=2023-01-31";

pub(super) fn state(player: &mut Player<'_>, scene: Scene<'_>) {
    match (&*scene.exchange.method, scene.exchange.status) {
        ("PUT", 201) | (_, 404) => absent(player, scene),
        ("DELETE", _) => {
            if let Some(shown) = super::view(player.recording, scene.at, &id_of(scene)) {
                present(player, scene.at, shown);
            }
        }
        _ => {
            for item in items(scene.exchange) {
                present(player, scene.at, item);
            }
        }
    }
}

fn id_of(scene: Scene<'_>) -> String {
    scene
        .path
        .trim_start_matches("management.azure.com")
        .to_owned()
}

fn path(id: &str) -> Option<String> {
    let (group, name) = (
        after(id, "resourceGroups")?,
        after(id, "userAssignedIdentities")?,
    );
    Some(format!(
        "/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}?{VERSION}"
    ))
}

/// An identity as a recorded answer shows it.
pub(super) fn present(player: &mut Player<'_>, at: usize, shown: &Value) {
    let id = text(shown, "/id");
    let key = key_of_id(id);
    let Some(path) = path(id) else { return };
    if !player.may_imply(&key) {
        return;
    }
    let found = player.stage.arm(Method::Get, &path, &Value::Null);
    let found = match found {
        Some(found) if found.is_success() => found,
        _ => {
            groups::ensure(player, at, after(id, "resourceGroups").unwrap_or_default());
            let mut body = json!({ "location": text(shown, "/location") });
            if let (Some(tags), Some(members)) = (shown.get("tags"), body.as_object_mut()) {
                members.insert(String::from("tags"), tags.clone());
            }
            let Some(made) = player.stage.arm(Method::Put, &path, &body) else {
                return;
            };
            player.set_up(&key);
            made
        }
    };
    compare::bind(&mut player.ids, shown, &found.body_json());
}

fn absent(player: &mut Player<'_>, scene: Scene<'_>) {
    if let (true, Some(path)) = (player.may_imply(scene.path), path(scene.path)) {
        let found = player.stage.arm(Method::Get, &path, &Value::Null);
        if found.is_some_and(|found| found.is_success()) {
            player.stage.arm(Method::Delete, &path, &Value::Null);
            player.implied += 1;
        }
    }
}
