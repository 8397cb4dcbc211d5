//! What clients ask before they ask for a token: OpenID Connect's discovery, the signing keys, the clouds.

use super::{AadError, find_tenant, refuse};
use crate::{SimCloud, SimResponse, world::World};
use serde_json::{Value, json};

/// Authorities that stand for whatever tenant somebody signs in to.
pub(super) const ANY_TENANT: &[&str] = &["common", "organizations", "consumers"];

/// The answer to a `GET` below a login host, if it is one of these.
pub(super) fn handle(
    world: &mut World,
    cloud: SimCloud,
    path: &[&str],
    asked: Option<&str>,
) -> Option<SimResponse> {
    Some(match path {
        [tenant, "v2.0", ".well-known", "openid-configuration"] => {
            configuration(world, cloud, tenant, true)
        }
        [tenant, ".well-known", "openid-configuration"] => {
            configuration(world, cloud, tenant, false)
        }
        [tenant, "discovery", "v2.0", "keys"] => keys(world, cloud, tenant, true),
        [tenant, "discovery", "keys"] => keys(world, cloud, tenant, false),
        ["common", "discovery", "instance"] => instances(world, asked.unwrap_or_default()),
        _ => return None,
    })
}

/// The tenant as documents name it: itself, or a placeholder.
fn name_of(world: &World, cloud: SimCloud, tenant: &str) -> Result<String, AadError> {
    if ANY_TENANT.contains(&tenant) {
        return Ok("{tenantid}".to_owned());
    }
    find_tenant(world, cloud, tenant).map_err(|refusal| AadError {
        error: "invalid_tenant",
        ..refusal
    })
}

/// Members: <https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration>
fn configuration(
    world: &mut World,
    cloud: SimCloud,
    tenant: &str,
    second_version: bool,
) -> SimResponse {
    let name = match name_of(world, cloud, tenant) {
        Ok(name) => name,
        Err(refusal) => return refuse(world, &refusal),
    };
    let place = if ANY_TENANT.contains(&tenant) {
        tenant
    } else {
        name.as_str()
    };
    let (oauth, keys) = if second_version {
        ("oauth2/v2.0", "discovery/v2.0/keys")
    } else {
        ("oauth2", "discovery/keys")
    };
    let host = cloud.issuer_host();
    let issuer = if second_version {
        cloud.issuer(&name)
    } else {
        cloud.legacy_issuer(&name)
    };
    SimResponse::json(
        200,
        &json!({
            "token_endpoint": format!("https://{host}/{place}/{oauth}/token"),
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
                "self_signed_tls_client_auth",
            ],
            "jwks_uri": format!("https://{host}/{place}/{keys}"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": issuer,
            "request_uri_parameter_supported": false,
            "userinfo_endpoint": format!("https://{}/oidc/userinfo", cloud.graph_host()),
            "authorization_endpoint": format!("https://{host}/{place}/{oauth}/authorize"),
            "device_authorization_endpoint": format!("https://{host}/{place}/{oauth}/devicecode"),
            "http_logout_supported": true,
            "frontchannel_logout_supported": true,
            "end_session_endpoint": format!("https://{host}/{place}/{oauth}/logout"),
            "claims_supported": [
                "sub", "iss", "cloud_instance_name", "cloud_instance_host_name",
                "cloud_graph_host_name", "msgraph_host", "aud", "exp", "iat", "auth_time", "acr",
                "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email",
            ],
            "tenant_region_scope": null,
            "cloud_instance_name": host.strip_prefix("login.").unwrap_or(host),
            "msgraph_host": cloud.graph_host(),
        }),
    )
}

fn keys(world: &mut World, cloud: SimCloud, tenant: &str, second_version: bool) -> SimResponse {
    let name = match name_of(world, cloud, tenant) {
        Ok(name) => name,
        Err(refusal) => return refuse(world, &refusal),
    };
    let issuer = if second_version {
        cloud.issuer(&name)
    } else {
        cloud.legacy_issuer(&name)
    };
    let key = world.tokens.signer().map(|signer| signer.public(&issuer));
    SimResponse::json(
        200,
        &json!({"keys": key.into_iter().collect::<Vec<Value>>()}),
    )
}

/// The clouds and the names of their authorities, whichever of them is asked:
/// <https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud>
fn instances(world: &mut World, asked: &str) -> SimResponse {
    const CLOUDS: &[(&str, &str, &[&str])] = &[
        (
            "login.microsoftonline.com",
            "login.windows.net",
            &[
                "login.microsoftonline.com",
                "login.windows.net",
                "login.microsoft.com",
                "sts.windows.net",
            ],
        ),
        (
            "login.partner.microsoftonline.cn",
            "login.partner.microsoftonline.cn",
            &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
        ),
        (
            "login.microsoftonline.us",
            "login.microsoftonline.us",
            &["login.microsoftonline.us", "login.usgovcloudapi.net"],
        ),
    ];
    let address = asked.strip_prefix("https://").unwrap_or_default();
    let (host, rest) = address.split_once('/').unwrap_or((address, ""));
    let known = CLOUDS.iter().find(|(_, _, names)| names.contains(&host));
    let tenant = rest.split('/').next().unwrap_or_default();
    let (Some((network, ..)), false) = (known, tenant.is_empty()) else {
        return refuse(
            world,
            &AadError::new(
                400,
                "invalid_instance",
                50049,
                "Unknown or invalid instance.",
            ),
        );
    };
    let metadata: Vec<Value> = CLOUDS
        .iter()
        .map(|(network, cache, aliases)| {
            json!({
                "preferred_network": network,
                "preferred_cache": cache,
                "aliases": aliases,
            })
        })
        .collect();
    SimResponse::json(
        200,
        &json!({
            "tenant_discovery_endpoint":
                format!("https://{network}/{tenant}/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": metadata,
        }),
    )
}
