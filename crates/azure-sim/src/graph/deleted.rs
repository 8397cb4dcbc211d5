//! Deleted items: soft-deleted applications and service principals, read, restored or purged.

use super::{Answer, GraphCall, Key, answer, applications, principals, query, rights};
use crate::{SimResponse, world::World};
use serde_json::Value;

/// Addresses are `/directory/deletedItems/…`, which parse as the collection `directory` with the key `deletedItems`.
pub(super) fn handle(world: &mut World, call: &GraphCall<'_>) -> Answer {
    if call.address.key != Some(Key::Id("deletedItems".to_owned())) || !call.address.rest.is_empty()
    {
        return Ok(world.not_modelled(call.request));
    }
    let Some((item, action)) = call.address.child.as_ref() else {
        return Ok(world.not_modelled(call.request));
    };
    // `graph` is the alias of the namespace in <https://graph.microsoft.com/v1.0/$metadata>; Microsoft's own SDKs send it.
    let item = item
        .strip_prefix("graph.")
        .map_or_else(|| item.clone(), |name| format!("microsoft.graph.{name}"));
    match (call.method, item.as_str(), action.as_ref()) {
        ("GET", "microsoft.graph.application", None) => {
            rights::may_read(world, call, true)?;
            let apps = world.directory.applications.iter();
            let items = apps
                .map(|app| app.shown(world))
                .filter(|app| app.tenant == call.caller.tenant && app.deleted.is_some())
                .map(applications::entity)
                .collect();
            query::list(
                world,
                call,
                "applications",
                items,
                &["displayName", "appId", "id"],
            )
        }
        ("GET", "microsoft.graph.servicePrincipal", None) => {
            rights::may_read(world, call, true)?;
            let deleted = world.directory.service_principals.iter();
            let items = deleted
                .map(|own| own.shown(world))
                .filter(|own| own.tenant == call.caller.tenant && own.deleted.is_some())
                .map(|own| principals::entity(world, own))
                .collect();
            query::list(
                world,
                call,
                "servicePrincipals",
                items,
                &["displayName", "appId", "id"],
            )
        }
        ("GET", id, None) => {
            rights::may_read(world, call, false)?;
            let item = find_shown(world, call, id)?;
            Ok(answer::entity(world, 200, "directoryObjects", item))
        }
        ("POST", id, Some(Key::Id(action))) if action == "restore" => restore(world, call, id),
        ("DELETE", id, None) => {
            find(world, call, id)?;
            rights::may_manage_principals(world, call)?;
            let directory = &mut world.directory;
            directory.applications.retain(|app| app.id != id);
            directory.service_principals.retain(|own| own.id != id);
            world.changed();
            Ok(SimResponse::empty(204))
        }
        _ => Ok(world.not_modelled(call.request)),
    }
}

/// The deleted object, as reads see it now.
fn find_shown(world: &World, call: &GraphCall<'_>, id: &str) -> Result<Value, SimResponse> {
    let tenant = &call.caller.tenant;
    let mut apps = world.directory.applications.iter();
    let app = apps.find(|app| app.id == id && app.tenant == *tenant);
    let app = app.map(|app| app.shown(world));
    if let Some(app) = app.filter(|app| app.deleted.is_some()) {
        return Ok(applications::entity(app));
    }
    let mut own = world.directory.service_principals.iter();
    own.find(|own| own.id == id && own.tenant == *tenant)
        .map(|own| own.shown(world))
        .filter(|own| own.deleted.is_some())
        .map(|own| principals::entity(world, own))
        .ok_or_else(|| answer::not_found(id))
}

/// The deleted object as it is.
fn find(world: &World, call: &GraphCall<'_>, id: &str) -> Result<Value, SimResponse> {
    let tenant = &call.caller.tenant;
    let directory = &world.directory;
    let mut apps = directory.applications.iter();
    let app = apps.find(|app| app.id == id && app.tenant == *tenant && app.deleted.is_some());
    if let Some(app) = app {
        return Ok(applications::entity(app));
    }
    let mut own = directory.service_principals.iter();
    own.find(|own| own.id == id && own.tenant == *tenant && own.deleted.is_some())
        .map(|own| principals::entity(world, own))
        .ok_or_else(|| answer::not_found(id))
}

/// Restores one object only: the application's service principal stays deleted.
/// <https://learn.microsoft.com/graph/api/directory-deleteditems-restore>
fn restore(world: &mut World, call: &GraphCall<'_>, id: &str) -> Answer {
    find(world, call, id)?;
    if let Some(app) = world.directory.applications.iter().find(|app| app.id == id) {
        rights::may_manage(world, call, app)?;
    } else {
        rights::may_manage_principals(world, call)?;
    }
    let mut own = world.directory.service_principals.iter();
    if let Some(principal) = own.find(|own| own.id == id)
        && let Some(live) = world
            .directory
            .principal_of(&principal.tenant, &principal.app_id)
    {
        return Err(answer::error(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            format!(
                "The service principal cannot be created, updated, or restored because the service principal name {} is already in use.",
                live.app_id
            ),
        ));
    }
    world.application_changes(id);
    world.principal_changes(id);
    for app in &mut world.directory.applications {
        if app.id == id {
            app.deleted = None;
        }
    }
    for principal in &mut world.directory.service_principals {
        if principal.id == id {
            principal.deleted = None;
        }
    }
    world.changed();
    let item = world.directory.applications.iter().find(|app| app.id == id);
    let item = item.map(applications::entity).or_else(|| {
        let mut own = world.directory.service_principals.iter();
        own.find(|own| own.id == id)
            .map(|own| principals::entity(world, own))
    });
    Ok(answer::entity(
        world,
        200,
        "directoryObjects",
        item.unwrap_or_default(),
    ))
}
