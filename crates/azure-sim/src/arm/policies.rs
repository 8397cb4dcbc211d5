//! Policies that deny: definitions of a subscription, and their assignments to it or to a resource group.
//!
//! <https://learn.microsoft.com/rest/api/policyauthorization>. An assignment counts at once.

mod assignment;
mod definition;
mod rule;

use super::{
    ArmCall, error,
    guard::Target,
    template::{Problem, Surroundings},
};
use crate::{SimResponse, world::World};
use rule::Subject;
use serde_json::{Map, Value, json};

pub(crate) use assignment::Assignment;
pub(super) use assignment::handle as assignments;
pub(crate) use definition::Definition;
pub(super) use definition::handle as definitions;

const VERSIONS: &[&str] = &[
    "2016-12-01",
    "2018-03-01",
    "2018-05-01",
    "2019-01-01",
    "2019-06-01",
    "2019-09-01",
    "2020-03-01",
    "2020-09-01",
    "2021-06-01",
    "2022-06-01",
    "2023-04-01",
    "2024-04-01",
    "2024-05-01",
    "2025-01-01",
    "2025-03-01",
    // Asked for by the Azure CLI, and by azure-mgmt-resource-policy 1.0.0.
    "2025-11-01",
    "2026-06-01",
];
fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value.get(member).and_then(Value::as_str)
}

fn surroundings<'a>(
    tenant: &'a str,
    subscription: &'a str,
    group: &'a str,
    parameters: Map<String, Value>,
) -> Surroundings<'a> {
    Surroundings {
        subscription,
        tenant,
        group,
        location: "",
        parameters,
        variables: Map::new(),
    }
}

/// Refuses a write that an assignment denies.
pub(super) fn check(
    world: &mut World,
    call: &ArmCall<'_>,
    target: &Target,
) -> Result<(), SimResponse> {
    let kind = target.kind.to_lowercase();
    if kind.starts_with("microsoft.authorization/policy") || kind.ends_with("/locks") {
        return Ok(());
    }
    let found: Vec<(Assignment, Definition)> = world
        .arm
        .policy_assignments
        .values()
        .filter(|assignment| assignment.covers(&target.id))
        .filter_map(|assignment| {
            let key = assignment.definition.to_lowercase();
            let definition = world.arm.policy_definitions.get(&key)?;
            let looks = definition.looks_at(&target.kind);
            looks.then(|| (assignment.clone(), definition.clone()))
        })
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    let Some(body) = wanted(world, call) else {
        return Ok(());
    };
    let subject = Subject {
        id: &target.id,
        kind: &target.kind,
        name: &target.name,
        body,
    };
    let mut violations = Vec::new();
    for (assignment, definition) in found {
        let parameters = definition.parameters(assignment.given());
        let (path, tenant) = (&call.path, &call.caller.tenant);
        let around = surroundings(tenant, path.subscription(), path.group(), parameters);
        let resolved = around.resolve(definition.rule());
        let resolved = resolved.map_err(|problem| refuse(world, problem))?;
        let denies = rule::denies(&resolved).map_err(|problem| refuse(world, problem))?;
        let condition = resolved.get("if").unwrap_or(&Value::Null);
        rule::check(condition).map_err(|problem| refuse(world, problem))?;
        let mut because = Vec::new();
        if denies && rule::holds(condition, &subject, &mut because) {
            violations.push((assignment, definition, because));
        }
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(disallowed(&target.name, &violations))
    }
}

/// The resource as the write would leave it: a `PATCH` is laid over what is there. None if there is nothing, which
/// whoever handles the call says.
fn wanted(world: &mut World, call: &ArmCall<'_>) -> Option<Value> {
    if call.method != "PATCH" {
        return Some(call.body.clone());
    }
    let read = ArmCall {
        request: call.request,
        method: "GET",
        path: call.path.clone(),
        api_version: call.api_version.clone(),
        caller: call.caller.clone(),
        body: Value::Null,
    };
    let answer = super::route(world, &read);
    answer.is_success().then(|| {
        let mut there = answer.body_json();
        lay_over(&mut there, &call.body);
        there
    })
}

fn lay_over(there: &mut Value, sent: &Value) {
    match (there, sent) {
        (Value::Object(there), Value::Object(sent)) => {
            for (name, value) in sent {
                lay_over(there.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (there, sent) => *there = sent.clone(),
    }
}

/// <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-policy-requestdisallowedbypolicy> and
/// `common-api-details.md` of <https://github.com/Azure/azure-resource-manager-rpc>.
fn disallowed(name: &str, violations: &[(Assignment, Definition, Vec<Value>)]) -> SimResponse {
    let identifiers: Vec<Value> = violations
        .iter()
        .map(|(assignment, definition, _)| {
            json!({
                "policyAssignment": {"name": assignment.shown_name(), "id": assignment.id},
                "policyDefinition": {
                    "name": text(&definition.properties, "displayName").unwrap_or(&definition.name),
                    "id": definition.id,
                },
            })
        })
        .collect();
    let information: Vec<Value> = violations
        .iter()
        .map(|(assignment, definition, because)| {
            let mut info = json!({
                "evaluationDetails": {"evaluatedExpressions": because},
                "policyDefinitionId": definition.id,
                "policyDefinitionName": definition.name,
                "policyDefinitionDisplayName": definition.properties.get("displayName"),
                "policyDefinitionEffect": "deny",
                "policyAssignmentId": assignment.id,
                "policyAssignmentName": assignment.name,
                "policyAssignmentDisplayName": assignment.properties.get("displayName"),
                "policyAssignmentScope": assignment.scope,
                "policyAssignmentParameters": assignment.given(),
            });
            if let Some(members) = info.as_object_mut() {
                members.retain(|_, value| !value.is_null());
            }
            json!({"type": "PolicyViolation", "info": info})
        })
        .collect();
    let body = json!({"error": {
        "code": "RequestDisallowedByPolicy",
        "target": name,
        "message": format!(
            "Resource '{name}' was disallowed by policy. Policy identifiers: '{}'.",
            Value::Array(identifiers)
        ),
        "additionalInfo": information,
    }});
    SimResponse::json(403, &body).header("x-ms-failure-cause", "gateway")
}

fn refuse(world: &mut World, problem: Problem) -> SimResponse {
    match problem {
        Problem::Invalid(text) => error::error(
            400,
            "InvalidPolicyRule",
            format!("Failed to parse policy rule: '{text}'."),
        ),
        Problem::NotModelled(what) => world.part_not_modelled(&what),
    }
}

/// What every call here passes: a known version, and the right.
fn admit(world: &World, call: &ArmCall<'_>) -> Result<(), SimResponse> {
    let kind = call.path.full_type();
    if !VERSIONS.contains(&call.api_version.as_str()) {
        return Err(error::no_registered_provider(
            &kind,
            &call.api_version,
            VERSIONS,
        ));
    }
    let verb = match call.method {
        "PUT" | "PATCH" => "write",
        "DELETE" => "delete",
        _ => "read",
    };
    world.authorize(&call.caller, &format!("{kind}/{verb}"), &call.path.scope)
}
