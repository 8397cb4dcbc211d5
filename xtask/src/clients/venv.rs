//! Virtual environments of Python with pinned packages, kept under `target/clients` until the pins change.

use crate::{
    Outcome,
    tool::{self, workspace},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const MISSING: &str =
    "python3 with its module venv is missing; install it: apt-get install python3-venv";

/// The Python of an environment with the packages of `xtask/clients/{name}-requirements.txt`.
///
/// # Errors
/// Python is missing, or a package is not to be had.
pub(super) fn python(name: &str) -> Outcome<PathBuf> {
    let requirements = workspace()
        .join("xtask/clients")
        .join(format!("{name}-requirements.txt"));
    let folder = workspace().join("target/clients").join(name);
    let python = folder.join("bin/python");
    let wanted = fs::read_to_string(&requirements)?;
    let stamp = folder.join("installed.txt");
    if is_current(&stamp, &wanted) && python.exists() {
        return Ok(python);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&folder);
    if !make.status().is_ok_and(|status| status.success()) {
        return Err(MISSING.into());
    }
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            // Most of the files are never used; those that are, are compiled then.
            "--no-compile",
        ])
        .arg("--requirement")
        .arg(&requirements);
    tool::run(&mut install)?;
    // Last: an environment that was left half made is made anew.
    fs::write(stamp, wanted)?;
    Ok(python)
}

fn is_current(stamp: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|installed| installed == wanted)
}
