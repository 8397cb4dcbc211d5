//! The state of everything, its clock, and what is to happen later.

use crate::{
    Recorded, SimOptions, SimRequest, SimResponse, Span,
    agenda::Due,
    arm::{
        ArmState,
        operations::{Operations, Outcome},
    },
    cosmos,
    directory::Directory,
    fault::Faults,
    key_vault, managed_hsm, pairs,
    throttle::Meters,
    tokens::Tokens,
};
use azure_core::time::{OffsetDateTime, to_rfc3339};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// Where the simulator's calendar begins: 2026-01-01T00:00:00Z.
const EPOCH: i64 = 1_767_225_600;
const NAMESPACE: Uuid = Uuid::from_u128(0x5a7e_0000_0000_4000_8000_0000_0000_0000);

/// Everything. All of it is data, so that it can be saved and loaded ([`Sim::save`](crate::Sim::save)): what is added
/// here or below must derive `Serialize` and `Deserialize`, or nothing compiles, and what is to happen later is a variant
/// of [`Due`], run by a function beside the service that it belongs to. `serde(skip)` is for what means nothing after a
/// load. A saved state that can no longer be read needs another `FORMAT` in `snapshot.rs`.
#[derive(Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) options: SimOptions,
    /// Time since the beginning of the calendar.
    pub(crate) now: Duration,
    pub(crate) directory: Directory,
    pub(crate) tokens: Tokens,
    pub(crate) arm: ArmState,
    pub(crate) operations: Operations,
    pub(crate) key_vault: key_vault::State,
    pub(crate) managed_hsm: managed_hsm::State,
    pub(crate) cosmos: cosmos::State,
    pub(crate) faults: Faults,
    /// How the next long-running operation ends, if a fault has decided it.
    #[serde(skip)]
    pub(crate) doom: Option<Outcome>,
    /// Which replica answers the request that is being handled; `None` outside of requests.
    #[serde(skip)]
    pub(crate) replica: Option<usize>,
    /// Object id of who sent the request to Resource Manager that is being handled; `None` outside of requests.
    #[serde(skip)]
    pub(crate) caller: Option<String>,
    pub(crate) meters: Meters,
    /// The log, which is not saved.
    #[serde(skip)]
    pub(crate) requests: Vec<Recorded>,
    /// Names of members in the log: thousands of requests have the same.
    #[serde(skip)]
    members: BTreeSet<Arc<[String]>>,
    /// How many requests there were: decides which replica answers the next.
    pub(crate) handled: u64,
    pub(crate) unmodelled: Vec<String>,
    pub(crate) unknown_members: Vec<String>,
    /// What the platform hands to programs in App Service, beside the endpoint of their identities.
    pub(crate) identity_header: Option<String>,
    /// Whom a server was seeded with, so that they are known after a load.
    #[cfg(feature = "serve")]
    #[serde(default)]
    pub(crate) seeded: Vec<crate::serve::SeededPrincipal>,
    /// By time and order.
    #[serde(with = "pairs")]
    agenda: BTreeMap<(Duration, u64), Due>,
    drawn: u64,
    changes: u64,
}

impl World {
    pub(crate) fn new(options: SimOptions) -> Self {
        Self {
            options,
            now: Duration::ZERO,
            directory: Directory::default(),
            tokens: Tokens::default(),
            arm: ArmState::default(),
            operations: Operations::default(),
            key_vault: key_vault::State::default(),
            managed_hsm: managed_hsm::State::default(),
            cosmos: cosmos::State::default(),
            faults: Faults::default(),
            doom: None,
            replica: None,
            caller: None,
            meters: Meters::default(),
            requests: Vec::new(),
            members: BTreeSet::new(),
            handled: 0,
            unmodelled: Vec::new(),
            unknown_members: Vec::new(),
            identity_header: None,
            #[cfg(feature = "serve")]
            seeded: Vec::new(),
            agenda: BTreeMap::new(),
            drawn: 0,
            changes: 0,
        }
    }

    /// Names of members for the log, kept once.
    pub(crate) fn shared(&mut self, names: Vec<String>) -> Arc<[String]> {
        if let Some(known) = self.members.get(names.as_slice()) {
            return Arc::clone(known);
        }
        let names: Arc<[String]> = names.into();
        self.members.insert(Arc::clone(&names));
        names
    }

    /// Lets everything happen that is due until `now`, in order. Time never goes back.
    pub(crate) fn tick(&mut self, now: Duration) {
        while let Some((at, due)) = self.take_due(now) {
            self.now = self.now.max(at);
            if !due.is_narrow() {
                self.touch_all();
            }
            due.happen(self);
            cosmos::observe(self);
        }
        self.now = self.now.max(now);
    }

    fn take_due(&mut self, now: Duration) -> Option<(Duration, Due)> {
        let first = self.agenda.first_entry()?;
        let (at, _) = *first.key();
        (at <= now).then(|| (at, first.remove()))
    }

    /// Lets something happen at a time of the simulator; at the next tick if that time has passed.
    pub(crate) fn schedule(&mut self, at: Duration, due: Due) {
        let order = self.draw();
        self.agenda.insert((at, order), due);
    }

    /// Counts a change, so that the request that made it counts as a write, and whoever watches looks again.
    pub(crate) const fn changed(&mut self) {
        self.changes += 1;
        self.touch_all();
    }

    /// The same, if nothing but this vault and what is in it changed.
    pub(crate) fn changed_vault(&mut self, name: &str) {
        self.changes += 1;
        self.touch_vault(name);
    }

    /// The same, if nothing but this account changed.
    pub(crate) fn changed_account(&mut self, name: &str) {
        self.changes += 1;
        self.touch_account(name);
    }

    pub(crate) const fn changes(&self) -> u64 {
        self.changes
    }

    pub(crate) fn draw(&mut self) -> u64 {
        self.drawn += 1;
        self.drawn
    }

    /// A new GUID, decided by the seed and by how many came before.
    pub(crate) fn new_guid(&mut self) -> String {
        let drawn = self.draw();
        Uuid::from_u128(self.hash(&drawn.to_string())).to_string()
    }

    /// A GUID that somebody chose, or a new one.
    pub(crate) fn given_guid(&mut self, given: Option<Uuid>) -> String {
        given.map_or_else(|| self.new_guid(), |given| given.to_string())
    }

    /// A delay within a span, decided by the seed.
    pub(crate) fn delay(&mut self, span: Span) -> Duration {
        let drawn = self.draw();
        self.within(span, &drawn.to_string())
    }

    /// A delay within a span, decided by the seed and a name.
    pub(crate) fn within(&self, span: Span, name: &str) -> Duration {
        let width = span.max.saturating_sub(span.min).as_millis();
        let drawn = self.hash(name) % (width + 1);
        span.min + Duration::from_millis(u64::try_from(drawn).unwrap_or_default())
    }

    /// A version 5 UUID as a number, decided by the seed and a name.
    pub(crate) fn hash(&self, name: &str) -> u128 {
        let name = format!("{}/{name}", self.options.seed);
        Uuid::new_v5(&NAMESPACE, name.as_bytes()).as_u128()
    }

    /// The time after a delay within a span.
    pub(crate) fn after(&mut self, span: Span) -> Duration {
        let at = self.now + self.delay(span);
        self.note_moment(at);
        at
    }

    /// Seconds since 1970 by the simulator's calendar.
    pub(crate) fn unix_time(&self) -> i64 {
        EPOCH + i64::try_from(self.now.as_secs()).unwrap_or_default()
    }

    /// Where a date stands on the simulator's clock; what lies before its calendar is its beginning.
    pub(crate) fn at_date(date: OffsetDateTime) -> Duration {
        let since = date.unix_timestamp() - EPOCH;
        Duration::from_secs(since.max(0).cast_unsigned())
    }

    /// A time of the simulator as RFC 3339.
    pub(crate) fn timestamp(at: Duration) -> String {
        Self::calendar(at)
            .map(|time| to_rfc3339(&time))
            .unwrap_or_default()
    }

    /// A time of the simulator by its calendar.
    pub(crate) fn calendar(at: Duration) -> Option<OffsetDateTime> {
        let seconds = EPOCH + i64::try_from(at.as_secs()).unwrap_or_default();
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    }

    /// The answer to a route that is not modelled; it is remembered.
    pub(crate) fn not_modelled(&mut self, request: &SimRequest) -> SimResponse {
        let route = format!(
            "{} {} {}",
            request.method,
            request.host(),
            request.url.path()
        );
        self.part_not_modelled(&route)
    }

    /// The same for a part of a request, such as a function of a template.
    pub(crate) fn part_not_modelled(&mut self, what: &str) -> SimResponse {
        self.unmodelled.push(what.to_owned());
        SimResponse::json(
            501,
            &json!({"error": {"code": "NotModelled", "message": what}}),
        )
    }

    /// Remembers the members of an object that a modelled write does not know. `place` names the object.
    pub(crate) fn note_unknown(&mut self, place: &str, object: &Value, known: &[&str]) {
        for member in object.as_object().into_iter().flat_map(|map| map.keys()) {
            // An annotation is no member: https://docs.oasis-open.org/odata/odata-json-format/v4.01. Microsoft Graph's own
            // SDKs send `@odata.type` with what they write.
            if !known.contains(&member.as_str()) && !member.starts_with('@') {
                self.unknown_members.push(format!("{place}.{member}"));
            }
        }
    }
}
