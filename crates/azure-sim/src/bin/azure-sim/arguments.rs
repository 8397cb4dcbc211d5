//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{ffi::OsString, path::PathBuf};
use tracing::level_filters::LevelFilter;

/// A local Azure: Entra ID, Microsoft Graph, Resource Manager, Key Vault and Cosmos DB, by their real host names.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// What to tell on standard error: off, error, warn, info (one line for each request), debug.
    #[arg(long, global = true, default_value = "warn", value_name = "LEVEL")]
    pub(crate) log: LevelFilter,
    /// Where a running server leaves its certificate and its addresses; the user's runtime or cache folder if absent.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves until SIGINT or SIGTERM, and prints the environment for clients.
    Serve(ServeArguments),
    /// Prints the environment of the running server: eval "$(cargo sim env)".
    Env(EnvArguments),
    /// Runs one command in the environment of the running server, or of one made for it, with a clean configuration of
    /// the Azure CLI: cargo sim run -- az …
    Run(RunArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) launch: LaunchArguments,
    #[command(flatten)]
    pub(crate) principal: PrincipalArguments,
    /// The proxy's port on loopback; a free one if absent.
    #[arg(long, default_value_t = 0)]
    pub(crate) proxy_port: u16,
    /// The port of TLS on loopback; a free one if absent.
    #[arg(long, default_value_t = 0)]
    pub(crate) tls_port: u16,
    /// Opens /control/ on the proxy's port: requests, resources, unmodelled, unknown-members, refused; POST faults, advance.
    #[arg(long)]
    pub(crate) control: bool,
}

/// What the Azure is like.
#[derive(Debug, Args)]
pub(crate) struct LaunchArguments {
    /// Tenants, subscriptions, users and service principals, in TOML or JSON; a provider and a customer if absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) tenants: Option<PathBuf>,
    /// Faults to come, in TOML or JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Decides ids and delays; 0 if absent.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// How long things take; strict if absent.
    #[arg(long, value_enum)]
    pub(crate) lag: Option<LagProfile>,
    /// So many seconds pass in each second of the wall clock.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) time_scale: f64,
    /// Which cloud it is; public if absent.
    #[arg(long, value_enum)]
    pub(crate) cloud: Option<Cloud>,
    /// The whole state: loaded if the file exists, written at the start and on a graceful stop. It holds private keys and
    /// secrets. What makes a new state (tenants, faults, seed, lag, cloud) does not touch one that is loaded.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
}

/// Whose credentials stand in the environment.
#[derive(Debug, Args)]
pub(crate) struct PrincipalArguments {
    /// The service principal whose credentials stand in the environment; the first if absent.
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Managed identities by IDENTITY_ENDPOINT, as in App Service, in place of the metadata address.
    #[arg(long)]
    pub(crate) app_service: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EnvArguments {
    #[command(flatten)]
    pub(crate) principal: PrincipalArguments,
    /// For which shell.
    #[arg(long, value_enum, default_value_t = ShellName::Sh)]
    pub(crate) shell: ShellName,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) launch: LaunchArguments,
    #[command(flatten)]
    pub(crate) principal: PrincipalArguments,
    /// A server of the command's own, even if one is running; so it is with --state, too.
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Signs the Azure CLI in first, as the service principal.
    #[arg(long)]
    pub(crate) login: bool,
    /// The Azure CLI's configuration folder, to keep it between commands; a clean one if absent.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) config_dir: Option<PathBuf>,
    /// The command.
    #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true)]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LagProfile {
    /// Everything at once.
    Strict,
    /// An ordinary day.
    Typical,
    /// A bad day.
    Worst,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Cloud {
    Public,
    UsGovernment,
    China,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ShellName {
    Sh,
    Powershell,
}
