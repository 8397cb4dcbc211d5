//! Where an account is not what was asked for.

use crate::models::DatabaseAccount;
use serde_json::Value;

/// What the key depends on is judged by whoever created the account, not listed among settings.
const NOT_SETTINGS: [&str; 3] = [
    "databaseAccountOfferType",
    "keyVaultKeyUri",
    "defaultIdentity",
];

/// Members that tell one item of a list from the next.
const NAMES: [&str; 4] = ["locationName", "name", "ipAddressOrRange", "id"];

/// Every setting that was asked for and is another, as `member: asked …, found …`.
pub(super) fn between(asked: &Value, account: &DatabaseAccount) -> Vec<String> {
    let mut differences = Vec::new();
    let none = Value::Null;
    let found = account.received.value().get("properties").unwrap_or(&none);
    let settings = asked.get("properties").and_then(Value::as_object);
    for (name, asked) in settings.into_iter().flatten() {
        if !NOT_SETTINGS.contains(&name.as_str()) {
            compare(name, asked, member(found, name), &mut differences);
        }
    }
    differences
}

/// Only what was asked for counts: the service fills in the rest.
fn compare(path: &str, asked: &Value, found: Option<&Value>, differences: &mut Vec<String>) {
    match (asked, found) {
        (Value::Object(members), Some(found @ Value::Object(_))) => {
            for (name, asked) in members {
                compare(
                    &format!("{path}/{name}"),
                    asked,
                    member(found, name),
                    differences,
                );
            }
        }
        (Value::Array(items), Some(Value::Array(there))) => {
            for asked in items {
                let same = there.iter().find(|item| is_of_same_name(asked, item));
                let name = name_of(asked).and_then(Value::as_str).unwrap_or("item");
                compare(&format!("{path}/{name}"), asked, same, differences);
            }
        }
        (asked, Some(found)) if folded(asked) == folded(found) => {}
        (asked, Some(found)) => {
            differences.push(format!("{path}: asked {asked}, found {found}"));
        }
        (asked, None) => differences.push(format!("{path}: asked {asked}, not shown")),
    }
}

/// A member, its name compared without case.
fn member<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object
        .as_object()?
        .iter()
        .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())
        .map(|(_, value)| value)
}

fn name_of(item: &Value) -> Option<&Value> {
    NAMES.iter().find_map(|name| member(item, name))
}

fn is_of_same_name(asked: &Value, item: &Value) -> bool {
    match (name_of(asked), name_of(item)) {
        (Some(asked), Some(found)) => folded(asked) == folded(found),
        _ => folded(asked) == folded(item),
    }
}

/// Texts are compared without case and blanks: a region comes back as `East US 2`.
fn folded(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(
            text.chars()
                .filter(|c| !c.is_whitespace())
                .collect::<String>()
                .to_lowercase(),
        ),
        other => other.clone(),
    }
}
