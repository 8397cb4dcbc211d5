//! The Azure SDKs for Python, and whatever else says one line of JSON for each operation.

use super::{
    expected::{Line, Said},
    stage::{Stage, Who, run},
};
use crate::{Outcome, tool::workspace};
use std::{path::Path, process::Output};

/// Runs parts of the walkthrough by the SDKs of a flavour: `sync` or `aio`.
pub(super) fn sdks(
    stage: &Stage,
    python: &Path,
    flavour: &str,
    parts: &[&str],
) -> Outcome<Vec<Line>> {
    let mut command = stage.command(python, &stage.environment(Who::Provider));
    command
        .arg(workspace().join("xtask/clients/sdks"))
        .arg(flavour)
        .args(parts);
    lines(&run(command, &stage.parties())?)
}

/// Reads the lines that a program said, and why it failed if it did.
pub(super) fn lines(output: &Output) -> Outcome<Vec<Line>> {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = serde_json::from_str(line)
            .map_err(|error| format!("said {line:?}, which is no line of the protocol: {error}"))?;
        lines.push(line);
    }
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        lines.push(Line {
            op: "to the end".to_owned(),
            said: Said::Failed(format!("{}: {}", output.status, told.trim())),
        });
    }
    Ok(lines)
}
