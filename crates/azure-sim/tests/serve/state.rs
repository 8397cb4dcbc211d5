//! A state file: what was there when the server stopped is there when it starts again.
#![cfg(unix)]

use crate::kit::{ARM, LOGIN};
use reqwest::{Certificate, Client, Method, Proxy};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// The binary as it serves, and what it printed.
struct Served {
    process: Child,
    printed: String,
    client: Client,
}

fn azure_sim(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azure-sim"));
    command.arg("--folder").arg(folder);
    command
}

impl Served {
    fn start(folder: &Path, state: &Path, more: &[&str]) -> Self {
        let mut process = azure_sim(folder)
            .args(["serve", "--as", "customer", "--state"])
            .arg(state)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let printed: Vec<String> = lines
            .map(Result::unwrap)
            .take_while(|line| !line.contains("stop with Ctrl-C"))
            .collect();
        let printed = printed.join("\n");
        let ca = fs::read(folder.join("ca.pem")).unwrap();
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([Certificate::from_pem(&ca).unwrap()])
            .proxy(Proxy::all(variable(&printed, "HTTPS_PROXY")).unwrap())
            .build()
            .unwrap();
        Self {
            process,
            printed,
            client,
        }
    }

    async fn token(&self) -> String {
        let of = |name: &str| variable(&self.printed, name);
        let url = format!("{LOGIN}/{}/oauth2/v2.0/token", of("AZURE_TENANT_ID"));
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope={ARM}/.default",
            of("AZURE_CLIENT_ID"),
            of("AZURE_CLIENT_SECRET")
        );
        let request = self.client.post(url).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let body = request.send().await.unwrap().bytes().await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn send(&self, token: &str, method: Method, url: &str, body: &Value) -> (u16, Value) {
        let mut request = self.client.request(method, url).bearer_auth(token);
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let location = answer.headers().get("location").cloned();
        let body = answer.bytes().await.unwrap();
        match location {
            Some(url) => (status, json!(url.to_str().unwrap())),
            None => (status, serde_json::from_slice(&body).unwrap_or_default()),
        }
    }

    fn stop(mut self) {
        let id = self.process.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(kill.success());
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
    }
}

fn variable(script: &str, name: &str) -> String {
    let start = format!("export {name}='");
    let mut lines = script.lines();
    let value = lines.find_map(|line| line.strip_prefix(&start)?.strip_suffix('\''));
    value.unwrap().to_owned()
}

fn state_in(folder: &TempDir) -> PathBuf {
    folder.path().join("state.json")
}

#[tokio::test]
async fn a_server_goes_on_where_the_one_before_it_stopped() {
    let folder = TempDir::new().unwrap();
    let state = state_in(&folder);
    let first = Served::start(folder.path(), &state, &["--lag", "worst", "--seed", "7"]);
    let token = first.token().await;
    let subscription = variable(&first.printed, "AZURE_SUBSCRIPTION_ID");
    let group = |name: &str| {
        format!("{ARM}/subscriptions/{subscription}/resourceGroups/{name}?api-version=2024-11-01")
    };
    let made = json!({"location": "westeurope"});
    for name in ["kept", "going"] {
        let answer = first.send(&token, Method::PUT, &group(name), &made).await;
        assert_eq!(answer.0, 201);
    }
    let (status, poll) = first
        .send(&token, Method::DELETE, &group("going"), &Value::Null)
        .await;
    assert_eq!(status, 202);
    let known = [
        "AZURE_CLIENT_ID",
        "AZURE_SUBSCRIPTION_ID",
        "AZURE_TENANT_ID",
    ]
    .map(|name| (name, variable(&first.printed, name)));
    first.stop();
    let mode = fs::metadata(&state).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds private keys");
    assert_eq!(
        fs::read_dir(folder.path())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path() != state)
            .filter(|entry| entry.as_ref().unwrap().file_name().to_str() != Some("ca.pem"))
            .count(),
        0,
        "nothing temporary is left"
    );

    let second = Served::start(folder.path(), &state, &[]);
    for (name, value) in known {
        assert_eq!(variable(&second.printed, name), value, "{name}");
    }
    // The token and the address of the operation are those of before.
    let read = second
        .send(&token, Method::GET, &group("kept"), &Value::Null)
        .await;
    assert_eq!(read.0, 200);
    let url = poll.as_str().unwrap();
    let polled = second.send(&token, Method::GET, url, &Value::Null).await;
    assert_eq!(polled.0, 202, "worst takes minutes, also after a load");
    second.stop();
}

#[test]
fn what_is_no_state_is_told_with_its_file_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let state = state_in(&folder);
    fs::write(&state, "{\"azure_sim_state\": 99}").unwrap();
    let run = |state: &Path| {
        let ended = azure_sim(folder.path())
            .args(["run", "--state"])
            .arg(state)
            .args(["--", "true"])
            .output()
            .unwrap();
        (
            ended.status.code(),
            String::from_utf8(ended.stderr).unwrap(),
        )
    };
    let (code, told) = run(&state);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("state.json") && told.contains("form 99"),
        "{told}"
    );
    assert_eq!(
        fs::read_to_string(&state).unwrap(),
        "{\"azure_sim_state\": 99}"
    );
    // A place that cannot be written is told before the command runs.
    let (code, told) = run(&folder.path().join("absent/state.json"));
    assert_eq!(code, Some(1));
    assert!(told.contains("absent/state.json"), "{told}");
}

#[test]
fn commands_share_a_state_and_wishes_for_a_new_one_are_told_to_be_void() {
    let folder = TempDir::new().unwrap();
    let state = state_in(&folder);
    let run = |more: &[&str]| {
        let ended = azure_sim(folder.path())
            .args(["run", "--state"])
            .arg(&state)
            .args(more)
            .args(["--", "sh", "-c", "printf %s \"$AZURE_CLIENT_ID\""])
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(0));
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(ended.stdout), text(ended.stderr))
    };
    let (client, told) = run(&["--seed", "3"]);
    assert_eq!(told, "");
    let (same, told) = run(&["--seed", "4", "--lag", "worst"]);
    assert_eq!(same, client);
    assert!(told.contains("--seed is for a new state"), "{told}");
    assert!(told.contains("--lag is for a new state"), "{told}");
}
