//! A backup of a key of a managed HSM.

use crate::key_vault::key::Key;
use serde::{Deserialize, Serialize};

/// A key as it was, under the security domain of its HSM.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Backup {
    pub(crate) domain: String,
    pub(crate) key: Key,
}
