//! Makes an Azure from the command line's wishes and serves it.

use crate::{
    Outcome,
    arguments::{Cloud, LagProfile, LaunchArguments},
    files, state,
};
use azure_sim::{
    Lag, Sim, SimCloud, SimOptions,
    serve::{Seed, Seeded, ServeOptions, Server, read_assumptions, read_faults},
};

/// Serves an Azure as it is wanted; time scale and ports stand in `options`.
pub(crate) async fn launch(
    wanted: &LaunchArguments,
    options: ServeOptions,
) -> Outcome<(Server, Seeded)> {
    let loaded = match &wanted.state {
        Some(file) => state::load(file)?.map(|sim| (file, sim)),
        None => None,
    };
    let (sim, seeded) = match loaded {
        Some((file, sim)) => {
            state::warn_of_ignored(wanted, file);
            let seeded = Seeded::of(&sim);
            (sim, seeded)
        }
        None => fresh(wanted)?,
    };
    if let Some(file) = &wanted.assumptions {
        let text = files::read(file)?;
        sim.assume(read_assumptions(&text).map_err(|error| files::at(file, error))?);
    }
    // A file that cannot be written shall be told now, not when everything has been done.
    save(wanted, &sim)?;
    let options = ServeOptions {
        time_scale: wanted.time_scale.unwrap_or(options.time_scale),
        ..options
    };
    Ok((Server::start(sim, options).await?, seeded))
}

/// Stops a server, and saves its state if that is wanted.
pub(crate) async fn stop(wanted: &LaunchArguments, server: Server) -> Outcome {
    let sim = server.sim().clone();
    server.stop().await;
    save(wanted, &sim)
}

fn save(wanted: &LaunchArguments, sim: &Sim) -> Outcome {
    match &wanted.state {
        Some(file) => state::save(sim, file),
        None => Ok(()),
    }
}

/// A new Azure as it is wanted.
fn fresh(wanted: &LaunchArguments) -> Outcome<(Sim, Seeded)> {
    let sim = Sim::today(SimOptions {
        seed: wanted.seed.unwrap_or_default(),
        lag: match wanted.lag {
            None | Some(LagProfile::Strict) => Lag::strict(),
            Some(LagProfile::Typical) => Lag::typical(),
            Some(LagProfile::Worst) => Lag::worst(),
        },
        cloud: match wanted.cloud {
            None | Some(Cloud::Public) => SimCloud::Public,
            Some(Cloud::UsGovernment) => SimCloud::UsGovernment,
            Some(Cloud::China) => SimCloud::China,
        },
        ..SimOptions::default()
    });
    let seed = match &wanted.tenants {
        Some(file) => Seed::parse(&files::read(file)?).map_err(|error| files::at(file, error))?,
        None => Seed::two_tenants()?,
    };
    let planted = seed.plant(&sim);
    let seeded = planted.map_err(|error| match &wanted.tenants {
        Some(file) => files::at(file, error),
        None => error.to_string(),
    })?;
    if let Some(file) = &wanted.faults {
        let plan = read_faults(&files::read(file)?, sim.cloud());
        sim.inject(plan.map_err(|error| files::at(file, error))?);
    }
    Ok((sim, seeded))
}
