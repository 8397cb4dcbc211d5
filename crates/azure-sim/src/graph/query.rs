//! Lists of Microsoft Graph: filter, select, pages.

use super::{GraphCall, answer};
use crate::{SimResponse, world::World};
use serde_json::{Value, json};

/// Graph's default page.
const PAGE: usize = 100;

/// A filter of one comparison.
enum Filter {
    Equals(String, String),
    StartsWith(String, String),
    /// One item of a list equals it: `servicePrincipalNames/any(c:c eq 'x')` (recorded).
    Any(String, String),
}

impl Filter {
    fn parse(text: &str, properties: &[&str]) -> Result<Self, SimResponse> {
        let invalid = || {
            answer::error(
                400,
                "Request_UnsupportedQuery",
                format!("Unsupported or invalid query filter clause specified: {text}"),
            )
        };
        let quoted = |value: &str| {
            let inner = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            Some(inner.replace("''", "'"))
        };
        let (property, filter) = if let Some(inner) = text
            .trim()
            .strip_prefix("startswith(")
            .and_then(|rest| rest.strip_suffix(')'))
        {
            let (property, value) = inner.split_once(',').ok_or_else(invalid)?;
            let value = quoted(value).ok_or_else(invalid)?;
            let property = property.trim().to_owned();
            (property.clone(), Self::StartsWith(property, value))
        } else if let Some((property, item)) = text
            .trim()
            .strip_suffix(')')
            .and_then(|rest| rest.split_once("/any("))
        {
            let (variable, test) = item.split_once(':').ok_or_else(invalid)?;
            let value = test
                .trim()
                .strip_prefix(variable.trim())
                .and_then(|rest| rest.trim().strip_prefix("eq "))
                .and_then(quoted)
                .ok_or_else(invalid)?;
            let property = property.trim().to_owned();
            (property.clone(), Self::Any(property, value))
        } else {
            let (property, value) = text.split_once(" eq ").ok_or_else(invalid)?;
            let value = quoted(value).ok_or_else(invalid)?;
            let property = property.trim().to_owned();
            (property.clone(), Self::Equals(property, value))
        };
        if !properties.contains(&property.as_str()) {
            // `uniqueName` is a key that cannot be filtered on, as public projects note.
            return Err(answer::error(
                400,
                "Request_UnsupportedQuery",
                format!(
                    "Unsupported or invalid query filter clause specified for property '{property}' of resource."
                ),
            ));
        }
        Ok(filter)
    }

    /// Texts are compared without case, as the directory does.
    fn matches(&self, item: &Value) -> bool {
        let text = |property: &str| {
            let own = item.get(property).and_then(Value::as_str);
            own.unwrap_or_default().to_lowercase()
        };
        match self {
            Self::Equals(property, value) => text(property) == value.to_lowercase(),
            Self::StartsWith(property, value) => text(property).starts_with(&value.to_lowercase()),
            Self::Any(property, value) => {
                let items = item.get(property).and_then(Value::as_array);
                let mut items = items.into_iter().flatten().filter_map(Value::as_str);
                items.any(|own| own.eq_ignore_ascii_case(value))
            }
        }
    }
}

/// <https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2254>
fn bad_token() -> SimResponse {
    answer::error(
        400,
        "Directory_ExpiredPageToken",
        "The specified page token value has expired and can no longer be included in your request.",
    )
}

/// A list: filtered by one of the properties, cut to the selected members, in pages.
pub(super) fn list(
    world: &World,
    call: &GraphCall<'_>,
    context_of: &str,
    items: Vec<Value>,
    properties: &[&str],
) -> super::Answer {
    let query = |name: &str| call.request.query(name).filter(|value| !value.is_empty());
    let mut items = items;
    if let Some(filter) = query("$filter") {
        let filter = Filter::parse(&filter, properties)?;
        items.retain(|item| filter.matches(item));
    }
    let page = query("$top").and_then(|top| top.parse().ok());
    let page = page.unwrap_or(PAGE).clamp(1, 999);
    let (skip, page): (usize, usize) = match query("$skiptoken") {
        None if world.options.assumptions.lists_begin_with_an_empty_page => (0, 0),
        None => (0, page),
        Some(token) => (token.parse().map_err(|_| bad_token())?, page),
    };
    let end = skip.checked_add(page).ok_or_else(bad_token)?;
    // An empty page says that there is more, even if there is nothing.
    let more = items.len() > end || page == 0;
    let value: Vec<Value> = items
        .into_iter()
        .skip(skip)
        .take(page)
        .map(|item| select(call, item))
        .collect();
    let mut body = json!({
        "@odata.context": answer::context(world, context_of),
        "value": value,
    });
    if let (true, Some(members)) = (more, body.as_object_mut()) {
        let mut next = call.request.url.clone();
        let kept: Vec<(String, String)> = next
            .query_pairs()
            .filter(|(key, _)| key != "$skiptoken")
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        next.query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .append_pair("$skiptoken", &end.to_string());
        members.insert("@odata.nextLink".to_owned(), json!(next.as_str()));
    }
    Ok(SimResponse::json(200, &body))
}

/// The members of an object that `$select` asks for.
pub(super) fn select(call: &GraphCall<'_>, item: Value) -> Value {
    let selected = call.request.query("$select").unwrap_or_default();
    match item {
        Value::Object(members) if !selected.is_empty() => Value::Object(
            members
                .into_iter()
                .filter(|(name, _)| selected.split(',').any(|one| one.trim() == name))
                .collect(),
        ),
        other => other,
    }
}
