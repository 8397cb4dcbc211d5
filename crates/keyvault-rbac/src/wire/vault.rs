//! Vaults in JSON.

use super::{Odd, rfc3339};
use crate::{
    DeletedVault, NameAvailability, NameUnavailableReason, NetworkAcls, NetworkAction,
    NetworkBypass, NewVault, PublicNetworkAccess, Vault, VaultId, VaultSku, VaultUpdate,
};
use cmk_core::{Location, TenantId, send::Received};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub(crate) struct VaultWire {
    id: String,
    location: String,
    tags: Option<BTreeMap<String, String>>,
    properties: VaultProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VaultProperties {
    #[serde(deserialize_with = "TenantId::deserialize_from_service")]
    tenant_id: TenantId,
    sku: Sku<VaultSku>,
    vault_uri: Option<String>,
    enable_rbac_authorization: Option<bool>,
    enable_soft_delete: Option<bool>,
    enable_purge_protection: Option<bool>,
    soft_delete_retention_in_days: Option<u16>,
    public_network_access: Option<PublicNetworkAccess>,
    network_acls: Option<NetworkAclsWire>,
    provisioning_state: Option<String>,
}

#[derive(Deserialize)]
struct Sku<T> {
    name: T,
}

impl VaultWire {
    /// The vault, under the id that it tells.
    pub(crate) fn into_listed(self, received: Received) -> Result<Vault, Odd> {
        let id = self.id.parse()?;
        self.into_model(id, received)
    }

    /// The vault that was asked for: the id that the answer repeats (perhaps masked) does not matter.
    pub(crate) fn into_model(self, id: VaultId, received: Received) -> Result<Vault, Odd> {
        let properties = self.properties;
        Ok(Vault {
            id,
            location: self.location.parse()?,
            tenant_id: properties.tenant_id,
            vault_uri: properties.vault_uri,
            sku: properties.sku.name,
            rbac_authorization: properties.enable_rbac_authorization,
            soft_delete: properties.enable_soft_delete,
            purge_protection: properties.enable_purge_protection,
            retention_days: properties.soft_delete_retention_in_days,
            public_network_access: properties.public_network_access,
            network_acls: properties.network_acls.map(NetworkAcls::from),
            provisioning_state: properties.provisioning_state,
            tags: self.tags.unwrap_or_default(),
            received,
        })
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct NetworkAclsWire {
    // Absent members mean the service's defaults.
    bypass: Option<NetworkBypass>,
    default_action: Option<NetworkAction>,
    ip_rules: Option<Vec<IpRule>>,
    virtual_network_rules: Option<Vec<SubnetRule>>,
}

#[derive(Deserialize, Serialize)]
struct IpRule {
    value: String,
}

#[derive(Deserialize, Serialize)]
struct SubnetRule {
    id: String,
}

impl From<NetworkAclsWire> for NetworkAcls {
    fn from(wire: NetworkAclsWire) -> Self {
        let mut acls = Self::new(
            wire.default_action.unwrap_or(NetworkAction::Allow),
            wire.bypass.unwrap_or(NetworkBypass::AzureServices),
        );
        let ip_rules = wire.ip_rules.into_iter().flatten();
        acls.ip_rules = ip_rules.map(|rule| rule.value).collect();
        let subnets = wire.virtual_network_rules.into_iter().flatten();
        acls.virtual_network_rules = subnets.map(|rule| rule.id).collect();
        acls
    }
}

impl From<&NetworkAcls> for NetworkAclsWire {
    fn from(acls: &NetworkAcls) -> Self {
        let rule = |value: &String| IpRule {
            value: value.clone(),
        };
        let subnet = |id: &String| SubnetRule { id: id.clone() };
        Self {
            bypass: Some(acls.bypass.clone()),
            default_action: Some(acls.default_action.clone()),
            ip_rules: Some(acls.ip_rules.iter().map(rule).collect()),
            virtual_network_rules: Some(acls.virtual_network_rules.iter().map(subnet).collect()),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct NewVaultWire<'a> {
    location: &'a Location,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: &'a BTreeMap<String, String>,
    properties: NewVaultProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewVaultProperties<'a> {
    tenant_id: TenantId,
    sku: NewSku<'a>,
    // Required whenever createMode is not "recover", also where Azure RBAC makes it meaningless.
    access_policies: [(); 0],
    enable_rbac_authorization: bool,
    enable_soft_delete: bool,
    soft_delete_retention_in_days: u8,
    enable_purge_protection: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_acls: Option<NetworkAclsWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_network_access: Option<&'a PublicNetworkAccess>,
}

#[derive(Serialize)]
struct NewSku<'a> {
    family: &'static str,
    name: &'a VaultSku,
}

impl<'a> From<&'a NewVault> for NewVaultWire<'a> {
    fn from(new: &'a NewVault) -> Self {
        Self {
            location: &new.location,
            tags: &new.tags,
            properties: NewVaultProperties {
                tenant_id: new.tenant_id,
                sku: NewSku {
                    family: "A",
                    name: &new.sku,
                },
                access_policies: [],
                enable_rbac_authorization: true,
                enable_soft_delete: true,
                soft_delete_retention_in_days: new.retention_days,
                enable_purge_protection: true,
                network_acls: new.network_acls.as_ref().map(NetworkAclsWire::from),
                public_network_access: new.public_network_access.as_ref(),
            },
        }
    }
}

#[derive(Serialize)]
pub(crate) struct VaultUpdateWire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a BTreeMap<String, String>>,
    properties: VaultUpdateProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VaultUpdateProperties<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_soft_delete: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_purge_protection: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_rbac_authorization: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_acls: Option<NetworkAclsWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_network_access: Option<&'a PublicNetworkAccess>,
}

impl<'a> From<&'a VaultUpdate> for VaultUpdateWire<'a> {
    fn from(update: &'a VaultUpdate) -> Self {
        Self {
            tags: update.tags.as_ref(),
            properties: VaultUpdateProperties {
                enable_soft_delete: update.soft_delete.map(|_| true),
                enable_purge_protection: update.purge_protection.map(|_| true),
                enable_rbac_authorization: update.rbac_authorization.map(|_| true),
                network_acls: update.network_acls.as_ref().map(NetworkAclsWire::from),
                public_network_access: update.public_network_access.as_ref(),
            },
        }
    }
}

#[derive(Serialize)]
pub(crate) struct RecoverVaultWire<'a> {
    location: &'a Location,
    properties: RecoverVaultProperties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecoverVaultProperties {
    create_mode: &'static str,
    tenant_id: TenantId,
    // The schema requires it; the vault comes back as it was.
    sku: NewSku<'static>,
}

impl<'a> RecoverVaultWire<'a> {
    pub(crate) fn new(location: &'a Location, tenant_id: TenantId) -> Self {
        Self {
            location,
            properties: RecoverVaultProperties {
                create_mode: "recover",
                tenant_id,
                sku: NewSku {
                    family: "A",
                    name: &VaultSku::Standard,
                },
            },
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct DeletedVaultWire {
    properties: DeletedVaultProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeletedVaultProperties {
    vault_id: String,
    location: String,
    deletion_date: Option<String>,
    scheduled_purge_date: Option<String>,
    purge_protection_enabled: Option<bool>,
    tags: Option<BTreeMap<String, String>>,
}

impl DeletedVaultWire {
    pub(crate) fn into_model(self, received: Received) -> Result<DeletedVault, Odd> {
        let properties = self.properties;
        Ok(DeletedVault {
            vault_id: properties.vault_id.parse()?,
            location: properties.location.parse()?,
            deleted: rfc3339(properties.deletion_date),
            scheduled_purge: rfc3339(properties.scheduled_purge_date),
            purge_protection: properties.purge_protection_enabled,
            tags: properties.tags.unwrap_or_default(),
            received,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NameAvailabilityWire {
    name_available: bool,
    reason: Option<NameUnavailableReason>,
    message: Option<String>,
}

impl NameAvailabilityWire {
    pub(crate) fn into_model(self, received: Received) -> NameAvailability {
        NameAvailability {
            available: self.name_available,
            reason: self.reason,
            message: self.message,
            received,
        }
    }
}
