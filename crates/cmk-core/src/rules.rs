//! The matcher of error rules: what an answer means is data, kept beside each service.

use crate::{Hint, Kind, ServiceError};

/// One row of a table of error rules: a pattern over an answer, and what such an answer means.
///
/// Every part of the pattern that is given must match; texts are compared without case and by substring, since services
/// append activity ids and versions. The first row that matches decides.
///
/// ```
/// use cmk_core::{Hint, Kind, Rule};
///
/// const RULES: &[Rule] = &[Rule::new(Kind::Conflict, Hint::Busy)
///     .status(412)
///     .text("requires exclusive lock")
///     .help("another operation holds the account: wait for it to end")
///     .source("https://learn.microsoft.com/azure/cosmos-db/")];
/// # let _ = RULES;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    operations: &'static [&'static str],
    status: Option<u16>,
    code: Option<&'static str>,
    inner_code: Option<&'static str>,
    text: Option<&'static str>,
    kind: Kind,
    hint: Hint,
    help: &'static str,
    source: &'static str,
}

impl Rule {
    /// A row that matches every answer, until it is narrowed.
    #[must_use]
    pub const fn new(kind: Kind, hint: Hint) -> Self {
        Self {
            operations: &[],
            status: None,
            code: None,
            inner_code: None,
            text: None,
            kind,
            hint,
            help: "",
            source: "",
        }
    }

    /// Only for these operations, by the name of the client's method.
    #[must_use]
    pub const fn operations(mut self, operations: &'static [&'static str]) -> Self {
        self.operations = operations;
        self
    }

    /// Only with this HTTP status.
    #[must_use]
    pub const fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Only with this `error.code`.
    #[must_use]
    pub const fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Only with this code in an inner error or in `error.details`.
    #[must_use]
    pub const fn inner_code(mut self, code: &'static str) -> Self {
        self.inner_code = Some(code);
        self
    }

    /// Only with this text in the message.
    #[must_use]
    pub const fn text(mut self, text: &'static str) -> Self {
        self.text = Some(text);
        self
    }

    /// What the person who must act does next.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// Where it is known from.
    #[must_use]
    pub const fn source(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// What such an answer is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether waiting or trying again helps.
    #[must_use]
    pub const fn hint(&self) -> Hint {
        self.hint
    }

    /// The advice of the row, if it has one.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        (!self.help.is_empty()).then_some(self.help)
    }

    /// Where the row is known from.
    #[must_use]
    pub const fn known_from(&self) -> &'static str {
        self.source
    }

    /// The first row of the tables, in their order, that matches an answer to `operation`. `status` is `None` for a
    /// long-running operation that ended badly. `None` is "no opinion", never a guess.
    #[must_use]
    pub fn first_match<'a>(
        tables: &[&'a [Self]],
        operation: &str,
        status: Option<u16>,
        error: &ServiceError,
    ) -> Option<&'a Self> {
        tables
            .iter()
            .flat_map(|table| table.iter())
            .find(|rule| rule.matches(operation, status, error))
    }

    fn matches(&self, operation: &str, status: Option<u16>, error: &ServiceError) -> bool {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        (self.operations.is_empty() || self.operations.contains(&operation))
            && self.status.is_none_or(|wanted| status == Some(wanted))
            && self
                .code
                .is_none_or(|wanted| error.code().is_some_and(|code| same(code, wanted)))
            && self
                .inner_code
                .is_none_or(|wanted| error.inner_codes().any(|code| same(code, wanted)))
            && self.text.is_none_or(|wanted| error.says(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;
    use crate::{Hint, Kind, ServiceError};

    const TABLE: &[Rule] = &[
        Rule::new(Kind::Conflict, Hint::Busy)
            .status(412)
            .text("Exclusive Lock"),
        Rule::new(Kind::Forbidden, Hint::Propagation)
            .operations(&["wrap_key"])
            .inner_code("ForbiddenByRbac"),
        Rule::new(Kind::Forbidden, Hint::NeedsPermission).inner_code("ForbiddenByRbac"),
    ];

    fn parsed(body: &str) -> ServiceError {
        ServiceError::parse(body.as_bytes())
    }

    #[test]
    fn text_is_matched_without_case_inside_a_longer_message() {
        let error = parsed(
            r#"{"code":"PreconditionFailed","message":"… which requires EXCLUSIVE lock on this\r\nActivityId: 1"}"#,
        );
        let rule = Rule::first_match(&[TABLE], "create_account", Some(412), &error).unwrap();
        assert_eq!((rule.kind(), rule.hint()), (Kind::Conflict, Hint::Busy));
    }

    #[test]
    fn the_same_code_means_different_things_for_different_operations() {
        let error = parsed(
            r#"{"error":{"code":"Forbidden","message":"m","innererror":{"code":"ForbiddenByRbac"}}}"#,
        );
        let hint = |operation| {
            Rule::first_match(&[TABLE], operation, Some(403), &error)
                .unwrap()
                .hint()
        };
        assert_eq!(hint("wrap_key"), Hint::Propagation);
        assert_eq!(hint("get_key"), Hint::NeedsPermission);
    }

    #[test]
    fn a_miss_is_no_opinion() {
        assert!(
            Rule::first_match(&[TABLE], "create_account", Some(500), &parsed("<html>")).is_none()
        );
    }
}
