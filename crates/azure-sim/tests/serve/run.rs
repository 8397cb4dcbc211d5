//! `azure-sim run` beside a server, and when it is told to end.
#![cfg(unix)]

use crate::served::{Served, azure_sim, signal, terminate, text};
use std::{
    fs,
    io::{BufRead, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

#[test]
fn a_server_that_runs_is_not_made_anew_by_options() {
    let folder = TempDir::new().unwrap();
    let server = Served::start(folder.path(), &[]);
    let run = |more: &[&str]| {
        let ended = azure_sim(folder.path())
            .arg("run")
            .args(more)
            .args(["--", "sh", "-c", "printf %s \"$HTTPS_PROXY\""])
            .output()
            .unwrap();
        let code = ended.status.code();
        (code, text(&ended.stdout), text(&ended.stderr))
    };
    let own = format!("http://{}", server.proxy());
    assert_eq!(run(&[]), (Some(0), own.clone(), String::new()));
    for option in [
        ["--tenants", "x"],
        ["--faults", "x"],
        ["--assumptions", "x"],
        ["--seed", "1"],
        ["--lag", "worst"],
        ["--time-scale", "2"],
        ["--cloud", "china"],
    ] {
        let (code, printed, told) = run(&option);
        assert_eq!((code, printed.as_str()), (Some(1), ""));
        assert!(
            told.contains(option[0]) && told.contains("--fresh"),
            "{told}"
        );
    }
    let (code, printed, _) = run(&["--fresh", "--seed", "1"]);
    assert_eq!(code, Some(0));
    assert!(
        printed.starts_with("http://127.0.0.1:") && printed != own,
        "{printed}"
    );
    server.stop();
}

#[test]
fn sigterm_ends_the_command_and_what_follows_it_is_done() {
    let folder = TempDir::new().unwrap();
    let state = folder.path().join("state.json");
    // Reads until it is ended: nobody closes its input.
    let mut process = azure_sim(folder.path())
        .args(["run", "--state"])
        .arg(&state)
        .args(["--", "sh", "-c", "echo \"$SSL_CERT_FILE\"; exec cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let certificate = lines.next().unwrap().unwrap();
    let scratch = Path::new(&certificate).parent().unwrap();
    assert!(scratch.join("ca.pem").exists());
    fs::remove_file(&state).unwrap();
    terminate(process.id());
    // Its input stays open until it has ended.
    let input = process.stdin.take();
    let code = process.wait().unwrap().code();
    drop(input);
    assert_eq!(code, Some(128 + 15));
    assert!(!scratch.exists(), "{certificate}");
    let saved = fs::read_to_string(&state).unwrap();
    assert!(saved.starts_with("{\"azure_sim_state\":"));
}

#[test]
fn what_a_signal_came_before_is_not_begun() {
    let folder = TempDir::new().unwrap();
    let (state, pipe) = (folder.path().join("s.json"), folder.path().join("pipe"));
    let run = |state: &Path, marker: &Path| {
        let mut command = azure_sim(folder.path());
        command.args(["run", "--state"]).arg(state);
        command.args(["--", "touch"]).arg(marker);
        command
    };
    let marker = folder.path().join("marker");
    let ended = run(&state, &marker).status().unwrap();
    assert!(ended.success() && marker.exists());
    // A pipe is read only as fast as it is written: the signal comes while the state is being loaded.
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let other = folder.path().join("other");
    let process = run(&pipe, &other).stderr(Stdio::piped()).spawn().unwrap();
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    signal(process.id(), "INT");
    writer.write_all(&fs::read(&state).unwrap()).unwrap();
    drop(writer);
    let ended = process.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = text(&ended.stderr);
    assert!(told.contains("touch: not begun"), "{told}");
    assert!(!other.exists());
}

#[test]
fn assumptions_hold_for_a_new_state_and_for_one_that_is_loaded() {
    let folder = TempDir::new().unwrap();
    let (state, file) = (folder.path().join("s.json"), folder.path().join("a.toml"));
    let run = |content: &str| {
        fs::write(&file, content).unwrap();
        let ended = azure_sim(folder.path())
            .args(["run", "--state"])
            .arg(&state)
            .arg("--assumptions")
            .arg(&file)
            .args(["--", "true"])
            .output()
            .unwrap();
        (ended.status.code(), text(&ended.stderr))
    };
    let saved = |member: &str| fs::read_to_string(&state).unwrap().contains(member);
    assert_eq!(
        run("failed_creation_leaves_husk = false"),
        (Some(0), String::new())
    );
    assert!(saved("\"failed_creation_leaves_husk\":false"));
    assert_eq!(run("challenge_passes_firewall = false").0, Some(0));
    assert!(saved("\"failed_creation_leaves_husk\":true"));
    assert!(saved("\"challenge_passes_firewall\":false"));
    let (code, told) = run("challenge_passes_firewal = false");
    assert_eq!(code, Some(1));
    assert!(
        told.contains("a.toml: ") && told.contains("challenge_passes_firewal"),
        "{told}"
    );
}
