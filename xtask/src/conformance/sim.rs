//! The simulator held against recorded traffic: recorded requests go in, and its answers are held against the recorded ones.

mod acceptance;
mod accepted;
mod budgets;
mod compare;
mod ids;
mod imply;
mod player;
pub(crate) mod replayed;
mod report;
mod routes;
mod stage;
#[cfg(test)]
mod tests;

use super::{
    Data,
    recording::{self, Recording},
};
use crate::Outcome;
use acceptance::{Accepted, Row};
use accepted::accepted;
use player::Player;
use report::Report;

/// Replays every recording, prints what was found, and keeps how often each operation was.
pub(crate) fn run(data: &Data) -> Outcome {
    let recordings = recording::read_all(&data.recordings)?;
    let report = check(&recordings, accepted());
    for failure in report.failures() {
        println!("FAILED {failure}");
    }
    println!("{report}");
    println!("{} passed, {} failed", report.passed(), report.failed());
    replayed::save(report.replayed())?;
    if report.failed() == 0 {
        Ok(())
    } else {
        Err("simulator and recordings do not agree".into())
    }
}

fn check(recordings: &[Result<Recording, String>], accepted: Vec<Row>) -> Report {
    let mut report = Report::default();
    let mut accepted = Accepted::new(accepted);
    for recording in recordings {
        match recording {
            Ok(recording) => {
                let mut player = Player::new(recording);
                for (at, exchange) in recording.exchanges.iter().enumerate() {
                    let (family, ended) = player.play(at, &mut accepted);
                    let whose = format!("{} #{at} {}", recording.name, exchange.line());
                    report.add(family, &whose, &ended);
                    if matches!(ended, player::Ended::Replayed) {
                        report.add_replayed(replayed::operation(exchange));
                    }
                }
                report.add_implied(player.implied);
            }
            Err(reason) => report.add_failure(reason.clone()),
        }
    }
    report.close(&accepted);
    report
}
