//! `azure-sim run`: one command in the environment of a server.

use crate::{
    Outcome,
    arguments::RunArguments,
    launch::{launch, stop},
    session::{self, Session},
    signals::{Ending, Signals},
};
use azure_sim::serve::{Environment, SeededPrincipal, ServeOptions};
use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, ExitStatus, Stdio},
};

pub(crate) async fn run(given: Option<PathBuf>, options: &RunArguments) -> Outcome<ExitCode> {
    // From here on a signal ends the command, not what is to be done after it.
    let mut signals = Signals::listen()?;
    let folder = session::folder(given.as_deref())?;
    // Removed with everything in it when the command has ended.
    let scratch = tempfile::tempdir()?;
    let running = if options.fresh || options.launch.state.is_some() {
        None
    } else {
        Session::load(&folder)?
    };
    let (session, own) = match running {
        Some(session) => {
            refuse_launch(options, &folder)?;
            (session, None)
        }
        None => {
            let (server, seeded) = launch(&options.launch, ServeOptions::default()).await?;
            let session = Session::open(&server, &seeded, scratch.path())?;
            (session, Some(server))
        }
    };
    let code = carry_out(options, &session, scratch.path(), &mut signals).await;
    if let Some(server) = own {
        stop(&options.launch, server).await?;
    }
    code
}

/// A server that runs is as it is.
fn refuse_launch(options: &RunArguments, folder: &Path) -> Outcome {
    let given = options.launch.given();
    if given.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} is for a new server, and the one of {} is running; add --fresh for one of the command's own",
        given.join(", "),
        folder.display()
    )
    .into())
}

async fn carry_out(
    options: &RunArguments,
    session: &Session,
    scratch: &Path,
    signals: &mut Signals,
) -> Outcome<ExitCode> {
    let config_dir = match &options.config_dir {
        Some(kept) => std::path::absolute(kept)?,
        None => scratch.join("azure-config"),
    };
    let environment = session.environment(&options.principal, &config_dir)?;
    if options.login {
        let principal = session.principal(options.principal.name.as_deref())?;
        let principal = principal.ok_or("there is no service principal to sign in as")?;
        login(principal, &environment, signals).await?;
    }
    let (program, arguments) = options.command.split_first().ok_or("there is no command")?;
    let mut command = Command::new(program);
    command.args(arguments);
    let status = execute(command, &environment, Path::new(program), signals).await?;
    Ok(code_of(status))
}

/// The Azure CLI keeps who signed in in its configuration folder.
async fn login(
    principal: &SeededPrincipal,
    environment: &Environment,
    signals: &mut Signals,
) -> Outcome {
    let mut command = Command::new("az");
    command
        .args(["login", "--service-principal", "--output", "none"])
        .args(["-u", &principal.client_id, "-p", &principal.secret])
        .args(["--tenant", &principal.tenant_id])
        .stdout(Stdio::null());
    let status = execute(command, environment, Path::new("az"), signals).await?;
    if status.success() {
        Ok(())
    } else {
        Err("az login failed".into())
    }
}

/// Runs a command to its end. What a signal means, the command decides: a terminal's reaches it anyway, SIGTERM is handed
/// on to it.
async fn execute(
    mut command: Command,
    environment: &Environment,
    program: &Path,
    signals: &mut Signals,
) -> Outcome<ExitStatus> {
    command.envs(environment.variables());
    for name in environment.removed() {
        command.env_remove(name);
    }
    let told = |error| format!("{}: {error}", program.display());
    // One that came before concerns no command.
    if signals.has_come().await {
        return Err(format!("{}: not begun, since a signal came", program.display()).into());
    }
    let mut child = command.spawn().map_err(told)?;
    #[cfg(unix)]
    let id = rustix::process::Pid::from_child(&child);
    let mut ended = tokio::task::spawn_blocking(move || child.wait());
    loop {
        let signal = tokio::select! {
            biased;
            ended = &mut ended => return Ok(ended?.map_err(told)?),
            signal = signals.next() => signal,
        };
        match signal {
            Ending::Interrupted => {}
            // Who has ended meanwhile needs no signal.
            #[cfg(unix)]
            Ending::Terminated => {
                let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
            }
        }
    }
}

/// The command's own code, or what a shell says of a signal that ended it.
fn code_of(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None::<i32>;
    let code = status.code().or_else(|| signal.map(|signal| 128 + signal));
    let code = code.and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
