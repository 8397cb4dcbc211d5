//! ARM request schemas (JSON Schema draft-04) with the rules that their README adds for REST bodies.

use crate::Outcome;
use jsonschema::Validator;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fs, path::Path};

/// By which rules a body is held against a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// The schema as it is, but the top-level `properties` may lack.
    Put,
    /// Nothing is required, null is allowed.
    Patch,
    /// Actions have no schema.
    Post,
}

/// Schemas by resource type (without case) and api-version.
#[derive(Debug, Default)]
pub(super) struct Schemas(BTreeMap<String, BTreeMap<String, Value>>);

impl Schemas {
    /// Reads `<folder>/<type>/<api-version>.json`.
    pub(super) fn read(folder: &Path) -> Outcome<Self> {
        let at =
            |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let mut all = Vec::new();
        for kind in fs::read_dir(folder).map_err(|error| at(folder, &error))? {
            let kind = kind?;
            for file in fs::read_dir(kind.path()).map_err(|error| at(&kind.path(), &error))? {
                let path = file?.path();
                let text = fs::read_to_string(&path).map_err(|error| at(&path, &error))?;
                let schema: Value =
                    serde_json::from_str(&text).map_err(|error| at(&path, &error))?;
                let version = path.file_stem().unwrap_or_default().to_string_lossy();
                let kind = kind.file_name().to_string_lossy().into_owned();
                all.push((kind, version.into_owned(), schema));
            }
        }
        if all.is_empty() {
            return Err(format!("{}: no schema", folder.display()).into());
        }
        Ok(Self::of(all))
    }

    /// Schemas that are there already.
    pub(super) fn of<K: AsRef<str>, V: Into<String>>(
        all: impl IntoIterator<Item = (K, V, Value)>,
    ) -> Self {
        let mut schemas = Self::default();
        for (kind, version, schema) in all {
            let versions = schemas.0.entry(kind.as_ref().to_lowercase()).or_default();
            versions.insert(version.into(), schema);
        }
        schemas
    }

    /// What is wrong with a body; `None` if its type has no schema at all.
    pub(super) fn check(
        &self,
        kind: &str,
        version: &str,
        rules: Rules,
        body: &Value,
    ) -> Option<Vec<String>> {
        let versions = self.0.get(&kind.to_lowercase())?;
        let Some(schema) = versions.get(version) else {
            return Some(vec![format!("{kind} has no schema of {version:?}")]);
        };
        let mut found = unknown_members(schema, body);
        found.extend(template_expressions(body, ""));
        found.extend(invalid_values(schema, rules, body));
        Some(found)
    }
}

/// What a validator says.
fn invalid_values(schema: &Value, rules: Rules, body: &Value) -> Vec<String> {
    let mut schema = schema.clone();
    let mut body = body.clone();
    if rules == Rules::Patch {
        drop_required(&mut schema);
        drop_nulls(&mut body);
    } else if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != "properties");
        if required.is_empty() {
            // Draft-04 has no empty list here.
            schema
                .as_object_mut()
                .map(|schema| schema.remove("required"));
        }
    }
    match validator(&schema) {
        Ok(validator) => validator
            .iter_errors(&body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect(),
        Err(error) => vec![format!("the schema cannot be used: {error}")],
    }
}

fn validator(schema: &Value) -> Result<Validator, String> {
    jsonschema::draft4::new(schema).map_err(|error| error.to_string())
}

fn drop_required(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            // A property may be called so too: only the list is the keyword.
            if members.get("required").is_some_and(Value::is_array) {
                members.remove("required");
            }
            members.values_mut().for_each(drop_required);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_required),
        _ => {}
    }
}

fn drop_nulls(body: &mut Value) {
    match body {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Strings that a template would evaluate, and REST would not.
fn template_expressions(body: &Value, path: &str) -> Vec<String> {
    match body {
        Value::String(text) if text.starts_with('[') && text.ends_with(']') => {
            vec![format!("{path}: a template expression")]
        }
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| template_expressions(value, &format!("{path}/{name}")))
            .collect(),
        Value::Array(items) => items
            .iter()
            .flat_map(|item| template_expressions(item, path))
            .collect(),
        _ => Vec::new(),
    }
}

/// Members that the schema does not list, at every depth.
pub(super) fn unknown_members(schema: &Value, body: &Value) -> Vec<String> {
    Walk { root: schema }.value(schema, body, "")
}

/// A walk through a body along its schema.
struct Walk<'a> {
    root: &'a Value,
}

/// An object that a schema allows: the plain parts that hold together.
type Shape<'a> = Vec<&'a Map<String, Value>>;

impl<'a> Walk<'a> {
    fn value(&self, schema: &'a Value, body: &Value, path: &str) -> Vec<String> {
        match body {
            // Of the alternatives that the discriminators leave, the one that fits best.
            Value::Object(members) => self
                .shapes(schema)
                .into_iter()
                .filter(|shape| self.takes(shape, members))
                .map(|shape| self.members(&shape, members, path))
                .min_by_key(Vec::len)
                .unwrap_or_else(|| vec![format!("{path}: no alternative of the schema fits")]),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .flat_map(|(number, item)| {
                    let path = format!("{path}/{number}");
                    self.shapes(schema)
                        .iter()
                        .filter_map(|shape| shape.iter().find_map(|part| part.get("items")))
                        .map(|items| self.value(items, item, &path))
                        .min_by_key(Vec::len)
                        .unwrap_or_else(|| vec![format!("{path}: no items in the schema")])
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn members(&self, shape: &Shape<'a>, members: &Map<String, Value>, path: &str) -> Vec<String> {
        members
            .iter()
            .flat_map(|(name, value)| {
                let path = format!("{path}/{name}");
                self.schemas_of(shape, name)
                    .into_iter()
                    .map(|schema| self.value(schema, value, &path))
                    .min_by_key(Vec::len)
                    .unwrap_or_else(|| vec![format!("{path}: not in the schema")])
            })
            .collect()
    }

    fn schemas_of(&self, shape: &Shape<'a>, name: &str) -> Vec<&'a Value> {
        let listed: Vec<&Value> = shape
            .iter()
            .filter_map(|part| part.get("properties")?.get(name))
            .collect();
        if !listed.is_empty() {
            return listed;
        }
        // A map says so by a schema for its values. `true` would be "anything", which is no listing.
        shape
            .iter()
            .filter_map(|part| {
                part.get("additionalProperties")
                    .filter(|any| any.is_object())
            })
            .collect()
    }

    /// Whether the values of the members with a fixed set of words are among them.
    fn takes(&self, shape: &Shape<'a>, members: &Map<String, Value>) -> bool {
        members.iter().all(|(name, value)| {
            let words: Vec<&Value> = shape
                .iter()
                .filter_map(|part| part.get("properties")?.get(name))
                .flat_map(|schema| self.shapes(schema))
                .flatten()
                .filter_map(|part| part.get("enum"))
                .collect();
            value.is_null()
                || words.is_empty()
                || words
                    .iter()
                    .any(|list| list.as_array().is_some_and(|list| list.contains(value)))
        })
    }

    /// A schema's alternatives, with references followed.
    fn shapes(&self, schema: &'a Value) -> Vec<Shape<'a>> {
        let Some(members) = schema.as_object() else {
            return Vec::new();
        };
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            let target = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer));
            return target.map(|target| self.shapes(target)).unwrap_or_default();
        }
        let mut shapes: Vec<Shape<'a>> = vec![vec![members]];
        for all in list(members, "allOf") {
            shapes = product(&shapes, &self.shapes(all));
        }
        for choice in ["oneOf", "anyOf"] {
            let alternatives: Vec<Shape<'a>> = list(members, choice)
                .flat_map(|one| self.shapes(one))
                .collect();
            if !alternatives.is_empty() {
                shapes = product(&shapes, &alternatives);
            }
        }
        shapes
    }
}

fn list<'a>(members: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    members
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn product<'a>(one: &[Shape<'a>], other: &[Shape<'a>]) -> Vec<Shape<'a>> {
    one.iter()
        .flat_map(|a| other.iter().map(|b| [a.as_slice(), b.as_slice()].concat()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Rules, Schemas, unknown_members};
    use serde_json::{Value, json};

    fn schema() -> Value {
        json!({
            "definitions": {
                "Base": { "properties": { "note": { "type": "string" } }, "type": "object" },
                "Backup": { "oneOf": [
                    { "properties": { "type": { "enum": ["Periodic"], "type": "string" }, "interval": { "type": "integer" } }, "type": "object" },
                    { "properties": { "type": { "enum": ["Continuous"], "type": "string" }, "tier": { "type": "string" } }, "type": "object" },
                    { "pattern": "^\\[.*\\]$", "type": "string" },
                ] },
                "Properties": {
                    "allOf": [{ "$ref": "#/definitions/Base" }],
                    "properties": {
                        "keyVaultKeyUri": { "type": "string" },
                        "backup": { "$ref": "#/definitions/Backup" },
                        "identities": { "additionalProperties": { "properties": {}, "type": "object" }, "type": "object" },
                        "rules": { "items": { "properties": { "value": { "type": "string" } }, "type": "object" }, "type": "array" },
                    },
                    "required": ["keyVaultKeyUri"],
                    "type": "object",
                },
            },
            "properties": {
                "location": { "type": "string" },
                "properties": { "oneOf": [{ "$ref": "#/definitions/Properties" }, { "pattern": "^\\[.*\\]$", "type": "string" }] },
            },
            "required": ["location", "properties"],
            "type": "object",
        })
    }

    fn found(rules: Rules, body: &Value) -> Vec<String> {
        Schemas::of([("A.b", "1", schema())])
            .check("a.B", "1", rules, body)
            .expect("a schema")
    }

    #[test]
    fn a_right_body_passes() {
        let body = json!({ "location": "eastus", "properties": {
            "keyVaultKeyUri": "https://v/keys/k", "note": "n", "identities": { "/x": {} },
            "backup": { "type": "Periodic", "interval": 1 }, "rules": [{ "value": "1" }],
        } });
        assert_eq!(found(Rules::Put, &body), Vec::<String>::new());
        assert_eq!(
            found(Rules::Put, &json!({ "location": "eastus" })),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_renamed_member_is_found_at_every_depth() {
        let cases = [
            (json!({ "Tags": {} }), "/Tags"),
            (
                json!({ "properties": { "keyVaultKeyURI": "u" } }),
                "/properties/keyVaultKeyURI",
            ),
            (
                json!({ "properties": { "rules": [{ "Value": "1" }] } }),
                "/properties/rules/0/Value",
            ),
            (
                json!({ "properties": { "identities": { "/x": { "id": "i" } } } }),
                "/properties/identities//x/id",
            ),
            (
                json!({ "properties": { "backup": { "type": "Continuous", "interval": 1 } } }),
                "/properties/backup/interval",
            ),
        ];
        for (body, path) in cases {
            assert_eq!(
                unknown_members(&schema(), &body),
                [format!("{path}: not in the schema")]
            );
        }
    }

    #[test]
    fn wrong_values_and_template_expressions_are_found() {
        let wrong = json!({ "location": 1 });
        assert_eq!(found(Rules::Put, &wrong).len(), 1);
        let expression = json!({ "location": "[resourceGroup().location]" });
        assert_eq!(
            found(Rules::Put, &expression),
            ["/location: a template expression"]
        );
        let missing = json!({ "properties": { "keyVaultKeyUri": "u" } });
        assert_eq!(found(Rules::Put, &missing).len(), 1);
    }

    #[test]
    fn a_patch_needs_nothing_and_may_set_null() {
        let body = json!({ "properties": { "identities": { "/x": null }, "note": null } });
        assert_eq!(found(Rules::Patch, &body), Vec::<String>::new());
        assert_eq!(
            found(Rules::Patch, &json!({ "properties": { "Note": null } })),
            ["/properties/Note: not in the schema"]
        );
    }
}
