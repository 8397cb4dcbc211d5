//! One request that is expected, to the letter, and what is answered.

use azure_core::Uuid;
use serde_json::Value;
use std::collections::BTreeMap;
use wiremock::{Request, ResponseTemplate};

/// A request as expected, and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    method: &'static str,
    host: &'static str,
    target: String,
    headers: BTreeMap<&'static str, String>,
    request_ids: &'static [&'static str],
    body: Option<Value>,
    status: u16,
    answer_headers: Vec<(&'static str, String)>,
    answer: Option<(&'static str, String)>,
}

/// Headers that belong to the transport and not to the request. The length is held against the body by the server.
const OF_THE_TRANSPORT: [&str; 3] = ["accept-encoding", "content-length", "user-agent"];

impl Exchange {
    /// A request with a token, or without one where a service tells everyone. `target` is path and query.
    pub(crate) fn new(
        method: &'static str,
        host: &'static str,
        target: impl Into<String>,
        token: Option<String>,
    ) -> Self {
        let mut headers = BTreeMap::from([
            ("accept", String::from("application/json")),
            ("host", host.to_owned()),
        ]);
        if let Some(token) = token {
            headers.insert("authorization", format!("Bearer {token}"));
        }
        Self {
            method,
            host,
            target: target.into(),
            headers,
            request_ids: &["x-ms-client-request-id"],
            body: None,
            status: 200,
            answer_headers: Vec::new(),
            answer: None,
        }
    }

    /// The headers that hold the id of the request, the same in each.
    pub(crate) fn request_ids(mut self, names: &'static [&'static str]) -> Self {
        self.request_ids = names;
        self
    }

    /// With the header that makes a PATCH of Graph create what is not there.
    pub(crate) fn create_if_missing(mut self) -> Self {
        self.headers
            .insert("prefer", String::from("create-if-missing"));
        self
    }

    /// With this body.
    pub(crate) fn sends(mut self, body: Value) -> Self {
        self.headers
            .insert("content-type", String::from("application/json"));
        self.body = Some(body);
        self
    }

    /// Answered with JSON.
    pub(crate) fn answers(self, status: u16, body: Value) -> Self {
        self.answers_text(status, "application/json; charset=utf-8", body.to_string())
    }

    /// Answered with a body that is no JSON.
    pub(crate) fn answers_text(
        mut self,
        status: u16,
        content_type: &'static str,
        body: impl Into<String>,
    ) -> Self {
        self.status = status;
        self.answer = Some((content_type, body.into()));
        self
    }

    /// Answered without a body.
    pub(crate) fn answers_nothing(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With this header in the answer.
    pub(crate) fn answer_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.answer_headers.push((name, value.into()));
        self
    }

    /// The request in one line.
    pub(crate) fn line(&self) -> String {
        format!("{} https://{}{}", self.method, self.host, self.target)
    }

    pub(crate) fn is_of(&self, route: &str) -> bool {
        self.line() == route
    }

    /// How the request that came differs from the expected one.
    pub(crate) fn differences(&self, request: &Request) -> Vec<String> {
        let mut found = Vec::new();
        let mut differ = |what: &str, expected: &dyn std::fmt::Debug, got: &dyn std::fmt::Debug| {
            found.push(format!("{what}: expected {expected:?}, got {got:?}"));
        };
        if self.line() != route(request) {
            differ("route", &self.line(), &route(request));
        }
        for (name, expected) in &self.headers {
            let got = values(request, name);
            if got != [expected.as_str()] {
                differ(name, &[expected], &got);
            }
        }
        let ids: Vec<_> = self
            .request_ids
            .iter()
            .flat_map(|name| values(request, name))
            .collect();
        let is_one_guid = ids.len() == self.request_ids.len()
            && ids.iter().all(|id| *id == ids[0] && is_plain_guid(id));
        if !is_one_guid {
            differ("request ids", &self.request_ids, &ids);
        }
        for name in request.headers.keys() {
            let name = name.as_str();
            if !self.headers.contains_key(name)
                && !self.request_ids.contains(&name)
                && !OF_THE_TRANSPORT.contains(&name)
            {
                differ(name, &"no such header", &values(request, name));
            }
        }
        let agent = values(request, "user-agent").concat();
        if !agent.contains("/0.1.0 ") {
            differ("user-agent", &"a crate with its version", &agent);
        }
        let body = (!request.body.is_empty()).then(|| {
            serde_json::from_slice::<Value>(&request.body).unwrap_or_else(|error| {
                Value::String(format!(
                    "no JSON ({error}): {}",
                    String::from_utf8_lossy(&request.body)
                ))
            })
        });
        if body != self.body {
            differ("body", &self.body, &body);
        }
        found
    }

    /// The answer.
    pub(crate) fn template(&self) -> ResponseTemplate {
        let mut template = ResponseTemplate::new(self.status);
        if let Some((content_type, body)) = &self.answer {
            template = template.set_body_raw(body.as_bytes(), content_type);
        }
        for (name, value) in &self.answer_headers {
            template = template.append_header(*name, value.as_str());
        }
        template
    }
}

/// A request in one line, by the host that it names.
pub(crate) fn route(request: &Request) -> String {
    let query = request
        .url
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    format!(
        "{} https://{}{}{query}",
        request.method,
        values(request, "host").concat(),
        request.url.path()
    )
}

fn values<'a>(request: &'a Request, name: &str) -> Vec<&'a str> {
    request
        .headers
        .get_all(name)
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect()
}

fn is_plain_guid(text: &str) -> bool {
    Uuid::parse_str(text).is_ok_and(|id| id.hyphenated().to_string() == text)
}
