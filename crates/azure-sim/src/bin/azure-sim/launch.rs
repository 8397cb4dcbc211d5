//! Makes an Azure from the command line's wishes and serves it.

use crate::{
    Outcome,
    arguments::{Cloud, LagProfile, LaunchArguments},
};
use azure_sim::{
    Lag, Sim, SimCloud, SimOptions,
    serve::{Seed, Seeded, ServeOptions, Server, read_faults},
};
use std::{fs, path::Path};

/// Serves an Azure as it is wanted; time scale and ports stand in `options`.
pub(crate) async fn launch(
    wanted: &LaunchArguments,
    options: ServeOptions,
) -> Outcome<(Server, Seeded)> {
    let sim = Sim::new(SimOptions {
        seed: wanted.seed,
        lag: match wanted.lag {
            LagProfile::Strict => Lag::strict(),
            LagProfile::Typical => Lag::typical(),
            LagProfile::Worst => Lag::worst(),
        },
        cloud: match wanted.cloud {
            Cloud::Public => SimCloud::Public,
            Cloud::UsGovernment => SimCloud::UsGovernment,
            Cloud::China => SimCloud::China,
        },
        ..SimOptions::default()
    });
    let seed = match &wanted.tenants {
        Some(file) => Seed::parse(&read(file)?).map_err(|error| at(file, error))?,
        None => Seed::two_tenants()?,
    };
    let seeded = seed.plant(&sim)?;
    if let Some(file) = &wanted.faults {
        sim.inject(read_faults(&read(file)?).map_err(|error| at(file, error))?);
    }
    let options = ServeOptions {
        time_scale: wanted.time_scale,
        ..options
    };
    Ok((Server::start(sim, options).await?, seeded))
}

fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|error| at(file, error).into())
}

fn at(file: &Path, error: impl std::fmt::Display) -> String {
    format!("{}: {error}", file.display())
}
