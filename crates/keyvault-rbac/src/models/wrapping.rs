//! What wrapping and unwrapping give back.

use super::WrapAlgorithm;
use crate::KeyUri;
use std::fmt;

/// A wrapped key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wrapped {
    /// The version that wrapped it: only the same one unwraps it.
    pub key: KeyUri,
    /// How.
    pub algorithm: WrapAlgorithm,
    /// The wrapped bytes.
    pub ciphertext: Vec<u8>,
}

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapped")
            .field("key", &self.key)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// An unwrapped key. Its `Debug` shows nothing of the bytes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unwrapped {
    /// The version that unwrapped it.
    pub key: KeyUri,
    /// The bytes.
    pub plaintext: Vec<u8>,
}

impl fmt::Debug for Unwrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unwrapped")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
