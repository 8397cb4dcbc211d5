//! Assignments of policies.

use super::{
    admit,
    definition::{self, Definition},
    refuse, text,
};
use crate::{
    SimResponse,
    arm::{ArmCall, error, groups, path::is_within},
    world::World,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

type Answer = Result<SimResponse, SimResponse>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Assignment {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) scope: String,
    /// The definition's id as sent.
    pub(super) definition: String,
    pub(super) properties: Value,
}

impl Assignment {
    pub(super) fn entity(&self) -> Value {
        json!({
            "properties": self.properties,
            "id": self.id,
            "type": "Microsoft.Authorization/policyAssignments",
            "name": self.name,
        })
    }

    /// Whether it denies at all, and here.
    pub(super) fn covers(&self, target: &str) -> bool {
        let excluded = self.properties.get("notScopes").and_then(Value::as_array);
        let mut excluded = excluded.into_iter().flatten().filter_map(Value::as_str);
        text(&self.properties, "enforcementMode") != Some("DoNotEnforce")
            && is_within(target, &self.scope)
            && !excluded.any(|scope| is_within(target, scope))
    }

    pub(super) fn given(&self) -> &Value {
        self.properties.get("parameters").unwrap_or(&Value::Null)
    }

    pub(super) fn shown_name(&self) -> &str {
        text(&self.properties, "displayName").unwrap_or(&self.name)
    }
}

/// Answers `{scope}/providers/Microsoft.Authorization/policyAssignments/…` for subscriptions and resource groups.
pub(crate) fn handle(world: &mut World, call: &ArmCall<'_>) -> Answer {
    let scope = call.path.segments_of_scope().len();
    if call.path.subscription.is_none() || ![2, 4].contains(&scope) {
        return Ok(world.not_modelled(call.request));
    }
    admit(world, call)?;
    if let Some(group) = &call.path.group {
        groups::require(world, call.path.subscription(), group)?;
    }
    let key = call.path.id().to_lowercase();
    match (call.method, call.path.name(0)) {
        ("GET", None) => list(world, call),
        ("GET", Some(name)) => {
            let found = world.arm.policy_assignments.get(&key);
            found
                .map(|own| SimResponse::json(200, &own.entity()))
                .ok_or_else(|| {
                    error::error(
                        404,
                        "PolicyAssignmentNotFound",
                        format!("The policy assignment '{name}' is not found."),
                    )
                })
        }
        ("PUT", Some(name)) => put(world, call, name),
        ("DELETE", Some(_)) => match world.arm.policy_assignments.remove(&key) {
            Some(gone) => {
                world.changed();
                Ok(SimResponse::json(200, &gone.entity()))
            }
            None => Ok(SimResponse::empty(204)),
        },
        (method, _) => Err(error::method_not_allowed(method)),
    }
}

/// At, above and below the scope, as far as the filter does not say otherwise
/// (<https://learn.microsoft.com/rest/api/policyauthorization/policy-assignments/list-for-resource-group>).
fn list(world: &mut World, call: &ArmCall<'_>) -> Answer {
    let filter = call.request.query("$filter").unwrap_or_default();
    let scope = &call.path.scope;
    let of = filter.strip_prefix("policyDefinitionId eq '");
    let of = of.and_then(|rest| rest.strip_suffix('\''));
    if of.is_none() && !["", "atScope()", "atExactScope()"].contains(&filter.as_str()) {
        let what = format!("filter of policy assignments {filter}");
        return Err(world.part_not_modelled(&what));
    }
    let all = world.arm.policy_assignments.values();
    let value: Vec<Value> = all
        .filter(|own| {
            let above = is_within(scope, &own.scope);
            let below = is_within(&own.scope, scope);
            match filter.as_str() {
                "atScope()" => above,
                "atExactScope()" => above && below,
                _ => above || below,
            }
        })
        .filter(|own| of.is_none_or(|id| own.definition.eq_ignore_ascii_case(id)))
        .map(Assignment::entity)
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

fn put(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    let mut properties = call.body.get("properties").cloned().unwrap_or_default();
    world.note_unknown(
        "policyAssignment.properties",
        &properties,
        &[
            "displayName",
            "description",
            "metadata",
            "policyDefinitionId",
            "parameters",
            "enforcementMode",
            "notScopes",
            "scope",
        ],
    );
    let wanted = text(&properties, "policyDefinitionId").unwrap_or_default();
    let wanted = wanted.to_owned();
    let Some(definition) = world
        .arm
        .policy_definitions
        .get(&wanted.to_lowercase())
        .cloned()
    else {
        // Azure's own, initiatives, and those of management groups are beyond what is modelled.
        return Err(if wanted.to_lowercase().starts_with("/subscriptions/") {
            definition::not_found(wanted.rsplit('/').next().unwrap_or_default())
        } else {
            world.part_not_modelled(&format!("policy definition {wanted}"))
        });
    };
    let given = properties.get("parameters").cloned().unwrap_or_default();
    check_parameters(&definition, name, &given)?;
    definition
        .check_with(definition.parameters(&given))
        .map_err(|problem| refuse(world, problem))?;
    if let Some(members) = properties.as_object_mut() {
        members.insert("scope".to_owned(), json!(call.path.scope));
        members
            .entry("enforcementMode")
            .or_insert_with(|| json!("Default"));
    }
    let assignment = Assignment {
        id: call.path.id(),
        name: name.to_owned(),
        scope: call.path.scope.clone(),
        definition: wanted,
        properties,
    };
    let body = assignment.entity();
    let key = assignment.id.to_lowercase();
    world.arm.policy_assignments.insert(key, assignment);
    world.changed();
    Ok(SimResponse::json(201, &body))
}

/// <https://learn.microsoft.com/azure/governance/policy/troubleshoot/general>; the texts have no source.
fn check_parameters(definition: &Definition, name: &str, given: &Value) -> Result<(), SimResponse> {
    let known: Vec<&String> = definition.declared().map(|(name, _)| name).collect();
    let strange = given
        .as_object()
        .into_iter()
        .flatten()
        .find(|(given, _)| !known.contains(given));
    if let Some((strange, _)) = strange {
        return Err(error::error(
            400,
            "UndefinedPolicyParameter",
            format!(
                "The policy assignment '{name}' has defined parameters '{strange}' which are not defined in the policy definition '{}'.",
                definition.name
            ),
        ));
    }
    let values = definition.parameters(given);
    match known.iter().find(|name| !values.contains_key(**name)) {
        None => Ok(()),
        Some(missing) => Err(error::error(
            400,
            "MissingPolicyParameter",
            format!(
                "The policy assignment '{name}' is missing the parameter(s) '{missing}' as defined in the policy definition '{}'.",
                definition.name
            ),
        )),
    }
}
