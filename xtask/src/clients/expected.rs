//! What each operation must come to, and how what a client says is held against it.
//!
//! The table is `xtask/clients/expected.json`. In a text of it `<name>` stands for an id: the first such id that a client
//! says is remembered, and wherever the name stands again it must be the same one. `*` stands for any text.

use crate::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

const TABLE: &str = include_str!("../../clients/expected.json");

/// An operation, who does it, and what comes of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) op: String,
    pub(super) by: Vec<String>,
    #[serde(default)]
    is: Option<Value>,
    /// Azure's code: one for all, or one for each client.
    #[serde(default)]
    refused: Option<Value>,
}

/// What a client said of an operation.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct Line {
    pub(super) op: String,
    #[serde(flatten)]
    pub(super) said: Said,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Said {
    /// It worked, and this is what came back.
    Is(Value),
    /// It was refused with Azure's code.
    Refused(String),
    /// It ended in another way.
    Failed(String),
}

/// Ids by the names that the table gives them.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids(BTreeMap<String, String>);

impl Ids {
    pub(super) fn insert(&mut self, name: &str, id: &str) {
        self.0.insert(name.to_owned(), id.to_owned());
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

pub(super) fn read() -> Outcome<Vec<Expected>> {
    Ok(serde_json::from_str(TABLE)?)
}

impl Expected {
    /// How what a client said differs; nothing if it does not.
    pub(super) fn difference(&self, client: &str, said: &Said, ids: &mut Ids) -> Option<String> {
        match (said, &self.is, self.code(client)) {
            (Said::Is(found), Some(expected), _) => {
                let mut differences = Vec::new();
                compare(expected, found, "", ids, &mut differences);
                (!differences.is_empty()).then(|| differences.join("; "))
            }
            (Said::Refused(code), _, Some(expected)) if code == expected => None,
            (said, _, Some(expected)) => Some(format!("{} in place of {expected}", words(said))),
            (said, ..) => Some(words(said)),
        }
    }

    fn code(&self, client: &str) -> Option<&str> {
        let refused = self.refused.as_ref()?;
        refused.as_str().or_else(|| refused.get(client)?.as_str())
    }
}

fn words(said: &Said) -> String {
    match said {
        Said::Is(value) => format!("not refused: {value}"),
        Said::Refused(code) => format!("refused with {code}"),
        Said::Failed(reason) => format!("failed: {reason}"),
    }
}

fn compare(
    expected: &Value,
    found: &Value,
    at: &str,
    ids: &mut Ids,
    differences: &mut Vec<String>,
) {
    match (expected, found) {
        (Value::Object(wanted), Value::Object(members)) => {
            for (name, value) in wanted {
                let found = members.get(name).unwrap_or(&Value::Null);
                compare(value, found, &format!("{at}/{name}"), ids, differences);
            }
            for name in members.keys().filter(|name| !wanted.contains_key(*name)) {
                differences.push(format!("{at}/{name} is not expected"));
            }
        }
        (Value::Array(wanted), Value::Array(items)) if wanted.len() == items.len() => {
            for (index, (wanted, item)) in wanted.iter().zip(items).enumerate() {
                compare(wanted, item, &format!("{at}/{index}"), ids, differences);
            }
        }
        (Value::String(pattern), Value::String(text)) if matches(pattern, text, ids) => {}
        _ if expected == found => {}
        _ => {
            let expected = match expected {
                Value::String(pattern) => Value::from(ids.shown(pattern)),
                other => other.clone(),
            };
            let at = at.strip_prefix('/').unwrap_or("it");
            differences.push(format!("{at} is {found}, expected {expected}"));
        }
    }
}

impl Ids {
    /// A pattern with the known ids put in.
    fn shown(&self, pattern: &str) -> String {
        let known = self.0.iter();
        known.fold(pattern.to_owned(), |text, (name, id)| {
            text.replace(&format!("<{name}>"), id)
        })
    }
}

/// Whether a text is as a pattern says; new ids are remembered if it is.
fn matches(pattern: &str, text: &str, ids: &mut Ids) -> bool {
    if pattern == "*" {
        return true;
    }
    let mut met = ids.clone();
    let (mut pattern, mut text) = (pattern, text);
    while let Some((before, rest)) = pattern.split_once('<') {
        let Some((name, after)) = rest.split_once('>') else {
            return false;
        };
        let Some(left) = text.strip_prefix(before) else {
            return false;
        };
        let end = left.find(|c: char| !is_of_an_id(c)).unwrap_or(left.len());
        let (id, left) = left.split_at(end);
        if !matches!(id.len(), 32 | 36) || met.0.get(name).is_some_and(|known| known != id) {
            return false;
        }
        met.insert(name, id);
        (pattern, text) = (after, left);
    }
    let holds = pattern == text;
    if holds {
        *ids = met;
    }
    holds
}

fn is_of_an_id(letter: char) -> bool {
    letter.is_ascii_digit() || ('a'..='f').contains(&letter) || letter == '-'
}

#[cfg(test)]
mod tests {
    use super::{Expected, Ids, Said, read};
    use serde_json::{Value, json};

    const ONE: &str = "5ca1ab1e-0000-4000-8000-000000000001";
    const TWO: &str = "5ca1ab1e-0000-4000-8000-000000000002";

    fn expected(value: Value) -> Expected {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_table_names_each_operation_once_and_says_what_comes_of_it() {
        let table = read().unwrap();
        let mut names: Vec<_> = table.iter().map(|row| row.op.as_str()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        for row in &table {
            assert!(row.is.is_some() != row.refused.is_some(), "{}", row.op);
            assert!(!row.by.is_empty(), "{}", row.op);
        }
    }

    #[test]
    fn an_id_is_the_same_wherever_its_name_stands() {
        let row =
            expected(json!({"op": "x", "by": ["az"], "is": {"id": "<app>", "path": "/a/<app>/b"}}));
        let mut ids = Ids::default();
        let said = |path: &str| Said::Is(json!({"id": ONE, "path": path}));
        let same = row.difference("az", &said(&format!("/a/{ONE}/b")), &mut ids);
        assert_eq!(same, None);
        let other = row.difference("az", &said(&format!("/a/{TWO}/b")), &mut ids);
        let told = format!("path is \"/a/{TWO}/b\", expected \"/a/{ONE}/b\"");
        assert_eq!(other, Some(told));
        let none = row.difference("az", &Said::Is(json!({"id": "app", "path": ""})), &mut ids);
        assert!(none.unwrap().contains("id is \"app\""));
    }

    #[test]
    fn missing_and_additional_members_are_told() {
        let row = expected(json!({"op": "x", "by": ["az"], "is": {"a": true, "b": ["*"]}}));
        let said = Said::Is(json!({"b": [], "c": 1}));
        assert_eq!(
            row.difference("az", &said, &mut Ids::default()).unwrap(),
            "a is null, expected true; b is [], expected [\"*\"]; /c is not expected"
        );
    }

    #[test]
    fn a_refusal_is_held_to_its_code_and_a_success_is_none() {
        let row = expected(
            json!({"op": "x", "by": ["az", "python"], "refused": {"az": "A", "python": "B"}}),
        );
        let mut ids = Ids::default();
        let refused = |code: &str| Said::Refused(code.to_owned());
        assert_eq!(row.difference("az", &refused("A"), &mut ids), None);
        let told = row.difference("python", &refused("A"), &mut ids);
        assert_eq!(told.unwrap(), "refused with A in place of B");
        let told = row.difference("az", &Said::Is(json!(1)), &mut ids);
        assert_eq!(told.unwrap(), "not refused: 1 in place of A");
        let row = expected(json!({"op": "x", "by": ["az"], "is": 1}));
        let told = row.difference("az", &refused("A"), &mut ids);
        assert_eq!(told.unwrap(), "refused with A");
    }
}
