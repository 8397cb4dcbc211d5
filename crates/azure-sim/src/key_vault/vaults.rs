//! Vaults: create, read, update, list and delete.

use super::{
    ROLES_BY_DEFAULT,
    model::{Actor, Network, Vault, View, invalid_value},
    sent,
};
use crate::{
    SimResponse,
    arm::{ArmCall, error},
    past::Past,
    provider_call::{admit, require_group},
    regions,
    world::World,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

type Answer = Result<SimResponse, SimResponse>;

const NAMESPACE: &str = "Microsoft.KeyVault";
/// What a body may hold; the rest is noted.
const MEMBERS: [&str; 8] = [
    "location",
    "tags",
    "properties",
    "id",
    "name",
    "type",
    "systemData",
    "etag",
];
const PROPERTIES: [&str; 16] = [
    "tenantId",
    "sku",
    "accessPolicies",
    "vaultUri",
    "hsmPoolResourceId",
    "enabledForDeployment",
    "enabledForDiskEncryption",
    "enabledForTemplateDeployment",
    "enableSoftDelete",
    "softDeleteRetentionInDays",
    "enableRbacAuthorization",
    "createMode",
    "enablePurgeProtection",
    "networkAcls",
    "provisioningState",
    "publicNetworkAccess",
];
const SWITCHES: [&str; 3] = [
    "enabledForDeployment",
    "enabledForDiskEncryption",
    "enabledForTemplateDeployment",
];

pub(super) fn handle(world: &mut World, call: &ArmCall<'_>) -> Answer {
    let Some(name) = call.path.name(0) else {
        return list(world, call);
    };
    match call.method {
        "GET" => {
            allowed(world, call, "read")?;
            Ok(show(world, call, own(world, call, name)?))
        }
        "PUT" => put(world, call, name),
        "PATCH" => patch(world, call, name),
        "DELETE" => {
            allowed(world, call, "delete")?;
            if own(world, call, name).is_err() {
                return Ok(SimResponse::empty(204));
            }
            super::soft_delete(world, name);
            // Recorded: 200 without a body.
            Ok(SimResponse::empty(200))
        }
        method => Err(error::method_not_allowed(method)),
    }
}

/// The vaults of a subscription or of a resource group.
pub(super) fn list(world: &mut World, call: &ArmCall<'_>) -> Answer {
    if call.method != "GET" {
        return Err(error::method_not_allowed(call.method));
    }
    let scope = &call.path.scope;
    world.authorize(&call.caller, "Microsoft.KeyVault/vaults/read", scope)?;
    if call.path.group.is_some() {
        require_group(world, call)?;
    }
    let group = call.path.group.as_deref();
    let vaults = world.key_vault.vaults.values().filter(|vault| {
        vault.is_live()
            && vault
                .subscription
                .eq_ignore_ascii_case(call.path.subscription())
            && group.is_none_or(|group| vault.group.eq_ignore_ascii_case(group))
    });
    let value: Vec<Value> = vaults.map(|vault| render(world, call, vault)).collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

fn allowed(world: &World, call: &ArmCall<'_>, verb: &str) -> Result<(), SimResponse> {
    let action = format!("{NAMESPACE}/vaults/{verb}");
    admit(world, call, &action, NAMESPACE)
}

/// The live vault at this path.
pub(super) fn own<'a>(
    world: &'a World,
    call: &ArmCall<'_>,
    name: &str,
) -> Result<&'a Vault, SimResponse> {
    world
        .key_vault
        .live(name)
        .filter(|vault| is_at(vault, call))
        .ok_or_else(|| not_found(call, name))
}

pub(super) fn not_found(call: &ArmCall<'_>, name: &str) -> SimResponse {
    error::resource_not_found(&format!("{NAMESPACE}/vaults/{name}"), call.path.group())
}

fn is_at(vault: &Vault, call: &ArmCall<'_>) -> bool {
    vault
        .subscription
        .eq_ignore_ascii_case(call.path.subscription())
        && vault.group.eq_ignore_ascii_case(call.path.group())
}

fn render(world: &World, call: &ArmCall<'_>, vault: &Vault) -> Value {
    let view = View {
        suffix: world.options.cloud.vault_suffix(),
        now: world.now,
        api_version: &call.api_version,
        written: call.method != "GET",
    };
    vault.render(view, World::timestamp)
}

fn show(world: &World, call: &ArmCall<'_>, vault: &Vault) -> SimResponse {
    SimResponse::json(200, &render(world, call, vault))
}

fn bad_request(message: impl AsRef<str>) -> SimResponse {
    error::error(400, "BadRequest", message)
}

/// 3 to 24 letters, digits and hyphens, a letter first, a letter or digit last, no two hyphens in a row
/// (<https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>).
pub(crate) fn is_valid_name(name: &str) -> bool {
    (3..=24).contains(&name.len())
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && !name.ends_with('-')
        && !name.contains("--")
}

fn put(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    allowed(world, call, "write")?;
    if !is_valid_name(name) {
        return Err(error::error(
            400,
            "VaultNameNotValid",
            format!(
                "The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742"
            ),
        ));
    }
    note_unknown(world, &call.body);
    let properties = call.body.get("properties").cloned().unwrap_or_default();
    let recover = properties
        .get("createMode")
        .and_then(Value::as_str)
        .is_some_and(|mode| mode.eq_ignore_ascii_case("recover"));
    let location = call
        .body
        .get("location")
        .and_then(Value::as_str)
        .map(regions::name)
        .ok_or_else(|| {
            error::error(
                400,
                "LocationRequired",
                "The location property is required for this definition.",
            )
        })?;
    regions::require(
        world.options.cloud,
        &format!("{NAMESPACE}/vaults"),
        &location,
    )?;
    let key = name.to_lowercase();
    match world.key_vault.vaults.get(&key) {
        Some(vault) if vault.is_live() && is_at(vault, call) => {
            if vault.location != location {
                return Err(error::other_location(
                    name,
                    &vault.group,
                    &vault.location,
                    &location,
                ));
            }
            replace(world, call, name, &properties)
        }
        Some(vault) if vault.is_live() => Err(already_exists(name)),
        Some(vault) if recover && is_at(vault, call) && vault.location == location => {
            let now = world.now;
            world.changed();
            let Some(vault) = world.key_vault.vaults.get_mut(&key) else {
                return Err(not_found(call, name));
            };
            // The role assignments are not brought back:
            // https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
            vault.deleted = None;
            vault.modified = now;
            vault.modified_by = Actor::of(&call.caller);
            // Recorded: it is up at once.
            vault.resolves_at = now;
            Ok(show(world, call, own(world, call, name)?))
        }
        // https://github.com/alan-turing-institute/data-safe-haven/issues/2523
        Some(vault)
            if vault
                .subscription
                .eq_ignore_ascii_case(call.path.subscription()) =>
        {
            Err(error::error(
                409,
                "ConflictError",
                "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
            ))
        }
        Some(_) => Err(already_exists(name)),
        None if recover => Err(super::deleted::not_found()),
        None => create(world, call, name, &location, &properties),
    }
}

/// <https://github.com/Azure/azure-powershell/issues/15115>
fn already_exists(name: &str) -> SimResponse {
    error::error(409, "VaultAlreadyExists", already_exists_text(name))
}

pub(super) fn already_exists_text(name: &str) -> String {
    format!(
        "The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name. For more information about VaultAlreadyExists, soft delete and purging a vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740."
    )
}

fn create(
    world: &mut World,
    call: &ArmCall<'_>,
    name: &str,
    location: &str,
    properties: &Value,
) -> Answer {
    let now = world.now;
    let mut vault = Vault {
        id: format!(
            "/subscriptions/{}/resourceGroups/{}/providers/{NAMESPACE}/vaults/{name}",
            call.path.subscription(),
            call.path.group()
        ),
        subscription: call.path.subscription().to_owned(),
        group: call.path.group().to_owned(),
        name: name.to_owned(),
        location: location.to_owned(),
        tags: tags(&call.body).unwrap_or_default(),
        tenant: String::new(),
        sku: Value::Null,
        access_policies: Vec::new(),
        earlier_policies: Past::default(),
        switches: Map::new(),
        // Stored as absent by older versions: https://learn.microsoft.com/azure/key-vault/general/access-control-default
        rbac: (call.api_version.as_str() >= ROLES_BY_DEFAULT).then_some(true),
        retention_days: None,
        purge_protection: false,
        network: Network::default(),
        created: now,
        created_by: Actor::of(&call.caller),
        modified: now,
        modified_by: Actor::of(&call.caller),
        resolves_at: world.after(world.options.lag.vault_dns),
        deleted: None,
        keys: BTreeMap::new(),
    };
    require_members(properties)?;
    sent::require_directory(world, properties).map_err(bad_request)?;
    apply(&mut vault, properties).map_err(bad_request)?;
    let answer = show(world, call, &vault);
    world.key_vault.vaults.insert(name.to_lowercase(), vault);
    world.changed_vault(name);
    Ok(answer)
}

/// A full `PUT` on a vault replaces what it can: what is left out falls back to its default. The access model, the
/// retention and purge protection stay.
fn replace(world: &mut World, call: &ArmCall<'_>, name: &str, properties: &Value) -> Answer {
    require_members(properties)?;
    let tags = tags(&call.body).unwrap_or_default();
    change(world, call, name, properties, |vault| {
        vault.tags = tags;
        vault.access_policies.clear();
        vault.switches.clear();
        vault.network = Network::default();
    })
}

fn patch(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    allowed(world, call, "write")?;
    own(world, call, name)?;
    note_unknown(world, &call.body);
    let properties = call.body.get("properties").cloned().unwrap_or_default();
    let tags = tags(&call.body);
    change(world, call, name, &properties, |vault| {
        if let Some(tags) = tags {
            vault.tags = tags;
        }
    })
}

fn change(
    world: &mut World,
    call: &ArmCall<'_>,
    name: &str,
    properties: &Value,
    before: impl FnOnce(&mut Vault),
) -> Answer {
    let switched = properties
        .get("enableRbacAuthorization")
        .and_then(Value::as_bool)
        .is_some_and(|roles| roles != own(world, call, name).is_ok_and(Vault::uses_roles));
    if switched {
        may_switch(world, call)?;
    }
    sent::require_directory(world, properties).map_err(bad_request)?;
    let (now, change_is_heard) = (world.now, world.spread_policies());
    let Some(vault) = world.key_vault.live_mut(name) else {
        return Err(not_found(call, name));
    };
    let mut changed = copy_of_settings(vault);
    before(&mut changed);
    apply(&mut changed, properties).map_err(bad_request)?;
    changed.modified = now;
    changed.modified_by = Actor::of(&call.caller);
    changed.keys = std::mem::take(&mut vault.keys);
    let policies = std::mem::replace(&mut changed.access_policies, vault.access_policies.clone());
    changed.set_policies(policies, change_is_heard, now);
    *vault = changed;
    world.changed_vault(name);
    Ok(show(world, call, own(world, call, name)?))
}

/// Switching between roles and access policies needs the right to assign roles, and no condition on it:
/// <https://learn.microsoft.com/azure/key-vault/general/rbac-guide>, and for the text <https://github.com/Azure/bicep/issues/13541>.
fn may_switch(world: &World, call: &ArmCall<'_>) -> Result<(), SimResponse> {
    let (oid, id) = (&call.caller.oid, call.path.id());
    let action = "Microsoft.Authorization/roleAssignments/write";
    if world.has_action_unconditioned(oid, action, &id) {
        return Ok(());
    }
    Err(error::error(
        403,
        "InsufficientPermissions",
        format!(
            "Caller is not allowed to change permission model. For more information on how to change the permissions model follow this link: https://go.microsoft.com/fwlink/?linkid=2155160. Details: oid={oid}; action={action}; resource={id}; decision=NotAllowed;"
        ),
    ))
}

/// Everything but the keys, so that a refused change leaves no trace.
fn copy_of_settings(vault: &Vault) -> Vault {
    Vault {
        id: vault.id.clone(),
        subscription: vault.subscription.clone(),
        group: vault.group.clone(),
        name: vault.name.clone(),
        location: vault.location.clone(),
        tags: vault.tags.clone(),
        tenant: vault.tenant.clone(),
        sku: vault.sku.clone(),
        access_policies: vault.access_policies.clone(),
        earlier_policies: vault.earlier_policies.clone(),
        switches: vault.switches.clone(),
        rbac: vault.rbac,
        retention_days: vault.retention_days,
        purge_protection: vault.purge_protection,
        network: vault.network.clone(),
        created: vault.created,
        created_by: vault.created_by.clone(),
        modified: vault.modified,
        modified_by: vault.modified_by.clone(),
        resolves_at: vault.resolves_at,
        deleted: vault.deleted,
        keys: BTreeMap::new(),
    }
}

fn require_members(properties: &Value) -> Result<(), SimResponse> {
    for member in ["tenantId", "sku", "accessPolicies"] {
        if properties.get(member).is_none_or(Value::is_null) {
            return Err(bad_request(format!(
                "The parameter {member} is not specified."
            )));
        }
    }
    Ok(())
}

/// Sets what was sent; `null` is as good as absent. The error is the text of the refusal.
fn apply(vault: &mut Vault, properties: &Value) -> Result<(), String> {
    let member = |name: &str| properties.get(name).filter(|value| !value.is_null());
    if let Some(tenant) = sent::tenant(properties)? {
        vault.tenant = tenant;
    }
    if let Some(sku) = member("sku") {
        let text = |name: &str| sku.get(name).and_then(Value::as_str).map(str::to_lowercase);
        let known = text("family").as_deref() == Some("a")
            && matches!(text("name").as_deref(), Some("standard" | "premium"));
        if !known {
            return Err(invalid_value("sku"));
        }
        vault.sku = sku.clone();
    }
    if let Some(policies) = member("accessPolicies") {
        let policies = policies
            .as_array()
            .ok_or_else(|| invalid_value("accessPolicies"))?;
        vault.access_policies = policies.clone();
    }
    // Those that stay, too: who moves a vault to another tenant replaces them
    // (https://learn.microsoft.com/azure/key-vault/general/move-subscription).
    if member("accessPolicies").is_some() || member("tenantId").is_some() {
        sent::check_policies(&vault.access_policies, &vault.tenant)?;
    }
    for name in SWITCHES {
        if let Some(value) = sent::truth(properties, name)? {
            vault.switches.insert(name.to_owned(), json!(value));
        }
    }
    if sent::truth(properties, "enableSoftDelete")? == Some(false) {
        return Err("The property \"enableSoftDelete\" can be set to false only for creating new vault. Enabling the 'soft delete' functionality is an irreversible action.".to_owned());
    }
    if let Some(days) = member("softDeleteRetentionInDays") {
        let days = days
            .as_u64()
            .filter(|days| (7..=90).contains(days))
            .ok_or_else(|| invalid_value("softDeleteRetentionInDays"))?;
        if vault.retention_days.is_some_and(|set| set != days) {
            return Err("The property \"softDeleteRetentionInDays\" has been set already and it can't be modified.".to_owned());
        }
        vault.retention_days = Some(days);
    }
    if let Some(roles) = sent::truth(properties, "enableRbacAuthorization")? {
        vault.rbac = Some(roles);
    }
    match sent::truth(properties, "enablePurgeProtection")? {
        None => {}
        Some(true) => vault.purge_protection = true,
        // Refused even on a vault that is just being made.
        Some(false) => {
            return Err("The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.".to_owned());
        }
    }
    if let Some(rules) = member("networkAcls") {
        vault.network.set_rules(rules)?;
    }
    if let Some(access) = member("publicNetworkAccess") {
        vault.network.public_access = match access.as_str().map(str::to_lowercase).as_deref() {
            Some("enabled" | "") => true,
            Some("disabled") => false,
            _ => return Err(invalid_value("publicNetworkAccess")),
        };
    }
    // The retention is fixed from the creation on, also if it is the default one.
    vault.retention_days = Some(vault.retention());
    Ok(())
}

fn tags(body: &Value) -> Option<Map<String, Value>> {
    body.get("tags").and_then(Value::as_object).cloned()
}

fn note_unknown(world: &mut World, body: &Value) {
    world.note_unknown("vaults", body, &MEMBERS);
    let properties = body.get("properties").cloned().unwrap_or_default();
    world.note_unknown("vaults.properties", &properties, &PROPERTIES);
    if let Some(rules) = properties.get("networkAcls") {
        world.note_unknown(
            "vaults.properties.networkAcls",
            rules,
            &["bypass", "defaultAction", "ipRules", "virtualNetworkRules"],
        );
    }
}
