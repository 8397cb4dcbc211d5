//! What a template comes to: parameters put in, and resources in the order in which they can be made.

use crate::{
    arm::{
        ArmCall, groups,
        template::{Problem, Surroundings, id_below},
    },
    world::World,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Members of a deployment's properties.
const PROPERTIES: [&str; 5] = [
    "mode",
    "template",
    "parameters",
    "debugSetting",
    "expressionEvaluationOptions",
];
const TEMPLATE: [&str; 9] = [
    "$schema",
    "contentVersion",
    "languageVersion",
    "metadata",
    "parameters",
    "variables",
    "resources",
    "outputs",
    "functions",
];
/// What of a resource says how it is deployed, and is not sent.
const NOT_SENT: [&str; 8] = [
    "type",
    "apiVersion",
    "name",
    "dependsOn",
    "condition",
    "scope",
    "comments",
    "metadata",
];

/// A resource to make.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Resource {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) api_version: String,
    pub(super) body: Value,
    depends_on: Vec<String>,
}

pub(super) struct Plan {
    pub(super) resources: Vec<Resource>,
    /// With types, and without what is secret.
    pub(super) shown_parameters: Value,
    pub(super) outputs: Value,
}

impl Plan {
    pub(super) fn read(world: &mut World, call: &ArmCall<'_>) -> Result<Self, Problem> {
        world.note_unknown(
            "deployments",
            &call.body,
            &["properties", "tags", "location"],
        );
        let properties = call.body.get("properties").cloned().unwrap_or_default();
        world.note_unknown("deployments.properties", &properties, &PROPERTIES);
        let mode = properties.get("mode").and_then(Value::as_str);
        if !mode.unwrap_or_default().eq_ignore_ascii_case("Incremental") {
            let mode = mode.unwrap_or("absent");
            return Err(Problem::NotModelled(format!("deployment mode {mode}")));
        }
        let template = properties.get("template").cloned().unwrap_or_default();
        if !template.is_object() {
            return Err(Problem::Invalid("there is no template".to_owned()));
        }
        world.note_unknown("template", &template, &TEMPLATE);
        let group = groups::find(world, call.path.subscription(), call.path.group());
        let mut around = Surroundings {
            subscription: call.path.subscription(),
            tenant: &call.caller.tenant,
            group: call.path.group(),
            location: group.map_or("", |group| group.location.as_str()),
            parameters: Map::new(),
            variables: members(&template, "variables"),
        };
        let given = members(&properties, "parameters");
        let shown_parameters = parameters(&mut around, &template, &given)?;
        let mut resources = Vec::new();
        for resource in list(&template, "resources") {
            collect(&around, resource, None, &mut resources)?;
        }
        let mut outputs = Map::new();
        for (name, output) in members(&template, "outputs") {
            let value = around.resolve(output.get("value").unwrap_or(&Value::Null))?;
            outputs.insert(name, json!({"type": output.get("type"), "value": value}));
        }
        Ok(Self {
            resources: in_order(resources)?,
            shown_parameters,
            outputs: Value::Object(outputs),
        })
    }

    /// What validation answers.
    pub(super) fn preview(&self, world: &World, call: &ArmCall<'_>) -> Value {
        let path = &call.path;
        let name = path.name(0).unwrap_or_default();
        let resources: Vec<Value> = self
            .resources
            .iter()
            .map(|resource| json!({"id": resource.id}))
            .collect();
        json!({
            "id": format!("{}/providers/{}/{name}", path.scope, super::TYPE),
            "name": name,
            "type": super::TYPE,
            "properties": {
                "mode": "Incremental",
                "provisioningState": "Succeeded",
                "timestamp": World::timestamp(world.now),
                "duration": "PT0S",
                "parameters": self.shown_parameters,
                "providers": [],
                "dependencies": [],
                "validatedResources": resources,
            },
        })
    }
}

fn members(value: &Value, name: &str) -> Map<String, Value> {
    let members = value.get(name).and_then(Value::as_object);
    members.cloned().unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let items = value.get(name).and_then(Value::as_array);
    items.map(Vec::as_slice).unwrap_or_default()
}

/// Puts given values and defaults into the surroundings.
fn parameters(
    around: &mut Surroundings<'_>,
    template: &Value,
    given: &Map<String, Value>,
) -> Result<Value, Problem> {
    let mut shown = Map::new();
    let declared = members(template, "parameters");
    for name in given.keys() {
        if !declared.keys().any(|own| own.eq_ignore_ascii_case(name)) {
            return Err(Problem::Invalid(format!(
                "The following parameters were supplied, but do not correspond to any parameters defined in the template: '{name}'"
            )));
        }
    }
    for (name, declaration) in declared {
        let mut own = given.iter();
        let value = own.find(|(given, _)| given.eq_ignore_ascii_case(&name));
        let value = value.and_then(|(_, value)| value.get("value"));
        let value = match (value, declaration.get("defaultValue")) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => around.resolve(default)?,
            (None, None) => {
                return Err(Problem::Invalid(format!(
                    "The value for the template parameter '{name}' is not provided"
                )));
            }
        };
        let kind = declaration.get("type").cloned().unwrap_or_default();
        let is_secret = kind
            .as_str()
            .is_some_and(|kind| kind.to_lowercase().starts_with("secure"));
        let shows = match is_secret {
            true => json!({"type": kind}),
            false => json!({"type": kind, "value": value}),
        };
        shown.insert(name.clone(), shows);
        around.parameters.insert(name, value);
    }
    Ok(Value::Object(shown))
}

/// Adds a resource and those within it.
fn collect(
    around: &Surroundings<'_>,
    declared: &Value,
    parent: Option<&Resource>,
    resources: &mut Vec<Resource>,
) -> Result<(), Problem> {
    for member in ["copy", "existing"] {
        if declared.get(member).is_some() {
            return Err(Problem::NotModelled(format!(
                "template resource with {member}"
            )));
        }
    }
    let mut body = declared.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove("resources");
    }
    let resolved = around.resolve(&body)?;
    let text = |name: &str| {
        let value = resolved.get(name).and_then(Value::as_str);
        value.map(str::to_owned)
    };
    let needed = |name: &str| {
        text(name).ok_or_else(|| Problem::Invalid(format!("a template resource needs '{name}'")))
    };
    let (mut kind, name) = (needed("type")?, needed("name")?);
    if resolved.get("condition") == Some(&Value::Bool(false)) {
        return Ok(());
    }
    let mut depends_on: Vec<String> = list(&resolved, "dependsOn")
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect();
    let group = format!(
        "/subscriptions/{}/resourceGroups/{}",
        around.subscription, around.group
    );
    let id = match parent {
        // Its type and name continue those of the resource that it stands in.
        Some(parent) => {
            let id = format!("{}/{kind}/{name}", parent.id);
            kind = format!("{}/{kind}", parent.kind);
            depends_on.push(parent.id.clone());
            id
        }
        None => {
            let names: Vec<&str> = name.split('/').collect();
            id_below(&text("scope").unwrap_or(group), &kind, &names)?
        }
    };
    let api_version = needed("apiVersion")?;
    let mut body = resolved;
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| !NOT_SENT.contains(&name.as_str()));
    }
    let resource = Resource {
        id,
        kind,
        api_version,
        body,
        depends_on,
    };
    resources.push(resource.clone());
    for inner in list(declared, "resources") {
        collect(around, inner, Some(&resource), resources)?;
    }
    Ok(())
}

/// Orders resources so that each comes after those that it depends on: ids or names.
fn in_order(mut waiting: Vec<Resource>) -> Result<Vec<Resource>, Problem> {
    let mut ordered: Vec<Resource> = Vec::new();
    while !waiting.is_empty() {
        let is_free = |resource: &Resource| {
            !resource.depends_on.iter().any(|needed| {
                waiting
                    .iter()
                    .any(|other| other.id != resource.id && names(&other.id, needed))
            })
        };
        let Some(next) = waiting.iter().position(is_free) else {
            return Err(Problem::Invalid(
                "The template resources depend on each other in a circle".to_owned(),
            ));
        };
        ordered.push(waiting.remove(next));
    }
    Ok(ordered)
}

/// Whether a text of `dependsOn` means the resource with this id.
fn names(id: &str, text: &str) -> bool {
    id.eq_ignore_ascii_case(text)
        || id
            .rsplit('/')
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(text))
}
