//! `azure-sim run`: one command in the environment of a server.

use crate::{
    Outcome,
    arguments::RunArguments,
    launch::{launch, stop},
    session::{self, Session},
};
use azure_sim::serve::{Environment, SeededPrincipal, ServeOptions};
use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

pub(crate) async fn run(given: Option<PathBuf>, options: &RunArguments) -> Outcome<ExitCode> {
    let folder = session::folder(given)?;
    // Removed with everything in it when the command has ended.
    let scratch = tempfile::tempdir()?;
    let running = if options.fresh || options.launch.state.is_some() {
        None
    } else {
        Session::load(&folder)?
    };
    let (session, own) = match running {
        Some(session) => (session, None),
        None => {
            let (server, seeded) = launch(&options.launch, ServeOptions::default()).await?;
            let session = Session::open(&server, &seeded, scratch.path())?;
            (session, Some(server))
        }
    };
    let config_dir = match &options.config_dir {
        Some(kept) => std::path::absolute(kept)?,
        None => scratch.path().join("azure-config"),
    };
    let environment = session.environment(&options.principal, &config_dir)?;
    if options.login {
        let principal = session.principal(options.principal.name.as_deref())?;
        login(
            principal.ok_or("there is no service principal")?,
            &environment,
        )
        .await?;
    }
    let (program, arguments) = options.command.split_first().ok_or("there is no command")?;
    let mut command = Command::new(program);
    command.args(arguments);
    let code = execute(command, &environment, Path::new(program)).await?;
    if let Some(server) = own {
        stop(&options.launch, server).await?;
    }
    Ok(code)
}

/// The Azure CLI keeps who signed in in its configuration folder.
async fn login(principal: &SeededPrincipal, environment: &Environment) -> Outcome {
    let mut command = Command::new("az");
    command
        .args(["login", "--service-principal", "--output", "none"])
        .args(["-u", &principal.client_id, "-p", &principal.secret])
        .args(["--tenant", &principal.tenant_id])
        .stdout(Stdio::null());
    let code = execute(command, environment, Path::new("az")).await?;
    if code == ExitCode::SUCCESS {
        Ok(())
    } else {
        Err("az login failed".into())
    }
}

/// Runs a command to its end. A signal of the terminal reaches the command too, which decides what it means.
async fn execute(
    mut command: Command,
    environment: &Environment,
    program: &Path,
) -> Outcome<ExitCode> {
    command.envs(environment.variables());
    for name in environment.removed() {
        command.env_remove(name);
    }
    let name = program.display().to_string();
    let ended = tokio::task::spawn_blocking(move || command.status());
    let ended = tokio::select! {
        ended = ended => ended?,
        // Taken so that it does not end this process first; the command's end is waited for below.
        never = ignore_interrupts() => never,
    };
    let status = ended.map_err(|error| format!("{name}: {error}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

async fn ignore_interrupts<T>() -> T {
    loop {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
