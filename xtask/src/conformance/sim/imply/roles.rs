//! Role assignments, and the principals that hold them.

use super::{items, key_of_id, set, text, translated, view};
use crate::conformance::sim::{
    compare,
    ids::Ids,
    player::{Player, Scene},
};
use azure_core::http::Method;
use serde_json::{Value, json};

const VERSION: &str = "api-version=2022-04-01";

pub(super) fn state(player: &mut Player<'_>, scene: Scene<'_>) {
    let exchange = scene.exchange;
    match (&*exchange.method, exchange.status) {
        ("PUT", 201) => {
            super::vaults::of_assignment(player, scene);
            principal(player, &exchange.response_body);
        }
        ("PUT", 409) => existing(player, scene),
        ("PUT", _) | (_, 404 | 204) => {}
        ("DELETE", _) if !exchange.response_body.is_object() => {
            let id = scene.path.trim_start_matches("management.azure.com");
            if let Some(shown) = view(player.recording, scene.at, id) {
                present(player, shown);
            }
        }
        _ => {
            for item in items(exchange) {
                present(player, item);
            }
        }
    }
}

/// The principal of a shown assignment.
fn principal(player: &mut Player<'_>, shown: &Value) {
    let id = text(shown, "/properties/principalId");
    if id.is_empty() || (player.ids.knows_other(id) && !Ids::is_masked(id)) {
        return;
    }
    let stage = &player.stage;
    let made = match text(shown, "/properties/principalType") {
        "User" => stage
            .sim
            .add_user(&stage.tenant, "implied@contoso.example", &[]),
        "ServicePrincipal" => stage
            .sim
            .add_service_principal(&stage.tenant, "implied", &[]),
        _ => return,
    };
    player.ids.bind_anew(id, &made.object_id);
    player.implied += 1;
}

/// `RoleAssignmentExists`: another name holds the same.
fn existing(player: &mut Player<'_>, scene: Scene<'_>) {
    let Some((scope, _)) = scene.path.rsplit_once('/') else {
        return;
    };
    let role = text(&scene.exchange.request_body, "/properties/roleDefinitionId");
    let held = json!({
        "id": format!("{}/22222222-2222-4222-8222-222222222222", scope.trim_start_matches("management.azure.com")),
        "properties": {
            "roleDefinitionId": role,
            "principalId": text(&scene.exchange.request_body, "/properties/principalId"),
            "principalType": "ServicePrincipal",
        },
    });
    let own = super::views(player.recording, 0).any(|view| {
        text(view, "/properties/principalId") == text(&held, "/properties/principalId")
            && text(view, "/properties/roleDefinitionId") == role
    });
    if !own {
        present(player, &held);
    }
}

/// An assignment as a recorded answer shows it.
fn present(player: &mut Player<'_>, shown: &Value) {
    let id = text(shown, "/id");
    let key = key_of_id(id);
    if id.is_empty() || !player.may_imply(&key) {
        return;
    }
    principal(player, shown);
    let name = text(shown, "/name");
    player.ids.keep(name);
    let url = player
        .ids
        .substitute(&format!("https://management.azure.com{id}?{VERSION}"));
    let found = player.stage.ask(Method::Get, &url, &Value::Null);
    if let Some(found) = found.filter(|found| found.is_success()) {
        compare::bind(&mut player.ids, shown, &found.body_json());
        return;
    }
    let role = text(shown, "/properties/roleDefinitionId");
    player.ids.keep(role);
    let mut properties = json!({});
    for member in [
        "roleDefinitionId",
        "principalId",
        "principalType",
        "description",
        "condition",
        "conditionVersion",
    ] {
        if let Some(value) = shown
            .get("properties")
            .and_then(|own| own.get(member))
            .filter(|value| !value.is_null())
        {
            set(&mut properties, "", member, translated(player, value));
        }
    }
    let body = json!({ "properties": properties });
    let made = player.stage.ask(Method::Put, &url, &body);
    if let Some(made) = made.filter(|made| made.is_success()) {
        compare::bind(&mut player.ids, shown, &made.body_json());
        player.set_up(&key);
    }
}
