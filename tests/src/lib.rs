//! The three phases across crates; this library is what fuzzing runs.

pub mod hostile;
