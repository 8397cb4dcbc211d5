//! What an account may be: kind, capabilities, regions, and features that exclude each other.

use super::{account::Account, api::Api, default_identity::DefaultIdentity, text, update::Change};
use crate::{SimCloud, regions};
use serde_json::{Map, Value};

type Properties = Map<String, Value>;

/// Capability to the only kind that takes it; the others go with every kind
/// (<https://github.com/hashicorp/terraform-provider-azurerm>, `cosmosdb_account_resource.go`, confirmed by the service's team).
const OF_MONGO: [&str; 7] = [
    "EnableMongo",
    "EnableMongo16MBDocumentSupport",
    "EnableMongoRetryableWrites",
    "EnableMongoRoleBasedAccessControl",
    "EnablePartialUniqueIndex",
    "EnableTtlOnCustomPath",
    "EnableUniqueCompoundNestedDocs",
];
const OF_DOCUMENTS: [&str; 3] = ["EnableCassandra", "EnableGremlin", "EnableTable"];

/// What of a new account can be refused at once. Only the sentences of [`text`] have a source; the rules are those of the schema.
pub(super) fn of_new(cloud: SimCloud, kind: &str, properties: &Properties) -> Result<(), String> {
    if !["GlobalDocumentDB", "MongoDB", "Parse"].contains(&kind) {
        return Err(format!("The kind '{kind}' is not supported."));
    }
    let offer = properties.get("databaseAccountOfferType");
    of_offer(offer.unwrap_or(&Value::Null))?;
    of_capabilities(kind, properties)?;
    if let Some(list) = properties.get("locations") {
        of_regions(cloud, list)?;
    }
    of_api(Api::of(kind, properties), properties)?;
    if is_continuous(properties) && flag(properties, "enableAnalyticalStorage") {
        return Err(text::CONTINUOUS_WITH_ANALYTICS.to_owned());
    }
    Ok(())
}

fn of_offer(offer: &Value) -> Result<(), String> {
    if offer == "Standard" {
        return Ok(());
    }
    Err("The databaseAccountOfferType of the account must be Standard.".to_owned())
}

fn of_capabilities(kind: &str, properties: &Properties) -> Result<(), String> {
    for name in names_of_capabilities(properties)? {
        let others = if OF_MONGO.contains(&name) {
            kind != "MongoDB"
        } else {
            OF_DOCUMENTS.contains(&name) && kind == "MongoDB"
        };
        if others {
            return Err(format!(
                "The capability '{name}' is not supported for accounts of kind '{kind}'."
            ));
        }
    }
    Ok(())
}

fn names_of_capabilities(properties: &Properties) -> Result<Vec<&str>, String> {
    let list = match properties.get("capabilities") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(list) => list.as_array(),
    };
    list.into_iter()
        .flatten()
        .map(|one| one.get("name").and_then(Value::as_str))
        .collect::<Option<Vec<_>>>()
        .filter(|_| list.is_some())
        .ok_or_else(|| "The capabilities of the account are not valid.".to_owned())
}

/// Regions that are known, with priorities from 0 on, each once
/// (<https://learn.microsoft.com/azure/templates/microsoft.documentdb/databaseaccounts>).
fn of_regions(cloud: SimCloud, list: &Value) -> Result<(), String> {
    let invalid = || "The locations of the database account are not valid.".to_owned();
    let list = list.as_array().filter(|list| !list.is_empty());
    let list = list.ok_or_else(invalid)?;
    let mut priorities = Vec::new();
    for region in list {
        let name = region.get("locationName").and_then(Value::as_str);
        let name = name.ok_or_else(invalid)?;
        if !regions::is_known(cloud, name) {
            return Err(format!("The location '{name}' is not supported."));
        }
        let priority = match region.get("failoverPriority") {
            None | Some(Value::Null) => Some(0),
            Some(value) => value.as_u64(),
        };
        priorities.push(priority.ok_or_else(invalid)?);
    }
    priorities.sort_unstable();
    if priorities.iter().copied().eq(0..list.len() as u64) {
        Ok(())
    } else {
        Err(
            "The failover priorities of the locations must be unique, from 0 to one less than their number."
                .to_owned(),
        )
    }
}

/// 4.2: the other APIs of that list have continuous backup by now (recorded).
fn of_api(api: Api, settings: &Properties) -> Result<(), String> {
    if api == Api::Cassandra && is_continuous(settings) {
        return Err(text::CONTINUOUS_WITH_CASSANDRA.to_owned());
    }
    Ok(())
}

/// What of the features of an account under a customer's key is refused while its default identity is the first party: 3.2.
pub(super) fn of_default_identity(
    default: &DefaultIdentity,
    has_key: bool,
    settings: &Properties,
) -> Result<(), String> {
    let dedicated = is_continuous(settings) || flag(settings, "enableAnalyticalStorage");
    if has_key && dedicated && matches!(default, DefaultIdentity::FirstParty { .. }) {
        return Err(text::FIRST_PARTY_WITH_DEDICATED_STORAGE.to_owned());
    }
    Ok(())
}

/// What an update would change of an account that it may not, or not together.
pub(super) fn of_update(cloud: SimCloud, account: &Account, change: &Change) -> Result<(), String> {
    let before = &account.settings;
    let changed = change
        .settings
        .iter()
        .filter(|(name, value)| account.setting(name).as_ref() != Some(value))
        .count();
    if let Some(offer) = change.settings.get("databaseAccountOfferType") {
        of_offer(offer)?;
    }
    if let Some(list) = &change.regions {
        of_regions(cloud, &Value::Array(list.clone()))?;
        // Known from azurerm's source alone, see `OF_MONGO`; without a text.
        if !are_same(list, &account.regions) && changed > 0 {
            return Err(
                "Regions of the account and other properties cannot be changed at the same time."
                    .to_owned(),
            );
        }
    }
    let after = merged(before, &change.settings);
    of_capabilities(&account.kind, &after)?;
    of_api(Api::of(&account.kind, &after), &after)?;
    if is_continuous(before) && !is_continuous(&after) {
        return Err(text::CONTINUOUS_STAYS.to_owned());
    }
    let tags = change.tags.as_ref();
    // That regions stand beside it is enough, even as they are: https://github.com/Azure/bicep-types-az/issues/1940
    let others = changed > 1
        || change.regions.is_some()
        || change.identity.is_some()
        || change.default_identity.is_some()
        || tags.is_some_and(|tags| *tags != account.tags);
    if is_continuous(&after) && !is_continuous(before) && others {
        return Err(text::CONTINUOUS_BESIDE_OTHERS.to_owned());
    }
    if flag(before, "enableAnalyticalStorage") && !flag(&after, "enableAnalyticalStorage") {
        return Err(text::ANALYTICS_STAY.to_owned());
    }
    let default = change.default_identity.as_ref();
    let default = DefaultIdentity::parse(default.unwrap_or(&account.default_identity));
    let default = default.unwrap_or(DefaultIdentity::Undefined);
    of_default_identity(&default, account.key.is_some(), &after)
}

/// Whether two lists name the same regions, with what else an account shows of them left out.
fn are_same(one: &[Value], other: &[Value]) -> bool {
    let key = |region: &Value| {
        let name = region.get("locationName").and_then(Value::as_str);
        let priority = region.get("failoverPriority").and_then(Value::as_u64);
        let zones = region.get("isZoneRedundant").and_then(Value::as_bool);
        (
            regions::name(name.unwrap_or_default()),
            priority.unwrap_or_default(),
            zones.unwrap_or_default(),
        )
    };
    let sorted = |list: &[Value]| {
        let mut keys: Vec<_> = list.iter().map(key).collect();
        keys.sort_unstable();
        keys
    };
    sorted(one) == sorted(other)
}

/// Whether an account that exists can come under a customer's key
/// (<https://learn.microsoft.com/azure/cosmos-db/how-to-setup-customer-managed-keys-existing-accounts>; the text has no source).
pub(super) fn of_first_key(account: &Account) -> Result<(), String> {
    let default = DefaultIdentity::parse(&account.default_identity);
    let default = default.unwrap_or(DefaultIdentity::Undefined);
    of_default_identity(&default, true, &account.settings)?;
    match Api::of(&account.kind, &account.settings) {
        Api::Cassandra => Err(
            "Customer Managed Key enablement on an existing Cassandra account is not supported."
                .to_owned(),
        ),
        _ => Ok(()),
    }
}

fn merged(before: &Properties, change: &Properties) -> Properties {
    let mut after = before.clone();
    after.extend(
        change
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    after
}

fn is_continuous(settings: &Properties) -> bool {
    let policy = settings.get("backupPolicy");
    let kind = policy.and_then(|policy| policy.get("type"));
    let kind = kind.and_then(Value::as_str);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Continuous"))
}

fn flag(settings: &Properties, name: &str) -> bool {
    settings.get(name).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::{DefaultIdentity, of_default_identity, of_new};
    use crate::SimCloud;
    use serde_json::{Value, json};

    fn refusal(kind: &str, change: &Value) -> Option<String> {
        let mut properties = json!({
            "databaseAccountOfferType": "Standard",
            "locations": [{"locationName": "West Europe", "failoverPriority": 0}],
        });
        for (name, value) in change.as_object().unwrap() {
            properties[name] = value.clone();
        }
        of_new(SimCloud::Public, kind, properties.as_object().unwrap()).err()
    }

    #[test]
    fn kinds_and_their_capabilities_are_known() {
        let capable = |name: &str| json!({"capabilities": [{"name": name}]});
        assert_eq!(refusal("GlobalDocumentDB", &json!({})), None);
        assert_eq!(refusal("MongoDB", &capable("EnableMongo")), None);
        assert_eq!(refusal("Parse", &capable("EnableTable")), None);
        assert_eq!(refusal("MongoDB", &capable("EnableServerless")), None);
        for (kind, change) in [
            ("Foo", json!({})),
            ("GlobalDocumentDB", capable("EnableMongo")),
            ("MongoDB", capable("EnableCassandra")),
            ("MongoDB", json!({"capabilities": ["EnableMongo"]})),
            ("MongoDB", json!({"databaseAccountOfferType": null})),
        ] {
            assert!(refusal(kind, &change).is_some(), "{kind} {change}");
        }
    }

    #[test]
    fn regions_are_known_and_their_priorities_in_order() {
        let regions = |list: Value| refusal("GlobalDocumentDB", &json!({"locations": list}));
        let one =
            |name: &str, priority: u64| json!({"locationName": name, "failoverPriority": priority});
        assert_eq!(regions(json!([one("eastus", 1), one("West US", 0)])), None);
        for wrong in [
            json!(["West Europe"]),
            json!([one("Atlantis", 0)]),
            json!([one("eastus", 7)]),
            json!([one("eastus", 0), one("westus", 0)]),
            json!([{"locationName": "eastus", "failoverPriority": "0"}]),
            json!("eastus"),
            json!([]),
        ] {
            assert!(regions(wrong.clone()).is_some(), "{wrong}");
        }
    }

    #[test]
    fn dedicated_storage_under_a_key_wants_an_identity_of_the_account() {
        let first_party = DefaultIdentity::FirstParty { federated: None };
        let settings = json!({"backupPolicy": {"type": "Continuous"}});
        let fit = |default: &DefaultIdentity, has_key: bool, settings: &Value| {
            of_default_identity(default, has_key, settings.as_object().unwrap()).is_ok()
        };
        assert!(!fit(&first_party, true, &settings));
        assert!(!fit(
            &first_party,
            true,
            &json!({"enableAnalyticalStorage": true})
        ));
        assert!(fit(&first_party, false, &settings));
        assert!(fit(&first_party, true, &json!({})));
        assert!(fit(&DefaultIdentity::Undefined, true, &settings));
    }

    #[test]
    fn continuous_backup_excludes_what_it_is_documented_to() {
        let continuous = json!({"type": "Continuous"});
        let with = |name: &str, value: Value| {
            refusal(
                "GlobalDocumentDB",
                &json!({"backupPolicy": continuous, name: value}),
            )
        };
        let cassandra = json!([{"name": "EnableCassandra"}]);
        let text = with("capabilities", cassandra).unwrap();
        assert!(text.ends_with("together with Cassandra database account"));
        let text = with("enableAnalyticalStorage", json!(true)).unwrap();
        assert!(text.ends_with("together with Storage Analytics feature."));
        assert_eq!(with("enableAnalyticalStorage", json!(false)), None);
    }
}
