//! Unmodified clients of Azure against the served simulator, and our own facade on what they have made.
//!
//! Every client has an Azure of its own. What it says of each operation is held against `xtask/clients/expected.json`;
//! a route that is not modelled, a member that is not known and a host that was refused count as differences too.

mod azure_cli;
mod browser;
mod expected;
mod official_crates;
mod ours;
mod python;
mod requests;
mod stage;
mod table;
mod venv;

pub(crate) use official_crates::child as official_crates;
pub(crate) use requests::load as requests;

use crate::Outcome;
use azure_cli::AzureCli;
use browser::{Applications, Site};
use expected::{Ids, Line, Said};
use ours::Ours;
use serde_json::json;
use stage::Stage;
use std::{path::Path, thread, time::Instant};
use table::Table;

/// What the SDKs do, in order: Microsoft's walkthrough,
const WALKTHROUGH: [&str; 3] = ["provider", "customer", "accounts"];
/// and every other operation on what it has made.
const BEYOND: [&str; 10] = [
    "identities",
    "refusals",
    "reader",
    "keys in use",
    "life of a key",
    "directory",
    "vaults",
    "life of an account",
    "resources",
    "managed HSM",
];

/// Runs every client and prints the table.
pub(crate) fn run() -> Outcome {
    let az = venv::python("az")?;
    let sdk = venv::python("sdk")?;
    let start = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut table = Table::new(expected::read()?);
    let mut of_the_cli = Table::new(expected::read()?);
    // The Azure CLI takes as long as all others.
    thread::scope(|scope| {
        scope.spawn(|| {
            let ended = runtime.block_on(the_azure_cli(&mut of_the_cli, &az));
            note(&mut of_the_cli, "az", ended, start);
        });
        runtime.block_on(others(&mut table, &az, &sdk, start));
    });
    table.join(of_the_cli);
    table.close();
    requests::save(table.requests())?;
    println!("{table}");
    let differences = table.differences();
    for difference in &differences {
        println!("DIFFERENT {difference}");
    }
    println!("{:.1} s", start.elapsed().as_secs_f64());
    match differences.len() {
        0 => Ok(()),
        number => {
            Err(format!("{number} differences between real clients and the simulator").into())
        }
    }
}

async fn others(table: &mut Table, az: &Path, sdk: &Path, start: Instant) {
    for (client, flavour) in [("python", "sync"), ("python aio", "aio")] {
        let ended = python_sdks(table, client, flavour, sdk).await;
        note(table, client, ended, start);
    }
    let ended = rust_crates(table).await;
    note(table, "rust", ended, start);
    let ended = in_a_browser(table, az).await;
    note(table, "chromium", ended, start);
    let ended = half_by_half(table, az).await;
    note(table, "cross", ended, start);
}

fn note(table: &mut Table, client: &str, ended: Outcome, start: Instant) {
    if let Err(error) = ended {
        table.note(client, error);
    }
    println!("{client}: {:.1} s", start.elapsed().as_secs_f64());
}

/// Holds lines against the table, and notes what the client asked for in vain.
fn hold(table: &mut Table, client: &str, stage: &Stage, lines: &[Line], ids: &mut Ids) {
    table.hold(client, lines, ids);
    for problem in stage.problems() {
        table.note(client, problem);
    }
}

async fn the_azure_cli(table: &mut Table, python: &Path) -> Outcome {
    let stage = Stage::start().await?;
    let ours = Ours::new(&stage)?;
    let mut az = AzureCli::new(&stage, python);
    let ended = by_azure_cli(&mut az);
    let mut lines = az.take_lines();
    if ended.is_ok() {
        let app = az.application()?;
        table.saw("az", stage.new_requests());
        lines.extend(ours.find(&app, "by-put").await?);
        lines.push(Line {
            op: "our client reads every account".to_owned(),
            said: Said::Is(ours.accounts().await?),
        });
        stage.new_requests();
        az.without_secrets()?;
        az.refusals()?;
        az.reader()?;
        az.keys()?;
        az.governance()?;
        az.managed_hsm()?;
        table.saw("az", stage.new_requests());
        lines.extend(az.take_lines());
        for (operation, vault, name) in [
            (
                "our client reads the imported key",
                "contoso-keys",
                "imported",
            ),
            ("our client reads the restored key", "contoso-copy", "tool"),
        ] {
            lines.push(Line {
                op: operation.to_owned(),
                said: Said::Is(ours.key(vault, name, false).await?),
            });
        }
    }
    hold(table, "az", &stage, &lines, &mut ids(&stage));
    ended?;

    let stage = Stage::start().await?;
    Ours::new(&stage)?.make().await?;
    let mut az = AzureCli::new(&stage, python);
    stage.new_requests();
    az.sign_in()?;
    let ended = az.ours();
    table.saw("az", stage.new_requests());
    hold(table, "az", &stage, &az.take_lines(), &mut ids(&stage));
    ended
}

fn by_azure_cli(az: &mut AzureCli<'_>) -> Outcome {
    az.sign_in()?;
    az.provider()?;
    az.customer()?;
    az.accounts()
}

async fn python_sdks(table: &mut Table, client: &str, flavour: &str, python: &Path) -> Outcome {
    let stage = Stage::start().await?;
    let ours = Ours::new(&stage)?;
    let mut lines = python::sdks(&stage, python, flavour, &WALKTHROUGH)?;
    table.saw(client, stage.new_requests());
    let mut known = ids(&stage);
    hold(table, client, &stage, &lines, &mut known);
    if let Some(app) = known.get("app") {
        let mut found = ours.find(app, "by-put").await?;
        found.push(Line {
            op: "our client reads each account".to_owned(),
            said: Said::Is(ours.accounts().await?),
        });
        table.hold(client, &found, &mut known);
        stage.new_requests();
    }
    lines = python::sdks(&stage, python, flavour, &["upserts"])?;
    table.saw(client, stage.new_requests());
    lines.extend(ours.find_upserts().await?);
    hold(table, client, &stage, &lines, &mut known);
    stage.new_requests();
    lines = python::sdks(&stage, python, flavour, &BEYOND)?;
    table.saw(client, stage.new_requests());
    lines.push(Line {
        op: "our client reads the accounts in the end".to_owned(),
        said: Said::Is(ours.accounts().await?),
    });
    hold(table, client, &stage, &lines, &mut known);

    let stage = Stage::start().await?;
    Ours::new(&stage)?.make().await?;
    stage.new_requests();
    let lines = python::sdks(&stage, python, flavour, &["ours"])?;
    table.saw(client, stage.new_requests());
    hold(table, client, &stage, &lines, &mut ids(&stage));
    Ok(())
}

async fn rust_crates(table: &mut Table) -> Outcome {
    let stage = Stage::start().await?;
    let ours = Ours::new(&stage)?;
    let (mut lines, requests) = official_crates::run_on(&stage, &ours).await?;
    table.saw("rust", requests);
    lines.push(Line {
        op: "our three phases find all as it was".to_owned(),
        said: Said::Is(json!({"changed": ours.changes_something().await?})),
    });
    hold(table, "rust", &stage, &lines, &mut ids(&stage));
    Ok(())
}

async fn in_a_browser(table: &mut Table, python: &Path) -> Outcome {
    let stage = Stage::start().await?;
    let site = Site::open()?;
    let mut az = AzureCli::new(&stage, python);
    az.sign_in()?;
    let back = site.redirect_uri()?;
    let apps = Applications {
        usual: az.new_application("cmk", "AzureADMultipleOrgs", Some(&back))?,
        of_one_tenant: az.new_application("internal", "AzureADMyOrg", Some(&back))?,
        without_redirect: az.new_application("bare", "AzureADMultipleOrgs", None)?,
    };
    let ours = Ours::new(&stage)?;
    let (lines, requests) = browser::consent(&stage, &ours, &site, python, &apps).await?;
    table.saw("chromium", requests);
    hold(table, "chromium", &stage, &lines, &mut ids(&stage));
    Ok(())
}

/// One half by the Azure CLI, the other by us, on the same state: both ways.
async fn half_by_half(table: &mut Table, python: &Path) -> Outcome {
    let stage = Stage::start().await?;
    let ours = Ours::new(&stage)?;
    let mut az = AzureCli::new(&stage, python);
    az.sign_in()?;
    az.provider()?;
    let setup = ours.phase1(Some(&az.application()?)).await?.output;
    ours.phase2(&setup.offer(None)).await?;
    let before = az.take_lines();
    az.account_by_put()?;
    let mut known = ids(&stage);
    let mut names = Table::new(expected::read()?);
    // For the ids.
    names.hold("az", &before, &mut known);
    let mut lines = az.take_lines();
    for line in &mut lines {
        line.op = "az sets up, we grant, az creates".to_owned();
    }
    hold(table, "cross", &stage, &lines, &mut known);

    let stage = Stage::start().await?;
    let ours = Ours::new(&stage)?;
    let setup = ours.phase1(None).await?.output;
    let mut az = AzureCli::new(&stage, python);
    az.sign_in()?;
    az.customer()?;
    let offer = setup.offer(None);
    let grant = ours.phase2(&offer).await?.output;
    let made = ours.phase3(&setup, &offer, &grant, "ours").await?;
    let status = made.output.cmk_status.map(|status| status.to_string());
    let outcome = made.report.outcome(cross_tenant_cmk::StepId::Account);
    let lines = [Line {
        op: "we set up, az grants, we create".to_owned(),
        said: Said::Is(json!({"account": outcome.map(ToString::to_string), "status": status})),
    }];
    hold(table, "cross", &stage, &lines, &mut ids(&stage));
    Ok(())
}

/// The ids that are known before anything is done.
fn ids(stage: &Stage) -> Ids {
    let mut ids = Ids::default();
    for (number, own) in [("1", &stage.provider), ("2", &stage.customer)] {
        ids.insert(&format!("t{number}"), &own.tenant_id);
        ids.insert(&format!("s{number}"), &own.subscription_id);
        ids.insert(&format!("c{number}"), &own.client_id);
    }
    ids
}
