//! What the services know, in types: vaults, keys, role assignments.

mod arm_key;
mod key;
mod key_values;
mod role_assignment;
mod role_definition;
mod rotation;
mod service_enum;
mod vault;
mod vault_requests;
mod wrapping;

pub use arm_key::ArmKey;
pub use key::{DeletedKey, Key, KeyAttributes, KeyUpdate, KeyVersionItem, NewKey};
pub use key_values::{KeyOperation, KeyType, RecoveryLevel, RsaKeySize, WrapAlgorithm};
pub use role_assignment::{NewRoleAssignment, PrincipalType, RoleAssignment};
pub use role_definition::RoleDefinition;
pub use rotation::{
    LifetimeAction, RotationAction, RotationPeriod, RotationPolicy, RotationTrigger,
};
pub use vault::{
    DeletedVault, NameAvailability, NameUnavailableReason, NetworkAcls, NetworkAction,
    NetworkBypass, PublicNetworkAccess, Vault, VaultSku,
};
pub use vault_requests::{NewVault, TurnOn, VaultUpdate};
pub use wrapping::{Unwrapped, Wrapped};
