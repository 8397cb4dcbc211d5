//! An account as the service shows it.

use super::{
    AccountId, AccountKind, CmkStatus, DefaultIdentity, IdentityType, PublicNetworkAccess,
};
use cmk_core::{ClientId, PrincipalId, ResourceId, TenantId, send::Received};
use std::collections::BTreeMap;

/// An account as the service shows it.
///
/// The answer to a change shows the **old** values until its operation has ended: read the account again then.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DatabaseAccount {
    /// Its id.
    pub id: AccountId,
    /// Where its metadata lies, as the service calls it (`East US 2`). Its data lies in [`locations`](Self::locations).
    pub location: String,
    /// What it speaks.
    pub kind: AccountKind,
    /// `Creating`, `Updating`, `Deleting`, `Succeeded`, `Failed` and others. Other writers wait while it is one of the first three.
    pub provisioning_state: Option<String>,
    /// Where its data is reached. An account whose creation failed never had one.
    pub document_endpoint: Option<String>,
    /// Its managed identities.
    pub identity: AccountIdentity,
    /// In whose name it asks for its key.
    pub default_identity: DefaultIdentity,
    /// The address of its key, as the service shows it. `None` without a customer-managed key.
    pub key_vault_key_uri: Option<String>,
    /// The version of the key that is in use, where the api-version tells (`2025-10-15` and later).
    pub key_vault_key_uri_version: Option<String>,
    /// Whether its key can be used, where the api-version tells (`2023-09-15` and later).
    pub cmk_status: Option<CmkStatus>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Where its data lies, in the order of failover.
    pub locations: Vec<AccountRegion>,
    /// Names of its capabilities, such as `EnableServerless`.
    pub capabilities: Vec<String>,
    /// Whether it can be reached from the internet.
    pub public_network_access: Option<PublicNetworkAccess>,
    /// Whether its keys and connection strings are switched off, so that only Entra tokens open it.
    pub disable_local_auth: Option<bool>,
    /// The account as received.
    pub received: Received,
}

/// The accounts of a subscription, or of one of its groups.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ListedAccounts {
    /// Those that this crate can read.
    pub accounts: Vec<DatabaseAccount>,
    /// Those that it cannot, as received: somebody's account all the same.
    pub unreadable: Vec<Received>,
}

/// The managed identities of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountIdentity {
    /// Which it has.
    pub kind: IdentityType,
    /// The principal of its own (system-assigned) identity. Removed and added again it is another one.
    pub principal_id: Option<PrincipalId>,
    /// The tenant of its own identity.
    pub tenant_id: Option<TenantId>,
    /// The user-assigned ones.
    pub user_assigned: Vec<AssignedIdentity>,
}

impl AccountIdentity {
    /// The assignment of this identity, if the account has it.
    #[must_use]
    pub fn find(&self, identity: &ResourceId) -> Option<&AssignedIdentity> {
        self.user_assigned
            .iter()
            .find(|assigned| assigned.id == *identity)
    }
}

/// A user-assigned managed identity of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssignedIdentity {
    /// Its id.
    pub id: ResourceId,
    /// Its principal, where the service says it.
    pub principal_id: Option<PrincipalId>,
    /// Its client id, where the service says it. Not the application that it speaks for.
    pub client_id: Option<ClientId>,
}

/// A region that holds the data of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountRegion {
    /// The region as the service calls it (`East US 2`).
    pub name: String,
    /// Its place in the order of failover; 0 is the write region.
    pub failover_priority: Option<u32>,
    /// Whether it is spread over availability zones.
    pub zone_redundant: Option<bool>,
    /// `Creating`, `Succeeded` and so on.
    pub provisioning_state: Option<String>,
}
