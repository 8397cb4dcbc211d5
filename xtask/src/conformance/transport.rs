//! The transport under our clients here: it hands out recorded answers, and keeps what the clients sent.

use super::recording::Exchange;
use azure_core::{
    Bytes,
    error::ErrorKind,
    http::{
        AsyncRawResponse, Body, ClientOptions, HttpClient, Request, RetryOptions, StatusCode,
        Transport,
        headers::{HeaderName, HeaderValue, Headers},
    },
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// What a client sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) body: Vec<u8>,
}

/// Hands out recorded answers one after the other, and keeps what was sent.
pub(super) struct Replayer(Mutex<State>);

#[derive(Default)]
struct State {
    answers: VecDeque<Exchange>,
    next_link: Option<String>,
    sent: Vec<Sent>,
    asked_for_more: bool,
}

impl fmt::Debug for Replayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replayer")
    }
}

impl Replayer {
    /// A transport that gives these answers, and after them an empty page to whoever follows the last one's link.
    pub(super) fn new<'a>(answers: impl IntoIterator<Item = &'a Exchange>) -> Arc<Self> {
        let answers: VecDeque<Exchange> = answers.into_iter().cloned().collect();
        let next_link = answers.back().and_then(|last| {
            let link = ["nextLink", "@odata.nextLink"]
                .iter()
                .find_map(|name| last.response_body.get(name));
            link.and_then(Value::as_str).map(str::to_owned)
        });
        Arc::new(Self(Mutex::new(State {
            answers,
            next_link,
            ..State::default()
        })))
    }

    /// The options of a client that goes over it, and that repeats nothing.
    pub(super) fn client_options(self: &Arc<Self>) -> ClientOptions {
        let client: Arc<dyn HttpClient> = Arc::<Self>::clone(self);
        ClientOptions {
            transport: Some(Transport::new(client)),
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        }
    }

    /// What was sent, in order.
    pub(super) fn sent(&self) -> Vec<Sent> {
        self.with(|state| state.sent.clone())
    }

    /// How many answers were not asked for.
    pub(super) fn left(&self) -> usize {
        self.with(|state| state.answers.len())
    }

    /// Whether more was asked than is recorded.
    pub(super) fn asked_for_more(&self) -> bool {
        self.with(|state| state.asked_for_more)
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait::async_trait]
impl HttpClient for Replayer {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let url = request.url().to_string();
        let body = match request.body() {
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::SeekableStream(_) => Vec::new(),
        };
        let answer = self.with(|state| {
            state.sent.push(Sent {
                method: request.method().to_string(),
                url: url.clone(),
                body,
            });
            if let Some(answer) = state.answers.pop_front() {
                return Some(answer);
            }
            if state
                .next_link
                .take()
                .is_some_and(|link| same_url(&link, &url))
            {
                return Some(empty_page(url));
            }
            state.asked_for_more = true;
            None
        });
        let Some(answer) = answer else {
            return Err(azure_core::Error::with_message(
                ErrorKind::Other,
                "the recording has no answer to this",
            ));
        };
        let mut headers = Headers::new();
        for (name, value) in answer.response_headers.clone() {
            headers.insert(HeaderName::from(name), HeaderValue::from(value));
        }
        Ok(AsyncRawResponse::from_bytes(
            StatusCode::from(answer.status),
            headers,
            Bytes::from(answer.body()),
        ))
    }
}

/// Whether a link as a body has it is the URL.
fn same_url(link: &str, url: &str) -> bool {
    azure_core::http::Url::parse(link).is_ok_and(|link| link.as_str() == url)
}

fn empty_page(url: String) -> Exchange {
    Exchange {
        method: String::from("GET"),
        url,
        request_headers: BTreeMap::new(),
        truncated_items: false,
        request_body: Value::Null,
        status: 200,
        response_headers: [(
            String::from("content-type"),
            String::from("application/json"),
        )]
        .into(),
        response_body: serde_json::json!({ "value": [] }),
    }
}
