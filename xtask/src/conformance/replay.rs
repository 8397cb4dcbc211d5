//! One recorded exchange through our client's real decoding path.

use super::{
    address::Address,
    families,
    family::{
        Answered, Call, Family, Means, NotReplayed, OPERATION, Reason, Refusal, Replay, What,
    },
    recording::Exchange,
};
use cmk_core::{Error, Hint, lro::OperationHandle};
use std::error::Error as _;

/// How an exchange ended here.
#[derive(Debug)]
pub(super) enum Ended {
    /// Through our client, and as recorded.
    Replayed {
        /// How many fields of the model were held against the recording.
        fields: usize,
        /// Whether our client sent the recorded request: path and query.
        sent_as_recorded: bool,
        /// Whether it is an error that is classified as the table says.
        refused: bool,
        /// The operation that it started.
        operation: Option<OperationHandle>,
    },
    /// It goes with its operation.
    Poll,
    /// Not ours.
    Skipped(Reason),
    /// What is wrong.
    Failed(String),
}

/// Replays one exchange, and says whose it is.
pub(super) async fn exchange(
    all: &'static [&'static Family],
    exchange: &Exchange,
) -> (Option<&'static Family>, Ended) {
    let address: Address = match exchange.url.parse() {
        Ok(address) => address,
        Err(reason) => return (None, Ended::Failed(reason)),
    };
    let Some((family, route, parts)) = families::route(all, &address, &exchange.method) else {
        return match families::named(all, &address) {
            Some(family) => {
                let reason = "the path is one of ours, and no route has the method";
                (Some(family), Ended::Failed(reason.to_owned()))
            }
            None => (None, Ended::Skipped(Reason::OtherSurface)),
        };
    };
    let call = Call::new(exchange, &address, &parts);
    let ended = match route.what {
        What::Poll => Ok(Ended::Poll),
        What::Skipped(reason) => Ok(Ended::Skipped(reason)),
        What::Ours(replay) => through(family, &call, replay, true).await,
        What::OursOtherwise(replay) => through(family, &call, replay, false).await,
    };
    (Some(family), ended.unwrap_or_else(Ended::Failed))
}

async fn through(
    family: &Family,
    call: &Call<'_>,
    replay: Replay,
    same_request: bool,
) -> Result<Ended, String> {
    let replayed = replay(call).await;
    let sent_as_recorded = match &replayed {
        Err(NotReplayed::Argument(reason)) => return Err(reason.clone()),
        Err(NotReplayed::Skipped(reason)) if same_request => {
            return Err(format!("an operation of ours was skipped: {reason}"));
        }
        Err(NotReplayed::Skipped(reason)) => return Ok(Ended::Skipped(*reason)),
        _ if same_request => is_as_recorded(call)?,
        _ => false,
    };
    if call.transport.asked_for_more() {
        return Err(String::from("the client asked for more than one exchange"));
    }
    let refused = !call.exchange.is_success();
    let expected = refused
        .then(|| {
            let operation = match &replayed {
                Err(NotReplayed::Client(error)) => error.failure().operation(),
                _ => "",
            };
            let method = &call.exchange.method;
            expected(family.refusals, method, call.exchange, operation)
        })
        .transpose()?;
    let answered = match (replayed, expected) {
        (Ok(answered), None | Some(Means::Answer)) => answered,
        (Ok(_), Some(expected)) => {
            return Err(format!("taken for an answer, expected {expected:?}"));
        }
        (Err(NotReplayed::Client(error)), Some(expected)) => {
            is_classified(&error, expected, call.exchange.error_code())?;
            Answered::default()
        }
        (Err(NotReplayed::Client(error)), None) => {
            return Err(format!("not decoded: {}", with_sources(&error)));
        }
        (Err(NotReplayed::Argument(reason)), _) => return Err(reason),
        (Err(NotReplayed::Skipped(reason)), _) => return Ok(Ended::Skipped(reason)),
    };
    if !answered.compared.differences.is_empty() {
        return Err(answered.compared.differences.join("; "));
    }
    if !refused && poll_url(call.exchange).is_some() && answered.operation.is_none() {
        return Err(String::from("the operation that goes on was not seen"));
    }
    Ok(Ended::Replayed {
        fields: answered.compared.fields,
        sent_as_recorded,
        refused,
        operation: answered.operation,
    })
}

/// Where a write says that its operation can be asked after.
pub(super) fn poll_url(exchange: &Exchange) -> Option<&str> {
    if ["GET", "HEAD"].contains(&&*exchange.method) || !exchange.is_success() {
        return None;
    }
    let location = (exchange.status == 202).then(|| exchange.header("location"));
    exchange
        .header("azure-asyncoperation")
        .or(location.flatten())
}

/// Method and path must be the recorded ones; another query is another form of the same operation.
fn is_as_recorded(call: &Call<'_>) -> Result<bool, String> {
    let sent = call.transport.sent();
    let Some(sent) = sent.first() else {
        return Err(String::from("the client sent nothing"));
    };
    let address: Address = sent.url.parse()?;
    if sent.method != call.exchange.method || address.path() != call.address.path() {
        return Err(format!("the client sent {} {}", sent.method, sent.url));
    }
    Ok(address.query_of_ours() == call.address.query_of_ours())
}

/// What the tables say of a refusal, or of an operation that ended badly.
pub(super) fn expected(
    tables: &[&[Refusal]],
    method: &str,
    exchange: &Exchange,
    operation: &str,
) -> Result<Means, String> {
    tables
        .iter()
        .flat_map(|table| table.iter())
        .find(|row| row.is_about(method, exchange, operation))
        .map(|row| row.means)
        .ok_or_else(|| {
            let (status, code) = (exchange.status, exchange.error_code());
            format!("unlisted error: {method} {status} {code:?}")
        })
}

/// Whether an error is what the table says.
pub(super) fn is_classified(
    error: &Error,
    expected: Means,
    code: Option<&str>,
) -> Result<(), String> {
    let failure = error.failure();
    if failure.code() != code {
        let read = failure.code();
        return Err(format!("recorded code {code:?}, read {read:?}"));
    }
    // How long to wait is the answer's own.
    let hint = error.hint().map(|hint| match hint {
        Hint::Transient { .. } => Hint::Transient { after: None },
        other => other,
    });
    let ours = Means::Error(error.kind(), hint);
    if ours == expected {
        Ok(())
    } else {
        Err(format!("classified as {ours:?}, expected {expected:?}"))
    }
}

/// What the table says of an operation that ended badly.
pub(super) fn expected_of_operation(
    tables: &[&[Refusal]],
    last_poll: &Exchange,
) -> Result<Means, String> {
    expected(tables, OPERATION, last_poll, "")
}

/// An error with what is under it.
pub(super) fn with_sources(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = text + ": " + &inner.to_string();
        source = inner.source();
    }
    text
}
