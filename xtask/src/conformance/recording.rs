//! Recorded traffic as it lies on disk.

use super::family::CLOUD;
use crate::Outcome;
use cmk_core::Cloud;
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// One recording: exchanges in the order in which they happened.
#[derive(Debug, Deserialize)]
pub(super) struct Recording {
    /// The file's name.
    #[serde(skip)]
    pub(super) name: String,
    #[serde(default)]
    source: Source,
    pub(super) exchanges: Vec<Exchange>,
}

#[derive(Debug, Default, Deserialize)]
struct Source {
    #[serde(default)]
    selection: String,
}

impl Recording {
    /// Whether no exchange of the surface is left out.
    pub(super) fn is_whole(&self) -> bool {
        self.source.selection == "whole"
    }
}

/// One request and its answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) url: String,
    /// Names as they were sent.
    #[serde(default)]
    pub(super) request_headers: BTreeMap<String, String>,
    pub(super) request_body: Value,
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) response_headers: BTreeMap<String, String>,
    pub(super) response_body: Value,
    /// Whether a list in the answer is cut.
    #[serde(default)]
    pub(super) truncated_items: bool,
}

/// What the recorder wrote over every subscription; our ids refuse it, as Azure does.
const MASKED_SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";
/// The most characters that the name of a vault or a managed HSM has.
const LONGEST_NAME: usize = 24;
const STAND_IN_SUBSCRIPTION: &str = "/subscriptions/11111111-1111-4111-8111-111111111111";

impl Exchange {
    /// Whether the answer says that the request was taken.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header of the answer.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response_headers.get(name).map(String::as_str)
    }

    /// `error.code` of the answer, or its `code`.
    pub(super) fn error_code(&self) -> Option<&str> {
        let at = |pointer| self.response_body.pointer(pointer).and_then(Value::as_str);
        at("/error/code").or_else(|| at("/code"))
    }

    /// `error.message` of the answer, or its `message`.
    pub(super) fn message(&self) -> Option<&str> {
        let at = |pointer| self.response_body.pointer(pointer).and_then(Value::as_str);
        at("/error/message").or_else(|| at("/message"))
    }

    /// The codes in inner errors and details, at any depth.
    pub(super) fn inner_codes(&self) -> Vec<&str> {
        let mut found = Vec::new();
        let mut open = vec![
            self.response_body
                .get("error")
                .unwrap_or(&self.response_body),
        ];
        while let Some(error) = open.pop() {
            let inner = ["innererror", "innerError"]
                .into_iter()
                .filter_map(|name| error.get(name));
            let details = error.get("details").and_then(Value::as_array);
            for inner in inner.chain(details.into_iter().flatten()) {
                found.extend(inner.get("code").and_then(Value::as_str));
                open.push(inner);
            }
        }
        found
    }

    /// The bytes of the answer's body.
    pub(super) fn body(&self) -> Vec<u8> {
        match &self.response_body {
            Value::Null => Vec::new(),
            Value::String(text) => text.clone().into_bytes(),
            json => json.to_string().into_bytes(),
        }
    }

    /// `GET https://host/path`, for people.
    pub(super) fn line(&self) -> String {
        let url = self.url.split('?').next().unwrap_or_default();
        format!("{} {url} {}", self.method, self.status)
    }
}

/// Every name by which another cloud calls what the public one has too. The clients here are made for the public cloud: a
/// recording of another one is read as if it were of that.
fn hosts_of_other_clouds() -> Vec<(&'static str, &'static str)> {
    let names = |cloud: Cloud| {
        [
            host(cloud.resource_manager_endpoint()),
            host(cloud.graph_endpoint()),
            host(cloud.token_authority()),
            cloud.vault_suffix(),
            cloud.managed_hsm_suffix(),
            cloud.cosmos_suffix(),
        ]
    };
    let others = Cloud::ALL.into_iter().filter(|cloud| *cloud != CLOUD);
    others
        .flat_map(|cloud| names(cloud).into_iter().zip(names(CLOUD)))
        .collect()
}

fn host(endpoint: &'static str) -> &'static str {
    endpoint.strip_prefix("https://").unwrap_or(endpoint)
}

/// The text as it was on the wire, but for its cloud, and where the recorder broke the services' own rules: a subscription that is nobody's, and
/// names of vaults that are longer than a name may be.
fn mended(text: &str) -> String {
    let mut text = text.replace(MASKED_SUBSCRIPTION, STAND_IN_SUBSCRIPTION);
    for (theirs, ours) in hosts_of_other_clouds() {
        text = text.replace(theirs, ours);
    }
    for suffix in [".vault.azure.net", ".managedhsm.azure.net"] {
        let names: BTreeSet<String> = text
            .match_indices(suffix)
            .filter_map(|(at, _)| text.get(..at)?.rsplit("//").next().map(str::to_owned))
            .filter(|name| name.len() > LONGEST_NAME && name.len() < 64)
            .collect();
        for name in names {
            // Its end tells it from others: the recorder counts there.
            let end: String = name.chars().skip(name.len() + 1 - LONGEST_NAME).collect();
            text = text.replace(&name, &format!("v{}", end.trim_start_matches('-')));
        }
    }
    text
}

/// Reads every `*.json` of a folder, in the order of their names: each a recording, or why it is none.
///
/// # Errors
/// If the folder cannot be read or holds no recording.
pub(super) fn read_all(folder: &Path) -> Outcome<Vec<Result<Recording, String>>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(format!("{}: no recording", folder.display()).into());
    }
    paths.sort();
    Ok(paths.iter().map(|path| read(path)).collect())
}

fn read(path: &Path) -> Result<Recording, String> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    parse(name, &text)
}

/// Reads one recording.
///
/// # Errors
/// Its name, and why it is none.
pub(super) fn parse(name: String, text: &str) -> Result<Recording, String> {
    let recording: Recording =
        serde_json::from_str(&mended(text)).map_err(|error| format!("{name}: {error}"))?;
    Ok(Recording { name, ..recording })
}

#[cfg(test)]
mod tests {
    use super::{mended, read_all};
    use std::path::Path;

    #[test]
    fn names_that_the_recorder_made_too_long_are_short_everywhere() {
        let text = "https://cli-test-key-vault-000003.vault.azure.net/keys/k vaults/cli-test-key-vault-000003";
        let short = "vi-test-key-vault-000003";
        assert_eq!(
            mended(text),
            format!("https://{short}.vault.azure.net/keys/k vaults/{short}")
        );
        assert_eq!(short.len(), 24);
        let kept = "https://vault-000003.vault.azure.net/keys/k";
        assert_eq!(mended(kept), kept);
    }

    #[test]
    fn a_recording_of_another_cloud_is_read_as_one_of_the_public_cloud() {
        let text = "https://management.usgovcloudapi.net/x https://graph.microsoft.us/v1.0/me https://microsoftgraph.chinacloudapi.cn/v1.0/me https://v.vault.azure.cn/keys/k https://v.managedhsm.usgovcloudapi.net/keys/k https://login.chinacloudapi.cn/t";
        assert_eq!(
            mended(text),
            "https://management.azure.com/x https://graph.microsoft.com/v1.0/me https://graph.microsoft.com/v1.0/me https://v.vault.azure.net/keys/k https://v.managedhsm.azure.net/keys/k https://login.microsoftonline.com/t"
        );
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let error = read_all(Path::new("no/such/folder")).expect_err("no folder");
        assert!(error.to_string().starts_with("no/such/folder: "));
    }
}
