//! The plain side: an HTTP proxy that knows the hosts of one Azure and goes nowhere else.

use super::{
    Guard, Shared, control,
    http::{self, Answer, text},
    tls,
};
use hyper::{
    Method, Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::{io, pin::pin, sync::Arc};
use tokio::{net::TcpListener, time::timeout};

/// The one address that clients ask in plain HTTP through the proxy.
const INSTANCE_METADATA: &str = "169.254.169.254";

pub(super) async fn listen(listener: TcpListener, shared: Arc<Shared>, mut guard: Guard) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = guard.stopped() => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (shared, mut guard) = (Arc::clone(&shared), guard.clone());
        tokio::spawn(async move {
            let inner = guard.clone();
            let service = service_fn(move |request| {
                let (shared, guard) = (Arc::clone(&shared), inner.clone());
                async move { answer(shared, guard, request).await }
            });
            let connection = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            let mut connection = pin!(connection);
            tokio::select! {
                result = connection.as_mut() => http::report(result),
                () = guard.stopped() => {
                    connection.as_mut().graceful_shutdown();
                    if let Ok(result) = timeout(super::GRACE, connection).await {
                        http::report(result);
                    }
                }
            }
        });
    }
}

async fn answer(
    shared: Arc<Shared>,
    guard: Guard,
    request: Request<Incoming>,
) -> io::Result<Answer> {
    if request.method() == Method::CONNECT {
        return Ok(connect(shared, guard, request));
    }
    let Some(host) = request.uri().host().map(str::to_ascii_lowercase) else {
        return direct(&shared, request).await;
    };
    let plain = request.uri().scheme_str() == Some("http");
    if plain && host == INSTANCE_METADATA && request.uri().path().starts_with("/metadata/") {
        return http::handle(&shared, &format!("http://{INSTANCE_METADATA}"), request).await;
    }
    let what = format!("{} {}", request.method(), request.uri());
    shared.refuse(what.split('?').next().unwrap_or_default());
    Ok(refusal(&host))
}

/// Leads a tunnel to a known host into TLS.
fn connect(shared: Arc<Shared>, guard: Guard, request: Request<Incoming>) -> Answer {
    let target = request.uri().authority();
    let target = target.map_or_else(String::new, |target| target.as_str().to_ascii_lowercase());
    let (host, port) = target.rsplit_once(':').unwrap_or((target.as_str(), ""));
    let what = format!("CONNECT {target}");
    if port != "443" {
        shared.refuse(&what);
        return refusal(&target);
    }
    if !shared.admits(&what, host) {
        return refusal(host);
    }
    tokio::spawn(async move {
        match hyper::upgrade::on(request).await {
            Ok(tunnel) => tls::serve(TokioIo::new(tunnel), shared, guard).await,
            Err(error) => tracing::debug!("tunnel not opened: {error}"),
        }
    });
    Response::new(http::whole(Vec::new()))
}

fn refusal(host: &str) -> Answer {
    text(
        StatusCode::FORBIDDEN,
        &format!("{host} is no host of this Azure, and azure-sim connects to nothing else"),
    )
}

/// What is asked of this port itself: whether it is alive, the tokens of App Service, and the control endpoint.
async fn direct(shared: &Shared, request: Request<Incoming>) -> io::Result<Answer> {
    match request.uri().path() {
        "/" => Ok(http::json(
            StatusCode::OK,
            &json!({"name": "azure-sim", "version": env!("CARGO_PKG_VERSION")}),
        )),
        path if path.starts_with("/control/") => {
            if shared.control {
                control::handle(shared, request).await
            } else {
                let off = "the control endpoint is off; start the server with --control";
                Ok(text(StatusCode::NOT_FOUND, off))
            }
        }
        path if path.starts_with("/msi/") => {
            http::handle(shared, "http://127.0.0.1", request).await
        }
        _ => Ok(text(StatusCode::NOT_FOUND, "there is nothing here")),
    }
}
