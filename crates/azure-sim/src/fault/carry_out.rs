//! What a fault does to a request and to its answer.

use super::{Effect, answer};
use crate::{
    Reply, SimRequest, SimResponse, arm::operations::Outcome, sim::dispatch, world::World,
};
use std::time::Duration;

/// Not JSON, whatever the type says.
const MALFORMED: &[u8] = b"<html><body>The page cannot be displayed.</body></html>";

/// Handles a request that meets a fault.
pub(crate) fn carry_out(world: &mut World, request: &SimRequest, effect: &Effect) -> Reply {
    match effect {
        Effect::ResetBefore => Reply::ResetBeforeEffect,
        Effect::Silence => Reply::Silence,
        Effect::ResetAfter => answered(world, request, |_, _| Reply::ResetAfterEffect),
        Effect::Status {
            code,
            body,
            retry_after,
        } => Reply::Answer(planned(
            world,
            request,
            *code,
            body.as_deref(),
            *retry_after,
        )),
        Effect::StatusAfter {
            code,
            body,
            retry_after,
        } => answered(world, request, |world, _| {
            Reply::Answer(planned(
                world,
                request,
                *code,
                body.as_deref(),
                *retry_after,
            ))
        }),
        Effect::TruncatedBody => answered(world, request, |_, mut answer| {
            answer.body.truncate(answer.body.len() / 2);
            Reply::CutShort(answer)
        }),
        Effect::MalformedBody => answered(world, request, |_, mut answer| {
            answer.body = MALFORMED.to_vec();
            Reply::Answer(answer.header("content-type", "application/json; charset=utf-8"))
        }),
        Effect::WrongContentType => answered(world, request, |_, answer| {
            Reply::Answer(answer.header("content-type", "text/html; charset=utf-8"))
        }),
        Effect::OperationFails { code, message } => {
            let (code, message) = (code.clone(), message.clone());
            doomed(world, request, Outcome::Failed { code, message })
        }
        Effect::OperationCanceled { code, message } => {
            let (code, message) = (code.clone(), message.clone());
            doomed(world, request, Outcome::Canceled { code, message })
        }
        Effect::ExpiredToken => match answer::expired_token(world, request) {
            Some(refusal) => Reply::Answer(refusal),
            None => dispatch(world, request),
        },
        Effect::ClaimsChallenge => match answer::claims_challenge(world, request) {
            Some(challenge) => Reply::Answer(challenge),
            None => dispatch(world, request),
        },
    }
}

/// Does what was asked, and lets something become of the answer if there is one.
fn answered(
    world: &mut World,
    request: &SimRequest,
    then: impl FnOnce(&mut World, SimResponse) -> Reply,
) -> Reply {
    match dispatch(world, request) {
        Reply::Answer(answer) => then(world, answer),
        other => other,
    }
}

/// Does what was asked; an operation that starts by it will end so.
fn doomed(world: &mut World, request: &SimRequest, outcome: Outcome) -> Reply {
    world.doom = Some(outcome);
    let reply = dispatch(world, request);
    world.doom = None;
    reply
}

fn planned(
    world: &mut World,
    request: &SimRequest,
    code: u16,
    body: Option<&str>,
    retry_after: Option<Duration>,
) -> SimResponse {
    let answer = match body {
        Some(body) => {
            let mut answer = SimResponse::empty(code).header("content-type", "application/json");
            answer.body = body.as_bytes().to_vec();
            answer
        }
        None => answer::of_status(world, request, code),
    };
    match retry_after {
        Some(after) => answer.header("retry-after", after.as_secs().to_string()),
        None => answer,
    }
}
