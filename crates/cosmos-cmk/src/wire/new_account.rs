//! The JSON of requests: a creation, and the three changes.

use crate::{
    api::SystemAssigned,
    models::{
        BackupPolicy, ConsistencyPolicy, DefaultIdentity, IdentityChange, IdentityType,
        NewDatabaseAccount, VersionlessKeyUri,
    },
};
use serde_json::{Map, Value, json};

/// The body of the creation. The account has been validated.
pub(crate) fn create(account: &NewDatabaseAccount) -> Value {
    let mut properties = account.further.clone();
    let mut put = |name: &str, value: Value| {
        properties.insert(name.to_owned(), value);
    };
    put("databaseAccountOfferType", json!("Standard"));
    put("keyVaultKeyUri", json!(account.key));
    put("defaultIdentity", json!(account.default_identity));
    put(
        "locations",
        account
            .locations
            .iter()
            .map(|location| {
                json!({
                    "locationName": location.name,
                    "failoverPriority": location.failover_priority,
                    "isZoneRedundant": location.zone_redundant,
                })
            })
            .collect(),
    );
    if let Some(access) = &account.public_network_access {
        put("publicNetworkAccess", json!(access));
    }
    if !account.ip_rules.is_empty() {
        let rules = account.ip_rules.iter();
        put(
            "ipRules",
            rules
                .map(|rule| json!({ "ipAddressOrRange": rule }))
                .collect(),
        );
    }
    if !account.virtual_network_rules.is_empty() {
        let rules = account.virtual_network_rules.iter();
        put(
            "virtualNetworkRules",
            rules
                .map(|rule| {
                    json!({
                        "id": rule.subnet,
                        "ignoreMissingVNetServiceEndpoint": rule.ignore_missing_service_endpoint,
                    })
                })
                .collect(),
        );
    }
    if let Some(enabled) = account.is_virtual_network_filter_enabled {
        put("isVirtualNetworkFilterEnabled", json!(enabled));
    }
    if let Some(bypass) = &account.network_acl_bypass {
        put("networkAclBypass", json!(bypass));
    }
    if let Some(disabled) = account.disable_local_auth {
        put("disableLocalAuth", json!(disabled));
    }
    if let Some(version) = &account.minimal_tls_version {
        put("minimalTlsVersion", json!(version));
    }
    if let Some(policy) = &account.consistency {
        put("consistencyPolicy", consistency(policy));
    }
    if !account.capabilities.is_empty() {
        let names = account.capabilities.iter();
        put(
            "capabilities",
            names.map(|name| json!({ "name": name })).collect(),
        );
    }
    if let Some(policy) = &account.backup {
        put("backupPolicy", backup(policy));
    }
    if let Some(enabled) = account.automatic_failover {
        put("enableAutomaticFailover", json!(enabled));
    }
    if let Some(enabled) = account.multiple_write_locations {
        put("enableMultipleWriteLocations", json!(enabled));
    }

    let mut body = Map::new();
    body.insert("location".into(), json!(account.location));
    body.insert("kind".into(), json!(account.kind));
    if !account.tags.is_empty() {
        body.insert("tags".into(), json!(account.tags));
    }
    if !account.identities.is_empty() {
        let change = IdentityChange {
            add: account.identities.clone(),
            remove: Vec::new(),
        };
        body.insert(
            "identity".into(),
            identity(&change, &IdentityType::UserAssigned),
        );
    }
    body.insert("properties".into(), Value::Object(properties));
    Value::Object(body)
}

/// The body that changes the identities, and nothing else.
pub(crate) fn set_identities(change: &IdentityChange, system_assigned: SystemAssigned) -> Value {
    let kind = match system_assigned {
        SystemAssigned::Absent => IdentityType::UserAssigned,
        SystemAssigned::Present => IdentityType::SystemAndUserAssigned,
    };
    json!({ "identity": identity(change, &kind) })
}

/// The body that changes the default identity, and nothing else.
pub(crate) fn set_default_identity(identity: &DefaultIdentity) -> Value {
    json!({ "properties": { "defaultIdentity": identity } })
}

/// The body that changes the key, and nothing else.
pub(crate) fn set_key_uri(key: &VersionlessKeyUri) -> Value {
    json!({ "properties": { "keyVaultKeyUri": key } })
}

// Anything but an empty object or null per id is `InvalidIdentityValues`: https://github.com/Azure/terraform-provider-azapi/issues/840
fn identity(change: &IdentityChange, kind: &IdentityType) -> Value {
    let added = change.add.iter().map(|id| (id.to_string(), json!({})));
    let removed = change.remove.iter().map(|id| (id.to_string(), Value::Null));
    let identities: Map<String, Value> = added.chain(removed).collect();
    json!({ "type": kind, "userAssignedIdentities": identities })
}

fn consistency(policy: &ConsistencyPolicy) -> Value {
    let mut wire = Map::new();
    wire.insert(
        "defaultConsistencyLevel".into(),
        json!(policy.default_level),
    );
    if let Some(seconds) = policy.max_interval_in_seconds {
        wire.insert("maxIntervalInSeconds".into(), json!(seconds));
    }
    if let Some(versions) = policy.max_staleness_prefix {
        wire.insert("maxStalenessPrefix".into(), json!(versions));
    }
    Value::Object(wire)
}

fn backup(policy: &BackupPolicy) -> Value {
    match policy {
        BackupPolicy::Periodic {
            interval_minutes,
            retention_hours,
            redundancy,
        } => {
            let mut mode = Map::new();
            if let Some(minutes) = interval_minutes {
                mode.insert("backupIntervalInMinutes".into(), json!(minutes));
            }
            if let Some(hours) = retention_hours {
                mode.insert("backupRetentionIntervalInHours".into(), json!(hours));
            }
            if let Some(redundancy) = redundancy {
                mode.insert("backupStorageRedundancy".into(), json!(redundancy));
            }
            json!({ "type": "Periodic", "periodicModeProperties": mode })
        }
        BackupPolicy::Continuous { tier } => {
            json!({ "type": "Continuous", "continuousModeProperties": { "tier": tier } })
        }
    }
}
