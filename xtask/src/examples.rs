//! Runs every example: what users are told must run.

use crate::{
    Outcome, shown,
    tool::{self, Package, cargo, metadata},
};
use std::{env, ffi::OsStr, fs, process};

const PACKAGE: &str = "examples";
/// What the simulator holds at most, as an example of its own.
const SCALE: [&str; 8] = [
    "run",
    "--quiet",
    "--locked",
    "--package=azure-sim",
    "--features=serve",
    "--example",
    "scale",
    "--",
];

/// Builds all examples once and runs each, then provider and customer against each other, the simulator at
/// scale, and what documents show of the examples.
pub(crate) fn run() -> Outcome {
    let names: Vec<String> = metadata()?
        .packages
        .iter()
        .filter(|package| package.name == PACKAGE)
        .flat_map(example_names)
        .collect();
    tool::run(cargo(&["build", "--examples"]).args(COMMON))?;
    run_all(&names, |name| example(name, &[]))?;
    hand_over_documents()?;
    tool::run(&mut cargo(&SCALE))?;
    shown::run()
}

const COMMON: [&str; 3] = ["--locked", "--package", PACKAGE];

fn example(name: &str, arguments: &[&OsStr]) -> Outcome {
    let mut run = cargo(&["run", "--quiet"]);
    run.args(COMMON).args(["--example", name, "--"]);
    tool::run(run.args(arguments))
}

/// The two parties as processes of their own, with nothing between them but the documents.
fn hand_over_documents() -> Outcome {
    let folder = env::temp_dir().join(format!("cross-tenant-cmk-{}", process::id()));
    fs::create_dir_all(&folder)?;
    let (offer, grant) = (folder.join("offer.json"), folder.join("grant.json"));
    let (offer, grant) = (offer.as_os_str(), grant.as_os_str());
    let outcome = example("provider", &["offer".as_ref(), offer])
        .and_then(|()| example("customer", &[offer, grant]))
        .and_then(|()| example("provider", &["account".as_ref(), offer, grant]));
    fs::remove_dir_all(&folder)?;
    outcome
}

/// Runs each example of the package without arguments: it must end well.
fn run_all(names: &[String], each: impl Fn(&str) -> Outcome) -> Outcome {
    if names.is_empty() {
        return Err("there is no example".into());
    }
    let mut failed = Vec::new();
    for name in names {
        if let Err(error) = each(name) {
            failed.push(format!("{name}: {error}"));
        }
    }
    if failed.is_empty() {
        println!("{} examples ran", names.len());
        Ok(())
    } else {
        Err(failed.join("\n").into())
    }
}

fn example_names(package: &Package) -> Vec<String> {
    package
        .targets
        .iter()
        .filter(|target| target.kind.iter().any(|kind| kind == "example"))
        .map(|target| target.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::run_all;
    use std::cell::RefCell;

    #[test]
    fn a_failing_example_fails_and_does_not_hide_the_next() {
        let seen = RefCell::new(Vec::new());
        let names = [String::from("a"), String::from("b")];
        let outcome = run_all(&names, |name| {
            seen.borrow_mut().push(name.to_owned());
            if name == "a" {
                return Err("exit 1".into());
            }
            Ok(())
        });
        assert_eq!(outcome.expect_err("a fails").to_string(), "a: exit 1");
        assert_eq!(seen.into_inner(), ["a", "b"]);
    }

    #[test]
    fn no_example_at_all_is_a_failure() {
        assert!(run_all(&[], |_| Ok(())).is_err());
    }
}
