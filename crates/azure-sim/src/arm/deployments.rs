//! Deployments of templates to a resource group: validated at once, then resource by resource as if the caller sent each.

mod plan;
mod run;

use crate::{
    SimResponse,
    arm::{ArmCall, error, groups, loose_json, path::ArmPath},
    world::World,
};
pub(crate) use run::Run;

use plan::Plan;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;

const TYPE: &str = "Microsoft.Resources/deployments";
/// <https://github.com/Azure/azure-rest-api-specs/tree/main/specification/resources>
const VERSIONS: &[&str] = &[
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

/// A deployment, under way or ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Deployment {
    id: String,
    name: String,
    /// Names its operation and its correlation.
    operation: String,
    parameters: Value,
    started: Duration,
    ended: Option<Duration>,
    steps: Vec<Step>,
    outputs: Value,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    Running,
    Succeeded,
    /// With code and message of the resource that failed.
    Failed(Value),
}

/// What became of one resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Step {
    id: String,
    kind: String,
    status: u16,
    body: Value,
}

/// A body that is no JSON, if it is that of a deployment.
pub(super) fn loose_body(path: &ArmPath, body: &[u8]) -> Option<Value> {
    let is_ours = path
        .namespace
        .as_ref()
        .is_some_and(|own| own.eq_ignore_ascii_case("Microsoft.Resources"));
    let text = std::str::from_utf8(body).ok()?;
    is_ours.then(|| loose_json::parse(text)).flatten()
}

/// Answers `…/resourceGroups/{group}/providers/Microsoft.Resources/deployments/…`.
pub(super) fn handle(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    let path = &call.path;
    let is = |types: &[&str]| path.group.is_some() && path.is_type(types);
    if !VERSIONS.contains(&call.api_version.as_str()) {
        return Err(error::invalid_api_version(&call.api_version, VERSIONS));
    }
    match call.method {
        "POST" if is(&["deployments", "validate"]) => {
            admit(world, call, "validate/action")?;
            let plan = Plan::read(world, call).map_err(|problem| refuse(world, problem))?;
            Ok(SimResponse::json(200, &plan.preview(world, call)))
        }
        "PUT" if is(&["deployments"]) && path.name(0).is_some() => put(world, call),
        "GET" if is(&["deployments"]) => match path.name(0) {
            Some(_) => {
                let body = own(world, call)?.render(world.now);
                Ok(SimResponse::json(200, &body))
            }
            None => list(world, call),
        },
        "GET" if is(&["deployments", "operationStatuses"]) => {
            let deployment = own(world, call)?;
            match path.name(1) == Some(&deployment.operation) {
                true => Ok(SimResponse::json(200, &deployment.status())),
                false => Err(not_found(call)),
            }
        }
        "GET" if is(&["deployments", "operations"]) && path.name(1).is_none() => {
            let deployment = own(world, call)?;
            let value: Vec<Value> = deployment.operations();
            Ok(SimResponse::json(200, &json!({"value": value})))
        }
        _ => Ok(world.not_modelled(call.request)),
    }
}

fn admit(world: &World, call: &ArmCall<'_>, verb: &str) -> Result<(), SimResponse> {
    let scope = call.path.id();
    let scope = scope.trim_end_matches("/validate");
    world.authorize(&call.caller, &format!("{TYPE}/{verb}"), scope)?;
    let (subscription, group) = (call.path.subscription(), call.path.group());
    if verb == "read" {
        groups::require(world, subscription, group)?;
    } else {
        groups::require_open(world, subscription, group)?;
    }
    Ok(())
}

/// <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-invalid-template>
fn refuse(world: &mut World, problem: super::template::Problem) -> SimResponse {
    match problem {
        super::template::Problem::Invalid(text) => error::error(
            400,
            "InvalidTemplate",
            format!("Deployment template validation failed: '{text}'."),
        ),
        super::template::Problem::NotModelled(what) => world.part_not_modelled(&what),
    }
}

fn put(world: &mut World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    admit(world, call, "write")?;
    let plan = Plan::read(world, call).map_err(|problem| refuse(world, problem))?;
    let key = call.path.id().to_lowercase();
    let before = world.arm.deployments.get(&key);
    if before.is_some_and(|before| before.state == State::Running) {
        let name = call.path.name(0).unwrap_or_default();
        // https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-deployment-active
        return Err(error::error(
            409,
            "DeploymentActive",
            format!(
                "Unable to edit or replace deployment '{name}': previous deployment is still active."
            ),
        ));
    }
    let status = if before.is_some() { 200 } else { 201 };
    let deployment = Deployment {
        id: call.path.id(),
        name: call.path.name(0).unwrap_or_default().to_owned(),
        operation: world.new_guid(),
        parameters: plan.shown_parameters.clone(),
        started: world.now,
        ended: None,
        steps: Vec::new(),
        outputs: plan.outputs.clone(),
        state: State::Running,
    };
    let mut body = deployment.render(world.now);
    if let Some(state) = body.pointer_mut("/properties/provisioningState") {
        *state = Value::from("Accepted");
    }
    let poll = format!(
        "https://{}{}/operationStatuses/{}?api-version={}",
        world.options.cloud.arm_host(),
        deployment.id,
        deployment.operation,
        call.api_version
    );
    world.arm.deployments.insert(key.clone(), deployment);
    world.changed();
    run::start(world, key, call.caller.clone(), plan.resources);
    Ok(SimResponse::json(status, &body).header("azure-asyncoperation", poll))
}

fn list(world: &World, call: &ArmCall<'_>) -> Result<SimResponse, SimResponse> {
    admit(world, call, "read")?;
    let scope = format!("{}/", call.path.id().to_lowercase());
    let own = world.arm.deployments.iter();
    let value: Vec<Value> = own
        .filter(|(key, _)| key.starts_with(&scope))
        .map(|(_, deployment)| deployment.render(world.now))
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

/// The deployment that a path names or lies below.
fn own<'w>(world: &'w World, call: &ArmCall<'_>) -> Result<&'w Deployment, SimResponse> {
    admit(world, call, "read")?;
    let name = call.path.name(0).unwrap_or_default();
    let key = format!("{}/providers/{TYPE}/{name}", call.path.scope).to_lowercase();
    let found = world.arm.deployments.get(&key);
    found.ok_or_else(|| not_found(call))
}

fn not_found(call: &ArmCall<'_>) -> SimResponse {
    let name = call.path.name(0).unwrap_or_default();
    error::gateway(
        404,
        "DeploymentNotFound",
        format!("Deployment '{name}' could not be found."),
    )
}

impl Deployment {
    fn state_name(&self) -> &'static str {
        match self.state {
            State::Running => "Running",
            State::Succeeded => "Succeeded",
            State::Failed(_) => "Failed",
        }
    }

    /// <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors>
    fn error(&self) -> Option<Value> {
        let State::Failed(details) = &self.state else {
            return None;
        };
        Some(json!({
            "code": "DeploymentFailed",
            "target": self.id,
            "message": "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.",
            "details": [details],
        }))
    }

    fn status(&self) -> Value {
        let mut body = Map::new();
        body.insert("status".to_owned(), Value::from(self.state_name()));
        body.extend(self.error().map(|error| ("error".to_owned(), error)));
        Value::Object(body)
    }

    fn render(&self, now: Duration) -> Value {
        let took = self.ended.unwrap_or(now).saturating_sub(self.started);
        let resources = self.steps.iter().filter(|step| step.status < 300);
        let resources: Vec<Value> = resources.map(|step| json!({"id": step.id})).collect();
        let mut properties = json!({
            "mode": "Incremental",
            "provisioningState": self.state_name(),
            "timestamp": World::timestamp(self.ended.unwrap_or(self.started)),
            "duration": format!("PT{:.3}S", took.as_secs_f64()),
            "correlationId": self.operation,
            "parameters": self.parameters,
            "providers": [],
            "dependencies": [],
        });
        if let Some(members) = properties.as_object_mut() {
            members.extend(self.error().map(|error| ("error".to_owned(), error)));
            if self.state == State::Succeeded {
                members.insert("outputs".to_owned(), self.outputs.clone());
                members.insert("outputResources".to_owned(), Value::Array(resources));
            }
        }
        json!({"id": self.id, "name": self.name, "type": TYPE, "properties": properties})
    }

    fn operations(&self) -> Vec<Value> {
        let steps = self.steps.iter().enumerate();
        steps
            .map(|(index, step)| {
                let good = step.status < 300;
                json!({
                    "id": format!("{}/operations/{index:016X}", self.id),
                    "operationId": format!("{index:016X}"),
                    "properties": {
                        "provisioningOperation": "Create",
                        "provisioningState": if good { "Succeeded" } else { "Failed" },
                        "statusCode": step.status.to_string(),
                        "statusMessage": if good { Value::Null } else { step.body.clone() },
                        "targetResource": {
                            "id": step.id,
                            "resourceType": step.kind,
                            "resourceName": step.id.rsplit('/').next(),
                        },
                    },
                })
            })
            .collect()
    }
}
