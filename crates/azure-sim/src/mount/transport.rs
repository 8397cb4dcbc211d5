//! The simulator as the HTTP client of azure_core: no sockets, tokio's clock.

use crate::{Reply, Sim, SimRequest};
use azure_core::{
    Bytes, Result,
    error::{Error, ErrorKind},
    http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode, Transport, headers::Headers},
};
use futures::stream;
use std::{
    future::{pending, poll_fn},
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// After so long without an answer the in-process client gives up, as a client with a read timeout does.
const READ_TIMEOUT: Duration = Duration::from_secs(75);

impl Sim {
    /// A transport that reaches the simulator in process. Its time is tokio's, counted from this call on top of the
    /// time that the simulator has reached, so with a paused clock hours pass in no time.
    #[must_use]
    pub fn transport(&self) -> Transport {
        Transport::new(self.http_client())
    }

    /// The same as an [`HttpClient`], to put policies or a recorder around it.
    #[must_use]
    pub fn http_client(&self) -> Arc<dyn HttpClient> {
        Arc::new(InProcess {
            offset: self.glance().now,
            since: Instant::now(),
            sim: self.clone(),
        })
    }
}

/// Lets other tasks run once, as a socket does: on the way there, and, with the effect done, on the way back. Whoever is
/// dropped here has sent nothing, or never hears the answer.
async fn on_the_wire() {
    let mut sent = false;
    poll_fn(|context| {
        if sent {
            return Poll::Ready(());
        }
        sent = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[derive(Debug)]
struct InProcess {
    sim: Sim,
    offset: Duration,
    since: Instant,
}

#[async_trait::async_trait]
impl HttpClient for InProcess {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse> {
        let mut own = SimRequest::new(request.method().as_str(), request.url().clone());
        for (name, value) in request.headers().iter() {
            own = own.header(name.as_str(), value.as_str());
        }
        own.body = match request.body() {
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::SeekableStream(_) => {
                return Err(Error::with_message(
                    ErrorKind::Other,
                    "the simulator takes no streamed bodies",
                ));
            }
        };
        on_the_wire().await;
        let now = self.offset + self.since.elapsed();
        let reply = self.sim.handle(now, own);
        on_the_wire().await;
        let (answer, whole) = match reply {
            Reply::Answer(answer) => (answer, true),
            Reply::CutShort(answer) => (answer, false),
            Reply::ResetBeforeEffect | Reply::ResetAfterEffect => {
                return Err(Error::with_message(
                    ErrorKind::Io,
                    "the connection was reset",
                ));
            }
            Reply::Silence => {
                // Never ready, so this always ends in the timeout.
                let _ = timeout(READ_TIMEOUT, pending::<()>()).await;
                return Err(Error::with_message(ErrorKind::Io, "no answer in time"));
            }
        };
        let mut headers = Headers::new();
        for (name, value) in answer.headers {
            headers.insert(name, value);
        }
        let status = StatusCode::from(answer.status);
        if whole {
            return Ok(AsyncRawResponse::from_bytes(status, headers, answer.body));
        }
        let end = Error::with_message(ErrorKind::Io, "the connection broke within the body");
        let body = stream::iter([Ok(Bytes::from(answer.body)), Err(end)]);
        Ok(AsyncRawResponse::new(status, headers, Box::pin(body)))
    }
}
