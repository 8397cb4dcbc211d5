//! Recorded long-running operations through our poller, to their recorded end or as far as they are recorded.

use super::{
    address::{Address, Host},
    families,
    family::{CLOUD, Family, credential},
    recording::{Exchange, Recording},
    replay::{expected_of_operation, is_classified, poll_url, with_sources},
    transport::Replayer,
};
use azure_core::http::{Method, Url};
use cmk_core::{
    Kind,
    arm::{self, ArmConnectionSpec},
    lro::{OperationHandle, WaitOptions, wait_until_done},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// How an operation ended here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// As recorded.
    AtItsEnd,
    /// The recording stops while it goes on.
    AtTheLastRecordedState,
    /// What is wrong.
    Failed(String),
}

/// An operation: the request that started it, if that is recorded, and its polls.
struct Operation<'a> {
    start: Option<usize>,
    is_async: bool,
    /// Where the answer to the start says that it is asked after; where that is not recorded, what is asked first.
    link: Url,
    polls: Vec<&'a Exchange>,
}

impl Operation<'_> {
    fn link_header(&self) -> &'static str {
        if self.is_async {
            "azure-asyncoperation"
        } else {
            "location"
        }
    }
}

/// Replays every operation of a recording. `handles` are those that our clients made of its exchanges.
pub(super) async fn replay(
    all: &'static [&'static Family],
    recording: &Recording,
    handles: &BTreeMap<usize, OperationHandle>,
) -> Vec<(Option<&'static Family>, String, Ended)> {
    let mut ended = Vec::new();
    for operation in operations(all, recording) {
        let start = operation.start.and_then(|at| recording.exchanges.get(at));
        let Some(first) = start.or_else(|| operation.polls.first().copied()) else {
            continue;
        };
        let family = first.url.parse::<Address>().ok().and_then(|address| {
            families::route(all, &address, &first.method).map(|(family, ..)| family)
        });
        let known = operation.start.and_then(|at| handles.get(&at));
        let end = match known {
            Some(handle) => follow(family, handle, &operation).await,
            None => match handle_of(start, &operation).await {
                Ok(handle) => follow(family, &handle, &operation).await,
                Err(reason) => Err(reason),
            },
        };
        ended.push((family, first.line(), end.unwrap_or_else(Ended::Failed)));
    }
    ended
}

/// Starts with the polls after them, by the path of the poll's URL: its query can change from poll to poll.
fn operations<'a>(all: &'static [&'static Family], recording: &'a Recording) -> Vec<Operation<'a>> {
    let mut operations: Vec<Operation<'a>> = Vec::new();
    let mut by_path: BTreeMap<String, usize> = BTreeMap::new();
    for (at, exchange) in recording.exchanges.iter().enumerate() {
        let Ok(address) = exchange.url.parse::<Address>() else {
            continue;
        };
        if address.host != Some(Host::Arm) {
            continue;
        }
        if let Some(url) = poll_url(exchange) {
            // One that is no URL is told where the exchange is replayed.
            let Ok(link) = joined(&exchange.url, url) else {
                continue;
            };
            if let Ok(poll) = link.as_str().parse::<Address>() {
                by_path.insert(poll.path(), operations.len());
            }
            operations.push(Operation {
                start: Some(at),
                link,
                is_async: exchange.header("azure-asyncoperation").is_some(),
                polls: Vec::new(),
            });
        } else if exchange.method == "GET"
            && (by_path.contains_key(&address.path()) || is_poll(all, &address))
        {
            let Ok(link) = parsed(&exchange.url) else {
                continue;
            };
            let number = *by_path.entry(address.path()).or_insert(operations.len());
            if number == operations.len() {
                operations.push(Operation {
                    start: None,
                    link,
                    is_async: address.path().contains("/operationsstatus/"),
                    polls: Vec::new(),
                });
            }
            if let Some(operation) = operations.get_mut(number) {
                operation.polls.push(exchange);
            }
        }
    }
    operations
}

fn is_poll(all: &'static [&'static Family], address: &Address) -> bool {
    families::route(all, address, "GET")
        .is_some_and(|(_, route, _)| matches!(route.what, super::family::What::Poll))
}

/// The handle of an operation that none of our clients started: as a client reads it from an answer, or, where the
/// start is not recorded, as another process would have stored it.
async fn handle_of(
    start: Option<&Exchange>,
    operation: &Operation<'_>,
) -> Result<OperationHandle, String> {
    let Some(start) = start else {
        let url = operation.polls.first().map_or("", |poll| &*poll.url);
        let at = if operation.is_async {
            "asyncOperation"
        } else {
            "location"
        };
        let stored = json!({
            "operation": "not_recorded", "resource": "/", "apiVersion": "", "deletes": false, "poll": { at: url },
        });
        return serde_json::from_value(stored).map_err(|error| error.to_string());
    };
    let transport = Replayer::new([start]);
    let connection = arm::connect(ArmConnectionSpec {
        crate_name: env!("CARGO_PKG_NAME"),
        crate_version: env!("CARGO_PKG_VERSION"),
        cloud: CLOUD,
        credential: credential(),
        api_version: String::from("2025-04-01"),
        rules: &[arm::RULES],
        client_options: transport.client_options(),
    })
    .map_err(|error| with_sources(&error))?;
    let answer = connection
        .request("not_ours", Method::Put, "/recorded")
        .send()
        .await
        .map_err(|error| with_sources(&error))?;
    OperationHandle::from_answer(&connection, "not_ours", &answer, "/recorded", "", false)
        .map_err(|error| with_sources(&error))?
        .ok_or_else(|| String::from("the answer holds no operation"))
}

/// What the recording says of the end.
enum Recorded {
    Done,
    Failed,
    GoesOn,
}

async fn follow(
    family: Option<&Family>,
    handle: &OperationHandle,
    operation: &Operation<'_>,
) -> Result<Ended, String> {
    let end = operation
        .polls
        .iter()
        .position(|poll| !matches!(state(poll, operation.is_async), Recorded::GoesOn));
    let upto = end.map_or(operation.polls.len(), |at| at + 1);
    let polls = operation.polls.get(..upto).unwrap_or_default();
    let transport = Replayer::new(polls.iter().copied());
    // Whoever started it, Resource Manager's own client can ask.
    let poller = family
        .and_then(|family| family.poller)
        .unwrap_or(families::ANYBODYS_POLLER);
    let refusals = family.map_or(&[][..], |family| family.refusals);
    let api = poller(transport.client_options()).map_err(|error| with_sources(&error))?;
    let patient = WaitOptions {
        deadline: Duration::from_secs(1_000_000),
        ..WaitOptions::default()
    };
    let result = wait_until_done(&*api, handle, &patient).await;
    let mut link = operation.link.clone();
    for (sent, poll) in transport.sent().iter().zip(polls) {
        // The whole URL that the service gave last, whose query is opaque and holds what it needs. The recorder's client can have
        // asked with the query of an answer that is not recorded, but at the same path.
        if parsed(&sent.url)? != link || path_of(&sent.url)? != path_of(&poll.url)? {
            return Err(format!(
                "asked {} where the recording says {link} and asks {}: {result:?}",
                sent.url, poll.url
            ));
        }
        if let Some(next) = poll.header(operation.link_header()) {
            link = joined(&poll.url, next)?;
        }
    }
    if transport.left() > 0 {
        return Err(format!(
            "{} polls were not asked for: {result:?}",
            transport.left()
        ));
    }
    let last = polls.last();
    let recorded = last.map_or(Recorded::GoesOn, |poll| state(poll, operation.is_async));
    match (recorded, result, last) {
        (Recorded::Done, Ok(()), _) if !transport.asked_for_more() => Ok(Ended::AtItsEnd),
        (Recorded::GoesOn, Err(_), _) if transport.asked_for_more() => {
            Ok(Ended::AtTheLastRecordedState)
        }
        (Recorded::Failed, Err(error), Some(last)) if error.kind() == Kind::OperationFailed => {
            let expected = expected_of_operation(refusals, last)?;
            is_classified(&error, expected, last.error_code())?;
            Ok(Ended::AtItsEnd)
        }
        (_, Ok(()), _) => Err(String::from("done, which is not its recorded end")),
        (_, Err(error), _) => Err(with_sources(&error)),
    }
}

fn parsed(url: &str) -> Result<Url, String> {
    Url::parse(url).map_err(|error| format!("{url}: {error}"))
}

/// A link in an answer to `base`.
fn joined(base: &str, link: &str) -> Result<Url, String> {
    let url = parsed(base)?.join(link);
    url.map_err(|error| format!("{link}: {error}"))
}

fn path_of(url: &str) -> Result<String, String> {
    url.parse::<Address>().map(|address| address.path())
}

/// What one recorded poll says.
fn state(poll: &Exchange, is_async: bool) -> Recorded {
    let body = &poll.response_body;
    // Some providers point to the resource itself.
    let word = body
        .get("status")
        .or_else(|| body.pointer("/properties/provisioningState"));
    let word = word.and_then(Value::as_str);
    match (is_async, poll.status, word) {
        (true, 200, Some("Succeeded")) => Recorded::Done,
        (true, 200, Some("Failed" | "Canceled")) => Recorded::Failed,
        (false, 200 | 201 | 204, _) => Recorded::Done,
        (false, 400 | 405 | 409 | 412 | 422, _) => Recorded::Failed,
        _ => Recorded::GoesOn,
    }
}
