//! What each client was seen to ask for, kept for the page of parity.

use crate::{Outcome, tool::workspace};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

/// A request that was answered well, without its query and without what its body holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    /// The names of the members of its JSON body and of theirs, as in `properties.defaultIdentity`.
    pub(crate) members: Vec<String>,
}

/// By client.
pub(crate) type Requests = BTreeMap<String, BTreeSet<Request>>;

/// Keeps them until the next run.
pub(super) fn save(requests: &Requests) -> Outcome {
    Ok(fs::write(file(), serde_json::to_vec(requests)?)?)
}

/// Those of the last run.
///
/// # Errors
/// There was none.
pub(crate) fn load() -> Outcome<Requests> {
    let text = fs::read(file())
        .map_err(|_| "no run of the real clients is known: cargo xtask clients comes first")?;
    Ok(serde_json::from_slice(&text)?)
}

fn file() -> PathBuf {
    workspace().join("target/clients/requests.json")
}
