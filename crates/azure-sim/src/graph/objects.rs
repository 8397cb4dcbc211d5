//! `directoryObjects/getByIds`: names behind object ids.

use super::{Answer, GraphCall, answer, person, principals, rights};
use crate::{SimResponse, world::World};
use serde_json::{Value, json};

/// <https://learn.microsoft.com/graph/api/directoryobject-getbyids>; an id that is not found is left out.
pub(super) fn get_by_ids(world: &mut World, call: &GraphCall<'_>) -> Answer {
    rights::may_read(world, call, false)?;
    world.note_unknown("getByIds", &call.body, &["ids", "types"]);
    let Some(ids) = call.body.get("ids").and_then(Value::as_array) else {
        return Err(answer::error(
            400,
            "Request_BadRequest",
            "A value is required for property 'ids' of resource 'DirectoryObject'.",
        ));
    };
    let tenant = call.caller.tenant.as_str();
    let found = ids.iter().filter_map(Value::as_str).filter_map(|id| {
        let users = &world.directory.users;
        let user = users
            .iter()
            .find(|own| own.id == id && own.tenant == tenant);
        if let Some(user) = user {
            let mut entity = person(&user.id, &user.name);
            entity
                .as_object_mut()?
                .insert("@odata.type".to_owned(), json!("#microsoft.graph.user"));
            return Some(entity);
        }
        let principal = principals::find_shown_by_id(world, call, id)?;
        let mut entity = principals::entity(world, principal);
        entity.as_object_mut()?.insert(
            "@odata.type".to_owned(),
            json!("#microsoft.graph.servicePrincipal"),
        );
        Some(entity)
    });
    let value: Vec<Value> = found.collect();
    let context = answer::context(world, "directoryObjects");
    // Recorded: the root of Graph, and nothing more.
    let root = format!("https://{}", world.options.cloud.graph_host());
    Ok(
        SimResponse::json(200, &json!({"@odata.context": context, "value": value}))
            .header("location", &root),
    )
}
