//! The control endpoint: what happened, what is there, faults to come, time to pass. It is off unless asked for.

use super::{
    Shared,
    http::{Answer, json, text},
};
use crate::{FaultPlan, world::World};
use http_body_util::{BodyExt, Limited};
use hyper::{Method, Request, StatusCode, body::Incoming, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Value, json as value};
use std::{io, sync::PoisonError, time::Duration};

const LARGEST_BODY: usize = 1024 * 1024;
const LONGEST_STEP: u64 = 366 * 24 * 3600;

const THERE_IS: &str = "/control/ has GET requests, resources, unmodelled, unknown-members, refused; POST faults, advance";

/// The body of `advance`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    seconds: u64,
}

pub(super) async fn handle(shared: &Shared, request: Request<Incoming>) -> io::Result<Answer> {
    let path = request.uri().path();
    let path = path.trim_start_matches("/control/").to_owned();
    match (request.method(), path.as_str()) {
        (&Method::GET, what) => Ok(show(shared, what).map_or_else(
            || text(StatusCode::NOT_FOUND, THERE_IS),
            |found| json(StatusCode::OK, &found),
        )),
        (&Method::POST, "faults" | "advance") => {
            let body = match read(request).await {
                Ok(body) => body,
                Err(refusal) => return Ok(refusal),
            };
            let done = if path == "faults" {
                plan(shared, &body)
            } else {
                advance(shared, &body)
            };
            Ok(match done {
                Ok(()) => json(StatusCode::OK, &value!({})),
                Err(problem) => text(StatusCode::BAD_REQUEST, &problem),
            })
        }
        _ => Ok(text(StatusCode::NOT_FOUND, THERE_IS)),
    }
}

fn show(shared: &Shared, what: &str) -> Option<Value> {
    let sim = &shared.sim;
    Some(match what {
        "resources" => value!(sim.resources()),
        "unmodelled" => value!(sim.unmodelled()),
        "unknown-members" => value!(sim.unknown_members()),
        "refused" => value!(
            *shared
                .refused
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        ),
        "requests" => sim
            .requests()
            .iter()
            .map(|one| {
                value!({
                    "at": World::timestamp(one.at),
                    "method": one.method,
                    "host": one.host,
                    "path": one.path,
                    "status": one.status,
                    "changed": one.changed,
                })
            })
            .collect(),
        _ => return None,
    })
}

/// The body of a request that changes something.
async fn read(request: Request<Incoming>) -> Result<String, Answer> {
    // A page in a browser cannot send this type to another origin unasked.
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(text(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the header content-type: application/json",
        ));
    }
    let body = Limited::new(request.into_body(), LARGEST_BODY)
        .collect()
        .await;
    let body = body.map_err(|_| {
        text(
            StatusCode::BAD_REQUEST,
            "the body is incomplete or too large",
        )
    })?;
    Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
}

fn plan(shared: &Shared, body: &str) -> Result<(), String> {
    let plan: FaultPlan = serde_json::from_str(body).map_err(|error| error.to_string())?;
    plan.check(shared.sim.cloud())?;
    shared.sim.inject(plan);
    Ok(())
}

fn advance(shared: &Shared, body: &str) -> Result<(), String> {
    let Step { seconds } = serde_json::from_str(body).map_err(|error| error.to_string())?;
    if seconds > LONGEST_STEP {
        return Err(format!("a year at most, {LONGEST_STEP} seconds"));
    }
    shared.clock.skip(Duration::from_secs(seconds));
    shared.sim.advance_to(shared.clock.now());
    Ok(())
}
