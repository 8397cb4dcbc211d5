//! `applications/{id}/addPassword`: a client secret, shown once.

use super::{Answer, GraphCall, answer, applications, rights};
use crate::{SimResponse, world::World};
use serde_json::{Value, json};
use std::time::Duration;

/// Two years, if the call does not say: <https://learn.microsoft.com/graph/api/application-addpassword>
const LIFETIME: Duration = Duration::from_secs(2 * 365 * 24 * 60 * 60);

/// The secret works at the token endpoint at once and does not expire.
pub(super) fn add(world: &mut World, call: &GraphCall<'_>) -> Answer {
    let app = applications::find(world, call)?;
    rights::may_manage(world, call, app)?;
    let id = app.id.clone();
    let wanted = call.body.get("passwordCredential");
    let wanted = wanted.cloned().unwrap_or_else(|| json!({}));
    world.note_unknown("addPassword", &call.body, &["passwordCredential"]);
    world.note_unknown(
        "addPassword.passwordCredential",
        &wanted,
        &["displayName", "startDateTime", "endDateTime"],
    );
    let given = |name: &str, otherwise: String| {
        let own = wanted.get(name).filter(|own| !own.is_null());
        own.cloned().unwrap_or_else(|| json!(otherwise))
    };
    let start = given("startDateTime", World::timestamp(world.now));
    let end = given("endDateTime", World::timestamp(world.now + LIFETIME));
    let secret: String = world.new_guid().replace('-', "");
    let hint: String = secret.chars().take(3).collect();
    let mut kept = json!({
        "customKeyIdentifier": null,
        "displayName": wanted.get("displayName"),
        "endDateTime": end,
        "hint": hint,
        "keyId": world.new_guid(),
        "secretText": null,
        "startDateTime": start,
    });
    let mut apps = world.directory.applications.iter_mut();
    if let Some(app) = apps.find(|app| app.id == id) {
        app.secrets.push(secret.clone());
        let list = app
            .extra
            .entry("passwordCredentials".to_owned())
            .or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(kept.clone());
        }
        world.changed();
    }
    if let Some(members) = kept.as_object_mut() {
        members.insert("secretText".to_owned(), Value::String(secret));
        members.insert(
            "@odata.context".to_owned(),
            json!(answer::context(world, "microsoft.graph.passwordCredential")),
        );
    }
    Ok(SimResponse::json(200, &kept))
}
