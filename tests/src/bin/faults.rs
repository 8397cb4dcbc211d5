//! Breaks the three phases in every way, or at random: what `cargo xtask faults` runs.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a command-line tool talks to people")]

use clap::Parser;
use flow_tests::{cell::cells, matrix, random};
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "cargo xtask faults",
    about = "Breaks the three phases, and looks at the end"
)]
struct Arguments {
    /// The seed of the matrix, or the first one of the random runs.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Random runs on the worst day with mixed faults, so many, each with a seed of its own.
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// One cell of the matrix by its name, with its trace.
    #[arg(long, value_name = "NAME", conflicts_with = "seeds")]
    cell: Option<String>,
    /// The trace of each random run.
    #[arg(long, requires = "seeds")]
    trace: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_well = match (arguments.seeds, &arguments.cell) {
        (Some(count), _) => at_random(arguments.seed, count, arguments.trace),
        (None, Some(name)) => one_cell(arguments.seed, name),
        (None, None) => {
            let verdict = matrix::run(arguments.seed);
            print!("{verdict}");
            for cell in &verdict.by_hand {
                println!("  needed a person: {cell}");
            }
            verdict.failed.is_empty()
        }
    };
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn one_cell(seed: u64, name: &str) -> bool {
    let calm = matrix::calm(seed);
    let Some(cell) = cells(&calm.extent)
        .into_iter()
        .find(|cell| cell.to_string() == name)
    else {
        println!("there is no cell {name}");
        return false;
    };
    let outcome = matrix::run_cell(&cell, seed, &calm);
    for line in &outcome.trace {
        println!("{line}");
    }
    match &outcome.failure {
        None => println!("{cell}: the same end after {} more runs", outcome.runs),
        Some(reason) => println!("{cell}: {reason}"),
    }
    outcome.failure.is_none()
}

fn at_random(first: u64, count: u64, with_trace: bool) -> bool {
    let expected = random::calm();
    let (mut faults, mut crashes, mut requests) = (0, 0, 0);
    let mut is_well = true;
    for seed in (first..).take(usize::try_from(count).unwrap_or(usize::MAX)) {
        let outcome = random::run(seed, &expected);
        faults += outcome.faults;
        crashes += outcome.crashes;
        requests += outcome.trace.len();
        if with_trace || outcome.failure.is_some() {
            for line in &outcome.trace {
                println!("{line}");
            }
        }
        if let Some(reason) = outcome.failure {
            println!("seed {seed} failed: {reason}");
            is_well = false;
        }
    }
    println!("{count} seeds from {first}: {requests} requests, {faults} faults, {crashes} crashes");
    is_well
}
