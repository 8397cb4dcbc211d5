//! The token endpoint: client credentials with a secret or with an assertion of a managed identity.

use crate::{
    SimRequest, SimResponse,
    directory::{Application, FederatedCredential, PrincipalKind},
    tokens::{Caller, CallerKind, audience_of},
    world::World,
};
use azure_core::http::Url;
use serde_json::json;

/// A refusal of the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AadError {
    pub(crate) status: u16,
    /// The OAuth error, such as `invalid_client`.
    pub(crate) error: &'static str,
    /// The number after `AADSTS`.
    pub(crate) code: u32,
    /// The text after the colon.
    pub(crate) message: String,
}

impl AadError {
    fn new(status: u16, error: &'static str, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            error,
            code,
            message: message.into(),
        }
    }

    /// `AADSTS…: …`, as error texts of other services quote it.
    pub(crate) fn text(&self) -> String {
        format!("AADSTS{}: {}", self.code, self.message)
    }
}

pub(crate) fn handle(world: &mut World, request: &SimRequest) -> SimResponse {
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (true, [tenant, "oauth2", "v2.0", "token"]) = (request.method == "POST", path.as_slice())
    else {
        return world.not_modelled(request);
    };
    match token(world, tenant, &request.body) {
        // Shape: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
        Ok(text) => SimResponse::json(
            200,
            &json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": text}),
        ),
        Err(refusal) => refuse(world, &refusal),
    }
}

pub(crate) fn refuse(world: &mut World, refusal: &AadError) -> SimResponse {
    let (trace, correlation) = (world.new_guid(), world.new_guid());
    let timestamp = World::timestamp(world.now).replace('T', " ");
    // Shape: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    SimResponse::json(
        refusal.status,
        &json!({
            "error": refusal.error,
            "error_description": format!(
                "{} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
                refusal.text()
            ),
            "error_codes": [refusal.code],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
        }),
    )
}

/// The members of a form.
struct Form(Vec<(String, String)>);

impl Form {
    fn parse(body: &[u8]) -> Self {
        // A form reads like the query of a URL.
        let text = String::from_utf8_lossy(body);
        let url = Url::parse(&format!("https://form/?{text}"));
        let pairs = url.map(|url| {
            let pairs = url.query_pairs();
            pairs
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect()
        });
        Self(pairs.unwrap_or_default())
    }

    fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

fn token(world: &mut World, tenant: &str, body: &[u8]) -> Result<String, AadError> {
    let form = Form::parse(body);
    if form.get("grant_type") != "client_credentials" {
        return Err(AadError::new(
            400,
            "unsupported_grant_type",
            70003,
            format!(
                "The app requested an unsupported grant type '{}'.",
                form.get("grant_type")
            ),
        ));
    }
    let tenant = find_tenant(world, tenant)?;
    let scope = form.get("scope");
    if !scope.ends_with("/.default") || scope.contains(' ') {
        return Err(AadError::new(
            400,
            "invalid_scope",
            70011,
            format!(
                "The provided value for the input parameter 'scope' isn't valid. The scope {scope} is not valid."
            ),
        ));
    }
    let client = form.get("client_id");
    let (assertion, secret) = (form.get("client_assertion"), form.get("client_secret"));
    let (caller, federated) = if !assertion.is_empty() {
        (exchange(world, &tenant, client, assertion)?, true)
    } else if !secret.is_empty() {
        (with_secret(world, &tenant, client, secret)?, false)
    } else {
        return Err(AadError::new(
            401,
            "invalid_client",
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        ));
    };
    let audience = audience_of(scope);
    if !known_audience(world, &audience) {
        return Err(AadError::new(
            400,
            "invalid_resource",
            500_011,
            format!(
                "The resource principal named {audience} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."
            ),
        ));
    }
    Ok(world.mint(caller, &audience, federated))
}

/// Resources whose tokens this Azure gives to applications.
fn known_audience(world: &World, audience: &str) -> bool {
    let cloud = world.options.cloud;
    [
        cloud.graph_host(),
        cloud.arm_host(),
        cloud.vault_suffix(),
        "management.core.windows.net",
    ]
    .iter()
    .any(|host| audience.strip_prefix("https://") == Some(*host))
}

fn find_tenant(world: &World, tenant: &str) -> Result<String, AadError> {
    let known = world.directory.tenants.get(&tenant.to_lowercase());
    known.map(|found| found.id.clone()).ok_or_else(|| {
        AadError::new(
            400,
            "invalid_request",
            90002,
            format!(
                "Tenant '{tenant}' not found. This may happen if there are no active subscriptions for the tenant. Check to make sure you have the correct tenant ID."
            ),
        )
    })
}

/// Exchanges a managed identity's token for one of an application in a tenant, as cross-tenant keys need it.
///
/// Codes and texts: the catalogue at <https://learn.microsoft.com/entra/identity-platform/reference-error-codes> and
/// <https://github.com/Azure/azure-workload-identity/issues/1200>.
pub(crate) fn exchange(
    world: &World,
    tenant: &str,
    app_id: &str,
    assertion: &str,
) -> Result<Caller, AadError> {
    let app = application_for(world, tenant, app_id)?;
    let caller = client_in(world, tenant, app)?;
    check_assertion(world, app, assertion)?;
    Ok(caller)
}

fn with_secret(
    world: &World,
    tenant: &str,
    app_id: &str,
    secret: &str,
) -> Result<Caller, AadError> {
    let app = application_for(world, tenant, app_id)?;
    let caller = client_in(world, tenant, app)?;
    if app.secrets.iter().any(|known| known == secret) {
        return Ok(caller);
    }
    Err(AadError::new(
        401,
        "invalid_client",
        7_000_215,
        "Invalid client secret is provided.",
    ))
}

/// The application, if the tenant may know it at all.
fn application_for<'a>(
    world: &'a World,
    tenant: &str,
    app_id: &str,
) -> Result<&'a Application, AadError> {
    let unknown = || {
        AadError::new(
            400,
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{app_id}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
            ),
        )
    };
    let app = world
        .directory
        .application_by_app_id(app_id)
        .ok_or_else(unknown)?;
    let abroad = app.tenant != tenant;
    let has_principal = world.directory.principal_of(tenant, app_id).is_some();
    if abroad && app.sign_in_audience == "AzureADMyOrg" {
        // An application that went back to one tenant stops working abroad although its principals remain; the code is
        // known from public projects, its text is not.
        return Err(if has_principal {
            AadError::new(
                400,
                "unauthorized_client",
                650_059,
                format!(
                    "The application '{app_id}' is not configured as a multi-tenant application."
                ),
            )
        } else {
            unknown()
        });
    }
    if abroad && !has_principal {
        return Err(unknown());
    }
    Ok(app)
}

/// The application's service principal in the tenant, as a caller.
fn client_in(world: &World, tenant: &str, app: &Application) -> Result<Caller, AadError> {
    let principal = world
        .directory
        .principal_of(tenant, &app.app_id)
        .filter(|principal| world.sees(&principal.tokens_from))
        .ok_or_else(|| {
            AadError::new(
                401,
                "invalid_client",
                7_000_229,
                format!(
                    "The client application {} is missing service principal in the tenant {tenant}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119",
                    app.app_id
                ),
            )
        })?;
    if !principal.enabled {
        return Err(AadError::new(
            400,
            "unauthorized_client",
            7_000_112,
            format!(
                "Application '{}'({}) is disabled.",
                app.app_id, app.display_name
            ),
        ));
    }
    Ok(Caller {
        tenant: tenant.to_owned(),
        oid: principal.id.clone(),
        appid: app.app_id.clone(),
        kind: CallerKind::Application,
        name: app.app_id.clone(),
    })
}

fn check_assertion(world: &World, app: &Application, assertion: &str) -> Result<(), AadError> {
    let Some(token) = world.read_token(assertion) else {
        return Err(AadError::new(
            400,
            "invalid_request",
            50027,
            "JWT token is invalid or malformed.",
        ));
    };
    let issuer = world.options.cloud.issuer(&token.caller.tenant);
    if token.caller.tenant != app.tenant {
        return Err(AadError::new(
            401,
            "invalid_client",
            700_236,
            format!(
                "Entra ID tokens issued by issuer '{issuer}' may not be used for federated identity credential flows for applications or managed identities registered in this tenant"
            ),
        ));
    }
    match token.caller.kind {
        CallerKind::ManagedIdentity => {}
        CallerKind::User => {
            return Err(AadError::new(
                401,
                "invalid_client",
                700_229,
                "ForbiddenTokenType - Only app-only tokens can be used as Federated Identity Credentials for Microsoft Entra issuer.",
            ));
        }
        CallerKind::Application if token.federated => {
            return Err(AadError::new(
                401,
                "invalid_client",
                700_231,
                "Token obtained using a federated identity credential may not be used as a federated identity credential",
            ));
        }
        CallerKind::Application => {
            return Err(AadError::new(
                401,
                "invalid_client",
                700_226,
                "Only MSI tokens may be used as Federated Identity Credentials for AAD issuer.",
            ));
        }
    }
    let credentials: Vec<&FederatedCredential> = app
        .credentials
        .iter()
        .filter(|credential| world.sees(&credential.effective))
        .collect();
    match_credentials(
        &app.display_name,
        &credentials,
        &issuer,
        &token.caller.oid,
        &token.audience,
    )
}

/// Matches issuer, then subject, then audience; literally and with case.
fn match_credentials(
    client: &str,
    credentials: &[&FederatedCredential],
    issuer: &str,
    subject: &str,
    audience: &str,
) -> Result<(), AadError> {
    const HINT: &str = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation";
    let refuse = |code, message: String| Err(AadError::new(401, "invalid_client", code, message));
    if credentials.is_empty() {
        return refuse(
            70025,
            format!("The client '{client}' has no configured federated identity credentials."),
        );
    }
    let by_issuer: Vec<_> = credentials
        .iter()
        .filter(|credential| credential.issuer == issuer)
        .collect();
    if by_issuer.is_empty() {
        return refuse(
            700_211,
            format!(
                "No matching federated identity record found for presented assertion issuer '{issuer}'."
            ),
        );
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
        return if but_for_case {
            refuse(
                7_002_138,
                format!(
                    "No matching federated identity record found for presented assertion subject '{subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. {HINT}"
                ),
            )
        } else {
            refuse(
                700_213,
                format!(
                    "No matching federated identity record found for presented assertion subject '{subject}'. {HINT}"
                ),
            )
        };
    }
    let by_audience = by_subject
        .iter()
        .any(|credential| credential.audiences.iter().any(|own| own == audience));
    if by_audience {
        return Ok(());
    }
    refuse(
        700_212,
        format!(
            "No matching federated identity record found for presented assertion audience '{audience}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion."
        ),
    )
}

/// A token of a managed identity, as the platform gives it to what carries the identity; `None` if the identity is gone.
pub(crate) fn identity_token(
    world: &mut World,
    identity_id: &str,
    audience: &str,
) -> Option<String> {
    let identity = world.arm.identities.get(&identity_id.to_lowercase())?;
    let principal = world.directory.principal(&identity.principal_id)?;
    if principal.kind != PrincipalKind::ManagedIdentity {
        return None;
    }
    let caller = Caller {
        tenant: identity.tenant.clone(),
        oid: principal.id.clone(),
        appid: principal.app_id.clone(),
        kind: CallerKind::ManagedIdentity,
        name: principal.app_id.clone(),
    };
    Some(world.mint(caller, audience, false))
}
