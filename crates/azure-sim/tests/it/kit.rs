//! A small client of the simulator: methods, real hosts, JSON in and out.

use azure_sim::{
    Lag, Party, Principal, Reply, Sim, SimOptions, SimRequest, SimResponse, Throttling, TwoTenants,
};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const GRAPH: &str = "https://graph.microsoft.com";
pub(crate) const ARM: &str = "https://management.azure.com";
pub(crate) const HSM: &str = "https://pool.managedhsm.azure.net";
pub(crate) const EXCHANGE: &str = "api://AzureADTokenExchange";

pub(crate) fn at_once() -> TwoTenants {
    with_lag(Lag::strict())
}

/// Nobody is throttled: a test may ask often at one time.
pub(crate) fn with_lag(lag: Lag) -> TwoTenants {
    TwoTenants::new(SimOptions {
        lag,
        throttling: Throttling::Off,
        ..SimOptions::default()
    })
}

/// Sends requests as one principal, at a time that the test sets.
pub(crate) struct As<'a> {
    pub(crate) sim: &'a Sim,
    pub(crate) who: &'a Principal,
    pub(crate) now: Duration,
}

impl<'a> As<'a> {
    pub(crate) fn admin(azure: &'a TwoTenants, party: &'a Party) -> Self {
        Self {
            sim: &azure.sim,
            who: &party.admin,
            now: Duration::ZERO,
        }
    }

    pub(crate) fn at(&self, seconds: u64) -> Self {
        self.at_millis(seconds * 1000)
    }

    pub(crate) fn at_millis(&self, millis: u64) -> Self {
        Self {
            now: Duration::from_millis(millis),
            ..*self
        }
    }

    pub(crate) fn send(
        &self,
        method: &str,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> SimResponse {
        answer(self.reply(method, host, path, headers, body))
    }

    pub(crate) fn reply(
        &self,
        method: &str,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Reply {
        // Every managed HSM takes tokens for all of them.
        let audience = if host == HSM {
            "https://managedhsm.azure.net"
        } else {
            host
        };
        let token = self
            .sim
            .token(self.who, &format!("{audience}/.default"))
            .unwrap();
        let url = format!("{host}{path}").parse().unwrap();
        let mut request = SimRequest::new(method, url).bearer(&token);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        self.sim.handle(self.now, request)
    }

    pub(crate) fn graph(&self, method: &str, path: &str, body: Value) -> SimResponse {
        self.send(method, GRAPH, &format!("/v1.0/{path}"), &[], &body)
    }

    pub(crate) fn upsert(&self, path: &str, body: Value) -> SimResponse {
        let prefer = [("Prefer", "create-if-missing")];
        self.send("PATCH", GRAPH, &format!("/v1.0/{path}"), &prefer, &body)
    }

    pub(crate) fn arm(&self, method: &str, path: &str, version: &str, body: Value) -> SimResponse {
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{separator}api-version={version}");
        self.send(method, ARM, &path, &[], &body)
    }

    /// To the managed HSM `pool`.
    pub(crate) fn hsm(&self, method: &str, path: &str, body: Value) -> SimResponse {
        self.send(method, HSM, &format!("{path}?api-version=7.4"), &[], &body)
    }

    /// A multitenant application under a unique name.
    pub(crate) fn make_app(&self, name: &str) -> Value {
        let path = format!("applications(uniqueName='{name}')");
        let body = json!({"displayName": name, "signInAudience": "AzureADMultipleOrgs"});
        let answer = self.upsert(&path, body);
        assert_eq!(answer.status, 201);
        answer.body_json()
    }

    /// A resource group `rg` and an identity `identity` in it.
    pub(crate) fn make_identity(&self, subscription: &str) -> Value {
        let group = format!("/subscriptions/{subscription}/resourceGroups/rg");
        let location = json!({"location": "westeurope"});
        let made = self.arm("PUT", &group, "2025-04-01", location.clone());
        assert!(made.is_success());
        let made = self.arm("PUT", &identity_path(subscription), "2024-11-30", location);
        assert!(made.is_success());
        made.body_json()
    }
}

pub(crate) fn identity_path(subscription: &str) -> String {
    format!(
        "/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity"
    )
}

pub(crate) fn answer(reply: Reply) -> SimResponse {
    match reply {
        Reply::Answer(answer) => answer,
        other => panic!("no answer: {other:?}"),
    }
}

pub(crate) fn code(answer: &SimResponse) -> String {
    text(&answer.body_json(), "/error/code")
}

pub(crate) fn message(answer: &SimResponse) -> String {
    text(&answer.body_json(), "/error/message")
}

pub(crate) fn text(body: &Value, pointer: &str) -> String {
    let value = body.pointer(pointer).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}
