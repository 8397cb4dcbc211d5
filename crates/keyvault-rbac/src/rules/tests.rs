//! The rules, held against bodies as the services send them.

use super::RULES;
use cmk_core::Hint;

#[test]
fn every_row_says_where_it_is_known_from() {
    for rule in RULES {
        assert!(
            rule.known_from()
                .starts_with("https://learn.microsoft.com/"),
            "{rule:?}"
        );
    }
}

#[test]
fn every_permanent_refusal_says_what_to_do_or_names_the_input() {
    // These name the odd value in the service's own message.
    let plain = ["InvalidPrincipalId", "VaultNameNotValid"];
    for rule in RULES {
        let named = plain.iter().any(|code| format!("{rule:?}").contains(code));
        assert!(
            rule.hint() != Hint::Permanent || rule.advice().is_some() || named,
            "{rule:?}"
        );
    }
}
