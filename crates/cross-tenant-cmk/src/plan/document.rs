//! The plan as a document: JSON, versioned and strict.

use super::{PhasePlan, Plan};
use crate::handoff::{InvalidDocument, VersionOne, read_document};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The member `kind` of a plan.
pub const PLAN_KIND: &str = "cross-tenant-cmk-plan";

/// The largest plan that is read, in bytes. A real one of all three phases has under 10,000.
pub const MAX_PLAN_BYTES: usize = 256 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    kind: String,
    version: VersionOne,
    phases: Vec<PhasePlan>,
}

impl Plan {
    /// The plan as JSON. It holds no secret.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = Document {
            kind: PLAN_KIND.to_owned(),
            version: VersionOne,
            phases: self.phases.clone(),
        };
        // Names, ids and texts: nothing in it can fail to be written.
        serde_json::to_string_pretty(&document).unwrap_or_default()
    }
}

impl FromStr for Plan {
    type Err = InvalidDocument;

    fn from_str(text: &str) -> Result<Self, InvalidDocument> {
        let document: Document = read_document("plan", PLAN_KIND, MAX_PLAN_BYTES, text)?;
        Ok(Self {
            phases: document.phases,
        })
    }
}
