//! The page of parity: what proves each operation of our clients and of the simulator, and what the simulator leaves out.

mod ours;
mod served;

use crate::{
    Outcome, clients,
    conformance::{Seen, proofs, sim::replayed},
    tidy,
    tool::workspace,
};
use std::{fs, path::Path};

const PAGE: &str = "docs/parity.md";

const HEAD: &str = "\
# Parity

What proves that each operation of our clients is Azure's, and each operation of the simulator; and what the simulator leaves
out of it or does otherwise. Written by `cargo xtask parity` from recorded traffic and from what `cargo xtask conformance --sim`
and `cargo xtask clients` saw; not by hand.

";

/// Writes the page.
pub(crate) fn write(recordings: &Path) -> Outcome {
    fs::write(workspace().join(PAGE), page(recordings)?)?;
    println!("{PAGE}");
    Ok(())
}

/// Fails if the page is not what would be written.
pub(crate) fn check(recordings: &Path) -> Outcome {
    let there = fs::read_to_string(workspace().join(PAGE)).unwrap_or_default();
    if there == page(recordings)? {
        Ok(())
    } else {
        Err(format!("{PAGE} is not current: cargo xtask parity --recordings DIR").into())
    }
}

fn page(recordings: &Path) -> Outcome<String> {
    let mut seen = Vec::new();
    for (client, requests) in clients::requests()? {
        seen.extend(requests.into_iter().map(|request| Seen {
            client: client.clone(),
            method: request.method,
            url: request.url,
            members: request.members,
        }));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    let proofs = runtime.block_on(proofs(recordings, &seen))?;
    let ours = ours::render(&tidy::operations_of_roles()?, &proofs)?;
    let served = served::render(&replayed::load()?, &seen)?;
    Ok(format!("{HEAD}{ours}\n{served}"))
}

/// Of what nothing speaks for.
const NOTHING: &str = "nothing";

/// What speaks for an operation, to count.
const fn kind(recorded: bool, used: bool, documented: bool) -> &'static str {
    match (recorded, used) {
        (false, false) if documented => "a document only",
        (false, false) => NOTHING,
        (false, true) => "a real client",
        (true, false) => "a recording",
        (true, true) => "a recording and a real client",
    }
}

fn exchanges(number: usize) -> String {
    match number {
        1 => "1 exchange".to_owned(),
        _ => format!("{number} exchanges"),
    }
}

/// Each part of the texts once, but for empty ones.
fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut all = Vec::new();
    for part in texts.flat_map(|text| text.split("; ")) {
        if !part.is_empty() && !all.contains(&part) {
            all.push(part);
        }
    }
    all.join("; ")
}
