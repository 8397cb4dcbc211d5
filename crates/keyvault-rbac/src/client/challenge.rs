//! The client that has no credential: it reads a vault's tenant out of the challenge that refuses it.

use crate::{Error, Failure, Hint, Kind, RULES, Result, VaultTenantApi, VaultUrl};
use azure_core::http::{ClientOptions, Method};
use cmk_core::{
    Cloud, TenantId,
    send::{Authority, Connection, ConnectionSpec},
};

/// Options of a [`ChallengeClient`].
#[derive(Debug, Clone)]
pub struct ChallengeClientOptions {
    /// The api-version. Default `2026-04-01`.
    pub api_version: String,
    /// azure_core's options: transport, policies, retry of reads.
    pub client_options: ClientOptions,
}

impl Default for ChallengeClientOptions {
    fn default() -> Self {
        Self {
            api_version: String::from("2026-04-01"),
            client_options: ClientOptions::default(),
        }
    }
}

/// A client without credential that asks vaults which tenant they belong to.
#[derive(Debug, Clone, Default)]
pub struct ChallengeClient {
    options: ChallengeClientOptions,
}

impl ChallengeClient {
    /// A client for the vaults of every cloud and tenant.
    #[must_use]
    pub fn new(options: Option<ChallengeClientOptions>) -> Self {
        Self {
            options: options.unwrap_or_default(),
        }
    }
}

const OPERATION: &str = "get_vault_tenant";

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl VaultTenantApi for ChallengeClient {
    async fn get_vault_tenant(&self, vault: &VaultUrl) -> Result<TenantId> {
        let connection = Connection::new(ConnectionSpec {
            crate_name: env!("CARGO_PKG_NAME"),
            crate_version: env!("CARGO_PKG_VERSION"),
            endpoint: vault.to_string(),
            authority: Authority::Anonymous,
            api_version: Some(self.options.api_version.clone()),
            client_request_id_header: "x-ms-client-request-id",
            rules: &[RULES],
            client_options: self.options.client_options.clone(),
        })?;
        let answer = connection
            .request(OPERATION, Method::Get, "/keys")
            .target(vault.host())
            .tolerate(&[401])
            .send()
            .await?;
        let unverified = |reason: String| unverified(vault, answer.status(), reason);
        if answer.status() != 401 {
            return Err(unverified(String::from(
                "the vault did not challenge a request without token",
            )));
        }
        let challenge = answer
            .header("www-authenticate")
            .ok_or_else(|| unverified(String::from("the vault's refusal has no challenge")))?;
        read_challenge(vault, challenge).map_err(unverified)
    }
}

fn unverified(vault: &VaultUrl, status: u16, reason: String) -> Error {
    Failure::builder(OPERATION)
        .target(vault.host())
        .status(status)
        .message(reason)
        .hint(Hint::Permanent)
        .help("the vault's tenant is not verified: send no token to this host until it is known who answered")
        .build(Kind::Other)
}

/// The tenant that the challenge names, if it is one that the vault's own service would send.
///
/// `Bearer authorization="https://{login host}/{tenant}", resource="https://{suffix}"`; `scope` instead of `resource` in the
/// newer form ([source](https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses)).
fn read_challenge(vault: &VaultUrl, challenge: &str) -> Result<TenantId, String> {
    let challenge = Challenge::parse(challenge)?;
    let (host, _) = https(&challenge.resource).ok_or("the challenge's resource is no https URL")?;
    // The domain that the vault's host lies in, and no other: a proxy or a forger that wants a token for elsewhere names that.
    if !host.eq_ignore_ascii_case(vault.suffix()) {
        return Err(String::from(
            "the challenge's resource is not the domain of the vault",
        ));
    }
    let (host, path) =
        https(&challenge.authorization).ok_or("the challenge's authority is no https URL")?;
    if !is_login_host(vault.cloud(), host) {
        return Err(String::from(
            "the challenge's authority is not the login host of the vault's cloud",
        ));
    }
    path.trim_end_matches('/')
        .parse()
        .map_err(|_| String::from("the challenge's authority names no tenant"))
}

/// In China tokens and issuers have different hosts, and both stand for the same authority. In the public cloud vaults still
/// answer with the login host's older name, too: recorded of several.
fn is_login_host(cloud: Cloud, host: &str) -> bool {
    let older = match cloud {
        Cloud::Public => Some("https://login.windows.net"),
        _ => None,
    };
    [
        Some(cloud.token_authority()),
        Some(cloud.issuer_host()),
        older,
    ]
    .into_iter()
    .flatten()
    .filter_map(https)
    .any(|(known, _)| host.eq_ignore_ascii_case(known))
}

/// Host and path of an https URL without port and user information.
fn https(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    (!host.is_empty() && host.chars().all(plain)).then_some((host, path))
}

/// The two parameters of a challenge that count.
struct Challenge {
    authorization: String,
    resource: String,
}

impl Challenge {
    fn parse(text: &str) -> Result<Self, String> {
        let unreadable = || String::from("the challenge cannot be read");
        let (scheme, mut rest) = text.trim().split_once(' ').ok_or_else(unreadable)?;
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Err(String::from("the challenge asks for no bearer token"));
        }
        let (mut authorization, mut resource) = (None, None);
        loop {
            rest = rest.trim_start_matches([' ', ',']);
            if rest.is_empty() {
                break;
            }
            let (name, after) = rest.split_once("=\"").ok_or_else(unreadable)?;
            let (value, after) = after.split_once('"').ok_or_else(unreadable)?;
            rest = after;
            let place = match name.trim().to_ascii_lowercase().as_str() {
                "authorization" | "authorization_uri" => &mut authorization,
                "resource" | "scope" => &mut resource,
                _ => continue,
            };
            // Two that differ: one of them is not the vault's.
            if place.as_deref().is_some_and(|known| known != value) {
                return Err(String::from("the challenge contradicts itself"));
            }
            *place = Some(value.to_owned());
        }
        match (authorization, resource) {
            (Some(authorization), Some(resource)) => Ok(Self {
                authorization,
                resource,
            }),
            _ => Err(unreadable()),
        }
    }
}
