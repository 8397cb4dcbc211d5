//! Tags of whatever is written: an object of texts, within the limits of
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources>.

use super::{ArmCall, error};
use crate::SimResponse;
use serde_json::{Map, Value};

/// Tags of one resource.
const MOST: usize = 50;
/// Characters of a name.
const LONGEST_NAME: usize = 512;
/// Characters of a value.
const LONGEST_VALUE: usize = 256;

/// Numbers and truth values are read as texts: the reader of the service, which its refusals show, does so
/// (<https://github.com/microsoft/azure-tools-for-java/issues/1014>).
pub(super) fn as_texts(body: &mut Value) {
    let tags = body.get_mut("tags").and_then(Value::as_object_mut);
    for value in tags.into_iter().flat_map(Map::values_mut) {
        if value.is_number() || value.is_boolean() {
            *value = Value::String(value.to_string());
        }
    }
}

/// Refuses tags that nothing can have. Codes and texts of the limits are those that Azure PowerShell repeats:
/// <https://github.com/Azure/azure-powershell>, `New-AzMigrateServerReplication.ps1`.
pub(super) fn check(call: &ArmCall<'_>) -> Result<(), SimResponse> {
    let Some(sent) = call.body.get("tags").filter(|tags| !tags.is_null()) else {
        return Ok(());
    };
    let Some(tags) = sent.as_object() else {
        return Err(error::invalid_request_content(
            "Error converting value to type 'System.Collections.Generic.Dictionary`2[System.String,System.String]'. Path 'tags'.",
        ));
    };
    let bad = |code: &str, text: String| Err(error::gateway(400, code, text));
    if tags.len() > MOST {
        let text = format!(
            "Too many tags specified. Requested tag count - '{}'. Maximum number of tags allowed - '{MOST}'.",
            tags.len()
        );
        return bad("InvalidTags", text);
    }
    for (name, value) in tags {
        if value.is_object() || value.is_array() {
            let token = if value.is_object() {
                "StartObject"
            } else {
                "StartArray"
            };
            return Err(error::invalid_request_content(&format!(
                "Error reading string. Unexpected token: {token}. Path 'tags.{name}'."
            )));
        }
        if name.trim().is_empty() {
            let text = "The tag name must be non-null, non-empty and non-whitespace only. Please provide an actual value.";
            return bad("InvalidTagName", text.to_owned());
        }
        if has_reserved(name) {
            let text = format!(
                "The tag names '{name}' have reserved characters '<,>,%,&,\\,?,/' or control characters. These characters are only allowed for tags that start with the prefix 'hidden, link'."
            );
            return bad("InvalidTagNameCharacters", text);
        }
        if name.chars().count() > LONGEST_NAME {
            let text = format!(
                "Tag key too large. Following tag name '{name}' exceeded the maximum length. Maximum allowed length for tag name - '{LONGEST_NAME}' characters."
            );
            return bad("InvalidTagName", text);
        }
        let value = value.as_str().unwrap_or_default();
        if value.chars().count() > LONGEST_VALUE {
            let text = format!(
                "Tag value too large. Following tag value '{value}' exceeded the maximum length. Maximum allowed length for tag value - '{LONGEST_VALUE}' characters."
            );
            return bad("InvalidTagValueLength", text);
        }
    }
    Ok(())
}

fn has_reserved(name: &str) -> bool {
    let lower = name.to_lowercase();
    let exempt = ["hidden", "link"].iter().any(|own| lower.starts_with(own));
    !exempt && name.contains(|letter: char| "<>%&\\?/".contains(letter) || letter.is_control())
}
