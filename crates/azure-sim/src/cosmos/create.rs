//! `PUT` on an account: making it, and the operation that decides at its end whether the key could be reached.

use super::{
    NAMESPACE,
    account::{Account, CustomerKey, State},
    bad_request, chain,
    chain::Broken,
    default_identity::DefaultIdentity,
    holder::Holder,
    identity::AccountIdentity,
    key_uri::KeyUri,
    refuse, regions, rules,
    since::{DEFAULT_IDENTITY, IDENTITY},
    text::{self, Revocation},
    update,
};
use crate::{
    CreationRefusal, SimResponse,
    agenda::Work,
    arm::{ArmCall, error, operations::Outcome},
    provider_call::admit,
    world::World,
};
use serde_json::{Map, Value};

type Answer = Result<SimResponse, SimResponse>;

/// Members of a body outside `properties`.
const MEMBERS: [&str; 9] = [
    "location",
    "kind",
    "tags",
    "identity",
    "properties",
    "id",
    "name",
    "type",
    "systemData",
];

/// Settings that are stored and echoed
/// (<https://learn.microsoft.com/azure/templates/microsoft.documentdb/databaseaccounts>).
const SETTINGS: [&str; 31] = [
    "analyticalStorageConfiguration",
    "apiProperties",
    "backupPolicy",
    "capabilities",
    "capacity",
    "connectorOffer",
    "consistencyPolicy",
    "cors",
    "createMode",
    "databaseAccountOfferType",
    "defaultPriorityLevel",
    "diagnosticLogSettings",
    "disableKeyBasedMetadataWriteAccess",
    "disableLocalAuth",
    "enableAnalyticalStorage",
    "enableAutomaticFailover",
    "enableBurstCapacity",
    "enableCassandraConnector",
    "enableFreeTier",
    "enableMultipleWriteLocations",
    "enablePartitionMerge",
    "enablePerRegionPerPartitionAutoscale",
    "enablePriorityBasedExecution",
    "ipRules",
    "isVirtualNetworkFilterEnabled",
    "minimalTlsVersion",
    "networkAclBypass",
    "networkAclBypassResourceIds",
    "publicNetworkAccess",
    "restoreParameters",
    "virtualNetworkRules",
];

/// Since this version an account can name a key
/// (<https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk>, section 1.4).
const KEY_SINCE: &str = "2019-12-12";

pub(super) fn put(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    let action = format!("{NAMESPACE}/databaseAccounts/write");
    admit(world, call, &action, NAMESPACE)?;
    let existing = world.cosmos.accounts.get(&name.to_lowercase());
    let Some(existing) = existing else {
        return create(world, call, name);
    };
    if !existing.id.eq_ignore_ascii_case(&call.path.id()) {
        return Err(bad_request(world, &text::dns_name_taken(name)));
    }
    match existing.state {
        State::Failed => Err(bad_request(world, &text::failed_provisioning_state(name))),
        state if state.is_busy() => Err(busy(world, name)),
        _ => update::put(world, call, name),
    }
}

/// One write at a time, 412 and not 409.
pub(super) fn busy(world: &mut World, name: &str) -> SimResponse {
    refuse(
        world,
        412,
        "PreconditionFailed",
        &text::exclusive_lock(name),
    )
}

/// Notes members that no version knows, and returns the properties.
pub(super) fn properties(world: &mut World, call: &ArmCall<'_>) -> Map<String, Value> {
    let mut known = MEMBERS.to_vec();
    if !IDENTITY.includes(&call.api_version) {
        known.retain(|member| *member != "identity");
    }
    world.note_unknown("databaseAccounts", &call.body, &known);
    let mut known = SETTINGS.to_vec();
    known.extend([
        "locations",
        "keyVaultKeyUri",
        "defaultIdentity",
        "customerManagedKeyStatus",
    ]);
    if !DEFAULT_IDENTITY.includes(&call.api_version) {
        known.retain(|member| *member != "defaultIdentity");
    }
    let properties = call.body.get("properties").cloned().unwrap_or_default();
    world.note_unknown("databaseAccounts.properties", &properties, &known);
    match properties {
        Value::Object(mut members) => {
            if !DEFAULT_IDENTITY.includes(&call.api_version) {
                members.remove("defaultIdentity");
            }
            members
        }
        _ => Map::new(),
    }
}

/// The `identity` of a body, where its api-version knows it: older ones take no notice.
pub(super) fn identity<'a>(call: &'a ArmCall<'_>) -> Option<&'a Value> {
    let sent = call.body.get("identity").filter(|sent| !sent.is_null());
    sent.filter(|_| IDENTITY.includes(&call.api_version))
}

/// What of the properties is stored as it came.
pub(super) fn settings(properties: &Map<String, Value>) -> Map<String, Value> {
    properties
        .iter()
        .filter(|(name, value)| SETTINGS.contains(&name.as_str()) && !value.is_null())
        .filter(|(name, _)| !["createMode", "restoreParameters"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Reads `keyVaultKeyUri`: the refusals 1.3 and 1.4.
pub(super) fn key_uri(
    world: &mut World,
    call: &ArmCall<'_>,
    value: &Value,
) -> Result<(String, KeyUri), SimResponse> {
    // Versions are written so that they sort by age.
    if call.api_version.as_str() < KEY_SINCE || value.is_null() {
        return Err(bad_request(world, text::KEY_URI_NOT_SUPPORTED));
    }
    let sent = value.as_str().unwrap_or_default();
    match KeyUri::parse(sent, world.options.cloud) {
        Some(uri) => Ok((sent.to_owned(), uri)),
        None => Err(bad_request(world, &text::invalid_key_uri(sent))),
    }
}

/// Whether a name has the pattern of the specification, 3 to 44 characters.
fn is_valid_name(name: &str) -> bool {
    (3..=44).contains(&name.len())
        && name.split('-').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        })
}

fn create(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    let properties = properties(world, call);
    let location = call
        .body
        .get("location")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| {
            error::error(
                400,
                "LocationRequired",
                "The location property is required for this definition.",
            )
        })?;
    if !is_valid_name(name) {
        let message = format!(
            "Database account name '{name}' is not valid. It must be 3 to 44 lower-case letters, digits and hyphens."
        );
        return Err(bad_request(world, &message));
    }
    let now = world.now;
    let reserved = world.cosmos.reserved.get(&name.to_lowercase());
    if reserved.is_some_and(|until| now < *until) {
        return Err(bad_request(world, &text::dns_name_taken(name)));
    }
    let key = match properties.get("keyVaultKeyUri") {
        None | Some(Value::Null) => None,
        Some(value) => Some(key_uri(world, call, value)?.0),
    };
    let regions = properties
        .get("locations")
        .and_then(Value::as_array)
        .cloned();
    let Some(regions) = regions.filter(|regions| !regions.is_empty()) else {
        // "locations must be set explicitly": https://learn.microsoft.com/azure/cosmos-db/how-to-setup-customer-managed-keys
        return Err(bad_request(
            world,
            "The locations of the database account must be set explicitly.",
        ));
    };
    let identity = match identity(call) {
        Some(sent) => AccountIdentity::default().changed(world, call, sent)?,
        None => AccountIdentity::default(),
    };
    let default_identity = properties
        .get("defaultIdentity")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    check_default(world, name, &default_identity, &identity, &properties)?;
    let kind = call.body.get("kind").and_then(Value::as_str);
    let kind = kind.unwrap_or("GlobalDocumentDB");
    let cloud = world.options.cloud;
    regions::require(cloud, "Microsoft.DocumentDB/databaseAccounts", &location)?;
    let fit = rules::of_new(cloud, kind, &properties);
    fit.map_err(|problem| bad_request(world, &problem))?;
    let tenant = update::tenant_of(world, call);
    let account = Account {
        id: format!(
            "/subscriptions/{}/resourceGroups/{}/providers/{NAMESPACE}/databaseAccounts/{name}",
            call.path.subscription(),
            call.path.group()
        ),
        subscription: call.path.subscription().to_owned(),
        group: call.path.group().to_owned(),
        name: name.to_owned(),
        tenant,
        location: regions::name(&location),
        kind: kind.to_owned(),
        tags: update::tags(&call.body).unwrap_or_default(),
        settings: settings(&properties),
        regions,
        identity,
        default_identity,
        key: key.map(|uri| CustomerKey {
            uri,
            tenant: String::new(),
            version: None,
            revoked: None,
            turns_at: None,
            follows_at: None,
        }),
        state: State::Creating,
        created: now,
        instance: world.new_guid(),
    };
    let answer = SimResponse::json(200, &account.render(world, &call.api_version));
    world.cosmos.accounts.insert(name.to_lowercase(), account);
    world.changed_account(name);
    let takes = world.delay(world.options.lag.account_create);
    let work = Work::AccountCreate {
        account: name.to_lowercase(),
        quoted: world.new_guid(),
    };
    let operation = world.begin_operation(call.path.subscription(), takes, work);
    Ok(update::with_operation(
        world, call, name, answer, &operation,
    ))
}

/// What of `defaultIdentity` is refused before anything is made.
fn check_default(
    world: &mut World,
    name: &str,
    text: &str,
    identity: &AccountIdentity,
    properties: &Map<String, Value>,
) -> Result<(), SimResponse> {
    let Some(default) = DefaultIdentity::parse(text) else {
        return Err(bad_request(world, &text::invalid_default_identity(name)));
    };
    match &default {
        DefaultIdentity::Undefined | DefaultIdentity::Delegated => {
            return Err(bad_request(world, &text::invalid_default_identity(name)));
        }
        DefaultIdentity::FirstParty { federated: Some(_) } => {
            return Err(bad_request(world, text::FEDERATED_FIRST_PARTY));
        }
        DefaultIdentity::FirstParty { federated: None } => {
            let has_key = properties.contains_key("keyVaultKeyUri");
            let fit = rules::of_default_identity(&default, has_key, properties);
            return fit.map_err(|problem| bad_request(world, &problem));
        }
        // Refused by the operation, 1.6.
        DefaultIdentity::SystemAssigned { .. } => {}
        DefaultIdentity::UserAssigned { .. } => {
            if !identity.carries(&default) {
                return Err(bad_request(world, text::IDENTITY_NOT_ON_ACCOUNT));
            }
        }
    }
    Ok(())
}

/// The end of a creation: the account comes up, or it stays behind as a husk. Whether it does where the key was not reached
/// is an assumption.
pub(crate) fn finish(
    world: &mut World,
    name: &str,
    operation: &str,
    doom: Option<Outcome>,
) -> Outcome {
    if let (Some(_), Some(account)) = (&doom, world.cosmos.accounts.get_mut(name)) {
        account.state = State::Failed;
        world.changed_account(name);
    }
    if let Some(doom) = doom {
        return doom;
    }
    let Some(account) = world.cosmos.accounts.get(name).cloned() else {
        return Outcome::Failed {
            code: "NotFound".to_owned(),
            message: "The database account was deleted.".to_owned(),
        };
    };
    let result = if account
        .default_identity
        .starts_with("SystemAssignedIdentity")
    {
        Err(("BadRequest", text::SYSTEM_ASSIGNED_AT_CREATION.to_owned()))
    } else if account.key.is_some() {
        chain::reach(world, &account)
            .map(Some)
            .map_err(|broken| refusal(world, &broken))
    } else {
        Ok(None)
    };
    let tenant = account
        .key
        .as_ref()
        .map(|key| vault_tenant(world, &key.uri))
        .unwrap_or_default();
    let activity = world.new_guid();
    let leaves_husk = world.options.assumptions.failed_creation_leaves_husk;
    world.changed_account(name);
    if result.is_err() && !leaves_husk {
        world.cosmos.accounts.remove(name);
    }
    match result {
        Ok(version) => {
            come_up(world, name, version, tenant);
            Outcome::Succeeded
        }
        Err((code, inner)) => {
            if let Some(account) = world.cosmos.accounts.get_mut(name) {
                account.state = State::Failed;
            }
            Outcome::Failed {
                code: code.to_owned(),
                message: text::with_activity(&text::creation_failed(operation, &inner), &activity),
            }
        }
    }
}

/// The account is up, under this version of a key of this tenant if it has one.
fn come_up(world: &mut World, name: &str, version: Option<String>, tenant: String) {
    let Some(account) = world.cosmos.accounts.get_mut(name) else {
        return;
    };
    account.state = State::Succeeded;
    if account.default_identity.is_empty() {
        // Recorded: echoed empty, then first-party.
        account.default_identity = "FirstPartyIdentity".to_owned();
    }
    if let Some(key) = &mut account.key {
        key.version = version;
        key.tenant = tenant;
    }
}

/// The tenant of the vault or managed HSM that a key URI names.
pub(super) fn vault_tenant(world: &World, uri: &str) -> String {
    let uri = KeyUri::parse(uri, world.options.cloud);
    uri.and_then(|uri| Some(Holder::named(world, &uri)?.tenant().to_owned()))
        .unwrap_or_default()
}

/// What the service says about a chain that does not hold, in the words of
/// <https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk>: only a firewall is told apart.
pub(super) fn refusal(world: &World, broken: &Broken) -> (&'static str, String) {
    let quoted = world.options.assumptions.account_creation_refusal == CreationRefusal::Quoted;
    match &broken.quote {
        Some((code, text)) if quoted || broken.code == Revocation::Outbound => {
            (*code, text.clone())
        }
        _ => ("ServiceUnavailable", text::CONTACTING_KEY_VAULT.to_owned()),
    }
}
