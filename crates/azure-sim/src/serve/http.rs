//! HTTP/1.1 to requests of the simulator, and its replies back.

use super::{Guard, Shared};
use crate::{Reply, SimRequest, SimResponse};
use azure_core::http::Url;
use futures::stream;
use http_body_util::{BodyExt, Full, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Frame, Incoming},
    header::{HOST, HeaderValue, RETRY_AFTER},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{future::pending, io, pin::pin, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

pub(super) type Answer = Response<Body>;

/// A body that is whole, or one that ends in the middle.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

pub(super) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// The connection breaks after these bytes.
fn cut_short(bytes: Vec<u8>) -> Body {
    let end = io::Error::from(io::ErrorKind::ConnectionReset);
    let frames = [Ok(Frame::data(Bytes::from(bytes))), Err(end)];
    StreamBody::new(stream::iter(frames)).boxed_unsync()
}

/// No request of a real client comes near it.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Serves requests to the host that each names, until the client or the server ends it.
pub(super) async fn serve<S>(stream: S, shared: Arc<Shared>, mut guard: Guard)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = Arc::clone(&shared);
        async move {
            let host = request.headers().get(HOST);
            let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
            let host = host.strip_suffix(":443").unwrap_or(host);
            let origin = format!("https://{host}");
            handle(&shared, &origin, request).await
        }
    });
    let mut connection =
        pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        result = connection.as_mut() => report(result),
        () = guard.stopped() => {
            connection.as_mut().graceful_shutdown();
            if let Ok(result) = timeout(super::GRACE, connection).await {
                report(result);
            }
        }
    }
}

pub(super) fn report(result: hyper::Result<()>) {
    // Clients end connections as they like, and faults end them on purpose.
    if let Err(error) = result {
        tracing::debug!("connection ended: {error}");
    }
}

/// Hands a request to the simulator. An error breaks the connection.
pub(super) async fn handle(
    shared: &Shared,
    origin: &str,
    request: Request<Incoming>,
) -> io::Result<Answer> {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query();
    let target = target.map_or("/", |target| target.as_str());
    let Ok(url) = Url::parse(&format!("{origin}{target}")) else {
        return Ok(text(StatusCode::BAD_REQUEST, "the Host header is no host"));
    };
    let mut own = SimRequest::new(parts.method.as_str(), url);
    for (name, value) in &parts.headers {
        if let Ok(value) = value.to_str() {
            own = own.header(name.as_str(), value);
        }
    }
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        return Ok(text(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is incomplete or too large",
        ));
    };
    own.body = body.to_bytes().to_vec();
    let line = format!("{own:?}");
    match shared.sim.handle(shared.clock.now(), own) {
        Reply::Answer(answer) => {
            tracing::info!("{line} {}", answer.status);
            if answer.status == StatusCode::NOT_IMPLEMENTED {
                tracing::warn!("not modelled: {line}");
            }
            Ok(convert(shared, answer, whole))
        }
        Reply::CutShort(answer) => {
            tracing::info!("{line} {}, cut short", answer.status);
            Ok(convert(shared, answer, cut_short))
        }
        Reply::ResetBeforeEffect | Reply::ResetAfterEffect => {
            tracing::info!("{line} reset");
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Reply::Silence => {
            tracing::info!("{line} silence");
            pending().await
        }
    }
}

fn convert(shared: &Shared, answer: SimResponse, body: fn(Vec<u8>) -> Body) -> Answer {
    let mut response = Response::new(body(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
    for (name, value) in answer.headers {
        let value = match value.parse() {
            Ok(seconds) if name == RETRY_AFTER.as_str() => {
                shared.clock.real_seconds(seconds).to_string()
            }
            _ => value,
        };
        if let (Ok(name), Ok(value)) = (
            name.parse::<hyper::header::HeaderName>(),
            HeaderValue::from_str(&value),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

pub(super) fn text(status: StatusCode, text: &str) -> Answer {
    let mut response = Response::new(whole(format!("{text}\n")));
    *response.status_mut() = status;
    response
}

pub(super) fn json(status: StatusCode, body: &serde_json::Value) -> Answer {
    let mut response = Response::new(whole(format!("{body}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
