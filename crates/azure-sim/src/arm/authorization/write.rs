//! Role assignments: given, and given again.

use super::{changed_at, condition_not_fulfilled, entity, not_found, split};
use crate::{
    SimResponse,
    arm::{
        ArmCall,
        access::{RoleAssignment, authorization_failed},
        conditions::{About, Condition, Source},
        error, groups,
        path::{ArmPath, is_within},
        resources, role_definitions,
        roles::Role,
        template::Problem,
    },
    world::World,
};
use serde_json::Value;

const TYPES: &[&str] = &["User", "Group", "ServicePrincipal", "ForeignGroup"];
const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
/// <https://learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits>
const MOST: usize = 4_000;

/// A text of the body.
fn text<'a>(properties: &'a Value, member: &str) -> Option<&'a str> {
    properties.get(member).and_then(Value::as_str)
}

/// What can be changed of an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Notes {
    description: Option<String>,
    condition: Option<String>,
    condition_version: Option<String>,
}

impl Notes {
    /// An empty condition is none, and one without a version has the default one:
    /// <https://learn.microsoft.com/azure/role-based-access-control/conditions-role-assignments-rest>
    fn read(properties: &Value) -> Self {
        let some = |member| text(properties, member).filter(|text| !text.is_empty());
        let condition = some("condition").map(str::to_owned);
        let version = some("conditionVersion").or(condition.as_ref().map(|_| "2.0"));
        Self {
            description: text(properties, "description").map(str::to_owned),
            condition_version: version.map(str::to_owned),
            condition,
        }
    }
}

/// What a role assignment's body asks for.
struct Wanted {
    role: &'static Role,
    principal: String,
    principal_type: Option<String>,
}

pub(super) fn put(
    world: &mut World,
    call: &ArmCall<'_>,
    scope: &str,
    name: &str,
) -> Result<SimResponse, SimResponse> {
    let target = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
    if !world.has_action(&call.caller.oid, WRITE, scope) {
        return Err(authorization_failed(&call.caller, WRITE, &target));
    }
    require_scope(world, scope)?;
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
    let wanted = read_wanted(&properties, &call.api_version)?;
    let about = About {
        source: Source::Request,
        role: wanted.role.guid,
        principal: &wanted.principal,
        principal_type: wanted.principal_type.as_deref(),
    };
    if !world.has_action_about(&call.caller.oid, WRITE, scope, about) {
        return Err(condition_not_fulfilled(call, WRITE, &target));
    }
    let notes = Notes::read(&properties);
    check_condition(world, &notes)?;
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
        return Ok(describe(world, call, &name, notes));
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
    check_limit(world, scope)?;
    let assignment = RoleAssignment {
        name: name.to_owned(),
        scope: scope.to_owned(),
        role: wanted.role,
        principal_id: wanted.principal,
        principal_type,
        description: notes.description,
        condition: notes.condition,
        condition_version: notes.condition_version,
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

/// Changes what of an assignment can be changed.
fn describe(world: &mut World, call: &ArmCall<'_>, name: &str, next: Notes) -> SimResponse {
    let now = world.now;
    let mut assignments = world.arm.role_assignments.iter_mut();
    let found = assignments.find(|own| own.is_listed() && own.name.eq_ignore_ascii_case(name));
    let Some(own) = found else {
        return not_found(name);
    };
    let before = Notes {
        description: own.description.clone(),
        condition: own.condition.clone(),
        condition_version: own.condition_version.clone(),
    };
    let changed = next != before;
    if changed {
        own.description = next.description;
        own.condition = next.condition;
        own.condition_version = next.condition_version;
        own.updated = now;
    }
    let answer = written(call, own);
    if changed {
        world.changed();
    }
    answer
}

/// Vaults and other resources that are modelled are looked up; keys are not, nor is what is beyond a subscription.
fn require_scope(world: &World, scope: &str) -> Result<(), SimResponse> {
    let path = ArmPath::parse(&split(scope));
    let Some(group) = path.group.as_deref() else {
        return Ok(());
    };
    if groups::find(world, path.subscription(), group).is_none() {
        return Err(error::resource_group_not_found(group));
    }
    let (Some(namespace), Some((kind, Some(name)))) = (&path.namespace, path.types.first()) else {
        return Ok(());
    };
    let kind = format!("{namespace}/{kind}");
    let id = format!("{}/providers/{kind}/{name}", path.scope);
    if resources::is_there(world, &kind, name, &id) {
        return Ok(());
    }
    Err(error::resource_not_found(&format!("{kind}/{name}"), group))
}

/// The code has no source. The text has, also for a version that is not "2.0":
/// <https://learn.microsoft.com/azure/role-based-access-control/conditions-troubleshoot>
fn check_condition(world: &mut World, notes: &Notes) -> Result<(), SimResponse> {
    let invalid = |text: &str| error::error(400, "InvalidRoleAssignmentCondition", text);
    let version = notes.condition_version.as_deref();
    if version.is_some_and(|version| version != "2.0") {
        return Err(invalid("The given role assignment condition is invalid."));
    }
    match notes.condition.as_deref().map(Condition::read) {
        None | Some(Ok(_)) => Ok(()),
        Some(Err(Problem::Invalid(text))) => Err(invalid(&text)),
        Some(Err(Problem::NotModelled(what))) => Err(world.part_not_modelled(&what)),
    }
}

/// Those of the subscription, its groups and its resources count together.
fn check_limit(world: &World, scope: &str) -> Result<(), SimResponse> {
    let path = ArmPath::parse(&split(scope));
    let Some(subscription) = path.subscription else {
        return Ok(());
    };
    let whole = format!("/subscriptions/{subscription}");
    let assignments = world.arm.role_assignments.iter();
    let there = assignments.filter(|own| own.is_listed() && is_within(&own.scope, &whole));
    if there.count() < world.options.role_assignment_limit.unwrap_or(MOST) {
        return Ok(());
    }
    Err(error::error(
        world.options.assumptions.role_assignment_limit_status,
        "RoleAssignmentLimitExceeded",
        "No more role assignments can be created (code: RoleAssignmentLimitExceeded)",
    ))
}

fn read_wanted(properties: &Value, api_version: &str) -> Result<Wanted, SimResponse> {
    let text = |member| text(properties, member).unwrap_or_default();
    let principal = text("principalId");
    if uuid::Uuid::parse_str(principal).is_err() {
        return Err(error::error(
            400,
            "InvalidPrincipalId",
            format!("The Principal ID '{principal}' is not valid."),
        ));
    }
    let role = read_role(text("roleDefinitionId"))?;
    let principal_type = Some(text("principalType"))
        .filter(|one| !one.is_empty() && api_version >= type_is_read_since(one));
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

/// Older versions do not know the member, and ignore it:
/// <https://learn.microsoft.com/azure/role-based-access-control/troubleshooting>
fn type_is_read_since(principal_type: &str) -> &'static str {
    match principal_type {
        "User" => "2020-03-01-preview",
        _ => "2018-09-01-preview",
    }
}

/// By the whole id of its definition: a bare GUID is refused (<https://github.com/pulumi/pulumi-azure-native/issues/779>), and
/// so is what is none (<https://github.com/hashicorp/terraform-provider-azurerm/issues/8547>).
fn read_role(definition: &str) -> Result<&'static Role, SimResponse> {
    let path = ArmPath::parse(&split(definition));
    let of_type = path.full_type().to_lowercase() == "microsoft.authorization/roledefinitions";
    let Some(id) = path
        .name(0)
        .filter(|_| of_type && definition.starts_with('/'))
    else {
        return Err(error::error(
            400,
            "BadRequestFormat",
            "The request was incorrectly formatted.",
        ));
    };
    if uuid::Uuid::parse_str(id).is_err() {
        return Err(error::error(
            400,
            "InvalidRoleDefinitionId",
            format!("The role definition ID '{id}' is not valid."),
        ));
    }
    Role::find(id).ok_or_else(|| role_definitions::does_not_exist(400, id))
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

/// The answer to a `PUT`. Recorded: it does not say yet who created it.
fn written(call: &ArmCall<'_>, assignment: &RoleAssignment) -> SimResponse {
    let mut body = entity(call, assignment);
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("createdBy".to_owned(), Value::Null);
    }
    SimResponse::json(201, &body)
}
