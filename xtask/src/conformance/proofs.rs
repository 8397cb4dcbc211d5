//! Which operations of our clients were seen at work elsewhere: in recorded traffic, and in that of real clients.

use super::{
    address::{Address, Host},
    families::{self, FAMILIES},
    family::{Call, NotReplayed, What},
    operations,
    recording::{self, Exchange, Recording},
    replay,
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
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Recorded exchanges with the request that we send.
    pub(crate) recorded: usize,
    /// Recorded exchanges whose answer ours is, by another request.
    pub(crate) recorded_otherwise: usize,
    /// Recorded long-running operations that were polled by it.
    pub(crate) operations: usize,
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

/// By the name of the operation.
type Proofs = BTreeMap<String, Proof>;

/// Operations that send the very request of another one, and read the same answer.
const ALIKE: [(&str, &str); 1] = [("find_deleted_application", "list_deleted_applications")];

/// What speaks for each operation.
pub(crate) async fn proofs(recordings: &Path, seen: &[Seen]) -> Outcome<Proofs> {
    let mut proofs = Proofs::new();
    for recording in recording::read_all(recordings)? {
        add_recording(&mut proofs, &recording?).await?;
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
        if let Some((operation, true, asks)) = operation_of(&exchange).await?
            && request.asks_for(&operation)
        {
            let proof = proofs.entry(operation).or_default();
            proof.asks.extend(asks);
            proof.clients.insert(request.client.clone());
        }
    }
    for (operation, like) in ALIKE {
        if let Some(proof) = proofs.get(like).cloned() {
            proofs.insert(operation.to_owned(), proof);
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

/// Adds what goes through our clients: not what is skipped, and not what fails.
async fn add_recording(proofs: &mut Proofs, recording: &Recording) -> Outcome {
    let mut handles = BTreeMap::new();
    for (at, exchange) in recording.exchanges.iter().enumerate() {
        let (_, ended) = replay::exchange(FAMILIES, exchange).await;
        let replay::Ended::Replayed {
            operation: handle, ..
        } = ended
        else {
            continue;
        };
        handles.extend(handle.map(|handle| (at, handle)));
        if is_challenge(exchange)? {
            let proof = proofs.entry("get_vault_tenant".to_owned()).or_default();
            proof.recorded_otherwise += 1;
        }
        if let Some((operation, same, asks)) = operation_of(exchange).await? {
            let proof = proofs.entry(operation).or_default();
            proof.asks.extend(asks);
            if same {
                proof.recorded += 1;
            } else {
                proof.recorded_otherwise += 1;
            }
        }
    }
    for (_, _, ended) in operations::replay(FAMILIES, recording, &handles).await {
        if !matches!(ended, operations::Ended::Failed(_)) {
            let proof = proofs.entry("poll_operation".to_owned()).or_default();
            proof.operations += 1;
        }
    }
    Ok(())
}

/// Whether it names the tenant of a vault or of a managed HSM, which our client reads before anything else.
fn is_challenge(exchange: &Exchange) -> Outcome<bool> {
    let address: Address = exchange.url.parse()?;
    let has_keys = matches!(address.host, Some(Host::Vault | Host::ManagedHsm));
    Ok(has_keys && exchange.status == 401)
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
async fn operation_of(
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
    use super::{ALIKE, Exchange, Proof, Seen, SimCloud, proofs};
    use crate::conformance::{
        family::{CLOUD, credential},
        transport::Replayer,
    };
    use entra_graph::{DeletedApplicationsApi as _, GraphClient, GraphClientOptions};
    use serde_json::{Value, json};
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
    };

    const GROUP: &str = "https://management.azure.com/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg";

    async fn proven(exchanges: Value, seen: &[Seen]) -> BTreeMap<String, Proof> {
        let folder = tempfile::tempdir().unwrap();
        let recording = json!({ "exchanges": exchanges }).to_string();
        fs::write(folder.path().join("one.json"), recording).unwrap();
        proofs(folder.path(), seen).await.unwrap()
    }

    fn answered(method: &str, url: &str, status: u16, body: &Value) -> Value {
        json!({
            "method": method, "url": url, "request_headers": {}, "request_body": null,
            "status": status, "response_headers": {}, "response_body": body,
        })
    }

    fn az(method: &str, url: &str) -> Seen {
        Seen {
            client: "az".to_owned(),
            method: method.to_owned(),
            url: url.to_owned(),
            members: Vec::new(),
        }
    }

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
        let absent = json!({ "error": { "code": "ResourceGroupNotFound", "message": "m" } });
        let url = format!("{GROUP}?api-version=1");
        let exchanges = json!([answered("GET", &url, 404, &absent)]);
        let found = proven(exchanges, &[az("PUT", GROUP)]).await;
        let asks = |method| {
            let url = GROUP.parse().unwrap();
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

    #[tokio::test(start_paused = true)]
    async fn what_conformance_skips_or_fails_speaks_for_nothing() {
        let empty = answered(
            "GET",
            "https://graph.microsoft.com/v1.0/servicePrincipals",
            200,
            &json!({ "value": [] }),
        );
        let unlisted = answered("GET", &format!("{GROUP}?api-version=1"), 404, &json!({}));
        let found = proven(json!([empty, unlisted]), &[]).await;
        assert_eq!(found, BTreeMap::new());
    }

    #[tokio::test(start_paused = true)]
    async fn a_challenge_and_an_operation_speak_for_what_reads_them() {
        let mut refused = answered(
            "GET",
            "https://vault1.vault.azure.net/keys/key1/?api-version=7.4",
            401,
            &json!({ "error": { "code": "Unauthorized", "message": "AKV10000: m" } }),
        );
        refused["response_headers"]["www-authenticate"] = "Bearer authorization=\"https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111\", resource=\"https://vault.azure.net\"".into();
        let poll = "https://management.azure.com/subscriptions/11111111-1111-4111-8111-111111111111/operationresults/one?api-version=1";
        let mut start = answered(
            "DELETE",
            &format!("{GROUP}?api-version=1"),
            202,
            &Value::Null,
        );
        start["response_headers"]["location"] = poll.into();
        let end = answered("GET", poll, 200, &Value::Null);
        let found = proven(json!([refused, start, end]), &[]).await;
        assert_eq!(found["get_vault_tenant"].recorded_otherwise, 1);
        assert_eq!(found["get_key"].recorded, 1);
        assert_eq!(found["poll_operation"].operations, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_gets_a_token_speaks_for_ours() {
        let url = "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/oauth2/v2.0/token";
        let found = proven(json!([]), &[az("POST", url)]).await;
        let clients = BTreeSet::from(["az".to_owned()]);
        assert_eq!(found["get_token"].clients, clients);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_alike_sends_the_same_request() {
        assert_eq!(
            ALIKE,
            [("find_deleted_application", "list_deleted_applications")]
        );
        let none = || Exchange {
            method: "GET".to_owned(),
            url: String::new(),
            request_headers: BTreeMap::new(),
            request_body: Value::Null,
            status: 200,
            response_headers: BTreeMap::new(),
            response_body: json!({ "value": [] }),
            truncated_items: false,
        };
        let transport = Replayer::new([&none(), &none()]);
        let options = GraphClientOptions {
            client_options: transport.client_options(),
            ..GraphClientOptions::default()
        };
        let client = GraphClient::new(CLOUD, credential(), Some(options)).unwrap();
        client.list_deleted_applications(None).await.unwrap();
        let name = "contoso-app".parse().unwrap();
        let found = client.find_deleted_application(&name).await.unwrap();
        assert_eq!(found, None);
        let sent: Vec<String> = transport
            .sent()
            .into_iter()
            .map(|it| it.method + " " + &it.url)
            .collect();
        let [list, find] = sent.as_slice() else {
            panic!("{sent:?}")
        };
        assert_eq!(list, find);
        let url =
            "https://graph.microsoft.com/v1.0/directory/deletedItems/microsoft.graph.application";
        let found = proven(json!([]), &[az("GET", url)]).await;
        assert_eq!(
            found["find_deleted_application"],
            found["list_deleted_applications"]
        );
    }
}
