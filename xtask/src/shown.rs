//! What the documents show of a command's output is what the command prints.

use crate::{Outcome, tool};
use std::{fs, path::Path, process::Command};

/// Documents that show output, in fenced blocks of the language `console`.
const DOCUMENTS: [&str; 3] = ["README.md", "docs/incidents.md", "docs/plans.md"];

/// Runs every command that a document shows, and compares line by line.
pub(crate) fn run() -> Outcome {
    let mut blocks = 0;
    for document in DOCUMENTS {
        let text = fs::read_to_string(tool::workspace().join(Path::new(document)))?;
        for block in blocks_of(&text) {
            let output = output_of(block.command)?;
            compare(&block, &output).map_err(|reason| format!("{document}: {reason}"))?;
            blocks += 1;
        }
    }
    if blocks == 0 {
        return Err("no document shows any output".into());
    }
    println!("{blocks} outputs are shown as they are");
    Ok(())
}

/// A command, and the lines that it is said to print.
#[derive(Debug, PartialEq, Eq)]
struct Block<'a> {
    command: &'a str,
    lines: Vec<&'a str>,
}

/// In the place of lines that are left out.
const LEFT_OUT: &str = "…";

fn blocks_of(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line != "```console" {
            continue;
        }
        let shown: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some((first, lines)) = shown.split_first()
            && let Some(command) = first.strip_prefix("$ ")
        {
            blocks.push(Block {
                command,
                lines: lines.to_vec(),
            });
        }
    }
    blocks
}

fn output_of(command: &str) -> Outcome<String> {
    let mut words = command.split_whitespace();
    if words.next() != Some("cargo") {
        return Err(format!("{command:?} is no cargo command").into());
    }
    let output = Command::new("cargo")
        .current_dir(tool::workspace())
        .args(words)
        .output()?;
    if !output.status.success() {
        return Err(format!("{command} failed").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Each line follows the one before it, but for the places where some are left out.
fn compare(block: &Block<'_>, output: &str) -> Result<(), String> {
    let mut printed = output.lines().map(str::trim_end);
    let mut skips = false;
    for line in &block.lines {
        if line.trim() == LEFT_OUT {
            skips = true;
            continue;
        }
        let found = if skips {
            printed.any(|other| other == *line)
        } else {
            printed.next() == Some(line)
        };
        if !found {
            return Err(format!("`{}` does not print {line:?} there", block.command));
        }
        skips = false;
    }
    match printed.next() {
        Some(more) if !skips => Err(format!("`{}` prints more: {more:?}", block.command)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{blocks_of, compare};

    const TEXT: &str = "# t\n```console\n$ cargo run\none\n…\nthree\n```\n```rust\nx\n```\n";

    #[test]
    fn what_is_printed_may_be_shown_in_part() {
        let blocks = blocks_of(TEXT);
        assert_eq!(blocks.len(), 1);
        assert_eq!(blocks[0].command, "cargo run");
        assert_eq!(compare(&blocks[0], "one\ntwo\nthree\n"), Ok(()));
        assert_eq!(compare(&blocks[0], "one\nthree\n"), Ok(()));
    }

    #[test]
    fn what_is_not_printed_and_what_is_left_out_in_silence_are_found() {
        let block = &blocks_of(TEXT)[0];
        for output in ["two\nthree\n", "one\ntwo\n", "one\nthree\nfour\n", ""] {
            assert!(compare(block, output).is_err(), "{output:?}");
        }
    }
}
