//! Definitions of policies.

use super::{admit, refuse, rule, surroundings, text};
use crate::{
    SimResponse,
    arm::{ArmCall, error, path::is_within, template::Problem},
    world::World,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Types that support tags and a location: what a definition of mode `Indexed` looks at
/// (<https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics>).
const INDEXED: [&str; 4] = [
    "Microsoft.KeyVault/vaults",
    "Microsoft.KeyVault/managedHSMs",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Definition {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) properties: Value,
}

impl Definition {
    pub(super) fn entity(&self) -> Value {
        json!({
            "properties": self.properties,
            "id": self.id,
            "type": "Microsoft.Authorization/policyDefinitions",
            "name": self.name,
        })
    }

    pub(super) fn rule(&self) -> &Value {
        self.properties.get("policyRule").unwrap_or(&Value::Null)
    }

    pub(super) fn declared(&self) -> impl Iterator<Item = (&String, &Value)> {
        let declared = self.properties.get("parameters").and_then(Value::as_object);
        declared.into_iter().flatten()
    }

    /// Whether it looks at a type; `Indexed` if it does not say.
    pub(super) fn looks_at(&self, kind: &str) -> bool {
        let mode = text(&self.properties, "mode").unwrap_or("Indexed");
        mode.eq_ignore_ascii_case("All") || INDEXED.iter().any(|own| own.eq_ignore_ascii_case(kind))
    }

    /// Values for its parameters: those of an assignment, and its own defaults.
    pub(super) fn parameters(&self, given: &Value) -> Map<String, Value> {
        self.declared()
            .filter_map(|(name, declared)| {
                let given = given.get(name).and_then(|given| given.get("value"));
                let value = given.or_else(|| declared.get("defaultValue"))?;
                Some((name.clone(), value.clone()))
            })
            .collect()
    }

    /// Whether all of the rule is modelled, whatever the parameters will be.
    fn check(&self) -> Result<(), Problem> {
        let mut parameters = Map::new();
        for (name, declared) in self.declared() {
            let kind = text(declared, "type").unwrap_or_default().to_lowercase();
            let stand_in = match kind.as_str() {
                "array" => json!([]),
                "boolean" => json!(false),
                // It may be a field.
                _ => json!("name"),
            };
            let value = declared.get("defaultValue").cloned().unwrap_or(stand_in);
            parameters.insert(name.clone(), value);
        }
        // What a parameter decides is checked with its value, when the definition is assigned.
        let effect = self.rule().pointer("/then/effect").and_then(Value::as_str);
        if effect.is_some_and(|effect| effect.starts_with('[')) {
            let resolved = surroundings("", "", "", parameters).resolve(self.rule())?;
            return rule::check(resolved.get("if").unwrap_or(&Value::Null));
        }
        self.check_with(parameters)
    }

    /// Whether all of the rule is modelled with these parameters.
    pub(super) fn check_with(&self, parameters: Map<String, Value>) -> Result<(), Problem> {
        let resolved = surroundings("", "", "", parameters).resolve(self.rule())?;
        rule::denies(&resolved)?;
        rule::check(resolved.get("if").unwrap_or(&Value::Null))
    }
}

/// Answers `/subscriptions/{s}/providers/Microsoft.Authorization/policyDefinitions/…`. Azure's own definitions are not there.
pub(crate) fn handle(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    if let ("GET", "/", Some(name)) = (call.method, &*call.path.scope, call.path.name(0))
        && uuid::Uuid::parse_str(name).is_err()
    {
        // The Azure CLI looks there first. The names of Azure's own definitions are GUIDs:
        // https://learn.microsoft.com/azure/governance/policy/samples/built-in-policies
        return Err(not_found(name));
    }
    if call.path.subscription.is_none() || call.path.group.is_some() {
        return Ok(world.not_modelled(call.request));
    }
    admit(world, call)?;
    let id = call.path.id();
    let key = id.to_lowercase();
    match (call.method, call.path.name(0)) {
        ("GET", None) => {
            let all = world.arm.policy_definitions.values();
            let own = all.filter(|own| is_within(&own.id, &call.path.scope));
            let value: Vec<Value> = own.map(Definition::entity).collect();
            Ok(SimResponse::json(200, &json!({"value": value})))
        }
        ("GET", Some(name)) => {
            let found = world.arm.policy_definitions.get(&key);
            found
                .map(|own| SimResponse::json(200, &own.entity()))
                .ok_or_else(|| not_found(name))
        }
        ("PUT", Some(name)) => {
            let mut properties = call.body.get("properties").cloned().unwrap_or_default();
            world.note_unknown(
                "policyDefinition.properties",
                &properties,
                &[
                    "mode",
                    "displayName",
                    "description",
                    "metadata",
                    "parameters",
                    "policyRule",
                    "policyType",
                ],
            );
            if let Some(members) = properties.as_object_mut() {
                members.insert("policyType".to_owned(), json!("Custom"));
            }
            let definition = Definition {
                id,
                name: name.to_owned(),
                properties,
            };
            definition
                .check()
                .map_err(|problem| refuse(world, problem))?;
            let body = definition.entity();
            world.arm.policy_definitions.insert(key, definition);
            world.changed();
            Ok(SimResponse::json(201, &body))
        }
        ("DELETE", Some(name)) => {
            let mut assignments = world.arm.policy_assignments.values();
            if assignments.any(|own| own.definition.eq_ignore_ascii_case(&key)) {
                let what = format!("deletion of the policy definition {name}, which is assigned");
                return Err(world.part_not_modelled(&what));
            }
            if world.arm.policy_definitions.remove(&key).is_none() {
                return Ok(SimResponse::empty(204));
            }
            world.changed();
            Ok(SimResponse::empty(200))
        }
        (method, _) => Err(error::method_not_allowed(method)),
    }
}

pub(super) fn not_found(name: &str) -> SimResponse {
    error::error(
        404,
        "PolicyDefinitionNotFound",
        format!("The policy definition '{name}' could not be found."),
    )
}
