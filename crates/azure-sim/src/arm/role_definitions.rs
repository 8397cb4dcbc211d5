//! Role definitions, and what a caller's roles allow.

use crate::{
    SimResponse,
    arm::{
        ArmCall,
        access::authorization_failed,
        error,
        roles::{ROLES, Role},
    },
    world::World,
};
use serde_json::{Value, json};

/// What the caller's roles allow at a scope, one entry for each.
pub(super) fn permissions(world: &World, call: &ArmCall<'_>, scope: &str) -> SimResponse {
    let mut value: Vec<Value> = world
        .roles_at(&call.caller.oid, scope)
        .map(permission)
        .collect();
    if call.api_version.as_str() < DATA_ACTIONS_SINCE {
        for members in value.iter_mut().filter_map(Value::as_object_mut) {
            members.retain(|name, _| ["actions", "notActions"].contains(&name.as_str()));
        }
    }
    if value.is_empty() {
        return authorization_failed(
            &call.caller,
            "Microsoft.Authorization/permissions/read",
            scope,
        );
    }
    SimResponse::json(200, &json!({"value": value}))
}

/// From this version on permissions tell of data planes, by the specification of each version.
const DATA_ACTIONS_SINCE: &str = "2018-01-01-preview";

fn permission(role: &Role) -> Value {
    json!({
        "actions": role.actions,
        "notActions": role.not_actions,
        "dataActions": role.data_actions,
        "notDataActions": [],
    })
}

/// The built-in roles, by GUID or filtered by name (recorded).
pub(super) fn list(call: &ArmCall<'_>, name: Option<&str>) -> Result<SimResponse, SimResponse> {
    let subscription = call.path.subscription();
    if let Some(name) = name {
        return Role::find(name)
            .map(|role| SimResponse::json(200, &definition(role, subscription)))
            .ok_or_else(|| does_not_exist(404, name));
    }
    let filter = call.request.query("$filter").unwrap_or_default();
    let wanted = filter
        .strip_prefix("roleName eq '")
        .and_then(|rest| rest.strip_suffix('\''));
    let value: Vec<Value> = ROLES
        .iter()
        .filter(|role| wanted.is_none_or(|name| role.name.eq_ignore_ascii_case(name)))
        .map(|role| definition(role, subscription))
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

pub(super) fn id_of(role: &Role, subscription: &str) -> String {
    let prefix = if subscription.is_empty() {
        String::new()
    } else {
        format!("/subscriptions/{subscription}")
    };
    format!(
        "{prefix}/providers/Microsoft.Authorization/roleDefinitions/{}",
        role.guid
    )
}

fn definition(role: &Role, subscription: &str) -> Value {
    json!({
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [permission(role)],
            // Of Azure's own history, so any date does.
            "createdOn": World::timestamp(std::time::Duration::ZERO),
            "updatedOn": World::timestamp(std::time::Duration::ZERO),
            "createdBy": null,
            "updatedBy": null,
        },
        "id": id_of(role, subscription),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.guid,
    })
}

pub(super) fn does_not_exist(status: u16, id: &str) -> SimResponse {
    error::error(
        status,
        "RoleDefinitionDoesNotExist",
        format!("The specified role definition with ID '{id}' does not exist."),
    )
}
