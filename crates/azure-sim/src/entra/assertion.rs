//! Client assertions: whose token it is, whether it may vouch for an application, and which credential it matches.
//!
//! Codes and texts: the catalogue at <https://learn.microsoft.com/entra/identity-platform/reference-error-codes> and
//! <https://github.com/Azure/azure-workload-identity/issues/1200>.

use super::AadError;
use crate::{
    directory::{Application, FederatedCredential},
    jwt,
    tokens::{CallerKind, Token},
    world::World,
};
use azure_core::time::{OffsetDateTime, to_rfc3339};
use serde_json::Value;

const HINT: &str = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation";

pub(super) fn check(world: &World, app: &Application, assertion: &str) -> Result<(), AadError> {
    let Some(token) = world.find_token(assertion) else {
        return Err(stranger(world, app, assertion));
    };
    let issuer = world.options.cloud.issuer(&token.caller.tenant);
    if token.caller.tenant != app.tenant {
        return Err(refusal(
            700_236,
            format!(
                "Entra ID tokens issued by issuer '{issuer}' may not be used for federated identity credential flows for applications or managed identities registered in this tenant"
            ),
        ));
    }
    if world.is_stale(token) {
        return Err(expired(world, token.validity.unwrap_or_default()));
    }
    match token.caller.kind {
        CallerKind::ManagedIdentity => {}
        CallerKind::User => {
            return Err(refusal(
                700_229,
                "ForbiddenTokenType - Only app-only tokens can be used as Federated Identity Credentials for Microsoft Entra issuer.",
            ));
        }
        CallerKind::Application if token.federated => {
            return Err(refusal(
                700_231,
                "Token obtained using a federated identity credential may not be used as a federated identity credential",
            ));
        }
        CallerKind::Application => {
            return Err(refusal(
                700_226,
                "Only MSI tokens may be used as Federated Identity Credentials for AAD issuer.",
            ));
        }
    }
    match_credentials(world, app, &issuer, token)
}

/// Whether a token of Entra ID is shown for a managed identity that has federated credentials of its own.
pub(super) fn is_for_an_identity(
    world: &World,
    tenant: &str,
    client: &str,
    assertion: &str,
) -> bool {
    let mut identities = world.arm.identities.values();
    identities.any(|own| {
        own.tenant == tenant
            && own.client_id.eq_ignore_ascii_case(client)
            && !own.credentials.is_empty()
    }) && world.find_token(assertion).is_some()
}

/// <https://learn.microsoft.com/answers/questions/2139753/>
pub(super) fn entra_tokens_not_taken() -> AadError {
    refusal(
        700_222,
        "AAD-issued tokens may not be used for federated identity flows.",
    )
}

fn refusal(code: u32, message: impl Into<String>) -> AadError {
    AadError::new(401, "invalid_client", code, message)
}

fn expired(world: &World, (from, to): (i64, i64)) -> AadError {
    let text = |seconds: i64| {
        let time = OffsetDateTime::from_unix_timestamp(seconds);
        time.map(|time| to_rfc3339(&time)).unwrap_or_default()
    };
    refusal(
        700_024,
        format!(
            "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}.",
            text(world.tokens.now()),
            text(from),
            text(to)
        ),
    )
}

/// What is wrong with a token that this simulator did not make. It has nobody's keys but its own.
fn stranger(world: &World, app: &Application, assertion: &str) -> AadError {
    let Some((header, claims)) = jwt::peek(assertion) else {
        return AadError::new(
            400,
            "invalid_request",
            50027,
            "JWT token is invalid or malformed.",
        );
    };
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let algorithm = header
        .get("alg")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !matches!(algorithm, "RS256" | "RS384" | "RS512" | "PS256") {
        return refusal(
            5_002_738,
            format!(
                "Invalid JWT token. '{algorithm}' is not a supported signature algorithm. Supported signing algorithms are: 'RS256,RS384,RS512'"
            ),
        );
    }
    let seconds = |name: &str| claims.get(name).and_then(Value::as_i64);
    if let Some(to) = seconds("exp").filter(|to| *to <= world.tokens.now()) {
        return expired(world, (seconds("nbf").unwrap_or_default(), to));
    }
    // Who signs for itself is its own issuer.
    let issuer = claim("iss");
    if claim("sub") == issuer && !issuer.eq_ignore_ascii_case(&app.app_id) {
        return refusal(
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        );
    }
    let known = app
        .honoured_credentials(world)
        .any(|credential| credential.issuer == issuer);
    if known || issuer.eq_ignore_ascii_case(&app.app_id) {
        return refusal(
            700_027,
            "Client assertion contains an invalid signature. [Reason - The key was not found.]",
        );
    }
    unknown_issuer(issuer)
}

fn unknown_issuer(issuer: &str) -> AadError {
    refusal(
        700_211,
        format!(
            "No matching federated identity record found for presented assertion issuer '{issuer}'."
        ),
    )
}

/// Matches issuer, then subject, then audience; literally and with case.
fn match_credentials(
    world: &World,
    app: &Application,
    issuer: &str,
    token: &Token,
) -> Result<(), AadError> {
    let credentials: Vec<&FederatedCredential> = app.honoured_credentials(world).collect();
    if credentials.is_empty() {
        return Err(refusal(
            70025,
            format!(
                "The client '{}' has no configured federated identity credentials.",
                app.display_name
            ),
        ));
    }
    let subject = token.caller.oid.as_str();
    let audience = token.audience.as_str();
    // A token of another resource is refused before its subject matters: public field notes.
    if audience != world.options.cloud.exchange_audience() {
        return Err(refusal(
            7_002_121,
            format!(
                "No matching federated identity record found for presented assertion audience '{audience}'. {HINT}"
            ),
        ));
    }
    let by_issuer: Vec<_> = credentials
        .iter()
        .filter(|credential| credential.issuer == issuer)
        .collect();
    if by_issuer.is_empty() {
        let first_version = credentials
            .iter()
            .any(|credential| credential.issuer.starts_with("https://sts.windows.net/"));
        // The code was seen where a credential has the issuer of tokens of version 1; its text is not known.
        return Err(if first_version {
            refusal(700_227, "Forbidden token audience.")
        } else {
            unknown_issuer(issuer)
        });
    }
    let by_subject: Vec<_> = by_issuer
        .iter()
        .filter(|credential| credential.subject == subject)
        .collect();
    if by_subject.is_empty() {
        // https://github.com/Azure/login/issues/515
        let but_for_case = by_issuer
            .iter()
            .any(|credential| credential.subject.eq_ignore_ascii_case(subject));
        let case = " The subject matches with case-insensitive comparison, but not with case-sensitive comparison.";
        return Err(refusal(
            if but_for_case { 7_002_138 } else { 700_213 },
            format!(
                "No matching federated identity record found for presented assertion subject '{subject}'.{} {HINT}",
                if but_for_case { case } else { "" }
            ),
        ));
    }
    let by_audience = by_subject
        .iter()
        .any(|credential| credential.audiences.iter().any(|own| own == audience));
    if by_audience {
        return Ok(());
    }
    Err(refusal(
        700_212,
        format!(
            "No matching federated identity record found for presented assertion audience '{audience}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion."
        ),
    ))
}
