//! Faults from a file.

use crate::{FaultPlan, SimCloud};

/// Reads a fault plan for a cloud: JSON if the text begins with a brace, TOML if not.
///
/// # Errors
///
/// What is wrong with the text, for people, or which fault can never happen ([`FaultPlan::check`]).
pub fn read_faults(text: &str, cloud: SimCloud) -> Result<FaultPlan, String> {
    let plan: FaultPlan = super::parse(text)?;
    plan.check(cloud)?;
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::read_faults;
    use crate::{Effect, Fault, FaultPlan, SimCloud};
    use std::time::Duration;

    #[test]
    fn a_plan_reads_the_same_in_toml_and_json() {
        let toml = "[[faults]]\nmethod = \"PUT\"\npath_contains = \"/vaults/\"\neffect = { status = { code = 429, retry_after_seconds = 1 } }\n";
        let json = r#"{"faults":[{"method":"PUT","path_contains":"/vaults/","effect":{"status":{"code":429,"retry_after_seconds":1}}}]}"#;
        let plan = FaultPlan::from(Fault {
            method: "PUT".to_owned(),
            path_contains: "/vaults/".to_owned(),
            ..Fault::new(Effect::Status {
                code: 429,
                body: None,
                retry_after: Some(Duration::from_secs(1)),
            })
        });
        for text in [toml, json] {
            assert_eq!(read_faults(text, SimCloud::Public), Ok(plan.clone()));
        }
    }

    #[test]
    fn a_plan_with_a_slip_is_refused() {
        let misspelt = "[[faults]]\npath_contain = \"x\"\neffect = \"silence\"\n";
        let told = read_faults(misspelt, SimCloud::Public).unwrap_err();
        assert!(told.contains("path_contain"), "{told}");
        let never = "[[faults]]\ncount = 0\neffect = \"silence\"\n";
        let told = read_faults(never, SimCloud::Public).unwrap_err();
        assert_eq!(told, "fault 1 never happens: its count is 0");
    }
}
