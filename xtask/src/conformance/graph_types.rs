//! Microsoft Graph's types: what a body may hold, by name, EDM type and nullability.

use super::address::Address;
use crate::Outcome;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

/// Types by name.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct GraphTypes(BTreeMap<String, GraphType>);

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum GraphType {
    Structure {
        base: Option<String>,
        properties: BTreeMap<String, Property>,
    },
    Words {
        members: Value,
    },
}

#[derive(Debug, Deserialize)]
struct Property {
    nullable: bool,
    #[serde(rename = "type")]
    kind: String,
}

/// The type that a collection of the service holds.
const COLLECTIONS: &[(&str, &str)] = &[
    ("applications", "application"),
    (
        "federatedIdentityCredentials",
        "federatedIdentityCredential",
    ),
    ("servicePrincipals", "servicePrincipal"),
];

impl GraphTypes {
    /// Reads `v1.0.json`.
    pub(super) fn read(file: &Path) -> Outcome<Self> {
        let at = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = fs::read_to_string(file).map_err(|error| at(&error))?;
        Ok(
            Self::of(serde_json::from_str(&text).map_err(|error| at(&error))?)
                .map_err(|error| at(&error))?,
        )
    }

    /// Types that are there already.
    pub(super) fn of(types: Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(types)
    }

    /// What is wrong with the body of a request; `None` for an action, which takes no type of the service.
    pub(super) fn check_request(&self, address: &Address, body: &Value) -> Option<Vec<String>> {
        let word_of = |segment: &String| {
            // `applications(uniqueName='x')` is an item of `applications`.
            let word = segment.split('(').next().unwrap_or_default().to_lowercase();
            let known = COLLECTIONS
                .iter()
                .find(|(collection, _)| collection.eq_ignore_ascii_case(&word));
            known.map(|(_, kind)| *kind)
        };
        let mut last_two = address.segments.iter().rev();
        let (last, before) = (last_two.next()?, last_two.next()?);
        let kind = word_of(last).or_else(|| word_of(before))?;
        Some(self.check(kind, body, ""))
    }

    fn check(&self, kind: &str, body: &Value, path: &str) -> Vec<String> {
        let Some(members) = body.as_object() else {
            return vec![format!("{path}: no object, but a {kind}")];
        };
        members
            .iter()
            .flat_map(|(name, value)| {
                let path = format!("{path}/{name}");
                match self.property(kind, name) {
                    None => vec![format!("{path}: {kind} has no such property")],
                    Some(property) if value.is_null() => {
                        if property.nullable {
                            Vec::new()
                        } else {
                            vec![format!("{path}: is not nullable")]
                        }
                    }
                    Some(property) => self.check_value(&property.kind, value, &path),
                }
            })
            .collect()
    }

    fn property(&self, kind: &str, name: &str) -> Option<&Property> {
        let GraphType::Structure { base, properties } = self.0.get(kind)? else {
            return None;
        };
        properties
            .get(name)
            .or_else(|| self.property(base.as_deref().map(plain)?, name))
    }

    fn check_value(&self, kind: &str, value: &Value, path: &str) -> Vec<String> {
        if let Some(item) = kind
            .strip_prefix("Collection(")
            .and_then(|rest| rest.strip_suffix(')'))
        {
            return match value.as_array() {
                Some(items) => items
                    .iter()
                    .flat_map(|value| self.check_value(item, value, path))
                    .collect(),
                None => vec![format!("{path}: no array, but {kind}")],
            };
        }
        let fits = match kind {
            "Edm.Boolean" => value.is_boolean(),
            "Edm.Int16" | "Edm.Int32" | "Edm.Int64" => value.is_i64(),
            "Edm.Guid" => value.as_str().is_some_and(is_guid),
            other if other.starts_with("Edm.") => value.is_string(),
            other => match self.0.get(plain(other)) {
                Some(GraphType::Words { members }) => {
                    let text = members.to_string();
                    value
                        .as_str()
                        .is_some_and(|word| text.contains(&format!("\"{word}\"")))
                }
                Some(GraphType::Structure { .. }) => return self.check(plain(other), value, path),
                None => return vec![format!("{path}: the types lack {other}")],
            },
        };
        if fits {
            Vec::new()
        } else {
            vec![format!("{path}: {value} is no {kind}")]
        }
    }
}

/// The name without its namespace.
fn plain(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn is_guid(text: &str) -> bool {
    azure_core::Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::GraphTypes;
    use serde_json::{Value, json};

    fn found(url: &str, body: &Value) -> Option<Vec<String>> {
        let types = GraphTypes::of(json!({
            "entity": { "base": null, "properties": { "id": { "nullable": false, "type": "Edm.String" } } },
            "application": { "base": "graph.entity", "properties": {
                "displayName": { "nullable": true, "type": "Edm.String" },
                "tags": { "nullable": false, "type": "Collection(Edm.String)" },
                "web": { "nullable": true, "type": "graph.webApplication" },
            } },
            "webApplication": { "base": null, "properties": { "homePageUrl": { "nullable": true, "type": "Edm.String" } } },
        }))
        .expect("types");
        types.check_request(&url.parse().expect("an address"), body)
    }

    const UPSERT: &str = "https://graph.microsoft.com/v1.0/applications(uniqueName='x')";

    #[test]
    fn a_right_body_passes_with_what_its_base_has() {
        let body =
            json!({ "id": "i", "displayName": null, "tags": ["a"], "web": { "homePageUrl": "u" } });
        assert_eq!(found(UPSERT, &body), Some(Vec::new()));
    }

    #[test]
    fn renamed_members_null_and_wrong_types_are_found() {
        let cases = [
            (
                json!({ "display_name": "x" }),
                "/display_name: application has no such property",
            ),
            (
                json!({ "web": { "homepage": "u" } }),
                "/web/homepage: webApplication has no such property",
            ),
            (json!({ "tags": null }), "/tags: is not nullable"),
            (json!({ "tags": [1] }), "/tags: 1 is no Edm.String"),
        ];
        for (body, problem) in cases {
            assert_eq!(found(UPSERT, &body), Some(vec![problem.to_owned()]));
        }
    }

    #[test]
    fn actions_take_no_type_of_the_service() {
        let restore = "https://graph.microsoft.com/v1.0/directory/deletedItems/i/restore";
        assert_eq!(found(restore, &json!({})), None);
    }
}
