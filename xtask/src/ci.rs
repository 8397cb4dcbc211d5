//! Everything that gates a change, one stage after the other, with a summary.

use crate::{
    Outcome, clients,
    conformance::{self, Data},
    deny, examples, fuzz, parity, rustc_checks, tidy,
};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// Runs every stage, also after one has failed, and fails if any has.
pub(crate) fn run(data: Option<Data>) -> Outcome {
    let with_data = |name, run: fn(&Data) -> Outcome| match data.clone() {
        Some(data) => Stage::new(name, move || run(&data)),
        None => Stage::not_run(name),
    };
    let conformance = with_data("conformance", conformance::run);
    let simulator = with_data("simulator", conformance::sim::run);
    // Of what the clients have just sent, and the simulator answered.
    let parity = with_data("parity", |data| parity::check(&data.recordings));
    summarise(vec![
        Stage::new("fmt", rustc_checks::fmt),
        Stage::new("tidy", tidy::run),
        Stage::new("deny", deny::run),
        Stage::new("lint", rustc_checks::lint),
        Stage::new("docs", rustc_checks::docs),
        Stage::new("served", rustc_checks::served),
        Stage::new("examples", examples::run),
        Stage::new("fuzz", || fuzz::run(fuzz::RUNS, fuzz::SEED, None)),
        conformance,
        simulator,
        Stage::new("clients", clients::run),
        parity,
    ])
}

/// One stage.
struct Stage {
    name: &'static str,
    /// What it does, or nothing where it cannot run.
    run: Option<Box<dyn FnOnce() -> Outcome>>,
}

impl Stage {
    fn new(name: &'static str, run: impl FnOnce() -> Outcome + 'static) -> Self {
        Self {
            name,
            run: Some(Box::new(run)),
        }
    }

    /// A stage whose data is not given.
    fn not_run(name: &'static str) -> Self {
        Self { name, run: None }
    }
}

/// How a stage ended.
enum End {
    Passed,
    NotRun,
    Failed(String),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("ok"),
            Self::NotRun => f.write_str("NOT RUN: no data was given"),
            Self::Failed(reason) => write!(f, "FAILED: {reason}"),
        }
    }
}

fn summarise(stages: Vec<Stage>) -> Outcome {
    let mut ends = Vec::new();
    for Stage { name, run } in stages {
        println!("\n== {name}");
        let start = Instant::now();
        let end = match run.map(|run| run()) {
            None => End::NotRun,
            Some(Ok(())) => End::Passed,
            Some(Err(error)) => End::Failed(error.to_string()),
        };
        ends.push((name, start.elapsed(), end));
    }
    println!("\n== summary");
    for (name, time, end) in &ends {
        println!("{name:<12} {:>7} {end}", seconds(*time));
    }
    let failed: Vec<&str> = ends
        .iter()
        .filter(|(_, _, end)| matches!(end, End::Failed(_)))
        .map(|(name, _, _)| *name)
        .collect();
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")).into())
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::{Stage, summarise};
    use std::{cell::Cell, rc::Rc};

    #[test]
    fn a_failed_stage_fails_the_whole_and_the_later_ones_still_run() {
        let ran = Rc::new(Cell::new(false));
        let stages = vec![
            Stage::new("first", || Err("broken".into())),
            Stage::new("second", {
                let ran = Rc::clone(&ran);
                move || {
                    ran.set(true);
                    Ok(())
                }
            }),
        ];
        let error = summarise(stages).expect_err("a stage failed").to_string();
        assert_eq!(error, "failed: first");
        assert!(ran.get());
    }
}
