//! What the Rust toolchain itself checks: format, lints, documentation, features, the oldest Rust.

use crate::{
    Outcome,
    tool::{cargo, metadata, run},
};

/// rustfmt, checking only.
pub(crate) fn fmt() -> Outcome {
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

/// Clippy on every target, with the default features and with all of them.
pub(crate) fn lint() -> Outcome {
    let common = ["clippy", "--workspace", "--all-targets", "--locked"];
    for features in [None, Some("--all-features")] {
        let mut command = cargo(&common);
        run(command.args(features).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// rustdoc on every package, warnings denied.
pub(crate) fn docs() -> Outcome {
    let mut command = cargo(&[
        "doc",
        "--workspace",
        "--no-deps",
        "--all-features",
        "--locked",
    ]);
    run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

/// What the test command leaves out: the tests of the served simulator, whose server is a feature.
pub(crate) fn served() -> Outcome {
    let test = [
        "test",
        "--locked",
        "--package",
        "azure-sim",
        "--all-features",
    ];
    run(cargo(&test).args(["--test", "serve"]))
}

/// Each published crate without features, and with each feature alone.
pub(crate) fn features() -> Outcome {
    for package in metadata()?.packages {
        if !package.is_published() {
            continue;
        }
        let check = [
            "check",
            "--locked",
            "--package",
            &package.name,
            "--no-default-features",
        ];
        run(&mut cargo(&check))?;
        for feature in package.features.keys() {
            run(cargo(&check).args(["--features", feature]))?;
        }
    }
    Ok(())
}

/// Clippy's own list of what each Rust brought, held against `rust-version`: no second toolchain is needed.
pub(crate) fn msrv() -> Outcome {
    run(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-features",
        "--locked",
        "--",
        "-D",
        "clippy::incompatible_msrv",
    ]))
}
