//! The binary: what it prints, what it leaves, and how it ends.

use crate::served::{Served, azure_sim, text};
use std::{fs, process::Output};
use tempfile::TempDir;

fn run(arguments: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    azure_sim(folder.path()).args(arguments).output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_running_server_is_found_and_ends_on_a_signal() {
    let folder = TempDir::new().unwrap();
    let server = Served::start(folder.path(), &["--as", "customer"]);
    let script = azure_sim(folder.path())
        .args(["env", "--as", "customer"])
        .output()
        .unwrap();
    assert!(script.status.success());
    let script = text(&script.stdout);
    // What `serve` printed first is what `env` prints.
    assert!(server.printed.starts_with(&script), "{script}");
    assert!(script.contains("export AZURE_CLIENT_SECRET='customer-secret'\n"));
    let ca = folder.path().join("ca.pem");
    assert!(script.contains(&format!("export SSL_CERT_FILE='{}'\n", ca.display())));
    assert!(
        fs::read_to_string(ca)
            .unwrap()
            .contains("BEGIN CERTIFICATE")
    );

    let second = azure_sim(folder.path()).arg("serve").output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("is running"));

    let proxy = "printf %s \"$HTTPS_PROXY\"";
    let inside = azure_sim(folder.path())
        .args(["run", "--", "sh", "-c", proxy])
        .output()
        .unwrap();
    let proxy = text(&inside.stdout);
    assert!(script.contains(&format!("export HTTPS_PROXY='{proxy}'\n")));

    assert_eq!(server.stop(), "");
    let gone = azure_sim(folder.path()).arg("env").output().unwrap();
    assert_eq!(gone.status.code(), Some(1));
    assert_eq!(text(&gone.stdout), "");
    assert!(text(&gone.stderr).contains("cargo sim serve"));
}

#[cfg(unix)]
#[test]
fn a_command_has_a_clean_environment_and_keeps_its_code() {
    let script = "test -n \"$REQUESTS_CA_BUNDLE\" && test -n \"$AZURE_CONFIG_DIR\" \
        && test ! -e \"$AZURE_CONFIG_DIR\" && test -z \"$SSL_CERT_DIR\" && exit 7";
    let folder = TempDir::new().unwrap();
    let ended = azure_sim(folder.path())
        .args(["run", "--fresh", "--", "sh", "-c", script])
        .env("SSL_CERT_DIR", "/elsewhere")
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(7), "{}", text(&ended.stderr));
}

#[test]
fn a_slip_is_told_with_its_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("faults.toml");
    fs::write(
        &file,
        "[[faults]]\npath_contains = \"x\"\neffect = \"slow\"\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let ended = run(&["run", "--fresh", "--faults", file, "--", "true"]);
    assert_eq!(ended.status.code(), Some(1));
    let told = text(&ended.stderr);
    assert!(told.contains(file) && told.contains("slow"), "{told}");
    let ended = run(&["run", "--fresh", "--as", "nobody", "--", "true"]);
    assert!(text(&ended.stderr).contains("there is provider, customer"));
    let ended = run(&["run", "--fresh", "--time-scale", "0", "--", "true"]);
    assert!(text(&ended.stderr).contains("time scale"));
}
