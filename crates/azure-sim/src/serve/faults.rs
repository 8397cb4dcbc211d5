//! Faults from a file or from the control endpoint.

use crate::{Effect, Fault};
use serde::Deserialize;
use std::time::Duration;

/// A fault plan as a file holds it, in TOML (`[[faults]]`) or JSON (`{"faults": […]}`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultFile {
    /// In the order in which they are tried.
    #[serde(default)]
    faults: Vec<FaultEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultEntry {
    /// Every method if absent.
    #[serde(default)]
    method: String,
    /// What host and path together contain.
    path_contains: String,
    #[serde(default)]
    skip: usize,
    #[serde(default = "once")]
    count: usize,
    effect: EffectName,
    /// For the effect `status`.
    status: Option<u16>,
    #[serde(default)]
    body: String,
    retry_after_seconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum EffectName {
    ResetBefore,
    ResetAfter,
    Silence,
    Status,
}

const fn once() -> usize {
    1
}

impl FaultFile {
    /// The faults of the file.
    ///
    /// # Errors
    ///
    /// The effect `status` is given without a status.
    pub fn into_faults(self) -> Result<Vec<Fault>, String> {
        self.faults.into_iter().map(FaultEntry::fault).collect()
    }
}

impl FaultEntry {
    fn fault(self) -> Result<Fault, String> {
        let effect = match (self.effect, self.status) {
            (EffectName::ResetBefore, _) => Effect::ResetBefore,
            (EffectName::ResetAfter, _) => Effect::ResetAfter,
            (EffectName::Silence, _) => Effect::Silence,
            (EffectName::Status, Some(code @ 200..=599)) => Effect::Status {
                code,
                body: self.body,
                retry_after: self.retry_after_seconds.map(Duration::from_secs),
            },
            (EffectName::Status, status) => {
                return Err(format!(
                    "the fault at {} needs a status from 200 to 599, got {status:?}",
                    self.path_contains
                ));
            }
        };
        Ok(Fault {
            method: self.method,
            path_contains: self.path_contains,
            skip: self.skip,
            count: self.count,
            effect,
        })
    }
}

/// Reads a fault plan: JSON if the text begins with a brace, TOML if not.
///
/// # Errors
///
/// What is wrong with the text, for people.
pub fn read_faults(text: &str) -> Result<Vec<Fault>, String> {
    let file: FaultFile = super::seed::parse(text)?;
    file.into_faults()
}

#[cfg(test)]
mod tests {
    use super::read_faults;
    use crate::Effect;
    use std::time::Duration;

    #[test]
    fn a_plan_reads_the_same_in_toml_and_json() {
        let toml = "[[faults]]\nmethod = \"PUT\"\npath_contains = \"/vaults/\"\neffect = \"status\"\nstatus = 429\nretry_after_seconds = 1\n";
        let json = r#"{"faults":[{"method":"PUT","path_contains":"/vaults/","effect":"status","status":429,"retry_after_seconds":1}]}"#;
        for text in [toml, json] {
            let faults = read_faults(text).unwrap();
            assert_eq!(faults.len(), 1);
            assert_eq!((faults[0].skip, faults[0].count), (0, 1));
            assert_eq!(faults[0].method, "PUT");
            assert_eq!(
                faults[0].effect,
                Effect::Status {
                    code: 429,
                    body: String::new(),
                    retry_after: Some(Duration::from_secs(1)),
                }
            );
        }
    }

    #[test]
    fn a_plan_with_a_slip_is_refused() {
        let misspelt = "[[faults]]\npath_contain = \"x\"\neffect = \"silence\"\n";
        assert!(read_faults(misspelt).unwrap_err().contains("path_contain"));
        let without = "[[faults]]\npath_contains = \"x\"\neffect = \"status\"\n";
        assert_eq!(
            read_faults(without).unwrap_err(),
            "the fault at x needs a status from 200 to 599, got None"
        );
    }
}
