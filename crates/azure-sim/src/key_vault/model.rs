//! A vault as it is stored, and how Resource Manager shows it.

use super::{
    key::{Deletion, Key},
    sent,
};
use crate::{
    past::Past,
    spread::Spread,
    tokens::{Caller, CallerKind},
    world::World,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};

/// A vault, live or soft-deleted: both hold the name, everywhere in the world.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Vault {
    /// The resource id as it was first written.
    pub(crate) id: String,
    pub(crate) subscription: String,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) tags: Map<String, Value>,
    /// The tenant whose tokens the vault takes.
    pub(crate) tenant: String,
    pub(crate) sku: Value,
    pub(crate) access_policies: Vec<Value>,
    /// The access policies before, which some nodes still go by.
    pub(crate) earlier_policies: Past<Vec<Value>>,
    /// `enabledForDeployment` and its siblings, as far as they were sent.
    pub(crate) switches: Map<String, Value>,
    /// `None`: never said, which means access policies.
    pub(crate) rbac: Option<bool>,
    pub(crate) retention_days: Option<u64>,
    pub(crate) purge_protection: bool,
    pub(crate) network: Network,
    pub(crate) created: Duration,
    pub(crate) created_by: Actor,
    pub(crate) modified: Duration,
    pub(crate) modified_by: Actor,
    /// From when on the host has an address.
    pub(crate) resolves_at: Duration,
    pub(crate) deleted: Option<Deletion>,
    /// By lower-case name.
    pub(crate) keys: BTreeMap<String, Key>,
}

/// Who wrote something, as `systemData` names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Actor {
    pub(crate) name: String,
    pub(crate) kind: CallerKind,
}

impl Actor {
    pub(crate) fn of(caller: &Caller) -> Self {
        Self {
            name: caller.name.clone(),
            kind: caller.kind,
        }
    }

    const fn kind_name(&self) -> &'static str {
        match self.kind {
            CallerKind::User => "User",
            CallerKind::Application => "Application",
            CallerKind::ManagedIdentity => "ManagedIdentity",
        }
    }
}

/// How a vault is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    /// Of the hosts of vaults.
    pub(crate) suffix: &'a str,
    pub(crate) now: Duration,
    pub(crate) api_version: &'a str,
    /// Whether it is the answer to a write.
    pub(crate) written: bool,
}

/// From which version on members are shown (recorded).
const SYSTEM_DATA_SINCE: &str = "2021-04-01-preview";
const PUBLIC_ACCESS_SINCE: &str = "2021-06-01-preview";

/// Who may reach a vault over the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Network {
    /// `Enabled` or `Disabled`.
    pub(crate) public_access: bool,
    pub(crate) deny_by_default: bool,
    pub(crate) bypass_trusted: bool,
    pub(crate) ip_rules: Vec<Value>,
    pub(crate) network_rules: Vec<Value>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            public_access: true,
            deny_by_default: false,
            bypass_trusted: true,
            ip_rules: Vec::new(),
            network_rules: Vec::new(),
        }
    }
}

/// The default retention of deleted vaults and keys, in days.
pub(crate) const DEFAULT_RETENTION: u64 = 90;

impl Network {
    /// Reads `networkAcls`; absent members have the defaults of the service. The error is the text of the refusal.
    pub(crate) fn set_rules(&mut self, rules: &Value) -> Result<(), String> {
        if !rules.is_object() {
            return Err(invalid_value("networkAcls"));
        }
        let text = |name: &str| match rules.get(name) {
            None | Some(Value::Null) => None,
            // What is no text is none of the values.
            Some(sent) => Some(sent.as_str().unwrap_or("?")),
        };
        self.bypass_trusted = match text("bypass").map(str::to_lowercase).as_deref() {
            None | Some("azureservices") => true,
            Some("none") => false,
            Some(_) => return Err(invalid_value("networkAcls")),
        };
        self.deny_by_default = match text("defaultAction").map(str::to_lowercase).as_deref() {
            None | Some("allow") => false,
            Some("deny") => true,
            Some(_) => return Err(invalid_value("networkAcls")),
        };
        self.ip_rules = sent::ip_rules(rules)?;
        self.network_rules = sent::network_rules(rules)?;
        Ok(())
    }

    fn rules_are_default(&self) -> bool {
        !self.deny_by_default
            && self.bypass_trusted
            && self.ip_rules.is_empty()
            && self.network_rules.is_empty()
    }
}

/// The refusal of a member whose value makes no sense.
pub(crate) fn invalid_value(member: &str) -> String {
    format!("An invalid value was provided for '{member}'.")
}

impl Vault {
    /// Days that deleted things are kept.
    pub(crate) fn retention(&self) -> u64 {
        self.retention_days.unwrap_or(DEFAULT_RETENTION)
    }

    pub(crate) const fn is_live(&self) -> bool {
        self.deleted.is_none()
    }

    /// Whether the host of the vault has an address.
    pub(crate) fn resolves(&self, now: Duration) -> bool {
        self.is_live() && now >= self.resolves_at
    }

    /// Whether roles decide; otherwise access policies do.
    pub(crate) fn uses_roles(&self) -> bool {
        self.rbac == Some(true)
    }

    /// The resource that a key is for role assignments, without version.
    pub(crate) fn key_scope(&self, key: &str) -> String {
        format!("{}/keys/{key}", self.id)
    }

    /// `name;location=region`, as the data plane writes a vault in its refusals.
    pub(crate) fn place(&self) -> String {
        format!("{};location={}", self.name, self.location)
    }

    /// Changes the access policies; each node goes by the old ones until it hears of the change.
    pub(crate) fn set_policies(&mut self, policies: Vec<Value>, change: Spread, now: Duration) {
        if policies != self.access_policies {
            let before = std::mem::replace(&mut self.access_policies, policies);
            self.earlier_policies.keep(before, change, now);
        }
    }

    /// Whether an access policy lets a principal do something with keys.
    pub(crate) fn policy_allows(&self, world: &World, principal: &str, verb: &str) -> bool {
        self.earlier_policies
            .shown(world, &self.access_policies)
            .iter()
            .filter(|policy| {
                policy
                    .get("objectId")
                    .and_then(Value::as_str)
                    .is_some_and(|id| id.eq_ignore_ascii_case(principal))
            })
            .filter_map(|policy| policy.pointer("/permissions/keys")?.as_array())
            .flatten()
            .filter_map(Value::as_str)
            .any(|known| {
                known.eq_ignore_ascii_case(verb)
                    // "all" leaves out the purge (recorded: callers add it beside "all").
                    || (known.eq_ignore_ascii_case("all") && verb != "purge")
            })
    }

    /// The vault as Resource Manager answers. A write answers without the URI's slash while the name is being registered
    /// (recorded; a read meanwhile has it).
    pub(crate) fn render(&self, view: View<'_>, date: impl Fn(Duration) -> String) -> Value {
        let suffix = view.suffix;
        let ready = view.now >= self.resolves_at;
        let slash = if ready || !view.written { "/" } else { "" };
        let mut properties = Map::new();
        let mut put = |name: &str, value: Value| {
            properties.insert(name.to_owned(), value);
        };
        put("sku", self.sku.clone());
        put("tenantId", json!(self.tenant));
        if !self.network.rules_are_default() {
            put(
                "networkAcls",
                json!({
                    "bypass": if self.network.bypass_trusted { "AzureServices" } else { "None" },
                    "defaultAction": if self.network.deny_by_default { "Deny" } else { "Allow" },
                    "ipRules": self.network.ip_rules,
                    "virtualNetworkRules": self.network.network_rules,
                }),
            );
        }
        put("accessPolicies", json!(self.access_policies));
        put("enabledForDeployment", json!(false));
        for (name, value) in &self.switches {
            put(name, value.clone());
        }
        put("enableSoftDelete", json!(true));
        put("softDeleteRetentionInDays", json!(self.retention()));
        if let Some(rbac) = self.rbac {
            put("enableRbacAuthorization", json!(rbac));
        }
        if self.purge_protection {
            put("enablePurgeProtection", json!(true));
        }
        put(
            "vaultUri",
            json!(format!(
                "https://{}.{suffix}{slash}",
                self.name.to_lowercase()
            )),
        );
        put(
            "provisioningState",
            json!(if ready { "Succeeded" } else { "RegisteringDns" }),
        );
        if view.api_version >= PUBLIC_ACCESS_SINCE {
            put(
                "publicNetworkAccess",
                json!(if self.network.public_access {
                    "Enabled"
                } else {
                    "Disabled"
                }),
            );
        }
        let mut shown = json!({
            "id": self.id,
            "name": self.name,
            "type": "Microsoft.KeyVault/vaults",
            "location": self.location,
            "tags": self.tags,
            "properties": properties,
        });
        if let (true, Some(members)) =
            (view.api_version >= SYSTEM_DATA_SINCE, shown.as_object_mut())
        {
            let written = json!({
                "createdBy": self.created_by.name,
                "createdByType": self.created_by.kind_name(),
                "createdAt": date(self.created),
                "lastModifiedBy": self.modified_by.name,
                "lastModifiedByType": self.modified_by.kind_name(),
                "lastModifiedAt": date(self.modified),
            });
            members.insert("systemData".to_owned(), written);
        }
        shown
    }

    /// A deleted vault as Resource Manager answers (recorded).
    pub(crate) fn render_deleted(&self, date: impl Fn(Duration) -> String) -> Option<Value> {
        let deletion = self.deleted?;
        let mut properties = json!({
            "vaultId": self.id,
            "location": self.location,
            "tags": self.tags,
            "deletionDate": date(deletion.at),
            "scheduledPurgeDate": date(deletion.purge_at),
        });
        if self.purge_protection
            && let Some(properties) = properties.as_object_mut()
        {
            properties.insert("purgeProtectionEnabled".to_owned(), json!(true));
        }
        Some(json!({
            "id": format!(
                "/subscriptions/{}/providers/Microsoft.KeyVault/locations/{}/deletedVaults/{}",
                self.subscription, self.location, self.name
            ),
            "name": self.name,
            "type": "Microsoft.KeyVault/deletedVaults",
            "properties": properties,
        }))
    }

    /// `recoveryLevel` of the vault's keys: without the word "Purgeable" nothing can be purged.
    pub(crate) fn recovery_level(&self) -> &'static str {
        match (self.purge_protection, self.retention() < DEFAULT_RETENTION) {
            (true, true) => "CustomizedRecoverable",
            (true, false) => "Recoverable",
            (false, true) => "CustomizedRecoverable+Purgeable",
            (false, false) => "Recoverable+Purgeable",
        }
    }
}
