//! Our clients and the simulator held against recorded traffic, and what the clients send against the schemas.

mod address;
mod bodies;
mod compare;
mod families;
mod family;
mod graph_types;
mod operations;
mod proofs;
mod recording;
mod refusals;
mod replay;
mod report;
mod schema;
pub(crate) mod sim;
#[cfg(test)]
mod tables_tests;
#[cfg(test)]
mod tests;
mod transport;

pub(crate) use proofs::{Proof, Seen, proofs};

use crate::Outcome;
use bodies::Shapes;
use families::FAMILIES;
use family::Family;
use graph_types::GraphTypes;
use recording::Recording;
use report::Report;
use schema::Schemas;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Where the data lies.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Data {
    /// The folder of recorded traffic: one JSON file for each recording.
    #[arg(long, value_name = "DIR")]
    pub(crate) recordings: PathBuf,
    /// The folder of request schemas: `arm/<type>/<api-version>.json` and `graph/v1.0.json`.
    #[arg(long, value_name = "DIR")]
    pub(crate) schemas: PathBuf,
}

/// Replays every recording, holds every body against its schema, and prints what was found.
pub(crate) fn run(data: &Data) -> Outcome {
    let recordings = recording::read_all(&data.recordings)?;
    let shapes = read_shapes(&data.schemas)?;
    // The clock is paused: the pauses between polls take no time.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    let report = runtime.block_on(check(FAMILIES, &recordings, &shapes));
    for failure in report.failures() {
        println!("FAILED {failure}");
    }
    println!("{report}");
    println!("{} passed, {} failed", report.passed(), report.failed());
    if report.failed() == 0 {
        Ok(())
    } else {
        Err("clients and data do not agree".into())
    }
}

fn read_shapes(folder: &Path) -> Outcome<Shapes> {
    Ok(Shapes {
        schemas: Schemas::read(&folder.join("arm"))?,
        graph: GraphTypes::read(&folder.join("graph/v1.0.json"))?,
    })
}

async fn check(
    families: &'static [&'static Family],
    recordings: &[Result<Recording, String>],
    shapes: &Shapes,
) -> Report {
    let mut report = Report::default();
    for family in families {
        report.add_family(family.name, family.is_ours);
        for (case, held) in bodies::check(family, shapes).await {
            report.add_body(family.name, case, &held);
        }
    }
    for recording in recordings {
        match recording {
            Ok(recording) => check_recording(families, recording, &mut report).await,
            Err(reason) => report.add_failure(reason.clone()),
        }
    }
    report.close();
    report
}

async fn check_recording(
    families: &'static [&'static Family],
    recording: &Recording,
    report: &mut Report,
) {
    let mut handles = BTreeMap::new();
    for (at, exchange) in recording.exchanges.iter().enumerate() {
        let (family, ended) = replay::exchange(families, exchange).await;
        let whose = format!("{} #{at} {}", recording.name, exchange.line());
        report.add_exchange(family.map(|family| family.name), &whose, &ended);
        if let replay::Ended::Replayed {
            operation: Some(handle),
            ..
        } = ended
        {
            handles.insert(at, handle);
        }
    }
    for (family, line, ended) in operations::replay(families, recording, &handles).await {
        let whose = format!("{} {line}", recording.name);
        report.add_operation(family.map(|family| family.name), &whose, &ended);
    }
}
