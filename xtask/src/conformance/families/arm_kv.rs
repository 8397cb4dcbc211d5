//! Vaults over Resource Manager.

use crate::conformance::{
    address::Host::Arm,
    bodies::{BodyCase, GUID},
    compare::{Field, How, compare, compare_list},
    family::{
        Answered, CLOUD, Call, Family, Means, NotReplayed, Reason, Refusal, Replaying, Route, What,
        credential, parse,
    },
    refusals::{self, BUSY, never},
};
use azure_core::http::ClientOptions;
use cmk_core::{Kind, lro::Accepted};
use keyvault_rbac::{
    ArmKey, ArmKeysApi as _, DeletedVault, KeyAttributes, ListVaultsOptions, NameAvailability,
    NetworkAcls, NetworkAction, NetworkBypass, NewKey, NewVault, PublicNetworkAccess, RsaKeySize,
    TurnOn, Vault, VaultClient, VaultClientOptions, VaultId, VaultSku, VaultUpdate, VaultsApi as _,
};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const FAMILY: Family = Family {
    name: "arm-kv",
    is_ours: true,
    routes: ROUTES,
    refusals: &[REFUSALS, refusals::DELETIONS, refusals::ARM],
    poller: Some(|options| Ok(Arc::new(client(options)?))),
    bodies: BODIES,
};

const VAULT: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}";
const KEY: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}/keys/{key}";
const OF_A_GROUP: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults";
const OF_A_SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.KeyVault/vaults";
const DELETED: &str = "/subscriptions/{subscription}/providers/Microsoft.KeyVault/deletedVaults";
const ONE_DELETED: &str = "/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}";
const CHECK_NAME: &str =
    "/subscriptions/{subscription}/providers/Microsoft.KeyVault/checkNameAvailability";
const POLL: &str = "/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{location}/operationResults/{operation}";
const HSM_POLL: &str = "/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{location}/managedHsmOperationResults/{operation}";
const CHILDREN: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}/{*child}";
const HSMS_OF_A_GROUP: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/managedHSMs";
const HSMS: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/managedHSMs/{*rest}";
const HSMS_OF_A_SUBSCRIPTION: &str =
    "/subscriptions/{subscription}/providers/Microsoft.KeyVault/managedHSMs";
const DELETED_HSMS: &str =
    "/subscriptions/{subscription}/providers/Microsoft.KeyVault/deletedManagedHSMs";
const ONE_DELETED_HSM: &str = "/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{location}/deletedManagedHSMs/{*rest}";

const NOT_OURS: What = What::Skipped(Reason::NoSuchOperation);
const HSM: What = What::Skipped(Reason::ManagedHsm);

const ROUTES: &[Route] = &[
    Route::new(Arm, "GET", VAULT, What::Ours(get)),
    Route::new(Arm, "PUT", VAULT, What::Ours(create)),
    Route::new(Arm, "PATCH", VAULT, What::Ours(update)),
    Route::new(Arm, "DELETE", VAULT, What::Ours(delete)),
    Route::new(Arm, "GET", OF_A_GROUP, What::Ours(list)),
    Route::new(Arm, "GET", OF_A_SUBSCRIPTION, What::Ours(list)),
    Route::new(Arm, "GET", DELETED, What::Ours(list_deleted)),
    Route::new(Arm, "GET", ONE_DELETED, What::Ours(get_deleted)),
    Route::new(Arm, "GET", KEY, What::Ours(get_key)),
    Route::new(Arm, "PUT", KEY, What::Ours(create_key)),
    Route::new(Arm, "POST", CHECK_NAME, What::Ours(check_name)),
    Route::new(Arm, "GET", POLL, What::Poll),
    Route::new(Arm, "GET", HSM_POLL, What::Poll),
    // Purging, private endpoints, access policies.
    Route::new(
        Arm,
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}/purge",
        NOT_OURS,
    ),
    Route::new(Arm, "GET", CHILDREN, NOT_OURS),
    Route::new(Arm, "PUT", CHILDREN, NOT_OURS),
    Route::new(Arm, "DELETE", CHILDREN, NOT_OURS),
    Route::new(Arm, "GET", HSMS_OF_A_GROUP, HSM),
    Route::new(Arm, "GET", HSMS_OF_A_SUBSCRIPTION, HSM),
    Route::new(Arm, "GET", DELETED_HSMS, HSM),
    Route::new(Arm, "GET", HSMS, HSM),
    Route::new(Arm, "PUT", HSMS, HSM),
    Route::new(Arm, "PATCH", HSMS, HSM),
    Route::new(Arm, "DELETE", HSMS, HSM),
    Route::new(Arm, "GET", ONE_DELETED_HSM, HSM),
    Route::new(Arm, "POST", ONE_DELETED_HSM, HSM),
    Route::new(
        Arm,
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.KeyVault/checkMhsmNameAvailability",
        HSM,
    ),
];

const REFUSALS: &[Refusal] = &[
    Refusal::new(
        "PUT",
        409,
        Some("VaultAlreadyExists"),
        never(Kind::Conflict),
    ),
    Refusal::new("PUT", 409, Some("ConflictError"), never(Kind::Conflict))
        .saying("A vault with the same name already exists in deleted state."),
    Refusal::new("PUT|PATCH|DELETE", 409, Some("ConflictError"), BUSY),
    Refusal::new(
        "PUT",
        400,
        Some("VaultNameNotValid"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "PUT|PATCH",
        400,
        Some("BadRequest"),
        never(Kind::InvalidRequest),
    )
    .saying("The property \"enablePurgeProtection\" cannot be set to false."),
    Refusal::new(
        "PUT|PATCH",
        400,
        Some("BadRequest"),
        never(Kind::InvalidRequest),
    )
    .saying("The property \"softDeleteRetentionInDays\" has been set already"),
    Refusal::new(
        "PUT|PATCH",
        400,
        Some("BadRequest"),
        Means::Error(Kind::InvalidRequest, None),
    ),
    Refusal::new(
        "PUT",
        400,
        Some("RegionNotSupported"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "PUT",
        400,
        Some("SkuNotSupported"),
        never(Kind::InvalidRequest),
    ),
];

const FIELDS: &[Field<Vault>] = &[
    Field::new("/id", How::Caseless, |it| json!(it.id.to_string())),
    Field::new("/location", How::Folded, |it| json!(it.location.as_str())),
    Field::new("/tags", How::Exactly, |it| json!(it.tags)),
    Field::new("/properties/tenantId", How::Caseless, |it| {
        json!(it.tenant_id.to_string())
    }),
    Field::new("/properties/vaultUri", How::Exactly, |it| {
        json!(it.vault_uri)
    }),
    Field::new("/properties/sku/name", How::Caseless, |it| {
        json!(it.sku.as_str())
    }),
    Field::new("/properties/enableRbacAuthorization", How::Exactly, |it| {
        json!(it.rbac_authorization)
    }),
    Field::new("/properties/enableSoftDelete", How::Exactly, |it| {
        json!(it.soft_delete)
    }),
    Field::new("/properties/enablePurgeProtection", How::Exactly, |it| {
        json!(it.purge_protection)
    }),
    Field::new(
        "/properties/softDeleteRetentionInDays",
        How::Exactly,
        |it| json!(it.retention_days),
    ),
    Field::new("/properties/publicNetworkAccess", How::Caseless, |it| {
        json!(it.public_network_access.as_ref().map(|word| word.as_str()))
    }),
    Field::new("/properties/networkAcls/bypass", How::Exactly, |it| {
        json!(it.network_acls.as_ref().map(|acls| acls.bypass.as_str()))
    }),
    Field::new(
        "/properties/networkAcls/defaultAction",
        How::Exactly,
        |it| {
            json!(
                it.network_acls
                    .as_ref()
                    .map(|acls| acls.default_action.as_str())
            )
        },
    ),
    Field::new("/properties/networkAcls/ipRules", How::Exactly, |it| {
        let rules = it.network_acls.iter().flat_map(|acls| &acls.ip_rules);
        rules.map(|rule| json!({ "value": rule })).collect()
    }),
    Field::new(
        "/properties/networkAcls/virtualNetworkRules",
        How::Caseless,
        |it| {
            let acls = it.network_acls.iter();
            let ours = acls.flat_map(|acls| &acls.virtual_network_rules);
            // Beside the id a rule says what we do not model, such as whether its endpoint may be missing.
            let pointer = "/properties/networkAcls/virtualNetworkRules";
            let received = it.received.pointer(pointer).and_then(Value::as_array);
            let rest = received.into_iter().flatten().cloned();
            let rest = rest.chain(std::iter::repeat(json!({})));
            ours.zip(rest)
                .map(|(id, mut rule)| {
                    if let Some(members) = rule.as_object_mut() {
                        members.insert("id".into(), json!(id));
                    }
                    rule
                })
                .collect()
        },
    ),
    Field::new("/properties/provisioningState", How::Exactly, |it| {
        json!(it.provisioning_state)
    }),
];

const DELETED_FIELDS: &[Field<DeletedVault>] = &[
    Field::new("/properties/vaultId", How::Caseless, |it| {
        json!(it.vault_id.to_string())
    }),
    Field::new("/properties/location", How::Folded, |it| {
        json!(it.location.as_str())
    }),
    Field::new("/properties/purgeProtectionEnabled", How::Exactly, |it| {
        json!(it.purge_protection)
    }),
    Field::new("/properties/deletionDate", How::Time, |it| {
        json!(it.deleted.as_ref().map(azure_core::time::to_rfc3339))
    }),
    Field::new("/properties/scheduledPurgeDate", How::Time, |it| {
        json!(
            it.scheduled_purge
                .as_ref()
                .map(azure_core::time::to_rfc3339)
        )
    }),
    Field::new("/properties/tags", How::Exactly, |it| json!(it.tags)),
];

const KEY_FIELDS: &[Field<ArmKey>] = &[
    Field::new("/id", How::Caseless, |it| json!(it.id.to_string())),
    Field::new("/properties/keyUri", How::Caseless, |it| {
        json!(it.key_uri.to_string())
    }),
    Field::new("/properties/keyUriWithVersion", How::Caseless, |it| {
        json!(it.key_uri_with_version.as_ref().map(ToString::to_string))
    }),
    Field::new("/properties/kty", How::Exactly, |it| {
        json!(it.kty.as_ref().map(|kty| kty.as_str()))
    }),
    Field::new("/properties/keySize", How::Exactly, |it| json!(it.size)),
    Field::new("/properties/keyOps", How::Exactly, |it| {
        it.ops.iter().map(|op| json!(op.as_str())).collect()
    }),
    Field::new("/properties/attributes/enabled", How::Exactly, |it| {
        json!(it.attributes.enabled)
    }),
    Field::new("/properties/attributes/nbf", How::Exactly, |it| {
        json!(it.attributes.not_before.map(|time| time.unix_timestamp()))
    }),
    Field::new("/properties/attributes/exp", How::Exactly, |it| {
        json!(it.attributes.expires.map(|time| time.unix_timestamp()))
    }),
    Field::new("/properties/attributes/recoveryLevel", How::Exactly, |it| {
        json!(it.recovery_level.as_ref().map(|word| word.as_str()))
    }),
    Field::new("/tags", How::Exactly, |it| json!(it.tags)),
];

const NAME_FIELDS: &[Field<NameAvailability>] = &[
    Field::new("/nameAvailable", How::Exactly, |it| json!(it.available)),
    Field::new("/reason", How::Exactly, |it| {
        json!(it.reason.as_ref().map(|word| word.as_str()))
    }),
    Field::new("/message", How::Exactly, |it| json!(it.message)),
];

fn client(client_options: ClientOptions) -> cmk_core::Result<VaultClient> {
    let options = VaultClientOptions {
        client_options,
        ..VaultClientOptions::default()
    };
    VaultClient::new(CLOUD, credential(), Some(options))
}

/// The vault that a path is about, also where it goes on to a key.
fn id(call: &Call<'_>) -> Result<VaultId, NotReplayed> {
    parse(&format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.KeyVault/vaults/{}",
        call.parts.get("subscription"),
        call.parts.get("group"),
        call.parts.get("name")
    ))
}

fn vault_id() -> String {
    format!("/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/vault1")
}

fn accepted(accepted: Accepted<Vault>, recorded: &Value) -> Answered {
    Answered {
        compared: compare(FIELDS, &accepted.resource, recorded),
        operation: accepted.operation,
    }
}

fn get<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let vault = client.get_vault(&id(call)?).await?;
        Ok(compare(FIELDS, &vault, &call.exchange.response_body).into())
    })
}

/// Creating and recovering are the same request with another mode.
fn create<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let vault = id(call)?;
        let answer = if call.asked("/properties/createMode") == "recover" {
            let location = parse(call.asked("/location"))?;
            client
                .recover_vault(&vault, &location, parse(GUID)?)
                .await?
        } else {
            client.create_vault(&vault, &minimal()?, None).await?
        };
        Ok(accepted(answer, &call.exchange.response_body))
    })
}

fn update<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let vault = client.update_vault(&id(call)?, &full_update()).await?;
        Ok(compare(FIELDS, &vault, &call.exchange.response_body).into())
    })
}

fn delete<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        client.delete_vault(&id(call)?).await?;
        Ok(Answered::default())
    })
}

fn list<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let options = match call.parts.get("group") {
            "" => None,
            group => Some(ListVaultsOptions {
                resource_group: Some(parse(group)?),
            }),
        };
        let vaults = client
            .list_vaults(call.part("subscription")?, options)
            .await?;
        Ok(compare_list(FIELDS, &vaults, &call.exchange.response_body).into())
    })
}

fn list_deleted<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let vaults = client
            .list_deleted_vaults(call.part("subscription")?)
            .await?;
        Ok(compare_list(DELETED_FIELDS, &vaults, &call.exchange.response_body).into())
    })
}

fn get_deleted<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let vault = client
            .get_deleted_vault(
                call.part("subscription")?,
                &call.part("location")?,
                &call.part("name")?,
            )
            .await?;
        Ok(compare(DELETED_FIELDS, &vault, &call.exchange.response_body).into())
    })
}

fn check_name<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let name = parse(call.asked("/name"))?;
        let availability = client
            .check_vault_name(call.part("subscription")?, &name)
            .await?;
        Ok(compare(NAME_FIELDS, &availability, &call.exchange.response_body).into())
    })
}

fn get_key<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let key = client.get_arm_key(&id(call)?, &call.part("key")?).await?;
        Ok(compare(KEY_FIELDS, &key, &call.exchange.response_body).into())
    })
}

fn create_key<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let new = NewKey::rsa(RsaKeySize::Bits3072);
        let key = client
            .create_key_if_absent(&id(call)?, &call.part("key")?, &new, None)
            .await?;
        Ok(compare(KEY_FIELDS, &key, &call.exchange.response_body).into())
    })
}

fn minimal() -> Result<NewVault, NotReplayed> {
    Ok(NewVault::new(parse("eastus2")?, parse(GUID)?))
}

fn acls() -> NetworkAcls {
    let mut acls = NetworkAcls::new(NetworkAction::Deny, NetworkBypass::AzureServices);
    acls.ip_rules = vec![String::from("198.51.100.0/24")];
    acls.virtual_network_rules = vec![format!(
        "/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net/subnets/subnet1"
    )];
    acls
}

fn full() -> Result<NewVault, NotReplayed> {
    let mut vault = minimal()?;
    vault.sku = VaultSku::Premium;
    vault.retention_days = 7;
    vault.network_acls = Some(acls());
    vault.public_network_access = Some(PublicNetworkAccess::Enabled);
    vault.tags = [(String::from("owner"), String::from("conformance"))].into();
    Ok(vault)
}

fn full_update() -> VaultUpdate {
    VaultUpdate {
        soft_delete: Some(TurnOn),
        purge_protection: Some(TurnOn),
        rbac_authorization: Some(TurnOn),
        network_acls: Some(acls()),
        public_network_access: Some(PublicNetworkAccess::Disabled),
        tags: Some([(String::from("owner"), String::from("conformance"))].into()),
    }
}

fn full_key() -> NewKey {
    let mut key = NewKey::rsa_hsm(RsaKeySize::Bits4096);
    key.attributes = KeyAttributes {
        enabled: Some(true),
        not_before: Some(azure_core::time::OffsetDateTime::UNIX_EPOCH),
        expires: Some(azure_core::time::OffsetDateTime::UNIX_EPOCH),
    };
    key.tags = [(String::from("owner"), String::from("conformance"))].into();
    key
}

const BODIES: &[BodyCase] = &[
    BodyCase {
        name: "create_vault, minimal",
        send: |options| Box::pin(send_create(options, minimal())),
    },
    BodyCase {
        name: "create_vault, full",
        send: |options| Box::pin(send_create(options, full())),
    },
    BodyCase {
        name: "update_vault, full",
        send: |options| Box::pin(send_update(options)),
    },
    BodyCase {
        name: "recover_vault",
        send: |options| Box::pin(send_recover(options)),
    },
    BodyCase {
        name: "check_vault_name",
        send: |options| Box::pin(send_check_name(options)),
    },
    BodyCase {
        name: "create_key_if_absent, minimal",
        send: |options| Box::pin(send_key(options, NewKey::rsa(RsaKeySize::Bits3072))),
    },
    BodyCase {
        name: "create_key_if_absent, full",
        send: |options| Box::pin(send_key(options, full_key())),
    },
];

async fn send_create(
    options: ClientOptions,
    new: Result<NewVault, NotReplayed>,
) -> Result<(), NotReplayed> {
    let vault = parse(&vault_id())?;
    client(options)?.create_vault(&vault, &new?, None).await?;
    Ok(())
}

async fn send_update(options: ClientOptions) -> Result<(), NotReplayed> {
    let vault = parse(&vault_id())?;
    client(options)?
        .update_vault(&vault, &full_update())
        .await?;
    Ok(())
}

async fn send_recover(options: ClientOptions) -> Result<(), NotReplayed> {
    let vault = parse(&vault_id())?;
    client(options)?
        .recover_vault(&vault, &parse("eastus2")?, parse(GUID)?)
        .await?;
    Ok(())
}

async fn send_check_name(options: ClientOptions) -> Result<(), NotReplayed> {
    client(options)?
        .check_vault_name(parse(GUID)?, &parse("vault1")?)
        .await?;
    Ok(())
}

async fn send_key(options: ClientOptions, key: NewKey) -> Result<(), NotReplayed> {
    let vault = parse(&vault_id())?;
    client(options)?
        .create_key_if_absent(&vault, &parse("key1")?, &key, None)
        .await?;
    Ok(())
}
