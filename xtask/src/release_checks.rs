//! What is too slow for every change: API comparison, bill of materials, mutants.

use crate::{
    Outcome,
    tool::{CargoTool, metadata, program, run, workspace},
};
use std::fs;

const SEMVER_CHECKS: CargoTool = CargoTool {
    package: "cargo-semver-checks",
    version: "0.51.0",
};
const CYCLONEDX: CargoTool = CargoTool {
    package: "cargo-cyclonedx",
    version: "0.5.9",
};
const MUTANTS: CargoTool = CargoTool {
    package: "cargo-mutants",
    version: "27.1.0",
};

/// Each published crate's API against the released one.
pub(crate) fn semver() -> Outcome {
    let tool = SEMVER_CHECKS.locate()?;
    let mut command = program(&tool.to_string_lossy(), &["semver-checks", "check-release"]);
    for package in metadata()?.packages {
        if package.is_published() {
            command.args(["--package", &package.name]);
        }
    }
    run(&mut command)
}

/// A CycloneDX bill of materials of each published crate, in `target/sbom`.
pub(crate) fn sbom() -> Outcome {
    let tool = CYCLONEDX.locate()?;
    let folder = workspace().join("target/sbom");
    fs::create_dir_all(&folder)?;
    let arguments = ["cyclonedx", "--format", "json", "--all-features"];
    run(&mut program(&tool.to_string_lossy(), &arguments))?;
    // The tool writes beside every manifest, also of what is not published.
    for package in metadata()?.packages {
        let file = format!("{}.cdx.json", package.name);
        let written = package.folder().join(&file);
        if package.is_published() {
            fs::copy(&written, folder.join(&file))?;
            println!("target/sbom/{file}");
        }
        fs::remove_file(written)?;
    }
    Ok(())
}

/// Mutates the code and sees whether the tests notice.
pub(crate) fn mutants(arguments: &[String]) -> Outcome {
    let tool = MUTANTS.locate()?;
    let fixed = ["mutants", "--output", "target"];
    run(program(&tool.to_string_lossy(), &fixed).args(arguments))
}
