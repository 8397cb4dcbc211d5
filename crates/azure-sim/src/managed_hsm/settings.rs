//! What may be written on a managed HSM.

use super::{
    NAMESPACE,
    pool::{Pool, Settings},
};
use crate::{
    arm::ArmCall,
    key_vault::model::{Actor, Network, invalid_value},
    regions,
    world::World,
};
use serde_json::{Map, Value};
use std::time::Duration;

/// What a body may hold; the rest is noted.
const MEMBERS: [&str; 8] = [
    "location",
    "tags",
    "sku",
    "properties",
    "id",
    "name",
    "type",
    "systemData",
];
const PROPERTIES: [&str; 14] = [
    "tenantId",
    "initialAdminObjectIds",
    "hsmUri",
    "enableSoftDelete",
    "softDeleteRetentionInDays",
    "enablePurgeProtection",
    "createMode",
    "statusMessage",
    "provisioningState",
    "networkAcls",
    "regions",
    "publicNetworkAccess",
    "scheduledPurgeDate",
    "securityDomainProperties",
];

/// Families and names (specification of `Microsoft.KeyVault`).
const SKUS: [(&str, &str); 5] = [
    ("B", "Standard_B1"),
    ("B", "Custom_B6"),
    ("B", "Custom_B32"),
    ("C", "Custom_C10"),
    ("C", "Custom_C42"),
];

pub(super) fn note_unknown(world: &mut World, body: &Value) {
    world.note_unknown("managedHSMs", body, &MEMBERS);
    let properties = body.get("properties").cloned().unwrap_or_default();
    world.note_unknown("managedHSMs.properties", &properties, &PROPERTIES);
}

/// 3 to 24 letters, digits and hyphens, a letter first, a letter or digit last, no two hyphens in a row
/// (<https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>).
pub(super) fn is_valid_name(name: &str) -> bool {
    crate::key_vault::is_valid_name(name)
}

impl Settings {
    /// Those of a new HSM before its body is read.
    pub(super) fn new(call: &ArmCall<'_>, name: &str, location: String, now: Duration) -> Self {
        let (subscription, group) = (call.path.subscription(), call.path.group());
        Self {
            id: format!(
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/{NAMESPACE}/managedHSMs/{name}"
            ),
            subscription: subscription.to_owned(),
            group: group.to_owned(),
            name: name.to_owned(),
            location,
            tags: Map::new(),
            tenant: String::new(),
            sku: Value::Null,
            administrators: Vec::new(),
            retention_days: None,
            purge_protection: false,
            network: Network::default(),
            regions: Vec::new(),
            created: now,
            created_by: Actor::of(&call.caller),
            modified: now,
            modified_by: Actor::of(&call.caller),
        }
    }

    /// Those of an HSM with what a body says of them. The error is the text of the refusal.
    pub(super) fn changed(pool: &Pool, call: &ArmCall<'_>, now: Duration) -> Result<Self, String> {
        let mut settings = pool.settings.clone();
        if call.method == "PUT" {
            settings.tags.clear();
            settings.network = Network::default();
            settings.regions.clear();
        }
        settings.apply(&call.body)?;
        settings.modified = now;
        settings.modified_by = Actor::of(&call.caller);
        Ok(settings)
    }

    /// Sets what was sent; `null` is as good as absent. The error is the text of the refusal.
    pub(super) fn apply(&mut self, body: &Value) -> Result<(), String> {
        if let Some(tags) = body.get("tags").and_then(Value::as_object) {
            self.tags = tags.clone();
        }
        if let Some(sku) = body.get("sku").filter(|sku| !sku.is_null()) {
            let text = |name: &str| sku.get(name).and_then(Value::as_str).unwrap_or_default();
            let known = SKUS.iter().any(|(family, name)| {
                text("family").eq_ignore_ascii_case(family) && text("name") == *name
            });
            if !known {
                return Err(invalid_value("sku"));
            }
            self.sku = sku.clone();
        }
        let sent = |name: &str| {
            let value = body.pointer(&format!("/properties/{name}"));
            value.filter(|value| !value.is_null())
        };
        if let Some(tenant) = sent("tenantId") {
            let text = tenant.as_str().filter(|text| is_guid(text));
            self.tenant = text
                .ok_or_else(|| invalid_value("tenantId"))?
                .to_lowercase();
        }
        // Later they are administrators by their local role, which this list does not change.
        if let Some(list) = sent("initialAdminObjectIds") {
            let ids = list.as_array().map(|ids| ids.iter().map(Value::as_str));
            let ids: Option<Vec<&str>> = ids.and_then(Iterator::collect);
            let ids = ids.filter(|ids| !ids.is_empty() && ids.iter().all(|id| is_guid(id)));
            let ids = ids.ok_or_else(|| invalid_value("initialAdminObjectIds"))?;
            self.administrators = ids.into_iter().map(str::to_owned).collect();
        }
        // Soft delete is always on: https://learn.microsoft.com/azure/key-vault/managed-hsm/soft-delete-overview
        if sent("enableSoftDelete") == Some(&Value::Bool(false)) {
            return Err(invalid_value("enableSoftDelete"));
        }
        if let Some(days) = sent("softDeleteRetentionInDays") {
            // The Azure CLI demands it, and sends it as text (2.91.0).
            let text = days.as_str().and_then(|days| days.parse().ok());
            let days = days.as_u64().or(text);
            let days = days.filter(|days| (7..=90).contains(days));
            let days = days.ok_or_else(|| invalid_value("softDeleteRetentionInDays"))?;
            if self.retention_days.is_some_and(|set| set != days) {
                return Err("The property \"softDeleteRetentionInDays\" has been set already and it can't be modified.".to_owned());
            }
            self.retention_days = Some(days);
        }
        match sent("enablePurgeProtection").map(Value::as_bool) {
            None => {}
            Some(Some(true)) => self.purge_protection = true,
            // Recorded: unlike a vault it takes `false` as long as it is off.
            Some(Some(false)) if !self.purge_protection => {}
            Some(_) => {
                return Err("The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.".to_owned());
            }
        }
        if let Some(rules) = sent("networkAcls") {
            self.network.set_rules(rules)?;
        }
        if let Some(access) = sent("publicNetworkAccess") {
            self.network.public_access = match access.as_str().map(str::to_lowercase).as_deref() {
                Some("enabled") => true,
                Some("disabled") => false,
                _ => return Err(invalid_value("publicNetworkAccess")),
            };
        }
        if let Some(regions) = sent("regions") {
            self.regions = parse_regions(regions)?;
        }
        // The retention is fixed from the creation on, also if it is the default one.
        self.retention_days = Some(self.retention());
        Ok(())
    }
}

/// Recorded, with a list of that time's regions, of every cloud.
fn parse_regions(sent: &Value) -> Result<Vec<String>, String> {
    let known: Vec<&str> = regions::everywhere().map(|(name, _)| name).collect();
    let sent = sent.as_array().ok_or_else(|| invalid_value("regions"))?;
    let names = sent.iter().map(|region| {
        let name = region.get("name").and_then(Value::as_str);
        let name = regions::name(name.unwrap_or_default());
        if known.contains(&name.as_str()) {
            return Ok(name);
        }
        Err(format!(
            "Invalid region name: {name} passed. The valid list of region names: {}",
            known.join(", ")
        ))
    });
    names.collect()
}

fn is_guid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}
