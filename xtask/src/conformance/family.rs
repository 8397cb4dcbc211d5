//! A family of operations as a table: where its requests go, what we do with each, and what its refusals mean.

use super::{
    address::{Address, Host, Parts},
    bodies::BodyCase,
    compare::Compared,
    recording::Exchange,
    transport::Replayer,
};
use azure_core::http::ClientOptions;
use cmk_core::{
    Cloud, Hint, Kind,
    lro::{OperationHandle, OperationsApi},
    testing::StaticCredential,
};
use serde_json::Value;
use std::{fmt, future::Future, pin::Pin, str::FromStr, sync::Arc};

/// A family of operations. The first route of the first family that fits an exchange has it.
pub(super) struct Family {
    pub(super) name: &'static str,
    /// Whether we have operations of it: then some exchange of it must be replayed where any is recorded.
    pub(super) is_ours: bool,
    pub(super) routes: &'static [Route],
    /// What its refusals mean: the first row that fits decides.
    pub(super) refusals: &'static [&'static [Refusal]],
    /// The client that asks after its long-running operations, where it has such.
    pub(super) poller: Option<Poller>,
    /// Every body that its clients can send.
    pub(super) bodies: &'static [BodyCase],
}

pub(super) type Poller = fn(ClientOptions) -> cmk_core::Result<Arc<dyn OperationsApi>>;

/// Requests of one form.
pub(super) struct Route {
    pub(super) host: Host,
    pub(super) method: &'static str,
    pub(super) template: &'static str,
    pub(super) what: What,
}

impl Route {
    pub(super) const fn new(
        host: Host,
        method: &'static str,
        template: &'static str,
        what: What,
    ) -> Self {
        Self {
            host,
            method,
            template,
            what,
        }
    }
}

/// What is done with an exchange.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// Our client sends this request: the answer goes through it.
    Ours(Replay),
    /// Our client gets the same by another request: the answer goes through it.
    OursOtherwise(Replay),
    /// A poll: it goes through our poller, with the operation that it belongs to.
    Poll,
    /// Not an operation of ours.
    Skipped(Reason),
}

pub(super) type Replay = for<'a> fn(&'a Call<'a>) -> Replaying<'a>;
pub(super) type Replaying<'a> = Pin<Box<dyn Future<Output = Replayed> + Send + 'a>>;
pub(super) type Replayed = Result<Answered, NotReplayed>;

/// Why an exchange is not replayed. Closed: an operation that we have is in no row with one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// No family has a route for it.
    OtherSurface,
    /// We have no operation for this type of resource or action.
    NoSuchOperation,
    /// A managed HSM's own management and roles.
    ManagedHsm,
    /// A list without items of what our clients read one by one.
    EmptyList,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherSurface => "other surface",
            Self::NoSuchOperation => "no such operation",
            Self::ManagedHsm => "managed HSM",
            Self::EmptyList => "empty list",
        })
    }
}

/// What an answer that is no success means, written by hand.
pub(super) struct Refusal {
    /// Methods, with `|` between them, or [`ANY`].
    pub(super) method: &'static str,
    pub(super) status: u16,
    /// The code, [`ANY`], or that there is none.
    pub(super) code: Option<&'static str>,
    /// A code in an inner error or in the details.
    pub(super) inner: Option<&'static str>,
    /// A part of the message, where the codes do not tell.
    pub(super) text: Option<&'static str>,
    /// Only for these operations of ours, where the same answer means different things.
    pub(super) operations: &'static [&'static str],
    pub(super) means: Means,
}

/// Every method, or every code.
pub(super) const ANY: &str = "any";

impl Refusal {
    pub(super) const fn new(
        method: &'static str,
        status: u16,
        code: Option<&'static str>,
        means: Means,
    ) -> Self {
        Self {
            method,
            status,
            code,
            inner: None,
            text: None,
            operations: &[],
            means,
        }
    }

    /// Only with this inner code.
    pub(super) const fn inner(mut self, code: &'static str) -> Self {
        self.inner = Some(code);
        self
    }

    /// Only with this text in the message.
    pub(super) const fn saying(mut self, text: &'static str) -> Self {
        self.text = Some(text);
        self
    }

    /// Only for these operations of ours.
    pub(super) const fn of(mut self, operations: &'static [&'static str]) -> Self {
        self.operations = operations;
        self
    }

    /// Whether the row is about this answer to a request of the method, or about the end of an operation.
    pub(super) fn is_about(&self, method: &str, answer: &Exchange, operation: &str) -> bool {
        let code = answer.error_code();
        (self.method == ANY && method != OPERATION || self.method.split('|').any(|it| it == method))
            && self.status == answer.status
            && (self.code == code || self.code == Some(ANY))
            && self
                .inner
                .is_none_or(|inner| answer.inner_codes().contains(&inner))
            && self
                .text
                .is_none_or(|text| answer.message().is_some_and(|said| said.contains(text)))
            && (self.operations.is_empty() || self.operations.contains(&operation))
    }
}

/// The method of a row that is about operations that ended badly.
pub(super) const OPERATION: &str = "operation";

/// What our client makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// An answer: the thing is not there, which was the question.
    Answer,
    /// An error of this kind with this hint.
    Error(Kind, Option<Hint>),
}

/// One replay: the exchange, what its path says, and the transport that has its answer.
pub(super) struct Call<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) address: &'a Address,
    pub(super) parts: &'a Parts,
    pub(super) transport: Arc<Replayer>,
}

impl<'a> Call<'a> {
    pub(super) fn new(exchange: &'a Exchange, address: &'a Address, parts: &'a Parts) -> Self {
        Self {
            exchange,
            address,
            parts,
            transport: Replayer::new([exchange]),
        }
    }

    /// A part of the path as what it is.
    pub(super) fn part<T: FromStr<Err: fmt::Display>>(&self, name: &str) -> Result<T, NotReplayed> {
        parse(self.parts.get(name))
    }

    /// One call for each item of a recorded list, as if it had been read alone.
    pub(super) fn items(&self) -> Result<Vec<Exchange>, NotReplayed> {
        let list = self.exchange.response_body.get("value");
        let items: Vec<Exchange> = list
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|item| Exchange {
                response_body: item.clone(),
                ..self.exchange.clone()
            })
            .collect();
        if items.is_empty() {
            return Err(NotReplayed::Skipped(Reason::EmptyList));
        }
        Ok(items)
    }

    /// The whole path as what it is, such as the id of a resource.
    pub(super) fn path<T: FromStr<Err: fmt::Display>>(&self) -> Result<T, NotReplayed> {
        parse(&format!("/{}", self.address.segments.join("/")))
    }

    /// A text in the body of the recorded request.
    pub(super) fn asked(&self, pointer: &str) -> &str {
        let value = self.exchange.request_body.pointer(pointer);
        value.and_then(Value::as_str).unwrap_or_default()
    }
}

/// What every client here is made of.
pub(super) const CLOUD: Cloud = Cloud::Public;

/// A credential for clients that go nowhere.
pub(super) fn credential() -> Arc<StaticCredential> {
    StaticCredential::new("conformance")
}

/// A text as what it is.
pub(super) fn parse<T: FromStr<Err: fmt::Display>>(text: &str) -> Result<T, NotReplayed> {
    text.parse()
        .map_err(|error: T::Err| NotReplayed::Argument(error.to_string()))
}

/// What a client made of an answer.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub(super) compared: Compared,
    pub(super) operation: Option<OperationHandle>,
}

impl From<Compared> for Answered {
    fn from(compared: Compared) -> Self {
        Self {
            compared,
            operation: None,
        }
    }
}

/// Why a replay gave no answer.
pub(super) enum NotReplayed {
    /// The client's error.
    Client(Box<cmk_core::Error>),
    /// The recorded request cannot be said in our types.
    Argument(String),
    /// There is nothing to replay.
    Skipped(Reason),
}

impl From<cmk_core::Error> for NotReplayed {
    fn from(error: cmk_core::Error) -> Self {
        Self::Client(Box::new(error))
    }
}
