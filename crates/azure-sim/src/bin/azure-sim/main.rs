//! `azure-sim`: a local Azure for clients that nobody here wrote.
#![forbid(unsafe_code)]

mod arguments;
mod files;
mod launch;
mod run;
mod serve;
mod session;
mod signals;
mod state;

use arguments::{Arguments, Command};
use clap::Parser;
use std::{io::Write, process::ExitCode};

/// What goes wrong here goes to a person.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell if this fails.
            let _ = writeln!(std::io::stderr(), "azure-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Outcome<ExitCode> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_max_level(arguments.log)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let folder = arguments.folder;
    match arguments.command {
        Command::Serve(options) => runtime.block_on(serve::serve(folder, &options)),
        Command::Env(options) => session::print_environment(folder, &options),
        Command::Run(options) => runtime.block_on(run::run(folder, &options)),
    }
}

/// Writes a text to standard output.
fn print(text: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
