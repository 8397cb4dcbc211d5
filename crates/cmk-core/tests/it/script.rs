//! A transport in process that answers from a script and notes what it was asked, and when.

use azure_core::{
    Error,
    error::ErrorKind,
    http::{AsyncRawResponse, HttpClient, Request, StatusCode, Transport, headers::Headers},
};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

pub(crate) enum Reply {
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The transport fails with this kind, saying this.
    Broken(ErrorKind, String),
    /// No answer, ever.
    Silence,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::Answer(status, Vec::new(), body.to_owned())
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer(_, headers, _) = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

pub(crate) struct Script {
    replies: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<(Instant, String, Request)>>,
    start: Instant,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        Arc::new(Self {
            replies: Mutex::new(replies.into_iter().collect()),
            seen: Mutex::default(),
            start: Instant::now(),
        })
    }

    pub(crate) fn transport(self: &Arc<Self>) -> Transport {
        let client: Arc<Self> = Arc::clone(self);
        Transport::new(client)
    }

    /// What was asked, as `GET https://host/path`.
    pub(crate) fn asked(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|(_, line, _)| line.clone()).collect()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|(_, _, request)| request.clone()).collect()
    }

    /// When each request came, in seconds since the start.
    pub(crate) fn times(&self) -> Vec<u64> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .map(|(at, ..)| at.duration_since(self.start))
            .map(|passed: Duration| passed.as_secs())
            .collect()
    }
}

#[async_trait::async_trait]
impl HttpClient for Script {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let line = format!("{} {}", request.method(), request.url());
        self.seen
            .lock()
            .unwrap()
            .push((Instant::now(), line.clone(), request.clone()));
        let reply = self.replies.lock().unwrap().pop_front();
        match reply {
            Some(Reply::Answer(status, headers, body)) => {
                let mut all = Headers::new();
                for (name, value) in headers {
                    all.insert(name, value);
                }
                Ok(AsyncRawResponse::from_bytes(
                    StatusCode::from(status),
                    all,
                    body,
                ))
            }
            Some(Reply::Broken(kind, text)) => Err(Error::with_message(kind, text)),
            Some(Reply::Silence) => std::future::pending().await,
            None => panic!("the script has no reply to {line}"),
        }
    }
}
