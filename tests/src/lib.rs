//! The three phases across crates.
