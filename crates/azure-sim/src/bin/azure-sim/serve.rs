//! `azure-sim serve`.

use crate::{
    Outcome,
    arguments::ServeArguments,
    launch::{launch, stop},
    print,
    session::{self, Session, config_dir},
    signals::Signals,
};
use azure_core::time::to_rfc3339;
use azure_sim::serve::{ServeOptions, Shell};
use std::{fs, path::PathBuf, process::ExitCode};

/// Serves until a signal.
pub(crate) async fn serve(given: Option<PathBuf>, options: &ServeArguments) -> Outcome<ExitCode> {
    let mut signals = Signals::listen()?;
    let folder = session::folder(given.as_deref())?;
    let env = session::command("env", given.as_deref());
    if Session::load(&folder)?.is_some() {
        return Err(format!(
            "a server of {} is running; give another --folder for a second one",
            folder.display()
        )
        .into());
    }
    let ports = ServeOptions {
        proxy_port: options.proxy_port,
        tls_port: options.tls_port,
        control: options.control,
        ..ServeOptions::default()
    };
    let (server, seeded) = launch(&options.launch, ports).await?;
    let session = Session::open(&server, &seeded, &folder)?;
    // Tokens in it are of a server that is gone.
    let clean = config_dir(&folder);
    if clean.exists() {
        fs::remove_dir_all(&clean)?;
    }
    let environment = session.environment(&options.principal, &clean)?;
    session.save(&folder)?;
    let mut text = environment.script(Shell::Posix);
    text.push_str("# Azure CLI: az login --service-principal -u $AZURE_CLIENT_ID -p $AZURE_CLIENT_SECRET --tenant $AZURE_TENANT_ID\n");
    for principal in &seeded.principals {
        text.push_str(&format!(
            "# {}: {env} --as {} (tenant {}, client {})\n",
            principal.tenant,
            session::quoted(&principal.name),
            principal.tenant_id,
            principal.client_id
        ));
    }
    text.push_str(&format!(
        "# Here it is {}\n",
        to_rfc3339(&server.sim().date())
    ));
    text.push_str(&format!(
        "# Proxy {}, TLS {}; stop with Ctrl-C\n",
        server.proxy_address(),
        server.tls_address()
    ));
    print(&text)?;
    signals.next().await;
    let sim = server.sim().clone();
    let refused = server.refused();
    let saved = stop(&options.launch, server).await;
    session::close(&folder)?;
    for line in sim.unmodelled() {
        tracing::warn!("was not modelled: {line}");
    }
    for line in refused {
        tracing::warn!("was refused: {line}");
    }
    saved.map(|()| ExitCode::SUCCESS)
}
