//! The control endpoint: what happened, what is there, faults to come, time to pass. It is off unless asked for.

use super::{
    Shared,
    http::{Answer, json, text},
};
use http_body_util::{BodyExt, Limited};
use hyper::{Method, Request, StatusCode, body::Incoming, header::CONTENT_TYPE};
use serde_json::{Value, json as value};
use std::{io, time::Duration};

const LARGEST_BODY: usize = 1024 * 1024;
const LONGEST_STEP: u64 = 366 * 24 * 3600;

pub(super) async fn handle(shared: &Shared, request: Request<Incoming>) -> io::Result<Answer> {
    let path = request
        .uri()
        .path()
        .trim_start_matches("/control/")
        .to_owned();
    let sim = &shared.sim;
    if request.method() == Method::GET {
        let found = match path.as_str() {
            "resources" => value!(sim.resources()),
            "unmodelled" => value!(sim.unmodelled()),
            "unknown-members" => value!(sim.unknown_members()),
            "refused" => value!(
                *shared
                    .refused
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
            ),
            "requests" => sim
                .requests()
                .iter()
                .map(|one| {
                    value!({
                        "at": one.at.as_secs_f64(),
                        "method": one.method,
                        "host": one.host,
                        "path": one.path,
                        "status": one.status,
                        "changed": one.changed,
                    })
                })
                .collect(),
            _ => return Ok(text(StatusCode::NOT_FOUND, "there is nothing here")),
        };
        return Ok(json(StatusCode::OK, &found));
    }
    // A page in a browser cannot send this type to another origin unasked.
    let kind = request.headers().get(CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/json") {
        return Ok(text(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send application/json",
        ));
    }
    let method = request.method().clone();
    let body = Limited::new(request.into_body(), LARGEST_BODY)
        .collect()
        .await;
    let Ok(body) = body else {
        return Ok(text(
            StatusCode::BAD_REQUEST,
            "the body is incomplete or too large",
        ));
    };
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    let result = match (method, path.as_str()) {
        (Method::POST, "faults") => super::read_faults(&body).map(|plan| sim.inject(plan)),
        (Method::POST, "advance") => advance(shared, &body),
        _ => return Ok(text(StatusCode::NOT_FOUND, "there is nothing here")),
    };
    Ok(match result {
        Ok(()) => json(StatusCode::OK, &value!({})),
        Err(problem) => text(StatusCode::BAD_REQUEST, &problem),
    })
}

fn advance(shared: &Shared, body: &str) -> Result<(), String> {
    let body: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
    let seconds = body.get("seconds").and_then(Value::as_u64);
    let seconds = seconds
        .filter(|seconds| *seconds <= LONGEST_STEP)
        .ok_or("\"seconds\" must be a whole number, a year's at most")?;
    shared.clock.skip(Duration::from_secs(seconds));
    shared.sim.advance_to(shared.clock.now());
    Ok(())
}
