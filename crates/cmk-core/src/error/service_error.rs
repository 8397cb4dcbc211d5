//! What a service said in the body of an error: every envelope that these services use, read leniently.

use serde_json::Value;

/// The error that a service reported: its code, its message, and the codes inside.
///
/// Reads Resource Manager's, Microsoft Graph's and Key Vault's `{"error": {..}}`, the token service's
/// `{"error": "..", "error_description": ".."}`, bare `{"code", "message"}`, and keeps any other body (a gateway's HTML,
/// say) as the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceError {
    code: Option<String>,
    message: Option<String>,
    inner_codes: Vec<String>,
}

/// How much of a message is kept: Azure Policy's refusals are long, a gateway's page is noise.
const MAX_MESSAGE: usize = 4_096;
/// How much of a code is kept: real ones are words.
const MAX_CODE: usize = 128;
/// How many inner codes are kept.
const MAX_CODES: usize = 64;
/// How many digits of a number are kept: real ones have up to eight.
const MAX_DIGITS: usize = 20;
/// How deep inner errors are followed.
const MAX_DEPTH: usize = 8;

impl ServiceError {
    /// Reads the body of an answer. Never fails: what is not understood becomes the message.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::from_value(&value),
            Err(_) => Self {
                message: message(String::from_utf8_lossy(body).trim()),
                ..Self::default()
            },
        }
    }

    /// Reads an error object, or an object that holds one as `error`.
    #[must_use]
    pub fn from_value(value: &Value) -> Self {
        let mut found = Self::default();
        match value.get("error") {
            // The token service: a word beside, and the number of the error in `error_codes`.
            Some(Value::String(word)) => {
                let text = value.get("error_description").and_then(Value::as_str);
                found.code = bounded(word, MAX_CODE);
                found.message = text.and_then(message);
                let numbers = value.get("error_codes").and_then(Value::as_array);
                found.inner_codes = numbers
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_u64)
                    .take(MAX_CODES)
                    .map(|number| format!("AADSTS{number}"))
                    .collect();
                if found.inner_codes.is_empty() {
                    found.inner_codes.extend(text.and_then(aadsts_code));
                }
            }
            Some(error @ Value::Object(_)) => found.read(error, 0),
            _ => found.read(value, 0),
        }
        found
    }

    /// An error with this code and message, for what carries both outside a body. Empty is "none".
    #[must_use]
    pub fn new(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            code: bounded(&code.into(), MAX_CODE),
            message: message(&text.into()),
            inner_codes: Vec::new(),
        }
    }

    fn read(&mut self, error: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let code = error.get("code").and_then(|code| match code {
            Value::String(text) => bounded(text, MAX_CODE),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        if depth == 0 {
            self.code = code;
            self.message = error
                .get("message")
                .and_then(Value::as_str)
                .and_then(message);
        } else if self.inner_codes.len() < MAX_CODES {
            self.inner_codes.extend(code);
        }
        for (name, inner) in error.as_object().into_iter().flatten() {
            if name.eq_ignore_ascii_case("innererror") {
                self.read(inner, depth + 1);
            } else if name == "details" {
                for detail in inner.as_array().into_iter().flatten() {
                    self.read(detail, depth + 1);
                }
            }
        }
    }

    /// `error.code`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// `error.message`, cut where it is very long.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The codes of inner errors and details, outermost first; `AADSTS` numbers for the token service.
    pub fn inner_codes(&self) -> impl Iterator<Item = &str> {
        self.inner_codes.iter().map(String::as_str)
    }

    /// The code that says most: the innermost of a chain, else the outer one.
    #[must_use]
    pub fn finest_code(&self) -> Option<&str> {
        self.inner_codes
            .last()
            .or(self.code.as_ref())
            .map(String::as_str)
    }

    /// Whether the message holds `text`, without regard to case.
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        self.message
            .as_ref()
            .is_some_and(|message| message.to_lowercase().contains(&text.to_lowercase()))
    }
}

fn message(text: &str) -> Option<String> {
    bounded(text, MAX_MESSAGE)
}

fn bounded(text: &str, longest: usize) -> Option<String> {
    (!text.is_empty()).then(|| text.chars().take(longest).collect())
}

/// The whole number after `AADSTS`: 70021 and 700211 are two different errors.
pub(crate) fn aadsts_code(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("AADSTS")?;
    let digits: String = rest
        .chars()
        .take_while(char::is_ascii_digit)
        .take(MAX_DIGITS)
        .collect();
    (!digits.is_empty()).then(|| format!("AADSTS{digits}"))
}

#[cfg(test)]
mod tests {
    use super::ServiceError;

    fn parsed(body: &str) -> (Option<String>, Option<String>, Vec<String>) {
        let error = ServiceError::parse(body.as_bytes());
        (error.code, error.message, error.inner_codes)
    }

    #[test]
    fn every_envelope_is_read() {
        let some = |text: &str| Some(text.to_owned());
        let cases = [
            (
                r#"{"error":{"code":"A","message":"m","details":[{"code":"D","target":"appId"}]}}"#,
                (some("A"), some("m"), vec!["D".to_owned()]),
            ),
            (
                r#"{"error":{"code":"Forbidden","message":"m","innererror":{"code":"ForbiddenByRbac"}}}"#,
                (
                    some("Forbidden"),
                    some("m"),
                    vec!["ForbiddenByRbac".to_owned()],
                ),
            ),
            (
                r#"{"error":{"code":"","message":"","innerError":{"date":"2023-02-02T21:29:38"}}}"#,
                (None, None, vec![]),
            ),
            (
                r#"{"code":"BadRequest","message":"m"}"#,
                (some("BadRequest"), some("m"), vec![]),
            ),
            (
                r#"{"error":"invalid_client","error_description":"AADSTS7000229: x","error_codes":[7000229]}"#,
                (
                    some("invalid_client"),
                    some("AADSTS7000229: x"),
                    vec!["AADSTS7000229".to_owned()],
                ),
            ),
            (
                r#"{"error":"unauthorized_client","error_description":"AADSTS700016: x"}"#,
                (
                    some("unauthorized_client"),
                    some("AADSTS700016: x"),
                    vec!["AADSTS700016".to_owned()],
                ),
            ),
            (
                "<html>busy</html>",
                (None, some("<html>busy</html>"), vec![]),
            ),
            (
                r#"{"error":{"code":400,"message":"m"}}"#,
                (some("400"), some("m"), vec![]),
            ),
            ("", (None, None, vec![])),
        ];
        for (body, expected) in cases {
            assert_eq!(parsed(body), expected, "{body}");
        }
    }

    #[test]
    fn a_hostile_depth_is_not_followed() {
        let body = "{\"innererror\":".repeat(100) + "{\"code\":\"deep\"}" + &"}".repeat(100);
        assert_eq!(parsed(&body).2, Vec::<String>::new());
    }
}
