//! Assumptions from a file.

use crate::Assumptions;

/// Reads assumptions: JSON if the text begins with a brace, TOML if not. What is not named has its default.
///
/// # Errors
///
/// What is wrong with the text, for people; a status that no refusal has is wrong, too.
pub fn read_assumptions(text: &str) -> Result<Assumptions, String> {
    let read: Assumptions = super::parse(text)?;
    let refusals = [
        read.federated_credential_limit.0,
        read.role_assignment_limit_status,
    ];
    match refusals
        .iter()
        .find(|status| !(400..=599).contains(*status))
    {
        Some(status) => Err(format!("{status} is the status of no refusal: 400 to 599")),
        None => Ok(read),
    }
}

#[cfg(test)]
mod tests {
    use super::read_assumptions;
    use crate::{Assumptions, CreationRefusal, DatesRefusal};

    #[test]
    fn what_is_named_is_set_and_the_rest_has_its_default() {
        let toml = "upsert_sees_fresh_objects = false\naccount_creation_refusal = \"quoted\"\nfederated_credential_limit = [403, \"Directory_QuotaExceeded\"]\nkey_dates_refusal = \"like-secret\"\nkey_dates_leeway_seconds = 0\n";
        let json = r#"{"upsert_sees_fresh_objects": false, "account_creation_refusal": "quoted", "federated_credential_limit": [403, "Directory_QuotaExceeded"], "key_dates_refusal": "like-secret", "key_dates_leeway_seconds": 0}"#;
        let expected = Assumptions {
            upsert_sees_fresh_objects: false,
            account_creation_refusal: CreationRefusal::Quoted,
            federated_credential_limit: (403, "Directory_QuotaExceeded".into()),
            key_dates_refusal: DatesRefusal::LikeSecret,
            key_dates_leeway_seconds: 0,
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
    fn a_status_that_no_refusal_has_is_refused() {
        for text in [
            "role_assignment_limit_status = 200",
            "federated_credential_limit = [7, \"Request_BadRequest\"]",
        ] {
            let told = read_assumptions(text).unwrap_err();
            assert!(told.contains("400 to 599"), "{told}");
        }
    }

    #[test]
    fn a_misspelt_assumption_is_named() {
        let told = read_assumptions("upsert_sees_fresh_object = false").unwrap_err();
        assert!(told.contains("upsert_sees_fresh_object"), "{told}");
    }
}
