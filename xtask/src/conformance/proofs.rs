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
use serde_json::{Value, json};
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
        for (request_body, senders) in bodies().into_iter().zip(SENDERS) {
            if !senders.is_empty() && !senders.contains(&&*request.client) {
                continue;
            }
            let exchange = Exchange {
                method: request.method.clone(),
                url: request.url.clone(),
                request_headers: BTreeMap::new(),
                request_body,
                status: 0,
                response_headers: BTreeMap::new(),
                response_body: Value::Null,
                truncated_items: false,
            };
            if let Some((operation, true, asks)) = operations(&exchange).await? {
                let proof = proofs.entry(operation).or_default();
                proof.asks.extend(asks);
                proof.clients.insert(request.client.clone());
            }
        }
    }
    Ok(proofs)
}

/// Which real clients send a body of the form: what they sent is not kept. None named means any.
const SENDERS: [&[&str]; 4] = [&[], &["az"], &["az", "python", "python aio"], &["az"]];

/// Bodies of requests, by which some routes choose their operation.
pub(super) fn bodies() -> [Value; 4] {
    let further = [
        json!({}),
        json!({ "identity": {} }),
        json!({ "properties": { "defaultIdentity": "FirstPartyIdentity" } }),
        json!({ "properties": { "createMode": "recover" } }),
    ];
    further.map(|mut body| {
        if let Some(members) = body.as_object_mut() {
            members.insert("location".to_owned(), json!("eastus2"));
            members.insert("name".to_owned(), json!("vault1"));
        }
        body
    })
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
