#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod api;
mod client;
mod models;
mod rules;
#[cfg(feature = "test-util")]
pub mod testing;
mod wire;

pub use api::{CreateAccountOptions, DatabaseAccountsApi, ListAccountsOptions, SystemAssigned};
pub use client::{DatabaseAccountsClient, DatabaseAccountsClientOptions};
pub use cmk_core::{
    ClientId, Cloud, Error, Failure, Hint, Kind, Location, PrincipalId, ResourceGroupName,
    ResourceId, Result, Rule, SubscriptionId, TenantId,
    lro::{Accepted, OperationHandle, OperationsApi, Progress, WaitOptions, wait_until_done},
    send::Received,
};
pub use models::{
    AccountId, AccountIdentity, AccountKind, AccountLocation, AccountName, AccountRegion,
    AssignedIdentity, BackupPolicy, BackupStorageRedundancy, CmkStatus, ConsistencyLevel,
    ConsistencyPolicy, ContinuousTier, DatabaseAccount, DatabaseAccountType, DefaultIdentity,
    IdentityChange, IdentityType, InvalidAccountName, InvalidKeyUri, ListedAccounts,
    MinimalTlsVersion, NameAvailability, NetworkAclBypass, NewDatabaseAccount, PublicNetworkAccess,
    RegionAccess, RevocationCause, VersionlessKeyUri, VirtualNetworkRule,
};
pub use rules::{KEY_VAULT_UNREACHABLE, RULES};
