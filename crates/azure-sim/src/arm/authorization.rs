//! `Microsoft.Authorization`: role assignments, and which file answers for the rest.

mod remove;
mod write;

use crate::{
    SimResponse,
    arm::{
        ArmCall,
        access::{RoleAssignment, authorization_failed},
        error, locks,
        path::{ArmPath, is_within},
        policies, role_definitions,
    },
    world::World,
};
use serde_json::{Value, json};

/// <https://github.com/Azure/azure-rest-api-specs/tree/main/specification/authorization>
const VERSIONS: &[&str] = &[
    "2015-07-01",
    "2018-01-01-preview",
    "2018-07-01",
    "2018-09-01-preview",
    "2020-04-01-preview",
    "2022-04-01",
    "2022-05-01-preview",
];

pub(crate) fn handle(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    let path = &call.path;
    let scope = path.scope.clone();
    let [(kind, name)] = path.types.as_slice() else {
        return Ok(world.not_modelled(call.request));
    };
    match kind.to_lowercase().as_str() {
        "locks" => return locks::handle(world, call),
        "policydefinitions" => return policies::definitions(world, call),
        "policyassignments" => return policies::assignments(world, call),
        _ => {}
    }
    if !VERSIONS.contains(&call.api_version.as_str()) {
        return Err(error::no_registered_provider(
            &path.full_type(),
            &call.api_version,
            VERSIONS,
        ));
    }
    let read = format!("Microsoft.Authorization/{kind}/read");
    match (call.method, kind.to_lowercase().as_str(), name.as_deref()) {
        ("GET", "permissions", None) => Ok(role_definitions::permissions(world, call, &scope)),
        ("GET", "roledefinitions", name) => {
            world.authorize(&call.caller, &read, &scope)?;
            role_definitions::list(call, name)
        }
        ("GET", "roleassignments", None) => {
            world.authorize(&call.caller, &read, &scope)?;
            list(world, call, &scope)
        }
        ("GET", "roleassignments", Some(name)) => {
            world.authorize(&call.caller, &read, &scope)?;
            let found = find(world, &scope, name).map(|own| entity(call, own));
            found
                .map(|body| SimResponse::json(200, &body))
                .ok_or_else(|| not_found(name))
        }
        ("PUT", "roleassignments", Some(name)) => write::put(world, call, &scope, name),
        ("DELETE", "roleassignments", Some(name)) => remove::delete(world, call, &scope, name),
        _ => Ok(world.not_modelled(call.request)),
    }
}

fn find<'w>(world: &'w World, scope: &str, name: &str) -> Option<&'w RoleAssignment> {
    world.arm.role_assignments.iter().find(|assignment| {
        assignment.is_listed()
            && assignment.name.eq_ignore_ascii_case(name)
            && assignment.scope.eq_ignore_ascii_case(scope)
    })
}

fn not_found(name: &str) -> SimResponse {
    error::error(
        404,
        "RoleAssignmentNotFound",
        format!("The role assignment '{name}' is not found."),
    )
}

/// <https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest>
fn list(world: &World, call: &ArmCall<'_>, scope: &str) -> Result<SimResponse, SimResponse> {
    let filter = call.request.query("$filter").unwrap_or_default();
    let (mut at_scope, mut principal) = (false, None);
    for part in filter.split(" and ").map(str::trim) {
        let quoted = |prefix: &str, suffix: &str| {
            Some(part.strip_prefix(prefix)?.strip_suffix(suffix)?.to_owned())
        };
        if part == "atScope()" {
            at_scope = true;
        } else if let Some(id) =
            quoted("principalId eq '", "'").or_else(|| quoted("assignedTo('", "')"))
        {
            principal = Some(id);
        } else if !part.is_empty() {
            return Err(error::error(
                400,
                "UnsupportedQuery",
                format!(
                    "The filter '{filter}' is not supported. Supported filters are either 'atScope()' or 'principalId eq '{{value}}' or assignedTo('{{value}}')'."
                ),
            ));
        }
    }
    let value: Vec<Value> = world
        .arm
        .role_assignments
        .iter()
        .filter(|assignment| {
            let above = is_within(scope, &assignment.scope);
            let below = is_within(&assignment.scope, scope);
            assignment.is_listed()
                && (above || (below && !at_scope))
                && principal
                    .as_ref()
                    .is_none_or(|id| assignment.principal_id.eq_ignore_ascii_case(id))
        })
        .map(|assignment| entity(call, assignment))
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

/// How Resource Manager refuses whom a condition stops:
/// <https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-overview>
fn condition_not_fulfilled(call: &ArmCall<'_>, action: &str, target: &str) -> SimResponse {
    let refusal = authorization_failed(&call.caller, action, target);
    let text = String::from_utf8_lossy(&refusal.body).replace(
        "does not have authorization to perform action",
        "does not have authorization or an ABAC condition not fulfilled to perform action",
    );
    SimResponse {
        body: text.into_bytes(),
        ..refusal
    }
}

/// Counts a change of who may do what at a scope: in one vault, or anywhere.
fn changed_at(world: &mut World, scope: &str) {
    let path = ArmPath::parse(&split(scope));
    let in_vault = path
        .full_type()
        .to_lowercase()
        .starts_with("microsoft.keyvault/vaults");
    match path.name(0).filter(|_| in_vault) {
        Some(vault) => world.changed_vault(vault),
        None => world.changed(),
    }
}

/// From this version on conditions and descriptions are shown (recorded; 2018-09-01-preview does not).
const CONDITIONS_SINCE: &str = "2020-03-01-preview";

fn entity(call: &ArmCall<'_>, assignment: &RoleAssignment) -> Value {
    // Recorded: the definition's id names the scope's subscription, above subscriptions the one that was asked.
    let own = ArmPath::parse(&split(&assignment.scope)).subscription;
    let subscription = own.as_deref().unwrap_or(call.path.subscription());
    let mut body = json!({
        "properties": {
            "roleDefinitionId": role_definitions::id_of(assignment.role, subscription),
            "principalId": assignment.principal_id,
            "principalType": assignment.principal_type,
            "scope": assignment.scope,
            "condition": assignment.condition,
            "conditionVersion": assignment.condition_version,
            "createdOn": World::timestamp(assignment.created),
            "updatedOn": World::timestamp(assignment.updated),
            "createdBy": assignment.created_by,
            "updatedBy": assignment.created_by,
            "delegatedManagedIdentityResourceId": null,
            "description": assignment.description,
        },
        "id": assignment.id(),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": assignment.name,
    });
    if call.api_version.as_str() < CONDITIONS_SINCE
        && let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut)
    {
        properties.retain(|name, _| {
            ![
                "condition",
                "conditionVersion",
                "delegatedManagedIdentityResourceId",
                "description",
            ]
            .contains(&name.as_str())
        });
    }
    body
}

fn split(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}
