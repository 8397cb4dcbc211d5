//! Constructors for what the service answers, for tests of code that uses this crate.
//!
//! ```
//! use cosmos_cmk::{CmkStatus, NewDatabaseAccount, RevocationCause, testing};
//!
//! let id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.DocumentDB/\
//!     databaseAccounts/acct-1".parse()?;
//! let identity = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/\
//!     Microsoft.ManagedIdentity/userAssignedIdentities/id1".parse()?;
//! let application = "22222222-2222-4222-8222-222222222222".parse()?;
//! let key = "https://customer.vault.azure.net/keys/cosmos".parse()?;
//!
//! // What a double of `DatabaseAccountsApi` answers after the customer has disabled the key.
//! let mut account = testing::database_account(id, &NewDatabaseAccount::new("eastus2".parse()?, identity, application, key));
//! account.cmk_status = Some(CmkStatus::from("Access to your account is currently revoked (4018)."));
//! let cause = account.cmk_status.as_ref().and_then(CmkStatus::revocation_cause);
//! assert_eq!(cause, Some(RevocationCause::KeyDisabledOrExpired));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{
    AccountId, AccountIdentity, AccountKind, AccountRegion, AssignedIdentity, CmkStatus,
    DatabaseAccount, DefaultIdentity, IdentityType, ListedAccounts, NewDatabaseAccount,
    RegionAccess,
};
use cmk_core::{Location, ResourceId, send::Received};
use std::collections::BTreeMap;

/// The account that a creation ends in: `Succeeded`, with its key confirmed. Change the fields that the test is about.
#[must_use]
pub fn database_account(id: AccountId, from: &NewDatabaseAccount) -> DatabaseAccount {
    DatabaseAccount {
        location: from.location.to_string(),
        kind: from.kind.clone(),
        provisioning_state: Some(String::from("Succeeded")),
        document_endpoint: Some(format!("https://{}.documents.azure.com:443/", id.name())),
        identity: AccountIdentity {
            kind: if from.identities.is_empty() {
                IdentityType::None
            } else {
                IdentityType::UserAssigned
            },
            principal_id: None,
            tenant_id: None,
            user_assigned: from.identities.iter().map(assigned_identity).collect(),
        },
        default_identity: from.default_identity.clone(),
        key_vault_key_uri: Some(from.key.to_string()),
        key_vault_key_uri_version: None,
        cmk_status: Some(CmkStatus::Confirmed),
        tags: from.tags.clone(),
        locations: regions(from),
        capabilities: from.capabilities.clone(),
        public_network_access: from.public_network_access.clone(),
        disable_local_auth: from.disable_local_auth,
        received: Received::default(),
        id,
    }
}

/// In the order of failover, as an answer has them.
fn regions(from: &NewDatabaseAccount) -> Vec<AccountRegion> {
    let mut regions: Vec<_> = from
        .locations
        .iter()
        .map(|location| AccountRegion {
            zone_redundant: Some(location.zone_redundant),
            ..account_region(location.name.to_string(), location.failover_priority)
        })
        .collect();
    regions.sort_by_key(|region| region.failover_priority);
    regions
}

/// An identity of an account, without what the service says of it beside its id.
#[must_use]
pub fn assigned_identity(id: &ResourceId) -> AssignedIdentity {
    AssignedIdentity {
        id: id.clone(),
        principal_id: None,
        client_id: None,
    }
}

/// A region of an account that is ready.
#[must_use]
pub fn account_region(name: impl Into<String>, failover_priority: u32) -> AccountRegion {
    AccountRegion {
        name: name.into(),
        failover_priority: Some(failover_priority),
        zone_redundant: Some(false),
        provisioning_state: Some(String::from("Succeeded")),
    }
}

/// An account without a customer-managed key.
#[must_use]
pub fn plain_account(id: AccountId, location: &Location) -> DatabaseAccount {
    DatabaseAccount {
        location: location.to_string(),
        kind: AccountKind::GlobalDocumentDb,
        provisioning_state: Some(String::from("Succeeded")),
        document_endpoint: Some(format!("https://{}.documents.azure.com:443/", id.name())),
        identity: AccountIdentity {
            kind: IdentityType::None,
            principal_id: None,
            tenant_id: None,
            user_assigned: Vec::new(),
        },
        default_identity: DefaultIdentity::FirstParty,
        key_vault_key_uri: None,
        key_vault_key_uri_version: None,
        cmk_status: None,
        tags: BTreeMap::new(),
        locations: vec![account_region(location.to_string(), 0)],
        capabilities: Vec::new(),
        public_network_access: None,
        disable_local_auth: None,
        received: Received::default(),
        id,
    }
}

/// A list in which every account can be read.
#[must_use]
pub fn listed_accounts(accounts: impl IntoIterator<Item = DatabaseAccount>) -> ListedAccounts {
    ListedAccounts {
        accounts: accounts.into_iter().collect(),
        unreadable: Vec::new(),
    }
}

/// A region that the subscription may use.
#[must_use]
pub fn region_access(name: impl Into<String>) -> RegionAccess {
    RegionAccess {
        name: name.into(),
        status: Some(String::from("Online")),
        regular_access: Some(true),
        zone_redundant_access: Some(true),
        supports_availability_zone: Some(true),
        residency_restricted: Some(false),
        backup_storage_redundancies: Vec::new(),
        received: Received::default(),
    }
}
