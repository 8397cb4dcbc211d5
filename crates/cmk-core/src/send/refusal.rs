//! The errors of requests: an answer that is no success, or no answer at all.

use super::{answer, credential::NoToken};
use crate::{
    Error, Failure, FailureBuilder, Hint, Kind, Rule, ServiceError, TOKEN_RULES,
    error::aadsts_code_of,
};
use azure_core::{error::ErrorKind, http::RawResponse};
use std::error::Error as StdError;

/// What was asked, for the error that says that it failed.
pub(super) struct Asked {
    pub(super) operation: &'static str,
    pub(super) target: String,
    /// Whether an error leaves open if something has changed.
    pub(super) writes: bool,
    /// A part of the URL that must not be shown: it can hold signatures.
    pub(super) hidden: Option<String>,
}

/// The error for an answer that is no success.
pub(super) fn refusal(tables: &[&[Rule]], asked: Asked, raw: RawResponse) -> Error {
    let status = u16::from(raw.status());
    let service = ServiceError::parse(raw.body());
    let builder = Failure::builder(asked.operation)
        .target(asked.target)
        .status(status)
        .request_id(answer::request_id(&raw));
    let retry_after = answer::retry_after(&raw);
    let (builder, kind) = match Rule::first_match(tables, asked.operation, Some(status), &service) {
        Some(rule) => (with_rule(builder, rule), rule.kind()),
        None => {
            let (kind, hint) = answer::without_rule(status, asked.writes);
            (builder.hint(hint), kind)
        }
    };
    builder
        .service_error(service)
        .retry_after(retry_after)
        .response(raw)
        .build(kind)
}

fn with_rule(builder: FailureBuilder, rule: &Rule) -> FailureBuilder {
    let builder = builder.hint(rule.hint());
    match rule.advice() {
        Some(advice) => builder.help(advice),
        None => builder,
    }
}

/// The error for a request that got no answer: no token, no connection, or a connection that broke.
pub(super) fn unsent(tables: &[&[Rule]], asked: Asked, error: azure_core::Error) -> Error {
    let builder = Failure::builder(asked.operation).target(asked.target);
    let kind = error.kind().clone();
    if kind == ErrorKind::Credential {
        return without_token(tables, builder, error);
    }
    let builder = match asked.hidden {
        // Transports name the URL that they failed at.
        Some(hidden) => builder.source(chain_text(&error).replace(&hidden, "…")),
        None => builder.source(error),
    };
    match kind {
        ErrorKind::Connection => builder
            .message("no connection could be made; nothing was sent")
            .hint(Hint::Transient { after: None })
            .build(Kind::Other),
        ErrorKind::Io if asked.writes => builder
            .message("the connection broke before an answer came")
            .help("read the resource before trying again: the service may have done it")
            .build(Kind::OutcomeUnknown),
        ErrorKind::Io => builder
            .message("the connection broke before an answer came")
            .hint(Hint::Transient { after: None })
            .build(Kind::Other),
        _ if asked.writes => builder
            .message("no usable answer came")
            .build(Kind::OutcomeUnknown),
        _ => builder.message("no usable answer came").build(Kind::Other),
    }
}

/// The error for a request that had no token. A credential in between may say that the service refused the token's
/// holder: the number tells why.
fn without_token(tables: &[&[Rule]], builder: FailureBuilder, error: azure_core::Error) -> Error {
    let said = chain(&error)
        .find_map(|inner| inner.downcast_ref::<NoToken>())
        .map_or(&error, |no_token| &no_token.0);
    let text = chain_text(said);
    let hint = matches!(said.kind(), ErrorKind::Io | ErrorKind::Connection)
        .then_some(Hint::Transient { after: None });
    let service = ServiceError::new(aadsts_code_of(&text).unwrap_or_default(), text);
    let known = Rule::first_match(tables, "get_token", None, &service)
        .or_else(|| Rule::first_match(&[TOKEN_RULES], "get_token", None, &service));
    let (builder, kind) = match known {
        Some(rule) => (with_rule(builder, rule), rule.kind()),
        None => (builder.hint(hint), Kind::Unauthenticated),
    };
    builder.service_error(service).source(error).build(kind)
}

/// What an error and its sources say, each once.
fn chain_text(error: &(dyn StdError + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for error in chain(error) {
        let text = error.to_string();
        if said.last() != Some(&text) {
            said.push(text);
        }
    }
    said.join(": ")
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |inner| (*inner).source())
}
