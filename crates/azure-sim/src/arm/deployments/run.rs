//! The resources of a deployment, one after the other, each waited for.

use super::{State, Step, plan::Resource};
use crate::{
    SimRequest, SimResponse,
    agenda::Due,
    arm::{ArmCall, operations::Outcome, path::ArmPath, route, tags},
    tokens::Caller,
    world::World,
};
use azure_core::http::Url;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// What is left to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The deployment, by id in lower case.
    key: String,
    caller: Caller,
    resources: VecDeque<Resource>,
    /// The operation of the resource that was sent last.
    operation: Option<String>,
}

pub(super) fn start(world: &mut World, key: String, caller: Caller, resources: Vec<Resource>) {
    let run = Run {
        key,
        caller,
        resources: resources.into(),
        operation: None,
    };
    world.schedule(world.now, Due::Deployment(Box::new(run)));
}

impl Run {
    pub(crate) fn advance(mut self, world: &mut World) {
        if let Some(id) = self.operation.take() {
            let subscription = ArmPath::parse(&segments(&self.key)).subscription;
            let operation = world.find_operation(&subscription.unwrap_or_default(), &id);
            match operation.map(|operation| (operation.outcome.clone(), operation.finishes)) {
                Some((None, finishes)) => {
                    self.operation = Some(id);
                    // Decided at that time, and possibly after this.
                    let at = finishes.max(world.now);
                    world.schedule(at, Due::Deployment(Box::new(self)));
                    return;
                }
                Some((
                    Some(Outcome::Failed { code, message } | Outcome::Canceled { code, message }),
                    _,
                )) => {
                    let body = json!({"error": {"code": code, "message": message}});
                    self.fail(world, &body);
                    return;
                }
                Some((Some(Outcome::Succeeded), _)) | None => {}
            }
        }
        let Some(next) = self.resources.pop_front() else {
            self.end(world, State::Succeeded);
            return;
        };
        let answer = send(world, &self.caller, &next);
        let body = answer.body_json();
        if let Some(deployment) = world.arm.deployments.get_mut(&self.key) {
            deployment.steps.push(Step {
                id: next.id,
                kind: next.kind,
                status: answer.status,
                body: body.clone(),
            });
        }
        if !answer.is_success() {
            self.fail(world, &body);
            return;
        }
        // A 202 names the operation in `location`, as that of a managed HSM does.
        let location = answer.find_header("location");
        self.operation = answer
            .find_header("azure-asyncoperation")
            .or_else(|| location.filter(|_| answer.status == 202))
            .and_then(|url| Url::parse(url).ok())
            .and_then(|url| url.path_segments()?.next_back().map(str::to_owned));
        self.advance(world);
    }

    fn fail(&self, world: &mut World, body: &Value) {
        if let Some(deployment) = world.arm.deployments.get_mut(&self.key)
            && let Some(step) = deployment.steps.last_mut()
        {
            // An operation that failed was accepted before.
            if step.status < 300 {
                step.status = 409;
                step.body = body.clone();
            }
        }
        let error = body.get("error").cloned().unwrap_or_default();
        self.end(world, State::Failed(error));
    }

    fn end(&self, world: &mut World, state: State) {
        let now = world.now;
        if let Some(deployment) = world.arm.deployments.get_mut(&self.key) {
            deployment.state = state;
            deployment.ended = Some(now);
        }
        world.changed();
    }
}

/// Sends a resource as the caller of the deployment would.
fn send(world: &mut World, caller: &Caller, resource: &Resource) -> SimResponse {
    let host = world.options.cloud.arm_host();
    let Ok(url) = Url::parse(&format!(
        "https://{host}{}?api-version={}",
        resource.id, resource.api_version
    )) else {
        return crate::arm::error::error(
            400,
            "InvalidResourceName",
            "The resource name is invalid.",
        );
    };
    let request = SimRequest::new("PUT", url).json(&resource.body);
    let path = ArmPath::parse(&request.segments());
    let mut body = resource.body.clone();
    tags::as_texts(&mut body);
    let call = ArmCall {
        method: "PUT",
        path,
        api_version: resource.api_version.clone(),
        caller: caller.clone(),
        body,
        request: &request,
    };
    route(world, &call)
}

fn segments(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}
