#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod api;
mod client;
mod key_uri;
mod models;
mod names;
mod role;
mod role_assignment_name;
mod rules;
#[cfg(feature = "test-util")]
pub mod testing;
mod vault_url;
mod wire;

pub use api::{
    ArmKeysApi, CreateArmKeyOptions, CreateKeyOptions, CreateRoleAssignmentOptions,
    CreateVaultOptions, GetKeyOptions, KeysApi, ListRoleAssignmentsOptions,
    ListRoleDefinitionsOptions, ListVaultsOptions, RoleAssignmentFilter, RoleAssignmentsApi,
    RoleDefinitionsApi, VaultTenantApi, VaultsApi,
};
pub use client::{
    ChallengeClient, ChallengeClientOptions, KeyClient, KeyClientOptions, RoleClient,
    RoleClientOptions, VaultClient, VaultClientOptions,
};
pub use cmk_core::{
    Cloud, Error, Failure, Hint, Kind, Location, PrincipalId, ResourceGroupName, ResourceId,
    Result, Rule, Scope, SubscriptionId, TenantId,
    lro::{Accepted, OperationHandle, OperationsApi, Progress, WaitOptions, wait_until_done},
    send::Received,
};
pub use key_uri::KeyUri;
pub use models::{
    ArmKey, DeletedKey, DeletedVault, Key, KeyAttributes, KeyOperation, KeyType, KeyUpdate,
    KeyVersionItem, LifetimeAction, NameAvailability, NameUnavailableReason, NetworkAcls,
    NetworkAction, NetworkBypass, NewKey, NewRoleAssignment, NewVault, PrincipalType,
    PublicNetworkAccess, RecoveryLevel, RoleAssignment, RoleDefinition, RotationAction,
    RotationPeriod, RotationPolicy, RotationTrigger, RsaKeySize, TurnOn, Unwrapped, Vault,
    VaultSku, VaultUpdate, WrapAlgorithm, Wrapped,
};
pub use names::{
    HsmName, InvalidName, KeyName, KeyVersion, VaultId, VaultName, VaultType, key_scope,
};
pub use role::Role;
pub use role_assignment_name::RoleAssignmentName;
pub use rules::RULES;
pub use vault_url::{InvalidKeyUri, KeyStore, VaultUrl};
