//! Resource groups.

use crate::{
    SimResponse,
    agenda::Work,
    arm::{ArmCall, ResourceGroup, error, operations::Outcome, path::is_within},
    cosmos, key_vault, managed_hsm, regions,
    world::World,
};
use serde_json::{Value, json};

const VERSIONS: &[&str] = &[
    // Recorded.
    "2019-07-01",
    "2019-10-01",
    "2020-06-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];

/// A resource group, if it is there; what is being deleted still is.
pub(crate) fn require<'w>(
    world: &'w World,
    subscription: &str,
    name: &str,
) -> Result<&'w ResourceGroup, SimResponse> {
    find(world, subscription, name).ok_or_else(|| error::resource_group_not_found(name))
}

/// A resource group in which something may be created.
pub(crate) fn require_open<'w>(
    world: &'w World,
    subscription: &str,
    name: &str,
) -> Result<&'w ResourceGroup, SimResponse> {
    let group = require(world, subscription, name)?;
    if group.deleting {
        return Err(being_deleted(&group.name));
    }
    Ok(group)
}

/// <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors>
fn being_deleted(name: &str) -> SimResponse {
    error::error(
        409,
        "ResourceGroupBeingDeleted",
        format!(
            "The resource group '{name}' is in deprovisioning state and cannot perform this operation."
        ),
    )
}

pub(crate) fn find<'w>(
    world: &'w World,
    subscription: &str,
    name: &str,
) -> Option<&'w ResourceGroup> {
    world.arm.groups.get(&key(subscription, name))
}

fn key(subscription: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourcegroups/{name}").to_lowercase()
}

/// Answers `/subscriptions/{s}/resourceGroups/…` without a provider.
pub(crate) fn handle(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    if !VERSIONS.contains(&call.api_version.as_str()) {
        return Err(error::invalid_api_version(&call.api_version, VERSIONS));
    }
    let (subscription, name) = (call.path.subscription(), call.path.group());
    let scope = format!("/subscriptions/{subscription}/resourceGroups/{name}");
    let action = |verb: &str| format!("Microsoft.Resources/subscriptions/resourceGroups/{verb}");
    match (call.method, call.path.segments.len()) {
        ("GET", 3) => {
            world.authorize(
                &call.caller,
                &action("read"),
                &format!("/subscriptions/{subscription}"),
            )?;
            let groups = world.arm.groups.values();
            let value: Vec<Value> = groups
                .filter(|group| is_within(&group.id, &format!("/subscriptions/{subscription}")))
                .map(entity)
                .collect();
            Ok(SimResponse::json(200, &json!({"value": value})))
        }
        ("GET", 4) => {
            world.authorize(&call.caller, &action("read"), &scope)?;
            require(world, subscription, name).map(|group| SimResponse::json(200, &entity(group)))
        }
        // Recorded: 204 or 404, without body.
        ("HEAD", 4) => {
            world.authorize(&call.caller, &action("read"), &scope)?;
            let found = find(world, subscription, name);
            Ok(match found {
                Some(_) => SimResponse::empty(204),
                None => not_there(&call.api_version),
            })
        }
        ("PUT", 4) => {
            world.authorize(&call.caller, &action("write"), &scope)?;
            put(world, call)
        }
        ("PATCH", 4) => {
            world.authorize(&call.caller, &action("write"), &scope)?;
            patch(world, call)
        }
        ("DELETE", 4) => {
            world.authorize(&call.caller, &action("delete"), &scope)?;
            delete(world, call)
        }
        _ => Ok(world.not_modelled(call.request)),
    }
}

/// Recorded: versions before 2022-09-01 name the type of the body that is not there.
fn not_there(api_version: &str) -> SimResponse {
    let answer = SimResponse::empty(404).header("x-ms-failure-cause", "gateway");
    if api_version < "2022-09-01" {
        answer.header("content-type", "application/json; charset=utf-8")
    } else {
        answer
    }
}

fn put(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    let (subscription, name) = (call.path.subscription(), call.path.group());
    // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    let good = (1..=90).contains(&name.chars().count())
        && !name.ends_with('.')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "_-.()".contains(c));
    if !good {
        return Err(error::error(
            400,
            "InvalidResourceGroup",
            format!(
                "The provided resource group name '{name}' has these invalid characters or is too long or ends with a period."
            ),
        ));
    }
    world.note_unknown(
        "resourceGroup",
        &call.body,
        &["location", "tags", "managedBy", "properties"],
    );
    let Some(location) = call.body.get("location").and_then(Value::as_str) else {
        return Err(error::error(
            400,
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    };
    let location = regions::name(location);
    regions::require_for_group(world.options.cloud, &location)?;
    let tags = call.body.get("tags").cloned();
    let managed_by = text(&call.body, "managedBy");
    let key = key(subscription, name);
    let status = match world.arm.groups.get_mut(&key) {
        Some(group) if group.deleting => return Err(being_deleted(name)),
        Some(group) if group.location != location => {
            return Err(error::error(
                409,
                "InvalidResourceGroupLocation",
                format!(
                    "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
                    group.location
                ),
            ));
        }
        Some(group) => {
            let tags = tags.unwrap_or_default();
            if std::mem::replace(&mut group.tags, tags) != group.tags {
                world.changed();
            }
            200
        }
        None => {
            let group = ResourceGroup {
                id: format!("/subscriptions/{subscription}/resourceGroups/{name}"),
                name: name.to_owned(),
                location,
                tags: tags.unwrap_or_default(),
                managed_by,
                deleting: false,
            };
            world.arm.groups.insert(key.clone(), group);
            world.changed();
            201
        }
    };
    let body = world.arm.groups.get(&key).map(entity).unwrap_or_default();
    Ok(SimResponse::json(status, &body))
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).map(str::to_owned)
}

/// Recorded: tags are replaced, what is not named stays.
fn patch(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    let (subscription, name) = (call.path.subscription(), call.path.group());
    require_open(world, subscription, name)?;
    world.note_unknown(
        "resourceGroup",
        &call.body,
        &["name", "tags", "managedBy", "properties"],
    );
    let key = key(subscription, name);
    let Some(group) = world.arm.groups.get_mut(&key) else {
        return Err(error::resource_group_not_found(name));
    };
    let before = entity(group);
    if let Some(tags) = call.body.get("tags") {
        group.tags = tags.clone();
    }
    if let Some(managed_by) = text(&call.body, "managedBy") {
        group.managed_by = Some(managed_by);
    }
    let body = entity(group);
    if body != before {
        world.changed();
    }
    Ok(SimResponse::json(200, &body))
}

/// Recorded: 202 with only a `location`, polls 202 until an empty 200, meanwhile `Deleting`.
fn delete(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    let (subscription, name) = (call.path.subscription(), call.path.group());
    require(world, subscription, name)?;
    let key = key(subscription, name);
    if let Some(group) = world.arm.groups.get_mut(&key) {
        group.deleting = true;
    }
    world.changed();
    let takes = world.delay(world.options.lag.group_delete);
    let id = world.begin_operation(subscription, takes, Work::GroupDelete { group: key });
    let location = poll_url(world, call, &id);
    Ok(SimResponse::empty(202)
        .header("location", location)
        .header("retry-after", "15"))
}

pub(crate) fn finish_delete(world: &mut World, key: &str, doom: Option<Outcome>) -> Outcome {
    if let (Some(_), Some(group)) = (&doom, world.arm.groups.get_mut(key)) {
        group.deleting = false;
    } else {
        world.remove_group(key);
    }
    doom.unwrap_or(Outcome::Succeeded)
}

fn poll_url(world: &World, call: &ArmCall<'_>, id: &str) -> String {
    format!(
        "https://{}/subscriptions/{}/operationresults/{id}?api-version={}",
        world.options.cloud.arm_host(),
        call.path.subscription(),
        call.api_version
    )
}

/// Answers `/subscriptions/{s}/operationresults/{id}`.
pub(crate) fn operation_result(
    world: &mut World,
    call: &ArmCall<'_>,
    id: &str,
) -> Result<SimResponse, SimResponse> {
    let Some(operation) = world.find_operation(call.path.subscription(), id) else {
        return Err(error::gateway(
            404,
            "NotFound",
            format!("The operation result '{id}' could not be found."),
        ));
    };
    if let Some(outcome) = &operation.outcome {
        // A failure shows as an error of the polled address: https://github.com/Azure/azure-resource-manager-rpc
        return match outcome.error() {
            Some((code, message)) => Err(error::error(409, code, message)),
            None => Ok(SimResponse::empty(200)),
        };
    }
    let location = poll_url(world, call, id);
    Ok(SimResponse::empty(202)
        .header("location", location)
        .header("retry-after", "15"))
}

impl World {
    /// Removes a group with everything in it; `key` is its id in lower case.
    pub(crate) fn remove_group(&mut self, key: &str) -> bool {
        let Some(group) = self.arm.groups.remove(key) else {
            return false;
        };
        let inside: Vec<String> = self.arm.identities.keys().cloned().collect();
        for identity in inside.iter().filter(|id| is_within(id, &group.id)) {
            self.remove_identity(identity);
        }
        key_vault::group_deleted(self, &group.id);
        managed_hsm::group_deleted(self, &group.id);
        cosmos::group_deleted(self, &group.id);
        // Assignments at a scope go with it: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
        self.arm
            .role_assignments
            .retain(|assignment| !is_within(&assignment.scope, &group.id));
        self.arm
            .locks
            .retain(|lock| !is_within(&lock.scope, &group.id));
        self.arm
            .policy_assignments
            .retain(|assignment, _| !is_within(assignment, &group.id));
        self.arm
            .deployments
            .retain(|deployment, _| !is_within(deployment, &group.id));
        self.changed();
        true
    }
}

fn entity(group: &ResourceGroup) -> Value {
    let state = if group.deleting {
        "Deleting"
    } else {
        "Succeeded"
    };
    let mut body = json!({
        "id": group.id,
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "properties": {"provisioningState": state},
    });
    if let (false, Some(members)) = (group.tags.is_null(), body.as_object_mut()) {
        members.insert("tags".to_owned(), group.tags.clone());
    }
    if let (Some(managed_by), Some(members)) = (&group.managed_by, body.as_object_mut()) {
        members.insert("managedBy".to_owned(), json!(managed_by));
    }
    body
}
