//! Local roles over the wire: definitions are read, assignments are made, read and removed
//! (<https://learn.microsoft.com/rest/api/keyvault/managedhsm-rbac/role-assignments>).

use super::{
    Answer, HsmCall,
    error::{bad_parameter, refused},
    gate,
};
use crate::{
    SimResponse,
    arm::path::is_within,
    managed_hsm::{
        access::LocalAssignment,
        pool::Pool,
        roles::{self, LocalRole, PREFIX, ROLES},
    },
    world::World,
};
use serde_json::{Value, json};
use uuid::Uuid;

const DEFINITIONS: &str = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/";

/// Answers `{scope}/providers/Microsoft.Authorization/…`.
pub(super) fn handle(
    world: &mut World,
    call: &HsmCall<'_>,
    scope: &[String],
    rest: &[String],
) -> Answer {
    let lowered: Vec<String> = rest.iter().map(|part| part.to_lowercase()).collect();
    let path: Vec<&str> = lowered.iter().map(String::as_str).collect();
    let Some(scope) = parse_scope(scope) else {
        return Err(world.not_modelled(call.request));
    };
    let name = rest.get(3).map_or("", String::as_str);
    let allow = |world: &World, action: &str| gate::permit_at(world, call, &scope, action);
    match (call.request.method.as_str(), path.as_slice()) {
        ("GET", ["providers", "microsoft.authorization", "roledefinitions"]) => {
            allow(world, "roleDefinitions/read/action")?;
            let value: Vec<Value> = ROLES.iter().map(definition).collect();
            Ok(SimResponse::json(200, &json!({"value": value})))
        }
        ("GET", ["providers", "microsoft.authorization", "roledefinitions", _]) => {
            allow(world, "roleDefinitions/read/action")?;
            let role = roles::by_guid(name).ok_or_else(|| not_found(world, call, "definition"))?;
            Ok(SimResponse::json(200, &definition(role)))
        }
        ("GET", ["providers", "microsoft.authorization", "roleassignments"]) => {
            allow(world, "roleAssignments/read/action")?;
            list(world, call, &scope)
        }
        ("GET", ["providers", "microsoft.authorization", "roleassignments", _]) => {
            allow(world, "roleAssignments/read/action")?;
            Ok(SimResponse::json(
                200,
                &assignment(find(world, call, name)?),
            ))
        }
        ("PUT", ["providers", "microsoft.authorization", "roleassignments", _]) => {
            allow(world, "roleAssignments/write/action")?;
            put(world, call, &scope, name)
        }
        ("DELETE", ["providers", "microsoft.authorization", "roleassignments", _]) => {
            allow(world, "roleAssignments/delete/action")?;
            // Recorded: by its name alone, at whatever scope it is asked for.
            let shown = assignment(find(world, call, name)?);
            if let Some(pool) = call.pool_mut(world) {
                pool.assignments.retain(|own| !is_named(own, name));
            }
            world.changed();
            Ok(SimResponse::json(200, &shown))
        }
        _ => Err(world.not_modelled(call.request)),
    }
}

/// `/`, `/keys` or `/keys/{name}`.
fn parse_scope(segments: &[String]) -> Option<String> {
    match segments {
        [] => Some("/".to_owned()),
        [keys] if keys.eq_ignore_ascii_case("keys") => Some("/keys".to_owned()),
        [keys, key] if keys.eq_ignore_ascii_case("keys") => Some(format!("/keys/{key}")),
        _ => None,
    }
}

/// Recorded; the inner type is a later recording's, of <https://github.com/Azure/azure-sdk-for-js>.
fn definition(role: &LocalRole) -> Value {
    let actions: Vec<String> = role
        .actions
        .iter()
        .map(|own| format!("{PREFIX}{own}"))
        .collect();
    json!({
        "id": format!("{DEFINITIONS}{}", role.guid),
        "name": role.guid,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": role.name,
            "description": "",
            "type": "AKVBuiltInRole",
            "assignableScopes": ["/"],
            "permissions": [
                {"actions": [], "notActions": [], "dataActions": actions, "notDataActions": []},
            ],
        },
    })
}

/// Recorded: the id leaves out the scope.
fn assignment(own: &LocalAssignment) -> Value {
    json!({
        "id": format!("/providers/Microsoft.Authorization/roleAssignments/{}", own.name),
        "name": own.name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "principalId": own.principal,
            "roleDefinitionId": format!("{DEFINITIONS}{}", own.role),
            "scope": own.scope,
        },
    })
}

fn is_named(own: &LocalAssignment, name: &str) -> bool {
    own.name.eq_ignore_ascii_case(name)
}

fn not_found(world: &World, call: &HsmCall<'_>, what: &str) -> SimResponse {
    let message = format!("Requested role {what} not found");
    refused(
        &call.activity(world),
        404,
        "RoleAssignmentNotFound",
        &message,
    )
}

fn find<'a>(
    world: &'a World,
    call: &HsmCall<'_>,
    name: &str,
) -> Result<&'a LocalAssignment, SimResponse> {
    let mut all = call.pool(world)?.assignments.iter();
    all.find(|own| is_named(own, name))
        .ok_or_else(|| not_found(world, call, "assignment"))
}

/// At `/` and at `/keys` both scopes are listed (recorded), and no key's own
/// (<https://learn.microsoft.com/azure/key-vault/managed-hsm/role-management>); at a key what counts there.
fn list(world: &mut World, call: &HsmCall<'_>, scope: &str) -> Answer {
    if call.request.query("$filter").is_some() {
        return Err(world.not_modelled(call.request));
    }
    let of_key = scope.starts_with("/keys/");
    let is_listed = |own: &&LocalAssignment| {
        if of_key {
            is_within(scope, &own.scope)
        } else {
            matches!(own.scope.as_str(), "/" | "/keys")
        }
    };
    let pool: &Pool = call.pool(world)?;
    let value: Vec<Value> = pool
        .assignments
        .iter()
        .filter(is_listed)
        .map(assignment)
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

fn put(world: &mut World, call: &HsmCall<'_>, scope: &str, name: &str) -> Answer {
    world.note_unknown("roleAssignments", &call.body, &["properties"]);
    let properties = call.body.get("properties").cloned().unwrap_or_default();
    world.note_unknown(
        "roleAssignments.properties",
        &properties,
        &["roleDefinitionId", "principalId"],
    );
    let activity = call.activity(world);
    let text = |name: &str| {
        let found = properties.get(name).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let (definition, principal) = (text("roleDefinitionId"), text("principalId"));
    let guid = definition.rsplit('/').next().unwrap_or_default();
    let Some(role) = roles::by_guid(guid) else {
        let message = format!("Unknown role definition: {definition}");
        return Err(bad_parameter(&activity, &message));
    };
    for id in [name, principal.as_str()] {
        if Uuid::try_parse(id).is_err() {
            return Err(bad_parameter(&activity, &format!("'{id}' is not a GUID.")));
        }
    }
    let made = LocalAssignment {
        name: name.to_owned(),
        scope: scope.to_owned(),
        role: role.guid.to_owned(),
        principal,
    };
    let shown = assignment(&made);
    match call
        .pool(world)?
        .assignments
        .iter()
        .find(|own| is_named(own, name))
    {
        Some(own) if *own == made => return Ok(SimResponse::json(201, &shown)),
        Some(_) => {
            let message = "The role assignment already exists.";
            return Err(refused(&activity, 409, "RoleAssignmentExists", message));
        }
        None => {}
    }
    if let Some(pool) = call.pool_mut(world) {
        pool.assignments.push(made);
    }
    world.changed();
    Ok(SimResponse::json(201, &shown))
}
