//! Every chore of this workspace as code: `cargo xtask --help` lists them.
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to people"
)]

mod ci;
mod clients;
mod conformance;
mod deny;
mod examples;
mod faults;
mod fuzz;
mod parity;
mod release_checks;
mod rustc_checks;
mod shown;
mod tidy;
mod tool;

use clap::{Parser, Subcommand};
use conformance::Data;
use std::{error::Error, path::PathBuf, process::ExitCode};

/// What a chore ends with: nothing to say, or why it failed.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Every chore of this workspace")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that gates a change, with a summary.
    Ci {
        /// Recorded traffic. Without it, conformance is not run, and says so.
        #[arg(long, value_name = "DIR", requires = "schemas")]
        recordings: Option<PathBuf>,
        /// Request schemas.
        #[arg(long, value_name = "DIR", requires = "recordings")]
        schemas: Option<PathBuf>,
    },
    /// rustfmt, checking only.
    Fmt,
    /// Clippy on every target with the default and with all features, warnings denied.
    Lint,
    /// rustdoc, warnings denied.
    Docs,
    /// Runs every example.
    Examples,
    /// Hostile input: so many inputs for every target of `fuzz`, the same for the same seed.
    Fuzz {
        /// Inputs for each target, beside its seeds.
        #[arg(long, default_value_t = fuzz::RUNS)]
        runs: u32,
        /// What the inputs are made from.
        #[arg(long, default_value_t = fuzz::SEED)]
        seed: u64,
        /// This target alone.
        #[arg(long)]
        target: Option<String>,
    },
    /// The house rules: edges between crates, module heads, sizes, REST links, changelogs.
    Tidy,
    /// Bans, licences and sources of the dependencies.
    Deny,
    /// Replays recorded traffic through the clients, and holds their requests against schemas.
    Conformance {
        /// Replays the recorded requests on the simulator instead, and holds its answers against the recorded ones.
        #[arg(long)]
        sim: bool,
        #[command(flatten)]
        data: Data,
    },
    /// Breaks the three phases in every way, one cell, or at random: `cargo xtask faults --help` of its own.
    #[command(disable_help_flag = true)]
    Faults {
        /// Passed on: `--seed N`, `--cell NAME`, `--seeds N`, `--trace`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Runs the Azure CLI, the Python SDKs, Microsoft's Rust crates and a browser against the served simulator.
    Clients,
    /// Writes docs/parity.md from the recordings and from what `clients` and `conformance --sim` saw last.
    Parity {
        /// Recorded traffic.
        #[arg(long, value_name = "DIR")]
        recordings: PathBuf,
    },
    /// What `clients` starts: Microsoft's Rust crates in a process of their own.
    #[command(hide = true)]
    OfficialCrates,
    /// Builds each published crate without features, and with each feature alone.
    Features,
    /// Clippy's check that nothing newer than the `rust-version` is used.
    Msrv,
    /// Compares each published crate's API with the released one.
    Semver,
    /// Writes a CycloneDX bill of materials for each published crate to `target/sbom`.
    Sbom,
    /// Mutates the code and sees whether the tests notice. Hours; arguments go to cargo-mutants.
    Mutants {
        /// Passed on, such as `--package cmk-core`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Ci {
            recordings,
            schemas,
        } => ci::run(recordings.zip(schemas).map(|(recordings, schemas)| Data {
            recordings,
            schemas,
        })),
        Chore::Conformance { sim: true, data } => conformance::sim::run(&data),
        Chore::Conformance { sim: false, data } => conformance::run(&data),
        Chore::Faults { arguments } => faults::run(&arguments),
        Chore::Clients => clients::run(),
        Chore::Parity { recordings } => parity::write(&recordings),
        Chore::OfficialCrates => clients::official_crates(),
        Chore::Fmt => rustc_checks::fmt(),
        Chore::Lint => rustc_checks::lint(),
        Chore::Docs => rustc_checks::docs(),
        Chore::Examples => examples::run(),
        Chore::Fuzz { runs, seed, target } => fuzz::run(runs, seed, target.as_deref()),
        Chore::Tidy => tidy::run(),
        Chore::Deny => deny::run(),
        Chore::Features => rustc_checks::features(),
        Chore::Msrv => rustc_checks::msrv(),
        Chore::Semver => release_checks::semver(),
        Chore::Sbom => release_checks::sbom(),
        Chore::Mutants { arguments } => release_checks::mutants(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Chore};
    use clap::Parser as _;

    #[test]
    fn conformance_is_of_the_clients_unless_the_simulator_is_meant() {
        let parsed = |flag: &[&str]| {
            let all = [
                "xtask",
                "conformance",
                "--recordings",
                "r",
                "--schemas",
                "s",
            ];
            let parsed = Arguments::try_parse_from(all.iter().chain(flag));
            match parsed.expect("arguments").chore {
                Chore::Conformance { sim, .. } => sim,
                _ => panic!("another chore"),
            }
        };
        assert!(!parsed(&[]));
        assert!(parsed(&["--sim"]));
    }

    #[test]
    fn ci_takes_both_folders_or_none() {
        let parsed = |arguments: &[&str]| {
            let all = ["xtask", "ci"].iter().chain(arguments);
            Arguments::try_parse_from(all).map(|parsed| match parsed.chore {
                Chore::Ci {
                    recordings,
                    schemas,
                } => recordings.zip(schemas).is_some(),
                _ => panic!("another chore"),
            })
        };
        assert!(!parsed(&[]).expect("no data is fine"));
        assert!(parsed(&["--recordings", "r", "--schemas", "s"]).expect("both"));
        assert!(parsed(&["--recordings", "r"]).is_err());
        assert!(parsed(&["--schemas", "s"]).is_err());
    }
}
