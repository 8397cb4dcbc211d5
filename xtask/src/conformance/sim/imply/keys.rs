//! Keys of vaults.

use super::{items, pools, text, vaults, views};
use crate::conformance::{
    recording::Exchange,
    sim::{
        compare,
        player::{Player, Scene},
    },
};
use azure_core::http::Method;
use serde_json::{Map, Value, json};

const VERSION: &str = "api-version=7.3";

pub(super) fn state(player: &mut Player<'_>, scene: Scene<'_>) {
    let exchange = scene.exchange;
    vaults::of_host(player, scene.at, exchange);
    pools::of_host(player, scene.at, exchange);
    pools::may_use_keys(player, exchange);
    let host = exchange
        .url
        .trim_start_matches("https://")
        .split('/')
        .next();
    let vault = format!("https://{}", host.unwrap_or_default());
    let name = scene.parts.get("key");
    let versions = scene.path.ends_with("/versions");
    match (&*exchange.method, exchange.status) {
        (_, 401) => {}
        _ if scene.path.contains("/deletedkeys/") => {
            deleted(player, scene, &vault, name);
        }
        _ if scene.path.ends_with("/deletedkeys") => {
            for item in items(exchange) {
                let own = text(item, "/kid").split('/').nth(4).unwrap_or_default();
                deleted(player, scene, &vault, own);
            }
        }
        ("POST", _) if scene.path.ends_with("/create") => {
            if exchange.status == 409 {
                let bare = json!({ "kty": "EC" });
                present(player, scene, &vault, name, &bare);
                player
                    .stage
                    .ask(Method::Delete, &url(&vault, "keys", name), &Value::Null);
            }
        }
        // An import brings its key along, and a restore its backup.
        ("PUT", _) if !scene.path.ends_with("/rotationpolicy") => {}
        ("POST", _) if scene.path.ends_with("/keys/restore") => {}
        _ if versions || name.is_empty() => {
            for item in items(exchange).into_iter().rev() {
                let own = text(item, "/kid").split('/').nth(4).unwrap_or_default();
                // An item tells little of the key; some later answer may tell all.
                let mut later = views(player.recording, scene.at);
                let whole = later.find(|view| !versions && is_key(view, &vault, own));
                version(player, &vault, own, whole.unwrap_or(item), versions);
            }
        }
        _ => {
            let shown = views(player.recording, scene.at).find(|view| is_key(view, &vault, name));
            let shown = shown.cloned().unwrap_or_else(|| json!({}));
            let wanted = scene.parts.get("version");
            if wanted.is_empty() || !player.ids.knows(wanted) {
                present(player, scene, &vault, name, &shown);
            }
            if scene.path.ends_with("/decrypt") {
                sealed(player, exchange);
            }
        }
    }
}

/// A recorded ciphertext is one of a key that Azure keeps, so the recorded plaintext is encrypted with the key that stands for it.
fn sealed(player: &mut Player<'_>, exchange: &Exchange) {
    let theirs = text(&exchange.request_body, "/value");
    if player.ids.knows_text(theirs) {
        return;
    }
    let url = player.ids.substitute(&exchange.url);
    let url = url.replacen("/decrypt?", "/encrypt?", 1);
    let body = json!({
        "alg": exchange.request_body.get("alg"),
        "value": exchange.response_body.get("value"),
    });
    let sealed = player.stage.ask(Method::Post, &url, &body);
    if let Some(sealed) = sealed.filter(|sealed| sealed.is_success()) {
        let ours = sealed.body_json();
        player.ids.bind_text(theirs, text(&ours, "/value"));
    }
}

fn url(vault: &str, collection: &str, name: &str) -> String {
    format!("{vault}/{collection}/{name}?{VERSION}")
}

fn is_key(view: &Value, vault: &str, name: &str) -> bool {
    let start = format!("{vault}/keys/{name}/").to_lowercase();
    text(view, "/key/kid").to_lowercase().starts_with(&start)
}

/// The body that makes a key as it is shown.
fn body(shown: &Value) -> Value {
    let kty = match text(shown, "/key/kty") {
        "" => "RSA",
        kty => kty,
    };
    let mut body = Map::new();
    body.insert(String::from("kty"), kty.into());
    let curve = text(shown, "/key/crv");
    if !curve.is_empty() {
        body.insert(String::from("crv"), curve.into());
    }
    if kty.starts_with("RSA") && shown.pointer("/key/n").is_some() {
        // Base64 without padding: four letters for three bytes.
        let bits = text(shown, "/key/n").len() * 6 / 8 * 8;
        // A shorter one was imported.
        let bits = bits.max(2048);
        body.insert(String::from("key_size"), bits.into());
    }
    if let Some(operations) = shown.pointer("/key/key_ops") {
        body.insert(String::from("key_ops"), operations.clone());
    }
    if let Some(tags) = shown.get("tags") {
        body.insert(String::from("tags"), tags.clone());
    }
    let mut attributes = Map::new();
    for name in ["enabled", "nbf", "exp"] {
        if let Some(value) = shown.pointer(&format!("/attributes/{name}")) {
            attributes.insert(name.to_owned(), value.clone());
        }
    }
    body.insert(String::from("attributes"), Value::Object(attributes));
    Value::Object(body)
}

/// A key as a recorded answer shows it.
fn present(player: &mut Player<'_>, scene: Scene<'_>, vault: &str, name: &str, shown: &Value) {
    let key = format!("{vault}/keys/{name}").replace("https://", "");
    if !player.may_imply(&key.to_lowercase()) {
        return;
    }
    let found = player
        .stage
        .ask(Method::Get, &url(vault, "keys", name), &Value::Null);
    if found.is_some_and(|found| found.is_success()) && scene.parts.get("version").is_empty() {
        return;
    }
    make(player, vault, name, shown);
    player.set_up(&key.to_lowercase());
}

fn make(player: &mut Player<'_>, vault: &str, name: &str, shown: &Value) {
    let url = format!("{vault}/keys/{name}/create?{VERSION}");
    let made = player.stage.ask(Method::Post, &url, &body(shown));
    if let Some(made) = made.filter(|made| made.is_success()) {
        let made = made.body_json();
        compare::bind(&mut player.ids, shown, &made);
        // Items of lists name the key and perhaps the version, and have no `key`.
        let kid = text(&made, "/key/kid");
        let versions = [text(shown, "/kid"), kid].map(|kid| kid.split('/').nth(5));
        if let [Some(theirs), Some(ours)] = versions {
            player.ids.bind_anew(theirs, ours);
        }
        let _ = player.ids.matches(text(shown, "/kid"), kid);
    }
}

/// An item of a list: the key, and the version where versions are listed.
fn version(player: &mut Player<'_>, vault: &str, name: &str, item: &Value, versions: bool) {
    let kid = [text(item, "/kid"), text(item, "/key/kid")].concat();
    let id = kid.rsplit('/').next().unwrap_or_default();
    let place = if versions {
        format!("{name}/{}", player.ids.substitute(id))
    } else {
        name.to_owned()
    };
    let found = player
        .stage
        .ask(Method::Get, &url(vault, "keys", &place), &Value::Null);
    let known = found.is_some_and(|found| found.is_success());
    let key = kid.replace("https://", "").to_lowercase();
    if !known && player.may_imply(&key) {
        make(player, vault, name, item);
        player.set_up(&key);
    }
}

fn deleted(player: &mut Player<'_>, scene: Scene<'_>, vault: &str, name: &str) {
    let read = url(vault, "deletedkeys", name);
    let found = player.stage.ask(Method::Get, &read, &Value::Null);
    let key = format!("{vault}/keys/{name}")
        .replace("https://", "")
        .to_lowercase();
    if found.is_some_and(|found| found.is_success()) || !player.may_imply(&key) {
        return;
    }
    let live = url(vault, "keys", name);
    let there = player.stage.ask(Method::Get, &live, &Value::Null);
    if !there.is_some_and(|there| there.is_success()) {
        // What a purge removes or a list names is shown nowhere else; what is shown later was made anew.
        let alone = scene.exchange.method != "DELETE" && !scene.path.ends_with("/deletedkeys");
        let mut all = views(player.recording, scene.at);
        let shown = all.find(|view| alone && is_key(view, vault, name));
        let shown = shown.cloned().unwrap_or_else(|| json!({}));
        make(player, vault, name, &shown);
    }
    player.stage.ask(Method::Delete, &live, &Value::Null);
    if scene.exchange.status == 409 {
        // `ObjectIsBeingDeleted`: it has just begun.
        player.set_up(&key);
        return;
    }
    player.stage.pass_until(|stage| {
        let found = stage.ask(Method::Get, &read, &Value::Null);
        found.is_some_and(|found| found.is_success())
    });
    player.set_up(&key);
}
