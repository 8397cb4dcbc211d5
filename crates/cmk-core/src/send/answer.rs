//! An answer with a body that is read once, and kept as it came.

use crate::{Error, Failure, Hint, Kind, Result};
use azure_core::http::RawResponse;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;
use std::{fmt, sync::Arc, time::Duration};

/// An answer that an operation takes as success.
pub struct Answer {
    pub(super) operation: &'static str,
    pub(super) target: String,
    pub(super) raw: RawResponse,
    pub(super) writes: bool,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("operation", &self.operation)
            .field("target", &self.target)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.raw.status().into()
    }

    /// A header by its name in lower case.
    // By iteration: azure_core's getters build an error, with a backtrace, for each absent one.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.raw, name)
    }

    /// `Retry-After` in seconds; an HTTP date is not part of these services' contracts.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.raw)
    }

    /// Whether there is no body.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body().is_empty()
    }

    /// How many bytes the body has.
    pub(super) fn length(&self) -> usize {
        self.body().len()
    }

    fn body(&self) -> &[u8] {
        self.raw.body()
    }

    /// The body as JSON, as received.
    ///
    /// # Errors
    /// An answer that succeeds and cannot be read is ambiguous: [`Error::OutcomeUnknown`] after a write, [`Error::Other`]
    /// after a read.
    pub fn received(&self) -> Result<Received> {
        serde_json::from_slice(self.body())
            .map(|value| Received(Arc::new(value)))
            .map_err(|error| self.unreadable(error))
    }

    /// The body as `T`, and as received.
    ///
    /// # Errors
    /// As [`Answer::received`]; the source names the member that is missing or odd.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<(T, Received)> {
        let received = self.received()?;
        // Serde would read a struct out of an array too, member by member.
        if !received.value().is_object() {
            return Err(self.unreadable("the body is no JSON object"));
        }
        let value = received.decode().map_err(|error| self.unreadable(error))?;
        Ok((value, received))
    }

    /// The error for a success whose body is not what the operation needs.
    #[must_use]
    pub fn unreadable(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        let kind = if self.writes {
            Kind::OutcomeUnknown
        } else {
            Kind::Other
        };
        Failure::builder(self.operation)
            .target(self.target.clone())
            .status(self.status())
            .request_id(request_id(&self.raw))
            .message("the answer could not be read")
            .source(source)
            .build(kind)
    }
}

/// A JSON value as a service sent it: what is not typed is still there.
#[derive(Clone, PartialEq, Default)]
pub struct Received(Arc<Value>);

impl Received {
    /// The value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// The value at a JSON pointer, such as `/properties/vaultUri`.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    /// The value as `T`.
    ///
    /// # Errors
    /// If a member that `T` needs is missing or odd. It quotes no text of the value, which may be a secret.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&*self.0).map_err(|error| serde_json::Error::custom(without_texts(&error)))
    }
}

/// What serde says, less the text that it found, and no longer than a line.
fn without_texts(error: &serde_json::Error) -> String {
    const LONGEST: usize = 256;
    let said = error.to_string();
    let said = match (
        said.split_once("string \""),
        said.rsplit_once("\", expected "),
    ) {
        (Some((before, _)), Some((_, expected))) => {
            format!("{before}a string, expected {expected}")
        }
        _ => said,
    };
    said.chars().take(LONGEST).collect()
}

impl From<Value> for Received {
    fn from(value: Value) -> Self {
        Self(Arc::new(value))
    }
}

impl fmt::Debug for Received {
    /// Not the value: bodies do not belong into logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Received(..)")
    }
}

pub(crate) fn header<'a>(raw: &'a RawResponse, name: &str) -> Option<&'a str> {
    raw.headers()
        .iter()
        .find(|(known, _)| known.as_str() == name)
        .map(|(_, value)| value.as_str())
}

pub(crate) fn retry_after(raw: &RawResponse) -> Option<Duration> {
    header(raw, "retry-after")?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

pub(crate) fn request_id(raw: &RawResponse) -> Option<String> {
    [
        "x-ms-request-id",
        "request-id",
        "x-ms-correlation-request-id",
    ]
    .iter()
    .find_map(|name| header(raw, name))
    .map(str::to_owned)
}

/// What a failed status means where no rule has an opinion: the kind follows from the status, the hint stays open
/// unless the status alone is enough.
pub(super) fn without_rule(status: u16, writes: bool) -> (Kind, Option<Hint>) {
    let transient = Some(Hint::Transient { after: None });
    match status {
        400 | 405 | 413 | 415 | 422 => (Kind::InvalidRequest, None),
        401 => (Kind::Unauthenticated, None),
        403 => (Kind::Forbidden, None),
        404 | 410 => (Kind::NotFound, None),
        409 | 412 | 423 => (Kind::Conflict, None),
        429 => (Kind::Throttled, transient),
        // A gateway that gave up says nothing about the provider behind it, which may still do the work. Resource Manager
        // says so with a 503 too (`ServerTimeout`, recorded for the creation of an account).
        408 | 500 | 502 | 503 | 504 if writes => (Kind::OutcomeUnknown, None),
        408 | 500 | 502 | 503 | 504 => (Kind::Other, transient),
        _ => (Kind::Other, None),
    }
}

#[cfg(test)]
mod tests {
    use super::without_rule;
    use crate::{Hint, Kind};

    #[test]
    fn a_write_that_no_rule_knows_may_have_been_done() {
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(without_rule(status, true), (Kind::OutcomeUnknown, None));
            let transient = Some(Hint::Transient { after: None });
            assert_eq!(without_rule(status, false), (Kind::Other, transient));
        }
    }
}
