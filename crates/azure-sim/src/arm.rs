//! Azure Resource Manager: who may call, which subscription, and which provider answers.

pub(crate) mod access;
mod authorization;
pub(crate) mod conditions;
pub(crate) mod deployments;
pub(crate) mod error;
pub(crate) mod frame;
pub(crate) mod groups;
pub(crate) mod guard;
mod identities;
mod identity_credentials;
pub(crate) mod locks;
mod loose_json;
pub(crate) mod operations;
mod paging;
pub(crate) mod path;
pub(crate) mod policies;
pub(crate) mod providers;
pub(crate) mod resources;
mod role_definitions;
pub(crate) mod roles;
mod subscriptions;
mod tags;
mod template;

use crate::{
    SimRequest, SimResponse, cosmos, key_vault,
    route::Service,
    throttle::{self, Budget},
    tokens::{Caller, Token},
    world::World,
};
use path::ArmPath;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What Resource Manager holds, apart from the resources of the providers with files of their own.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ArmState {
    /// By id in lower case.
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    /// By id in lower case.
    pub(crate) groups: BTreeMap<String, ResourceGroup>,
    /// By id in lower case.
    pub(crate) identities: BTreeMap<String, ManagedIdentity>,
    pub(crate) role_assignments: Vec<access::RoleAssignment>,
    pub(crate) locks: Vec<locks::Lock>,
    /// By id in lower case.
    pub(crate) policy_definitions: BTreeMap<String, policies::Definition>,
    /// By id in lower case.
    pub(crate) policy_assignments: BTreeMap<String, policies::Assignment>,
    /// By id in lower case.
    pub(crate) deployments: BTreeMap<String, deployments::Deployment>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) tenant: String,
    /// Namespace in lower case to its registration.
    pub(crate) providers: BTreeMap<String, providers::Registration>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ResourceGroup {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) tags: Value,
    pub(crate) managed_by: Option<String>,
    pub(crate) deleting: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ManagedIdentity {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) tags: Value,
    pub(crate) tenant: String,
    pub(crate) principal_id: String,
    pub(crate) client_id: String,
    /// `None` or `Regional`, if somebody said so.
    #[serde(default)]
    pub(crate) isolation_scope: Option<String>,
    pub(crate) credentials: Vec<identity_credentials::IdentityCredential>,
}

/// A call to Resource Manager whose caller, api-version and subscription hold.
pub(crate) struct ArmCall<'a> {
    pub(crate) request: &'a SimRequest,
    pub(crate) method: &'a str,
    pub(crate) path: ArmPath,
    pub(crate) api_version: String,
    pub(crate) caller: Caller,
    /// `Null` if there is none.
    pub(crate) body: Value,
}

/// <https://github.com/Azure/azure-resource-manager-rpc>, `common-api-details.md`.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

pub(crate) fn handle(world: &mut World, request: &SimRequest) -> SimResponse {
    let mut budget = Budget::new();
    let answer = match prepare(world, request, &mut budget) {
        Ok(call) => {
            world.caller = Some(call.caller.oid.clone());
            let answer = route(world, &call);
            world.caller = None;
            paging::cut(world, &call, answer)
        }
        Err(refusal) => refusal,
    };
    let answer = frame::with_budget(answer, budget);
    frame::finish(world, request, answer)
}

fn prepare<'a>(
    world: &mut World,
    request: &'a SimRequest,
    budget: &mut Budget,
) -> Result<ArmCall<'a>, SimResponse> {
    let path = ArmPath::parse(&request.segments());
    let subscription = path.subscription.as_ref().map(|id| {
        let known = world.arm.subscriptions.get(&id.to_lowercase());
        (id, known.map(|found| found.tenant.clone()))
    });
    let tenant = subscription
        .as_ref()
        .and_then(|(_, tenant)| tenant.as_deref());
    let caller = authenticate(world, request, tenant)?;
    let known = subscription.as_ref().filter(|(_, tenant)| tenant.is_some());
    let counted = known.map(|(id, _)| id.as_str());
    *budget = throttle::count_arm(world, request, counted, &caller)?;
    if let Some((id, None)) = subscription {
        return Err(error::subscription_not_found(id));
    }
    let api_version = request
        .query("api-version")
        .filter(|version| !version.is_empty())
        .ok_or_else(error::missing_api_version)?;
    if request.body.len() > LARGEST_BODY {
        return Err(error::too_large());
    }
    let mut body = request
        .body_json()
        .or_else(|problem| deployments::loose_body(&path, &request.body).ok_or(problem))
        .map_err(|problem| error::invalid_request_content(&problem))?;
    tags::as_texts(&mut body);
    Ok(ArmCall {
        request,
        method: &request.method,
        path,
        api_version,
        caller,
        body,
    })
}

/// Checks the token: it must be for Resource Manager, and of the subscription's tenant.
fn authenticate(
    world: &World,
    request: &SimRequest,
    tenant: Option<&str>,
) -> Result<Caller, SimResponse> {
    let Some(text) = request.token() else {
        return Err(error::authentication_failed(tenant));
    };
    let Some(Token {
        caller, audience, ..
    }) = world.read_token(text)
    else {
        return Err(error::invalid_token());
    };
    let cloud = world.options.cloud;
    let expected = cloud.audience(&Service::ResourceManager);
    // Older SDKs ask for the first: https://learn.microsoft.com/rest/api/azure/
    let accepted = [cloud.classic_audience(), expected.as_str()];
    if !accepted.contains(&audience.as_str()) {
        return Err(error::invalid_audience(audience, &accepted));
    }
    match tenant {
        Some(tenant) if tenant != caller.tenant => Err(error::wrong_tenant(&caller.tenant, tenant)),
        _ => Ok(caller.clone()),
    }
}

fn route(world: &mut World, call: &ArmCall<'_>) -> SimResponse {
    if let Err(refusal) = guard::check(world, call) {
        return refusal;
    }
    let answer = match (call.path.namespace.as_deref(), call.path.types.is_empty()) {
        (Some(namespace), bare) => provider(world, call, namespace, bare),
        (None, _) if is_resource_list(call) => resources::list(world, call),
        (None, _) if call.path.group.is_some() || is_collection(call, "resourceGroups") => {
            groups::handle(world, call)
        }
        (None, _) => match call.path.segments.as_slice() {
            [_, _, word, id] if word.eq_ignore_ascii_case("operationresults") => {
                groups::operation_result(world, call, id)
            }
            _ => subscriptions::handle(world, call),
        },
    };
    answer.unwrap_or_else(|refusal| refusal)
}

/// Whether the path is a collection directly under the subscription.
fn is_collection(call: &ArmCall<'_>, word: &str) -> bool {
    let third = call.path.segments.get(2);
    call.path.segments.len() == 3 && third.is_some_and(|own| own.eq_ignore_ascii_case(word))
}

/// Whether the path is the list of resources of a subscription or a group.
fn is_resource_list(call: &ArmCall<'_>) -> bool {
    let path = &call.path.segments;
    let length = if call.path.group.is_some() { 5 } else { 3 };
    let last = path
        .last()
        .is_some_and(|last| last.eq_ignore_ascii_case("resources"));
    call.method == "GET" && call.path.subscription.is_some() && path.len() == length && last
}

fn provider(
    world: &mut World,
    call: &ArmCall<'_>,
    namespace: &str,
    bare: bool,
) -> Result<SimResponse, SimResponse> {
    let register = call.path.is_type(&["register"]) && call.path.name(0).is_none();
    if (bare || register) && call.path.group.is_none() {
        return providers::handle(world, call, namespace);
    }
    match namespace.to_lowercase().as_str() {
        "microsoft.keyvault" => Ok(key_vault::handle_arm(world, call)),
        "microsoft.documentdb" => Ok(cosmos::handle_arm(world, call)),
        "microsoft.managedidentity" => identities::handle(world, call),
        "microsoft.authorization" => authorization::handle(world, call),
        "microsoft.resources" => deployments::handle(world, call),
        _ => Ok(world.not_modelled(call.request)),
    }
}

/// One line per live resource, for [`Sim::resources`](crate::Sim::resources).
pub(crate) fn list(world: &World) -> Vec<String> {
    let groups = world.arm.groups.values().map(|group| &group.id);
    let identities = world.arm.identities.values().map(|identity| &identity.id);
    let assignments = world.arm.role_assignments.iter();
    let assignments = assignments
        .filter(|assignment| assignment.is_listed() && !assignment.seeded)
        .map(access::RoleAssignment::id);
    groups
        .chain(identities)
        .cloned()
        .chain(assignments)
        .collect()
}
