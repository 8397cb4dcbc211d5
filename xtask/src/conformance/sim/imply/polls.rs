//! Operations whose start a recording lacks.

use super::{accounts, groups, pools, vaults};
use crate::conformance::sim::{
    player::{Player, Scene},
    routes::Operation,
};
use azure_core::http::Method;
use serde_json::Value;

/// Starts an operation for a poll that no start is known of.
pub(super) fn state(player: &mut Player<'_>, scene: Scene<'_>, operation: Operation) {
    let exchange = scene.exchange;
    if player.ids.url(&exchange.url).is_some() {
        return;
    }
    let name = format!("implied-{}", player.implied);
    let url = match operation {
        Operation::GroupDeletion => {
            groups::ensure(player, scene.at, &name);
            let path = format!("/resourceGroups/{name}?api-version=2022-09-01");
            let started = player.stage.arm(Method::Delete, &path, &Value::Null);
            started.and_then(|started| started.find_header("location").map(str::to_owned))
        }
        Operation::VaultPurge => {
            vaults::purging(player, scene.at, &name, scene.parts.get("location"))
        }
        Operation::PoolWrite => {
            let shows = &exchange.response_body;
            pools::changing(player, scene.at, &name, scene.parts.get("location"), shows)
        }
        Operation::AccountWrite => {
            accounts::changing(player, scene.at, &name, scene.parts.get("location"))
        }
    };
    if let Some(url) = url {
        player.ids.bind_url(&exchange.url, &url);
        player.implied += 1;
    }
}
