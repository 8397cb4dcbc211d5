//! The binary: what it prints, what it leaves, and how it ends.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

fn azure_sim(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azure-sim"));
    command.arg("--folder").arg(folder);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn run(arguments: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    azure_sim(folder.path()).args(arguments).output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_running_server_is_found_and_ends_on_a_signal() {
    let folder = TempDir::new().unwrap();
    let mut server = azure_sim(folder.path())
        .args(["serve", "--as", "customer"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let printed: Vec<String> = lines
        .by_ref()
        .map(Result::unwrap)
        .take_while(|line| !line.contains("stop with Ctrl-C"))
        .collect();
    let script = azure_sim(folder.path())
        .args(["env", "--as", "customer"])
        .output()
        .unwrap();
    assert!(script.status.success());
    let script = text(&script.stdout);
    // What `serve` printed first is what `env` prints.
    assert!(
        printed.join("\n").starts_with(script.trim_end()),
        "{script}"
    );
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

    let id = server.id().to_string();
    let kill = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(kill.success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
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
