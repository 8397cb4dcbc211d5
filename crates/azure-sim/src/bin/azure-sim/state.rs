//! The file of `--state`: read at the start, written at once and at the end.

use crate::{Outcome, arguments::LaunchArguments};
use azure_sim::Sim;
use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};
use tempfile::NamedTempFile;

/// The Azure of a file; `None` if there is no such file.
pub(crate) fn load(file: &Path) -> Outcome<Option<Sim>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(file, error).into()),
    };
    let sim = Sim::load(&text).map_err(|error| at(file, error))?;
    Ok(Some(sim))
}

/// Writes the state, whole or not at all. It holds private keys, so nobody else may read it.
pub(crate) fn save(sim: &Sim, file: &Path) -> Outcome {
    let text = sim.save()?;
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // On Unix a temporary file is its owner's alone, and stays so when it is renamed.
    let write = || {
        let mut next = NamedTempFile::new_in(folder)?;
        next.write_all(text.as_bytes())?;
        next.as_file().sync_all()?;
        next.persist(file)?;
        Ok::<_, std::io::Error>(())
    };
    write().map_err(|error| at(file, error).into())
}

/// Says which of the wishes a state that was loaded has decided already.
pub(crate) fn warn_of_ignored(wanted: &LaunchArguments, file: &Path) {
    let given = [
        ("--tenants", wanted.tenants.is_some()),
        ("--faults", wanted.faults.is_some()),
        ("--seed", wanted.seed.is_some()),
        ("--lag", wanted.lag.is_some()),
        ("--cloud", wanted.cloud.is_some()),
    ];
    for (name, _) in given.into_iter().filter(|(_, given)| *given) {
        tracing::warn!("{name} is for a new state; {} has its own", file.display());
    }
}

fn at(file: &Path, error: impl std::fmt::Display) -> String {
    format!("{}: {error}", file.display())
}
