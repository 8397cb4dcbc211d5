//! A connection to one service at one host with one credential, and the requests that go over it.

use super::{
    answer::{self, Answer},
    bounded::Bounded,
    credential::Announced,
    fresh_token::{NotTheSame, OnceMore},
    refusal::{Asked, refusal, unsent},
};
use crate::{
    Error, Failure, Hint, Kind, Result, Rule,
    retry::{NoteRetryAfter, ReadRetry, noting},
    transport::default_transport,
};
use azure_core::{
    credentials::TokenCredential,
    http::{
        ClientOptions, Context, Method, Pipeline, PipelineSendOptions, Request, RetryOptions, Url,
        headers::Headers,
        policies::{Policy, auth::BearerTokenAuthorizationPolicy},
    },
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use std::sync::Arc;
use tracing::Instrument as _;

/// Who vouches for the requests of a connection.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Authority {
    /// A credential, and the scope that its tokens are asked for.
    Credential(Arc<dyn TokenCredential>, String),
    /// Nobody: for what a service tells everyone, such as a vault's challenge.
    Anonymous,
}

/// What a [`Connection`] is made from.
#[derive(Debug)]
pub struct ConnectionSpec {
    /// The crate that the connection belongs to, for the user agent.
    pub crate_name: &'static str,
    /// Its version.
    pub crate_version: &'static str,
    /// Where the service is: scheme and host, no path.
    pub endpoint: String,
    /// Who vouches for the requests.
    pub authority: Authority,
    /// The `api-version` query parameter, for services that want one.
    pub api_version: Option<String>,
    /// The name of the header that carries our id of a request.
    pub client_request_id_header: &'static str,
    /// What this service's errors mean, the most specific table first.
    pub rules: &'static [&'static [Rule]],
    /// The caller's options.
    pub client_options: ClientOptions,
}

/// A connection to one service at one host with one credential. Cheap to clone.
///
/// Every request goes through azure_core's pipeline. The host is pinned: no request, and no token, goes anywhere else,
/// whatever a next link or a polling URL says.
#[derive(Debug, Clone)]
pub struct Connection(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    endpoint: Url,
    api_version: Option<String>,
    client_request_id_header: &'static str,
    rules: &'static [&'static [Rule]],
    reads: Pipeline,
    writes: Pipeline,
}

/// What is escaped in one segment of a path, so that a name cannot become a path, a query or a fragment.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What is escaped in the value of a query parameter: a space is `%20`, which every service reads, and not `+`.
const QUERY_VALUE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

impl Connection {
    /// Makes a connection.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the endpoint is no `https` URL of a host alone.
    pub fn new(spec: ConnectionSpec) -> Result<Self> {
        let endpoint = Url::parse(&spec.endpoint)
            .ok()
            .filter(|url| {
                url.scheme() == "https"
                    && url.has_host()
                    && url.path() == "/"
                    && url.query().is_none()
                    && url.fragment().is_none()
                    && url.username().is_empty()
                    && url.password().is_none()
            })
            .ok_or_else(|| {
                Error::invalid_input(
                    "connect",
                    format!("endpoint must be an https host, got {:?}", spec.endpoint),
                )
            })?;
        let mut options = spec.client_options;
        options.transport = options
            .transport
            .or_else(default_transport)
            .map(Bounded::transport);
        let authentication: Vec<Arc<dyn Policy>> = match spec.authority {
            Authority::Credential(credential, scope) => {
                let bearer =
                    BearerTokenAuthorizationPolicy::new(Announced::credential(credential), [scope]);
                vec![Arc::new(OnceMore), Arc::new(bearer), Arc::new(NotTheSame)]
            }
            Authority::Anonymous => Vec::new(),
        };
        let per_try: Vec<Arc<dyn Policy>> = std::iter::once(Arc::new(NoteRetryAfter) as _)
            .chain(authentication)
            .collect();
        let pipeline = |retry| {
            Pipeline::new(
                Some(spec.crate_name),
                Some(spec.crate_version),
                ClientOptions {
                    retry,
                    ..options.clone()
                },
                Vec::new(),
                per_try.clone(),
                None,
            )
        };
        Ok(Self(Arc::new(Inner {
            endpoint,
            api_version: spec.api_version,
            client_request_id_header: spec.client_request_id_header,
            rules: spec.rules,
            reads: pipeline(read_retry(&options.retry)),
            writes: pipeline(RetryOptions::none()),
        })))
    }

    /// The pinned host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.endpoint.host_str().unwrap_or_default()
    }

    /// Starts a request. `operation` is the name of the client's method; `path` starts with a slash and is built with
    /// [`Connection::segment`] wherever a part of it is not ours.
    pub fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
    ) -> RequestBuilder<'_> {
        let mut url = self.0.endpoint.clone();
        let (path, query) = path
            .split_once('?')
            .map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(path);
        url.set_query(query);
        let mut builder = RequestBuilder {
            connection: self,
            operation,
            target: path.to_owned(),
            request: Ok(Request::new(url, method)),
            followed: false,
            writes: !matches!(method, Method::Get | Method::Head),
            repeatable: matches!(method, Method::Get | Method::Head),
            tolerated: &[],
        };
        if let Some(version) = &self.0.api_version {
            builder = builder.query("api-version", version);
        }
        builder
    }

    /// Starts a read of a whole URL that the service sent: a next link, a polling URL. It is refused, before a byte or a
    /// token leaves, unless it points to the pinned host; a relative one is resolved against it.
    pub fn follow(&self, operation: &'static str, url: &str) -> RequestBuilder<'_> {
        let request = self
            .pinned(operation, url)
            .map(|url| Request::new(url, Method::Get));
        RequestBuilder {
            connection: self,
            operation,
            target: request
                .as_ref()
                .map_or_else(|_| String::new(), |request| request.url().path().to_owned()),
            request,
            followed: true,
            writes: false,
            repeatable: true,
            tolerated: &[],
        }
    }

    /// A URL that the service sent, made absolute and held against the pinned host.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it points anywhere else.
    pub fn pinned(&self, operation: &'static str, url: &str) -> Result<Url> {
        let endpoint = &self.0.endpoint;
        let refused = |reason: &str| {
            Failure::builder(operation)
                .target(self.host())
                .message(reason)
                .hint(Hint::Permanent)
                .help("the service sent a link to another host: no token was sent there; find out who answered in its place")
                .build(Kind::InvalidRequest)
        };
        let url = endpoint.join(url).map_err(|error| {
            Failure::builder(operation)
                .target(self.host())
                .message("the service sent a link that is no URL")
                .source(error)
                .build(Kind::InvalidRequest)
        })?;
        if url.scheme() != "https"
            || url.host_str() != endpoint.host_str()
            || url.port_or_known_default() != endpoint.port_or_known_default()
        {
            return Err(refused("the service sent a link to another host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("the service sent a link with user information"));
        }
        Ok(url)
    }

    /// One segment of a path, escaped so that it stays one.
    // Dots alone are resolved away by every URL parser, written as `%2E` too (https://url.spec.whatwg.org/#double-dot-path-segment).
    // Escaped twice they are a name that no service has.
    #[must_use]
    pub fn segment(text: &str) -> String {
        match text {
            "." | ".." => text.replace('.', "%252E"),
            _ => utf8_percent_encode(text, SEGMENT).to_string(),
        }
    }
}

/// azure_core's default gives way to ours; whatever the caller chose stays.
fn read_retry(chosen: &RetryOptions) -> RetryOptions {
    // The mode of `RetryOptions` is private and has no equality; its Debug form holds all of its settings.
    if format!("{chosen:?}") == format!("{:?}", RetryOptions::default()) {
        RetryOptions::custom(Arc::new(ReadRetry::default()))
    } else {
        chosen.clone()
    }
}

/// A request in the making.
#[derive(Debug)]
#[must_use]
pub struct RequestBuilder<'a> {
    pub(super) connection: &'a Connection,
    pub(super) operation: &'static str,
    pub(super) target: String,
    pub(super) request: Result<Request>,
    followed: bool,
    writes: bool,
    repeatable: bool,
    tolerated: &'static [u16],
}

impl RequestBuilder<'_> {
    /// What the operation is about, where the path says it badly.
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if let Ok(request) = &mut self.request {
            let url = request.url_mut();
            let pair = format!("{name}={}", utf8_percent_encode(value, QUERY_VALUE));
            let query = url
                .query()
                .map_or_else(|| pair.clone(), |query| format!("{query}&{pair}"));
            url.set_query(Some(&query));
        }
        self
    }

    /// Sends another `api-version` than the connection's.
    pub fn api_version(mut self, version: &str) -> Self {
        if let Ok(request) = &mut self.request {
            let url = request.url_mut();
            let kept: Vec<&str> = url
                .query()
                .into_iter()
                .flat_map(|query| query.split('&'))
                .filter(|pair| !pair.starts_with("api-version="))
                .collect();
            let kept = kept.join("&");
            url.set_query((!kept.is_empty()).then_some(&kept));
        }
        self.query("api-version", version)
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Ok(request) = &mut self.request {
            request.insert_header(name, value.into());
        }
        self
    }

    /// Adds headers that another request had.
    pub(super) fn headers(mut self, headers: &Headers) -> Self {
        if let Ok(request) = &mut self.request {
            for (name, value) in headers.iter() {
                request.insert_header(name.clone(), value.clone());
            }
        }
        self
    }

    /// Sends `body` as JSON.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.request = self.request.and_then(|mut request| {
            let bytes = serde_json::to_vec(body).map_err(|error| {
                Failure::builder(self.operation)
                    .message("the request could not be written")
                    .source(error)
                    .build(Kind::InvalidRequest)
            })?;
            request.insert_header("content-type", "application/json");
            request.set_body(bytes);
            Ok(request)
        });
        self
    }

    /// Sends `fields` as an HTML form. Like every body they appear in no trace and no error.
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        if let Ok(request) = &mut self.request {
            let pairs: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY_VALUE)))
                .collect();
            request.insert_header("content-type", "application/x-www-form-urlencoded");
            request.set_body(pairs.join("&").into_bytes());
        }
        self
    }

    /// A request that changes nothing although it is no GET: it may be repeated, and an error leaves nothing unknown.
    pub fn reads(mut self) -> Self {
        self.writes = false;
        self.repeatable = true;
        self
    }

    /// A write that can be sent again without harm, such as a delete by name.
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Statuses beside 2xx that are answers and no errors, such as the 404 of a look-up.
    pub fn tolerate(mut self, statuses: &'static [u16]) -> Self {
        self.tolerated = statuses;
        self
    }

    /// Sends a deletion: `None` where there is nothing to delete. By what the answer means and not by its status: a 404 also
    /// says that the cloud does not know the subscription or the type, or could not look.
    ///
    /// # Errors
    /// As [`send`](Self::send)'s, but for what is not there.
    pub async fn send_to_delete(self) -> Result<Option<Answer>> {
        match self.send().await {
            Err(Error::NotFound(failure)) if failure.code() != Some("SubscriptionNotFound") => {
                Ok(None)
            }
            sent => sent.map(Some),
        }
    }

    /// Sends it.
    ///
    /// # Errors
    /// What the tables of rules say of the answer; where they have no opinion, what its status says. A write that got no
    /// answer is [`Error::OutcomeUnknown`], unless no connection was made.
    pub async fn send(self) -> Result<Answer> {
        let mut request = self.request?;
        let inner = &*self.connection.0;
        // azure_core would add one too, after looking it up in a way that captures a backtrace.
        let id = new_request_id();
        request.insert_header("x-ms-client-request-id", id.clone());
        if inner.client_request_id_header != "x-ms-client-request-id" {
            request.insert_header(inner.client_request_id_header, id);
        }
        if request
            .headers()
            .iter()
            .all(|(name, _)| name.as_str() != "accept")
        {
            request.insert_header("accept", "application/json");
        }
        let pipeline = if self.repeatable {
            &inner.reads
        } else {
            &inner.writes
        };
        let span = tracing::debug_span!(
            "request",
            operation = self.operation,
            target = %self.target,
            host = self.connection.host(),
            api_version = inner.api_version.as_deref(),
            status = tracing::field::Empty,
            request_id = tracing::field::Empty,
        );
        let context = Context::new();
        let options = PipelineSendOptions {
            skip_checks: true,
            ..Default::default()
        };
        let sent = noting(pipeline.send(&context, &mut request, Some(options)))
            .instrument(span.clone())
            .await;
        let asked = Asked {
            operation: self.operation,
            target: self.target,
            writes: self.writes,
            hidden: request
                .url()
                .query()
                .filter(|_| self.followed)
                .map(str::to_owned),
        };
        match sent {
            Ok(raw) => {
                let status = u16::from(raw.status());
                span.record("status", status);
                if let Some(id) = answer::request_id(&raw) {
                    span.record("request_id", id);
                }
                if raw.status().is_success() || self.tolerated.contains(&status) {
                    return Ok(Answer {
                        operation: asked.operation,
                        target: asked.target,
                        raw,
                        writes: asked.writes,
                    });
                }
                Err(refusal(inner.rules, asked, raw))
            }
            Err(error) => Err(unsent(inner.rules, asked, error)),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the id of a request means nothing and must differ each time"
)]
fn new_request_id() -> String {
    azure_core::Uuid::new_v4().to_string()
}
