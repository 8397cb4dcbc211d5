//! Long-running operations of Resource Manager as data: a handle that can be stored, one poll, and a wait with a deadline.

mod wait;

pub use wait::{WaitOptions, wait_until_done};

use crate::{
    Error, Failure, Kind, Result, Rule, ServiceError,
    send::{Answer, Connection},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fmt, time::Duration};

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
    /// As [`Answer::unreadable`] if the URL points to another host: [`Error::OutcomeUnknown`] after a write, which the
    /// service has taken.
    pub fn from_answer(
        connection: &Connection,
        operation: &'static str,
        answer: &Answer,
        resource: &str,
        api_version: &str,
        deletes: bool,
    ) -> Result<Option<Self>> {
        let pinned = |url| {
            connection
                .pinned(operation, url)
                .map(String::from)
                .map_err(|refused| answer.unreadable(refused))
        };
        let poll = if let Some(url) = answer.header("azure-asyncoperation") {
            PollAt::AsyncOperation(pinned(url)?)
        } else if let (202, Some(url)) = (answer.status(), answer.header("location")) {
            PollAt::Location(pinned(url)?)
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
    /// Asks once where the operation is.
    ///
    /// One `GET`, of the URL that the service named last. The identity must be the one that started the operation.
    ///
    /// * `handle`: from the answer that started it, or from the last poll
    ///
    /// # Errors
    /// [`Error::OperationFailed`] if the operation ended badly, with the service's own error. Anything else means that
    /// the *question* failed and says nothing about the operation; [`Error::Forbidden`] and [`Error::NotFound`] are what
    /// another identity than the one that started it gets.
    ///
    /// [REST reference](https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations)
    async fn poll_operation(&self, handle: &OperationHandle) -> Result<Progress>;

    /// Reads the resource that the operation changes, and from its `provisioningState` where the operation is.
    ///
    /// One `GET`.
    ///
    /// * `handle`: names the resource
    ///
    /// # Errors
    /// As [`poll_operation`](Self::poll_operation). The failure of an operation is told without the service's reason, which only the operation has.
    ///
    /// [REST reference](https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations)
    async fn read_provisioning_state(&self, handle: &OperationHandle) -> Result<Progress>;
}

const _: fn(&dyn OperationsApi) = |_| ();

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
                Ok(_) if handle.deletes => Ok(Progress::Done),
                // What the write itself would have answered, which does not have to be the end either.
                Ok(answer) => {
                    let mut next = handle.clone();
                    next.poll = PollAt::Resource;
                    let state = answer
                        .received()
                        .ok()
                        .and_then(|body| provisioning_state(body.value()));
                    state.map_or(Ok(Progress::Done), |state| {
                        outcome(&state, &Value::Null, next, rules, &answer)
                    })
                }
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
            let service = match body.get("error").filter(|error| error.is_object()) {
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

/// How much of a status is kept: real ones are words.
const MAX_STATUS: usize = 128;

impl OperationHandle {
    fn running(self, status: String, answer: &Answer) -> Progress {
        Progress::Running {
            status: status.chars().take(MAX_STATUS).collect(),
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
    /// `Succeeded`, `Failed` and `Canceled` end an operation; every other word means that it goes on. The one exception
    /// is the managed HSM, which is ready when it is `Activated`
    /// (<https://learn.microsoft.com/rest/api/keyvault/managedhsm/managed-hsms/get>).
    fn of(word: &str) -> Self {
        if ["Succeeded", "Activated"]
            .iter()
            .any(|end| word.eq_ignore_ascii_case(end))
        {
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
    use super::operation_status;
    use serde_json::json;

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
