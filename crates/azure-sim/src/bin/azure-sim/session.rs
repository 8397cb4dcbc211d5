//! What a running server leaves for `env` and `run`: its certificate, and the environment for each principal.

use crate::{
    Outcome,
    arguments::{EnvArguments, PrincipalArguments, ShellName},
    files, print,
};
use azure_sim::serve::{Environment, Seeded, SeededPrincipal, Server, Shell};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    proxy: SocketAddr,
    environment: Environment,
    principals: Vec<SeededPrincipal>,
}

const FILE: &str = "session.json";
/// A server on this machine answers at once, or it is gone.
const PATIENCE: Duration = Duration::from_secs(5);

impl Session {
    /// Writes the certificate into a folder and says what else clients need.
    pub(crate) fn open(server: &Server, seeded: &Seeded, folder: &Path) -> Outcome<Self> {
        files::private_folder(folder)?;
        let ca = folder.join("ca.pem");
        fs::write(&ca, server.ca_pem()).map_err(|error| files::at(&ca, error))?;
        Ok(Self {
            proxy: server.proxy_address(),
            environment: server.environment(&ca),
            principals: seeded.principals.clone(),
        })
    }

    /// Leaves it for other processes.
    pub(crate) fn save(&self, folder: &Path) -> Outcome {
        files::replace(&folder.join(FILE), &serde_json::to_vec_pretty(self)?)
    }

    /// The session of a server that still answers. What cannot be read is nobody's.
    pub(crate) fn load(folder: &Path) -> Outcome<Option<Self>> {
        let file = folder.join(FILE);
        let Some(text) = files::read_if_there(&file)? else {
            return Ok(None);
        };
        files::refuse_shared(folder)?;
        match serde_json::from_str::<Self>(&text) {
            Ok(session) => Ok(session.is_alive().then_some(session)),
            Err(error) => {
                tracing::warn!(
                    "{}",
                    files::at(
                        &file,
                        format!("damaged, so its server counts as gone: {error}")
                    )
                );
                Ok(None)
            }
        }
    }

    fn is_alive(&self) -> bool {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect_timeout(&self.proxy, PATIENCE)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.contains("\"azure-sim\""))
    }

    /// The service principal of a name, or the first.
    pub(crate) fn principal(&self, name: Option<&str>) -> Outcome<Option<&SeededPrincipal>> {
        let Some(name) = name else {
            return Ok(self.principals.first());
        };
        let found = self.principals.iter().find(|own| own.name == name);
        found.map(Some).ok_or_else(|| {
            let names: Vec<_> = self
                .principals
                .iter()
                .map(|own| own.name.as_str())
                .collect();
            format!(
                "no service principal is named {name:?}; there is {}",
                names.join(", ")
            )
            .into()
        })
    }

    /// The environment of a principal, with a configuration folder for the Azure CLI.
    pub(crate) fn environment(
        &self,
        wanted: &PrincipalArguments,
        config_dir: &Path,
    ) -> Outcome<Environment> {
        let mut environment = self.environment.clone().with_config_dir(config_dir);
        if let Some(principal) = self.principal(wanted.name.as_deref())? {
            environment = environment.with_principal(principal);
        }
        if wanted.app_service {
            environment = environment.with_app_service();
        }
        Ok(environment)
    }
}

/// The folder of the running server.
pub(crate) fn folder(given: Option<&Path>) -> Outcome<PathBuf> {
    if let Some(given) = given {
        return Ok(std::path::absolute(given)?);
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "a program's own folder follows from its user's environment"
    )]
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let base = variable("XDG_RUNTIME_DIR")
        .or_else(|| variable("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".cache")));
    let base = base.ok_or("no XDG_RUNTIME_DIR, LOCALAPPDATA or HOME: give --folder")?;
    Ok(base.join("azure-sim"))
}

/// The Azure CLI's configuration folder of the running server.
pub(crate) fn config_dir(folder: &Path) -> PathBuf {
    folder.join("azure-config")
}

/// Removes what a server left.
pub(crate) fn close(folder: &Path) -> Outcome {
    let file = folder.join(FILE);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(files::at(&file, error).into()),
        _ => Ok(()),
    }
}

/// A command that finds the same folder, to be pasted into a shell.
pub(crate) fn command(name: &str, given: Option<&Path>) -> String {
    match given {
        None => format!("cargo sim {name}"),
        Some(folder) => {
            let folder = quoted(&folder.display().to_string());
            format!("cargo sim {name} --folder {folder}")
        }
    }
}

/// A text as one word for a shell.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

pub(crate) fn print_environment(
    given: Option<PathBuf>,
    options: &EnvArguments,
) -> Outcome<ExitCode> {
    let folder = folder(given.as_deref())?;
    let session = Session::load(&folder)?.ok_or_else(|| {
        format!(
            "no server of {} answers; start one: {}",
            folder.display(),
            command("serve", given.as_deref())
        )
    })?;
    let environment = session.environment(&options.principal, &config_dir(&folder))?;
    print(&environment.script(match options.shell {
        ShellName::Sh => Shell::Posix,
        ShellName::Powershell => Shell::PowerShell,
    }))?;
    Ok(ExitCode::SUCCESS)
}
