//! Hostile input in a bounded run: the targets of `fuzz`, without libFuzzer and without nightly.

use crate::Outcome;
use flow_tests::hostile::{self, TARGETS, Target};
use std::time::Instant;

/// Inputs for each target where a change is gated.
pub(crate) const RUNS: u32 = 1_000;
/// Their seed.
pub(crate) const SEED: u64 = 1;

/// Runs every target, or the one named, also after one has failed.
pub(crate) fn run(runs: u32, seed: u64, only: Option<&str>) -> Outcome {
    let targets = match only {
        None => TARGETS.to_vec(),
        Some(name) => {
            vec![Target::named(name).ok_or_else(|| format!("no target is named {name}"))?]
        }
    };
    run_all(&targets, runs, seed)
}

fn run_all(targets: &[Target], runs: u32, seed: u64) -> Outcome {
    let (mut inputs, mut failed) = (0, Vec::new());
    for target in targets {
        let start = Instant::now();
        match hostile::run(*target, runs, seed) {
            Ok(ran) => {
                inputs += ran.inputs;
                println!(
                    "{:<17} {:>3} seeds {:>7} inputs {:>6.1} s",
                    target.name,
                    ran.seeds,
                    ran.inputs,
                    start.elapsed().as_secs_f64()
                );
            }
            Err(broken) => {
                println!("{broken}");
                failed.push(target.name);
            }
        }
    }
    if failed.is_empty() {
        println!("{inputs} inputs in {} targets, seed {seed}", targets.len());
        return Ok(());
    }
    let failed = failed.join(", ");
    Err(format!("failed: {failed} (again with --seed {seed} --runs {runs})").into())
}

#[cfg(test)]
mod tests {
    use super::{run, run_all};
    use flow_tests::hostile::Target;

    #[test]
    fn a_planted_defect_fails_the_run_and_a_sound_target_does_not() {
        let sound = Target::named("key_uri").expect("a target");
        let planted = Target {
            check: |input| match input.contains(&b'@') {
                true => Err(String::from("planted")),
                false => Ok(()),
            },
            ..sound
        };
        run_all(&[sound], 10, 1).expect("sound");
        let failed = run_all(&[planted, sound], 10, 1).expect_err("planted");
        assert!(
            failed.to_string().starts_with("failed: key_uri"),
            "{failed}"
        );
    }

    #[test]
    fn an_unknown_target_is_an_error() {
        assert!(run(1, 1, Some("nothing-of-this-name")).is_err());
    }
}
