//! The simulator itself: requests in, replies out, and what was seen.

use crate::{
    Assumptions, Effect, FaultPlan, Lag, Reply, SimCloud, SimRequest, SimResponse, Throttling, arm,
    cosmos,
    directory::PrincipalKind,
    entra,
    fault::{self, Faults},
    graph, hsm_data, key_vault, managed_hsm,
    route::Service,
    vault_data,
    world::World,
};
use azure_core::time::{Duration as TimeSpan, OffsetDateTime};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How a simulated Azure is made.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "set-up data of tests, written with struct update"
)]
pub struct SimOptions {
    /// Decides every id, every delay, and which replica answers.
    pub seed: u64,
    /// How long things take.
    pub lag: Lag,
    /// What no source settles.
    pub assumptions: Assumptions,
    /// Which cloud it is.
    pub cloud: SimCloud,
    /// Whether who asks too often is refused.
    pub throttling: Throttling,
    /// Whether every version of an RSA key is a key of its own.
    pub rsa_keys: RsaKeys,
    /// How many role assignments a subscription holds; none are 4,000, as in Azure.
    pub role_assignment_limit: Option<usize>,
}

/// Where the material of RSA keys comes from. It is made when a key is first used or its modulus first shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "as in Azure, or not")]
pub enum RsaKeys {
    /// Every version is a key of its own, as in Azure.
    #[default]
    Own,
    /// Not as in Azure: all versions share four keys of each size, so that one may unwrap what another has wrapped. For
    /// runs with thousands of keys, where it does not matter what is in them. After [`Sim::load`] every
    /// version that was loaded has a key of its own.
    SharedForScaleRuns,
}

/// A local Azure. Clones are the same Azure.
#[derive(Clone)]
pub struct Sim(pub(crate) Arc<Mutex<World>>);

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sim")
    }
}

/// A request that was handled. Shown, it is one line of a trace: time, method, host and path, the fault if it met one, and
/// the status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Recorded {
    /// When, on the simulator's clock, which [`Sim::new`] starts at zero.
    pub at: Duration,
    /// The method in capitals.
    pub method: String,
    /// The host.
    pub host: String,
    /// The path, without query.
    pub path: String,
    /// The names of the members of its JSON body and of theirs, in order: `properties`, `properties.defaultIdentity`. What they
    /// hold is not kept.
    pub members: Arc<[String]>,
    /// The status of the answer; `None` if it was lost or never came. What arrives in part counts.
    pub status: Option<u16>,
    /// Whether it changed something.
    pub changed: bool,
    /// The fault that it met.
    pub fault: Option<Effect>,
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.as_secs_f64();
        write!(f, "{at:9.3} {} {}{}", self.method, self.host, self.path)?;
        if let Some(fault) = &self.fault {
            write!(f, " [{fault}]")?;
        }
        match self.status {
            Some(status) => write!(f, " {status}"),
            None => f.write_str(" no answer"),
        }
    }
}

impl Sim {
    /// An empty Azure. Its calendar begins at 2026-01-01T00:00:00Z, so that the same requests get the same answers.
    #[must_use]
    pub fn new(options: SimOptions) -> Self {
        Self(Arc::new(Mutex::new(World::new(options))))
    }

    /// An empty Azure that lives today, for clients that hold its dates against their own clock. A wall clock of before
    /// 2026 counts as the beginning of that year.
    #[must_use]
    pub fn today(options: SimOptions) -> Self {
        let sim = Self::new(options);
        sim.advance_to(World::at_date(OffsetDateTime::now_utc()));
        sim
    }

    /// What its calendar says, in whole seconds.
    #[must_use]
    pub fn date(&self) -> OffsetDateTime {
        let seconds = self.glance().unix_time();
        OffsetDateTime::UNIX_EPOCH.saturating_add(TimeSpan::seconds(seconds))
    }

    /// The world, to do anything with it.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.glance();
        world.touch_all();
        world
    }

    /// The world, to read it, or to change it by what says itself what it changes.
    pub(crate) fn glance(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles one request. `now` is the time on the simulator's clock, kept by the mount.
    pub fn handle(&self, now: Duration, request: SimRequest) -> Reply {
        let world = &mut *self.glance();
        world.tick(now);
        let before = world.changes();
        let host = request.host();
        let path = request.url.path().to_owned();
        let members = world.shared(request.member_names());
        let fault = world.faults.take(&request.method, &host, &path);
        world.replica = Some(world.draw_replica());
        let reply = match &fault {
            None => dispatch(world, &request),
            Some(effect) => fault::carry_out(world, &request, effect),
        };
        world.replica = None;
        cosmos::observe(world);
        let status = match &reply {
            Reply::Answer(answer) | Reply::CutShort(answer) => Some(answer.status),
            Reply::ResetBeforeEffect | Reply::ResetAfterEffect | Reply::Silence => None,
        };
        world.handled += 1;
        world.requests.push(Recorded {
            at: world.now,
            method: request.method,
            host,
            path,
            members,
            status,
            changed: world.changes() != before,
            fault,
        });
        reply
    }

    /// From now on tokens are JSON Web Tokens, signed by RS256, with Entra's claims, for clients that look into them or
    /// check them against the published keys. They expire by the real clock, as clients refresh by it.
    pub fn sign_tokens(&self) {
        self.glance().tokens.sign();
    }

    /// Which cloud it is.
    #[must_use]
    pub fn cloud(&self) -> SimCloud {
        self.glance().options.cloud
    }

    /// Opens the endpoint of managed identities in App Service, and returns the header that it asks for.
    #[cfg(feature = "serve")]
    pub(crate) fn open_app_service(&self) -> String {
        let world = &mut *self.glance();
        if let Some(header) = &world.identity_header {
            return header.clone();
        }
        let header = world.new_guid();
        world.identity_header.insert(header).clone()
    }

    /// Plans faults: one, or a whole plan, behind what is planned already.
    pub fn inject(&self, plan: impl Into<FaultPlan>) {
        self.glance().faults.add(plan.into());
    }

    /// Takes back every planned fault that no request has met yet.
    pub fn clear_faults(&self) {
        self.world().faults = Faults::default();
    }

    /// Answers what no source settles in another way from now on, such as in a state that was loaded.
    pub fn assume(&self, assumptions: Assumptions) {
        self.world().options.assumptions = assumptions;
    }

    /// Lets time pass up to `now` without a request. The mounts do this by themselves.
    pub fn advance_to(&self, now: Duration) {
        self.glance().tick(now);
    }

    /// Every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.glance().requests.clone()
    }

    /// The requests that changed something.
    #[must_use]
    pub fn writes(&self) -> Vec<Recorded> {
        let mut requests = self.requests();
        requests.retain(|request| request.changed);
        requests
    }

    /// Requests to routes that are not modelled, as `METHOD host path`.
    #[must_use]
    pub fn unmodelled(&self) -> Vec<String> {
        self.glance().unmodelled.clone()
    }

    /// Members of request bodies that the modelled operation does not know.
    #[must_use]
    pub fn unknown_members(&self) -> Vec<String> {
        self.glance().unknown_members.clone()
    }

    /// Every live directory object and resource as one line each, sorted, so that a test can say "exactly one of each".
    /// Ids that Azure makes up are left out, and so are roles that [`Sim::grant`] gave.
    #[must_use]
    pub fn resources(&self) -> Vec<String> {
        let world = &*self.glance();
        let directory = &world.directory;
        let name_of = |tenant: &str| {
            let tenant = directory.tenants.get(tenant);
            tenant.map_or("?", |tenant| tenant.name.as_str()).to_owned()
        };
        let mut lines = Vec::new();
        for app in directory
            .applications
            .iter()
            .filter(|app| app.deleted.is_none())
        {
            let tenant = name_of(&app.tenant);
            let name = app.unique_name.as_deref().unwrap_or(&app.display_name);
            lines.push(format!("{tenant}: application {name}"));
            for credential in &app.credentials {
                lines.push(format!(
                    "{tenant}: federatedIdentityCredential {name}/{}",
                    credential.name
                ));
            }
        }
        for principal in &directory.service_principals {
            if principal.deleted.is_none() && principal.kind == PrincipalKind::Application {
                lines.push(format!(
                    "{}: servicePrincipal {}",
                    name_of(&principal.tenant),
                    principal.display_name
                ));
            }
        }
        lines.extend(arm::list(world));
        lines.extend(key_vault::list(world));
        lines.extend(managed_hsm::list(world));
        lines.extend(cosmos::list(world));
        lines.sort();
        lines
    }
}

/// What the service says that the request is for. What is not in the table of operations never succeeds, whoever answers: a
/// new route needs its row, or its own tests fail.
pub(crate) fn dispatch(world: &mut World, request: &SimRequest) -> Reply {
    match route(world, request) {
        Reply::Answer(answer) if answer.status < 400 && !is_served(world, request) => {
            Reply::Answer(world.not_modelled(request))
        }
        reply => reply,
    }
}

fn is_served(world: &World, request: &SimRequest) -> bool {
    let cloud = world.options.cloud;
    cloud.operation(&request.method, &request.url).is_some()
}

/// Hands a request to the service that it is for.
fn route(world: &mut World, request: &SimRequest) -> Reply {
    let Some(service) = world.options.cloud.service(&request.host()) else {
        return Reply::Answer(world.not_modelled(request));
    };
    match service {
        Service::Login(cloud) => Reply::Answer(entra::handle(world, cloud, request)),
        Service::InstanceMetadata => {
            Reply::Answer(entra::managed::instance_metadata(world, request))
        }
        Service::ProgramIdentity => Reply::Answer(entra::managed::app_service(world, request)),
        Service::Nothing => Reply::Answer(SimResponse::empty(404)),
        Service::Graph => Reply::Answer(graph::handle(world, request)),
        Service::ResourceManager => Reply::Answer(arm::handle(world, request)),
        Service::Vault(name) => vault_data::handle(world, &name, request),
        Service::ManagedHsm(name) => hsm_data::handle(world, &name, request),
    }
}
