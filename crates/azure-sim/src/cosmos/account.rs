//! An account as it is stored, and how Resource Manager shows it.

use super::{
    api::Api,
    identity::AccountIdentity,
    regions, since,
    text::{CONFIRMED, Revocation},
};
use crate::world::World;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Account {
    /// The resource id as it was first written.
    pub(super) id: String,
    pub(super) subscription: String,
    pub(super) group: String,
    pub(super) name: String,
    /// The tenant of the subscription.
    pub(super) tenant: String,
    /// As `eastus2`.
    pub(super) location: String,
    pub(super) kind: String,
    pub(super) tags: Map<String, Value>,
    /// Settings that are echoed, the ones about keys left out.
    pub(super) settings: Map<String, Value>,
    pub(super) regions: Vec<Value>,
    pub(super) identity: AccountIdentity,
    /// As it was written; empty until the creation ends if it was not.
    pub(super) default_identity: String,
    pub(super) key: Option<CustomerKey>,
    pub(super) state: State,
    pub(super) created: Duration,
    pub(super) instance: String,
}

/// What an account is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    Creating,
    Succeeded,
    Updating,
    Deleting,
    /// What is left of a creation that failed.
    Failed,
}

/// The key that encrypts an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CustomerKey {
    pub(super) uri: String,
    /// The vault's tenant when the key was accepted: the account is bound to it for life.
    pub(super) tenant: String,
    /// The version in use; unknown until the key was reached once.
    pub(super) version: Option<String>,
    /// Why the account is revoked, if it is.
    pub(super) revoked: Option<Revocation>,
    /// When the account is to be revoked or healed.
    pub(super) turns_at: Option<Duration>,
    /// When the account will follow a newer version.
    pub(super) follows_at: Option<Duration>,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::Succeeded => "Succeeded",
            Self::Updating => "Updating",
            Self::Deleting => "Deleting",
            Self::Failed => "Failed",
        }
    }

    /// What its regions say: to newer versions an update of the account is none of theirs (recorded: 2021-10-15 says
    /// `Updating`, 2023-11-15 `Succeeded`).
    fn of_regions(self, api_version: &str) -> &'static str {
        match self {
            Self::Updating if api_version >= REGION_STATE_SINCE => "Succeeded",
            other => other.as_str(),
        }
    }

    /// Whether an operation holds the account.
    pub(super) const fn is_busy(self) -> bool {
        matches!(self, Self::Creating | Self::Updating | Self::Deleting)
    }

    /// Whether the account has come up.
    const fn is_up(self) -> bool {
        matches!(self, Self::Succeeded | Self::Updating | Self::Deleting)
    }
}

/// From which api-version on a member is shown.
const KEY_STATUS_SINCE: &str = "2023-09-15";
const KEY_VERSION_SINCE: &str = "2025-10-15";
// Recorded: 2022-05-15 shows none of them, 2023-11-15 all.
const THROUGHPUT_SINCE: &str = "2022-11-15";
const REGION_STATE_SINCE: &str = "2022-11-15";

impl Account {
    /// Whether it has a key that can get out of reach.
    pub(super) fn is_watched(&self) -> bool {
        self.key.is_some() && matches!(self.state, State::Succeeded | State::Updating)
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.key.as_ref().is_some_and(|key| key.revoked.is_some())
    }

    fn provisioning_state<'a>(&self, world: &'a World) -> &'a str {
        match self.state {
            State::Succeeded if self.is_revoked() => {
                &world.options.assumptions.revoked_provisioning_state
            }
            state => state.as_str(),
        }
    }

    /// The account as an api-version shows it (recorded, apart from the version of the key).
    pub(super) fn render(&self, world: &World, api_version: &str) -> Value {
        let suffix = world.options.cloud.cosmos_suffix();
        let since = |version: &str| api_version >= version;
        let mut properties = Map::new();
        let mut put = |name: &str, value: Value| {
            properties.insert(name.to_owned(), value);
        };
        put("provisioningState", json!(self.provisioning_state(world)));
        if self.state.is_up() {
            put(
                "documentEndpoint",
                json!(format!("https://{}.{suffix}:443/", self.name)),
            );
            put(
                "sqlEndpoint",
                json!(format!("https://{}.{suffix}:443/", self.name)),
            );
            if let Some(api) = self.api().endpoint(&self.settings) {
                // `documents.azure.com` and `cosmos.azure.com`.
                let suffix = suffix.replacen("documents.", "cosmos.", 1);
                put(
                    &format!("{api}Endpoint"),
                    json!(format!("https://{}.{api}.{suffix}:443/", self.name)),
                );
            }
        }
        for (name, value) in defaults() {
            put(name, value);
        }
        for (name, value) in self.api().defaults() {
            put(name, value);
        }
        if since(THROUGHPUT_SINCE) {
            put("enablePartitionMerge", json!(false));
            put("enableBurstCapacity", json!(false));
            put("minimalTlsVersion", json!("Tls12"));
            put("keysMetadata", self.keys_metadata());
        }
        put("configurationOverrides", self.overrides());
        put("instanceId", json!(self.instance));
        put("defaultIdentity", json!(self.default_identity));
        for (name, value) in &self.settings {
            put(name, value.clone());
        }
        self.put_derived(&mut properties);
        let mut put = |name: &str, value: Value| {
            properties.insert(name.to_owned(), value);
        };
        if let Some(key) = &self.key {
            put("keyVaultKeyUri", json!(key.uri));
            if api_version >= KEY_STATUS_SINCE && self.state != State::Failed {
                let status = key
                    .revoked
                    .map_or_else(|| CONFIRMED.to_owned(), |why| why.to_string());
                put("customerManagedKeyStatus", json!(status));
            }
            if api_version >= KEY_VERSION_SINCE
                && let Some(version) = &key.version
            {
                put("keyVaultKeyUriVersion", json!(version));
            }
        }
        let regions = self.render_regions(suffix, api_version);
        put(
            "writeLocations",
            json!(regions.first().into_iter().collect::<Vec<_>>()),
        );
        put("readLocations", json!(regions));
        put("locations", json!(regions));
        put("failoverPolicies", json!(self.render_policies()));
        let mut shown = json!({
            "id": self.id,
            "name": self.name,
            "location": regions::display(&self.location),
            "type": "Microsoft.DocumentDB/databaseAccounts",
            "kind": self.kind,
            "tags": self.tags,
            "systemData": {"createdAt": World::timestamp(self.created)},
            "properties": properties,
            "identity": self.identity.render(world, &self.tenant, self.state.is_up()),
        });
        since::cut(api_version, &mut shown);
        shown
    }

    /// What the service makes of settings: they come back with what was left out, and in its own spelling (recorded).
    fn put_derived(&self, properties: &mut Map<String, Value>) {
        let mut capabilities = self.settings.get("capabilities").cloned();
        if let Some(more) = self.api().capability(&self.settings) {
            let list = capabilities.get_or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.push(json!({"name": more}));
            }
        }
        if let Some(capabilities) = capabilities {
            properties.insert("capabilities".to_owned(), capabilities);
        }
        if let Some(policy) = properties.get_mut("backupPolicy") {
            let continuous = policy.get("type").and_then(Value::as_str) == Some("Continuous");
            if let Some(periodic) = policy
                .get_mut("periodicModeProperties")
                .and_then(Value::as_object_mut)
            {
                // Not decided before the account is up.
                let redundancy = if self.state.is_up() { "Geo" } else { "Invalid" };
                periodic
                    .entry("backupStorageRedundancy")
                    .or_insert_with(|| json!(redundancy));
            }
            if continuous {
                properties.insert("createMode".to_owned(), json!("Default"));
            }
        }
        if let Some(access) = properties.get_mut("publicNetworkAccess") {
            let text = access.as_str().unwrap_or_default().to_lowercase();
            *access = json!(match text.as_str() {
                "disabled" => "Disabled",
                "securedbyperimeter" => "SecuredByPerimeter",
                _ => "Enabled",
            });
        }
        let rules = properties.get_mut("virtualNetworkRules");
        for rule in rules.and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(rule) = rule.as_object_mut() {
                rule.entry("ignoreMissingVNetServiceEndpoint")
                    .or_insert_with(|| json!(false));
            }
        }
        if properties.get("apiProperties") == Some(&json!({})) {
            properties.remove("apiProperties");
        }
        if let (Api::Mongo, None) = (self.api(), properties.get("apiProperties")) {
            properties.insert("apiProperties".to_owned(), json!({"serverVersion": "3.6"}));
        }
    }

    fn keys_metadata(&self) -> Value {
        let made = json!({"generationTime": World::timestamp(self.created)});
        json!({
            "primaryMasterKey": made,
            "secondaryMasterKey": made,
            "primaryReadonlyMasterKey": made,
            "secondaryReadonlyMasterKey": made,
        })
    }

    /// What a setting is, also if nobody configured it.
    pub(super) fn setting(&self, name: &str) -> Option<Value> {
        let of = |all: &[(&'static str, Value)]| {
            let found = all.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| value.clone())
        };
        let own = self.settings.get(name).cloned();
        own.or_else(|| of(&self.api().defaults()))
            .or_else(|| of(&defaults()))
    }

    /// Switches of the service's own (recorded since 2024, of MongoDB since 2021).
    fn overrides(&self) -> Value {
        let mut all = Map::from_iter([(
            "EnablePerRegionPerPartitionAutoscaleOptIn".to_owned(),
            json!("True"),
        )]);
        if self.api() == Api::Mongo && self.state != State::Creating {
            all.insert("EnableBsonSchema".to_owned(), json!("True"));
        }
        Value::Object(all)
    }

    fn api(&self) -> Api {
        Api::of(&self.kind, &self.settings)
    }

    fn render_regions(&self, suffix: &str, api_version: &str) -> Vec<Value> {
        self.shown_regions()
            .map(|region| {
                let name = region_name(region);
                let own = format!("{}-{name}", self.name);
                let mut shown = json!({
                    "id": own,
                    "locationName": regions::display(&name),
                    "provisioningState": self.state.of_regions(api_version),
                    "failoverPriority": region.get("failoverPriority").cloned().unwrap_or_default(),
                    "isZoneRedundant": region.get("isZoneRedundant").cloned().unwrap_or_default(),
                });
                if self.state.is_up()
                    && let Some(members) = shown.as_object_mut()
                {
                    members.insert(
                        "documentEndpoint".to_owned(),
                        json!(format!("https://{own}.{suffix}:443/")),
                    );
                }
                shown
            })
            .collect()
    }

    /// While an account is being made only the region that is written to is shown (recorded).
    fn shown_regions(&self) -> impl Iterator<Item = &Value> {
        let creating = self.state == State::Creating;
        self.regions.iter().filter(move |region| {
            let priority = region.get("failoverPriority").and_then(Value::as_u64);
            !creating || priority.unwrap_or_default() == 0
        })
    }

    fn render_policies(&self) -> Vec<Value> {
        self.shown_regions()
            .map(|region| {
                let name = region_name(region);
                json!({
                    "id": format!("{}-{name}", self.name),
                    "locationName": regions::display(&name),
                    "failoverPriority": region.get("failoverPriority").cloned().unwrap_or_default(),
                })
            })
            .collect()
    }
}

fn region_name(region: &Value) -> String {
    let text = region.get("locationName").and_then(Value::as_str);
    regions::name(text.unwrap_or_default())
}

/// What an account has that nobody configured (recorded).
fn defaults() -> [(&'static str, Value); 20] {
    [
        ("publicNetworkAccess", json!("Enabled")),
        ("enableAutomaticFailover", json!(false)),
        ("enableMultipleWriteLocations", json!(false)),
        ("enablePartitionKeyMonitor", json!(false)),
        ("isVirtualNetworkFilterEnabled", json!(false)),
        ("virtualNetworkRules", json!([])),
        ("disableKeyBasedMetadataWriteAccess", json!(false)),
        ("enableFreeTier", json!(false)),
        ("enableAnalyticalStorage", json!(false)),
        ("databaseAccountOfferType", json!("Standard")),
        ("networkAclBypass", json!("None")),
        ("networkAclBypassResourceIds", json!([])),
        ("disableLocalAuth", json!(false)),
        // With `sqlEndpoint` the newest of what the service began to show at every version: recorded since 2024.
        ("enableFullFidelityChangeFeed", json!(false)),
        ("cors", json!([])),
        ("capabilities", json!([])),
        ("ipRules", json!([])),
        (
            "consistencyPolicy",
            json!({
                "defaultConsistencyLevel": "Session",
                "maxIntervalInSeconds": 5,
                "maxStalenessPrefix": 100,
            }),
        ),
        (
            "analyticalStorageConfiguration",
            json!({"schemaType": "WellDefined"}),
        ),
        (
            "backupPolicy",
            json!({
                "type": "Periodic",
                "periodicModeProperties": {
                    "backupIntervalInMinutes": 240,
                    "backupRetentionIntervalInHours": 8,
                },
            }),
        ),
    ]
}
