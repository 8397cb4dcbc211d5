//! `customerManagedKeyStatus`: whether an account can use its key, told by the service in a sentence.

use super::RevocationCause;
use std::{convert::Infallible, fmt, str::FromStr};

/// Whether an account can use its key.
///
/// The service says it in a sentence. The number at its end decides, and where there is none its beginning; the rest of
/// the prose is not trusted to stay. The same sentences come from the data plane with HTTP 403, and are read too.
///
/// ```
/// use cosmos_cmk::{CmkStatus, RevocationCause};
///
/// let Ok(status) = "Access to your account is currently revoked because the correspondent key is not found on the \
///     specified Key Vault; for more details about this error and how to restore access to your account please visit \
///     https://learn.microsoft.com/en-us/azure/cosmos-db/cmk-troubleshooting-guide#azure-key-vault-resource-not-found (4003)."
///     .parse::<CmkStatus>();
/// assert_eq!(status.revocation_cause(), Some(RevocationCause::KeyVaultKeyNotFound));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CmkStatus {
    /// The key can be used.
    Confirmed,
    /// The key cannot be used: no data can be read or written.
    Revoked {
        /// Why.
        cause: RevocationCause,
        /// The sentence as received.
        message: String,
    },
    /// A sentence that this crate does not know.
    Unknown(String),
}

const CONFIRMED: &str = "access to the configured customer managed key confirmed";
const REVOKED: &str = "access to your account is currently revoked";
/// What the data plane says without any reason: https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk, 2.1.
const BLOCKED: &str = "request is blocked due to customer managed key not being accessible";

impl CmkStatus {
    /// Why the key cannot be used, if so.
    #[must_use]
    pub fn revocation_cause(&self) -> Option<RevocationCause> {
        match self {
            Self::Revoked { cause, .. } => Some(*cause),
            _ => None,
        }
    }
}

impl FromStr for CmkStatus {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let folded = text.to_lowercase();
        let says_revoked = folded.contains(REVOKED);
        let cause = match code_at_end(text) {
            // Another number in parentheses alone proves nothing.
            Some(code) if says_revoked || (4000..5000).contains(&code) => {
                RevocationCause::from_code(code)
            }
            // The data plane appends ids and versions to the sentence.
            _ if says_revoked => match code_inside(text) {
                Some(code) => RevocationCause::from_code(code),
                None => RevocationCause::from_sentence(&folded),
            },
            _ if folded.contains(BLOCKED) => RevocationCause::Unstated,
            _ if folded.trim_start().starts_with(CONFIRMED) => return Ok(Self::Confirmed),
            _ => return Ok(Self::Unknown(text.to_owned())),
        };
        Ok(Self::Revoked {
            cause,
            message: text.to_owned(),
        })
    }
}

impl From<&str> for CmkStatus {
    fn from(text: &str) -> Self {
        let Ok(status) = text.parse();
        status
    }
}

impl fmt::Display for CmkStatus {
    /// The sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confirmed => {
                f.write_str("Access to the configured customer managed key confirmed.")
            }
            Self::Revoked { message, .. } => f.write_str(message),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

/// The number in the last parentheses, if nothing but punctuation follows.
fn code_at_end(text: &str) -> Option<u16> {
    let (before, after) = text.rsplit_once(')')?;
    let (_, code) = before.rsplit_once('(')?;
    let ends = after.chars().all(|c| !c.is_alphanumeric());
    ends.then(|| four_digits(code)).flatten()
}

/// The last number in parentheses that can be a cause, wherever it stands.
fn code_inside(text: &str) -> Option<u16> {
    text.rmatch_indices('(')
        .filter_map(|(at, open)| {
            // Four digits and the end, so a long text is read once however many parentheses it holds.
            let inside = text.get(at + open.len()..at + open.len() + 5)?;
            four_digits(inside.strip_suffix(')')?)
        })
        .find(|code| (4000..5000).contains(code))
}

fn four_digits(code: &str) -> Option<u16> {
    let number = code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit());
    number.then(|| code.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{CmkStatus, RevocationCause};

    #[test]
    fn the_confirmation_is_known_with_and_without_its_trailing_blank() {
        for text in [
            "Access to the configured customer managed key confirmed.",
            "Access to the configured customer managed key confirmed. ",
        ] {
            assert_eq!(CmkStatus::from(text), CmkStatus::Confirmed);
        }
    }

    #[test]
    fn the_number_decides_and_not_the_prose() {
        let status = CmkStatus::from(
            "Zugriff entzogen; https://learn.microsoft.com/azure/cosmos-db/x (4015).",
        );
        assert_eq!(
            status.revocation_cause(),
            Some(RevocationCause::UndefinedDefaultIdentity)
        );
        let newer =
            CmkStatus::from("Access to your account is currently revoked because of x (4042).");
        assert_eq!(
            newer.revocation_cause(),
            Some(RevocationCause::Unlisted(4042))
        );
    }

    #[test]
    fn every_published_sentence_without_number_is_known_by_its_beginning() {
        let start = "Access to your account is currently revoked";
        for (reason, code) in [
            (
                " because the Azure Cosmos DB service is unable to obtain the AAD authentication token for the account's default identity",
                4000,
            ),
            (
                " because the current default identity no longer has permission to the associated Key Vault key",
                4002,
            ),
            (
                " because the correspondent key is not found on the specified Key Vault",
                4003,
            ),
            (
                " because the Azure Cosmos DB service is unable to wrap or unwrap the key",
                4005,
            ),
            (
                " because the Azure Cosmos DB account's key vault key URI does not follow the expected format",
                4006,
            ),
            (
                " because the Azure Key Vault DNS name specified by the account's keyvaultkeyuri property could not be resolved",
                4009,
            ),
            (
                " because the Azure Cosmos DB account has an undefined default identity",
                4015,
            ),
            (
                " because the access rules are blocking outbound requests to the Azure Key Vault service",
                4016,
            ),
            (
                " because the correspondent Azure Key Vault was not found",
                4017,
            ),
            (
                " because the correspondent key is either disabled or expired",
                4018,
            ),
        ] {
            let bare = CmkStatus::from(format!("{start}{reason}.").as_str());
            assert_eq!(
                bare.revocation_cause().unwrap().code(),
                Some(code),
                "{reason}"
            );
            let link =
                "https://learn.microsoft.com/en-us/azure/cosmos-db/cmk-troubleshooting-guide#a";
            let full = format!(
                "{start}{reason}; for more details about this error and how to restore access to your account please visit {link} ({code})."
            );
            let full = CmkStatus::from(full.as_str());
            assert_eq!(full.revocation_cause().unwrap().code(), Some(code));
        }
    }

    #[test]
    fn a_revocation_without_reason_is_still_one() {
        let status = CmkStatus::from(
            "Access to your account is currently revoked; for more details about this error and how to restore access to your account please visit https://learn.microsoft.com/en-us/azure/cosmos-db/cmk-troubleshooting-guide",
        );
        assert_eq!(status.revocation_cause(), Some(RevocationCause::Unstated));
    }

    #[test]
    fn the_data_planes_body_is_read_too() {
        let status = CmkStatus::from(
            r#"{"Errors":["Access to your account is currently revoked because the correspondent key is either disabled or expired."]}"#,
        );
        assert_eq!(
            status.revocation_cause(),
            Some(RevocationCause::KeyDisabledOrExpired)
        );
    }

    #[test]
    fn what_the_data_plane_appends_does_not_hide_the_number() {
        let status = CmkStatus::from(
            "Access to your account is currently revoked because of x; please visit https://learn.microsoft.com/x (4042).\r\nActivityId: 11111111-1111-4111-8111-111111111111, Windows/10.0 (17763) cosmos-netstandard-sdk/3.0",
        );
        assert_eq!(
            status.revocation_cause(),
            Some(RevocationCause::Unlisted(4042))
        );
    }

    #[test]
    fn a_request_that_is_blocked_tells_of_a_revocation_without_reason() {
        let status = CmkStatus::from(
            r#"{"Errors":["Request is blocked due to Customer Managed Key not being accessible."]} ActivityId: 1, Request URI: /apps/1/"#,
        );
        assert_eq!(status.revocation_cause(), Some(RevocationCause::Unstated));
    }

    #[test]
    fn other_sentences_are_kept_and_never_taken_for_good_news() {
        for text in [
            "Encryption in progress (2024).",
            "Not: access to the configured customer managed key confirmed.",
            "",
            "(4003) is what it was",
        ] {
            assert_eq!(CmkStatus::from(text), CmkStatus::Unknown(text.to_owned()));
            assert_eq!(CmkStatus::from(text).to_string(), text);
        }
    }
}
