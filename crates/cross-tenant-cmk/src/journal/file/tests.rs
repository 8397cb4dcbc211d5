//! What a journal in a file survives, and what it refuses.

use super::FileJournal;
use crate::{
    Journal as _,
    journal::{JournalRecord, tests::entry},
};
use std::{fs, io::Write as _, path::PathBuf};
use tempfile::TempDir;

/// A folder that goes away, and a path in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    (folder, path)
}

async fn targets(journal: &FileJournal) -> Vec<String> {
    let entries = journal.entries().await.unwrap();
    entries.into_iter().map(|entry| entry.target).collect()
}

#[tokio::test]
async fn what_was_appended_is_there_after_the_process_is_gone() {
    let (_folder, path) = place();
    let journal = FileJournal::open(&path).unwrap();
    for target in ["a", "b"] {
        journal
            .append(&entry(target, JournalRecord::Intent))
            .await
            .unwrap();
    }
    drop(journal);
    let journal = FileJournal::open(&path).unwrap();
    journal
        .append(&entry("c", JournalRecord::Intent))
        .await
        .unwrap();
    assert_eq!(targets(&journal).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_crash_at_any_byte_loses_the_entry_that_was_being_written_and_no_other() {
    let (_folder, path) = place();
    let journal = FileJournal::open(&path).unwrap();
    journal
        .append(&entry("a", JournalRecord::Intent))
        .await
        .unwrap();
    let one = fs::read(&path).unwrap().len();
    journal
        .append(&entry("b", JournalRecord::Intent))
        .await
        .unwrap();
    drop(journal);
    let whole = fs::read(&path).unwrap();
    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let journal = FileJournal::open(&path).unwrap();
        let kept = targets(&journal).await;
        let expected: &[&str] = match cut {
            cut if cut == whole.len() => &["a", "b"],
            cut if cut >= one => &["a"],
            _ => &[],
        };
        assert_eq!(kept, expected, "cut at byte {cut}");
        journal
            .append(&entry("next", JournalRecord::Intent))
            .await
            .unwrap();
        assert_eq!(targets(&journal).await.last().unwrap(), "next");
    }
}

#[tokio::test]
async fn a_second_one_on_the_same_file_is_refused() {
    let (_folder, path) = place();
    let first = FileJournal::open(&path).unwrap();
    let error = FileJournal::open(&path).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("is open already, here or in another process"),
        "{error}"
    );
    drop(first);
    assert_eq!(targets(&FileJournal::open(&path).unwrap()).await, [""; 0]);
}

#[test]
fn what_is_no_journal_of_this_version_is_refused_and_left_as_it_is() {
    let (_folder, path) = place();
    let huge = "x".repeat(70_000);
    for (content, problem) in [
        ("notes of mine", "line 1: it is no journal"),
        ("notes\n", "line 1: it is no journal"),
        (
            "{\"kind\":\"cross-tenant-cmk-journal\",\"version\":2}\n",
            "line 1: its version is 2, and this release reads version 1",
        ),
        (
            "{\"kind\":\"cross-tenant-cmk-journal\",\"version\":1}\nodd\n",
            "line 2: expected value",
        ),
        (&*huge, "line 1: it is too long"),
    ] {
        fs::write(&path, content).unwrap();
        let error = FileJournal::open(&path).unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[tokio::test]
async fn what_a_failed_write_left_in_part_is_written_over() {
    let (_folder, path) = place();
    let journal = FileJournal::open(&path).unwrap();
    let mut other = fs::OpenOptions::new().append(true).open(&path).unwrap();
    other.write_all(b"{\"at\":\"2026-").unwrap();
    journal
        .append(&entry("a", JournalRecord::Intent))
        .await
        .unwrap();
    assert_eq!(targets(&journal).await, ["a"]);
}
