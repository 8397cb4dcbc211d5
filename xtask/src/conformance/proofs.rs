//! Which operations of our clients were seen at work elsewhere: in recorded traffic, and in that of real clients.

use super::{
    address::Address,
    families::{self, FAMILIES},
    family::{Call, NotReplayed, What},
    recording::{self, Exchange},
};
use crate::Outcome;
use azure_core::http::Url;
use azure_sim::{Operation, SimCloud};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// What speaks for one operation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Recorded exchanges with the request that we send.
    pub(crate) recorded: usize,
    /// Recorded exchanges whose answer ours is, by another request.
    pub(crate) recorded_otherwise: usize,
    /// The real clients that were seen to send such a request.
    pub(crate) clients: BTreeSet<String>,
    /// What it asks the simulator for.
    pub(crate) asks: BTreeSet<&'static Operation>,
}

/// A request of a real client that was answered well.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) client: String,
    pub(crate) method: String,
    pub(crate) url: String,
    /// The names of the members of its JSON body and of theirs.
    pub(crate) members: Vec<String>,
}

/// What speaks for each operation, by its name.
pub(crate) async fn proofs(recordings: &Path, seen: &[Seen]) -> Outcome<BTreeMap<String, Proof>> {
    let mut proofs = BTreeMap::<String, Proof>::new();
    for recording in recording::read_all(recordings)? {
        for exchange in recording?.exchanges {
            if let Some((operation, same, asks)) = operations(&exchange).await? {
                let proof = proofs.entry(operation).or_default();
                proof.asks.extend(asks);
                if same {
                    proof.recorded += 1;
                } else {
                    proof.recorded_otherwise += 1;
                }
            }
        }
    }
    for request in seen {
        let exchange = Exchange {
            method: request.method.clone(),
            url: request.url.clone(),
            request_headers: BTreeMap::new(),
            request_body: body(&request.members),
            status: 0,
            response_headers: BTreeMap::new(),
            response_body: Value::Null,
            truncated_items: false,
        };
        if let Some((operation, true, asks)) = operations(&exchange).await?
            && request.asks_for(&operation)
        {
            let proof = proofs.entry(operation).or_default();
            proof.asks.extend(asks);
            proof.clients.insert(request.client.clone());
        }
    }
    Ok(proofs)
}

/// Operations that share method and path with others: each is asked for by a member of the body.
const ASKED_FOR: [(&str, &str); 4] = [
    ("set_identities", "identity"),
    ("set_default_identity", "properties.defaultIdentity"),
    ("set_key_uri", "properties.keyVaultKeyUri"),
    ("recover_vault", "properties.createMode"),
];

impl Seen {
    /// Whether the body has what the operation is asked for by.
    fn asks_for(&self, operation: &str) -> bool {
        let row = ASKED_FOR.iter().find(|(own, _)| *own == operation);
        row.is_none_or(|(_, member)| self.members.iter().any(|name| name == member))
    }
}

/// A body with members of these names, which are at most one below another, and with what each route reads.
fn body(members: &[String]) -> Value {
    let mut body = Map::new();
    for name in members {
        let (outer, inner) = name.split_once('.').unwrap_or((name, ""));
        let outer = body.entry(outer).or_insert_with(|| json!({}));
        if let (Some(outer), false) = (outer.as_object_mut(), inner.is_empty()) {
            let value = if inner == "createMode" { "recover" } else { "" };
            outer.insert(inner.to_owned(), json!(value));
        }
    }
    body.insert("location".to_owned(), json!("eastus2"));
    body.insert("name".to_owned(), json!("vault1"));
    Value::Object(body)
}

/// Bodies of requests, by which some routes choose their operation.
#[cfg(test)]
pub(super) fn bodies() -> Vec<Value> {
    let members = ASKED_FOR
        .iter()
        .map(|(_, member)| vec![(*member).to_owned()]);
    let bodies = std::iter::once(Vec::<String>::new()).chain(members);
    bodies.map(|members| body(&members)).collect()
}

/// The operation of ours that an exchange belongs to, whether we send its request, and what ours asks the simulator for: a
/// status that no table knows makes the client tell.
async fn operations(
    exchange: &Exchange,
) -> Outcome<Option<(String, bool, Option<&'static Operation>)>> {
    let address: Address = exchange.url.parse()?;
    let Some((_, route, parts)) = families::route(FAMILIES, &address, &exchange.method) else {
        return Ok(None);
    };
    let (replay, same) = match route.what {
        What::Ours(replay) => (replay, true),
        What::OursOtherwise(replay) => (replay, false),
        What::Poll | What::Skipped(_) => return Ok(None),
    };
    let unknown = Exchange {
        status: 418,
        response_body: json!({}),
        ..exchange.clone()
    };
    let call = Call::new(&unknown, &address, &parts);
    let Err(NotReplayed::Client(error)) = replay(&call).await else {
        return Ok(None);
    };
    let sent = call.transport.sent();
    let asks = sent.first().and_then(|sent| {
        let url = Url::parse(&sent.url).ok()?;
        SimCloud::Public.operation(&sent.method, &url)
    });
    Ok(Some((error.failure().operation().to_owned(), same, asks)))
}

#[cfg(test)]
mod tests {
    use super::{Proof, Seen, SimCloud, proofs};
    use std::{collections::BTreeSet, fs};

    /// The operations that a request of this body speaks for.
    async fn spoken_for(method: &str, path: &str, members: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one.json"), r#"{"exchanges": []}"#).unwrap();
        let group = "https://management.azure.com/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers";
        let seen = Seen {
            client: "az".to_owned(),
            method: method.to_owned(),
            url: format!("{group}/{path}"),
            members: members.iter().map(|&name| name.to_owned()).collect(),
        };
        let found = proofs(folder.path(), &[seen]).await.unwrap();
        found.into_keys().collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_members_of_a_body_tell_what_is_asked_for() {
        let account = "Microsoft.DocumentDB/databaseAccounts/account1";
        let vault = "Microsoft.KeyVault/vaults/vault1";
        for (method, path, members, operations) in [
            (
                "PATCH",
                account,
                &["identity", "identity.type"][..],
                &["set_identities"][..],
            ),
            (
                "PATCH",
                account,
                &["properties", "properties.defaultIdentity"],
                &["set_default_identity"],
            ),
            (
                "PATCH",
                account,
                &["properties", "properties.keyVaultKeyUri"],
                &["set_key_uri"],
            ),
            ("PATCH", account, &["tags", "tags.a"], &[]),
            (
                "PUT",
                vault,
                &["properties", "properties.createMode"],
                &["recover_vault"],
            ),
            (
                "PUT",
                vault,
                &["properties", "properties.sku"],
                &["create_vault"],
            ),
        ] {
            assert_eq!(
                spoken_for(method, path, members).await,
                operations,
                "{members:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_recording_and_a_client_speak_for_an_operation() {
        let folder = tempfile::tempdir().unwrap();
        let group = "https://management.azure.com/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg";
        let recording = serde_json::json!({"exchanges": [{
            "method": "GET", "url": format!("{group}?api-version=1"), "request_headers": {}, "request_body": null,
            "status": 404, "response_headers": {}, "response_body": {},
        }]});
        fs::write(folder.path().join("one.json"), recording.to_string()).unwrap();
        let seen = [Seen {
            client: "az".to_owned(),
            method: "PUT".to_owned(),
            url: group.to_owned(),
            members: Vec::new(),
        }];
        let found = proofs(folder.path(), &seen).await.unwrap();
        let asks = |method| {
            let url = group.parse().unwrap();
            BTreeSet::from([SimCloud::Public.operation(method, &url).unwrap()])
        };
        let read = Proof {
            recorded: 1,
            asks: asks("GET"),
            ..Proof::default()
        };
        assert_eq!(found.get("get_resource_group"), Some(&read));
        let put = Proof {
            clients: BTreeSet::from(["az".to_owned()]),
            asks: asks("PUT"),
            ..Proof::default()
        };
        assert_eq!(found.get("put_resource_group"), Some(&put));
    }
}
