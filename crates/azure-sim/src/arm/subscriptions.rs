//! Subscriptions and tenants as a caller sees them, and the locations of a subscription.

use crate::{
    SimResponse,
    arm::{ArmCall, Subscription, error},
    regions,
    world::World,
};
use serde_json::{Value, json};

/// <https://github.com/Azure/azure-rest-api-specs/tree/main/specification/resources/resource-manager/Microsoft.Resources/subscriptions>
const VERSIONS: &[&str] = &[
    "2014-04-01",
    "2015-11-01",
    "2016-06-01",
    "2018-06-01",
    "2019-06-01",
    "2019-11-01",
    "2020-01-01",
    "2021-01-01",
    "2021-04-01",
    "2021-10-01",
    "2022-09-01",
    "2022-12-01",
    "2024-11-01",
    "2025-04-01",
];

/// Answers `/subscriptions`, `/subscriptions/{s}`, its `locations`, and `/tenants`.
pub(crate) fn handle(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    let path: Vec<String> = call
        .path
        .segments
        .iter()
        .map(|segment| segment.to_lowercase())
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let answer = match (call.method, path.as_slice()) {
        ("GET", ["subscriptions"]) => list(world, call),
        ("GET", ["tenants"]) => tenants(world, call),
        ("GET", ["subscriptions", id]) => one(world, call, id)?,
        ("GET", ["subscriptions", _, "locations"]) => {
            let scope = format!("/subscriptions/{}", call.path.subscription());
            let action = "Microsoft.Resources/subscriptions/locations/read";
            world.authorize(&call.caller, action, &scope)?;
            locations(world, call)
        }
        _ => return Ok(world.not_modelled(call.request)),
    };
    if VERSIONS.contains(&call.api_version.as_str()) {
        Ok(answer)
    } else {
        Err(error::invalid_api_version(&call.api_version, VERSIONS))
    }
}

/// Those in which the caller holds a role anywhere.
fn list(world: &World, call: &ArmCall<'_>) -> SimResponse {
    let value: Vec<Value> = world
        .arm
        .subscriptions
        .values()
        .filter(|own| {
            let scope = format!("/subscriptions/{}", own.id);
            own.tenant == call.caller.tenant && world.has_role_within(&call.caller.oid, &scope)
        })
        .map(entity)
        .collect();
    let count = json!({"type": "Total", "value": value.len()});
    SimResponse::json(200, &json!({"value": value, "count": count}))
}

fn one(world: &World, call: &ArmCall<'_>, id: &str) -> Result<SimResponse, SimResponse> {
    let found = world.arm.subscriptions.get(id);
    let found = found.ok_or_else(|| error::subscription_not_found(id))?;
    let scope = format!("/subscriptions/{id}");
    world.authorize(
        &call.caller,
        "Microsoft.Resources/subscriptions/read",
        &scope,
    )?;
    Ok(SimResponse::json(200, &entity(found)))
}

fn entity(own: &Subscription) -> Value {
    json!({
        "id": format!("/subscriptions/{}", own.id),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": own.id,
        "tenantId": own.tenant,
        "displayName": own.id,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    })
}

/// The caller's own; guests are not modelled.
fn tenants(world: &World, call: &ArmCall<'_>) -> SimResponse {
    let own = world.directory.tenants.get(&call.caller.tenant);
    let value: Vec<Value> = own
        .map(|own| {
            json!({
                "id": format!("/tenants/{}", own.id),
                "tenantId": own.id,
                "displayName": own.name,
                "tenantCategory": "Home",
            })
        })
        .into_iter()
        .collect();
    SimResponse::json(200, &json!({"value": value}))
}

fn locations(world: &World, call: &ArmCall<'_>) -> SimResponse {
    let value: Vec<Value> = regions::all(world.options.cloud)
        .map(|name| {
            let short = regions::name(name);
            json!({
                "id": format!("/subscriptions/{}/locations/{short}", call.path.subscription()),
                "name": short,
                "type": "Region",
                "displayName": name,
                "regionalDisplayName": name,
                "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
            })
        })
        .collect();
    SimResponse::json(200, &json!({"value": value}))
}
