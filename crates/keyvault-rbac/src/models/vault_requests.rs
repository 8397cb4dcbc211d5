//! Vaults as they are asked for.

use super::{NetworkAcls, PublicNetworkAccess, VaultSku};
use cmk_core::{Location, TenantId};
use std::collections::BTreeMap;

/// A vault to be made.
///
/// It is always asked for with Azure RBAC, soft delete and purge protection: Cosmos DB takes no key of a vault without
/// the latter two, and the first is sent since the service's default differs between api-versions.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewVault {
    /// Its region, which cannot change later.
    pub location: Location,
    /// The tenant whose tokens its data plane takes: the one that its subscription is in.
    pub tenant_id: TenantId,
    /// Its SKU. Default standard.
    pub sku: VaultSku,
    /// How many days deleted keys are kept, 7 to 90. Default 90. Cannot change later.
    pub retention_days: u8,
    /// Its firewall. Default open.
    pub network_acls: Option<NetworkAcls>,
    /// Whether it answers on the internet. Default yes.
    pub public_network_access: Option<PublicNetworkAccess>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl NewVault {
    /// A standard vault with a retention of 90 days and no firewall.
    #[must_use]
    pub fn new(location: Location, tenant_id: TenantId) -> Self {
        Self {
            location,
            tenant_id,
            sku: VaultSku::Standard,
            retention_days: 90,
            network_acls: None,
            public_network_access: None,
            tags: BTreeMap::new(),
        }
    }

    /// Why the service would not take it, if it would not.
    pub(crate) fn refusal(&self) -> Option<String> {
        (!(7..=90).contains(&self.retention_days)).then(|| {
            format!(
                "retention must be 7 to 90 days, got {}",
                self.retention_days
            )
        })
    }
}

/// For a setting that can be turned on and never off again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it has one value, which callers write"
)]
pub struct TurnOn;

/// What shall change of a vault. What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct VaultUpdate {
    /// Turns soft delete on, for ever.
    pub soft_delete: Option<TurnOn>,
    /// Turns purge protection on, for ever. Needs soft delete.
    pub purge_protection: Option<TurnOn>,
    /// Lets Azure RBAC govern the data plane. All access policies of the vault lose their meaning at once, and the caller
    /// needs `Microsoft.Authorization/roleAssignments/write` without conditions.
    pub rbac_authorization: Option<TurnOn>,
    /// Replaces the firewall.
    pub network_acls: Option<NetworkAcls>,
    /// Whether it answers on the internet.
    pub public_network_access: Option<PublicNetworkAccess>,
    /// Replaces all tags.
    pub tags: Option<BTreeMap<String, String>>,
}
