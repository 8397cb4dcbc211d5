//! What holds for a file by itself: its head, its size, its name, and that it names no machine.

use super::{Finding, Source};

/// Beyond this a file holds more than one idea.
const MAX_LINES: usize = 600;
/// An example is read in one go.
const MAX_EXAMPLE_LINES: usize = 100;
const EXAMPLES: &str = "examples/examples/";
/// Programs that trybuild compiles to see them refused: not modules.
const COMPILE_TESTS: &str = "/tests/ui/";

/// Folders of the machines that this is built on. Put together here, so that this file does not hold them itself.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/fa", "rm/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/tmp/", "bash_jobs"),
    concat!("/tmp/", "wt"),
];

/// Every rule for one file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = machine_paths(source);
    if source.path.ends_with(".rs") {
        findings.extend(head(source));
        findings.extend(size(source));
        findings.extend(name(source));
    }
    findings
}

fn head(Source { path, text }: &Source) -> Option<Finding> {
    if path.contains(COMPILE_TESTS) {
        return None;
    }
    let first = text.lines().next().unwrap_or_default();
    let says_something = first
        .strip_prefix("//!")
        .is_some_and(|sentence| !sentence.trim().is_empty());
    let is_readme = first.starts_with("#![doc = include_str!(");
    (!says_something && !is_readme)
        .then(|| format!("{path}: opens without a `//!` sentence that says what it is"))
}

fn size(Source { path, text }: &Source) -> Option<Finding> {
    let most = if path.starts_with(EXAMPLES) {
        MAX_EXAMPLE_LINES
    } else {
        MAX_LINES
    };
    let lines = text.lines().count();
    (lines > most).then(|| format!("{path}: {lines} lines, at most {most}"))
}

fn name(Source { path, .. }: &Source) -> Option<Finding> {
    let is_mod = path == "mod.rs" || path.ends_with("/mod.rs");
    is_mod.then(|| format!("{path}: name the file after its module, no mod.rs"))
}

fn machine_paths(Source { path, text }: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for machine_path in MACHINE_PATHS {
            // Within a URL or a longer path it is nobody's machine.
            let is_there = line.match_indices(machine_path).any(|(at, _)| {
                let before = line.get(..at).and_then(|start| start.chars().next_back());
                !before.is_some_and(|c| c.is_alphanumeric() || "-_.}".contains(c))
            });
            if is_there {
                findings.push(format!(
                    "{path}:{}: names a path of one machine: {machine_path}",
                    number + 1
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Source;

    fn findings(path: &str, text: &str) -> Vec<String> {
        check(&Source {
            path: path.to_owned(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn a_tidy_file_passes() {
        assert_eq!(
            findings("a/b.rs", "//! What b is.\n\nfn b() {}\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            findings("a/lib.rs", "#![doc = include_str!(\"../README.md\")]\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            findings("a/tests/ui/swapped.rs", "fn main() {}\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_module_without_its_head_sentence_is_found() {
        for text in ["fn b() {}\n", "", "//!\n\nfn b() {}\n", "// b\n"] {
            assert_eq!(
                findings("a/b.rs", text),
                ["a/b.rs: opens without a `//!` sentence that says what it is"],
                "{text:?}"
            );
        }
    }

    #[test]
    fn long_files_are_found() {
        let text = String::from("//! B.\n") + &"// x\n".repeat(600);
        assert_eq!(
            findings("a/b.rs", &text),
            ["a/b.rs: 601 lines, at most 600"]
        );
        let text = String::from("//! B.\n") + &"// x\n".repeat(100);
        assert_eq!(
            findings("examples/examples/b.rs", &text),
            ["examples/examples/b.rs: 101 lines, at most 100"]
        );
    }

    #[test]
    fn mod_rs_is_found() {
        assert_eq!(
            findings("a/b/mod.rs", "//! B.\n"),
            ["a/b/mod.rs: name the file after its module, no mod.rs"]
        );
    }

    #[test]
    fn paths_of_a_machine_are_found_and_urls_are_not() {
        let path = concat!("/ro", "ot/");
        let text = format!("see {path}x\nhttps://example.com{path}y\n");
        assert_eq!(
            findings("README.md", &text),
            [format!("README.md:1: names a path of one machine: {path}")]
        );
    }
}
