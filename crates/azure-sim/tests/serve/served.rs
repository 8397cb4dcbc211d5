//! The binary, as it serves in the background and as it runs to its end.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

pub(crate) fn azure_sim(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azure-sim"));
    command.arg("--folder").arg(folder);
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A server in the background.
pub(crate) struct Served {
    process: Child,
    pub(crate) printed: String,
}

impl Served {
    pub(crate) fn start(folder: &Path, more: &[&str]) -> Self {
        let mut process = azure_sim(folder)
            .arg("serve")
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = String::new();
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            printed += &(line.unwrap() + "\n");
            if printed.contains("stop with Ctrl-C") {
                break;
            }
        }
        Self { process, printed }
    }

    /// The value of a variable that it printed.
    pub(crate) fn variable(&self, name: &str) -> String {
        let start = format!("export {name}='");
        let mut lines = self.printed.lines();
        let value = lines.find_map(|line| line.strip_prefix(&start)?.strip_suffix('\''));
        value.unwrap().to_owned()
    }

    pub(crate) fn proxy(&self) -> SocketAddr {
        let url = self.variable("HTTPS_PROXY");
        url.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Ends it in order, and returns what it told on standard error.
    pub(crate) fn stop(mut self) -> String {
        terminate(self.process.id());
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
        let mut told = String::new();
        let mut stderr = self.process.stderr.take().unwrap();
        stderr.read_to_string(&mut told).unwrap();
        told
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A test that failed leaves none behind.
        let _ = self.process.kill();
    }
}

pub(crate) fn terminate(process: u32) {
    signal(process, "TERM");
}

pub(crate) fn signal(process: u32, name: &str) {
    let (name, id) = (format!("-{name}"), process.to_string());
    let kill = Command::new("kill").args([&name, &id]).status().unwrap();
    assert!(kill.success());
}
