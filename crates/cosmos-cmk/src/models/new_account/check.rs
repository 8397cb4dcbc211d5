//! What is known to be refused of a new account, before it is sent.

use super::{BackupPolicy, NewDatabaseAccount};
use crate::models::{
    AccountKind, ConsistencyLevel, DefaultIdentity, MinimalTlsVersion, is_managed_identity,
};
use serde_json::Value;
use std::net::IpAddr;

type Refused = Result<(), String>;

/// The first reason to refuse the account.
pub(super) fn check(account: &NewDatabaseAccount) -> Refused {
    identities(account)?;
    locations(account)?;
    capabilities(account)?;
    features(account)?;
    firewall(account)?;
    tls(account)?;
    consistency(account)?;
    further(account)
}

fn refuse_if(refused: bool, reason: &str) -> Refused {
    if refused {
        return Err(reason.to_owned());
    }
    Ok(())
}

fn identities(account: &NewDatabaseAccount) -> Refused {
    let NewDatabaseAccount {
        identities,
        default_identity,
        ..
    } = account;
    refuse_if(
        !identities.iter().all(is_managed_identity),
        "identities must be user-assigned managed identities (Microsoft.ManagedIdentity/userAssignedIdentities)",
    )?;
    let repeated = identities
        .iter()
        .enumerate()
        .any(|(at, id)| identities.iter().take(at).any(|earlier| earlier == id));
    refuse_if(repeated, "an identity is named twice")?;
    if let Some(reason) = default_identity.refusal() {
        return Err(reason.to_owned());
    }
    // https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk: refused "during provision".
    refuse_if(
        *default_identity == DefaultIdentity::SystemAssigned,
        "default identity cannot be SystemAssignedIdentity at creation: the account's own identity does not exist yet",
    )?;
    let assigned = default_identity
        .identity()
        .is_none_or(|id| identities.contains(id));
    refuse_if(
        !assigned,
        "the default identity must be among the identities of the account",
    )?;
    // "Setting Non-FPI default identity is required for dedicated storage account features" (same guide).
    let dedicated_storage = is_continuous(account)
        || DEDICATED_STORAGE
            .iter()
            .any(|name| switched_on(account, name));
    refuse_if(
        *default_identity == DefaultIdentity::FirstParty && dedicated_storage,
        "continuous backup, analytical storage, materialized views and full-fidelity change feed need a managed identity as default identity, not FirstPartyIdentity",
    )
}

const ANALYTICAL_STORAGE: &str = "enableAnalyticalStorage";
const MATERIALIZED_VIEWS: &str = "enableMaterializedViews";
const FULL_FIDELITY: &str = "enableFullFidelityChangeFeed";
const DEDICATED_STORAGE: [&str; 3] = [ANALYTICAL_STORAGE, MATERIALIZED_VIEWS, FULL_FIDELITY];

fn is_continuous(account: &NewDatabaseAccount) -> bool {
    matches!(account.backup, Some(BackupPolicy::Continuous { .. }))
}

/// Whether a further member of this name is true, in any letter case.
fn switched_on(account: &NewDatabaseAccount, name: &str) -> bool {
    account
        .further
        .iter()
        .any(|(member, value)| member.eq_ignore_ascii_case(name) && *value == Value::Bool(true))
}

fn has_capability(account: &NewDatabaseAccount, wanted: &str) -> bool {
    account
        .capabilities
        .iter()
        .any(|name| name.eq_ignore_ascii_case(wanted))
}

/// Features that a creation cannot have together, or not with a customer-managed key: parts 3 and 4 of
/// https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk. What the guide says of Gremlin and Table accounts with
/// continuous backup, and of several write regions, is left to the service: the former has been seen to work since.
fn features(account: &NewDatabaseAccount) -> Refused {
    refuse_if(
        switched_on(account, FULL_FIDELITY),
        "full-fidelity change feed cannot be enabled together with a customer-managed key",
    )?;
    let continuous = is_continuous(account);
    refuse_if(
        continuous && switched_on(account, ANALYTICAL_STORAGE),
        "analytical storage cannot be created together with continuous backup: enable it on the existing account",
    )?;
    refuse_if(
        continuous && has_capability(account, "EnableCassandra"),
        "continuous backup cannot be enabled together with EnableCassandra",
    )?;
    let no_views = account.kind == AccountKind::MongoDb
        || has_capability(account, "EnableGremlin")
        || has_capability(account, "EnableTable");
    refuse_if(
        no_views && switched_on(account, MATERIALIZED_VIEWS),
        "materialized views are for NoSQL and Cassandra accounts",
    )
}

fn locations(account: &NewDatabaseAccount) -> Refused {
    let locations = &account.locations;
    refuse_if(
        locations.is_empty(),
        "locations must not be empty: an account with a customer-managed key is not created without",
    )?;
    let mut priorities: Vec<_> = locations
        .iter()
        .map(|location| location.failover_priority)
        .collect();
    priorities.sort_unstable();
    refuse_if(
        !priorities.into_iter().eq((0u32..).take(locations.len())),
        "failover priorities must be 0, 1, 2 … without gap or repetition",
    )?;
    let repeated = locations.iter().enumerate().any(|(at, location)| {
        locations
            .iter()
            .take(at)
            .any(|earlier| earlier.name == location.name)
    });
    refuse_if(repeated, "a region is named twice")
}

/// Capabilities that belong to one kind of account, as the service team confirmed them in
/// https://github.com/hashicorp/terraform-provider-azurerm (cosmosdb_account_resource.go).
const OF_MONGO: [&str; 7] = [
    "EnableMongo",
    "EnableMongoRetryableWrites",
    "EnableMongoRoleBasedAccessControl",
    "EnableMongo16MBDocumentSupport",
    "EnableUniqueCompoundNestedDocs",
    "EnableTtlOnCustomPath",
    "EnablePartialUniqueIndex",
];
const NOT_OF_MONGO: [&str; 3] = ["EnableCassandra", "EnableGremlin", "EnableTable"];

fn capabilities(account: &NewDatabaseAccount) -> Refused {
    let has = |wanted: &str| has_capability(account, wanted);
    let mongo = match account.kind {
        AccountKind::MongoDb => Some(true),
        AccountKind::GlobalDocumentDb | AccountKind::Parse => Some(false),
        AccountKind::Unknown(_) => None,
    };
    let misplaced = match mongo {
        Some(true) => NOT_OF_MONGO.iter().find(|name| has(name)),
        Some(false) => OF_MONGO.iter().find(|name| has(name)),
        None => None,
    };
    if let Some(name) = misplaced {
        return Err(format!(
            "capability {name} does not belong to an account of kind {}",
            account.kind
        ));
    }
    refuse_if(
        has("MongoDBv3.4") && !has("EnableMongo"),
        "capability MongoDBv3.4 needs EnableMongo",
    )?;
    // https://learn.microsoft.com/azure/cosmos-db/concepts-limits
    refuse_if(
        has("EnableServerless") && account.locations.len() > 1,
        "a serverless account has one region",
    )
}

fn firewall(account: &NewDatabaseAccount) -> Refused {
    if let Some(rule) = account.ip_rules.iter().find(|rule| !is_range(rule)) {
        let shown: String = rule.chars().take(64).collect();
        return Err(format!(
            "IP rule must be an address or a range such as 203.0.113.0/24, got {shown:?}"
        ));
    }
    let subnets = account
        .virtual_network_rules
        .iter()
        .all(|rule| rule.subnet.is_of_type(SUBNET_TYPE));
    refuse_if(
        !subnets,
        "virtual network rules must name subnets (Microsoft.Network/virtualNetworks/subnets)",
    )
}

const SUBNET_TYPE: &str = "Microsoft.Network/virtualNetworks/subnets";

fn is_range(text: &str) -> bool {
    let (address, bits) = text
        .split_once('/')
        .map_or((text, None), |(address, bits)| (address, Some(bits)));
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let widest = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= widest))
}

/// The reference of `minimalTlsVersion`
/// (https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/create-or-update).
fn tls(account: &NewDatabaseAccount) -> Refused {
    let old = matches!(
        account.minimal_tls_version,
        Some(MinimalTlsVersion::Tls | MinimalTlsVersion::Tls11)
    );
    let only_new =
        account.kind == AccountKind::MongoDb || has_capability(account, "EnableCassandra");
    refuse_if(
        old && only_new,
        "accounts for MongoDB and Cassandra take TLS 1.2 only",
    )
}

fn consistency(account: &NewDatabaseAccount) -> Refused {
    let Some(policy) = &account.consistency else {
        return Ok(());
    };
    let bounds = [policy.max_interval_in_seconds, policy.max_staleness_prefix];
    refuse_if(
        policy.default_level == ConsistencyLevel::BoundedStaleness && bounds.contains(&None),
        "bounded staleness needs both of its bounds",
    )?;
    refuse_if(
        policy
            .max_interval_in_seconds
            .is_some_and(|seconds| !(5..=86_400).contains(&seconds)),
        "the longest lag must be 5 to 86400 seconds",
    )?;
    refuse_if(
        policy
            .max_staleness_prefix
            .is_some_and(|versions| !(1..=2_147_483_647).contains(&versions)),
        "the greatest lag must be 1 to 2147483647 versions",
    )
}

/// Members of `properties` that have a field, or are the service's to say, or that would change what the key means; and
/// members of the account itself, which do nothing here.
const OWNED: [&str; 31] = [
    "keyVaultKeyUri",
    "keyVaultKeyUriVersion",
    "defaultIdentity",
    "customerManagedKeyStatus",
    "locations",
    "readLocations",
    "writeLocations",
    "failoverPolicies",
    "databaseAccountOfferType",
    "publicNetworkAccess",
    "ipRules",
    "ipRangeFilter",
    "virtualNetworkRules",
    "isVirtualNetworkFilterEnabled",
    "networkAclBypass",
    "disableLocalAuth",
    "minimalTlsVersion",
    "consistencyPolicy",
    "capabilities",
    "backupPolicy",
    "enableAutomaticFailover",
    "enableMultipleWriteLocations",
    "provisioningState",
    "documentEndpoint",
    "instanceId",
    "identity",
    "kind",
    "location",
    "tags",
    "properties",
    "sku",
];

fn further(account: &NewDatabaseAccount) -> Refused {
    for (name, value) in &account.further {
        // Letters of other alphabets can fold into these in the service's comparison.
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let shown: String = name.chars().take(64).collect();
            return Err(format!(
                "further member must be named with letters and digits, got {shown:?}"
            ));
        }
        if let Some(owned) = OWNED.iter().find(|owned| owned.eq_ignore_ascii_case(name)) {
            return Err(format!("further member {owned} is not set this way"));
        }
        if has_null(value) {
            return Err(format!(
                "further member {name} holds null, which clears something"
            ));
        }
        let repeated = account
            .further
            .keys()
            .filter(|other| other.eq_ignore_ascii_case(name));
        if repeated.count() > 1 {
            return Err(format!("further member {name} is given twice"));
        }
    }
    Ok(())
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
