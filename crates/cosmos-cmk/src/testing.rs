//! Constructors for what the service answers, for tests of code that uses this crate.

use crate::{
    AccountId, AccountIdentity, AccountKind, AssignedIdentity, CmkStatus, DatabaseAccount,
    DefaultIdentity, IdentityType, NewDatabaseAccount, RegionAccess,
};
use cmk_core::{Location, send::Received};
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
            kind: IdentityType::UserAssigned,
            principal_id: None,
            tenant_id: None,
            user_assigned: from
                .identities
                .iter()
                .map(|id| AssignedIdentity {
                    id: id.clone(),
                    principal_id: None,
                    client_id: None,
                })
                .collect(),
        },
        default_identity: from.default_identity.clone(),
        key_vault_key_uri: Some(from.key.to_string()),
        key_vault_key_uri_version: None,
        cmk_status: Some(CmkStatus::Confirmed),
        tags: from.tags.clone(),
        locations: Vec::new(),
        capabilities: from.capabilities.clone(),
        public_network_access: from.public_network_access.clone(),
        disable_local_auth: from.disable_local_auth,
        received: Received::default(),
        id,
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
        locations: Vec::new(),
        capabilities: Vec::new(),
        public_network_access: None,
        disable_local_auth: None,
        received: Received::default(),
        id,
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
