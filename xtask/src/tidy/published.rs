//! What a crate needs beside its code, and how much a user of the facade compiles.

use super::{Finding, Source};
use crate::tool::Package;
use std::{collections::BTreeSet, path::Path};

/// The crate that most users take.
pub(super) const FACADE: &str = "cross-tenant-cmk";
/// What a user of the facade compiles at most, itself included.
const MAX_CRATES: usize = 147;

/// Every rule for a published crate.
pub(super) fn check(package: &Package, root: &Path, sources: &[Source]) -> Vec<Finding> {
    let name = &package.name;
    let folder = relative(package.folder(), root);
    let read = |file: &str| text_of(sources, &format!("{folder}/{file}"));
    let mut findings = Vec::new();
    if !read("README.md").is_some_and(says_something) {
        findings.push(format!("{name}: no README.md that says anything"));
    }
    if !read("CHANGELOG.md").is_some_and(has_unreleased) {
        findings.push(format!("{name}: no CHANGELOG.md with `## [Unreleased]`"));
    }
    let manifest = read("Cargo.toml").unwrap_or_default();
    for feature in package.features.keys() {
        if feature != "default" && !has_comment(manifest, feature) {
            findings.push(format!("{name}: feature {feature} has no comment above it"));
        }
    }
    findings.extend(unsafe_is_forbidden(package, root, sources));
    findings
}

/// A crate root that does not forbid unsafe code.
fn unsafe_is_forbidden(package: &Package, root: &Path, sources: &[Source]) -> Vec<Finding> {
    package
        .targets
        .iter()
        .filter(|target| {
            target
                .kind
                .iter()
                .any(|kind| ["lib", "bin"].contains(&&**kind))
        })
        .filter_map(|target| {
            let path = relative(&target.src_path, root);
            let forbids = text_of(sources, &path)
                .is_some_and(|text| text.lines().any(|line| line == "#![forbid(unsafe_code)]"));
            (!forbids).then(|| format!("{path}: no `#![forbid(unsafe_code)]`"))
        })
        .collect()
}

/// Whether the facade pulls in more than it may, from what `cargo tree --prefix none` says.
pub(super) fn crate_count(tree: &str) -> Option<Finding> {
    let crates: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect();
    let count = crates.len();
    (count == 0 || count > MAX_CRATES)
        .then(|| format!("{FACADE}: a user compiles {count} crates, at most {MAX_CRATES}"))
}

fn relative(path: &Path, root: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    inside.to_string_lossy().replace('\\', "/")
}

fn text_of<'a>(sources: &'a [Source], path: &str) -> Option<&'a str> {
    let source = sources.iter().find(|source| source.path == path)?;
    Some(&source.text)
}

/// Whether there is a sentence beside headings, badges and code.
fn says_something(text: &str) -> bool {
    let mut in_code = false;
    text.lines().map(str::trim).any(|line| {
        if line.starts_with("```") {
            in_code = !in_code;
            return false;
        }
        let is_prose = line.starts_with(|c: char| c.is_alphanumeric());
        !in_code && is_prose && line.split_whitespace().count() > 2
    })
}

fn has_unreleased(text: &str) -> bool {
    text.lines().any(|line| {
        line.strip_prefix("## ")
            .is_some_and(|title| title.trim_matches(['[', ']', ' ']) == "Unreleased")
    })
}

/// Whether the line above `feature = […]` in `[features]` is a comment.
fn has_comment(manifest: &str, feature: &str) -> bool {
    let mut above = "";
    let mut in_features = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_features = line.trim() == "[features]";
        } else if in_features
            && let Some((key, _)) = line.split_once('=')
            && key.trim() == feature
        {
            return above.starts_with('#');
        }
        above = line;
    }
    // Not written there: cargo makes it for an optional dependency.
    false
}

#[cfg(test)]
mod tests {
    use super::{check, crate_count};
    use crate::{tidy::Source, tool::Package};
    use serde_json::json;
    use std::path::Path;

    const FILES: [(&str, &str); 4] = [
        ("crates/a/README.md", "# a\n\nWhat it is for.\n"),
        ("crates/a/CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n"),
        (
            "crates/a/Cargo.toml",
            "[features]\n# Why.\nextra = []\n\n[lints]\nworkspace = true\n",
        ),
        ("crates/a/src/lib.rs", "//! A.\n#![forbid(unsafe_code)]\n"),
    ];

    fn findings(change: impl Fn(&str, &str) -> Option<String>) -> Vec<String> {
        let sources: Vec<Source> = FILES
            .into_iter()
            .filter_map(|(path, text)| {
                let text = change(path, text)?;
                let path = path.to_owned();
                Some(Source { path, text })
            })
            .collect();
        let package: Package = serde_json::from_value(json!({
            "name": "a", "manifest_path": "/w/crates/a/Cargo.toml", "dependencies": [],
            "targets": [{ "name": "a", "kind": ["lib"], "src_path": "/w/crates/a/src/lib.rs" }],
            "features": { "extra": [] }, "publish": null,
        }))
        .expect("a package");
        check(&package, Path::new("/w"), &sources)
    }

    #[test]
    fn a_complete_crate_passes() {
        assert_eq!(
            findings(|_, text| Some(text.to_owned())),
            Vec::<String>::new()
        );
    }

    #[test]
    fn each_missing_part_is_found() {
        let cases = [
            ("README.md", None, "a: no README.md that says anything"),
            (
                "README.md",
                Some("# a\n\n## Use of a thing\n\n![badge](x)\n```\nlet a = 1;\n```\n"),
                "a: no README.md that says anything",
            ),
            (
                "CHANGELOG.md",
                Some("# Changelog\n\n## [0.1.0]\n"),
                "a: no CHANGELOG.md with `## [Unreleased]`",
            ),
            (
                "Cargo.toml",
                Some("[features]\nextra = []\n"),
                "a: feature extra has no comment above it",
            ),
            (
                "lib.rs",
                Some("//! A.\n"),
                "crates/a/src/lib.rs: no `#![forbid(unsafe_code)]`",
            ),
        ];
        for (file, instead, finding) in cases {
            let found = findings(|path, text| {
                if path.ends_with(file) {
                    instead.map(str::to_owned)
                } else {
                    Some(text.to_owned())
                }
            });
            assert_eq!(found, [finding]);
        }
    }

    #[test]
    fn one_crate_too_many_is_found_and_repeated_lines_count_once() {
        let tree = |count: usize| -> String {
            (0..count)
                .map(|n| format!("crate{n} v1.0.0\ncrate{n} v1.0.0 (*)\n"))
                .collect()
        };
        assert_eq!(crate_count(&tree(147)), None);
        assert_eq!(
            crate_count(&tree(148)).as_deref(),
            Some("cross-tenant-cmk: a user compiles 148 crates, at most 147")
        );
        assert!(crate_count("").is_some());
    }
}
