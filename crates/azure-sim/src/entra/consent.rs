//! Admin consent: the page that an administrator opens, and where the browser goes then.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-admin-consent> and, for the first version,
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>. What it refuses has its number and text from
//! <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.

use super::{AadError, Form, discovery::ANY_TENANT, find_tenant, missing};
use crate::{
    DirectoryRole, SimCloud, SimRequest, SimResponse,
    directory::{Application, User},
    world::World,
};
use azure_core::http::Url;
use serde_json::Value;
use std::fmt::Write as _;

/// The two forms of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `/{tenant}/adminconsent`: everything that the application lists.
    First,
    /// `/{tenant}/v2.0/adminconsent`: the scopes of the request.
    Second,
}

/// A request for consent that holds.
struct Consent {
    version: Version,
    app_id: String,
    app_name: String,
    /// The tenant of the address; none if it is whoever signs in.
    tenant: Option<String>,
    scope: String,
    state: Option<String>,
    redirect: Url,
}

/// Who may say yes: <https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent>
const MAY_CONSENT: &[DirectoryRole] = &[
    DirectoryRole::GlobalAdministrator,
    DirectoryRole::ApplicationAdministrator,
    DirectoryRole::CloudApplicationAdministrator,
];

pub(crate) fn handle(
    world: &mut World,
    cloud: SimCloud,
    request: &SimRequest,
    tenant: &str,
    version: Version,
) -> SimResponse {
    let consent = match prepare(world, cloud, request, tenant, version) {
        Ok(consent) => consent,
        Err(refusal) => return error_page(&refusal),
    };
    if request.method == "GET" {
        return question(world, &consent);
    }
    let form = Form::parse(&request.body);
    let user = world.directory.users.iter().find(|user| {
        user.id == form.get("user")
            && consent
                .tenant
                .as_ref()
                .is_none_or(|tenant| *tenant == user.tenant)
    });
    let Some(user) = user else {
        return match stranger(world, &consent, form.get("user")) {
            Some(refusal) => error_page(&refusal),
            None => question(world, &consent),
        };
    };
    let (home, may) = (
        user.tenant.clone(),
        user.roles.iter().any(|role| MAY_CONSENT.contains(role)),
    );
    match form.get("action") {
        "accept" if !may => refused(
            &consent,
            "access_denied",
            "AADSTS90094: The grant requires admin permission.",
        ),
        "accept" => match admit(world, &home, &consent.app_id) {
            Ok(()) => accepted(&consent, &home),
            Err(refusal) => error_page(&refusal),
        },
        "cancel" => match consent.version {
            Version::First => refused(
                &consent,
                "permission_denied",
                "The admin canceled the request",
            ),
            Version::Second => refused(
                &consent,
                "consent_required",
                "AADSTS65004: The resource owner or authorization server denied the request.",
            ),
        },
        _ => question(world, &consent),
    }
}

fn prepare(
    world: &World,
    cloud: SimCloud,
    request: &SimRequest,
    tenant: &str,
    version: Version,
) -> Result<Consent, AadError> {
    let query = |name: &str| request.query(name).filter(|value| !value.is_empty());
    let invalid = |code, text: String| AadError::new(400, "invalid_request", code, text);
    if version == Version::Second && tenant == "common" {
        // https://github.com/MicrosoftDocs/azure-docs/issues/45151
        return Err(invalid(
            900_144,
            "The provided request must include a 'response_type' input parameter.".to_owned(),
        ));
    }
    let home = if ANY_TENANT.contains(&tenant) {
        None
    } else {
        Some(find_tenant(world, cloud, tenant)?)
    };
    let app_id = query("client_id").ok_or_else(|| missing("client_id"))?;
    let app = world.directory.application_by_app_id(&app_id);
    let abroad = |app: &Application| home.as_ref().is_some_and(|home| *home != app.tenant);
    let app = app
        .filter(|app| !(abroad(app) && app.sign_in_audience == "AzureADMyOrg"))
        .ok_or_else(|| unknown(&app_id, tenant))?;
    if home.is_none() && app.sign_in_audience == "AzureADMyOrg" {
        return Err(invalid(
            50194,
            format!(
                "Application '{app_id}'({}) isn't configured as a multitenant application. Usage of the /{tenant} endpoint isn't supported for such applications created after '10/15/2018'.",
                app.display_name
            ),
        ));
    }
    let scope = query("scope").unwrap_or_default();
    if version == Version::Second && scope.is_empty() {
        return Err(missing("scope"));
    }
    if version == Version::Second {
        check_listed(world, app, &scope)?;
    }
    let registered = redirects(app);
    let redirect = match (query("redirect_uri"), registered.first()) {
        (Some(asked), _) if !registered.contains(&asked) => {
            return Err(invalid(
                50011,
                format!(
                    "The redirect URI '{asked}' specified in the request does not match the redirect URIs configured for the application '{app_id}'."
                ),
            ));
        }
        (Some(asked), _) => asked,
        (None, _) if version == Version::Second => return Err(missing("redirect_uri")),
        (None, Some(first)) => first.clone(),
        (None, None) => {
            return Err(invalid(900_971, "No reply address provided.".to_owned()));
        }
    };
    let redirect = Url::parse(&redirect).map_err(|_| {
        invalid(
            50011,
            format!("The redirect URI '{redirect}' is not valid."),
        )
    })?;
    Ok(Consent {
        version,
        app_id: app.app_id.clone(),
        app_name: app.display_name.clone(),
        tenant: home,
        scope,
        state: query("state"),
        redirect,
    })
}

fn unknown(app_id: &str, tenant: &str) -> AadError {
    AadError::new(
        400,
        "unauthorized_client",
        700_016,
        format!(
            "Application with identifier '{app_id}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
        ),
    )
}

/// `/.default` asks for the permissions that the application lists.
fn check_listed(world: &World, app: &Application, scope: &str) -> Result<(), AadError> {
    let mut scopes = scope.split(' ');
    let Some(resource) = scopes.find_map(|scope| scope.strip_suffix("/.default")) else {
        return Ok(());
    };
    let listed = app.extra.get("requiredResourceAccess");
    let listed = listed.and_then(Value::as_array).map(Vec::as_slice);
    let refuse = |code, text: String| Err(AadError::new(400, "invalid_client", code, text));
    let wanted = application_of(world, resource);
    let is_wanted = |one: &Value| {
        let listed = one.get("resourceAppId").and_then(Value::as_str);
        listed.is_some_and(|listed| listed.eq_ignore_ascii_case(wanted))
    };
    match listed.unwrap_or_default() {
        [] => refuse(
            650_056,
            format!(
                "Misconfigured application. This could be due to one of the following: the client has not listed any permissions for '{resource}' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant."
            ),
        ),
        listed if listed.iter().any(is_wanted) => Ok(()),
        _ => refuse(
            650_057,
            format!(
                "Invalid resource. The client has requested access to a resource which isn't listed in the requested permissions in the client's application registration. Client app ID: {}({}). Resource value from request: {resource}.",
                app.app_id, app.display_name
            ),
        ),
    }
}

/// The application behind a resource, the same in every tenant:
/// <https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in>
fn application_of<'a>(world: &World, resource: &'a str) -> &'a str {
    let cloud = world.options.cloud;
    let resource = resource.trim_end_matches('/');
    const RESOURCE_MANAGER: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
    if resource == cloud.classic_audience().trim_end_matches('/') {
        return RESOURCE_MANAGER;
    }
    match resource.strip_prefix("https://") {
        Some(host) if host == cloud.graph_host() => "00000003-0000-0000-c000-000000000000",
        Some(host) if host == cloud.arm_host() => RESOURCE_MANAGER,
        Some(host) if host == cloud.vault_suffix() => "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
        _ => resource,
    }
}

/// What is wrong with whoever signs in: somebody of another tenant, or of none. Nobody has to be named at first.
fn stranger(world: &World, consent: &Consent, id: &str) -> Option<AadError> {
    let invalid = |code, text: String| AadError::new(400, "invalid_request", code, text);
    let tenant = consent.tenant.as_deref().unwrap_or("organizations");
    let mut users = world.directory.users.iter();
    match users.find(|user| user.id == id) {
        Some(user) => Some(invalid(
            50020,
            format!(
                "User account '{}' from identity provider 'https://sts.windows.net/{}/' does not exist in tenant '{tenant}' and cannot access the application '{}'({}) in that tenant.",
                user.name, user.tenant, consent.app_id, consent.app_name
            ),
        )),
        None if id.is_empty() => None,
        None => Some(invalid(
            50034,
            format!(
                "The user account {id} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."
            ),
        )),
    }
}

/// The registered reply addresses, of whatever platform.
fn redirects(app: &Application) -> Vec<String> {
    ["web", "spa", "publicClient"]
        .iter()
        .filter_map(|platform| app.extra.get(*platform)?.get("redirectUris")?.as_array())
        .flatten()
        .filter_map(|address| Some(address.as_str()?.to_owned()))
        .collect()
}

/// Makes the service principal, if it is not there.
fn admit(world: &mut World, tenant: &str, app_id: &str) -> Result<(), AadError> {
    let app = world
        .directory
        .application_by_app_id(app_id)
        .filter(|app| {
            let foreign = app.tenant != tenant;
            let known = if foreign {
                &app.visible_abroad
            } else {
                &app.visible
            };
            world.sees(known) && !(foreign && app.sign_in_audience == "AzureADMyOrg")
        })
        .ok_or_else(|| unknown(app_id, tenant))?;
    let (app_id, name) = (app.app_id.clone(), app.display_name.clone());
    if world.directory.principal_of(tenant, &app_id).is_none() {
        let principal = world.new_principal(tenant, &app_id, &name);
        world.directory.service_principals.push(principal);
        world.changed();
    }
    Ok(())
}

fn accepted(consent: &Consent, tenant: &str) -> SimResponse {
    let mut pairs = vec![("admin_consent", "True"), ("tenant", tenant)];
    if consent.version == Version::Second {
        pairs.push(("scope", &consent.scope));
    }
    redirect(consent, &pairs)
}

/// The first version names neither tenant nor `admin_consent` here, the second says `admin_consent=True` all the same.
fn refused(consent: &Consent, error: &str, description: &str) -> SimResponse {
    let mut pairs = vec![("error", error), ("error_description", description)];
    if consent.version == Version::Second {
        pairs.push(("admin_consent", "True"));
    }
    redirect(consent, &pairs)
}

fn redirect(consent: &Consent, pairs: &[(&str, &str)]) -> SimResponse {
    let mut url = consent.redirect.clone();
    url.query_pairs_mut().extend_pairs(pairs);
    if let Some(state) = &consent.state {
        url.query_pairs_mut().append_pair("state", state);
    }
    SimResponse::empty(303).header("location", url.as_str())
}

fn question(world: &World, consent: &Consent) -> SimResponse {
    let mut options = String::new();
    for user in world.directory.users.iter().filter(|user| {
        let tenant = consent.tenant.as_ref();
        tenant.is_none_or(|tenant| *tenant == user.tenant)
    }) {
        let _ = write!(
            options,
            "<option value=\"{}\">{} ({})</option>",
            escape(&user.id),
            escape(&user.name),
            escape(tenant_name(world, user))
        );
    }
    page(
        200,
        &format!(
            "<h1>Permissions requested</h1>\
             <p><strong>{}</strong><br>{}</p>\
             <form method=\"post\">\
             <p><label>Signed in as <select name=\"user\" id=\"user\">{options}</select></label></p>\
             <p><button name=\"action\" value=\"cancel\" id=\"cancel\">Cancel</button> \
             <button name=\"action\" value=\"accept\" id=\"accept\">Accept</button></p>\
             </form>",
            escape(&consent.app_name),
            escape(&consent.app_id),
        ),
    )
}

fn tenant_name<'w>(world: &'w World, user: &'w User) -> &'w str {
    let tenant = world.directory.tenants.get(&user.tenant);
    tenant.map_or(user.tenant.as_str(), |tenant| tenant.name.as_str())
}

fn error_page(refusal: &AadError) -> SimResponse {
    page(
        refusal.status,
        &format!(
            "<h1>Sign in</h1><p>Sorry, but we're having trouble signing you in.</p><p id=\"error\">{}</p>",
            escape(&refusal.text())
        ),
    )
}

fn page(status: u16, body: &str) -> SimResponse {
    let mut answer = SimResponse::empty(status)
        .header("content-type", "text/html; charset=utf-8")
        .header("cache-control", "no-store")
        .header("content-security-policy", "default-src 'none'");
    answer.body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>azure-sim</title></head><body>{body}</body></html>"
    )
    .into_bytes();
    answer
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
