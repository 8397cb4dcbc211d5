//! A served Azure with the two parties, and how clients are started in front of it.

use super::requests::Request;
use crate::Outcome;
use azure_core::http::{ClientOptions, Transport};
use azure_sim::{
    Sim, SimOptions, Throttling,
    serve::{Environment, Seed, SeededPrincipal, ServeOptions, Server},
};
use std::{
    env,
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tempfile::TempDir;

const TENANTS: &str = include_str!("../../clients/tenants.toml");

/// An Azure of its own for each client.
pub(super) struct Stage {
    server: Server,
    pub(super) provider: SeededPrincipal,
    pub(super) customer: SeededPrincipal,
    reader: SeededPrincipal,
    folder: TempDir,
    ca: PathBuf,
    /// How many requests were looked at already.
    seen: AtomicUsize,
}

/// Who uses a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Provider,
    Customer,
    /// A principal at the customer's that may read what Resource Manager has, and nothing else.
    Reader,
    /// A machine of the provider's that carries the managed identity.
    Machine,
    /// A workload of the provider's that acts as the application.
    Workload,
}

impl Stage {
    pub(super) async fn start() -> Outcome<Self> {
        // Clients hold the dates of keys against their own calendar.
        let sim = Sim::today(SimOptions {
            // The clients of one run ask faster than a subscription may.
            throttling: Throttling::Off,
            ..SimOptions::default()
        });
        let seeded = Seed::parse(TENANTS)?.plant(&sim)?;
        let principal = |name: &str| {
            let found = seeded.principal(name).cloned();
            found.ok_or_else(|| format!("the seed has no {name}"))
        };
        let (provider, customer) = (principal("provider")?, principal("customer")?);
        let reader = principal("reader")?;
        let server = Server::start(sim, ServeOptions::default()).await?;
        let folder = tempfile::tempdir()?;
        let ca = folder.path().join("ca.pem");
        fs::write(&ca, server.ca_pem())?;
        Ok(Self {
            server,
            provider,
            customer,
            reader,
            folder,
            ca,
            seen: AtomicUsize::new(0),
        })
    }

    /// The requests since the last time that were answered well.
    pub(super) fn new_requests(&self) -> Vec<Request> {
        let requests = self.server.sim().requests();
        let seen = self.seen.swap(requests.len(), Ordering::Relaxed);
        let new = requests.into_iter().skip(seen);
        new.filter(|one| one.status.is_some_and(|status| status < 400))
            .map(|one| Request {
                method: one.method,
                url: format!("https://{}{}", one.host, one.path),
                members: one.members.to_vec(),
            })
            .collect()
    }

    /// The service principal that somebody is, or whose they are.
    pub(super) fn of(&self, who: Who) -> &SeededPrincipal {
        match who {
            Who::Provider | Who::Machine | Who::Workload => &self.provider,
            Who::Customer => &self.customer,
            Who::Reader => &self.reader,
        }
    }

    pub(super) fn proxy_url(&self) -> String {
        self.server.proxy_url()
    }

    /// The file of the authority's certificate.
    pub(super) fn ca(&self) -> &Path {
        &self.ca
    }

    /// A path in a folder that goes away with the stage.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The environment of somebody, with a configuration of its own for the Azure CLI.
    pub(super) fn environment(&self, who: Who) -> Environment {
        let environment = self.server.environment(&self.ca);
        let environment = match who {
            // Neither has a secret.
            Who::Machine | Who::Workload => environment,
            Who::Provider | Who::Customer | Who::Reader => environment.with_principal(self.of(who)),
        };
        environment.with_config_dir(&self.path(&format!("azure-{who:?}")))
    }

    /// A program with nothing in its environment but this.
    pub(super) fn command(&self, program: impl AsRef<OsStr>, environment: &Environment) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8")
            .envs(environment.variables());
        command
    }

    /// Options with which a client in this process uses the stage.
    pub(super) fn client_options(&self) -> Outcome<ClientOptions> {
        let ca = reqwest::Certificate::from_pem(self.server.ca_pem().as_bytes())?;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([ca])
            .proxy(reqwest::Proxy::all(self.proxy_url())?)
            .build()?;
        Ok(ClientOptions {
            transport: Some(Transport::new(Arc::new(client))),
            ..Default::default()
        })
    }

    /// Everybody with a secret, as the scripts read them.
    pub(super) fn parties(&self) -> String {
        let party = |own: &SeededPrincipal| {
            serde_json::json!({
                "tenant": own.tenant_id,
                "subscription": own.subscription_id,
                "client_id": own.client_id,
                "secret": own.secret,
            })
        };
        serde_json::json!({
            "provider": party(&self.provider),
            "customer": party(&self.customer),
            "reader": party(&self.reader),
        })
        .to_string()
    }

    /// What a client asked for that the simulator does not have.
    pub(super) fn problems(&self) -> Vec<String> {
        let sim = self.server.sim();
        let say = |what: &str, lines: Vec<String>| {
            let lines = lines.into_iter();
            lines.map(move |line| format!("{what}: {line}")).collect()
        };
        let found: [Vec<String>; 3] = [
            say("a route is not modelled", sim.unmodelled()),
            say("a member is not known", sim.unknown_members()),
            say("a host was refused", self.server.refused()),
        ];
        found.concat()
    }
}

/// Runs a command to its end, with something to read.
pub(super) fn run(mut command: Command, input: &str) -> Outcome<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    Ok(child.wait_with_output()?)
}
