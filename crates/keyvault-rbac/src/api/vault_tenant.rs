//! Which tenant a vault belongs to, which it tells everyone.

use crate::{Result, VaultUrl};
use cmk_core::TenantId;
use std::fmt;

/// Which tenant a vault belongs to.
#[async_trait::async_trait]
pub trait VaultTenantApi: fmt::Debug + Send + Sync {
    /// Asks a vault or managed HSM without any token, and reads its tenant out of the challenge that refuses the request.
    ///
    /// One `GET`, expected to answer 401. Needs no permission and no credential. The challenge counts only if its resource is
    /// the domain that the vault's host lies in and its authority is on the login host of the same cloud.
    ///
    /// # Errors
    /// [`Error::Other`](crate::Error::Other) for an answer that is no such challenge; any other error as the service refuses.
    /// Whatever the error, the tenant is then *not verified*, which is not the same as wrong. A vault that does not exist has no
    /// host: no connection can be made.
    ///
    /// [REST reference](https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses)
    async fn get_vault_tenant(&self, vault: &VaultUrl) -> Result<TenantId>;
}

const _: fn(&dyn VaultTenantApi) = |_| ();
