//! Changing an account: one concern at a time, old values until the operation has ended.

use super::{
    NAMESPACE,
    account::{Account, CustomerKey, State},
    bad_request, chain,
    create::{busy, identity, key_uri, properties, refusal, settings, vault_tenant},
    default_identity::DefaultIdentity,
    holder::Holder,
    identity::AccountIdentity,
    key_uri::KeyUri,
    regions, rules,
    since::DEFAULT_IDENTITY,
    text,
};
use crate::{
    SimResponse,
    agenda::Work,
    arm::{ArmCall, error, operations::Outcome},
    provider_call::admit,
    world::World,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

type Answer = Result<SimResponse, SimResponse>;

/// What an update changes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(super) identity: Option<AccountIdentity>,
    pub(super) default_identity: Option<String>,
    key: Option<(String, KeyUri)>,
    pub(super) tags: Option<Map<String, Value>>,
    pub(super) settings: Map<String, Value>,
    pub(super) regions: Option<Vec<Value>>,
}

impl Change {
    /// Whether an account has all of it already.
    fn is_nothing_to(&self, account: &Account) -> bool {
        let same = |(name, value): (&String, &Value)| account.settings.get(name) == Some(value);
        self.identity.is_none()
            && self.default_identity.is_none()
            && self.key.is_none()
            && self.tags.as_ref().is_none_or(|tags| *tags == account.tags)
            && self.settings.iter().all(same)
            && self
                .regions
                .as_ref()
                .is_none_or(|regions| *regions == account.regions)
    }

    fn has_others(&self) -> bool {
        self.tags.is_some() || !self.settings.is_empty() || self.regions.is_some()
    }
}

pub(super) fn patch(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    let action = format!("{NAMESPACE}/databaseAccounts/write");
    admit(world, call, &action, NAMESPACE)?;
    let account = find(world, call, name)?;
    match account.state {
        State::Failed => {
            return Err(bad_request(world, &text::failed_provisioning_state(name)));
        }
        state if state.is_busy() => return Err(busy(world, name)),
        _ => {}
    }
    let properties = properties(world, call);
    let change = read(world, call, &account, &properties)?;
    if change.key.is_some()
        && (change.identity.is_some() || change.default_identity.is_some() || change.has_others())
    {
        // Their mere presence counts: https://github.com/Azure/azure-service-operator/issues/5560
        return Err(bad_request(world, text::KEY_BESIDE_OTHERS));
    }
    apply(world, call, &account, change)
}

/// A full `PUT` on an account that is up. What it leaves out of the key settings is taken as the default.
pub(super) fn put(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    let account = find(world, call, name)?;
    check_fixed(world, call, &account)?;
    let mut properties = properties(world, call);
    // https://github.com/hashicorp/terraform-provider-azurerm/issues/22466
    if DEFAULT_IDENTITY.includes(&call.api_version) {
        properties
            .entry("defaultIdentity")
            .or_insert_with(|| "FirstPartyIdentity".into());
    }
    if properties.get("keyVaultKeyUri")
        == account
            .key
            .as_ref()
            .map(|key| Value::from(key.uri.clone()))
            .as_ref()
    {
        properties.remove("keyVaultKeyUri");
    }
    let mut change = read(world, call, &account, &properties)?;
    change.tags = Some(change.tags.unwrap_or_default());
    if change.key.is_some() {
        return Err(bad_request(world, text::KEY_BESIDE_OTHERS));
    }
    // What is as it was is no change.
    change.identity = change.identity.filter(|next| *next != account.identity);
    change.default_identity = change
        .default_identity
        .filter(|next| !next.eq_ignore_ascii_case(&account.default_identity));
    if change.is_nothing_to(&account) {
        // Recorded: an operation too, but the account is up in its answer.
        let subscription = call.path.subscription();
        let takes = world.delay(world.options.lag.account_update);
        let operation = world.begin_operation(subscription, takes, Work::Nothing);
        let shown = account.render(world, &call.api_version);
        let answer = SimResponse::json(200, &shown);
        return Ok(with_operation(world, call, name, answer, &operation));
    }
    apply(world, call, &account, change)
}

/// Where an account is and of which kind are fixed when it is made. That of the kind has no text of Azure's.
fn check_fixed(
    world: &mut World,
    call: &ArmCall<'_>,
    account: &Account,
) -> Result<(), SimResponse> {
    let sent = |member: &str| call.body.get(member).and_then(Value::as_str);
    if let Some(location) = sent("location").map(regions::name)
        && location != account.location
    {
        return Err(error::other_location(
            &account.name,
            &account.group,
            &account.location,
            &location,
        ));
    }
    if sent("kind").is_some_and(|kind| kind != account.kind) {
        return Err(bad_request(
            world,
            "The kind of the database account cannot be changed.",
        ));
    }
    Ok(())
}

/// Reads a body against an account, and refuses what makes no sense by itself.
fn read(
    world: &mut World,
    call: &ArmCall<'_>,
    account: &Account,
    properties: &Map<String, Value>,
) -> Result<Change, SimResponse> {
    let mut change = Change {
        tags: tags(&call.body),
        settings: settings(properties),
        regions: properties
            .get("locations")
            .and_then(Value::as_array)
            .cloned(),
        ..Change::default()
    };
    // The CLI sends an empty `apiProperties` beside everything (recorded), today with a null `ServerVersion` in it; its
    // `update --key-uri` is documented to work: https://learn.microsoft.com/azure/cosmos-db/how-to-setup-customer-managed-keys-existing-accounts
    change.settings.retain(|name, value| {
        let is_empty = |value: &Value| {
            let members = value.as_object();
            members.is_some_and(|members| members.values().all(Value::is_null))
        };
        name != "apiProperties" || !is_empty(value)
    });
    if let Some(sent) = identity(call) {
        change.identity = Some(account.identity.changed(world, call, sent)?);
    }
    if account.is_revoked() && (change.has_others() || properties.contains_key("keyVaultKeyUri")) {
        return Err(bad_request(world, text::NO_UPDATE_WHILE_REVOKED));
    }
    if let Some(value) = properties.get("keyVaultKeyUri") {
        if value.is_null() && account.key.is_none() {
            return Ok(change);
        }
        change.key = Some(key_uri(world, call, value)?);
    }
    if let Some(value) = properties.get("defaultIdentity") {
        change.default_identity = Some(value.as_str().unwrap_or_default().to_owned());
    }
    Ok(change)
}

fn apply(world: &mut World, call: &ArmCall<'_>, account: &Account, mut change: Change) -> Answer {
    let both = change.identity.is_some() && change.default_identity.is_some();
    if both && world.options.assumptions.identity_beside_default_is_ignored {
        // Azure bug 2209567: 200, succeeded, nothing changed
        // (https://github.com/hashicorp/terraform-provider-azurerm/pull/21780).
        change.identity = None;
        change.default_identity = None;
    }
    let carried = change
        .identity
        .as_ref()
        .unwrap_or(&account.identity)
        .clone();
    if let Some(next) = &change.default_identity {
        check_default(world, account, next, &carried)?;
    }
    if let (Some((_, uri)), Some(key)) = (&change.key, &account.key) {
        let holder = Holder::named(world, uri).filter(Holder::is_live);
        let tenant = holder.map(|holder| holder.tenant().to_owned());
        if let Some(tenant) = tenant.filter(|tenant| *tenant != key.tenant) {
            let message = text::other_key_tenant(&tenant, &key.tenant);
            return Err(bad_request(world, &message));
        }
    }
    let fit = rules::of_update(world.options.cloud, account, &change);
    fit.map_err(|problem| bad_request(world, &problem))?;
    if change.key.is_some() && account.key.is_none() {
        let fit = rules::of_first_key(account);
        fit.map_err(|problem| bad_request(world, &problem))?;
    }
    let name = account.name.to_lowercase();
    if let Some(stored) = world.cosmos.accounts.get_mut(&name) {
        stored.state = State::Updating;
    }
    world.changed_account(&name);
    let takes = world.delay(world.options.lag.account_update);
    let work = Work::AccountUpdate {
        account: name.clone(),
        change: Box::new(change),
    };
    let operation = world.begin_operation(call.path.subscription(), takes, work);
    let shown = find(world, call, &name)?.render(world, &call.api_version);
    let answer = SimResponse::json(200, &shown);
    Ok(with_operation(
        world,
        call,
        &account.name,
        answer,
        &operation,
    ))
}

/// Which default identities an account can change to.
fn check_default(
    world: &mut World,
    account: &Account,
    next: &str,
    carried: &AccountIdentity,
) -> Result<(), SimResponse> {
    let parsed = DefaultIdentity::parse(next).filter(|_| !next.is_empty());
    let was_federated = DefaultIdentity::parse(&account.default_identity)
        .is_some_and(|before| before.federated_client().is_some());
    let problem = match &parsed {
        None | Some(DefaultIdentity::Undefined | DefaultIdentity::Delegated) => {
            text::invalid_default_identity(&account.name)
        }
        Some(DefaultIdentity::SystemAssigned { federated })
            if federated.is_some() || was_federated =>
        {
            text::FEDERATED_SYSTEM_ASSIGNED.to_owned()
        }
        Some(DefaultIdentity::FirstParty { federated }) if federated.is_some() || was_federated => {
            text::FEDERATED_FIRST_PARTY.to_owned()
        }
        // https://github.com/hashicorp/terraform-provider-azurerm/issues/28095
        Some(default) if !carried.carries(default) => text::IDENTITY_NOT_ON_ACCOUNT.to_owned(),
        Some(_) => return Ok(()),
    };
    Err(bad_request(world, &problem))
}

pub(crate) fn finish(
    world: &mut World,
    name: &str,
    change: Change,
    doom: Option<Outcome>,
) -> Outcome {
    world.changed_account(name);
    let Some(mut account) = world.cosmos.accounts.get(name).cloned() else {
        return Outcome::Succeeded;
    };
    account.state = State::Succeeded;
    if let Some(doom) = doom {
        world.cosmos.accounts.insert(name.to_owned(), account);
        return doom;
    }
    let mut outcome = Outcome::Succeeded;
    if let Some(identity) = change.identity {
        let default = DefaultIdentity::parse(&account.default_identity);
        let lost = default.is_none_or(|default| !identity.carries(&default));
        account.identity = identity;
        if lost {
            // Recorded: no error, and adding the identity again does not bring it back.
            account.default_identity = "Undefined".to_owned();
        }
    }
    if let Some(default) = change.default_identity {
        account.default_identity = default;
    }
    if let Some((uri, _)) = change.key {
        let before = account.key.take();
        account.key = Some(CustomerKey {
            tenant: vault_tenant(world, &uri),
            uri,
            version: None,
            revoked: None,
            turns_at: None,
            follows_at: None,
        });
        match chain::reach(world, &account) {
            Ok(version) => {
                if let Some(key) = &mut account.key {
                    key.version = Some(version);
                }
            }
            Err(broken) => {
                let (code, message) = refusal(world, &broken);
                let activity = world.new_guid();
                account.key = before;
                outcome = Outcome::Failed {
                    code: code.to_owned(),
                    message: text::with_activity(&message, &activity),
                };
            }
        }
    }
    if let Some(tags) = change.tags {
        account.tags = tags;
    }
    account.settings.extend(change.settings);
    if let Some(regions) = change.regions {
        account.regions = regions;
    }
    world.cosmos.accounts.insert(name.to_owned(), account);
    outcome
}

/// A copy of the account at this path.
pub(super) fn find(world: &World, call: &ArmCall<'_>, name: &str) -> Result<Account, SimResponse> {
    world
        .cosmos
        .accounts
        .get(&name.to_lowercase())
        .filter(|account| {
            account
                .subscription
                .eq_ignore_ascii_case(call.path.subscription())
                && account.group.eq_ignore_ascii_case(call.path.group())
        })
        .cloned()
        .ok_or_else(|| {
            error::resource_not_found(
                &format!("{NAMESPACE}/databaseAccounts/{name}"),
                call.path.group(),
            )
        })
}

pub(super) fn tags(body: &Value) -> Option<Map<String, Value>> {
    body.get("tags").and_then(Value::as_object).cloned()
}

/// The tenant of the call's subscription.
pub(super) fn tenant_of(world: &World, call: &ArmCall<'_>) -> String {
    let subscription = call.path.subscription().to_lowercase();
    let found = world.arm.subscriptions.get(&subscription);
    found.map(|found| found.tenant.clone()).unwrap_or_default()
}

/// The headers of a started operation (recorded).
pub(super) fn with_operation(
    world: &World,
    call: &ArmCall<'_>,
    name: &str,
    answer: SimResponse,
    operation: &str,
) -> SimResponse {
    let arm = world.options.cloud.arm_host();
    let subscription = call.path.subscription();
    let location = world
        .cosmos
        .accounts
        .get(&name.to_lowercase())
        .map_or("", |account| account.location.as_str());
    let version = &call.api_version;
    let provider = format!(
        "https://{arm}/subscriptions/{subscription}/providers/{NAMESPACE}/locations/{location}"
    );
    let result = if call.method == "DELETE" {
        format!("{provider}/operationResults/{operation}?api-version={version}")
    } else {
        format!(
            "https://{arm}{}/operationResults/{operation}?api-version={version}",
            call.path.id()
        )
    };
    answer
        .header(
            "azure-asyncoperation",
            format!("{provider}/operationsStatus/{operation}?api-version={version}"),
        )
        .header("location", result)
}
