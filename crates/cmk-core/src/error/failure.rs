//! What is known about one failed operation.

use super::{Error, Hint, Kind, ServiceError};
use azure_core::http::RawResponse;
use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

/// What is known about one failed operation. `Display` is one line without advice; the advice is [`Failure::help`].
pub struct Failure(Box<Details>);

#[derive(Default)]
struct Details {
    operation: Cow<'static, str>,
    target: String,
    status: Option<u16>,
    service: ServiceError,
    request_id: Option<String>,
    hint: Option<Hint>,
    help: Option<Cow<'static, str>>,
    response: Option<RawResponse>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Failure {
    /// Starts a failure of `operation`, the name of a client's method.
    pub fn builder(operation: impl Into<Cow<'static, str>>) -> FailureBuilder {
        FailureBuilder(Box::new(Details {
            operation: operation.into(),
            ..Details::default()
        }))
    }

    /// The operation: the name of the client's method.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// What it was about: a resource id, a name, a path without query.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.0.target
    }

    /// The HTTP status of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's error code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.service.code()
    }

    /// The service's message, or our own reason where nothing was sent.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.service.message()
    }

    /// The whole error that the service reported.
    #[must_use]
    pub fn service_error(&self) -> &ServiceError {
        &self.0.service
    }

    /// The service's id of the request, which its support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Whether trying again helps; `None` is "not known".
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        self.0.hint
    }

    /// What the person who must act does next: the missing permission, the next command.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The answer as it came, for [`azure_core::Error`].
    pub(crate) fn response(&self) -> Option<&RawResponse> {
        self.0.response.as_ref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details {
            operation,
            target,
            status,
            service,
            ..
        } = &*self.0;
        f.write_str(operation)?;
        if !target.is_empty() {
            write!(f, " {target}")?;
        }
        f.write_str(" failed")?;
        match (status, service.finest_code(), service.message()) {
            (Some(status), Some(code), _) => write!(f, ": {status} {code}"),
            (Some(status), None, _) => write!(f, ": {status}"),
            (None, Some(code), _) => write!(f, ": {code}"),
            (None, None, Some(reason)) => write!(f, ": {reason}"),
            (None, None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for Failure {
    /// Everything but the raw answer, which may hold what is nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        f.debug_struct("Failure")
            .field("operation", &details.operation)
            .field("target", &details.target)
            .field("status", &details.status)
            .field("service", &details.service)
            .field("request_id", &details.request_id)
            .field("hint", &details.hint)
            .field("help", &details.help)
            .field("source", &details.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

/// Builds a [`Failure`].
#[derive(Debug)]
#[must_use]
pub struct FailureBuilder(Box<Details>);

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Details")
            .field("operation", &self.operation)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl FailureBuilder {
    /// What the operation was about.
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.0.target = target.into();
        self
    }

    /// The HTTP status.
    pub fn status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// The service's error code, keeping a message already set.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        let message = self.0.service.message().unwrap_or_default().to_owned();
        self.0.service = ServiceError::new(code, message);
        self
    }

    /// The reason, where no service gave one.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        let body = serde_json::json!({ "code": self.0.service.code(), "message": message.into() });
        self.0.service = ServiceError::from_value(&body);
        self
    }

    /// The whole error that the service reported.
    pub fn service_error(mut self, error: ServiceError) -> Self {
        self.0.service = error;
        self
    }

    /// The service's id of the request.
    pub fn request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id;
        self
    }

    /// Whether trying again helps.
    pub fn hint(mut self, hint: impl Into<Option<Hint>>) -> Self {
        self.0.hint = hint.into();
        self
    }

    /// What to do next.
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// The service's `Retry-After`, for a hint that is [`Hint::Transient`].
    pub(crate) fn retry_after(mut self, after: Option<Duration>) -> Self {
        if let Some(Hint::Transient { after: known }) = &mut self.0.hint {
            *known = after.or(*known);
        }
        self
    }

    pub(crate) fn response(mut self, response: RawResponse) -> Self {
        self.0.response = Some(response);
        self
    }

    /// The error underneath.
    pub fn source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The error of this kind.
    #[must_use]
    pub fn build(self, kind: Kind) -> Error {
        let failure = Failure(self.0);
        match kind {
            Kind::NotFound => Error::NotFound(failure),
            Kind::Forbidden => Error::Forbidden(failure),
            Kind::Unauthenticated => Error::Unauthenticated(failure),
            Kind::Throttled => Error::Throttled(failure),
            Kind::Conflict => Error::Conflict(failure),
            Kind::InvalidRequest => Error::InvalidRequest(failure),
            Kind::OutcomeUnknown => Error::OutcomeUnknown(failure),
            Kind::OperationFailed => Error::OperationFailed(failure),
            Kind::Unsupported => Error::Unsupported(failure),
            Kind::TimedOut => Error::TimedOut(failure),
            Kind::Other => Error::Other(failure),
        }
    }
}
