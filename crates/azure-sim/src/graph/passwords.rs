//! Client secrets of applications and service principals: made by the directory, shown once, removed by id.

use super::{Answer, GraphCall, answer, applications, principals, rights};
use crate::{SimResponse, world::World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MEMBER: &str = "passwordCredentials";
/// How long a secret holds if nobody says otherwise: <https://learn.microsoft.com/graph/api/application-addpassword>.
const TWO_YEARS: u64 = 2 * 365 * 24 * 60 * 60;

/// Whose secrets they are: by object id, and the application that signs in with them.
struct Owner {
    id: String,
    app_id: String,
}

pub(super) fn add(world: &mut World, call: &GraphCall<'_>) -> Answer {
    if call.method != "POST" {
        return Err(answer::method_not_allowed());
    }
    let owner = owner(world, call)?;
    world.note_unknown("addPassword", &call.body, &["passwordCredential"]);
    let wanted = call
        .body
        .get("passwordCredential")
        .cloned()
        .unwrap_or_default();
    let text = |name: &str| wanted.get(name).and_then(Value::as_str);
    let now = world.now;
    let until = now + std::time::Duration::from_secs(TWO_YEARS);
    let key = world.new_guid();
    let secret = secret_of(&key);
    let mut shown = json!({
        "customKeyIdentifier": null,
        "displayName": text("displayName"),
        "endDateTime": text("endDateTime").map_or_else(|| World::timestamp(until), str::to_owned),
        // Recorded: applications give the first letters away, service principals do not.
        "hint": (call.address.collection == "applications").then(|| secret.get(..3)).flatten(),
        "keyId": key,
        "secretText": null,
        "startDateTime": text("startDateTime").map_or_else(|| World::timestamp(now), str::to_owned),
    });
    changes(world, &owner.id);
    if let Some(own) = extra(world, &owner.id) {
        let list = own.entry(MEMBER.to_owned()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(shown.clone());
        }
    }
    let mut apps = world.directory.applications.iter_mut();
    if let Some(app) = apps.find(|app| app.app_id == owner.app_id) {
        app.secrets.push(secret.clone());
    }
    world.changed();
    if let Some(members) = shown.as_object_mut() {
        members.insert("secretText".to_owned(), secret.into());
        let context = answer::context(world, "microsoft.graph.passwordCredential");
        members.insert("@odata.context".to_owned(), context.into());
    }
    let host = format!("https://{}", world.options.cloud.graph_host());
    Ok(SimResponse::json(200, &shown).header("location", host))
}

pub(super) fn remove(world: &mut World, call: &GraphCall<'_>) -> Answer {
    if call.method != "POST" {
        return Err(answer::method_not_allowed());
    }
    let owner = owner(world, call)?;
    world.note_unknown("removePassword", &call.body, &["keyId"]);
    let key = call.text("keyId").unwrap_or_default().to_lowercase();
    let mut removed = false;
    changes(world, &owner.id);
    let list = extra(world, &owner.id).and_then(|own| own.get_mut(MEMBER)?.as_array_mut());
    if let Some(list) = list {
        let before = list.len();
        list.retain(|own| own.get("keyId").and_then(Value::as_str) != Some(&key));
        removed = list.len() < before;
    }
    if !removed {
        // https://learn.microsoft.com/graph/api/application-removepassword
        return Err(answer::error(
            400,
            "Request_BadRequest",
            "No password credential found with keyId.",
        ));
    }
    let secret = secret_of(&key);
    for app in &mut world.directory.applications {
        app.secrets.retain(|known| *known != secret);
    }
    world.changed();
    Ok(SimResponse::empty(204))
}

/// The secret of a key id; the same one for ever, so that it needs no place of its own.
fn secret_of(key: &str) -> String {
    format!("sim~{}", key.replace('-', ""))
}

/// The object that the address names, if the caller may change it.
fn owner(world: &World, call: &GraphCall<'_>) -> Result<Owner, SimResponse> {
    if call.address.collection == "applications" {
        let app = applications::find(world, call)?;
        rights::may_manage(world, call, app)?;
        return Ok(Owner {
            id: app.id.clone(),
            app_id: app.app_id.clone(),
        });
    }
    rights::may_manage_principals(world, call)?;
    let principal = principals::find(world, call, false)?;
    Ok(Owner {
        id: principal.id.clone(),
        app_id: principal.app_id.clone(),
    })
}

/// The list of secrets is a part of the object that others may still see as it was.
fn changes(world: &mut World, id: &str) {
    world.application_changes(id);
    world.principal_changes(id);
}

fn extra<'w>(world: &'w mut World, id: &str) -> Option<&'w mut BTreeMap<String, Value>> {
    let directory = &mut world.directory;
    let mut apps = directory.applications.iter_mut();
    if let Some(app) = apps.find(|app| app.id == id) {
        return Some(&mut app.extra);
    }
    let mut own = directory.service_principals.iter_mut();
    own.find(|own| own.id == id).map(|own| &mut own.extra)
}
