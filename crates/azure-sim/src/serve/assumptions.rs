//! Assumptions from a file.

use crate::Assumptions;

/// Reads assumptions: JSON if the text begins with a brace, TOML if not. What is not named has its default.
///
/// # Errors
///
/// What is wrong with the text, for people.
pub fn read_assumptions(text: &str) -> Result<Assumptions, String> {
    super::parse(text)
}

#[cfg(test)]
mod tests {
    use super::read_assumptions;
    use crate::{Assumptions, CreationRefusal};

    #[test]
    fn what_is_named_is_set_and_the_rest_has_its_default() {
        let toml = "upsert_sees_fresh_objects = false\naccount_creation_refusal = \"quoted\"\nfederated_credential_limit = [403, \"Directory_QuotaExceeded\"]\n";
        let json = r#"{"upsert_sees_fresh_objects": false, "account_creation_refusal": "quoted", "federated_credential_limit": [403, "Directory_QuotaExceeded"]}"#;
        let expected = Assumptions {
            upsert_sees_fresh_objects: false,
            account_creation_refusal: CreationRefusal::Quoted,
            federated_credential_limit: (403, "Directory_QuotaExceeded".into()),
            ..Assumptions::default()
        };
        for text in [toml, json] {
            assert_eq!(read_assumptions(text), Ok(expected.clone()));
        }
        assert_eq!(read_assumptions(""), Ok(Assumptions::default()));
    }

    #[test]
    fn the_spelling_of_states_saved_before_is_read() {
        let read = read_assumptions(r#"{"account_creation_refusal": "Quoted"}"#).unwrap();
        assert_eq!(read.account_creation_refusal, CreationRefusal::Quoted);
    }

    #[test]
    fn a_misspelt_assumption_is_named() {
        let told = read_assumptions("upsert_sees_fresh_object = false").unwrap_err();
        assert!(told.contains("upsert_sees_fresh_object"), "{told}");
    }
}
