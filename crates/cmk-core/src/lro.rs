//! Long-running operations of Resource Manager as data: a handle that can be stored, one poll, and a wait with a deadline.

use crate::{
    Error, Failure, Hint, Kind, Result, Rule, ServiceError, clock,
    send::{Answer, Connection},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fmt, time::Duration};
use tokio::time::Instant;

/// What an operation that may go on in the background answered: the resource as it is now, and the operation, if there is one.
///
/// `operation` is `None` where the answer itself says that everything is done. A 200 alone does not say so.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Accepted<T> {
    /// The resource as the answer showed it: its settings may still be the old ones.
    pub resource: T,
    /// The operation that is still going on.
    pub operation: Option<OperationHandle>,
}

impl<T> Accepted<T> {
    /// An accepted request: for clients, and for doubles of them.
    #[must_use]
    pub fn new(resource: T, operation: Option<OperationHandle>) -> Self {
        Self {
            resource,
            operation,
        }
    }
}

/// How to ask after a long-running operation. It can be stored and asked after by another process with the same identity.
///
/// Its URL is sensitive (it can hold signatures), so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperationHandle {
    operation: String,
    resource: String,
    api_version: String,
    deletes: bool,
    poll: PollAt,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PollAt {
    /// `Azure-AsyncOperation`: always 200 with a status.
    AsyncOperation(String),
    /// `Location`: 202 until the final answer.
    Location(String),
    /// No URL was given: the resource's own `provisioningState`.
    Resource,
}

impl fmt::Debug for OperationHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationHandle")
            .field("operation", &self.operation)
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}

impl OperationHandle {
    /// Reads the handle out of the answer to a write on `resource` (its path), or `None` if the answer is final.
    ///
    /// `Azure-AsyncOperation` goes before `Location`, which counts only beside a 202; without either, a
    /// `provisioningState` that is not terminal is the operation
    /// ([contract](https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations)).
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the URL points to another host.
    pub fn from_answer(
        connection: &Connection,
        operation: &'static str,
        answer: &Answer,
        resource: &str,
        api_version: &str,
        deletes: bool,
    ) -> Result<Option<Self>> {
        let poll = if let Some(url) = answer.header("azure-asyncoperation") {
            PollAt::AsyncOperation(connection.pinned(operation, url)?.into())
        } else if let (202, Some(url)) = (answer.status(), answer.header("location")) {
            PollAt::Location(connection.pinned(operation, url)?.into())
        } else if answer.status() == 202 {
            PollAt::Resource
        } else {
            let state = answer
                .received()
                .ok()
                .and_then(|body| provisioning_state(body.value()));
            match state.as_deref().map(State::of) {
                Some(State::Running) => PollAt::Resource,
                _ => return Ok(None),
            }
        };
        Ok(Some(Self {
            operation: operation.to_owned(),
            resource: resource.to_owned(),
            api_version: api_version.to_owned(),
            deletes,
            poll,
        }))
    }

    /// A handle that asks the resource itself, for a caller who knows only that something is going on.
    #[must_use]
    pub fn of_resource(operation: &str, resource: &str, api_version: &str, deletes: bool) -> Self {
        Self {
            operation: operation.to_owned(),
            resource: resource.to_owned(),
            api_version: api_version.to_owned(),
            deletes,
            poll: PollAt::Resource,
        }
    }

    /// The operation that started it: the name of the client's method.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The path of the resource that it changes.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Still going on.
    Running {
        /// The service's word for where it is, such as `Dequeued`.
        status: String,
        /// When to ask again, if the service said so. Zero is honoured.
        retry_after: Option<Duration>,
        /// What to ask next: the service may have named another URL.
        next: OperationHandle,
    },
    /// Ended well.
    Done,
}

/// Asking after long-running operations. Every client of Resource Manager has it.
#[async_trait::async_trait]
pub trait OperationsApi: fmt::Debug + Send + Sync {
    /// Asks once where the operation is. One `GET`.
    ///
    /// # Errors
    /// [`Error::OperationFailed`] if the operation ended badly, with the service's own error. Anything else means that
    /// the *question* failed and says nothing about the operation; [`Error::Forbidden`] and [`Error::NotFound`] are what
    /// another identity than the one that started it gets.
    ///
    /// [REST reference](https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations)
    async fn poll_operation(&self, handle: &OperationHandle) -> Result<Progress>;

    /// Reads the resource that the operation changes, and from its `provisioningState` where the operation is. One `GET`.
    ///
    /// # Errors
    /// As [`poll_operation`](Self::poll_operation). The failure of an operation is told without the service's reason, which only the operation has.
    ///
    /// [REST reference](https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations)
    async fn read_provisioning_state(&self, handle: &OperationHandle) -> Result<Progress>;
}

const _: fn(&dyn OperationsApi) = |_| ();

/// How long an operation is waited for, and how often it is asked after.
#[derive(Debug, Clone)]
pub struct WaitOptions {
    /// After this much time the wait ends with [`Error::TimedOut`]; the operation goes on. Default one hour.
    pub deadline: Duration,
    /// The pause between two polls where the service names none. Default 10 s.
    pub interval: Duration,
    /// The longest pause, whatever the service names. Default 60 s.
    pub max_interval: Duration,
}

impl Default for WaitOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(3_600),
            interval: Duration::from_secs(10),
            max_interval: Duration::from_secs(60),
        }
    }
}

/// Waits until the operation has ended well. A poll that fails in passing is repeated; one that is refused to this identity
/// is answered by reading the resource itself.
///
/// # Errors
/// [`Error::OperationFailed`] with the service's own error; [`Error::TimedOut`] after the deadline; any error of a poll
/// that time does not cure.
pub async fn wait_until_done(
    api: &dyn OperationsApi,
    handle: &OperationHandle,
    options: &WaitOptions,
) -> Result<()> {
    let start = Instant::now();
    let mut handle = handle.clone();
    let mut last;
    loop {
        let progress = match api.poll_operation(&handle).await {
            Err(Error::Forbidden(_) | Error::NotFound(_)) => {
                api.read_provisioning_state(&handle).await
            }
            other => other,
        };
        let pause = match progress {
            Ok(Progress::Done) => return Ok(()),
            Ok(Progress::Running {
                status,
                retry_after,
                next,
            }) => {
                last = status;
                handle = next;
                retry_after
            }
            Err(error) if passes(&error) => {
                last = error.to_string();
                match error.hint() {
                    Some(Hint::Transient { after }) => after,
                    _ => None,
                }
            }
            Err(error) => return Err(error),
        };
        let pause = pause.unwrap_or(options.interval).min(options.max_interval);
        if start.elapsed() + pause > options.deadline {
            return Err(Failure::builder(handle.operation.clone())
                .target(handle.resource.clone())
                .message(format!("still {last} after {} s", start.elapsed().as_secs()))
                .help("the operation goes on: keep its handle and wait again, or read the resource later")
                .build(Kind::TimedOut));
        }
        tracing::debug!(
            operation = handle.operation,
            status = last,
            pause_s = pause.as_secs(),
            "operation still running"
        );
        clock::sleep(pause).await;
    }
}

/// A poll that failed, and is worth repeating. An operation that failed is not: its hint is about the next request, and the
/// answer to this poll stays what it is.
fn passes(error: &Error) -> bool {
    !matches!(error, Error::OperationFailed(_))
        && matches!(
            error.hint(),
            Some(Hint::Transient { .. } | Hint::Busy | Hint::Propagation)
        )
}

/// One poll over a connection: what a client's [`OperationsApi::poll_operation`] does.
///
/// # Errors
/// See there.
pub async fn poll(
    connection: &Connection,
    rules: &[&[Rule]],
    handle: &OperationHandle,
) -> Result<Progress> {
    match &handle.poll {
        PollAt::Resource => read_resource(connection, rules, handle).await,
        PollAt::AsyncOperation(url) => {
            let answer = connection
                .follow("poll_operation", url)
                .target(handle.resource.clone())
                .send()
                .await?;
            let next = handle.moved(
                connection,
                &answer,
                "azure-asyncoperation",
                PollAt::AsyncOperation,
            )?;
            if answer.status() == 204 || answer.is_empty() {
                return Ok(next.running(String::from("Accepted"), &answer));
            }
            let body = answer.received()?;
            let status =
                operation_status(body.value()).ok_or_else(|| answer.unreadable("no status"))?;
            outcome(&status, body.value(), next, rules, &answer)
        }
        PollAt::Location(url) => {
            let sent = connection
                .follow("poll_operation", url)
                .target(handle.resource.clone())
                .send()
                .await;
            match sent {
                Ok(answer) if answer.status() == 202 => {
                    let next = handle.moved(connection, &answer, "location", PollAt::Location)?;
                    Ok(next.running(String::from("Accepted"), &answer))
                }
                Ok(_) => Ok(Progress::Done),
                // Here the failure of the operation arrives as the status of the poll.
                Err(error)
                    if matches!(error.failure().status(), Some(400 | 405 | 409 | 412 | 422)) =>
                {
                    Err(failed(
                        handle,
                        error.failure().service_error().clone(),
                        rules,
                        error.failure().request_id(),
                    ))
                }
                Err(error) => Err(error),
            }
        }
    }
}

/// One read of the resource over a connection: what a client's [`OperationsApi::read_provisioning_state`] does.
///
/// # Errors
/// See there.
pub async fn read_resource(
    connection: &Connection,
    rules: &[&[Rule]],
    handle: &OperationHandle,
) -> Result<Progress> {
    let answer = connection
        .request(
            "read_provisioning_state",
            azure_core::http::Method::Get,
            &handle.resource,
        )
        .api_version(&handle.api_version)
        .target(handle.resource.clone())
        .tolerate(&[404])
        .send()
        .await?;
    if answer.status() == 404 {
        return if handle.deletes {
            Ok(Progress::Done)
        } else {
            Err(Failure::builder("read_provisioning_state")
                .target(handle.resource.clone())
                .status(404)
                .build(Kind::NotFound))
        };
    }
    let body = answer.received()?;
    let state = provisioning_state(body.value());
    match state {
        // It can still be read, so it is not gone yet.
        Some(state) if handle.deletes && State::of(&state) == State::Succeeded => {
            Ok(handle.clone().running(state, &answer))
        }
        None if handle.deletes => Ok(handle.clone().running(String::from("present"), &answer)),
        None => Ok(Progress::Done),
        Some(state) => outcome(&state, &Value::Null, handle.clone(), rules, &answer),
    }
}

fn outcome(
    status: &str,
    body: &Value,
    next: OperationHandle,
    rules: &[&[Rule]],
    answer: &Answer,
) -> Result<Progress> {
    match State::of(status) {
        State::Succeeded => Ok(Progress::Done),
        State::Running => Ok(next.running(status.to_owned(), answer)),
        State::Ended => {
            let service = match body.get("error") {
                Some(error) => ServiceError::from_value(error),
                None => ServiceError::new(status, format!("the operation ended {status}")),
            };
            Err(failed(
                &next,
                service,
                rules,
                answer.header("x-ms-request-id"),
            ))
        }
    }
}

fn failed(
    handle: &OperationHandle,
    service: ServiceError,
    tables: &[&[Rule]],
    request_id: Option<&str>,
) -> Error {
    let mut builder = Failure::builder(handle.operation.clone())
        .target(handle.resource.clone())
        .request_id(request_id.map(str::to_owned));
    if let Some(rule) = Rule::first_match(tables, &handle.operation, None, &service) {
        builder = builder.hint(rule.hint());
        if let Some(advice) = rule.advice() {
            builder = builder.help(advice);
        }
    }
    builder.service_error(service).build(Kind::OperationFailed)
}

impl OperationHandle {
    fn running(self, status: String, answer: &Answer) -> Progress {
        Progress::Running {
            status,
            retry_after: answer.retry_after(),
            next: self,
        }
    }

    /// The handle with the URL that a poll named anew, if it did.
    fn moved(
        &self,
        connection: &Connection,
        answer: &Answer,
        header: &str,
        at: fn(String) -> PollAt,
    ) -> Result<Self> {
        let mut next = self.clone();
        if let Some(url) = answer.header(header) {
            next.poll = at(connection.pinned("poll_operation", url)?.into());
        }
        Ok(next)
    }
}

#[derive(PartialEq, Eq)]
enum State {
    Succeeded,
    Running,
    Ended,
}

impl State {
    /// `Succeeded`, `Failed` and `Canceled` end an operation; every other word means that it goes on.
    fn of(word: &str) -> Self {
        if word.eq_ignore_ascii_case("Succeeded") {
            Self::Succeeded
        } else if ["Failed", "Canceled", "Cancelled"]
            .iter()
            .any(|end| word.eq_ignore_ascii_case(end))
        {
            Self::Ended
        } else {
            Self::Running
        }
    }
}

/// The status of an operation. Some providers point to the resource itself instead (recorded for private endpoint
/// connections of vaults): then its state is the operation's.
fn operation_status(body: &Value) -> Option<String> {
    body.get("status")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .or_else(|| provisioning_state(body))
}

fn provisioning_state(body: &Value) -> Option<String> {
    body.pointer("/properties/provisioningState")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{operation_status, passes};
    use crate::{Failure, Hint, Kind};
    use serde_json::json;

    #[test]
    fn a_failed_poll_may_pass_and_a_failed_operation_does_not() {
        for hint in [
            Hint::Busy,
            Hint::Propagation,
            Hint::Transient { after: None },
        ] {
            let failed = |kind| Failure::builder("poll_operation").hint(hint).build(kind);
            assert!(passes(&failed(Kind::Other)));
            assert!(!passes(&failed(Kind::OperationFailed)));
        }
    }

    #[test]
    fn a_resource_in_place_of_an_operation_tells_its_state() {
        let operation =
            json!({ "status": "Dequeued", "properties": { "provisioningState": "Succeeded" } });
        assert_eq!(operation_status(&operation).as_deref(), Some("Dequeued"));
        let resource = json!({ "properties": { "provisioningState": "Updating" } });
        assert_eq!(operation_status(&resource).as_deref(), Some("Updating"));
        assert_eq!(operation_status(&json!({})), None);
    }
}
