//! A state file: what was there when the server stopped is there when it starts again.
#![cfg(unix)]

use crate::{
    kit::{ARM, LOGIN},
    served::{Served, azure_sim},
};
use reqwest::{Certificate, Client, Method, Proxy};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A server with a state, and a client of it.
struct Azure {
    server: Served,
    client: Client,
}

impl Azure {
    fn start(folder: &Path, state: &Path, more: &[&str]) -> Self {
        let mut arguments = vec!["--as", "customer", "--state", state.to_str().unwrap()];
        arguments.extend(more);
        let server = Served::start(folder, &arguments);
        let ca = fs::read(folder.join("ca.pem")).unwrap();
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([Certificate::from_pem(&ca).unwrap()])
            .proxy(Proxy::all(server.variable("HTTPS_PROXY")).unwrap())
            .build()
            .unwrap();
        Self { server, client }
    }

    async fn token(&self) -> String {
        let of = |name: &str| self.server.variable(name);
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
}

fn state_in(folder: &TempDir) -> PathBuf {
    folder.path().join("state.json")
}

#[tokio::test]
async fn a_server_goes_on_where_the_one_before_it_stopped() {
    let folder = TempDir::new().unwrap();
    let state = state_in(&folder);
    let first = Azure::start(folder.path(), &state, &["--lag", "worst", "--seed", "7"]);
    let token = first.token().await;
    let subscription = first.server.variable("AZURE_SUBSCRIPTION_ID");
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
    .map(|name| (name, first.server.variable(name)));
    first.server.stop();
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

    let second = Azure::start(folder.path(), &state, &[]);
    for (name, value) in known {
        assert_eq!(second.server.variable(name), value, "{name}");
    }
    // The token and the address of the operation are those of before.
    let read = second
        .send(&token, Method::GET, &group("kept"), &Value::Null)
        .await;
    assert_eq!(read.0, 200);
    let url = poll.as_str().unwrap();
    let polled = second.send(&token, Method::GET, url, &Value::Null).await;
    assert_eq!(polled.0, 202, "worst takes minutes, also after a load");
    second.server.stop();
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
