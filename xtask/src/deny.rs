//! Bans, licences and sources of the dependencies, by cargo-deny and `deny.toml`.

use crate::{
    Outcome,
    tool::{self, CargoTool, program},
};

const CARGO_DENY: CargoTool = CargoTool {
    package: "cargo-deny",
    version: "0.20.2",
};

/// Checks what needs no network; advisories are a service's matter, not a change's.
pub(crate) fn run() -> Outcome {
    let tool = CARGO_DENY.locate()?;
    tool::run(&mut program(
        &tool.to_string_lossy(),
        &["--locked", "check", "bans", "licenses", "sources"],
    ))
}
