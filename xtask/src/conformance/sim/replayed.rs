//! How many recorded exchanges the simulator answered as recorded, by its operations, kept for the page of parity.

use crate::{Outcome, conformance::recording::Exchange, tool::workspace};
use azure_core::http::Url;
use azure_sim::{Operation, SimCloud};
use std::{collections::BTreeMap, fs, path::PathBuf};

/// By the name of the operation.
pub(crate) type Replayed = BTreeMap<String, usize>;

/// What tells an operation from every other.
pub(crate) fn name_of(operation: &Operation) -> String {
    let Operation {
        service,
        method,
        path,
        ..
    } = operation;
    format!("{service}: {method} {path}")
}

/// The operation that an exchange goes through.
pub(super) fn operation(exchange: &Exchange) -> Option<&'static Operation> {
    let url = Url::parse(&exchange.url).ok()?;
    SimCloud::Public.operation(&exchange.method, &url)
}

/// Keeps the numbers until the next run.
pub(super) fn save(replayed: &Replayed) -> Outcome {
    let file = file();
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(file, serde_json::to_vec(replayed)?)?)
}

/// Those of the last run.
///
/// # Errors
/// There was none.
pub(crate) fn load() -> Outcome<Replayed> {
    let text = fs::read(file())
        .map_err(|_| "no replay is known: cargo xtask conformance --sim comes first")?;
    Ok(serde_json::from_slice(&text)?)
}

fn file() -> PathBuf {
    workspace().join("target/conformance/replayed.json")
}
