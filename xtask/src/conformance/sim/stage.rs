//! A simulator with the tenant, subscription and people of one recording, its clock, and requests to it.

use azure_core::http::{Method, Url};
use azure_sim::{
    DirectoryRole, Lag, Principal, Reply, Sim, SimOptions, SimRequest, SimResponse, Span,
    TenantHandle, Throttling,
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// Who sends a request.
#[derive(Debug, Clone)]
pub(super) enum Who {
    /// A user who may do everything in the directory, in the subscription and with keys.
    Administrator,
    /// Nobody: without a token.
    Nobody,
    Somebody(Principal),
}

pub(super) struct Stage {
    pub(super) sim: Sim,
    now: Duration,
    pub(super) tenant: TenantHandle,
    /// Where applications live that are not the tenant's own.
    pub(super) abroad: TenantHandle,
    pub(super) subscription: String,
    pub(super) administrator: Principal,
    administrator_abroad: Principal,
    strangers: BTreeMap<String, Principal>,
}

const PROVIDERS: [&str; 3] = [
    "Microsoft.KeyVault",
    "Microsoft.DocumentDB",
    "Microsoft.ManagedIdentity",
];

impl Stage {
    /// A new one. `administrator` is the sign-in name of who recorded.
    pub(super) fn new(administrator: &str) -> Self {
        let sim = Sim::new(SimOptions {
            seed: 1,
            lag: Lag {
                // The name of a deleted account is free again as soon as the account is gone: recordings tell no more.
                account_name: Span::ZERO,
                // No recording reads too early what it has made in the directory.
                directory: Span::ZERO,
                application_abroad: Span::ZERO,
                ..Lag::typical()
            },
            // A replay goes faster than whoever recorded.
            throttling: Throttling::Off,
            ..SimOptions::default()
        });
        let tenant = sim.add_tenant("recorded");
        let abroad = sim.add_tenant("abroad");
        let subscription = sim.add_subscription(&tenant);
        let rights = [DirectoryRole::GlobalAdministrator];
        let administrator = sim.add_user(&tenant, administrator, &rights);
        let administrator_abroad = sim.add_user(&abroad, "administrator", &rights);
        for role in ["Owner", "Key Vault Administrator"] {
            // Both are in the table of built-in roles.
            let _ = sim.grant(&administrator, role, "/");
        }
        Self {
            sim,
            now: Duration::ZERO,
            tenant,
            abroad,
            subscription,
            administrator,
            administrator_abroad,
            strangers: BTreeMap::new(),
        }
    }

    /// Somebody without any right, by the name that errors call them; a client id means an application.
    pub(super) fn stranger(&mut self, name: &str) -> Principal {
        let (sim, tenant) = (&self.sim, &self.tenant);
        let made = self.strangers.entry(name.to_owned()).or_insert_with(|| {
            if name.contains('@') {
                sim.add_user(tenant, name, &[])
            } else {
                sim.add_service_principal(tenant, "stranger", &[])
            }
        });
        made.clone()
    }

    /// A user without any right.
    pub(super) fn person(&self, name: &str) -> Principal {
        self.sim.add_user(&self.tenant, name, &[])
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.sim.advance_to(self.now);
    }

    /// Sends a request as somebody; no answer if the host has no address or the connection breaks.
    pub(super) fn send(&self, who: &Who, request: SimRequest) -> Option<SimResponse> {
        let principal = match who {
            Who::Administrator => Some(&self.administrator),
            Who::Nobody => None,
            Who::Somebody(principal) => Some(principal),
        };
        self.send_as(principal, request)
    }

    fn send_as(&self, who: Option<&Principal>, request: SimRequest) -> Option<SimResponse> {
        let host = request.host();
        let audience = match host.split_once('.') {
            Some((_, "vault.azure.net")) => "https://vault.azure.net",
            Some((_, "managedhsm.azure.net")) => "https://managedhsm.azure.net",
            _ if host.ends_with("graph.microsoft.com") => "https://graph.microsoft.com",
            _ => "https://management.azure.com",
        };
        let token = who.and_then(|who| self.sim.token(who, audience));
        let request = match token {
            Some(token) => request.bearer(&token),
            None => request,
        };
        match self.sim.handle(self.now, request) {
            Reply::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// A request of the administrator that sets the scene. `path` is below the subscription and has the api-version.
    pub(super) fn arm(&self, method: Method, path: &str, body: &Value) -> Option<SimResponse> {
        let subscription = &self.subscription;
        let url = format!("https://management.azure.com/subscriptions/{subscription}{path}");
        self.ask(method, &url, body)
    }

    /// The same at any URL.
    pub(super) fn ask(&self, method: Method, url: &str, body: &Value) -> Option<SimResponse> {
        let request = request(method.as_str(), url, body)?;
        self.send(&Who::Administrator, request)
    }

    /// The same in the tenant of applications that are not the tenant's own.
    pub(super) fn ask_abroad(
        &self,
        method: Method,
        url: &str,
        body: &Value,
    ) -> Option<SimResponse> {
        let request = request(method.as_str(), url, body)?;
        self.send_as(Some(&self.administrator_abroad), request)
    }

    /// Lets time pass until something is so; gives up after a while.
    pub(super) fn pass_until(&mut self, is_so: impl Fn(&Self) -> bool) -> bool {
        for step in steps() {
            if is_so(self) {
                return true;
            }
            self.pass(step);
        }
        is_so(self)
    }

    /// Registers every provider that is modelled.
    pub(super) fn register(&self) {
        self.sim.register_providers(&self.subscription, &PROVIDERS);
    }
}

/// The pauses between looks: short ones first, forty minutes together.
pub(super) fn steps() -> impl Iterator<Item = Duration> {
    let seconds = |count: usize, step: u64| std::iter::repeat_n(Duration::from_secs(step), count);
    seconds(40, 1).chain(seconds(60, 5)).chain(seconds(35, 60))
}

/// A request with a JSON body, or none where the body is null.
pub(super) fn request(method: &str, url: &str, body: &Value) -> Option<SimRequest> {
    let request = SimRequest::new(method, Url::parse(url).ok()?);
    Some(match body {
        Value::Null => request,
        body => request.json(body),
    })
}
