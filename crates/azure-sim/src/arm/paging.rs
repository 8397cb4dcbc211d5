//! Pages of lists: at most a thousand items, or as many as `$top` asks for, and the address of the rest.

use super::{ArmCall, error};
use crate::{SimResponse, world::World};
use azure_core::base64;
use serde_json::{Value, json};

/// The most that the lists of policies take as `$top`, which is taken to be so for all:
/// <https://learn.microsoft.com/rest/api/policyauthorization/policy-definitions/list>.
const MOST: usize = 1000;

/// Answers a page of a list; any other answer stays as it is. The form of the link:
/// <https://github.com/Azure/azure-resource-manager-rpc>, `resource-api-reference.md`.
pub(super) fn cut(world: &World, call: &ArmCall<'_>, answer: SimResponse) -> SimResponse {
    if call.method != "GET" || answer.status != 200 || is_whole(call) {
        return answer;
    }
    let mut body = answer.body_json();
    let Some(list) = body
        .as_object_mut()
        .filter(|list| !list.contains_key("nextLink"))
    else {
        return answer;
    };
    let Some(Value::Array(items)) = list.get_mut("value") else {
        return answer;
    };
    let (mut size, skip) = match asked(call) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    if world.options.assumptions.lists_begin_with_an_empty_page
        && call.request.query("$skiptoken").is_none()
    {
        size = 0;
    }
    if skip == 0 && size > 0 && items.len() <= size {
        return answer;
    }
    let end = skip.saturating_add(size);
    // An empty page says that there is more, even if there is nothing.
    let more = end < items.len() || size == 0;
    items.truncate(end);
    items.drain(..skip.min(items.len()));
    if more {
        list.insert("nextLink".to_owned(), json!(address(call, end)));
    }
    SimResponse {
        body: body.to_string().into_bytes(),
        ..answer
    }
}

/// Azure Cosmos DB lists no page by page: its lists have no link in the specification.
fn is_whole(call: &ArmCall<'_>) -> bool {
    let namespace = call.path.namespace.as_deref();
    namespace.is_some_and(|own| own.eq_ignore_ascii_case("Microsoft.DocumentDB"))
}

/// The size of a page and what comes before it. The texts of the refusals have no source.
fn asked(call: &ArmCall<'_>) -> Result<(usize, usize), SimResponse> {
    // That it is the size of a page, with a link to the next: https://github.com/Azure/azure-sdk-for-python/issues/541
    let size = match call.request.query("$top") {
        None => MOST,
        Some(text) => text
            .parse()
            .ok()
            .filter(|size| (1..=MOST).contains(size))
            .ok_or_else(|| {
                let message = format!("The $top value '{text}' must be between 1 and {MOST}.");
                error::error(400, "InvalidTopInQueryString", message)
            })?,
    };
    let skip = match call.request.query("$skiptoken") {
        None => 0,
        Some(text) => read(&text).ok_or_else(|| {
            let message = "The $skiptoken in the query string is not valid.";
            error::error(400, "InvalidSkipTokenInQueryString", message)
        })?,
    };
    Ok((size, skip))
}

/// The address of what comes after so many items: that of the request, with another token.
fn address(call: &ArmCall<'_>, skip: usize) -> String {
    let mut next = call.request.url.clone();
    let kept: Vec<(String, String)> = next
        .query_pairs()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    next.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .append_pair("$skiptoken", &token(skip));
    next.into()
}

fn token(skip: usize) -> String {
    base64::encode_url_safe(format!("after {skip}"))
}

/// What a token says, if it was made here.
fn read(text: &str) -> Option<usize> {
    let bytes = base64::decode_url_safe(text).ok()?;
    let said = std::str::from_utf8(&bytes).ok()?;
    let skip = said.strip_prefix("after ")?.parse().ok()?;
    (token(skip) == text).then_some(skip)
}
