//! An account to be created, encrypted under a customer-managed key from its first byte.

mod check;
mod differences;
mod settings;

use super::{
    AccountKind, BackupStorageRedundancy, ConsistencyLevel, ContinuousTier, DatabaseAccount,
    DefaultIdentity, MinimalTlsVersion, NetworkAclBypass, PublicNetworkAccess, VersionlessKeyUri,
};
use cmk_core::{ClientId, Location, ResourceId, Result};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An account to be created, encrypted under a customer-managed key.
///
/// ```
/// use cosmos_cmk::{NewDatabaseAccount, PublicNetworkAccess};
///
/// let identity = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/\
///     Microsoft.ManagedIdentity/userAssignedIdentities/id1".parse()?;
/// let application = "22222222-2222-4222-8222-222222222222".parse()?;
/// let key = "https://customer.vault.azure.net/keys/cosmos".parse()?;
/// let mut account = NewDatabaseAccount::new("eastus2".parse()?, identity, application, key);
/// account.public_network_access = Some(PublicNetworkAccess::Disabled);
/// account.validate()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct NewDatabaseAccount {
    /// Where its metadata lies. It can never be changed.
    pub location: Location,
    /// What it speaks. It can never be changed.
    pub kind: AccountKind,
    /// The user-assigned identities that it gets; the one that the default identity names is among them.
    pub identities: Vec<ResourceId>,
    /// In whose name it asks for its key.
    pub default_identity: DefaultIdentity,
    /// Its key.
    pub key: VersionlessKeyUri,
    /// Where its data lies. Always sent: an account with a customer-managed key is not created without.
    pub locations: Vec<AccountLocation>,
    /// Whether it can be reached from the internet.
    pub public_network_access: Option<PublicNetworkAccess>,
    /// Addresses (`203.0.113.7`) and ranges (`203.0.113.0/24`) that its firewall lets in.
    pub ip_rules: Vec<String>,
    /// Subnets that its firewall lets in, once [`is_virtual_network_filter_enabled`](Self::is_virtual_network_filter_enabled).
    pub virtual_network_rules: Vec<VirtualNetworkRule>,
    /// Whether the rules for subnets hold.
    pub is_virtual_network_filter_enabled: Option<bool>,
    /// Which services of Azure pass its firewall.
    pub network_acl_bypass: Option<NetworkAclBypass>,
    /// Whether its keys and connection strings are switched off, so that only Entra tokens open it.
    pub disable_local_auth: Option<bool>,
    /// The oldest version of TLS that it takes.
    pub minimal_tls_version: Option<MinimalTlsVersion>,
    /// How much a read may lag behind the writes.
    pub consistency: Option<ConsistencyPolicy>,
    /// Names of capabilities, such as `EnableServerless` or `EnableCassandra`.
    pub capabilities: Vec<String>,
    /// How it is backed up.
    pub backup: Option<BackupPolicy>,
    /// Whether another region takes over by itself when the write region fails.
    pub automatic_failover: Option<bool>,
    /// Whether every region takes writes.
    pub multiple_write_locations: Option<bool>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Further members of `properties`, as the service spells them, such as `{"apiProperties": {"serverVersion": "7.0"}}`.
    /// Refused are those that have a field here or belong to the key, in any letter case, and null anywhere.
    pub further: Map<String, Value>,
}

/// A region of a new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLocation {
    /// The region.
    pub name: Location,
    /// Its place in the order of failover, from 0 (the write region) without gaps.
    pub failover_priority: u32,
    /// Whether it is spread over availability zones.
    pub zone_redundant: bool,
}

/// A subnet that the firewall of an account lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualNetworkRule {
    /// The subnet (`Microsoft.Network/virtualNetworks/subnets`).
    pub subnet: ResourceId,
    /// Whether the rule is taken although the subnet has no service endpoint for Cosmos DB yet.
    pub ignore_missing_service_endpoint: bool,
}

/// How much a read may lag behind the writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyPolicy {
    /// The level.
    pub default_level: ConsistencyLevel,
    /// For bounded staleness: the longest lag in seconds, 5 to 86,400.
    pub max_interval_in_seconds: Option<u32>,
    /// For bounded staleness: the greatest lag in versions, 1 to 2,147,483,647.
    pub max_staleness_prefix: Option<u32>,
}

/// How an account is backed up.
///
/// ```
/// use cosmos_cmk::{BackupPolicy, ContinuousTier};
///
/// let policy = BackupPolicy::Continuous { tier: ContinuousTier::Continuous7Days };
/// assert!(matches!(policy, BackupPolicy::Continuous { tier } if tier.as_str() == "Continuous7Days"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackupPolicy {
    /// A copy from time to time. Restoring one needs the version of the key of its time.
    Periodic {
        /// Minutes between two copies.
        interval_minutes: Option<u32>,
        /// Hours that a copy is kept.
        retention_hours: Option<u32>,
        /// How copies are spread.
        redundancy: Option<BackupStorageRedundancy>,
    },
    /// Any point in time. Needs a managed identity as default identity; it cannot be switched off again.
    Continuous {
        /// How far back.
        tier: ContinuousTier,
    },
}

impl NewDatabaseAccount {
    /// An account for NoSQL in one region, whose key is in another tenant: `identity` speaks there for the application `client_id`.
    #[must_use]
    pub fn new(
        location: Location,
        identity: ResourceId,
        client_id: ClientId,
        key: VersionlessKeyUri,
    ) -> Self {
        Self {
            kind: AccountKind::GlobalDocumentDb,
            identities: vec![identity.clone()],
            default_identity: DefaultIdentity::Federated {
                identity,
                client_id,
            },
            key,
            locations: vec![AccountLocation {
                name: location.clone(),
                failover_priority: 0,
                zone_redundant: false,
            }],
            location,
            public_network_access: None,
            ip_rules: Vec::new(),
            virtual_network_rules: Vec::new(),
            is_virtual_network_filter_enabled: None,
            network_acl_bypass: None,
            disable_local_auth: None,
            minimal_tls_version: None,
            consistency: None,
            capabilities: Vec::new(),
            backup: None,
            automatic_failover: None,
            multiple_write_locations: None,
            tags: BTreeMap::new(),
            further: Map::new(),
        }
    }

    /// Every setting that was asked for and is another on an account, such as
    /// `publicNetworkAccess: asked "Disabled", found "Enabled"`: because the account was there before, or because a policy of the
    /// subscription changed the request. Key and default identity are not among them.
    #[must_use]
    pub fn differences(&self, account: &DatabaseAccount) -> Vec<String> {
        differences::between(&crate::wire::new_account::create(self), account)
    }

    /// Everything that the request to create it says, a line each, such as `properties.publicNetworkAccess Disabled`: for a
    /// person who decides about it.
    #[must_use]
    pub fn settings(&self) -> Vec<String> {
        settings::lines(&crate::wire::new_account::create(self))
    }

    /// Checks everything that is known to be refused, before anything is sent. A creation that fails leaves something behind
    /// that must be deleted first, so what can be known is better known early.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) with the first reason.
    pub fn validate(&self) -> Result<()> {
        check::check(self)
            .map_err(|reason| cmk_core::Error::invalid_input("create_account", reason))
    }
}
