//! A role definition: what a role allows.

use crate::Role;
use azure_core::Uuid;
use cmk_core::send::Received;

/// A role definition of Azure RBAC.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoleDefinition {
    /// Its GUID: for built-in roles the same in every tenant.
    pub id: Uuid,
    /// Its display name.
    pub role_name: String,
    /// `BuiltInRole` or `CustomRole`.
    pub role_type: Option<String>,
    /// Actions on the control plane that it allows, with wildcards.
    pub actions: Vec<String>,
    /// What it takes out of those.
    pub not_actions: Vec<String>,
    /// Actions on data that it allows, such as `Microsoft.KeyVault/vaults/keys/wrap/action`.
    pub data_actions: Vec<String>,
    /// What it takes out of those.
    pub not_data_actions: Vec<String>,
    /// The definition as received.
    pub received: Received,
}

impl RoleDefinition {
    /// The built-in role that it is, if it is one that this crate knows.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        Role::ALL.iter().copied().find(|role| role.id() == self.id)
    }
}
