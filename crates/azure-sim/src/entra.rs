//! Entra ID's login hosts: the token endpoint, and the way to what stands beside it.

mod assertion;
pub(crate) mod consent;
mod discovery;
pub(crate) mod managed;
#[cfg(test)]
mod tests;

use crate::{
    SimCloud, SimRequest, SimResponse,
    directory::Application,
    tokens::{Caller, CallerKind, LIFETIME, audience_of},
    world::World,
};
use azure_core::http::Url;
use serde_json::json;

/// <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

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

/// Answers at a login host; `cloud` is the one that the host belongs to, which may be another than this Azure's.
pub(crate) fn handle(world: &mut World, cloud: SimCloud, request: &SimRequest) -> SimResponse {
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    if request.method == "GET" {
        let asked = request.query("authorization_endpoint");
        if let Some(answer) = discovery::handle(world, cloud, &path, asked.as_deref()) {
            return answer;
        }
    }
    match (request.method.as_str(), path.as_slice()) {
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => {
            match token(world, cloud, tenant, &request.body) {
                // Shape: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
                Ok(text) => SimResponse::json(
                    200,
                    &json!({
                        "token_type": "Bearer",
                        "expires_in": LIFETIME,
                        "ext_expires_in": LIFETIME,
                        "access_token": text,
                    }),
                ),
                Err(refusal) => refuse(world, &refusal),
            }
        }
        ("GET" | "POST", [tenant, "adminconsent"]) => {
            consent::handle(world, cloud, request, tenant, consent::Version::First)
        }
        ("GET" | "POST", [tenant, "v2.0", "adminconsent"]) => {
            consent::handle(world, cloud, request, tenant, consent::Version::Second)
        }
        _ => world.not_modelled(request),
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

    fn required(&self, name: &str) -> Result<&str, AadError> {
        match self.get(name) {
            "" => Err(missing(name)),
            value => Ok(value),
        }
    }
}

/// A parameter that a request must have.
fn missing(name: &str) -> AadError {
    AadError::new(
        400,
        "invalid_request",
        900_144,
        format!("The request body must contain the following parameter: '{name}'."),
    )
}

fn token(
    world: &mut World,
    cloud: SimCloud,
    tenant: &str,
    body: &[u8],
) -> Result<String, AadError> {
    let form = Form::parse(body);
    let grant = form.required("grant_type")?;
    if grant != "client_credentials" {
        return Err(AadError::new(
            400,
            "unsupported_grant_type",
            70003,
            format!("The app requested an unsupported grant type '{grant}'."),
        ));
    }
    let tenant = find_tenant(world, cloud, tenant)?;
    let scope = form.required("scope")?;
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
    let client = form.required("client_id")?;
    let (assertion, secret) = (form.get("client_assertion"), form.get("client_secret"));
    let (caller, federated) = if !assertion.is_empty() {
        if form.required("client_assertion_type")? != ASSERTION_TYPE {
            // https://github.com/AzureAD/azure-activedirectory-library-for-ruby/pull/53
            return Err(AadError::new(
                400,
                "invalid_request",
                90011,
                "Unexpected client assertion type.",
            ));
        }
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
    Ok(world.mint(caller, scope, federated))
}

/// Resources whose tokens this Azure gives to applications.
fn known_audience(world: &World, audience: &str) -> bool {
    let cloud = world.options.cloud;
    [
        cloud.graph_host(),
        cloud.arm_host(),
        cloud.vault_suffix(),
        cloud.hsm_suffix(),
    ]
    .iter()
    .any(|host| audience.strip_prefix("https://") == Some(*host))
        || [cloud.classic_audience(), cloud.exchange_audience()].contains(&audience)
}

/// The tenant that an authority names, if the authority is one of its cloud.
fn find_tenant(world: &World, cloud: SimCloud, tenant: &str) -> Result<String, AadError> {
    let refuse = |code, message: String| Err(AadError::new(400, "invalid_request", code, message));
    let Some(known) = world.directory.tenants.get(&tenant.to_lowercase()) else {
        return if uuid::Uuid::parse_str(tenant).is_ok() || tenant.contains('.') {
            refuse(
                90002,
                format!(
                    "Tenant '{tenant}' not found. This may happen if there are no active subscriptions for the tenant. Check to make sure you have the correct tenant ID."
                ),
            )
        } else {
            refuse(
                900_023,
                format!(
                    "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."
                ),
            )
        };
    };
    let home = world.options.cloud;
    if cloud != home {
        // https://github.com/microsoft/powercat-creator-kit/issues/452
        return refuse(
            90038,
            format!(
                "Tenant '{tenant}' request is being redirected to the National Cloud '{}'.",
                home.national_name()
            ),
        );
    }
    Ok(known.id.clone())
}

/// Exchanges a managed identity's token for one of an application in a tenant, as cross-tenant keys need it.
pub(crate) fn exchange(
    world: &World,
    tenant: &str,
    app_id: &str,
    assertion: &str,
) -> Result<Caller, AadError> {
    if assertion::is_for_an_identity(world, tenant, app_id, assertion) {
        return Err(assertion::entra_tokens_not_taken());
    }
    let app = application_for(world, tenant, app_id)?;
    let caller = client_in(world, tenant, app)?;
    assertion::check(world, app, assertion)?;
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
