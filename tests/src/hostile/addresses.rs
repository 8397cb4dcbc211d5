//! Addresses that others write: key URIs, resource ids, default identities, links to follow.

use super::{
    Held, LONGEST,
    azure::{Answer, Azure, Credential, block_on},
    holds, same, tame, text,
};
use azure_core::http::{Method, Url};
use cross_tenant_cmk::{
    cmk_core::{
        Cloud, ResourceId, Scope,
        arm::{self, ArmConnectionSpec},
        lro::{self, OperationHandle, Progress},
        send::Connection,
    },
    cosmos_cmk::{DefaultIdentity, VersionlessKeyUri},
    keyvault_rbac::KeyUri,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// A key URI is on a host that Azure owns, or refused.
pub(super) fn key_uri(input: &[u8]) -> Held {
    let text = text(input);
    let uri = match text.parse::<KeyUri>() {
        Ok(uri) => uri,
        Err(error) => return tame("the refusal", &error.to_string(), LONGEST),
    };
    is_of_azure(&uri)?;
    // What an account is given is the same key.
    let versionless = uri.versionless().to_string();
    let account: VersionlessKeyUri = versionless
        .parse()
        .map_err(|error| format!("an account does not take it: {error}"))?;
    same("the host", &uri.host(), &account.host().to_owned())
}

/// A key URI's host, as every other parser sees it, is one label before a suffix of Azure's.
pub(super) fn is_of_azure(uri: &KeyUri) -> Held {
    let written = uri.to_string();
    let again: KeyUri = written
        .parse()
        .map_err(|error| format!("what it writes it does not read: {error}"))?;
    same("the key URI", uri, &again)?;
    same("its text", &written, &again.to_string())?;
    let url = Url::parse(&written).map_err(|error| format!("{written} is no URL: {error}"))?;
    let suffixes = [Cloud::Public, Cloud::UsGovernment, Cloud::China]
        .map(|cloud| [cloud.vault_suffix(), cloud.managed_hsm_suffix()]);
    let host = url.host_str().unwrap_or_default();
    let owned = host
        .split_once('.')
        .is_some_and(|(label, suffix)| !label.is_empty() && suffixes.concat().contains(&suffix));
    holds(&format!("{host} is not Azure's"), owned)?;
    same("the host", &uri.host(), &host.to_owned())?;
    holds(
        "it has more than a host and a path",
        url.scheme() == "https"
            && url.port().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none(),
    )?;
    holds("its path is another", written.ends_with(url.path()))
}

/// An id is written as it is read, and stays what it is in the path of a request.
pub(super) fn resource_id(input: &[u8]) -> Held {
    let text = text(input);
    match text.parse::<ResourceId>() {
        Ok(id) => {
            let written = id.to_string();
            let again = written
                .parse()
                .map_err(|error| format!("what it writes it does not read: {error}"))?;
            same("the id", &id, &again)?;
            same("its text", &written, &again.to_string())?;
            stays_in_the_path(&written)?;
        }
        Err(error) => tame("the refusal", &error.to_string(), LONGEST)?,
    }
    match text.parse::<Scope>() {
        Ok(scope) => {
            let written = scope.to_string();
            let again = written
                .parse()
                .map_err(|error| format!("what it writes it does not read: {error}"))?;
            same("the scope", &scope, &again)?;
            holds("a scope does not hold itself", scope.contains(&again))?;
            stays_in_the_path(&written)
        }
        Err(error) => tame("the refusal", &error.to_string(), LONGEST),
    }
}

/// A URL parser makes the same path of it, segment by segment, and nothing else.
fn stays_in_the_path(id: &str) -> Held {
    let text = format!("https://management.azure.com{id}");
    let mut url = Url::parse(&text).map_err(|error| format!("{text}: {error}"))?;
    same("the host", &url.host_str(), &Some("management.azure.com"))?;
    holds(
        &format!("{id} became {url}"),
        url.query().is_none() && url.fragment().is_none() && count(url.path()) == count(id),
    )?;
    url.set_path(id);
    holds(
        &format!("{id} became {url}"),
        count(url.path()) == count(id),
    )
}

fn count(path: &str) -> usize {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .count()
}

/// A default identity never fails, is written as it is read, and names an application only behind an identity.
pub(super) fn default_identity(input: &[u8]) -> Held {
    let text = text(input);
    let identity = DefaultIdentity::from(&*text);
    let written = identity.to_string();
    let again = DefaultIdentity::from(&*written);
    same("the identity", &identity, &again)?;
    same("its text", &written, &again.to_string())?;
    match &identity {
        DefaultIdentity::Other(kept) => same("what is kept", kept, &text.to_string())?,
        known => holds(
            &format!("{text:?} became {known:?}"),
            written.eq_ignore_ascii_case(&text) || known.identity().is_some(),
        )?,
    }
    holds(
        "an application without an identity",
        identity.client_id().is_none() || identity.identity().is_some(),
    )?;
    let json = serde_json::to_value(&identity).map_err(|error| error.to_string())?;
    same("its JSON", &json, &json!(written))
}

const HOST: &str = "management.azure.com";
const ORIGIN: &str = "https://management.azure.com";

/// Whatever a service says comes next is asked at the pinned host, or not at all.
pub(super) fn link(input: &[u8]) -> Held {
    let text = text(input).into_owned();
    pinned(&text)?;
    next_page(&text)?;
    polled(&text, "azure-asyncoperation")?;
    polled(&text, "location")?;
    stored(&text)
}

fn connection(azure: &Arc<Azure>) -> Result<Connection, String> {
    arm::connect(ArmConnectionSpec {
        crate_name: "flow-tests",
        crate_version: "0.0.0",
        cloud: Cloud::Public,
        credential: Arc::new(Credential),
        api_version: String::from("2025-01-01"),
        rules: &[arm::RULES],
        client_options: azure.options(),
    })
    .map_err(|error| error.to_string())
}

fn pinned(link: &str) -> Held {
    let connection = connection(&Azure::new([]))?;
    let Ok(url) = connection.pinned("follow", link) else {
        return Ok(());
    };
    holds(
        &format!("{url} is not the pinned host"),
        url.scheme() == "https"
            && url.host_str() == Some(HOST)
            && url.port_or_known_default() == Some(443)
            && url.username().is_empty()
            && url.password().is_none(),
    )
}

/// As the link of a page.
fn next_page(link: &str) -> Held {
    let first = json!({ "value": [], "nextLink": link }).to_string();
    let azure = Azure::new([
        Answer::new(200, first),
        Answer::new(200, r#"{"value":[{}]}"#),
    ]);
    let connection = connection(&azure)?;
    block_on(async {
        let first = connection.request("list_things", Method::Get, "/things");
        // What comes of it is not asked here.
        drop(connection.list::<Value>(first).await);
        Ok(())
    })?;
    azure.asked_only(&[ORIGIN])
}

/// As the address of an operation, named by the write and again by a poll.
fn polled(link: &str, header: &'static str) -> Held {
    let named = |status, body: &str| Answer::new(status, body).with(header, link);
    let azure = Azure::new([
        named(202, ""),
        named(202, r#"{"status":"Running"}"#),
        Answer::new(200, r#"{"status":"Succeeded"}"#),
    ]);
    let connection = connection(&azure)?;
    block_on(async {
        let answer = connection
            .request("write_thing", Method::Put, "/things/1")
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let handle = OperationHandle::from_answer(
            &connection,
            "write_thing",
            &answer,
            "/things/1",
            "v",
            false,
        );
        if let Ok(Some(mut handle)) = handle {
            for _ in 0..2 {
                match lro::poll(&connection, &[], &handle).await {
                    Ok(Progress::Running { next, .. }) => handle = next,
                    _ => break,
                }
            }
        }
        Ok(())
    })?;
    azure.asked_only(&[ORIGIN])
}

/// In a handle that somebody stored, as its whole JSON and as its address.
fn stored(text: &str) -> Held {
    let with_address = json!({
        "operation": "write_thing",
        "resource": text,
        "apiVersion": text,
        "deletes": false,
        "poll": { "asyncOperation": text },
    })
    .to_string();
    for json in [with_address.as_str(), text] {
        let Ok(handle) = serde_json::from_str::<OperationHandle>(json) else {
            continue;
        };
        let azure = Azure::new([Answer::new(200, r#"{"status":"Running"}"#)]);
        let connection = connection(&azure)?;
        block_on(async {
            drop(lro::poll(&connection, &[], &handle).await);
            drop(lro::read_resource(&connection, &[], &handle).await);
            Ok(())
        })?;
        azure.asked_only(&[ORIGIN])?;
    }
    Ok(())
}
