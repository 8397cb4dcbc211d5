//! Tokens of applications, got with the token of a managed identity.

use azure_core::credentials::{AccessToken, Secret};
use cmk_core::{ClientId, Result, TenantId};
use std::fmt;

/// Tokens of applications in any tenant that knows them, got with the token of a managed identity.
///
/// What a service does that uses a customer's key across tenants: the identity proves who it is, and gets the token of
/// the application whose federated identity credential names it.
#[async_trait::async_trait]
pub trait ApplicationTokensApi: fmt::Debug + Send + Sync {
    /// Exchanges the token of a managed identity for a token of an application in a tenant. Changes nothing.
    ///
    /// One `POST` to the token endpoint of that tenant. Nothing is kept: each call asks anew.
    ///
    /// * `tenant`: the tenant of the resource, not that of the identity
    /// * `assertion`: the identity's token for the cloud's
    ///   [token-exchange audience](cmk_core::Cloud::token_exchange_audience)
    /// * `scope`: one resource with `/.default`
    ///
    /// # Errors
    /// [`Error::Unauthenticated`](crate::Error::Unauthenticated) with an inner code `AADSTS…` that names the link that does not
    /// hold. Its hint is [`Hint::Propagation`](crate::Hint::Propagation) where a service principal or a federated credential made a
    /// moment ago gives the same answer: only the caller knows how old they are.
    ///
    /// [REST reference](https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow)
    async fn get_token(
        &self,
        tenant: TenantId,
        application: ClientId,
        assertion: &Secret,
        scope: &str,
    ) -> Result<AccessToken>;
}

const _: fn(&dyn ApplicationTokensApi) = |_| ();
