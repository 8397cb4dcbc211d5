//! Ten thousand vaults, keys and accounts by request, and a server on top of them: what that takes, printed.
//!
//! `cargo run -p azure-sim --features serve --example scale`, with another number behind `--` if you like. It fails if the
//! process ever held more than 200 MiB.

mod fill;

use azure_sim::{
    RsaKeys, Sim, SimOptions, Throttling, TwoTenants,
    serve::{ServeOptions, Server},
};
use fill::{Outcome, Scale};
use reqwest::{Certificate, Client, Proxy};
use std::{
    env, fs,
    io::{Write, stdout},
    time::{Duration, Instant},
};

const MOST_MIB: u64 = 200;
const METADATA: &str =
    "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration";

#[tokio::main]
async fn main() -> Outcome {
    let number = match env::args().nth(1) {
        Some(number) => number.parse()?,
        None => 10_000,
    };
    let (azure, chain) = TwoTenants::with_chain(SimOptions {
        throttling: Throttling::Off,
        rsa_keys: RsaKeys::SharedForScaleRuns,
        ..SimOptions::default()
    });
    let started = Instant::now();
    let scale = Scale::new(&azure, &chain)?;
    for one in 0..number {
        scale.make(one)?;
    }
    check(&azure.sim, number)?;
    let took = started.elapsed();
    let mut out = stdout().lock();
    writeln!(out, "{number} vaults, keys and accounts: {took:.1?}")?;
    let took = first_answer(azure.sim.clone()).await?;
    writeln!(
        out,
        "server, from its start to its first answer: {took:.1?}"
    )?;
    // Linux tells what a process holds and held.
    let (Some(now), Some(peak)) = (memory("VmRSS:"), memory("VmHWM:")) else {
        writeln!(out, "memory: unknown, there is no /proc/self/status")?;
        return Ok(());
    };
    writeln!(out, "memory: {now} MiB, {peak} MiB at the peak")?;
    if peak > MOST_MIB {
        return Err(format!("more than {MOST_MIB} MiB").into());
    }
    Ok(())
}

/// Whether the accounts came up, each under its own key.
fn check(sim: &Sim, number: usize) -> Outcome {
    sim.advance_to(Duration::from_secs(1));
    for one in 0..number {
        let status = sim.key_status(&format!("scale-{one}"));
        if !status.is_some_and(|status| status.contains("confirmed")) {
            return Err(format!("account {one} does not reach its key").into());
        }
    }
    Ok(())
}

/// How long it takes from a server's start to an answer by HTTPS through its proxy.
async fn first_answer(sim: Sim) -> Outcome<Duration> {
    let started = Instant::now();
    let server = Server::start(sim, ServeOptions::default()).await?;
    let client = Client::builder()
        .tls_certs_only([Certificate::from_pem(server.ca_pem().as_bytes())?])
        .proxy(Proxy::all(server.proxy_url())?)
        .build()?;
    client.get(METADATA).send().await?.error_for_status()?;
    let took = started.elapsed();
    server.stop().await;
    Ok(took)
}

/// A line of the process's status, in MiB.
fn memory(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}
