//! The file of `--state`: read at the start, written at once and at the end.

use crate::{Outcome, arguments::LaunchArguments, files};
use azure_sim::Sim;
use std::path::Path;

/// The Azure of a file; `None` if there is no such file.
pub(crate) fn load(file: &Path) -> Outcome<Option<Sim>> {
    let Some(text) = files::read_if_there(file)? else {
        return Ok(None);
    };
    let sim = Sim::load(&text).map_err(|error| files::at(file, error))?;
    Ok(Some(sim))
}

/// Writes the state. It holds private keys, so nobody else may read it.
pub(crate) fn save(sim: &Sim, file: &Path) -> Outcome {
    files::replace(file, sim.save()?.as_bytes())
}

/// Says which of the wishes a state that was loaded has decided already.
pub(crate) fn warn_of_ignored(wanted: &LaunchArguments, file: &Path) {
    for name in wanted.given_for_a_new_state() {
        tracing::warn!("{name} is for a new state; {} has its own", file.display());
    }
}
