//! Vaults as Resource Manager shows them, living and deleted.

use super::service_enum::service_enum;
use crate::VaultId;
use azure_core::time::OffsetDateTime;
use cmk_core::{Location, TenantId, send::Received};
use std::collections::BTreeMap;

/// A vault.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Vault {
    /// Its id.
    pub id: VaultId,
    /// Its region, which cannot change.
    pub location: Location,
    /// The tenant whose tokens its data plane takes. Nil where the service masks it.
    pub tenant_id: TenantId,
    /// Its URL, with or without trailing slash; absent in some first answers.
    pub vault_uri: Option<String>,
    /// Its SKU.
    pub sku: VaultSku,
    /// Whether Azure RBAC governs its data plane. Absent means access policies, as `false` does.
    pub rbac_authorization: Option<bool>,
    /// Whether deleted keys are kept. Can never be turned off.
    pub soft_delete: Option<bool>,
    /// Whether deleted keys are kept for the whole retention, whatever anybody does. Can never be turned off.
    pub purge_protection: Option<bool>,
    /// How many days deleted keys, and the deleted vault itself, are kept.
    pub retention_days: Option<u16>,
    /// Whether it answers on the internet at all.
    pub public_network_access: Option<PublicNetworkAccess>,
    /// Its firewall. Absent means open.
    pub network_acls: Option<NetworkAcls>,
    /// `Succeeded`, or `RegisteringDns` while its host cannot be resolved yet.
    pub provisioning_state: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The vault as received.
    pub received: Received,
}

impl Vault {
    /// Whether Azure RBAC governs the data plane: only an explicit `true` says so.
    #[must_use]
    pub fn uses_rbac(&self) -> bool {
        self.rbac_authorization == Some(true)
    }

    /// Whether a deleted key can be brought back for the whole retention: soft delete and purge protection are on.
    /// Cosmos DB takes no key of a vault without both.
    #[must_use]
    pub fn protects_keys(&self) -> bool {
        // Soft delete is always on in vaults made since 2020, and not always told.
        self.soft_delete != Some(false) && self.purge_protection == Some(true)
    }
}

service_enum! {
    /// The SKU of a vault.
    VaultSku {
        /// Keys protected by software.
        Standard = "standard",
        /// Keys protected by software or by hardware.
        Premium = "premium",
    }
}

service_enum! {
    /// Whether a vault answers on the internet.
    PublicNetworkAccess {
        /// It does, as far as its firewall lets it.
        Enabled = "Enabled",
        /// Only to private endpoints and trusted services.
        Disabled = "Disabled",
    }
}

/// The firewall of a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworkAcls {
    /// Who passes it whatever the rules say.
    pub bypass: NetworkBypass,
    /// What happens to whom no rule names.
    pub default_action: NetworkAction,
    /// Addresses and ranges that pass.
    pub ip_rules: Vec<String>,
    /// Ids of subnets that pass.
    pub virtual_network_rules: Vec<String>,
}

impl NetworkAcls {
    /// A firewall without rules.
    #[must_use]
    pub fn new(default_action: NetworkAction, bypass: NetworkBypass) -> Self {
        Self {
            bypass,
            default_action,
            ip_rules: Vec::new(),
            virtual_network_rules: Vec::new(),
        }
    }
}

service_enum! {
    /// Who passes the firewall of a vault whatever its rules say.
    NetworkBypass {
        /// Trusted services of Azure, which still need a role on the key.
        AzureServices = "AzureServices",
        /// Nobody.
        Nobody = "None",
    }
}

service_enum! {
    /// What the firewall of a vault does with whom no rule names.
    NetworkAction {
        /// Lets it pass.
        Allow = "Allow",
        /// Refuses it.
        Deny = "Deny",
    }
}

/// Whether the name of a vault can be had.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NameAvailability {
    /// Whether it is free.
    pub available: bool,
    /// Why not.
    pub reason: Option<NameUnavailableReason>,
    /// Why not, in words.
    pub message: Option<String>,
    /// The answer as received.
    pub received: Received,
}

service_enum! {
    /// Why the name of a vault cannot be had.
    NameUnavailableReason {
        /// It breaks the rules for names.
        AccountNameInvalid = "AccountNameInvalid",
        /// A vault of any tenant holds it, perhaps a deleted one.
        AlreadyExists = "AlreadyExists",
    }
}

/// A deleted vault that can still be recovered.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeletedVault {
    /// The id that it had, and has again once recovered.
    pub vault_id: VaultId,
    /// Its region.
    pub location: Location,
    /// When it was deleted.
    pub deleted: Option<OffsetDateTime>,
    /// When it is gone for good.
    pub scheduled_purge: Option<OffsetDateTime>,
    /// Whether it cannot be purged before that.
    pub purge_protection: Option<bool>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The deleted vault as received.
    pub received: Received,
}
