//! Requests and answers as the simulator sees them, whatever carried them.

use azure_core::http::Url;
use serde_json::Value;
use std::collections::BTreeMap;

/// A request, with the real Azure host in its URL.
#[derive(Clone)]
pub struct SimRequest {
    /// The method in capitals.
    pub method: String,
    /// The whole URL.
    pub url: Url,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body as sent.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for SimRequest {
    // Headers and body hold tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}{}", self.method, self.host(), self.url.path())
    }
}

impl SimRequest {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: &str, url: Url) -> Self {
        Self {
            method: method.to_ascii_uppercase(),
            url,
            headers: BTreeMap::new(),
            body: Vec::new(),
        }
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .insert(name.to_ascii_lowercase(), value.to_owned());
        self
    }

    /// The same with a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// The same with a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    /// The host in lower case.
    #[must_use]
    pub fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_ascii_lowercase()
    }

    /// A query parameter, its name compared without case.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        self.url
            .query_pairs()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.into_owned())
    }

    /// The parts of the path, decoded; repeated slashes count once.
    #[must_use]
    pub fn segments(&self) -> Vec<String> {
        self.url
            .path()
            .split('/')
            .filter(|part| !part.is_empty())
            .map(decode)
            .collect()
    }

    /// The bearer token, if there is one.
    pub(crate) fn token(&self) -> Option<&str> {
        let (scheme, token) = self.headers.get("authorization")?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim())
            .filter(|token| !token.is_empty())
    }

    /// The names of the members of a JSON body and of theirs, in order; none if it is no object.
    pub(crate) fn member_names(&self) -> Vec<String> {
        let Ok(Value::Object(members)) = serde_json::from_slice(&self.body) else {
            return Vec::new();
        };
        let mut names = Vec::new();
        for (name, value) in members {
            let inner = value.as_object().into_iter().flat_map(|inner| inner.keys());
            names.extend(inner.map(|inner| format!("{name}.{inner}")));
            names.push(name);
        }
        names.sort_unstable();
        names
    }

    /// The body as JSON: `Null` if there is none, an error text if it is not JSON.
    pub(crate) fn body_json(&self) -> Result<Value, String> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).map_err(|error| error.to_string())
    }
}

/// Undoes percent encoding.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = escaped {
            bytes.push(byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What the simulator does with a request.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a mount must handle every way that a request can end"
)]
pub enum Reply {
    /// It answers.
    Answer(SimResponse),
    /// It answers, and the connection breaks in the middle of the body; what is here arrives.
    CutShort(SimResponse),
    /// The connection breaks (or the host has no address), and nothing has happened.
    ResetBeforeEffect,
    /// It does what was asked, and the connection breaks before the answer.
    ResetAfterEffect,
    /// Nothing happens and no answer ever comes.
    Silence,
}

/// An answer.
#[derive(Clone)]
pub struct SimResponse {
    /// The status code.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for SimResponse {
    // A body can hold a token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

impl SimResponse {
    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// An answer with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![(
                "content-type".to_owned(),
                "application/json; charset=utf-8".to_owned(),
            )],
            body: body.to_string().into_bytes(),
        }
    }

    /// The same with a header; a header of that name is replaced.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A header by its lower-case name.
    #[must_use]
    pub fn find_header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `Null` if it is none.
    #[must_use]
    pub fn body_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether the status is a success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Sim, SimOptions, SimRequest};
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn the_log_names_the_members_of_a_body_and_nothing_that_they_hold() {
        let sim = Sim::new(SimOptions::default());
        let url = "https://management.azure.com/nowhere";
        let patch = || SimRequest::new("PATCH", url.parse().unwrap());
        let body = json!({
            "tags": {},
            "properties": {"keyVaultKeyUri": "https://v/keys/k", "apiProperties": {"serverVersion": "7"}},
            "location": "westeurope",
        });
        let mut raw = patch();
        raw.body = b"identity=a".to_vec();
        for request in [patch().json(&body), patch().json(&json!(["tags"])), raw] {
            sim.handle(Duration::ZERO, request);
        }
        let members: Vec<_> = sim.requests().into_iter().map(|one| one.members).collect();
        let names = [
            "location",
            "properties",
            "properties.apiProperties",
            "properties.keyVaultKeyUri",
            "tags",
        ];
        assert_eq!(*members[0], names.map(str::to_owned));
        assert!(members[1].is_empty() && members[2].is_empty());
    }
}
