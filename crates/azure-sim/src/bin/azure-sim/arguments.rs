//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{ffi::OsString, path::PathBuf};
use tracing::level_filters::LevelFilter;

/// Headings of what belongs to one way of running only.
const SERVER: &str = "The server";
const COMMAND: &str = "The command";

/// A local Azure: Entra ID, Microsoft Graph, Resource Manager, Key Vault and Cosmos DB, by their real host names.
///
/// In one shell `cargo sim serve`; in another `eval "$(cargo sim env)"`, and the Azure CLI and the SDKs of that shell talk
/// to it. Or `cargo sim run --login -- az group list` for one command.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// What to tell on standard error: off, error, warn, info (one line for each request), debug.
    #[arg(long, global = true, default_value = "warn", value_name = "LEVEL")]
    pub(crate) log: LevelFilter,
    /// Where a running server leaves its certificate and its addresses, and where `env` and `run` find it; if absent,
    /// `azure-sim` in $XDG_RUNTIME_DIR, %LOCALAPPDATA% or ~/.cache. Nobody else may write to it.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves until SIGINT (Ctrl-C) or SIGTERM, and prints the environment for clients.
    Serve(ServeArguments),
    /// Prints the environment of the running server: eval "$(cargo sim env)".
    Env(EnvArguments),
    /// Runs one command against the running server, or against one of its own if none is running.
    ///
    /// The command has the environment of the server and a clean configuration of the Azure CLI, and its exit code is that of
    /// `run`: cargo sim run --login -- az group list. A server that is running is taken as it is: what makes a new one
    /// (--tenants, --lag and so on) goes with --fresh.
    Run(RunArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) launch: LaunchArguments,
    #[command(flatten)]
    pub(crate) principal: PrincipalArguments,
    /// The proxy's port on loopback; 0 for a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT", help_heading = SERVER)]
    pub(crate) proxy_port: u16,
    /// The port of TLS on loopback, for clients without the proxy; 0 for a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT", help_heading = SERVER)]
    pub(crate) tls_port: u16,
    /// Opens /control/ on the proxy's port: GET requests, resources, unmodelled, unknown-members, refused; POST faults,
    /// advance. Whoever reaches the port may use it.
    #[arg(long, help_heading = SERVER)]
    pub(crate) control: bool,
}

/// What the Azure is like.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the Azure is like")]
pub(crate) struct LaunchArguments {
    /// Tenants, subscriptions, users and service principals, in TOML or JSON as crates/azure-sim/README.md shows them. If absent, `fabrikam`
    /// with the service principal `provider`, and `contoso` with `customer`, each Owner of a subscription.
    #[arg(long, value_name = "FILE")]
    pub(crate) tenants: Option<PathBuf>,
    /// Faults to come, in TOML or JSON as crates/azure-sim/README.md shows them.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Decides ids and delays: the same seed, the same ids; 0 if absent.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// How long things take; strict if absent.
    #[arg(long, value_enum, value_name = "PROFILE")]
    pub(crate) lag: Option<LagProfile>,
    /// So many seconds pass in each second of the wall clock; 1 if absent.
    #[arg(long, value_name = "FACTOR")]
    pub(crate) time_scale: Option<f64>,
    /// Which cloud it is, and so which hosts there are; public if absent.
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) cloud: Option<Cloud>,
    /// Other answers to what no source settles, in TOML or JSON; crates/azure-sim/README.md lists them.
    #[arg(long, value_name = "FILE")]
    pub(crate) assumptions: Option<PathBuf>,
    /// The whole state: loaded if the file exists, written at the start and on a stop by SIGINT or SIGTERM. It holds private keys and
    /// secrets. What makes a new state (--tenants, --faults, --seed, --lag, --cloud) does not touch one that is loaded.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
}

impl LaunchArguments {
    /// What was given and makes a new state.
    pub(crate) fn given_for_a_new_state(&self) -> Vec<&'static str> {
        let all = [
            ("--tenants", self.tenants.is_some()),
            ("--faults", self.faults.is_some()),
            ("--seed", self.seed.is_some()),
            ("--lag", self.lag.is_some()),
            ("--cloud", self.cloud.is_some()),
        ];
        let given = all.into_iter().filter(|(_, given)| *given);
        given.map(|(name, _)| name).collect()
    }

    /// What was given of what a server is started with, apart from its state.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let mut given = self.given_for_a_new_state();
        given.extend(self.assumptions.as_ref().map(|_| "--assumptions"));
        given.extend(self.time_scale.map(|_| "--time-scale"));
        given
    }
}

/// Whose credentials stand in the environment.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the environment holds")]
pub(crate) struct PrincipalArguments {
    /// The service principal whose credentials stand in the environment, by its name; the first if absent.
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
    /// A server of the command's own, even if one is running. It is gone when the command ends. --state implies it.
    #[arg(long, help_heading = COMMAND)]
    pub(crate) fresh: bool,
    /// Signs the Azure CLI in first, as the service principal of --as.
    #[arg(long, help_heading = COMMAND)]
    pub(crate) login: bool,
    /// The Azure CLI's configuration folder, to keep it between commands; a clean one if absent.
    #[arg(long, value_name = "FOLDER", help_heading = COMMAND)]
    pub(crate) config_dir: Option<PathBuf>,
    /// The command and its arguments, after `--`.
    #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true, help_heading = COMMAND)]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LagProfile {
    /// No delays: what is made or changed is there at once.
    Strict,
    /// An ordinary day: a role counts after a minute or two, an account takes a minute and a half.
    Typical,
    /// A bad day: a role counts after ten minutes, an account takes five to ten.
    Worst,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Cloud {
    /// management.azure.com, vault.azure.net
    Public,
    /// management.usgovcloudapi.net, vault.usgovcloudapi.net
    UsGovernment,
    /// management.chinacloudapi.cn, vault.azure.cn
    China,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ShellName {
    Sh,
    Powershell,
}
