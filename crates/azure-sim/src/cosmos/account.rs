//! An account as it is stored, and how Resource Manager shows it.

use super::{
    identity::AccountIdentity,
    regions,
    text::{CONFIRMED, Revocation},
};
use crate::world::World;
use serde_json::{Map, Value, json};
use std::time::Duration;

#[derive(Debug, Clone)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Creating,
    Succeeded,
    Updating,
    Deleting,
    /// What is left of a creation that failed.
    Failed,
}

/// The key that encrypts an account.
#[derive(Debug, Clone)]
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

impl Account {
    pub(super) fn is_revoked(&self) -> bool {
        self.key.as_ref().is_some_and(|key| key.revoked.is_some())
    }

    /// The account as an api-version shows it (recorded, apart from the version of the key).
    pub(super) fn render(&self, world: &World, api_version: &str) -> Value {
        let suffix = world.options.cloud.cosmos_suffix();
        let mut properties = Map::new();
        let mut put = |name: &str, value: Value| {
            properties.insert(name.to_owned(), value);
        };
        put("provisioningState", json!(self.state.as_str()));
        if self.state.is_up() {
            put(
                "documentEndpoint",
                json!(format!("https://{}.{suffix}:443/", self.name)),
            );
        }
        for (name, value) in defaults() {
            put(name, value);
        }
        put("instanceId", json!(self.instance));
        put("defaultIdentity", json!(self.default_identity));
        for (name, value) in &self.settings {
            put(name, value.clone());
        }
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
        let regions = self.render_regions(suffix);
        put(
            "writeLocations",
            json!(regions.first().into_iter().collect::<Vec<_>>()),
        );
        put("readLocations", json!(regions));
        put("locations", json!(regions));
        put("failoverPolicies", json!(self.render_policies()));
        json!({
            "id": self.id,
            "name": self.name,
            "location": regions::display(&self.location),
            "type": "Microsoft.DocumentDB/databaseAccounts",
            "kind": self.kind,
            "tags": self.tags,
            "systemData": {"createdAt": World::timestamp(self.created)},
            "properties": properties,
            "identity": self.identity.render(world, &self.tenant, self.state.is_up()),
        })
    }

    fn render_regions(&self, suffix: &str) -> Vec<Value> {
        self.regions
            .iter()
            .map(|region| {
                let name = region_name(region);
                let own = format!("{}-{name}", self.name);
                let mut shown = json!({
                    "id": own,
                    "locationName": regions::display(&name),
                    "provisioningState": self.state.as_str(),
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

    fn render_policies(&self) -> Vec<Value> {
        self.regions
            .iter()
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
fn defaults() -> [(&'static str, Value); 15] {
    [
        ("publicNetworkAccess", json!("Enabled")),
        ("enableAutomaticFailover", json!(false)),
        ("enableMultipleWriteLocations", json!(false)),
        ("isVirtualNetworkFilterEnabled", json!(false)),
        ("virtualNetworkRules", json!([])),
        ("EnabledApiTypes", json!("Sql")),
        ("enableFreeTier", json!(false)),
        ("enableAnalyticalStorage", json!(false)),
        ("databaseAccountOfferType", json!("Standard")),
        ("networkAclBypass", json!("None")),
        ("disableLocalAuth", json!(false)),
        (
            "consistencyPolicy",
            json!({
                "defaultConsistencyLevel": "Session",
                "maxIntervalInSeconds": 5,
                "maxStalenessPrefix": 100,
            }),
        ),
        ("capabilities", json!([])),
        ("ipRules", json!([])),
        (
            "backupPolicy",
            json!({
                "type": "Periodic",
                "periodicModeProperties": {
                    "backupIntervalInMinutes": 240,
                    "backupRetentionIntervalInHours": 8,
                    "backupStorageRedundancy": "Geo",
                },
            }),
        ),
    ]
}
