//! One recording, request by request, against one simulator.

use super::{
    acceptance::Accepted,
    compare::{Difference, What as Kinds, compare},
    ids::{self, Ids},
    imply,
    routes::{Kind, Reason, Route, What, route},
    stage::{Stage, Who, request, steps},
};
use crate::conformance::{
    address::Parts,
    recording::{Exchange, Recording},
};
use azure_sim::{SimRequest, SimResponse};
use serde_json::Value;
use std::collections::BTreeSet;

/// How an exchange ended here.
#[derive(Debug)]
pub(super) enum Ended {
    /// The simulator answered as recorded, but for what is accepted.
    Replayed,
    Skipped(Reason),
    Failed(String),
}

/// Plays one recording.
pub(super) struct Player<'a> {
    pub(super) recording: &'a Recording,
    pub(super) stage: Stage,
    pub(super) ids: Ids,
    /// Objects whose life is known from here on, by their lower-case paths: no more is implied about them where the
    /// recording is whole.
    known: BTreeSet<String>,
    /// Accounts out of backups, by lower-case path, and the polls of their operations, without query.
    restored: BTreeSet<String>,
    /// Whether nothing that changes anything was left out so far.
    is_whole: bool,
    /// How often something had to be set up.
    pub(super) implied: usize,
}

/// An exchange with its route.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) at: usize,
    pub(super) exchange: &'a Exchange,
    pub(super) kind: Kind,
    pub(super) parts: &'a Parts,
    /// Without query, in lower case.
    pub(super) path: &'a str,
}

impl<'a> Player<'a> {
    pub(super) fn new(recording: &'a Recording) -> Self {
        let mut player = Self {
            recording,
            stage: Stage::new(&imply::people::administrator(recording)),
            ids: Ids::default(),
            known: BTreeSet::new(),
            restored: BTreeSet::new(),
            is_whole: recording.is_whole(),
            implied: 0,
        };
        imply::people::introduce(&mut player);
        player
    }

    /// Replays one exchange, and says whose it is.
    pub(super) fn play(
        &mut self,
        at: usize,
        accepted: &mut Accepted,
    ) -> (Option<&'static str>, Ended) {
        let Some(exchange) = self.recording.exchanges.get(at) else {
            return (None, Ended::Failed(String::from("no such exchange")));
        };
        let address = match exchange.url.parse::<crate::conformance::address::Address>() {
            Ok(address) => address,
            Err(reason) => return (None, Ended::Failed(reason)),
        };
        let Some((route, parts)) = route(&address, &exchange.method) else {
            return (
                None,
                Ended::Failed(String::from("no family has a route for it")),
            );
        };
        let path = format!("{}/{}", address.name, address.path()).to_lowercase();
        let ended = self.play_on(route, at, exchange, &parts, &path, accepted);
        if matches!(ended, Ended::Skipped(_)) && !matches!(&*exchange.method, "GET" | "HEAD") {
            self.is_whole = false;
        }
        (Some(route.family), ended)
    }

    fn play_on(
        &mut self,
        route: &Route,
        at: usize,
        exchange: &'a Exchange,
        parts: &Parts,
        path: &str,
        accepted: &mut Accepted,
    ) -> Ended {
        if exchange.status >= 500 {
            return Ended::Skipped(Reason::Outage);
        }
        if self.is_restored(exchange, path) {
            return Ended::Skipped(Reason::Restore);
        }
        if is_of_a_group(exchange) {
            return Ended::Skipped(Reason::Group);
        }
        if route.family == "hsm" && self.brings_a_domain(at, exchange) {
            return self.check_not_modelled(at, exchange);
        }
        let kind = match route.what {
            What::Modelled(kind) => kind,
            What::Skipped(Reason::NotModelled) => return self.check_not_modelled(at, exchange),
            What::Skipped(reason) => return Ended::Skipped(reason),
        };
        if kind == Kind::Objects && shows_a_service(exchange) {
            return Ended::Skipped(Reason::ServiceIdentity);
        }
        if matches!(kind, Kind::Poll(_)) && self.fails_for_nobody(exchange) {
            return Ended::Skipped(Reason::Restore);
        }
        let scene = Scene {
            at,
            exchange,
            kind,
            parts,
            path,
        };
        imply::state(self, scene);
        let before_request = self.stage.sim.unknown_members().len();
        let who = imply::people::who(self, exchange);
        let mut found = self.replay(scene, &who);
        if let Ok(differences) = &mut found {
            let unknown = self.stage.sim.unknown_members();
            let unknown: BTreeSet<&String> = unknown.iter().skip(before_request).collect();
            differences.extend(unknown.into_iter().map(Difference::unknown_member));
        }
        self.learn(scene);
        match found {
            Ok(differences) => {
                let left = accepted.strip(route.family, exchange, differences);
                if left.is_empty() {
                    Ended::Replayed
                } else {
                    let left: Vec<String> = left.iter().map(ToString::to_string).collect();
                    Ended::Failed(left.join(" | "))
                }
            }
            Err(reason) => Ended::Failed(reason),
        }
    }

    /// Sends the request until the answer fits: a read again and again while time passes, and so a write that was refused.
    fn replay(&mut self, scene: Scene<'_>, who: &Who) -> Result<Vec<Difference>, String> {
        let exchange = scene.exchange;
        let request = self.request(exchange)?;
        let rules = imply::rules(self.recording, scene);
        let mut first: Option<(Ids, Vec<Difference>)> = None;
        for step in steps() {
            let answer = self.stage.send(who, request.clone());
            let repeatable = is_repeatable(exchange, answer.as_ref());
            if let Some(answer) = &answer {
                if answer.status == 501 {
                    return Err(String::from_utf8_lossy(&answer.body).into_owned());
                }
                let mut ids = self.ids.clone();
                let differences = compare(&mut ids, exchange, answer, rules);
                if fits(exchange, answer) || !repeatable {
                    self.ids = ids;
                    return Ok(differences);
                }
                first.get_or_insert((ids, differences));
            }
            self.stage.pass(step);
        }
        match first {
            Some((ids, differences)) => {
                self.ids = ids;
                Ok(differences)
            }
            None => Err(String::from("no answer: the host has no address")),
        }
    }

    /// The recorded request as it is said to this simulator.
    fn request(&mut self, exchange: &Exchange) -> Result<SimRequest, String> {
        let url = match self.ids.url(&exchange.url) {
            Some(url) => url.clone(),
            None => {
                self.ids.keep(&exchange.url);
                ids::first_page(&self.ids.substitute(&exchange.url))
            }
        };
        let body = match &exchange.request_body {
            Value::Null => Value::Null,
            body => {
                let text = body.to_string();
                self.ids.keep(&text);
                let mut body = serde_json::from_str(&self.ids.substitute(&text))
                    .map_err(|error| error.to_string())?;
                self.ids.replace_texts(&mut body);
                body
            }
        };
        let mut request =
            request(&exchange.method, &url, &body).ok_or_else(|| format!("{url}: no URL"))?;
        for (name, value) in &exchange.request_headers {
            request = request.header(name, value);
        }
        Ok(request)
    }

    /// What is said not to be modelled must answer so.
    fn check_not_modelled(&mut self, at: usize, exchange: &Exchange) -> Ended {
        imply::owner_of_host(self, at, exchange);
        let request = match self.request(exchange) {
            Ok(request) => request,
            Err(reason) => return Ended::Failed(reason),
        };
        for step in steps() {
            match self.stage.send(&Who::Administrator, request.clone()) {
                Some(answer) if answer.status == 501 => {
                    return Ended::Skipped(Reason::NotModelled);
                }
                Some(answer) => {
                    return Ended::Failed(format!(
                        "skipped as not modelled, but the simulator answers {}",
                        answer.status
                    ));
                }
                None => self.stage.pass(step),
            }
        }
        Ended::Failed(String::from("no answer: the host has no address"))
    }

    /// Whether a poll says that an operation failed which no replayed request started: what is below accounts is restored.
    fn fails_for_nobody(&self, exchange: &Exchange) -> bool {
        let failed = exchange.response_body.get("status").and_then(Value::as_str) == Some("Failed");
        let url = exchange.url.split('?').next().unwrap_or_default();
        let started = self.recording.exchanges.iter().any(|other| {
            let place = other.header("azure-asyncoperation").unwrap_or_default();
            !url.is_empty() && place.starts_with(url)
        });
        failed && !started
    }

    /// Whether it is about an account that came out of a backup; polls of its operations are too.
    fn is_restored(&mut self, exchange: &Exchange, path: &str) -> bool {
        let mode = exchange.request_body.pointer("/properties/createMode");
        let restores = mode.and_then(Value::as_str) == Some("Restore");
        if !restores && !self.restored.contains(path) {
            return false;
        }
        self.restored.insert(path.to_owned());
        for name in ["azure-asyncoperation", "location"] {
            if let Some(url) = exchange.header(name) {
                let url = url.split('?').next().unwrap_or(url);
                self.restored
                    .insert(url.trim_start_matches("https://").to_lowercase());
            }
        }
        true
    }

    /// Whether it restores a key that another managed HSM has backed up: their security domain was uploaded before.
    fn brings_a_domain(&self, at: usize, exchange: &Exchange) -> bool {
        let host = |exchange: &Exchange| exchange.url.split('/').nth(2).map(str::to_owned);
        let text = exchange.request_body.get("value");
        let mut before = self.recording.exchanges.iter().take(at);
        exchange.url.contains("/keys/restore?")
            && text.is_some()
            && before.any(|other| {
                other.response_body.get("value") == text && host(other) != host(exchange)
            })
    }

    /// Remembers which objects the exchange told of.
    fn learn(&mut self, scene: Scene<'_>) {
        self.known.insert(scene.path.to_owned());
        let body = &scene.exchange.response_body;
        if let Some(id) = body
            .get("id")
            .and_then(Value::as_str)
            .filter(|id| !id.starts_with('/'))
        {
            self.known
                .insert(format!("{}/{id}", scene.path).to_lowercase());
        }
        let items = body.get("value");
        for item in items.and_then(Value::as_array).into_iter().flatten() {
            if let Some(id) = item.get("id").and_then(Value::as_str) {
                self.known.insert(imply::key_of_id(id));
            }
        }
    }

    /// Whether nothing that changes anything was left out so far.
    pub(super) const fn is_complete(&self) -> bool {
        self.is_whole
    }

    /// Whether something about an object may be implied still.
    pub(super) fn may_imply(&self, key: &str) -> bool {
        !self.is_whole || !self.known.contains(key)
    }

    /// Whether an object was set up or told of.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.known.contains(key)
    }

    /// Remembers an object that was set up.
    pub(super) fn set_up(&mut self, key: &str) {
        self.known.insert(key.to_owned());
        self.implied += 1;
    }
}

/// Whether it is about one role assignment of a group, or shows a group.
fn is_of_a_group(exchange: &Exchange) -> bool {
    let items = exchange
        .response_body
        .get("value")
        .and_then(Value::as_array);
    let mut items = items.into_iter().flatten();
    if items.any(|item| {
        item.get("@odata.type")
            .is_some_and(|kind| kind == "#microsoft.graph.group")
    }) {
        return true;
    }
    [&exchange.request_body, &exchange.response_body]
        .iter()
        .filter_map(|body| body.pointer("/properties/principalType"))
        .any(|kind| kind == "Group")
}

/// Whether it shows the managed identity of some other service among the objects of the directory.
fn shows_a_service(exchange: &Exchange) -> bool {
    let items = exchange
        .response_body
        .get("value")
        .and_then(Value::as_array);
    let mut items = items.into_iter().flatten();
    items.any(|item| {
        item.get("servicePrincipalType")
            .is_some_and(|kind| kind == "ManagedIdentity")
    })
}

/// Whether sending the request once more does no harm.
fn is_repeatable(exchange: &Exchange, answer: Option<&SimResponse>) -> bool {
    matches!(&*exchange.method, "GET" | "HEAD")
        || answer.is_none_or(|answer| exchange.is_success() && !answer.is_success())
}

/// Whether an answer shows the recorded state of things: what time changes and nothing else.
fn fits(exchange: &Exchange, answer: &SimResponse) -> bool {
    let ours = answer.body_json();
    exchange.status == answer.status
        && [
            "/status",
            "/properties/provisioningState",
            "/properties/statusMessage",
        ]
        .iter()
        .all(|state| {
            let theirs = exchange.response_body.pointer(state);
            theirs.is_none() || theirs == ours.pointer(state)
        })
}

impl Difference {
    fn unknown_member(member: &String) -> Self {
        Self {
            what: Kinds::Extra,
            pointer: format!("request {member}"),
            detail: String::from(
                "a member of the recorded request that the simulator does not know",
            ),
        }
    }
}
