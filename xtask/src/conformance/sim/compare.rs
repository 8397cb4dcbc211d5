//! A simulated answer against the recorded one: status, headers that matter, members and their types, determined values.

use super::{
    budgets,
    ids::{Ids, Match},
};
use crate::conformance::recording::Exchange;
use azure_core::{http::Url, time::parse_rfc3339};
use azure_sim::SimResponse;
use serde_json::{Map, Value};
use std::fmt;

/// What is different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// Recorded, and not simulated.
    Missing,
    /// Simulated, and not recorded.
    Extra,
    /// Another JSON type.
    Type,
    /// Another value.
    Value,
    /// Another case of letters.
    Case,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) what: What,
    /// A JSON pointer, `status`, `header <name>` or `request <member>`. Items of lists are `[]`, and names that are data (tags,
    /// resource ids) `{}`, where the difference is within; what one side alone has stands with its name.
    pub(super) pointer: String,
    /// For people.
    pub(super) detail: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            pointer,
            detail,
        } = self;
        write!(f, "{what:?} {pointer}: {detail}")
    }
}

/// Headers whose form is part of the protocol.
const HEADERS: [&str; 6] = [
    "content-type",
    "location",
    "azure-asyncoperation",
    "www-authenticate",
    "x-ms-failure-cause",
    "odata-version",
];
/// Members whose value the service makes up: the type counts.
const MADE_UP: [&str; 16] = [
    "created",
    // Who wrote what a recording finds there is not told.
    "createdBy",
    "createdByType",
    "lastModifiedBy",
    "lastModifiedByType",
    "updatedBy",
    "hint",
    "secretText",
    "clientSecretUrl",
    "publisherDomain",
    "updated",
    "deletedDate",
    "scheduledPurgeDate",
    "n",
    "x",
    "y",
];
/// What follows is a hash of the service's own.
const HASHED: &str = "https://identity.azure.net/";
/// Members whose own members are named by data.
const NAMED_BY_DATA: [&str; 2] = ["tags", "userAssignedIdentities"];
/// What tells an item of a list from the others.
const NAMES: [&str; 9] = [
    "id",
    "resourceAppId",
    "uri",
    "kid",
    "keyId",
    "objectId",
    "name",
    "locationName",
    "appId",
];

/// What is compared beside the two answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Whether the list of the answer shows a part only, so that the simulator may show more.
    pub(super) partial: bool,
    /// Whether the answer carries texts that only the service can read, for later requests: ciphertexts, signatures, backups.
    pub(super) opaque: bool,
    /// Whether the recording says what is left of the budget of all callers together.
    pub(super) all_callers: bool,
}

/// The members that do, of a key's answers.
const OPAQUE: [&str; 3] = ["/value", "/iv", "/tag"];

/// Holds an answer against the recorded one. Ids that are new on both sides stand for each other from now on.
pub(super) fn compare(
    ids: &mut Ids,
    recorded: &Exchange,
    simulated: &SimResponse,
    rules: Rules,
) -> Vec<Difference> {
    let mut all = Vec::new();
    if recorded.status != simulated.status {
        let body = String::from_utf8_lossy(&simulated.body);
        let body: String = body.chars().take(300).collect();
        all.push(Difference {
            what: What::Value,
            pointer: String::from("status"),
            detail: format!(
                "recorded {}, simulated {}: {body}",
                recorded.status, simulated.status
            ),
        });
        return all;
    }
    for name in HEADERS {
        header(ids, name, recorded, simulated, &mut all);
    }
    budgets::compare(recorded, simulated, rules.all_callers, &mut all);
    let theirs = &recorded.response_body;
    let ours = if simulated.body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&simulated.body)
            .unwrap_or_else(|_| String::from_utf8_lossy(&simulated.body).into_owned().into())
    };
    let mut walk = Walk {
        ids,
        rules,
        found: &mut all,
    };
    walk.value("", theirs, &ours);
    all
}

/// Lets the ids of two JSON values stand for each other, wherever both have one at the same place.
pub(super) fn bind(ids: &mut Ids, recorded: &Value, simulated: &Value) {
    let mut nobody = Vec::new();
    let mut walk = Walk {
        ids,
        rules: Rules {
            partial: true,
            opaque: false,
            all_callers: false,
        },
        found: &mut nobody,
    };
    walk.value("", recorded, simulated);
}

fn header(
    ids: &mut Ids,
    name: &str,
    recorded: &Exchange,
    simulated: &SimResponse,
    all: &mut Vec<Difference>,
) {
    let pointer = format!("header {name}");
    let mut differs = |what, detail: String| {
        all.push(Difference {
            what,
            pointer: pointer.clone(),
            detail,
        });
    };
    match (recorded.header(name), simulated.find_header(name)) {
        (None, None) => {}
        (Some(theirs), None) => differs(What::Missing, theirs.to_owned()),
        (None, Some(ours)) => differs(What::Extra, ours.to_owned()),
        (Some(theirs), Some(ours)) => {
            let found = if is_polling(name, recorded) {
                let form = (form(&ids.substitute(theirs)), form(ours));
                ids.bind_url(theirs, ours);
                match form {
                    (theirs, ours) if theirs == ours => Match::Same,
                    (theirs, ours) if theirs.eq_ignore_ascii_case(&ours) => Match::Case,
                    _ => Match::Different,
                }
            } else {
                ids.matches(theirs, ours)
            };
            match found {
                Match::Same => {}
                Match::Case => differs(What::Case, format!("recorded {theirs}, simulated {ours}")),
                Match::Different => {
                    differs(What::Value, format!("recorded {theirs}, simulated {ours}"));
                }
            }
        }
    }
}

/// Whether a header says where an operation is asked after: its last segment is the service's own.
fn is_polling(name: &str, recorded: &Exchange) -> bool {
    name == "azure-asyncoperation"
        || (name == "location"
            && (recorded.status == 202 || recorded.header("azure-asyncoperation").is_some()))
}

/// A polling URL without what is the service's own: the operation's id and the query, but for the api-version.
fn form(url: &str) -> String {
    let Ok(parsed) = Url::parse(url) else {
        return url.to_owned();
    };
    let path = parsed.path().rsplit_once('/').map_or("", |(path, _)| path);
    let version = parsed.query_pairs().find(|(name, _)| name == "api-version");
    let version = version.map(|(_, version)| version.into_owned());
    format!(
        "{}{path}/…?api-version={}",
        parsed.host_str().unwrap_or_default(),
        version.unwrap_or_default()
    )
}

struct Walk<'a> {
    ids: &'a mut Ids,
    rules: Rules,
    found: &'a mut Vec<Difference>,
}

impl Walk<'_> {
    fn add(&mut self, what: What, pointer: &str, detail: String) {
        let detail: String = detail.chars().take(400).collect();
        self.found.push(Difference {
            what,
            pointer: pointer.to_owned(),
            detail,
        });
    }

    fn value(&mut self, pointer: &str, theirs: &Value, ours: &Value) {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => self.object(pointer, theirs, ours),
            (Value::Array(theirs), Value::Array(ours)) => self.array(pointer, theirs, ours),
            (Value::String(theirs), Value::String(ours)) => self.text(pointer, theirs, ours),
            (Value::Number(_), Value::Number(_)) | (Value::Bool(_), Value::Bool(_)) => {
                if theirs != ours && !is_made_up(pointer) {
                    let detail = format!("recorded {theirs}, simulated {ours}");
                    self.add(What::Value, pointer, detail);
                }
            }
            (Value::Null, Value::Null) => {}
            _ => {
                let detail = format!("recorded {theirs}, simulated {ours}");
                self.add(What::Type, pointer, detail);
            }
        }
    }

    fn text(&mut self, pointer: &str, theirs: &str, ours: &str) {
        if ["nextLink", "@odata.nextLink"].contains(&last(pointer)) {
            let form = (form(&self.ids.substitute(theirs)), form(ours));
            self.ids.bind_link(theirs, ours);
            if form.0 != form.1 {
                self.add(
                    What::Value,
                    pointer,
                    format!("recorded {theirs}, simulated {ours}"),
                );
            }
            return;
        }
        if self.rules.opaque && OPAQUE.contains(&pointer) {
            self.ids.bind_text(theirs, ours);
            return;
        }
        let times = is_time(theirs) && is_time(ours);
        if times || is_made_up(pointer) {
            return;
        }
        let detail = || format!("recorded {theirs:?}, simulated {ours:?}");
        match self.ids.matches(theirs, ours) {
            Match::Same => {}
            Match::Case => self.add(What::Case, pointer, detail()),
            Match::Different => self.add(What::Value, pointer, detail()),
        }
    }

    fn object(&mut self, pointer: &str, theirs: &Map<String, Value>, ours: &Map<String, Value>) {
        let by_data = NAMED_BY_DATA.contains(&last(pointer));
        let inner = |name: &str| {
            if by_data {
                format!("{pointer}/{{}}")
            } else {
                format!("{pointer}/{name}")
            }
        };
        let mut seen = Vec::new();
        for (name, value) in theirs {
            let wanted = self.ids.substitute(name);
            let own = ours.get_key_value(&wanted).or_else(|| {
                let mut all = ours.iter().filter(|_| by_data);
                all.find(|(name, _)| name.eq_ignore_ascii_case(&wanted))
            });
            match own {
                Some((own, other)) => {
                    if *own != wanted {
                        let detail = format!("recorded {name}, simulated {own}");
                        self.add(What::Case, &inner(name), detail);
                    }
                    seen.push(own);
                    self.value(&inner(name), value, other);
                }
                None => self.add(
                    What::Missing,
                    &format!("{pointer}/{name}"),
                    value.to_string(),
                ),
            }
        }
        for (name, value) in ours.iter().filter(|(name, _)| !seen.contains(name)) {
            self.add(What::Extra, &format!("{pointer}/{name}"), value.to_string());
        }
    }

    /// Lists of texts are sets: the services answer them in an order of their own.
    fn texts(&mut self, pointer: &str, theirs: &[Value], ours: &[Value]) {
        let mut left: Vec<&str> = ours.iter().filter_map(Value::as_str).collect();
        for text in theirs.iter().filter_map(Value::as_str) {
            let at = left.iter().position(|own| {
                let mut trial = self.ids.clone();
                let hashes = text.starts_with(HASHED) && own.starts_with(HASHED);
                hashes || trial.matches(text, own) == Match::Same
            });
            match at {
                Some(at) => {
                    let own = left.remove(at);
                    self.ids.matches(text, own);
                }
                None => self.add(
                    What::Missing,
                    &format!("{pointer}/[{text}]"),
                    text.to_owned(),
                ),
            }
        }
        for more in left {
            self.add(What::Extra, &format!("{pointer}/[{more}]"), more.to_owned());
        }
    }

    fn array(&mut self, pointer: &str, theirs: &[Value], ours: &[Value]) {
        if theirs.iter().chain(ours).all(Value::is_string) {
            self.texts(pointer, theirs, ours);
            return;
        }
        let partial = self.rules.partial && matches!(pointer, "/value" | "");
        if ours.is_empty() && !theirs.is_empty() && !matches!(pointer, "/value" | "") {
            let detail = Value::from(theirs).to_string();
            self.add(What::Missing, &format!("{pointer}/[every item]"), detail);
            return;
        }
        let Some(name) = NAMES.iter().find(|name| {
            theirs
                .iter()
                .chain(ours)
                .all(|item| item.get(name).is_some_and(Value::is_string))
        }) else {
            for (theirs, ours) in theirs.iter().zip(ours) {
                self.value(&within(pointer, theirs), theirs, ours);
            }
            for more in theirs.iter().skip(ours.len()) {
                self.item(What::Missing, pointer, more);
            }
            for more in ours.iter().skip(theirs.len()) {
                self.item(What::Extra, pointer, more);
            }
            return;
        };
        let name_of = |item: &Value| {
            let text = item.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_lowercase()
        };
        let mut left: Vec<&Value> = ours.iter().collect();
        for item in theirs {
            let wanted = self.ids.substitute(&name_of(item)).to_lowercase();
            let at = left.iter().position(|own| name_of(own) == wanted);
            // A lone item is what it must be.
            let lone = (theirs.len() == 1 && left.len() == 1 && !partial).then_some(0);
            match at.or(lone) {
                Some(at) => {
                    let own = left.remove(at);
                    self.value(&within(pointer, item), item, own);
                }
                None => self.item(What::Missing, pointer, item),
            }
        }
        if !partial {
            for more in left {
                self.item(What::Extra, pointer, more);
            }
        }
    }

    /// An item that one side alone has.
    fn item(&mut self, what: What, pointer: &str, item: &Value) {
        self.add(
            what,
            &format!("{pointer}/[{}]", called(item)),
            item.to_string(),
        );
    }
}

/// The pointer of what is in an item of a list: a role has its name, anything else none.
fn within(pointer: &str, item: &Value) -> String {
    format!("{pointer}/[{}]", role_name(item).unwrap_or_default())
}

fn role_name(item: &Value) -> Option<&str> {
    item.pointer("/properties/roleName")?.as_str()
}

/// What an item of a list is called where one side alone has it: a role by its name, an assignment by its role, anything else
/// by what tells it from others. Custom roles are somebody's own, whatever their names.
fn called(item: &Value) -> &str {
    let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str);
    if text("/properties/type") == Some("CustomRole") {
        return "a custom role";
    }
    let assigned = || text("/properties/roleDefinitionId").map(last);
    let name = || NAMES.iter().find_map(|name| item.get(name)?.as_str());
    let found = role_name(item).or_else(assigned).or_else(name);
    found.unwrap_or_default()
}

/// A point in time; Graph's inner errors name no zone.
fn is_time(text: &str) -> bool {
    parse_rfc3339(text).is_ok() || parse_rfc3339(&format!("{text}Z")).is_ok()
}

fn last(pointer: &str) -> &str {
    pointer.rsplit('/').next().unwrap_or_default()
}

fn is_made_up(pointer: &str) -> bool {
    MADE_UP.contains(&last(pointer))
}
