//! Running other programs: in the workspace's root, loudly, and with the install line where one is missing.

use crate::Outcome;
use serde::Deserialize;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// `cargo` with these arguments, in the workspace.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    program("cargo", arguments)
}

/// A program with these arguments, in the workspace.
pub(crate) fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(workspace());
    command
}

/// Runs a command whose output people see; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Outcome {
    println!("$ {}", line_of(command));
    let status = command.status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", line_of(command)).into())
    }
}

/// Runs a command and returns what it wrote.
pub(crate) fn output_of(command: &mut Command) -> Outcome<String> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!(
            "`{}` ended with {}: {}",
            line_of(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )
        .into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn line_of(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line = line + " " + &argument.to_string_lossy();
    }
    line
}

/// A cargo subcommand that is no part of Rust, pinned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CargoTool {
    /// The package on crates.io; its binary has the same name.
    pub(crate) package: &'static str,
    /// The pinned version.
    pub(crate) version: &'static str,
}

impl CargoTool {
    /// The program: the one that `.ci/tools` put into `target/tools`, else the one on the path.
    ///
    /// # Errors
    /// The install line, if it is missing or of another version.
    pub(crate) fn locate(self) -> Outcome<PathBuf> {
        let ours = workspace().join("target/tools/bin").join(self.package);
        for candidate in [ours, PathBuf::from(self.package)] {
            let subcommand = self.package.strip_prefix("cargo-").unwrap_or(self.package);
            // As cargo calls it: a tool can refuse to be called in any other way.
            let answer = Command::new(&candidate)
                .args([subcommand, "--version"])
                .output();
            let Ok(answer) = answer else { continue };
            let said = String::from_utf8_lossy(&answer.stdout).into_owned();
            if answer.status.success() && self.is_version_of(&said) {
                return Ok(candidate);
            }
        }
        Err(self.missing().into())
    }

    fn is_version_of(self, said: &str) -> bool {
        said.split_whitespace().any(|word| word == self.version)
    }

    fn missing(self) -> String {
        let Self { package, version } = self;
        format!(
            "{package} {version} is missing; install it: cargo install --locked {package}@{version} --root target/tools"
        )
    }
}

/// What `cargo metadata` says of the workspace's own packages.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
}

/// A package of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
    pub(crate) features: std::collections::BTreeMap<String, Vec<String>>,
    /// The registries that it may go to: none at all for `publish = false`.
    publish: Option<Vec<String>>,
}

impl Package {
    /// Whether it is published.
    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|to| !to.is_empty())
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}

/// An entry of a dependency table.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) req: String,
    /// `dev`, `build`, or none.
    pub(crate) kind: Option<String>,
}

/// Something that cargo builds.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
    pub(crate) src_path: PathBuf,
}

/// Reads the workspace's packages.
pub(crate) fn metadata() -> Outcome<Metadata> {
    let text = output_of(&mut cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--locked",
    ]))?;
    Ok(serde_json::from_str(&text)?)
}

#[cfg(test)]
mod tests {
    use super::CargoTool;

    const TOOL: CargoTool = CargoTool {
        package: "cargo-nowhere",
        version: "1.2.3",
    };

    #[test]
    fn a_missing_tool_names_its_install_line() {
        let error = TOOL.locate().expect_err("no such tool").to_string();
        assert_eq!(
            error,
            "cargo-nowhere 1.2.3 is missing; install it: cargo install --locked cargo-nowhere@1.2.3 --root target/tools"
        );
    }

    #[test]
    fn another_version_is_not_the_tool() {
        assert!(TOOL.is_version_of("cargo-nowhere 1.2.3\n"));
        assert!(!TOOL.is_version_of("cargo-nowhere 1.2.30\n"));
    }
}
