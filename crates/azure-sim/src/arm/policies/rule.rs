//! Rules of policies: what a definition may say here, and whether a resource falls under it.
//!
//! The part of <https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule> that denies a
//! location, a type, a missing tag or a setting. What is beyond it is named, and its definition refused.

use crate::{arm::template::Problem, regions};
use serde_json::{Value, json};

/// A resource as a write would leave it.
pub(super) struct Subject<'a> {
    pub(super) id: &'a str,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) body: Value,
}

const OPERATORS: [&str; 7] = [
    "equals",
    "notEquals",
    "in",
    "notIn",
    "like",
    "notLike",
    "exists",
];

/// The types whose aliases are the way to a member, as in
/// <https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-alias>.
const ALIASED: [&str; 6] = [
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.KeyVault/managedHSMs",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
];

/// The effect of a resolved rule: whether it denies.
pub(super) fn denies(rule: &Value) -> Result<bool, Problem> {
    let effect = rule.pointer("/then/effect").and_then(Value::as_str);
    let effect = effect.unwrap_or_default();
    match effect.to_lowercase().as_str() {
        "deny" => Ok(true),
        "disabled" => Ok(false),
        _ => Err(Problem::NotModelled(format!("policy effect {effect}"))),
    }
}

/// Checks a resolved condition: whether all of it is modelled.
pub(super) fn check(condition: &Value) -> Result<(), Problem> {
    let invalid = |text: &str| Err(Problem::Invalid(text.to_owned()));
    let Some(members) = condition.as_object() else {
        return invalid("a condition must be an object");
    };
    for word in ["allOf", "anyOf"] {
        if let Some(inner) = members.get(word) {
            let Some(inner) = inner.as_array() else {
                return invalid("allOf and anyOf must be lists");
            };
            return inner.iter().try_for_each(check);
        }
    }
    if let Some(inner) = members.get("not") {
        return check(inner);
    }
    for member in members.keys().filter(|member| *member != "field") {
        if !OPERATORS.contains(&member.as_str()) {
            return Err(Problem::NotModelled(format!("policy condition {member}")));
        }
    }
    match (members.get("field").and_then(Value::as_str), members.len()) {
        (Some(field), 2) if !is_modelled(field) => {
            Err(Problem::NotModelled(format!("policy field {field}")))
        }
        (Some(_), 2) => Ok(()),
        _ => invalid("a condition has one field and one operator"),
    }
}

/// Whether a field can be found in a resource. An alias of a type that is not made here would be absent from every one.
fn is_modelled(field: &str) -> bool {
    let field = field.to_lowercase();
    if ["id", "name", "type", "location", "kind"].contains(&&*field) {
        return true;
    }
    if let Some(tag) = field.strip_prefix("tags") {
        return tag.is_empty() || tag.starts_with(['.', '[']);
    }
    ALIASED
        .iter()
        .filter_map(|kind| field.strip_prefix(&kind.to_lowercase())?.strip_prefix('/'))
        .any(|way| !way.is_empty() && !way.contains(['/', '[']))
}

/// Whether a resource falls under a resolved condition. What made it so is added to `because`.
pub(super) fn holds(condition: &Value, subject: &Subject<'_>, because: &mut Vec<Value>) -> bool {
    let list = |word: &str| condition.get(word).and_then(Value::as_array);
    if let Some(inner) = list("allOf") {
        return inner.iter().all(|own| holds(own, subject, because));
    }
    if let Some(inner) = list("anyOf") {
        return inner.iter().any(|own| holds(own, subject, because));
    }
    if let Some(inner) = condition.get("not") {
        let mut nobody = Vec::new();
        return !holds(inner, subject, &mut nobody);
    }
    let field = condition.get("field").and_then(Value::as_str);
    let field = field.unwrap_or_default();
    let found = subject.field(field);
    let Some((operator, target)) = OPERATORS
        .iter()
        .find_map(|operator| Some((*operator, condition.get(operator)?)))
    else {
        return false;
    };
    let fold = |value: &Value| match value {
        Value::String(text) if field.eq_ignore_ascii_case("location") => regions::name(text),
        Value::String(text) => text.to_lowercase(),
        other => other.to_string().to_lowercase(),
    };
    let own = found.as_ref().map(fold);
    let equals = |target: &Value| own.as_ref().is_some_and(|own| *own == fold(target));
    let listed = || {
        let mut items = target.as_array().into_iter().flatten();
        items.any(equals)
    };
    let alike = || own.as_ref().is_some_and(|own| like(own, &fold(target)));
    let wanted = matches!(fold(target).as_str(), "true");
    let result = match operator {
        "equals" => equals(target),
        "notEquals" => !equals(target),
        "in" => listed(),
        "notIn" => !listed(),
        "like" => alike(),
        "notLike" => !alike(),
        _ => found.is_some() == wanted,
    };
    if result {
        let mut expression = json!({
            "result": "True",
            "expressionKind": "Field",
            "expression": field,
            "path": field,
            "targetValue": target,
            "operator": capitalised(operator),
        });
        if let (Some(found), Some(members)) = (found, expression.as_object_mut()) {
            members.insert("expressionValue".to_owned(), found);
        }
        because.push(expression);
    }
    result
}

impl Subject<'_> {
    /// The value of a field; an alias is the resource's own type and the way to a property, or to a member beside them.
    fn field(&self, field: &str) -> Option<Value> {
        let lowered = field.to_lowercase();
        let tag = lowered
            .starts_with("tags")
            .then(|| field.get(4..))
            .flatten();
        let tag = tag.map(|tag| tag.trim_matches(|c| "[].'".contains(c)));
        let alias = lowered
            .strip_prefix(&self.kind.to_lowercase())
            .and_then(|rest| rest.strip_prefix('/'));
        match (lowered.as_str(), tag, alias) {
            ("id", ..) => Some(json!(self.id)),
            ("name", ..) => Some(json!(self.name)),
            ("type", ..) => Some(json!(self.kind)),
            (_, Some(""), _) => member(&self.body, "tags").cloned(),
            (_, Some(tag), _) => member(member(&self.body, "tags")?, tag).cloned(),
            (_, _, Some(alias)) => {
                let way = |from| alias.split('.').try_fold(from, member);
                let found = member(&self.body, "properties").and_then(way);
                found.or_else(|| way(&self.body)).cloned()
            }
            ("location" | "kind", ..) => member(&self.body, &lowered).cloned(),
            _ => None,
        }
    }
}

/// A member without case; null is as good as absent.
fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let mut members = value.as_object()?.iter();
    let found = members.find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value).filter(|own| !own.is_null())
}

/// One `*` stands for anything.
fn like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
