//! `Microsoft.Authorization`: role assignments, and which file answers for the rest.

use crate::{
    SimResponse,
    arm::{
        ArmCall,
        access::{RoleAssignment, authorization_failed},
        error, locks,
        path::{ArmPath, is_within},
        policies, role_definitions,
        roles::Role,
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
const TYPES: &[&str] = &["User", "Group", "ServicePrincipal", "ForeignGroup"];
const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";

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
        ("PUT", "roleassignments", Some(name)) => put(world, call, &scope, name),
        ("DELETE", "roleassignments", Some(name)) => delete(world, call, &scope, name),
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

/// What a role assignment's body asks for.
struct Wanted {
    role: &'static Role,
    principal: String,
    principal_type: Option<String>,
}

fn put(
    world: &mut World,
    call: &ArmCall<'_>,
    scope: &str,
    name: &str,
) -> Result<SimResponse, SimResponse> {
    let target = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
    if !world.has_action(&call.caller.oid, WRITE, scope) {
        return Err(authorization_failed(&call.caller, WRITE, &target));
    }
    if uuid::Uuid::parse_str(name).is_err() {
        return Err(error::error(
            400,
            "InvalidRoleAssignmentId",
            format!(
                "The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
            ),
        ));
    }
    world.note_unknown("roleAssignment", &call.body, &["properties"]);
    let properties = call.body.get("properties").cloned().unwrap_or_default();
    world.note_unknown(
        "roleAssignment.properties",
        &properties,
        &[
            "roleDefinitionId",
            "principalId",
            "principalType",
            "description",
            "condition",
            "conditionVersion",
            "delegatedManagedIdentityResourceId",
        ],
    );
    let wanted = read_wanted(&properties)?;
    let may_give = world
        .roles_at(&call.caller.oid, scope)
        .any(|own| own.allows(WRITE) && own.may_assign(wanted.role));
    if !may_give {
        // The role's condition: https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-overview
        let refusal = authorization_failed(&call.caller, WRITE, &target);
        let text = String::from_utf8_lossy(&refusal.body).replace(
            "does not have authorization to perform action",
            "does not have authorization or an ABAC condition not fulfilled to perform action",
        );
        return Err(SimResponse {
            body: text.into_bytes(),
            ..refusal
        });
    }
    // Names are unique over all subscriptions, and an assignment cannot be changed:
    // https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
    let same = |own: &RoleAssignment| {
        own.scope.eq_ignore_ascii_case(scope)
            && own.role.guid == wanted.role.guid
            && own.principal_id.eq_ignore_ascii_case(&wanted.principal)
    };
    let listed = || {
        world
            .arm
            .role_assignments
            .iter()
            .filter(|own| own.is_listed())
    };
    if let Some(own) = listed().find(|own| own.name.eq_ignore_ascii_case(name)) {
        if !same(own) {
            return Err(error::error(
                400,
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            ));
        }
        // Recorded: a repeat under the same name answers 201 too, and changes description and condition.
        let name = own.name.clone();
        return Ok(describe(world, call, &name, &properties));
    }
    if let Some(own) = listed().find(|own| same(own)) {
        return Err(error::error(
            409,
            "RoleAssignmentExists",
            if call.api_version.as_str() < NEW_TEXTS_SINCE {
                "The role assignment already exists.".to_owned()
            } else {
                format!(
                    "The role assignment already exists. The ID of the existing role assignment is {}.",
                    own.name.replace('-', "")
                )
            },
        ));
    }
    let principal_type = check_principal(world, call, &wanted)?;
    let text = |member: &str| {
        let value = properties.get(member).and_then(Value::as_str);
        value.map(str::to_owned)
    };
    let assignment = RoleAssignment {
        name: name.to_owned(),
        scope: scope.to_owned(),
        role: wanted.role,
        principal_id: wanted.principal,
        principal_type,
        description: text("description"),
        condition: text("condition"),
        condition_version: text("conditionVersion"),
        created: world.now,
        updated: world.now,
        created_by: call.caller.oid.clone(),
        effective: world.spread(world.options.lag.role_assignment),
        removed: None,
        seeded: false,
    };
    let answer = written(call, &assignment);
    world.arm.role_assignments.push(assignment);
    changed_at(world, scope);
    Ok(answer)
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

/// Changes what of an assignment can be changed.
fn describe(world: &mut World, call: &ArmCall<'_>, name: &str, properties: &Value) -> SimResponse {
    let now = world.now;
    let mut assignments = world.arm.role_assignments.iter_mut();
    let found = assignments.find(|own| own.is_listed() && own.name.eq_ignore_ascii_case(name));
    let Some(own) = found else {
        return not_found(name);
    };
    let text = |member: &str| {
        let value = properties.get(member).and_then(Value::as_str);
        value.map(str::to_owned)
    };
    let next = (
        text("description"),
        text("condition"),
        text("conditionVersion"),
    );
    let before = (
        own.description.clone(),
        own.condition.clone(),
        own.condition_version.clone(),
    );
    let changed = next != before;
    if changed {
        (own.description, own.condition, own.condition_version) = next;
        own.updated = now;
    }
    let answer = written(call, own);
    if changed {
        world.changed();
    }
    answer
}

fn read_wanted(properties: &Value) -> Result<Wanted, SimResponse> {
    let text = |member: &str| {
        let value = properties.get(member).and_then(Value::as_str);
        value.unwrap_or_default()
    };
    let principal = text("principalId");
    if uuid::Uuid::parse_str(principal).is_err() {
        return Err(error::error(
            400,
            "InvalidPrincipalId",
            format!("The Principal ID '{principal}' is not valid."),
        ));
    }
    let definition = text("roleDefinitionId");
    let guid = definition.rsplit('/').next().unwrap_or_default();
    let role = Role::find(guid).filter(|role| role.guid.eq_ignore_ascii_case(guid));
    let role = role.ok_or_else(|| role_definitions::does_not_exist(400, guid))?;
    let principal_type = Some(text("principalType")).filter(|one| !one.is_empty());
    if let Some(unknown) = principal_type.filter(|one| !TYPES.contains(one)) {
        return Err(error::invalid_request_content(&format!(
            "Requested value '{unknown}' was not found."
        )));
    }
    Ok(Wanted {
        role,
        principal: principal.to_lowercase(),
        principal_type: principal_type.map(str::to_owned),
    })
}

/// Asks the directory of the scope's tenant for the principal, and returns its type.
fn check_principal(
    world: &World,
    call: &ArmCall<'_>,
    wanted: &Wanted,
) -> Result<String, SimResponse> {
    let (id, tenant) = (&wanted.principal, &call.caller.tenant);
    let directory = &world.directory;
    let apps = &directory.applications;
    if apps
        .iter()
        .any(|app| app.id == *id && app.tenant == *tenant)
    {
        return Err(error::error(
            400,
            "PrincipalTypeNotSupported",
            "Principals of type Application cannot validly be used in role assignments.",
        ));
    }
    let user = directory
        .users
        .iter()
        .any(|user| user.id == *id && user.tenant == *tenant);
    let principal = directory
        .principal(id)
        .is_some_and(|found| found.tenant == *tenant && world.sees(&found.arm_from));
    let found = match (user, principal) {
        (true, _) => Some("User"),
        (_, true) => Some("ServicePrincipal"),
        _ => None,
    };
    match (found, wanted.principal_type.as_deref()) {
        (Some(own), Some(sent)) if own != sent => Err(error::error(
            400,
            "UnmatchedPrincipalType",
            format!(
                "The PrincipalId '{}' has type '{own}' , which is different from specified PrinciaplType '{sent}'.",
                id.replace('-', "")
            ),
        )),
        (Some(own), _) => Ok(own.to_owned()),
        // The service still asks the directory, but lets what is not found through, for this type only:
        // https://github.com/hashicorp/terraform-provider-azurerm/pull/4168. So a wrong id is accepted too.
        (None, Some("ServicePrincipal")) => Ok("ServicePrincipal".to_owned()),
        (None, _) => Err(error::error(
            400,
            "PrincipalNotFound",
            format!(
                "Principal {} does not exist in the directory {tenant}.{}",
                id.replace('-', ""),
                // Recorded: the older version gives no advice.
                if call.api_version.as_str() < NEW_TEXTS_SINCE {
                    ""
                } else {
                    ADVICE
                }
            ),
        )),
    }
}

/// Recorded: older versions say less.
const NEW_TEXTS_SINCE: &str = "2022-04-01";
const ADVICE: &str = " Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype";

fn delete(
    world: &mut World,
    call: &ArmCall<'_>,
    scope: &str,
    name: &str,
) -> Result<SimResponse, SimResponse> {
    world.authorize(
        &call.caller,
        "Microsoft.Authorization/roleAssignments/delete",
        scope,
    )?;
    let Some(body) = find(world, scope, name).map(|own| entity(call, own)) else {
        return if world.options.assumptions.absent_role_assignment_deletes {
            Ok(SimResponse::empty(204))
        } else {
            Err(not_found(name))
        };
    };
    world.remove_assignment(name);
    Ok(SimResponse::json(200, &body))
}

impl World {
    /// Removes a role assignment by its GUID; it is honoured a little longer.
    pub(crate) fn remove_assignment(&mut self, name: &str) -> bool {
        let until = self.spread(self.options.lag.role_removal);
        let mut assignments = self.arm.role_assignments.iter_mut();
        let found = assignments.find(|own| own.is_listed() && own.name.eq_ignore_ascii_case(name));
        let Some(own) = found else {
            return false;
        };
        own.removed = Some(until);
        let scope = own.scope.clone();
        changed_at(self, &scope);
        true
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

/// The answer to a `PUT`. Recorded: it does not say yet who created it.
fn written(call: &ArmCall<'_>, assignment: &RoleAssignment) -> SimResponse {
    let mut body = entity(call, assignment);
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("createdBy".to_owned(), Value::Null);
    }
    SimResponse::json(201, &body)
}
