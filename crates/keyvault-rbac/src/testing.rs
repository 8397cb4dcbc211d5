//! For tests of code that uses this crate: constructors of what only the services make. Their fields are public, so a test
//! sets what matters to it.
//!
//! ```
//! use keyvault_rbac::testing;
//!
//! let uri = "https://contoso-cmk.vault.azure.net/keys/cosmos/0123456789abcdef0123456789abcdef".parse()?;
//! let mut key = testing::key(uri);
//! key.enabled = false;
//! assert!(key.purge_protected());
//! # Ok::<(), keyvault_rbac::InvalidKeyUri>(())
//! ```

use crate::{
    ArmKey, DeletedKey, DeletedVault, Key, KeyAttributes, KeyOperation, KeyType, KeyUri,
    KeyVersionItem, NameAvailability, NewRoleAssignment, PublicNetworkAccess, RecoveryLevel, Role,
    RoleAssignment, RoleAssignmentName, RoleDefinition, Unwrapped, Vault, VaultId, VaultSku,
    WrapAlgorithm, Wrapped,
};
use cmk_core::{Location, ResourceId, Scope, TenantId, send::Received};
use std::collections::BTreeMap;

/// A standard vault with Azure RBAC, soft delete and purge protection, ready and open.
#[must_use]
pub fn vault(id: VaultId, location: Location, tenant_id: TenantId) -> Vault {
    Vault {
        id,
        location,
        tenant_id,
        vault_uri: None,
        sku: VaultSku::Standard,
        rbac_authorization: Some(true),
        soft_delete: Some(true),
        purge_protection: Some(true),
        retention_days: Some(90),
        public_network_access: Some(PublicNetworkAccess::Enabled),
        network_acls: None,
        provisioning_state: Some(String::from("Succeeded")),
        tags: BTreeMap::new(),
        received: Received::default(),
    }
}

/// A deleted vault with purge protection.
#[must_use]
pub fn deleted_vault(vault_id: VaultId, location: Location) -> DeletedVault {
    DeletedVault {
        vault_id,
        location,
        deleted: None,
        scheduled_purge: None,
        purge_protection: Some(true),
        tags: BTreeMap::new(),
        received: Received::default(),
    }
}

/// The answer that a name can be had, or that it cannot.
#[must_use]
pub fn name_availability(available: bool) -> NameAvailability {
    NameAvailability {
        available,
        reason: None,
        message: None,
        received: Received::default(),
    }
}

/// An enabled RSA key of 2048 bits for wrapping, in a vault with purge protection.
#[must_use]
pub fn key(uri: KeyUri) -> Key {
    Key {
        uri,
        kty: KeyType::Rsa,
        size: Some(2048),
        ops: vec![KeyOperation::WrapKey, KeyOperation::UnwrapKey],
        enabled: true,
        not_before: None,
        expires: None,
        recovery_level: Some(RecoveryLevel::Recoverable),
        recoverable_days: Some(90),
        tags: BTreeMap::new(),
        received: Received::default(),
    }
}

/// An enabled version of a key, as a list shows it.
#[must_use]
pub fn key_version_item(uri: KeyUri) -> KeyVersionItem {
    KeyVersionItem {
        uri,
        enabled: true,
        not_before: None,
        expires: None,
        created: None,
        tags: BTreeMap::new(),
        received: Received::default(),
    }
}

/// A deleted key.
#[must_use]
pub fn deleted_key(key: Key) -> DeletedKey {
    DeletedKey {
        key,
        deleted: None,
        scheduled_purge: None,
    }
}

/// The same key as [`key`], as Resource Manager shows it.
#[must_use]
pub fn arm_key(id: ResourceId, uri: KeyUri) -> ArmKey {
    ArmKey {
        id,
        kty: Some(KeyType::Rsa),
        size: Some(2048),
        ops: vec![KeyOperation::WrapKey, KeyOperation::UnwrapKey],
        attributes: KeyAttributes::default(),
        recovery_level: Some(RecoveryLevel::Recoverable),
        key_uri: uri.versionless(),
        key_uri_with_version: uri.version().is_some().then_some(uri),
        tags: BTreeMap::new(),
        received: Received::default(),
    }
}

/// The assignment that comes of asking for this one.
#[must_use]
pub fn role_assignment(
    scope: Scope,
    name: RoleAssignmentName,
    new: &NewRoleAssignment,
) -> RoleAssignment {
    RoleAssignment {
        name,
        role_definition_id: new.role.definition_id(scope.subscription()),
        scope: Some(scope),
        principal_id: new.principal,
        principal_type: Some(new.principal_type.clone()),
        description: new.description.clone(),
        condition: None,
        received: Received::default(),
    }
}

/// The definition of a built-in role that allows these actions on data.
#[must_use]
pub fn role_definition(role: Role, data_actions: &[&str]) -> RoleDefinition {
    RoleDefinition {
        id: role.id(),
        role_name: role.display_name().to_owned(),
        role_type: Some(String::from("BuiltInRole")),
        actions: Vec::new(),
        not_actions: Vec::new(),
        data_actions: data_actions
            .iter()
            .map(|&action| action.to_owned())
            .collect(),
        not_data_actions: Vec::new(),
        received: Received::default(),
    }
}

/// A wrapped key.
#[must_use]
pub fn wrapped(key: KeyUri, algorithm: WrapAlgorithm, ciphertext: Vec<u8>) -> Wrapped {
    Wrapped {
        key,
        algorithm,
        ciphertext,
    }
}

/// An unwrapped key.
#[must_use]
pub fn unwrapped(key: KeyUri, plaintext: Vec<u8>) -> Unwrapped {
    Unwrapped { key, plaintext }
}
