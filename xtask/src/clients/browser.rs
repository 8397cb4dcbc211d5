//! Headless Chromium gives admin consent, or refuses it, on the page that our own crate links to.

use super::{
    expected::{Line, Said},
    ours::Ours,
    requests::Request,
    stage::{Stage, Who, run},
};
use crate::{
    Outcome,
    tool::{self, workspace},
};
use cmk_core::Cloud;
use entra_graph::{
    AdminConsentAnswer, AdminConsentOptions, ConsentTenant, admin_consent_url, admin_consent_url_v2,
};
use serde_json::{Value, json};
use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread,
};

const MISSING: &str =
    "chromium is missing; install it: apt-get install --no-install-recommends chromium";
const CERTUTIL_MISSING: &str =
    "certutil is missing; install it: apt-get install --no-install-recommends libnss3-tools";
const ADMINISTRATOR: &str = "admin@contoso.example";
const PLAIN_USER: &str = "reader@contoso.example";
const UNKNOWN_ID: &str = "22222222-2222-4222-8222-222222222222";
const SCOPE: &str = "https://graph.microsoft.com/User.Read";
/// Whatever the application lists of an API: nothing.
const DEFAULT: &str = "https://graph.microsoft.com/.default";

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

/// The applications that the pages are about, by client id.
pub(super) struct Applications {
    /// Multitenant, with the site's redirect URI.
    pub(super) usual: String,
    /// Of the provider's tenant only.
    pub(super) of_one_tenant: String,
    /// Multitenant, without a redirect URI.
    pub(super) without_redirect: String,
}

/// A page, and what is done on it.
struct Visit {
    operation: &'static str,
    page: String,
    user: &'static str,
    button: &'static str,
}

/// Chromium on one stage.
struct Browser<'a> {
    stage: &'a Stage,
    python: &'a Path,
    chromium: PathBuf,
    /// The home of a user who trusts the simulator's authority.
    home: PathBuf,
    redirect_uri: String,
    /// What it asked for.
    requests: Vec<Request>,
}

/// The addresses of consent pages for the customer's tenant. The state of each is the name of its operation.
struct Pages<'a> {
    tenant: ConsentTenant,
    redirect_uri: &'a str,
    apps: &'a Applications,
}

impl Pages<'_> {
    /// The first form, for an application and a redirect URI.
    fn first(&self, operation: &str, app: &str, redirect_uri: Option<&str>) -> Outcome<String> {
        let options = AdminConsentOptions {
            redirect_uri: redirect_uri.map(str::to_owned),
            state: Some(operation.to_owned()),
        };
        let (tenant, app) = (self.tenant.clone(), app.parse()?);
        Ok(admin_consent_url(Cloud::Public, tenant, app, Some(options)))
    }

    /// The first form, for the usual application.
    fn usual(&self, operation: &str) -> Outcome<String> {
        self.first(operation, &self.apps.usual, Some(self.redirect_uri))
    }

    /// The second form, for the usual application.
    fn second(&self, operation: &str, scope: &str) -> Outcome<String> {
        let (cloud, tenant) = (Cloud::Public, self.tenant.clone());
        let (app, back) = (self.apps.usual.parse()?, self.redirect_uri);
        Ok(admin_consent_url_v2(
            cloud, tenant, app, scope, back, operation,
        ))
    }

    /// Everything that must not end with consent.
    fn refused(&self) -> Outcome<Vec<Visit>> {
        let (apps, back) = (self.apps, Some(self.redirect_uri));
        let mut visits = Vec::new();
        let mut add = |operation, user, button, page: Outcome<String>| -> Outcome {
            visits.push(visit(operation, page?, user, button));
            Ok(())
        };
        let operation = "consent refused in a browser";
        add(operation, ADMINISTRATOR, "cancel", self.usual(operation))?;
        let operation = "consent refused, second form";
        let page = self.second(operation, SCOPE);
        add(operation, ADMINISTRATOR, "cancel", page)?;
        let operation = "consent by a person who is no administrator";
        add(operation, PLAIN_USER, "accept", self.usual(operation))?;
        let operation = "consent for an unknown application";
        let page = self.first(operation, UNKNOWN_ID, back);
        add(operation, ADMINISTRATOR, "accept", page)?;
        let operation = "consent for an application of one tenant";
        let page = self.first(operation, &apps.of_one_tenant, back);
        add(operation, ADMINISTRATOR, "accept", page)?;
        let operation = "consent in an unknown tenant";
        let page = self.usual(operation)?;
        let page = page.replace(&self.tenant.to_string(), UNKNOWN_ID);
        add(operation, ADMINISTRATOR, "accept", Ok(page))?;
        let operation = "consent with another redirect URI";
        let page = self.first(operation, &apps.usual, Some("http://localhost/other"));
        add(operation, ADMINISTRATOR, "accept", page)?;
        let operation = "consent without a redirect URI";
        let page = self.first(operation, &apps.without_redirect, None);
        add(operation, ADMINISTRATOR, "accept", page)?;
        let operation = "consent to permissions that are not listed";
        let page = self.second(operation, DEFAULT);
        add(operation, ADMINISTRATOR, "accept", page)?;
        Ok(visits)
    }

    /// The administrator accepts on both forms.
    fn accepted(&self) -> Outcome<Vec<Visit>> {
        let (first, second) = (
            "consent accepted in a browser",
            "consent accepted, second form",
        );
        Ok(vec![
            visit(first, self.usual(first)?, ADMINISTRATOR, "accept"),
            visit(second, self.second(second, SCOPE)?, ADMINISTRATOR, "accept"),
        ])
    }
}

fn visit(operation: &'static str, page: String, user: &'static str, button: &'static str) -> Visit {
    Visit {
        operation,
        page,
        user,
        button,
    }
}

/// Refuses first, then accepts. Returns what came of it and what the browser asked for.
pub(super) async fn consent(
    stage: &Stage,
    ours: &Ours,
    site: &Site,
    python: &Path,
    apps: &Applications,
) -> Outcome<(Vec<Line>, Vec<Request>)> {
    site.serve()?;
    let redirect_uri = site.redirect_uri()?;
    let mut browser = Browser {
        stage,
        python,
        chromium: locate()?,
        home: stage.path("home"),
        redirect_uri: redirect_uri.clone(),
        requests: Vec::new(),
    };
    trust(&browser.home, stage.ca())?;
    let pages = Pages {
        tenant: ConsentTenant::from(ours.customer.tenant()),
        redirect_uri: &redirect_uri,
        apps,
    };
    let unprepared = stage.path("home-of-another");
    fs::create_dir_all(&unprepared)?;
    let operation = "consent under an authority that is not known";
    let page = pages.usual(operation)?;
    let unknown = visit(operation, page, ADMINISTRATOR, "accept");
    let mut lines = browser.visit_from(&unprepared, &[unknown])?;
    lines.extend(browser.visit(&pages.refused()?)?);
    lines.push(Line {
        op: "the refused application has no principal".to_owned(),
        said: ours.no_principal(&apps.usual).await?,
    });
    lines.extend(browser.visit(&pages.accepted()?)?);
    lines.push(Line {
        op: "the accepted application has a principal".to_owned(),
        said: Said::Is(ours.principal(&apps.usual).await?),
    });
    Ok((lines, browser.requests))
}

impl Browser<'_> {
    /// Visits pages in one browser, and says what became of each.
    fn visit(&mut self, visits: &[Visit]) -> Outcome<Vec<Line>> {
        let home = self.home.clone();
        self.visit_from(&home, visits)
    }

    /// The same as the user of a home.
    fn visit_from(&mut self, home: &Path, visits: &[Visit]) -> Outcome<Vec<Line>> {
        let wanted: Vec<Value> = visits
            .iter()
            .map(|visit| json!({"url": visit.page, "user": visit.user, "button": visit.button}))
            .collect();
        let environment = self.stage.environment(Who::Customer);
        let mut command = self.stage.command(self.python, &environment);
        command
            .arg(workspace().join("xtask/clients/browser.py"))
            .arg(&self.chromium)
            .arg(self.stage.proxy_url())
            .arg(home.join("profile"))
            .env("HOME", home);
        self.stage.new_requests();
        let output = run(command, &Value::from(wanted).to_string())?;
        self.requests.extend(self.stage.new_requests());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut answers = text.lines();
        let mut lines = Vec::new();
        for visit in visits {
            let said = match answers.next() {
                Some(answer) => self.said(visit.operation, &serde_json::from_str(answer)?)?,
                None => Said::Failed(String::from_utf8_lossy(&output.stderr).into_owned()),
            };
            let op = visit.operation.to_owned();
            lines.push(Line { op, said });
        }
        Ok(lines)
    }

    fn said(&self, state: &str, answer: &Value) -> Outcome<Said> {
        if let Some(error) = answer.get("error").and_then(Value::as_str) {
            let code = entra_code(error).or_else(|| error.strip_prefix("net::"));
            return Ok(code.map_or_else(
                || Said::Failed(error.to_owned()),
                |code| Said::Refused(code.to_owned()),
            ));
        }
        let query = answer.get("query").and_then(Value::as_str);
        let redirect = format!("{}{}", self.redirect_uri, query.unwrap_or_default());
        Ok(match AdminConsentAnswer::parse(&redirect, Some(state))? {
            AdminConsentAnswer::Granted {
                claimed_tenant,
                scope,
            } => Said::Is(json!({"granted": claimed_tenant.to_string(), "scope": scope})),
            AdminConsentAnswer::Refused { error, description } => {
                let code = description.as_deref().and_then(entra_code);
                Said::Refused(code.map_or(error.clone(), |code| format!("{error} {code}")))
            }
            other => Said::Failed(format!("{other:?}")),
        })
    }
}

/// Entra's code in a text.
fn entra_code(text: &str) -> Option<&str> {
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.find(|word| word.starts_with("AADSTS"))
}

/// Lets whoever has this home trust an authority: Chromium looks into the user's database of NSS, and has no option for it.
fn trust(home: &Path, ca: &Path) -> Outcome {
    let folder = home.join(".pki/nssdb");
    fs::create_dir_all(&folder)?;
    let database = format!("sql:{}", folder.display());
    let ca = ca.display().to_string();
    for arguments in [
        vec!["-N", "--empty-password"],
        vec!["-A", "-n", "azure-sim", "-t", "C,,", "-i", &ca],
    ] {
        let mut certutil = Command::new("certutil");
        certutil.args(["-d", &database]).args(arguments);
        tool::output_of(&mut certutil).map_err(|error| {
            match error.downcast_ref::<io::Error>() {
                Some(_) => CERTUTIL_MISSING.into(),
                None => error,
            }
        })?;
    }
    Ok(())
}

fn locate() -> Outcome<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut candidates = env::split_paths(&path)
        .flat_map(|folder| ["chromium", "google-chrome"].map(|name| folder.join(name)));
    candidates
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| MISSING.into())
}
