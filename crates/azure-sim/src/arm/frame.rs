//! What every answer of Resource Manager carries: ids of the request, and what is left of the caller's budget.

use crate::{SimRequest, SimResponse, throttle::Budget, world::World};
use uuid::Uuid;

/// The region whose front door answers.
const REGION: &str = "WESTEUROPE";

/// Adds what is left of the budget. Recorded: what the gateway refuses has no such header.
pub(super) fn with_budget(answer: SimResponse, budget: Budget) -> SimResponse {
    if answer.find_header("x-ms-failure-cause") == Some("gateway") {
        return answer;
    }
    budget
        .into_iter()
        .fold(answer, |answer, (name, value)| answer.header(&name, value))
}

/// Adds the ids. The rules: <https://github.com/Azure/azure-resource-manager-rpc>, `common-api-details.md`.
pub(crate) fn finish(world: &mut World, request: &SimRequest, answer: SimResponse) -> SimResponse {
    let id = world.new_guid();
    let sent = |name: &str| request.headers.get(name);
    // A caller may group calls under a GUID of his own.
    let correlation = sent("x-ms-correlation-request-id")
        .filter(|text| text.len() == 36 && Uuid::parse_str(text).is_ok())
        .cloned()
        .unwrap_or_else(|| id.clone());
    let time = World::timestamp(world.now).replace(['-', ':'], "");
    let routing = format!("{REGION}:{time}:{correlation}");
    let answer = answer
        .header("x-ms-request-id", id)
        .header("x-ms-correlation-request-id", correlation)
        .header("x-ms-routing-request-id", routing);
    let asked = sent("x-ms-return-client-request-id")
        .is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
    match sent("x-ms-client-request-id") {
        Some(client) if asked => answer.header("x-ms-client-request-id", client.clone()),
        _ => answer,
    }
}
