//! Headless Chromium gives admin consent, or refuses it, on the page that our own crate links to.

use super::{
    expected::{Line, Said},
    ours::Ours,
    stage::{Stage, Who, run},
};
use crate::{Outcome, tool::workspace};
use cmk_core::Cloud;
use entra_graph::{AdminConsentAnswer, AdminConsentOptions, admin_consent_url};
use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
};

const MISSING: &str =
    "chromium is missing; install it: apt-get install --no-install-recommends chromium";
const ADMINISTRATOR: &str = "admin@contoso.example";

/// Where the provider's web site would be: the browser is sent there with the answer.
pub(super) struct Site {
    listener: TcpListener,
}

impl Site {
    pub(super) fn open() -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(Self { listener })
    }

    /// The redirect URI for the application.
    pub(super) fn redirect_uri(&self) -> Outcome<String> {
        let port = self.listener.local_addr()?.port();
        Ok(format!("http://localhost:{port}/consented"))
    }

    /// Answers every request with an empty page until the process ends.
    fn serve(&self) -> Outcome {
        let listener = self.listener.try_clone()?;
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A browser opens connections that it does not use.
                thread::spawn(move || answer(stream));
            }
        });
        Ok(())
    }
}

fn answer(stream: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(&stream).lines();
    while !lines.next()?.ok()?.is_empty() {}
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\nconnection: close\r\n\r\n<p>Welcome.</p>";
    (&stream).write_all(page.as_bytes()).ok()
}

/// Refuses first, then accepts; `app` has the site's redirect URI.
pub(super) async fn consent(
    stage: &Stage,
    ours: &Ours,
    site: &Site,
    python: &Path,
    app: &str,
) -> Outcome<Vec<Line>> {
    let chromium = locate()?;
    site.serve()?;
    let mut lines = Vec::new();
    for (operation, button, state) in [
        ("consent refused in a browser", "cancel", "8"),
        ("consent accepted in a browser", "accept", "7"),
    ] {
        let redirect_uri = site.redirect_uri()?;
        let options = AdminConsentOptions {
            redirect_uri: Some(redirect_uri.clone()),
            state: Some(state.to_owned()),
        };
        let tenant = ours.customer.tenant().into();
        let page = admin_consent_url(Cloud::Public, tenant, app.parse()?, Some(options));
        let mut command = stage.command(python, &stage.environment(Who::Customer));
        command
            .arg(workspace().join("xtask/clients/browser.py"))
            .arg(&chromium)
            .arg(stage.proxy_url())
            .arg(stage.path(button))
            .args([page.as_str(), ADMINISTRATOR, button]);
        let output = run(command, "")?;
        let search = String::from_utf8_lossy(&output.stdout);
        let said = if output.status.success() {
            let answer = format!("{redirect_uri}{}", search.trim());
            match AdminConsentAnswer::parse(&answer, Some(state))? {
                AdminConsentAnswer::Granted { claimed_tenant, .. } => {
                    Said::Is(serde_json::json!({"granted": claimed_tenant.to_string()}))
                }
                AdminConsentAnswer::Refused { error, .. } => Said::Refused(error),
                other => Said::Failed(format!("{other:?}")),
            }
        } else {
            Said::Failed(String::from_utf8_lossy(&output.stderr).into_owned())
        };
        let op = operation.to_owned();
        lines.push(Line { op, said });
    }
    lines.push(Line {
        op: "the accepted application has a principal".to_owned(),
        said: Said::Is(ours.principal(app).await?),
    });
    Ok(lines)
}

fn locate() -> Outcome<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut candidates = env::split_paths(&path)
        .flat_map(|folder| ["chromium", "google-chrome"].map(|name| folder.join(name)));
    candidates
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| MISSING.into())
}
