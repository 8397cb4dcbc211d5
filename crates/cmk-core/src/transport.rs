//! The transport under every client, tuned once.

use azure_core::http::Transport;

/// A transport for clients that are given none: connections pooled, no redirects (a token goes only where it
/// belongs), HTTP/1.1 as azure_core negotiates it. Clients that share one share its connections, so the caller makes
/// one and hands it to all.
///
/// `None` where the crate is built without its default features, or where this machine's TLS cannot be set up: then a
/// transport must be given.
#[cfg(feature = "reqwest")]
#[must_use]
pub fn default_transport() -> Option<Transport> {
    use std::{sync::Arc, time::Duration};

    let client = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(20))
        // Resource Manager gives a provider 60 s and then answers 504 itself; wait a little longer than that.
        .read_timeout(Duration::from_secs(75))
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(Duration::from_secs(90))
        .build()
        .ok()?;
    Some(Transport::new(Arc::new(client)))
}

/// A transport for clients that are given none: absent, since this build has no HTTP client.
#[cfg(not(feature = "reqwest"))]
#[must_use]
pub fn default_transport() -> Option<Transport> {
    None
}
