//! What the request that creates an account says, for people.

use serde_json::Value;

/// Every member that holds a value, as `path value`, in the order of the request.
pub(super) fn lines(request: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    collect("", request, &mut lines);
    lines
}

fn collect(path: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                collect(&path, member, lines);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                collect(&format!("{path}[{index}]"), item, lines);
            }
        }
        Value::String(text) => lines.push(format!("{path} {text}")),
        other => lines.push(format!("{path} {other}")),
    }
}
