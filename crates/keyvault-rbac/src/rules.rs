//! What errors of vaults, keys and role assignments mean.

use cmk_core::Rule;

/// The rules.
pub const RULES: &[Rule] = &[];
