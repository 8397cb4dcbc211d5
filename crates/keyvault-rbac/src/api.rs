//! The roles of this crate's clients, one trait each, with their options.

mod arm_keys;
mod keys;
mod role_assignments;
mod role_definitions;
mod vault_tenant;
mod vaults;

pub use arm_keys::{ArmKeysApi, CreateArmKeyOptions};
pub use keys::{CreateKeyOptions, GetKeyOptions, KeysApi};
pub use role_assignments::{
    CreateRoleAssignmentOptions, ListRoleAssignmentsOptions, RoleAssignmentFilter,
    RoleAssignmentsApi,
};
pub use role_definitions::{ListRoleDefinitionsOptions, RoleDefinitionsApi};
pub use vault_tenant::VaultTenantApi;
pub use vaults::{CreateVaultOptions, ListVaultsOptions, VaultsApi};
