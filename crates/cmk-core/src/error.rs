//! One error for all clients: what the caller can do about it, what the service said, and what to do next.

mod failure;
mod service_error;

pub use failure::{Failure, FailureBuilder};
pub use service_error::ServiceError;
pub(crate) use service_error::aadsts_code as aadsts_code_of;

use std::time::Duration;

/// The result of a client's operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation of a client did not succeed. Variants say what the caller can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The addressed resource does not exist (or cannot be seen yet: see the hint).
    #[error(transparent)]
    NotFound(Failure),
    /// The caller may not do this, or not yet.
    #[error(transparent)]
    Forbidden(Failure),
    /// No token, or one that the service does not take.
    #[error(transparent)]
    Unauthenticated(Failure),
    /// The service is told too much at a time.
    #[error(transparent)]
    Throttled(Failure),
    /// Something else holds the name, the lock or the place.
    #[error(transparent)]
    Conflict(Failure),
    /// Refused before it was sent, or by the service as malformed or not allowed.
    #[error(transparent)]
    InvalidRequest(Failure),
    /// It was sent and no usable answer came: read before doing anything else.
    #[error(transparent)]
    OutcomeUnknown(Failure),
    /// A long-running operation ended badly, with the service's own error.
    #[error(transparent)]
    OperationFailed(Failure),
    /// The implementation in use does not have this operation.
    #[error(transparent)]
    Unsupported(Failure),
    /// The deadline passed before the thing that was waited for.
    #[error(transparent)]
    TimedOut(Failure),
    /// None of these.
    #[error(transparent)]
    Other(Failure),
}

/// The variant of an [`Error`], for tables of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// [`Error::NotFound`]
    NotFound,
    /// [`Error::Forbidden`]
    Forbidden,
    /// [`Error::Unauthenticated`]
    Unauthenticated,
    /// [`Error::Throttled`]
    Throttled,
    /// [`Error::Conflict`]
    Conflict,
    /// [`Error::InvalidRequest`]
    InvalidRequest,
    /// [`Error::OutcomeUnknown`]
    OutcomeUnknown,
    /// [`Error::OperationFailed`]
    OperationFailed,
    /// [`Error::Unsupported`]
    Unsupported,
    /// [`Error::TimedOut`]
    TimedOut,
    /// [`Error::Other`]
    Other,
}

/// Whether trying again helps, for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hint {
    /// A passing fault: try again, after the time that the service named if it did.
    Transient {
        /// The service's own `Retry-After`.
        after: Option<Duration>,
    },
    /// A change is still spreading: what was just made is not seen everywhere yet.
    Propagation,
    /// Another write is under way: wait until it has ended.
    Busy,
    /// Somebody must grant something first.
    NeedsPermission,
    /// Trying again gives the same answer.
    Permanent,
}

impl Error {
    /// The variant.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotFound(_) => Kind::NotFound,
            Self::Forbidden(_) => Kind::Forbidden,
            Self::Unauthenticated(_) => Kind::Unauthenticated,
            Self::Throttled(_) => Kind::Throttled,
            Self::Conflict(_) => Kind::Conflict,
            Self::InvalidRequest(_) => Kind::InvalidRequest,
            Self::OutcomeUnknown(_) => Kind::OutcomeUnknown,
            Self::OperationFailed(_) => Kind::OperationFailed,
            Self::Unsupported(_) => Kind::Unsupported,
            Self::TimedOut(_) => Kind::TimedOut,
            Self::Other(_) => Kind::Other,
        }
    }

    /// What is known about it.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        match self {
            Self::NotFound(failure)
            | Self::Forbidden(failure)
            | Self::Unauthenticated(failure)
            | Self::Throttled(failure)
            | Self::Conflict(failure)
            | Self::InvalidRequest(failure)
            | Self::OutcomeUnknown(failure)
            | Self::OperationFailed(failure)
            | Self::Unsupported(failure)
            | Self::TimedOut(failure)
            | Self::Other(failure) => failure,
        }
    }

    /// Whether trying again helps. `None` is "not known", and means that nobody may assume that it does.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        self.failure().hint()
    }

    /// What the person who must act does next, where that is known.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.failure().help()
    }

    /// An [`Error::Unsupported`], for the default bodies of methods that a trait got later.
    #[must_use]
    pub fn unsupported(operation: &'static str) -> Self {
        Failure::builder(operation)
            .message("this implementation does not have the operation")
            .hint(Hint::Permanent)
            .build(Kind::Unsupported)
    }

    /// An [`Error::InvalidRequest`] for input that is refused before anything is sent.
    #[must_use]
    pub fn invalid_input(operation: &'static str, reason: impl Into<String>) -> Self {
        Failure::builder(operation)
            .message(reason)
            .hint(Hint::Permanent)
            .build(Kind::InvalidRequest)
    }
}

impl From<Error> for azure_core::Error {
    fn from(error: Error) -> Self {
        use azure_core::error::ErrorKind;

        let failure = error.failure();
        let kind = match (failure.response(), error.kind()) {
            (Some(response), _) => ErrorKind::HttpResponse {
                status: response.status(),
                error_code: failure.code().map(str::to_owned),
                raw_response: Some(Box::new(response.clone())),
            },
            (None, Kind::Unauthenticated) => ErrorKind::Credential,
            (None, Kind::OutcomeUnknown) => ErrorKind::Io,
            (None, _) => ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Failure, Hint, Kind};
    use std::error::Error as _;

    #[test]
    fn the_message_is_short_and_the_advice_apart() {
        let error = Failure::builder("get_vault")
            .target("vault v1")
            .status(404)
            .code("ResourceNotFound")
            .help("create the vault first")
            .build(Kind::NotFound);
        assert_eq!(
            error.to_string(),
            "get_vault vault v1 failed: 404 ResourceNotFound"
        );
        assert_eq!(error.help(), Some("create the vault first"));
        assert_eq!(error.hint(), None);
    }

    #[test]
    fn the_source_chain_is_not_cut() {
        let io = std::io::Error::other("connection reset");
        let error = Failure::builder("create_vault")
            .source(io)
            .build(Kind::OutcomeUnknown);
        let source = error.source().expect("a source");
        assert_eq!(source.to_string(), "connection reset");
        assert!(!error.to_string().contains("connection reset"));
    }

    #[test]
    fn an_azure_core_error_keeps_the_kind() {
        let error = Error::invalid_input("create_vault", "name is too long");
        assert_eq!(error.hint(), Some(Hint::Permanent));
        let converted = azure_core::Error::from(error);
        assert!(matches!(
            converted.kind(),
            azure_core::error::ErrorKind::Other
        ));
        assert!(converted.downcast_ref::<Error>().is_some());
    }
}
