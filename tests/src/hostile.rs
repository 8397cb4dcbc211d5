//! Hostile input: what reads it, and what must hold whatever it is. The targets of `fuzz` and `cargo xtask fuzz` run the same.

mod addresses;
mod answers;
mod azure;
mod documents;
mod inputs;
mod run;

pub use run::{Broken, Ran, run};

use std::{borrow::Cow, fmt, fs, io, path::PathBuf};

/// One way in for what others write.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: that of its libFuzzer target and of the folder with its seeds.
    pub name: &'static str,
    /// Holds what must hold for an input, and says what does not.
    pub check: fn(&[u8]) -> Held,
}

/// Whether what must hold does, or what does not.
pub type Held = Result<(), String>;

/// Every target.
pub const TARGETS: &[Target] = &[
    Target::new("offer", documents::offer),
    Target::new("grant", documents::grant),
    Target::new("provider_setup", documents::provider_setup),
    Target::new("plan", documents::plan),
    Target::new("journal_entry", documents::journal_entry),
    Target::new("key_uri", addresses::key_uri),
    Target::new("resource_id", addresses::resource_id),
    Target::new("default_identity", addresses::default_identity),
    Target::new("link", addresses::link),
    Target::new("service_error", answers::service_error),
    Target::new("answer", answers::answer),
    Target::new("token", answers::token),
    Target::new("challenge", answers::challenge),
    Target::new("diagnose", answers::diagnosis),
];

impl Target {
    const fn new(name: &'static str, check: fn(&[u8]) -> Held) -> Self {
        Self { name, check }
    }

    /// The target of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.iter().copied().find(|target| target.name == name)
    }

    /// The seeds: valid input, and what was found before, as files of `fuzz/seeds`.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn seeds(&self) -> io::Result<Vec<Vec<u8>>> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../fuzz/seeds")
            .join(self.name);
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            files.push(entry?.path());
        }
        // In the same order on every machine: the same seed then makes the same inputs.
        files.sort();
        files.into_iter().map(fs::read).collect()
    }
}

/// The longest text of ours about an input: what a log or a terminal gets to see of it.
const LONGEST: usize = 4_096;

/// What we say about an input is short, and holds nothing that a terminal would obey.
fn tame(what: &str, said: &str, longest: usize) -> Held {
    if said.len() > longest {
        return Err(format!("{what} has {} bytes", said.len()));
    }
    match said.chars().find(|c| c.is_control() && *c != '\n') {
        Some(found) => Err(format!("{what} holds {found:?}: {said:?}")),
        None => Ok(()),
    }
}

/// Two things that must be the same.
fn same<T: PartialEq + fmt::Debug>(what: &str, one: &T, other: &T) -> Held {
    if one == other {
        return Ok(());
    }
    Err(format!("{what}: {one:?} became {other:?}"))
}

fn holds(what: &str, so: bool) -> Held {
    if so { Ok(()) } else { Err(what.to_owned()) }
}

/// An input as text; what is no UTF-8 is replaced, as whoever reads a file would.
fn text(input: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(input)
}

#[cfg(test)]
mod tests;
