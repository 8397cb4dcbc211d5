//! Finds the rows of the table that a symptom shows.

use super::{
    Symptom,
    table::{Entry, Pattern, entries},
};
use cmk_core::ServiceError;
use cosmos_cmk::{CmkStatus, RevocationCause};

/// How much of a text is looked at: a message has hundreds of bytes, a pasted log can have any number.
const MOST: usize = 32 * 1024;

/// What a symptom holds that rows can match.
#[derive(Debug, Default)]
struct Said {
    /// The text, in lower case.
    text: String,
    /// Whole words of it, and codes from elsewhere, in lower case.
    words: Vec<String>,
    /// The client's method that was answered with 403.
    refused: Option<String>,
    /// Why the key was lost, if the service says that it was.
    revoked: Option<RevocationCause>,
}

pub(super) fn recognise(symptom: Symptom<'_>) -> Vec<Entry> {
    let said = match symptom {
        Symptom::Status(status) => of_status(status),
        Symptom::Text(text) => of_text(text),
        Symptom::Error(error) => of_error(error),
    };
    let mut found: Vec<Entry> = entries()
        .filter(|entry| said.shows(&entry.pattern))
        .collect();
    // The longer text says more than one that is a part of it.
    let texts: Vec<String> = found
        .iter()
        .filter_map(|entry| entry.pattern.text())
        .map(str::to_lowercase)
        .collect();
    found.retain(|entry| {
        let Some(own) = entry.pattern.text().map(str::to_lowercase) else {
            return true;
        };
        !texts
            .iter()
            .any(|other| *other != own && other.contains(&own))
    });
    // What only wraps a reason counts where there is no reason.
    if found.iter().any(|entry| !entry.wraps) {
        found.retain(|entry| !entry.wraps);
    }
    found
}

impl Said {
    fn shows(&self, pattern: &Pattern) -> bool {
        let word = |word: &str| self.words.iter().any(|own| own.eq_ignore_ascii_case(word));
        match *pattern {
            Pattern::Status(code) => self.revoked.is_some_and(|cause| cause.code() == Some(code)),
            Pattern::NoReason => matches!(
                self.revoked,
                Some(RevocationCause::Unstated | RevocationCause::Unlisted(_))
            ),
            Pattern::Aadsts(number) => word(&format!("aadsts{number}")),
            Pattern::Code(code) => word(code),
            Pattern::Text(text) => self.text.contains(&text.to_lowercase()),
            Pattern::CodeWith(code, text) => word(code) && self.text.contains(&text.to_lowercase()),
            Pattern::Refused(method, operation) => {
                self.refused.as_deref() == Some(method) || word("Forbidden") && word(operation)
            }
        }
    }
}

fn of_status(status: &CmkStatus) -> Said {
    match status {
        CmkStatus::Revoked { cause, message } => Said {
            revoked: Some(*cause),
            ..of_text(message)
        },
        other => of_text(&other.to_string()),
    }
}

fn of_text(text: &str) -> Said {
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    let lower = text.to_lowercase();
    let mut words = words(&lower);
    // A body of the token service tells its numbers apart from the text.
    let service = ServiceError::parse(text.as_bytes());
    words.extend(service.inner_codes().map(str::to_lowercase));
    let revoked = CmkStatus::from(text).revocation_cause();
    let stated = revoked.filter(|cause| cause.code().is_some());
    let revoked = stated.or_else(|| substatus(&lower, &words)).or(revoked);
    Said {
        text: lower,
        words,
        refused: None,
        revoked,
    }
}

fn of_error(error: &cmk_core::Error) -> Said {
    let failure = error.failure();
    let service = failure.service_error();
    let mut text = String::from(failure.message().unwrap_or_default());
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text.push('\n');
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    let mut said = of_text(&text);
    said.words.extend(
        service
            .inner_codes()
            .chain(service.code())
            .map(str::to_lowercase),
    );
    let refused = failure.status() == Some(403);
    said.refused = refused.then(|| failure.operation().to_owned());
    said
}

/// Runs of letters, digits and underscores: a number that is a part of another is none of them.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The number of the data plane, as logs write it (`Sub-status: 4018`, `x-ms-substatus: 4018`, `SubStatusCode=4018`), its
/// name, or a text that is nothing but the number.
fn substatus(text: &str, words: &[String]) -> Option<RevocationCause> {
    let known = |code: &u16| {
        !matches!(
            RevocationCause::from_code(*code),
            RevocationCause::Unlisted(_)
        )
    };
    let folded: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' ' | '"'))
        .collect();
    let after_the_word = folded.match_indices("substatus").find_map(|(at, word)| {
        let rest = folded.get(at + word.len()..)?;
        let rest = rest.strip_prefix("code").unwrap_or(rest);
        let digits: String = rest
            .trim_start_matches([':', '=', '('])
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse::<u16>().ok().filter(known)
    });
    let alone = || text.trim().parse::<u16>().ok().filter(known);
    after_the_word
        .or_else(alone)
        .map(RevocationCause::from_code)
        .or_else(|| {
            RevocationCause::NAMED.iter().copied().find(|cause| {
                words
                    .iter()
                    .any(|word| word.eq_ignore_ascii_case(cause.as_str()))
            })
        })
}
