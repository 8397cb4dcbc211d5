//! Whoever the credential speaks for.

use crate::models::SignedInPrincipal;
use cmk_core::Result;
use std::fmt;

/// Whoever the credential speaks for.
#[async_trait::async_trait]
pub trait SignedInApi: fmt::Debug + Send + Sync {
    /// Reads the user that is signed in.
    ///
    /// One `GET`. Needs the delegated permission `User.Read`, which every signed-in user's token for Microsoft Graph has
    /// by default.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest), [`Error::Forbidden`](crate::Error::Forbidden) or
    /// [`Error::Unauthenticated`](crate::Error::Unauthenticated), all with hint
    /// [`Hint::Permanent`](crate::Hint::Permanent), where an application or a managed identity is signed in: there is no
    /// user then, and its object id must be given by the caller.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/user-get)
    async fn get_signed_in_principal(&self) -> Result<SignedInPrincipal>;
}

const _: fn(&dyn SignedInApi) = |_| ();
