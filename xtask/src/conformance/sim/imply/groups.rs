//! Resource groups.

use super::{after, key_of_id, text, view};
use crate::conformance::sim::player::{Player, Scene};
use azure_core::http::Method;
use serde_json::{Value, json};

const VERSION: &str = "api-version=2022-09-01";

/// What an exchange with the group itself implies.
pub(super) fn state(player: &mut Player<'_>, scene: Scene<'_>) {
    let name = scene.parts.get("group");
    match (&*scene.exchange.method, scene.exchange.status) {
        ("PUT", 201) | (_, 404) => absent(player, name, scene.path),
        _ => {
            present(player, scene.at, name, scene.path);
            if text(
                &scene.exchange.response_body,
                "/properties/provisioningState",
            ) == "Deleting"
            {
                let deleting = look(player, name).is_some_and(|group| {
                    text(&group, "/properties/provisioningState") == "Deleting"
                });
                if !deleting && player.may_imply(scene.path) {
                    player.stage.arm(Method::Delete, &path(name), &Value::Null);
                    player.implied += 1;
                }
            }
        }
    }
}

/// The group of a resource that an exchange is about.
pub(super) fn around(player: &mut Player<'_>, scene: Scene<'_>) {
    if scene.exchange.error_code() == Some("ResourceGroupNotFound") {
        return;
    }
    if let Some(name) = after(scene.path, "resourcegroups") {
        ensure(player, scene.at, name);
    }
}

/// A group must be there, by name.
pub(super) fn ensure(player: &mut Player<'_>, at: usize, name: &str) {
    let id = format!("/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/{name}");
    present(player, at, name, &key_of_id(&id));
}

fn path(name: &str) -> String {
    format!("/resourceGroups/{name}?{VERSION}")
}

fn look(player: &Player<'_>, name: &str) -> Option<Value> {
    let answer = player.stage.arm(Method::Get, &path(name), &Value::Null)?;
    answer.is_success().then(|| answer.body_json())
}

fn present(player: &mut Player<'_>, at: usize, name: &str, key: &str) {
    if !player.may_imply(key) || look(player, name).is_some() {
        return;
    }
    let id = key.trim_start_matches("management.azure.com");
    let shown = view(player.recording, at, id);
    let location = shown.map_or("", |shown| text(shown, "/location"));
    let mut body = json!({ "location": if location.is_empty() { "westus" } else { location } });
    if let (Some(tags), Some(members)) = (
        shown.and_then(|shown| shown.get("tags")),
        body.as_object_mut(),
    ) {
        members.insert(String::from("tags"), tags.clone());
    }
    player.stage.arm(Method::Put, &path(name), &body);
    player.set_up(key);
}

fn absent(player: &mut Player<'_>, name: &str, key: &str) {
    if !player.may_imply(key) || look(player, name).is_none() {
        return;
    }
    player.stage.arm(Method::Delete, &path(name), &Value::Null);
    let path = path(name);
    player.stage.pass_until(|stage| {
        let found = stage.arm(Method::Get, &path, &Value::Null);
        found.is_some_and(|answer| answer.status == 404)
    });
    player.set_up(key);
}
