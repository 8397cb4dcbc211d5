//! A bounded run: so many inputs from a seed, the same each time, without libFuzzer and without nightly.

use super::{Target, inputs::inputs};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::{
    any::Any,
    cell::Cell,
    fmt, panic,
    time::{Duration, Instant},
};

/// The longest that one input may take. A thousand times what it does take.
const SLOW: Duration = Duration::from_secs(5);

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ran {
    /// The seeds that it started from.
    pub seeds: usize,
    /// The inputs that it tried, the seeds among them.
    pub inputs: u64,
}

/// What does not hold, and for which input: the smallest that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broken {
    /// The target.
    pub target: &'static str,
    /// What does not hold.
    pub problem: String,
    /// The input.
    pub input: Vec<u8>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}\ninput of {} bytes: b\"{}\"",
            self.target,
            self.problem,
            self.input.len(),
            self.input.escape_ascii()
        )
    }
}

impl std::error::Error for Broken {}

/// Tries every seed of a target, and `runs` inputs that are made from them. The same `seed` makes the same inputs.
///
/// # Errors
/// [`Broken`] at the first input for which something does not hold, made as small as it goes; also where there are no seeds.
pub fn run(target: Target, runs: u32, seed: u64) -> Result<Ran, Broken> {
    let broken = |problem, input| Broken {
        target: target.name,
        problem,
        input,
    };
    let seeds = target
        .seeds()
        .map_err(|error| broken(format!("its seeds cannot be read: {error}"), Vec::new()))?;
    if seeds.is_empty() {
        return Err(broken(String::from("it has no seeds"), Vec::new()));
    }
    let tried = Cell::new(0);
    let try_one = |input: &[u8]| {
        tried.set(tried.get() + 1);
        let start = Instant::now();
        panic::catch_unwind(|| (target.check)(input)).unwrap_or_else(|panic| Err(said(&*panic)))?;
        let took = start.elapsed();
        if took > SLOW {
            return Err(format!("it took {took:?}"));
        }
        Ok(())
    };
    for input in &seeds {
        try_one(input).map_err(|problem| broken(problem, input.clone()))?;
    }
    let count = seeds.len();
    let config = Config {
        cases: runs,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, random(target.name, seed));
    let outcome = runner.run(&inputs(seeds), |input| {
        try_one(&input).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => Ok(Ran {
            seeds: count,
            inputs: tried.get(),
        }),
        Err(TestError::Fail(reason, input)) => Err(broken(reason.to_string(), input)),
        Err(TestError::Abort(reason)) => Err(broken(reason.to_string(), Vec::new())),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("it panicked: {}", text.unwrap_or("without words"))
}

/// Other inputs for each target, the same for the same seed.
fn random(name: &str, seed: u64) -> TestRng {
    let mut bytes = [0; 32];
    let start = seed.to_le_bytes().into_iter().chain(name.bytes());
    for (place, byte) in bytes.iter_mut().zip(start) {
        *place = byte;
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}
