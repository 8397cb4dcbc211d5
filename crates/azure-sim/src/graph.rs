//! Microsoft Graph v1.0: who may call, which object is meant, and the frame of every answer.

mod address;
pub(crate) mod answer;
mod applications;
mod deleted;
mod federated;
mod objects;
mod passwords;
mod principals;
mod query;
mod rights;
mod units;

use crate::{
    SimRequest, SimResponse,
    route::Service,
    throttle::count_graph,
    tokens::{Caller, CallerKind},
    world::World,
};
use address::{Address, Key};
use serde_json::{Value, json};

/// A call whose token holds.
struct GraphCall<'a> {
    request: &'a SimRequest,
    method: &'a str,
    address: Address,
    caller: Caller,
    /// `Null` if there is none.
    body: Value,
}

type Answer = Result<SimResponse, SimResponse>;

impl GraphCall<'_> {
    /// Whether a `PATCH` is to create what is missing.
    fn creates_if_missing(&self) -> bool {
        let prefer = self.request.headers.get("prefer");
        prefer.is_some_and(|prefer| {
            prefer
                .split(',')
                .any(|one| one.trim().eq_ignore_ascii_case("create-if-missing"))
        })
    }

    /// A text member of the body.
    fn text(&self, member: &str) -> Option<&str> {
        self.body.get(member)?.as_str()
    }
}

/// The refusal of who asks too often. "TooManyRequests" is documented, the sentence not:
/// <https://learn.microsoft.com/graph/errors>
pub(crate) const THROTTLED: (&str, &str) = ("TooManyRequests", "Too Many Requests");

pub(crate) fn handle(world: &mut World, request: &SimRequest) -> SimResponse {
    let answer = call(world, request).unwrap_or_else(|refusal| refusal);
    answer::finish(world, request, answer)
}

fn call(world: &mut World, request: &SimRequest) -> Answer {
    let caller = authenticate(world, request)?;
    let units = units::cost(request);
    count_graph(world, &caller, units, request.method != "GET")?;
    let answer = admitted(world, request, caller);
    // Recorded, of refusals too.
    let counted = |answer: SimResponse| answer.header("x-ms-resource-unit", units.to_string());
    answer.map(counted).map_err(counted)
}

fn admitted(world: &mut World, request: &SimRequest, caller: Caller) -> Answer {
    let Some(address) = Address::parse(&request.segments()) else {
        return Ok(world.not_modelled(request));
    };
    let body = request.body_json().map_err(|_| {
        answer::error(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        )
    })?;
    let call = GraphCall {
        request,
        method: &request.method,
        address,
        caller,
        body,
    };
    route(world, &call)
}

fn authenticate(world: &World, request: &SimRequest) -> Result<Caller, SimResponse> {
    let refuse = |message: &str| answer::error(401, "InvalidAuthenticationToken", message);
    let text = request
        .token()
        .ok_or_else(|| refuse("Access token is empty."))?;
    let token = world
        .read_token(text)
        .ok_or_else(|| refuse("IDX14100: JWT is not well formed, there are no dots (.)."))?;
    if token.audience != world.options.cloud.audience(&Service::Graph) {
        return Err(refuse("Access token validation failure. Invalid audience."));
    }
    Ok(token.caller.clone())
}

fn route(world: &mut World, call: &GraphCall<'_>) -> Answer {
    let address = &call.address;
    let child = address.child.as_ref();
    match (
        address.collection.as_str(),
        child.map(|(name, _)| name.as_str()),
    ) {
        ("me", None) if address.key.is_none() && call.method == "GET" => me(world, call),
        ("applications", None) => applications::handle(world, call),
        ("applications", Some("federatedIdentityCredentials")) => federated::handle(world, call),
        ("applications" | "servicePrincipals", Some("addPassword")) => passwords::add(world, call),
        ("applications" | "servicePrincipals", Some("removePassword")) => {
            passwords::remove(world, call)
        }
        ("servicePrincipals", None) => principals::handle(world, call),
        ("directoryObjects", None)
            if call.method == "POST" && address.key == Some(Key::Id("getByIds".to_owned())) =>
        {
            objects::get_by_ids(world, call)
        }
        ("directory", _) => deleted::handle(world, call),
        _ => Ok(world.not_modelled(call.request)),
    }
}

/// Recorded; an application's token is refused since it has no user.
fn me(world: &World, call: &GraphCall<'_>) -> Answer {
    if call.caller.kind != CallerKind::User {
        return Err(answer::error(
            400,
            "BadRequest",
            "/me request is only valid with delegated authentication flow.",
        ));
    }
    let mut body = person(&call.caller.oid, &call.caller.name);
    if let Some(members) = body.as_object_mut() {
        let context = answer::context(world, "users/$entity");
        members.insert(String::from("@odata.context"), json!(context));
    }
    Ok(SimResponse::json(200, &body))
}

/// A user as Graph shows one.
fn person(id: &str, name: &str) -> Value {
    json!({
        "id": id,
        "displayName": name,
        "userPrincipalName": name,
        "businessPhones": [],
        "givenName": null,
        "jobTitle": null,
        "mail": null,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
        "surname": null,
    })
}

/// What a key must be for a text in error messages.
fn key_text(key: Option<&Key>) -> String {
    match key {
        Some(Key::Id(text) | Key::Named(_, text)) => text.clone(),
        None => String::new(),
    }
}
