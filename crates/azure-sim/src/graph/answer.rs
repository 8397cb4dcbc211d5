//! The frame of Microsoft Graph's answers: entities, errors, headers.

use crate::{SimRequest, SimResponse, world::World};
use serde_json::{Value, json};

/// An error; [`finish`] adds the inner error.
pub(crate) fn error(status: u16, code: &str, message: impl AsRef<str>) -> SimResponse {
    SimResponse::json(
        status,
        &json!({"error": {"code": code, "message": message.as_ref()}}),
    )
}

/// The same with one entry in `details`.
pub(super) fn error_with_detail(
    status: u16,
    code: &str,
    message: &str,
    detail: (&str, &str),
) -> SimResponse {
    let (detail, target) = detail;
    SimResponse::json(
        status,
        &json!({"error": {
            "code": code,
            "message": message,
            "details": [{"code": detail, "message": message, "target": target}],
        }}),
    )
}

/// Recorded.
pub(super) fn not_found(key: &str) -> SimResponse {
    error(
        404,
        "Request_ResourceNotFound",
        format!(
            "Resource '{key}' does not exist or one of its queried reference-property objects are not present."
        ),
    )
}

/// Recorded.
pub(super) fn denied() -> SimResponse {
    error(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

/// <https://github.com/microsoftgraph/msgraph-bicep-types/issues/202>
pub(super) fn duplicate_unique_name() -> SimResponse {
    error_with_detail(
        400,
        "Request_BadRequest",
        "Another object with the same value for property uniqueName already exists.",
        ("ObjectConflict", "uniqueName"),
    )
}

pub(super) fn method_not_allowed() -> SimResponse {
    error(
        405,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target.",
    )
}

/// The context of an entity or list.
pub(super) fn context(world: &World, what: &str) -> String {
    format!(
        "https://{}/v1.0/$metadata#{what}",
        world.options.cloud.graph_host()
    )
}

/// An entity that was created. Recorded: its location is under `v2` and names the tenant.
pub(super) fn created(
    world: &World,
    tenant: &str,
    place: &str,
    context_of: &str,
    entity: Value,
) -> SimResponse {
    let location = format!(
        "https://{}/v2/{tenant}/{place}",
        world.options.cloud.graph_host()
    );
    self::entity(world, 201, context_of, entity).header("location", location)
}

/// An entity with its context.
pub(super) fn entity(world: &World, status: u16, context_of: &str, entity: Value) -> SimResponse {
    let mut body = json!({"@odata.context": context(world, &format!("{context_of}/$entity"))});
    if let (Some(members), Value::Object(own)) = (body.as_object_mut(), entity) {
        members.extend(own);
    }
    SimResponse::json(status, &body)
}

/// Recorded of every answer, with other names.
const DIAGNOSTIC: &str = r#"{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","ScaleUnit":"001","RoleInstance":"AM1PEPF00000001"}}"#;

/// Adds what every answer carries. The inner error's date has no zone:
/// <https://github.com/Azure/azure-workload-identity/issues/1428>
pub(crate) fn finish(world: &mut World, request: &SimRequest, answer: SimResponse) -> SimResponse {
    let id = world.new_guid();
    let client = request.headers.get("client-request-id").cloned();
    let client = client.unwrap_or_else(|| id.clone());
    let mut answer = answer
        .header("request-id", id.clone())
        .header("client-request-id", client.clone())
        .header("x-ms-ags-diagnostic", DIAGNOSTIC);
    if answer.status == 501 {
        return answer;
    }
    // Recorded of every success that has a body.
    if answer.is_success() && !answer.body.is_empty() {
        answer = answer.header("odata-version", "4.0");
    }
    let mut body = answer.body_json();
    if let Some(error) = body.get_mut("error").and_then(Value::as_object_mut) {
        let date = World::timestamp(world.now).trim_end_matches('Z').to_owned();
        error.insert(
            "innerError".to_owned(),
            json!({"date": date, "request-id": id, "client-request-id": client}),
        );
        answer.body = body.to_string().into_bytes();
        // Recorded of 403 and 404: no charset.
        answer = answer.header("content-type", "application/json");
    } else if !answer.body.is_empty() {
        let beta = request
            .segments()
            .first()
            .is_some_and(|word| word == "beta");
        if let (true, Some(context)) = (beta, body.get_mut("@odata.context")) {
            *context = json!(
                context
                    .as_str()
                    .unwrap_or_default()
                    .replacen("/v1.0/", "/beta/", 1)
            );
            answer.body = body.to_string().into_bytes();
        }
        // Recorded of every success.
        answer = answer.header(
            "content-type",
            "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
        );
    }
    answer
}
