//! The list of resources of a subscription or group, filtered by type and name.

use crate::{
    SimResponse,
    arm::{ArmCall, error, groups, path::is_within},
    cosmos, managed_hsm,
    world::World,
};
use serde_json::{Value, json};

/// The first is asked for by the Azure CLI.
const VERSIONS: &[&str] = &[
    "2015-11-01",
    "2018-05-01",
    "2019-10-01",
    "2020-06-01",
    "2020-10-01",
    "2021-04-01",
    "2022-09-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
];

/// A resource as the list shows it.
pub(crate) struct Summary {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) location: String,
    pub(crate) tags: Value,
}

/// Answers `…/resources`. What the caller may not read is left out, as Azure leaves it out.
pub(crate) fn list(world: &World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    if !VERSIONS.contains(&call.api_version.as_str()) {
        return Err(error::invalid_api_version(&call.api_version, VERSIONS));
    }
    let subscription = call.path.subscription();
    let scope = match &call.path.group {
        Some(group) => groups::require(world, subscription, group)?.id.clone(),
        None => format!("/subscriptions/{subscription}"),
    };
    let filter = call.request.query("$filter").unwrap_or_default();
    let filter = parse(&filter)?;
    let value: Vec<Value> = all(world)
        .into_iter()
        .filter(|own| is_within(&own.id, &scope))
        .filter(|own| filter.iter().all(|condition| condition.holds(own)))
        .filter(|own| world.has_action(&call.caller.oid, &format!("{}/read", own.kind), &own.id))
        .map(|own| {
            json!({
                "id": own.id,
                "name": own.name,
                "type": own.kind,
                "location": own.location,
                "tags": own.tags,
            })
        })
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

/// Whether an id is that of a resource, or of something below one.
pub(crate) fn covering(world: &World, id: &str) -> bool {
    all(world).iter().any(|own| is_within(id, &own.id))
}

/// Whether a resource is there, by its type, name and id; what is of no modelled type is taken to be.
pub(crate) fn is_there(world: &World, kind: &str, name: &str, id: &str) -> bool {
    let own = match kind.to_lowercase().as_str() {
        "microsoft.documentdb/databaseaccounts" => {
            return cosmos::summaries(world).any(|own| own.id.eq_ignore_ascii_case(id));
        }
        "microsoft.keyvault/managedhsms" => {
            world.managed_hsm.live(name).map(|own| &own.settings.id)
        }
        "microsoft.keyvault/vaults" => world.key_vault.live(name).map(|own| &own.id),
        "microsoft.managedidentity/userassignedidentities" => {
            let own = world.arm.identities.get(&id.to_lowercase());
            own.map(|own| &own.id)
        }
        _ => return true,
    };
    own.is_some_and(|own| own.eq_ignore_ascii_case(id))
}

fn all(world: &World) -> Vec<Summary> {
    let identities = world.arm.identities.values().map(|own| Summary {
        id: own.id.clone(),
        name: own.name.clone(),
        kind: "Microsoft.ManagedIdentity/userAssignedIdentities",
        location: own.location.clone(),
        tags: own.tags.clone(),
    });
    let vaults = world.key_vault.vaults.values();
    let vaults = vaults.filter(|own| own.is_live()).map(|own| Summary {
        id: own.id.clone(),
        name: own.name.clone(),
        kind: "Microsoft.KeyVault/vaults",
        location: own.location.clone(),
        tags: Value::Object(own.tags.clone()),
    });
    identities
        .chain(vaults)
        .chain(managed_hsm::summaries(world))
        .chain(cosmos::summaries(world))
        .collect()
}

/// `property eq 'value'`.
struct Condition(String, String);

impl Condition {
    fn holds(&self, own: &Summary) -> bool {
        let value = match self.0.as_str() {
            "resourcetype" => own.kind,
            "name" => &own.name,
            _ => &own.location,
        };
        value.eq_ignore_ascii_case(&self.1)
    }
}

fn parse(filter: &str) -> Result<Vec<Condition>, SimResponse> {
    let invalid = || {
        error::error(
            400,
            "InvalidFilterInQueryString",
            format!("Invalid $filter '{filter}' specified in the query string."),
        )
    };
    if filter.is_empty() {
        return Ok(Vec::new());
    }
    filter
        .split(" and ")
        .map(|part| {
            let (property, value) = part.split_once(" eq ").ok_or_else(invalid)?;
            let property = property.trim().to_lowercase();
            let value = value.trim().strip_prefix('\'');
            let value = value.and_then(|value| value.strip_suffix('\''));
            match (property.as_str(), value) {
                ("resourcetype" | "name" | "location", Some(value)) => {
                    Ok(Condition(property, value.to_owned()))
                }
                _ => Err(invalid()),
            }
        })
        .collect()
}
