//! Failures to get a token, told apart from failures of the request.

use azure_core::{
    Error,
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
};
use std::sync::Arc;

/// A credential whose every error says that it is one of a credential: without a token nothing was sent, so that the
/// outcome of a write is not unknown, whatever the credential calls its error.
#[derive(Debug)]
pub(super) struct Announced(Arc<dyn TokenCredential>);

/// What a credential said when it had no token.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct NoToken(pub(super) Error);

impl Announced {
    pub(super) fn credential(inner: Arc<dyn TokenCredential>) -> Arc<dyn TokenCredential> {
        Arc::new(Self(inner))
    }
}

#[async_trait::async_trait]
impl TokenCredential for Announced {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let token = self.0.get_token(scopes, options).await;
        token.map_err(|error| Error::new(ErrorKind::Credential, NoToken(error)))
    }
}
