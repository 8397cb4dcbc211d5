//! Every body that our clients can send, held against the schema of its api-version or the Graph type.

use super::{
    address::{Address, Host},
    family::{Family, NotReplayed},
    graph_types::GraphTypes,
    schema::{Rules, Schemas},
    transport::{Replayer, Sent},
};
use azure_core::http::ClientOptions;
use serde_json::Value;
use std::{future::Future, pin::Pin};

/// An id that is nobody's.
pub(super) const GUID: &str = "11111111-1111-4111-8111-111111111111";

/// One method with one set of options.
pub(super) struct BodyCase {
    /// For people.
    pub(super) name: &'static str,
    /// Calls the method on a client with these options. That no answer comes is no matter.
    pub(super) send: fn(ClientOptions) -> Sending,
}

pub(super) type Sending = Pin<Box<dyn Future<Output = Result<(), NotReplayed>> + Send>>;

/// What holding one body against the schemas gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// It is as its schema wants it.
    Fits,
    /// Its type has no schema: its literal stands in a test of its crate.
    NoSchema,
    /// What is wrong with it.
    Wrong(Vec<String>),
}

/// Where bodies are held against.
pub(super) struct Shapes {
    pub(super) schemas: Schemas,
    pub(super) graph: GraphTypes,
}

/// Sends every body of a family and holds it against its shape.
pub(super) async fn check(family: &Family, shapes: &Shapes) -> Vec<(&'static str, Held)> {
    let mut all = Vec::new();
    for case in family.bodies {
        let held = match capture(case).await {
            Ok(sent) => hold(&sent, shapes),
            Err(reason) => Held::Wrong(vec![reason]),
        };
        all.push((case.name, held));
    }
    all
}

async fn capture(case: &BodyCase) -> Result<Sent, String> {
    let transport = Replayer::new([]);
    match (case.send)(transport.client_options()).await {
        Err(NotReplayed::Argument(reason)) => return Err(reason),
        Err(NotReplayed::Skipped(reason)) => return Err(reason.to_string()),
        Err(NotReplayed::Client(error)) if transport.sent().is_empty() => {
            return Err(format!("nothing was sent: {error}"));
        }
        Ok(()) | Err(NotReplayed::Client(_)) => {}
    }
    let mut sent = transport.sent();
    match (sent.pop(), sent.is_empty()) {
        (Some(sent), true) if !sent.body.is_empty() => Ok(sent),
        _ => Err(String::from("not one request with a body was sent")),
    }
}

/// Holds one request's body against what its address says it is.
pub(super) fn hold(sent: &Sent, shapes: &Shapes) -> Held {
    let address: Address = match sent.url.parse() {
        Ok(address) => address,
        Err(reason) => return Held::Wrong(vec![reason]),
    };
    let body: Value = match serde_json::from_slice(&sent.body) {
        Ok(body) => body,
        Err(error) => return Held::Wrong(vec![format!("no JSON: {error}")]),
    };
    let rules = match &*sent.method {
        "PUT" => Rules::Put,
        "PATCH" => Rules::Patch,
        _ => Rules::Post,
    };
    let found = match (address.host, resource_type(&address.segments), rules) {
        (Some(Host::Arm), Some(kind), Rules::Put | Rules::Patch) => {
            let version = address.query.get("api-version").map_or("", String::as_str);
            shapes.schemas.check(&kind, version, rules, &body)
        }
        (Some(Host::Graph), ..) => shapes.graph.check_request(&address, &body),
        _ => return Held::NoSchema,
    };
    match found {
        None => Held::NoSchema,
        Some(found) if found.is_empty() => Held::Fits,
        Some(found) => Held::Wrong(found),
    }
}

/// `Microsoft.KeyVault.vaults.keys` of a path, as the folders of the schemas are named.
fn resource_type(segments: &[String]) -> Option<String> {
    let is = |segment: &String, word: &str| segment.eq_ignore_ascii_case(word);
    let Some(providers) = segments
        .iter()
        .rposition(|segment| is(segment, "providers"))
    else {
        let groups = segments
            .get(2)
            .is_some_and(|word| is(word, "resourceGroups"));
        return (groups && segments.len() == 4)
            .then(|| String::from("Microsoft.Resources.resourceGroups"));
    };
    let (namespace, pairs) = segments.get(providers + 1..)?.split_first()?;
    // A type without a name after it is an action.
    let is_resource = !pairs.is_empty() && pairs.len().is_multiple_of(2);
    is_resource.then(|| {
        pairs
            .iter()
            .step_by(2)
            .fold(namespace.clone(), |all, kind| all + "." + kind)
    })
}

#[cfg(test)]
mod tests {
    use super::{Held, Shapes, hold, resource_type};
    use crate::conformance::{graph_types::GraphTypes, schema::Schemas, transport::Sent};
    use serde_json::{Value, json};

    fn put(url: &str, body: &Value) -> Held {
        let sent = Sent {
            method: String::from("PUT"),
            url: url.to_owned(),
            body: body.to_string().into_bytes(),
        };
        let schema = json!({
            "properties": { "location": { "type": "string" }, "properties": {} },
            "required": ["location", "properties"], "type": "object",
        });
        let schemas = Schemas::of([("Microsoft.Resources.resourceGroups", "2025-04-01", schema)]);
        hold(
            &sent,
            &Shapes {
                schemas,
                graph: GraphTypes::of(json!({})).expect("no types"),
            },
        )
    }

    const GROUP: &str =
        "https://management.azure.com/subscriptions/s/resourceGroups/rg?api-version=2025-04-01";

    #[test]
    fn a_body_as_its_schema_wants_it_fits() {
        assert_eq!(put(GROUP, &json!({ "location": "eastus" })), Held::Fits);
    }

    #[test]
    fn a_renamed_member_is_wrong() {
        let Held::Wrong(found) = put(GROUP, &json!({ "Location": "eastus" })) else {
            panic!("it fits");
        };
        assert!(found.contains(&String::from("/Location: not in the schema")));
    }

    #[test]
    fn a_version_without_its_schema_is_wrong_and_a_type_without_any_is_not() {
        let newer = GROUP.replace("2025", "2099");
        assert!(matches!(
            put(&newer, &json!({ "location": "x" })),
            Held::Wrong(_)
        ));
        let vault = "https://v.vault.azure.net/keys/k/create?api-version=1";
        assert_eq!(put(vault, &json!({})), Held::NoSchema);
    }

    #[test]
    fn types_are_read_from_the_last_provider() {
        let kind = |path: &str| {
            let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
            resource_type(&segments)
        };
        assert_eq!(
            kind("subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v/keys/k")
                .as_deref(),
            Some("Microsoft.KeyVault.vaults.keys")
        );
        assert_eq!(
            kind("subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v/providers/Microsoft.Authorization/roleAssignments/n").as_deref(),
            Some("Microsoft.Authorization.roleAssignments")
        );
        assert_eq!(
            kind("subscriptions/s/providers/Microsoft.KeyVault/checkNameAvailability"),
            None
        );
    }
}
