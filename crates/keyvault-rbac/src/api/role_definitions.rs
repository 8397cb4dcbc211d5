//! What roles there are, and what they allow.

use crate::{Result, RoleDefinition};
use azure_core::Uuid;
use cmk_core::Scope;
use std::fmt;

/// Options of [`RoleDefinitionsApi::list_role_definitions`].
#[derive(Debug, Clone, Default)]
pub struct ListRoleDefinitionsOptions {
    /// Only the role of this display name, such as `Key Vault Crypto Officer`. Compared without case.
    pub role_name: Option<String>,
}

/// Role definitions of Azure RBAC, built in and custom.
#[async_trait::async_trait]
pub trait RoleDefinitionsApi: fmt::Debug + Send + Sync {
    /// Reads a role definition. The GUIDs of built-in roles are the same in every tenant: see [`Role::id`](crate::Role::id).
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if the scope knows no such role; [`Error::Forbidden`](crate::Error::Forbidden)
    /// without `Microsoft.Authorization/roleDefinitions/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/authorization/role-definitions/get)
    async fn get_role_definition(&self, scope: &Scope, id: Uuid) -> Result<RoleDefinition>;

    /// Lists the role definitions that can be given at a scope, page after page.
    ///
    /// One `GET` per page. A definition that cannot be read is left out, with a warning in the trace.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.Authorization/roleDefinitions/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/authorization/role-definitions/list)
    async fn list_role_definitions(
        &self,
        scope: &Scope,
        options: Option<ListRoleDefinitionsOptions>,
    ) -> Result<Vec<RoleDefinition>>;
}

const _: fn(&dyn RoleDefinitionsApi) = |_| ();
