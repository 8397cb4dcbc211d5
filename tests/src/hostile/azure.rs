//! An Azure that answers every request with what it was given, and notes where each went and with which token.

use super::{Held, holds};
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    http::{
        AsyncRawResponse, ClientOptions, HttpClient, Request, RetryOptions, StatusCode, Transport,
        headers::{AUTHORIZATION, Headers},
    },
    time::{Duration, OffsetDateTime},
};
use std::{
    collections::VecDeque,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

/// An answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Where requests arrive, whatever their host.
#[derive(Debug)]
pub(super) struct Azure {
    /// The answers, of which the last one stays.
    answers: Mutex<VecDeque<Answer>>,
    /// Origin of each request, and whether it brought a token.
    seen: Mutex<Vec<(String, bool)>>,
}

/// The token that every request of a client with a credential brings.
pub(super) const TOKEN: &str = "the-token-that-nobody-may-see";

impl Azure {
    pub(super) fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            seen: Mutex::default(),
        })
    }

    /// Options of a client that talks to it, and repeats nothing.
    pub(super) fn options(self: &Arc<Self>) -> ClientOptions {
        let client: Arc<Self> = Arc::clone(self);
        ClientOptions {
            transport: Some(Transport::new(client)),
            retry: RetryOptions::none(),
            ..Default::default()
        }
    }

    /// Nothing went elsewhere than to these origins.
    pub(super) fn asked_only(&self, origins: &[&str]) -> Held {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (origin, _) in &*seen {
            holds(
                &format!("a request went to {origin}"),
                origins.contains(&&**origin),
            )?;
        }
        Ok(())
    }

    /// Nothing brought a token.
    pub(super) fn got_no_token(&self) -> Held {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        holds("a token was sent", seen.iter().all(|(_, token)| !token))
    }
}

#[async_trait::async_trait]
impl HttpClient for Azure {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let token = request
            .headers()
            .iter()
            .any(|(name, _)| *name == AUTHORIZATION);
        let user = !request.url().username().is_empty() || request.url().password().is_some();
        let mut origin = request.url().origin().ascii_serialization();
        if user {
            origin.push_str(" with user information");
        }
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((origin, token));
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match answers.len() {
            0 | 1 => answers.front().cloned(),
            _ => answers.pop_front(),
        }
        .unwrap_or_default();
        let mut headers = Headers::new();
        for (name, value) in answer.headers {
            headers.insert(name, value);
        }
        Ok(AsyncRawResponse::from_bytes(
            StatusCode::from(answer.status),
            headers,
            answer.body,
        ))
    }
}

/// Hands out the token.
#[derive(Debug)]
pub(super) struct Credential;

#[async_trait::async_trait]
impl TokenCredential for Credential {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let expires = OffsetDateTime::now_utc() + Duration::hours(1);
        Ok(AccessToken::new(TOKEN, expires))
    }
}

/// Runs to the end, without threads and without a clock: nothing here waits.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())?
        .block_on(future)
}
