//! The simulator for clients that nobody here wrote: HTTPS for every host of Azure by its real name, on loopback, behind a
//! proxy of its own that reaches nothing else.
//!
//! [`Server::start`] opens two ports. One speaks TLS with a certificate for whatever host of this cloud the client names.
//! The other is an HTTP proxy: it leads connections to those hosts to the first, answers the metadata address of virtual
//! machines, and refuses all else. [`Environment`] holds the variables with which real clients use both.

mod assumptions;
mod certificates;
mod clock;
mod control;
mod environment;
mod faults;
mod http;
mod proxy;
mod seed;
mod tls;

pub use assumptions::read_assumptions;
pub use environment::{Environment, Shell};
pub use faults::read_faults;
pub use seed::{Seed, SeedError, Seeded, SeededPrincipal};

use crate::Sim;
use certificates::Authority;
use clock::Clock;
use serde::de::DeserializeOwned;
use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    time::timeout,
};

/// How a server is started.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "set-up data, written with struct update"
)]
pub struct ServeOptions {
    /// The port of the proxy on loopback; 0 for a free one.
    pub proxy_port: u16,
    /// The port of TLS on loopback; 0 for a free one.
    pub tls_port: u16,
    /// So many seconds of the simulator pass in each second of the wall clock. `Retry-After` is shortened accordingly.
    pub time_scale: f64,
    /// Whether `/control/` on the proxy's port shows what happened and takes faults.
    pub control: bool,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            proxy_port: 0,
            tls_port: 0,
            time_scale: 1.0,
            control: false,
        }
    }
}

/// A running server. It stops when it is dropped; [`Server::stop`] lets requests under way come to their end.
pub struct Server {
    shared: Arc<Shared>,
    proxy: SocketAddr,
    tls: SocketAddr,
    stop: watch::Sender<bool>,
    ended: mpsc::Receiver<()>,
}

/// What every connection needs.
struct Shared {
    sim: Sim,
    clock: Clock,
    authority: Arc<Authority>,
    tls: tokio_rustls::TlsAcceptor,
    refused: Mutex<Vec<String>>,
    identity_header: String,
    control: bool,
}

/// Tells a task when to stop, and the server when the task has ended.
#[derive(Clone)]
struct Guard {
    stop: watch::Receiver<bool>,
    _alive: mpsc::Sender<()>,
}

/// How long requests under way may take after a stop.
const GRACE: Duration = Duration::from_secs(2);

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("proxy", &self.proxy)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Opens both ports and serves a simulator. Its tokens are signed from now on, see [`Sim::sign_tokens`]. Tokens live by
    /// the wall clock and all else by the simulator's, so make it by [`Sim::today`] if clients compare the two.
    ///
    /// # Errors
    ///
    /// A port is taken, the time scale is not a positive number, or no certificate authority can be made.
    pub async fn start(sim: Sim, options: ServeOptions) -> io::Result<Self> {
        let clock = Clock::start(&sim, options.time_scale)?;
        let authority = Arc::new(Authority::new(sim.cloud()).map_err(io::Error::other)?);
        let proxy_listener = listen(options.proxy_port, "the proxy").await?;
        let tls_listener = listen(options.tls_port, "TLS").await?;
        let identity_header = sim.open_app_service();
        sim.sign_tokens();
        let shared = Arc::new(Shared {
            tls: tls::acceptor(&authority).map_err(io::Error::other)?,
            sim,
            clock,
            authority,
            refused: Mutex::default(),
            identity_header,
            control: options.control,
        });
        let (stop, stopped) = watch::channel(false);
        let (alive, ended) = mpsc::channel(1);
        let guard = Guard {
            stop: stopped,
            _alive: alive,
        };
        let server = Self {
            proxy: proxy_listener.local_addr()?,
            tls: tls_listener.local_addr()?,
            shared: Arc::clone(&shared),
            stop,
            ended,
        };
        tokio::spawn(proxy::listen(
            proxy_listener,
            Arc::clone(&shared),
            guard.clone(),
        ));
        tokio::spawn(tls::listen(tls_listener, shared, guard));
        Ok(server)
    }

    /// The simulator.
    #[must_use]
    pub fn sim(&self) -> &Sim {
        &self.shared.sim
    }

    /// Where the proxy listens.
    #[must_use]
    pub const fn proxy_address(&self) -> SocketAddr {
        self.proxy
    }

    /// Where TLS is spoken: real host names, resolved to this address and port, reach the simulator without the proxy.
    #[must_use]
    pub const fn tls_address(&self) -> SocketAddr {
        self.tls
    }

    /// The proxy as a URL.
    #[must_use]
    pub fn proxy_url(&self) -> String {
        format!("http://{}", self.proxy)
    }

    /// The certificate of the authority that every host's certificate comes from, as PEM. It is new at each start.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        self.shared.authority.pem()
    }

    /// The variables for real clients; `ca_file` holds [`Server::ca_pem`].
    #[must_use]
    pub fn environment(&self, ca_file: &Path) -> Environment {
        Environment::new(
            self.shared.sim.cloud(),
            &self.proxy_url(),
            ca_file,
            &self.shared.identity_header,
        )
    }

    /// What the proxy and the TLS port refused, since it is no host of this Azure, in order.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        let refused = self.shared.refused.lock();
        refused.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes no more connections, and returns when the requests under way have ended or two seconds have passed. What was
    /// due until then has happened: a state that is saved afterwards goes on from there.
    pub async fn stop(mut self) {
        // Nobody listening means that every task has ended already.
        let _ = self.stop.send(true);
        let _ = timeout(GRACE * 2, self.ended.recv()).await;
        self.shared.sim.advance_to(self.shared.clock.now());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

impl Shared {
    /// Whether a host may be reached; if not, that somebody wanted to is remembered.
    fn admits(&self, what: &str, host: &str) -> bool {
        let known = self.sim.cloud().owns(host);
        if !known {
            self.refuse(what);
        }
        known
    }

    fn refuse(&self, what: &str) {
        tracing::warn!("refused {what}");
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.push(what.to_owned());
    }
}

impl Guard {
    /// Ends when the server is to stop.
    async fn stopped(&mut self) {
        // An error means that the server is gone, which is a stop too.
        let _ = self.stop.wait_for(|stop| *stop).await;
    }
}

/// What a file says: JSON if its text begins with a brace, TOML if not.
fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

async fn listen(port: u16, what: &str) -> io::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| {
        let told = format!("{what} cannot listen on {address}: {error}");
        io::Error::new(error.kind(), told)
    })
}
