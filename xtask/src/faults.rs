//! Breaks the three phases in every way and looks at the end: the program `faults` of the flow tests.

use crate::{
    Outcome,
    tool::{self, cargo},
};

/// Runs it with these arguments.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut faults = cargo(&["run", "--quiet", "--locked", "--package", "flow-tests"]);
    faults.args(["--bin", "faults", "--"]);
    tool::run(faults.args(arguments))
}
