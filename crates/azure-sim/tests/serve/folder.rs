//! What a server leaves in its folder, what it prints of it, and what it tells on standard error.
#![cfg(unix)]

use crate::{
    proxy::exchange,
    served::{Served, azure_sim, text},
};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
};
use tempfile::TempDir;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_new_folder_is_its_owners_and_one_of_somebody_keeps_its_mode() {
    let parent = TempDir::new().unwrap();
    let new = parent.path().join("a/b");
    let server = Served::start(&new, &[]);
    assert_eq!(mode(&new), 0o700);
    assert_eq!(mode(&new.join("session.json")), 0o600, "it holds secrets");
    server.stop();

    let own = parent.path().join("own");
    fs::create_dir(&own).unwrap();
    set_mode(&own, 0o755);
    Served::start(&own, &[]).stop();
    assert_eq!(mode(&own), 0o755);

    // Nor is a session taken from where others may have put it.
    fs::write(own.join("session.json"), "{}").unwrap();
    for open in [0o775, 0o757] {
        set_mode(&own, open);
        for command in [&["serve"][..], &["env"], &["run", "--", "true"]] {
            let refused = azure_sim(&own).args(command).output().unwrap();
            assert_eq!(refused.status.code(), Some(1), "{command:?}");
            let told = text(&refused.stderr);
            assert!(
                told.contains(&format!("{}: others may write", own.display())),
                "{told}"
            );
        }
        fs::remove_file(own.join("session.json")).unwrap();
        let refused = azure_sim(&own).arg("serve").output().unwrap();
        assert!(text(&refused.stderr).contains("others may write"));
        assert_eq!(mode(&own), open);
        fs::write(own.join("session.json"), "{}").unwrap();
    }
}

#[test]
fn a_folder_of_somebody_else_is_refused() {
    let made = TempDir::new().unwrap();
    let is_root = fs::metadata(made.path()).unwrap().uid() == 0;
    let mut commands: Vec<&[&str]> = vec![&["serve"]];
    // Who is not root finds one that is root's.
    let mut theirs = Path::new("/");
    if is_root {
        fs::write(made.path().join("session.json"), "{}").unwrap();
        chown(made.path(), Some(65_534), None).unwrap();
        theirs = made.path();
        commands.extend([&["env"][..], &["run", "--", "true"]]);
    }
    for command in commands {
        let refused = azure_sim(theirs).args(command).output().unwrap();
        assert_eq!(refused.status.code(), Some(1), "{command:?}");
        let told = text(&refused.stderr);
        assert!(told.contains("somebody else's"), "{told}");
    }
}

#[test]
fn a_damaged_session_is_nobodys() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("session.json");
    for damaged in ["", "{\n", "{}"] {
        fs::write(&file, damaged).unwrap();
        let env = azure_sim(folder.path()).arg("env").output().unwrap();
        assert_eq!(env.status.code(), Some(1));
        let told = text(&env.stderr);
        assert!(
            told.contains(&format!("{}: damaged", file.display())),
            "{told}"
        );
        assert!(
            told.contains("start one: cargo sim serve --folder '"),
            "{told}"
        );
        let run = azure_sim(folder.path())
            .args(["run", "--", "true"])
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(0));
        let told = Served::start(folder.path(), &[]).stop();
        assert!(told.contains("damaged"), "{told}");
        assert!(!file.exists());
    }
}

#[test]
fn what_is_printed_finds_the_folder() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("o'brien");
    let server = Served::start(&folder, &[]);
    let start = "# contoso: cargo sim ";
    let mut lines = server.printed.lines();
    let line = lines.find_map(|line| line.strip_prefix(start)).unwrap();
    let (arguments, _) = line.split_once(" (tenant").unwrap();
    // A shell reads it as it is meant.
    let script = format!("{} {arguments}", env!("CARGO_BIN_EXE_azure-sim"));
    let env = std::process::Command::new("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    assert!(text(&env.stdout).contains("'customer-secret'"), "{script}");
    server.stop();
}

#[test]
fn the_date_of_the_azure_is_printed() {
    let folder = TempDir::new().unwrap();
    let server = Served::start(folder.path(), &[]);
    let mut lines = server.printed.lines();
    let date = lines.find_map(|line| line.strip_prefix("# Here it is "));
    let date = azure_core::time::parse_rfc3339(date.unwrap()).unwrap();
    let passed = azure_core::time::OffsetDateTime::now_utc() - date;
    assert!((0..600).contains(&passed.whole_seconds()), "{passed}");
    server.stop();
}

#[tokio::test]
async fn a_taken_port_is_told_with_its_side() {
    let folder = TempDir::new().unwrap();
    let server = Served::start(folder.path(), &[]);
    let port = server.proxy().port().to_string();
    let other = TempDir::new().unwrap();
    for (option, side) in [("--proxy-port", "the proxy"), ("--tls-port", "TLS")] {
        let second = azure_sim(other.path())
            .args(["serve", option, &port])
            .output()
            .unwrap();
        assert_eq!(second.status.code(), Some(1));
        let told = text(&second.stderr);
        assert!(
            told.contains(&format!("{side} cannot listen on 127.0.0.1:{port}: ")),
            "{told}"
        );
    }
    server.stop();
}

#[tokio::test]
async fn the_log_level_decides_what_is_told() {
    for (level, told) in [
        ("off", [false, false]),
        ("error", [false, false]),
        ("warn", [true, false]),
        ("info", [true, true]),
    ] {
        let folder = TempDir::new().unwrap();
        let server = Served::start(folder.path(), &["--log", level]);
        let refused = "GET http://example.com/ HTTP/1.0\r\n\r\n";
        let head = exchange(server.proxy(), refused).await;
        assert!(head.starts_with("HTTP/1.0 403"), "{head}");
        let metadata = "GET http://169.254.169.254/metadata/identity/oauth2/token HTTP/1.0\r\n\r\n";
        exchange(server.proxy(), metadata).await;
        let text = server.stop();
        let seen = [
            "refused GET http://example.com/",
            "INFO GET 169.254.169.254/metadata/identity/oauth2/token 400",
        ]
        .map(|line| text.contains(line));
        assert_eq!(seen, told, "{level}: {text}");
    }
}
