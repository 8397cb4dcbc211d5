//! Every request of the three phases with every fault, and every crash: the same end.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod defects;

use flow_tests::{
    cell::{cells, faults},
    matrix::{calm, run},
    random,
};

#[test]
fn every_cell_of_the_matrix_comes_to_the_same_end() {
    let verdict = run(7);
    print_of(&verdict.to_string());
    assert_eq!(verdict.failed, []);
    let extent = calm(7).extent;
    assert_eq!(verdict.cells, cells(&extent).len());
    assert!(
        extent.requests > 50 && extent.entries > 18 && extent.polls > 100,
        "{extent:?}"
    );
    // Every crash breaks a run; so do about half of the faults, and the rest is waited out.
    assert!(verdict.broken > verdict.cells / 2, "{verdict}");
    // A creation that has failed, and a process that ended before it could clear up: only there a person must look.
    for cell in &verdict.by_hand {
        assert!(cell.contains("/operation-"), "{cell}");
    }
}

/// Shown with `--nocapture`, and when the test fails.
#[expect(clippy::print_stdout, reason = "the size of the matrix is a result")]
fn print_of(verdict: &str) {
    print!("{verdict}");
}

#[test]
fn the_cells_are_every_request_with_every_fault_and_every_crash() {
    let extent = calm(7).extent;
    let cells = cells(&extent);
    let faults = faults().len();
    assert!(faults > 20, "{faults}");
    assert_eq!(
        cells.len(),
        extent.requests * faults * 2 + extent.requests * 2 + extent.entries * 2 + extent.polls
    );
    let mut names: Vec<String> = cells.iter().map(ToString::to_string).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), cells.len());
}

#[test]
fn chance_comes_to_the_same_end_and_a_seed_to_the_same_trace() {
    let expected = random::calm();
    let mut hit = 0;
    for seed in 0..12 {
        let outcome = random::run(seed, &expected);
        assert_eq!(
            outcome.failure,
            None,
            "seed {seed}:\n{}",
            outcome.trace.join("\n")
        );
        hit += outcome.faults;
    }
    assert!(hit > 50, "{hit}");
    assert_eq!(random::run(3, &expected), random::run(3, &expected));
}
