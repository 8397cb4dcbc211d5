//! The house rules that no other tool knows, as code.

mod checks;
mod edges;
mod files;
mod published;
mod reasons;
mod traits;

use crate::{
    Outcome,
    tool::{Metadata, cargo, metadata, output_of, program, workspace},
};
use std::fs;

/// A broken rule: where, and what is wrong.
type Finding = String;

/// A tracked text file.
struct Source {
    /// From the workspace's root, with forward slashes.
    path: String,
    text: String,
}

/// Holds the tree against every rule and prints each breach.
pub(crate) fn run() -> Outcome {
    let sources = sources()?;
    let metadata = metadata()?;
    let mut findings = findings(&sources, &metadata);
    let tree = output_of(&mut cargo(&[
        "tree",
        "--locked",
        "--package",
        published::FACADE,
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]))?;
    findings.extend(published::crate_count(&tree));
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("{} files tidy", sources.len());
        Ok(())
    } else {
        Err(format!("{} findings", findings.len()).into())
    }
}

/// An operation of a public role.
#[derive(Debug)]
pub(crate) struct OperationOfRole {
    /// `Role::operation`.
    pub(crate) name: String,
    /// The REST reference that its documentation links.
    pub(crate) reference: Option<String>,
}

/// Every operation of every public role.
pub(crate) fn operations_of_roles() -> Outcome<Vec<OperationOfRole>> {
    let all = sources()?;
    let operations = all
        .iter()
        .flat_map(|source| traits::operations(&source.path, &source.text));
    Ok(operations
        .map(|it| OperationOfRole {
            name: format!("{}::{}", it.role, it.name),
            reference: it.reference().map(str::to_owned),
        })
        .collect())
}

fn findings(sources: &[Source], metadata: &Metadata) -> Vec<Finding> {
    let mut findings = edges::check(&metadata.packages);
    findings.extend(checks::check(sources));
    findings.extend(reasons::check(sources));
    for source in sources {
        findings.extend(files::check(source));
        findings.extend(traits::check(source));
    }
    for package in &metadata.packages {
        if package.is_published() {
            findings.extend(published::check(package, workspace(), sources));
        }
    }
    findings
}

/// Every file that git tracks or would track, and that is text.
fn sources() -> Outcome<Vec<Source>> {
    let arguments = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let list = output_of(&mut program("git", &arguments))?;
    let mut sources = Vec::new();
    for path in list.split_terminator('\0') {
        let file = workspace().join(path);
        // Deleted and not yet staged.
        if !file.is_file() {
            continue;
        }
        if let Ok(text) = String::from_utf8(fs::read(file)?) {
            let path = path.to_owned();
            sources.push(Source { path, text });
        }
    }
    if sources.is_empty() {
        return Err("git lists no file".into());
    }
    Ok(sources)
}
