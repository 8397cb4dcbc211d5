//! Every reason of a refusal is met by a test of the flow.

use super::{Finding, Source};

/// Where the reasons are named.
const REASONS: &str = "crates/cross-tenant-cmk/src/error.rs";
/// Their table in it.
const TABLE: &str = "\nreasons! {\n";
/// Where the flow is tested, on the wire and on the simulator.
const TESTS: &str = "tests/tests/";

/// Reasons that no test names.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let code = sources.iter().find(|source| source.path == REASONS);
    let Some((_, table)) = code.and_then(|source| source.text.split_once(TABLE)) else {
        return vec![format!("{REASONS}: has no table of reasons")];
    };
    let names: Vec<&str> = table
        .lines()
        .take_while(|line| *line != "}")
        .filter_map(name_in)
        .collect();
    if names.is_empty() {
        return vec![format!("{REASONS}: names no reason")];
    }
    let tests: Vec<&Source> = sources
        .iter()
        .filter(|source| source.path.starts_with(TESTS))
        .collect();
    names
        .into_iter()
        .filter(|name| !tests.iter().any(|test| names_it(&test.text, name)))
        .map(|name| format!("{REASONS}: no test in {TESTS} meets Reason::{name}"))
        .collect()
}

/// The name in a row `Name: "advice",`.
fn name_in(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().split_once(": \"")?;
    name.chars().all(char::is_alphanumeric).then_some(name)
}

/// Whether a line of code names the reason, whole.
fn names_it(text: &str, name: &str) -> bool {
    let path = format!("Reason::{name}");
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split(&path).skip(1))
        .any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::{REASONS, check};
    use crate::tidy::Source;

    const CODE: &str = "\
//! Errors.
reasons! {
    /// The key is there and off.
    KeyDisabled: \"enable it\",
    /// The key.
    Key: \"make it\",
}

fn other() { a: \"text\" }
";

    fn findings(code: &str, test: &str) -> Vec<String> {
        let source = |path: &str, text: &str| Source {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&[
            source(REASONS, code),
            source("tests/tests/it/keys.rs", test),
            source("crates/x/src/key.rs", "Reason::KeyDisabled, Reason::Key"),
        ])
    }

    #[test]
    fn reasons_that_tests_meet_pass() {
        let test = "assert_eq!(got, Reason::Key);\nassert_eq!(got, Reason::KeyDisabled);\n";
        assert_eq!(findings(CODE, test), Vec::<String>::new());
    }

    #[test]
    fn a_reason_that_no_test_meets_is_found() {
        // Neither a longer name nor a comment meets it.
        let test = "// Reason::Key\nassert_eq!(got, Reason::KeyDisabled);\n";
        assert_eq!(
            findings(CODE, test),
            [format!(
                "{REASONS}: no test in tests/tests/ meets Reason::Key"
            )]
        );
    }

    #[test]
    fn a_table_that_cannot_be_read_is_found() {
        assert_eq!(
            findings("nothing\n", ""),
            [format!("{REASONS}: has no table of reasons")]
        );
        assert_eq!(
            findings("\nreasons! {\n}\n", ""),
            [format!("{REASONS}: names no reason")]
        );
    }
}
