//! User-assigned managed identities.

use crate::models::{IdentityId, ManagedIdentity};
use cmk_core::{Location, Result};
use std::{collections::BTreeMap, fmt};

/// Options of [`ManagedIdentitiesApi::put_identity`].
#[derive(Debug, Clone, Default)]
pub struct PutIdentityOptions {
    /// All tags that the identity shall have. Not sent where there are none.
    pub tags: BTreeMap<String, String>,
}

/// User-assigned managed identities.
///
/// The service takes one write in four seconds and one read in two seconds of the same identity.
#[async_trait::async_trait]
pub trait ManagedIdentitiesApi: fmt::Debug + Send + Sync {
    /// Creates an identity, or replaces the tags of the one that is there. Idempotent.
    ///
    /// One `PUT`, done when it answers. Minutes may pass until every part of the directory knows the principal.
    ///
    /// * `location`: cannot be changed later
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.ManagedIdentity/userAssignedIdentities/write`, which Managed Identity Contributor holds;
    /// [`Error::NotFound`](crate::Error::NotFound) without the resource group;
    /// [`Error::Conflict`](crate::Error::Conflict) if the identity exists in another region, or if the subscription has
    /// not registered Microsoft.ManagedIdentity; [`Error::Throttled`](crate::Error::Throttled) for a second write within
    /// four seconds.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities/create-or-update)
    async fn put_identity(
        &self,
        id: &IdentityId,
        location: &Location,
        options: Option<PutIdentityOptions>,
    ) -> Result<ManagedIdentity>;

    /// Reads an identity.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.ManagedIdentity/userAssignedIdentities/read`; [`Error::Throttled`](crate::Error::Throttled) above one
    /// read in two seconds.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities/get)
    async fn get_identity(&self, id: &IdentityId) -> Result<ManagedIdentity>;

    /// Deletes an identity. Absent is fine.
    ///
    /// One `DELETE`, done when it answers. Nothing stops it while a resource still uses the identity, and its principal
    /// never comes back: federated credentials that name it, and roles given to it, are dead.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.ManagedIdentity/userAssignedIdentities/delete`; [`Error::Conflict`](crate::Error::Conflict) under a
    /// management lock.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities/delete)
    async fn delete_identity(&self, id: &IdentityId) -> Result<()>;
}

const _: fn(&dyn ManagedIdentitiesApi) = |_| ();
