//! A managed HSM as it is stored, and how Resource Manager shows it.

use super::access::LocalAssignment;
use crate::key_vault::{
    key::{Deletion, Key},
    model::{Actor, DEFAULT_RETENTION, Network},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};

/// A managed HSM, live or soft-deleted: both hold the name, everywhere in the world.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Pool {
    pub(crate) settings: Settings,
    pub(crate) phase: Phase,
    /// Whether its creation failed. It stays so, deleted and recovered too, until it is made anew.
    pub(crate) failed: bool,
    /// Counts what was begun: an operation that something else has overtaken does nothing at its end.
    pub(crate) turn: u64,
    /// Whether its security domain was downloaded: before that nothing of the data plane works.
    pub(crate) activated: bool,
    /// Stands for the security domain, under which alone backups can be read.
    pub(crate) domain: String,
    pub(crate) deleted: Option<Deletion>,
    /// By lower-case name.
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) assignments: Vec<LocalAssignment>,
}

/// What Resource Manager writes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The resource id as it was first written.
    pub(crate) id: String,
    pub(crate) subscription: String,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) tags: Map<String, Value>,
    /// The tenant whose tokens the HSM takes.
    pub(crate) tenant: String,
    pub(crate) sku: Value,
    /// Object ids of the initial administrators.
    pub(crate) administrators: Vec<String>,
    pub(crate) retention_days: Option<u64>,
    pub(crate) purge_protection: bool,
    pub(crate) network: Network,
    /// Other regions that it is extended to.
    pub(crate) regions: Vec<String>,
    pub(crate) created: Duration,
    pub(crate) created_by: Actor,
    pub(crate) modified: Duration,
    pub(crate) modified_by: Actor,
}

/// What goes on with a managed HSM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// It is being made: since when and until when.
    Provisioning(Duration, Duration),
    Ready,
    Updating,
    Deleting,
    Purging,
}

/// From which version on members are shown (specification of `Microsoft.KeyVault`).
const REGIONS_SINCE: &str = "2023-02-01";

impl Settings {
    /// Days that deleted things are kept.
    pub(crate) fn retention(&self) -> u64 {
        self.retention_days.unwrap_or(DEFAULT_RETENTION)
    }

    /// `recoveryLevel` of the keys: without the word "Purgeable" nothing can be purged.
    pub(crate) fn recovery_level(&self) -> &'static str {
        match (self.purge_protection, self.retention() < DEFAULT_RETENTION) {
            (true, true) => "CustomizedRecoverable",
            (true, false) => "Recoverable",
            (false, true) => "CustomizedRecoverable+Purgeable",
            (false, false) => "Recoverable+Purgeable",
        }
    }
}

impl Pool {
    /// A new one, in its first phase. The initial administrators hold the local role of that name (recorded).
    pub(super) const fn new(
        settings: Settings,
        phase: Phase,
        domain: String,
        assignments: Vec<LocalAssignment>,
    ) -> Self {
        Self {
            settings,
            phase,
            failed: false,
            turn: 0,
            activated: false,
            domain,
            deleted: None,
            keys: BTreeMap::new(),
            assignments,
        }
    }

    pub(crate) const fn is_live(&self) -> bool {
        self.deleted.is_none()
    }

    /// Whether the host of the HSM has an address.
    pub(crate) const fn resolves(&self) -> bool {
        self.is_live() && !self.failed && !matches!(self.phase, Phase::Provisioning(..))
    }

    /// The HSM as Resource Manager answers (recorded).
    pub(super) fn render(
        &self,
        suffix: &str,
        now: Duration,
        api_version: &str,
        date: impl Fn(Duration) -> String,
    ) -> Value {
        let own = &self.settings;
        let (state, message) = self.state(now);
        let mut properties = json!({
            "tenantId": own.tenant,
            "hsmUri": format!("https://{}.{suffix}/", own.name.to_lowercase()),
            "initialAdminObjectIds": own.administrators,
            "enableSoftDelete": true,
            "softDeleteRetentionInDays": own.retention(),
            "enablePurgeProtection": own.purge_protection,
            "provisioningState": state,
            "statusMessage": message,
            "networkAcls": {
                "bypass": if own.network.bypass_trusted { "AzureServices" } else { "None" },
                "defaultAction": if own.network.deny_by_default { "Deny" } else { "Allow" },
                "ipRules": own.network.ip_rules,
                "virtualNetworkRules": own.network.network_rules,
            },
            "publicNetworkAccess": if own.network.public_access { "Enabled" } else { "Disabled" },
        });
        if let (true, Some(members)) = (api_version >= REGIONS_SINCE, properties.as_object_mut()) {
            members.insert("regions".to_owned(), self.regions());
            members.insert("securityDomainProperties".to_owned(), self.activation());
        }
        json!({
            "sku": own.sku,
            "id": own.id,
            "name": own.name,
            "type": "Microsoft.KeyVault/managedHSMs",
            "location": own.location,
            "tags": own.tags,
            "systemData": {
                "createdBy": own.created_by.name,
                "createdByType": own.created_by.kind,
                "createdAt": date(own.created),
                "lastModifiedBy": own.modified_by.name,
                "lastModifiedByType": own.modified_by.kind,
                "lastModifiedAt": date(own.modified),
            },
            "properties": properties,
        })
    }

    /// The regions that it is extended to; its own is not among them (recorded: callers send back what they read).
    fn regions(&self) -> Value {
        let regions = self.settings.regions.iter().map(
            |name| json!({"name": name, "provisioningState": "Succeeded", "isPrimary": false}),
        );
        regions.collect()
    }

    /// `provisioningState` and `statusMessage` (recorded; the texts of a change and of a failure have no source).
    fn state(&self, now: Duration) -> (&'static str, &'static str) {
        const READY: &str = "The Managed HSM is provisioned and ready to use.";
        match self.phase {
            Phase::Provisioning(from, until) if now < from + (until - from) / 4 * 3 => (
                "Provisioning",
                "Resource creation in progress. Allocating hardware...",
            ),
            Phase::Provisioning(..) => (
                "Provisioning",
                "Resource creation in progress. Starting service...",
            ),
            Phase::Ready if self.failed => ("Failed", "Resource creation failed."),
            Phase::Ready => ("Succeeded", READY),
            Phase::Updating => ("Updating", READY),
            Phase::Deleting | Phase::Purging => ("Deleting", READY),
        }
    }

    /// Recorded.
    fn activation(&self) -> Value {
        const UNKNOWN: (&str, &str) = (
            "Unknown",
            "An unknown error has occurred. Please contact Microsoft Support.",
        );
        let (status, message) = match self.phase {
            Phase::Provisioning(..) => UNKNOWN,
            _ if self.failed => UNKNOWN,
            _ if self.activated => (
                "Active",
                "Your HSM has been activated and can be used for cryptographic operations.",
            ),
            _ => ("NotActivated", NOT_ACTIVATED),
        };
        json!({"activationStatus": status, "activationStatusMessage": message})
    }

    /// A deleted HSM as Resource Manager answers (recorded, the spelling of the type too).
    pub(super) fn render_deleted(&self, date: impl Fn(Duration) -> String) -> Option<Value> {
        let deletion = self.deleted?;
        let own = &self.settings;
        Some(json!({
            "id": format!(
                "/subscriptions/{}/providers/Microsoft.KeyVault/locations/{}/deletedManagedHSMs/{}",
                own.subscription, own.location, own.name
            ),
            "name": own.name,
            "type": "Microsoft.Keyvault/deletedManagedHSMs",
            "properties": {
                "mhsmId": own.id,
                "location": own.location,
                "tags": own.tags,
                "deletionDate": date(deletion.at),
                "scheduledPurgeDate": date(deletion.purge_at),
                "purgeProtectionEnabled": own.purge_protection,
            },
        }))
    }
}

/// Recorded.
pub(crate) const NOT_ACTIVATED: &str = "Your HSM has been provisioned, but cannot be used for cryptographic operations until it is activated. To activate the HSM, download the security domain.";
