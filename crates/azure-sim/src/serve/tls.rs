//! The TLS side: a certificate for the host that the client names, HTTP/1.1 within.

use super::{Guard, Shared, certificates::Authority, http};
use std::{io, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig, crypto::aws_lc_rs, server::ResolvesServerCert},
};

pub(super) fn acceptor(authority: &Arc<Authority>) -> Result<TlsAcceptor, rustls::Error> {
    let resolver: Arc<dyn ResolvesServerCert> = Arc::<Authority>::clone(authority);
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

pub(super) async fn listen(listener: TcpListener, shared: Arc<Shared>, mut guard: Guard) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = guard.stopped() => return,
        };
        if let Ok((stream, _)) = accepted {
            tokio::spawn(serve(stream, Arc::clone(&shared), guard.clone()));
        }
    }
}

/// Speaks TLS on a connection, wherever it comes from.
pub(super) async fn serve<S>(stream: S, shared: Arc<Shared>, mut guard: Guard)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let handshake = async {
        let start =
            tokio_rustls::LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream);
        let start = start.await?;
        let host = start.client_hello().server_name().map(str::to_lowercase);
        let host = host.unwrap_or_default();
        if !shared.admits(&format!("TLS {host}"), &host) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        start.into_stream(Arc::clone(shared.tls.config())).await
    };
    let stream = tokio::select! {
        stream = handshake => stream,
        () = guard.stopped() => return,
    };
    match stream {
        Ok(stream) => http::serve(stream, shared, guard).await,
        // Most often a client that does not trust the authority.
        Err(error) => tracing::warn!("TLS handshake failed: {error}"),
    }
}
