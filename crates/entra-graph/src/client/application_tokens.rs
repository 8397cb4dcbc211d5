//! Tokens of applications over HTTP: the token endpoint's client-assertion grant.

use crate::api::ApplicationTokensApi;
use azure_core::{
    credentials::{AccessToken, Secret},
    http::{ClientOptions, Method},
    time::{Duration, OffsetDateTime},
};
use cmk_core::{
    ClientId, Cloud, Error, Result, TOKEN_RULES, TenantId,
    send::{Answer, Authority, Connection, ConnectionSpec},
};
use serde_json::Value;

/// Options of an [`ApplicationTokensClient`].
#[derive(Debug, Clone, Default)]
pub struct ApplicationTokensClientOptions {
    /// azure_core's options: transport, policies, retry.
    pub client_options: ClientOptions,
}

/// A client for the token endpoint of one cloud. It has no credential of its own: each request brings its proof.
///
/// ```
/// # async fn example(identity: std::sync::Arc<dyn azure_core::credentials::TokenCredential>) -> Result<(), Box<dyn std::error::Error>> {
/// use entra_graph::{ApplicationTokensApi as _, ApplicationTokensClient, Cloud};
///
/// let audience = format!("{}/.default", Cloud::Public.token_exchange_audience());
/// let assertion = identity.get_token(&[&audience], None).await?;
/// let token = ApplicationTokensClient::new(Cloud::Public, None)?
///     .get_token(
///         "11111111-1111-4111-8111-111111111111".parse()?,
///         "22222222-2222-4222-8222-222222222222".parse()?,
///         &assertion.token,
///         &Cloud::Public.vault_scope(),
///     )
///     .await?;
/// # let _ = token;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ApplicationTokensClient {
    connection: Connection,
}

const OPERATION: &str = "get_token";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl ApplicationTokensClient {
    /// A client for all tenants of a cloud.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if no connection can be made from the options.
    pub fn new(cloud: Cloud, options: Option<ApplicationTokensClientOptions>) -> Result<Self> {
        let connection = Connection::new(ConnectionSpec {
            crate_name: env!("CARGO_PKG_NAME"),
            crate_version: env!("CARGO_PKG_VERSION"),
            endpoint: cloud.token_authority().to_owned(),
            authority: Authority::Anonymous,
            api_version: None,
            client_request_id_header: "client-request-id",
            rules: &[TOKEN_RULES],
            client_options: options.unwrap_or_default().client_options,
        })?;
        Ok(Self { connection })
    }
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl ApplicationTokensApi for ApplicationTokensClient {
    async fn get_token(
        &self,
        tenant: TenantId,
        application: ClientId,
        assertion: &Secret,
        scope: &str,
    ) -> Result<AccessToken> {
        let client = application.to_string();
        let answer = self
            .connection
            .request(
                OPERATION,
                Method::Post,
                &format!("/{tenant}/oauth2/v2.0/token"),
            )
            .target(format!("application {client} in tenant {tenant}"))
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", &client),
                ("scope", scope),
                ("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion", assertion.secret()),
            ])
            .reads()
            .send()
            .await?;
        read(&answer)
    }
}

/// The token. The error never quotes the answer.
fn read(answer: &Answer) -> Result<AccessToken> {
    let unreadable = |what: &str| -> Error { answer.unreadable(what.to_owned()) };
    let received = answer
        .received()
        .map_err(|_| unreadable("the answer must be a JSON object"))?;
    let token = received
        .pointer("/access_token")
        .and_then(Value::as_str)
        .filter(|token| !token.is_empty())
        .ok_or_else(|| unreadable("access_token must be a text"))?;
    // A number of seconds; some endpoints write it as a text.
    let seconds = match received.pointer("/expires_in") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_u64(),
        None => None,
    }
    .and_then(|seconds| u32::try_from(seconds).ok())
    .ok_or_else(|| unreadable("expires_in must be a number of seconds"))?;
    let expires = OffsetDateTime::now_utc().saturating_add(Duration::seconds(i64::from(seconds)));
    Ok(AccessToken::new(Secret::new(token.to_owned()), expires))
}
