//! Cosmos DB accounts.

use crate::conformance::{
    address::Host::Arm,
    bodies::{BodyCase, GUID},
    compare::{Compared, Field, How, compare, compare_list},
    family::{
        Answered, CLOUD, Call, Family, Means, NotReplayed, OPERATION, Reason, Refusal, Replaying,
        Route, What, credential, parse,
    },
    refusals::{self, BUSY, DENIED, never},
};
use azure_core::http::ClientOptions;
use cmk_core::{Hint, Kind, ResourceId, lro::Accepted};
use cosmos_cmk::{
    AccountId, AccountKind, AccountLocation, BackupPolicy, BackupStorageRedundancy,
    ConsistencyLevel, ConsistencyPolicy, ContinuousTier, DatabaseAccount, DatabaseAccountsApi as _,
    DatabaseAccountsClient, DatabaseAccountsClientOptions, DefaultIdentity, IdentityChange,
    ListAccountsOptions, MinimalTlsVersion, NameAvailability, NetworkAclBypass, NewDatabaseAccount,
    PublicNetworkAccess, RegionAccess, SystemAssigned, VersionlessKeyUri, VirtualNetworkRule,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(crate) const FAMILY: Family = Family {
    name: "arm-cosmos",
    is_ours: true,
    routes: ROUTES,
    refusals: &[REFUSALS, refusals::DELETIONS, refusals::ARM],
    poller: Some(|options| Ok(Arc::new(client(options)?))),
    bodies: BODIES,
};

const ACCOUNT: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts/{name}";
const OF_A_GROUP: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts";
const OF_A_SUBSCRIPTION: &str =
    "/subscriptions/{subscription}/providers/Microsoft.DocumentDB/databaseAccounts";
const NAME: &str = "/providers/Microsoft.DocumentDB/databaseAccountNames/{name}";
const POLL: &str = "/subscriptions/{subscription}/providers/Microsoft.DocumentDB/locations/{location}/operationsStatus/{operation}";
const ACTION: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts/{name}/failoverPriorityChange";

const REGION: &str =
    "/subscriptions/{subscription}/providers/Microsoft.DocumentDB/locations/{location}";
const REGIONS: &str = "/subscriptions/{subscription}/providers/Microsoft.DocumentDB/locations";

const ROUTES: &[Route] = &[
    Route::new(Arm, "GET", REGION, What::Ours(get_region)),
    Route::new(Arm, "GET", REGIONS, What::Ours(list_regions)),
    Route::new(Arm, "GET", ACCOUNT, What::Ours(get)),
    Route::new(Arm, "PUT", ACCOUNT, What::Ours(create)),
    Route::new(Arm, "PATCH", ACCOUNT, What::Ours(change)),
    Route::new(Arm, "DELETE", ACCOUNT, What::Ours(delete)),
    Route::new(Arm, "GET", OF_A_GROUP, What::Ours(list)),
    Route::new(Arm, "GET", OF_A_SUBSCRIPTION, What::Ours(list)),
    Route::new(Arm, "HEAD", NAME, What::Ours(check_name)),
    Route::new(Arm, "GET", POLL, What::Poll),
    Route::new(Arm, "POST", ACTION, What::Skipped(Reason::NoSuchOperation)),
];

const REVOKED: &str = "Access to your account is currently revoked";
const NO_KEY: &str = "Error contacting the Azure Key Vault resource. Please try again.";
const NO_CAPACITY: &str = "we are currently experiencing high demand in this region";
const HUSK: &str = "is in a failed provisioning state because the previous attempt to create it was not successful";

const REFUSALS: &[Refusal] = &[
    Refusal::new("HEAD", 404, None, Means::Answer),
    Refusal::new("PUT|PATCH|DELETE", 412, Some("PreconditionFailed"), BUSY)
        .saying("requires exclusive lock"),
    Refusal::new("PUT|PATCH|DELETE", 412, Some("PreconditionFailed"), BUSY)
        .saying("requires an exclusive lock"),
    Refusal::new("PUT", 400, Some("BadRequest"), never(Kind::Conflict)).saying("Dns record for"),
    Refusal::new("PUT", 400, Some("BadRequest"), never(Kind::Conflict)).saying(HUSK),
    Refusal::new("PUT|PATCH", 400, Some("BadRequest"), never(Kind::Conflict)).saying(
        "No Update is allowed on Database Account with Customer Managed Key in Revoked Status",
    ),
    Refusal::new(
        "PUT|PATCH",
        400,
        Some("BadRequest"),
        never(Kind::InvalidRequest),
    )
    .saying("Cannot update Customer Managed Key settings and other properties at the same time."),
    Refusal::new(
        "PUT|PATCH",
        400,
        Some("BadRequest"),
        never(Kind::InvalidRequest),
    )
    .saying("The format for the default identity is not valid"),
    Refusal::new(
        "PUT|PATCH",
        400,
        Some("BadRequest"),
        never(Kind::InvalidRequest),
    )
    .saying("New Key Vaults must be on the same tenant as the old ones."),
    Refusal::new(
        "PUT|PATCH",
        400,
        Some("BadRequest"),
        Means::Error(Kind::InvalidRequest, None),
    ),
    Refusal::new(
        "PUT|PATCH",
        400,
        Some("InvalidIdentityValues"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "PUT|PATCH",
        503,
        Some("ServiceUnavailable"),
        never(Kind::InvalidRequest),
    )
    .saying(NO_KEY),
    Refusal::new("PUT", 503, Some("ServiceUnavailable"), never(Kind::Other)).saying(NO_CAPACITY),
    Refusal::new("GET|PATCH", 403, Some("Forbidden"), DENIED).saying(REVOKED),
    // A failed operation: first what its text tells.
    Refusal::new(
        OPERATION,
        200,
        Some("ServiceUnavailable"),
        never(Kind::OperationFailed),
    )
    .saying(NO_KEY),
    Refusal::new(
        OPERATION,
        200,
        Some("ServiceUnavailable"),
        never(Kind::OperationFailed),
    )
    .saying(NO_CAPACITY),
    Refusal::new(
        OPERATION,
        200,
        Some("Forbidden"),
        Means::Error(Kind::OperationFailed, Some(Hint::NeedsPermission)),
    )
    .saying("bypass is set to None"),
    Refusal::new(
        OPERATION,
        200,
        Some("BadRequest"),
        never(Kind::OperationFailed),
    )
    .saying(HUSK),
    Refusal::new(
        OPERATION,
        200,
        Some("BadRequest"),
        never(Kind::OperationFailed),
    )
    .saying("Dns record for"),
    // A restore of a collection, which is none of ours: the code alone says nothing.
    Refusal::new(
        OPERATION,
        200,
        Some("BadRequest"),
        Means::Error(Kind::OperationFailed, None),
    ),
];

const FIELDS: &[Field<DatabaseAccount>] = &[
    Field::new("/id", How::Caseless, |it| json!(it.id.to_string())),
    Field::new("/location", How::Exactly, |it| json!(it.location)),
    Field::new("/kind", How::Exactly, |it| json!(it.kind.as_str())),
    Field::new("/tags", How::Exactly, |it| json!(it.tags)),
    Field::new("/identity/principalId", How::Caseless, |it| {
        json!(it.identity.principal_id.map(|id| id.to_string()))
    }),
    Field::new("/identity/tenantId", How::Caseless, |it| {
        json!(it.identity.tenant_id.map(|id| id.to_string()))
    }),
    Field::new("/identity/userAssignedIdentities", How::Caseless, |it| {
        it.identity
            .user_assigned
            .iter()
            .map(|assigned| {
                let ids = [
                    (
                        "principalId",
                        assigned.principal_id.map(|id| id.to_string()),
                    ),
                    ("clientId", assigned.client_id.map(|id| id.to_string())),
                ];
                // While an identity is being added, its ids are not there yet.
                let ids: Map<String, Value> = ids
                    .into_iter()
                    .filter_map(|(name, id)| Some((name.to_owned(), id?.into())))
                    .collect();
                (assigned.id.to_string(), Value::Object(ids))
            })
            .collect()
    }),
    Field::new("/properties/provisioningState", How::Exactly, |it| {
        json!(it.provisioning_state)
    }),
    Field::new("/properties/documentEndpoint", How::Exactly, |it| {
        json!(it.document_endpoint)
    }),
    Field::new("/properties/keyVaultKeyUri", How::Exactly, |it| {
        json!(it.key_vault_key_uri)
    }),
    Field::new("/properties/keyVaultKeyUriVersion", How::Exactly, |it| {
        json!(it.key_vault_key_uri_version)
    }),
    Field::new("/properties/publicNetworkAccess", How::Exactly, |it| {
        json!(it.public_network_access.as_ref().map(|word| word.as_str()))
    }),
    Field::new("/properties/disableLocalAuth", How::Exactly, |it| {
        json!(it.disable_local_auth)
    }),
    Field::new("/properties/locations", How::Exactly, |it| {
        let regions = it.locations.iter();
        regions
            .map(|region| {
                // Beside these a region says its id and its endpoint, which we do not model.
                let mut row = received_region(it, &region.name);
                row.insert("locationName".into(), json!(region.name));
                for (name, value) in [
                    ("failoverPriority", json!(region.failover_priority)),
                    ("isZoneRedundant", json!(region.zone_redundant)),
                    ("provisioningState", json!(region.provisioning_state)),
                ] {
                    if !value.is_null() {
                        row.insert(name.into(), value);
                    }
                }
                Value::Object(row)
            })
            .collect()
    }),
    Field::new("/properties/capabilities", How::Exactly, |it| {
        it.capabilities
            .iter()
            .map(|name| json!({ "name": name }))
            .collect()
    }),
];

/// What a received region says beside what we model.
fn received_region(account: &DatabaseAccount, name: &str) -> Map<String, Value> {
    let regions = account.received.pointer("/properties/locations");
    let regions = regions.and_then(Value::as_array).into_iter().flatten();
    let region = regions
        .filter_map(Value::as_object)
        .find(|region| region.get("locationName").and_then(Value::as_str) == Some(name));
    let members = region.into_iter().flatten();
    members
        .filter(|(name, _)| ["id", "documentEndpoint"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

const REGION_FIELDS: &[Field<RegionAccess>] = &[
    Field::new("/name", How::Exactly, |it| json!(it.name)),
    Field::new("/properties/status", How::Exactly, |it| json!(it.status)),
    Field::new(
        "/properties/isSubscriptionRegionAccessAllowedForRegular",
        How::Exactly,
        |it| json!(it.regular_access),
    ),
    Field::new(
        "/properties/isSubscriptionRegionAccessAllowedForAz",
        How::Exactly,
        |it| json!(it.zone_redundant_access),
    ),
    Field::new("/properties/supportsAvailabilityZone", How::Exactly, |it| {
        json!(it.supports_availability_zone)
    }),
    Field::new("/properties/isResidencyRestricted", How::Exactly, |it| {
        json!(it.residency_restricted)
    }),
    Field::new(
        "/properties/backupStorageRedundancies",
        How::Exactly,
        |it| {
            let words = it.backup_storage_redundancies.iter();
            words.map(|word| json!(word.as_str())).collect()
        },
    ),
];

/// What the model says in its own way, where the recorded word is not simply kept.
fn compare_words(account: &DatabaseAccount, recorded: &Value) -> Compared {
    let text = |pointer: &str| recorded.pointer(pointer).and_then(Value::as_str);
    let mut pairs = Vec::new();
    if let Some(word) = text("/properties/defaultIdentity") {
        pairs.push((
            "/properties/defaultIdentity",
            word,
            account.default_identity.to_string(),
        ));
    }
    if let Some(sentence) = text("/properties/customerManagedKeyStatus").filter(|it| !it.is_empty())
    {
        let ours = account.cmk_status.as_ref().map(ToString::to_string);
        let path = "/properties/customerManagedKeyStatus";
        pairs.push((path, sentence, ours.unwrap_or_default()));
    }
    if let Some(word) = text("/identity/type") {
        pairs.push(("/identity/type", word, account.identity.kind.to_string()));
    }
    let mut compared = Compared::default();
    for (path, theirs, ours) in pairs {
        compared.fields += 1;
        // Ids in it are without case; full stops and blanks at the end are the service's habit.
        let folded = |text: &str| text.trim_end_matches(['.', ' ']).to_lowercase();
        if folded(theirs) != folded(&ours) {
            compared = compared.but(format!("{path}: recorded {theirs:?}, read {ours:?}"));
        }
    }
    compared
}

fn client(client_options: ClientOptions) -> cmk_core::Result<DatabaseAccountsClient> {
    let options = DatabaseAccountsClientOptions {
        client_options,
        ..DatabaseAccountsClientOptions::default()
    };
    DatabaseAccountsClient::new(CLOUD, credential(), Some(options))
}

fn accepted(accepted: Accepted<DatabaseAccount>, recorded: &Value) -> Answered {
    let account = &accepted.resource;
    Answered {
        compared: compare(FIELDS, account, recorded).and(compare_words(account, recorded)),
        operation: accepted.operation,
    }
}

fn get<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let account = client.get_account(&call.path()?).await?;
        Ok(accepted(
            Accepted::new(account, None),
            &call.exchange.response_body,
        ))
    })
}

fn create<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let created = client
            .create_account(&call.path()?, &minimal()?, None)
            .await?;
        Ok(accepted(created, &call.exchange.response_body))
    })
}

/// One of our three changes, by what the recorded one changes; the answers of all are the same.
fn change<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let account: AccountId = call.path()?;
        let asked = &call.exchange.request_body;
        let changed = if asked.get("identity").is_some() {
            let change = IdentityChange {
                add: vec![identity("identity1")?],
                ..IdentityChange::default()
            };
            client
                .set_identities(&account, &change, SystemAssigned::Absent)
                .await?
        } else if asked.pointer("/properties/defaultIdentity").is_some() {
            let identity = DefaultIdentity::FirstParty;
            client.set_default_identity(&account, &identity).await?
        } else {
            client.set_key_uri(&account, &key()?).await?
        };
        Ok(accepted(changed, &call.exchange.response_body))
    })
}

fn delete<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let accepted = client.delete_account(&call.path()?).await?;
        Ok(Answered {
            operation: accepted.operation,
            ..Answered::default()
        })
    })
}

fn list<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let options = match call.parts.get("group") {
            "" => None,
            group => Some(ListAccountsOptions {
                resource_group: Some(parse(group)?),
            }),
        };
        let listed = client
            .list_accounts(call.part("subscription")?, options)
            .await?;
        Ok(compare_list(FIELDS, &listed.accounts, &call.exchange.response_body).into())
    })
}

fn check_name<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let availability = client.check_account_name(&call.part("name")?).await?;
        let compared = Compared {
            fields: 1,
            differences: Vec::new(),
        };
        if (availability == NameAvailability::Taken) == call.exchange.is_success() {
            Ok(compared.into())
        } else {
            Ok(compared.but(format!("read {availability:?}")).into())
        }
    })
}

fn get_region<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let region = client
            .get_region_access(call.part("subscription")?, &call.part("location")?)
            .await?;
        Ok(compare(REGION_FIELDS, &region, &call.exchange.response_body).into())
    })
}

fn list_regions<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let regions = client.list_regions(call.part("subscription")?).await?;
        Ok(compare_list(REGION_FIELDS, &regions, &call.exchange.response_body).into())
    })
}

fn identity(name: &str) -> Result<ResourceId, NotReplayed> {
    parse(&format!(
        "/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    ))
}

fn account() -> Result<AccountId, NotReplayed> {
    parse(&format!(
        "/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/account1"
    ))
}

fn key() -> Result<VersionlessKeyUri, NotReplayed> {
    parse("https://vault1.vault.azure.net/keys/key1")
}

fn minimal() -> Result<NewDatabaseAccount, NotReplayed> {
    Ok(NewDatabaseAccount::new(
        parse("eastus2")?,
        identity("identity1")?,
        parse(GUID)?,
        key()?,
    ))
}

fn full(backup: BackupPolicy) -> Result<NewDatabaseAccount, NotReplayed> {
    let subnet = format!(
        "/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net/subnets/subnet1"
    );
    let location = |name, failover_priority| -> Result<_, NotReplayed> {
        Ok(AccountLocation {
            name: parse(name)?,
            failover_priority,
            zone_redundant: failover_priority == 0,
        })
    };
    let mut account = minimal()?;
    account.kind = AccountKind::GlobalDocumentDb;
    account.identities.push(identity("identity2")?);
    account.locations = vec![location("eastus2", 0)?, location("westus2", 1)?];
    account.public_network_access = Some(PublicNetworkAccess::Enabled);
    account.ip_rules = vec![String::from("198.51.100.0/24")];
    account.virtual_network_rules = vec![VirtualNetworkRule {
        subnet: parse(&subnet)?,
        ignore_missing_service_endpoint: true,
    }];
    account.is_virtual_network_filter_enabled = Some(true);
    account.network_acl_bypass = Some(NetworkAclBypass::AzureServices);
    account.disable_local_auth = Some(true);
    account.minimal_tls_version = Some(MinimalTlsVersion::Tls12);
    account.consistency = Some(ConsistencyPolicy {
        default_level: ConsistencyLevel::BoundedStaleness,
        max_interval_in_seconds: Some(300),
        max_staleness_prefix: Some(100_000),
    });
    account.capabilities = vec![String::from("EnableTable")];
    account.backup = Some(backup);
    account.automatic_failover = Some(true);
    account.multiple_write_locations = Some(false);
    account.tags = [(String::from("owner"), String::from("conformance"))].into();
    account.further = [(String::from("enableFreeTier"), json!(true))]
        .into_iter()
        .collect();
    Ok(account)
}

const BODIES: &[BodyCase] = &[
    BodyCase {
        name: "create_account, minimal",
        send: |options| Box::pin(send_create(options, minimal())),
    },
    BodyCase {
        name: "create_account, full, periodic backup",
        send: |options| {
            let backup = BackupPolicy::Periodic {
                interval_minutes: Some(240),
                retention_hours: Some(8),
                redundancy: Some(BackupStorageRedundancy::Geo),
            };
            Box::pin(send_create(options, full(backup)))
        },
    },
    BodyCase {
        name: "create_account, full, continuous backup",
        send: |options| {
            let tier = ContinuousTier::Continuous7Days;
            Box::pin(send_create(
                options,
                full(BackupPolicy::Continuous { tier }),
            ))
        },
    },
    BodyCase {
        name: "set_identities, add and remove",
        send: |options| Box::pin(send_identities(options, SystemAssigned::Absent)),
    },
    BodyCase {
        name: "set_identities, beside the system-assigned one",
        send: |options| Box::pin(send_identities(options, SystemAssigned::Present)),
    },
    BodyCase {
        name: "set_default_identity, federated",
        send: |options| Box::pin(send_default_identity(options)),
    },
    BodyCase {
        name: "set_key_uri",
        send: |options| Box::pin(send_key_uri(options)),
    },
];

async fn send_create(
    options: ClientOptions,
    new: Result<NewDatabaseAccount, NotReplayed>,
) -> Result<(), NotReplayed> {
    client(options)?
        .create_account(&account()?, &new?, None)
        .await?;
    Ok(())
}

async fn send_identities(
    options: ClientOptions,
    system_assigned: SystemAssigned,
) -> Result<(), NotReplayed> {
    let change = IdentityChange {
        add: vec![identity("identity1")?],
        remove: vec![identity("identity2")?],
    };
    client(options)?
        .set_identities(&account()?, &change, system_assigned)
        .await?;
    Ok(())
}

async fn send_default_identity(options: ClientOptions) -> Result<(), NotReplayed> {
    let identity = DefaultIdentity::Federated {
        identity: identity("identity1")?,
        client_id: parse(GUID)?,
    };
    client(options)?
        .set_default_identity(&account()?, &identity)
        .await?;
    Ok(())
}

async fn send_key_uri(options: ClientOptions) -> Result<(), NotReplayed> {
    client(options)?.set_key_uri(&account()?, &key()?).await?;
    Ok(())
}
