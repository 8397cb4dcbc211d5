//! JSON as templates may be written: with comments, and with the unquoted name that the Azure CLI puts around a template.

use serde_json::Value;

/// Reads JSON with comments and unquoted names of members.
///
/// `az deployment group create` sends `{"properties": {…, template:{…the file as it is…}}}`, seen from version 2.91, and
/// Azure takes it. Comments: <https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax#comments-and-metadata>
pub(super) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(&strict(text)).ok()
}

fn strict(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (taken, written) = if first == '"' {
            let end = end_of_text(rest);
            (end, rest.get(..end).unwrap_or_default().to_owned())
        } else if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), String::new())
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
            (end, String::new())
        } else if first.is_ascii_alphabetic() {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let is_name = after.trim_start().starts_with(':');
            let word = match is_name {
                true => format!("\"{word}\""),
                false => word.to_owned(),
            };
            (end, word)
        } else {
            (first.len_utf8(), first.to_string())
        };
        out.push_str(&written);
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// Where a text that begins with a quote ends, its second quote included.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::json;

    #[test]
    fn the_body_of_the_azure_cli_is_read() {
        let body = r#"{"properties": {"mode": "Incremental", template:{
            // the account
            "a": "not // a comment: \" /* either */", /* gone */ "b": [true, null, 1.5e3]
        }}}"#;
        let expected = json!({"properties": {"mode": "Incremental", "template": {
            "a": "not // a comment: \" /* either */", "b": [true, null, 1500.0],
        }}});
        assert_eq!(parse(body), Some(expected));
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for text in ["", "{", "{\"a", "{a b: 1}", "{\"a\": /* "] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
