//! Keys over the data plane of vaults and managed HSMs, and the challenge of both.

use crate::conformance::{
    address::Host::{self, ManagedHsm, Vault},
    bodies::BodyCase,
    compare::{Compared, Field, How, compare, compare_list},
    family::{
        ANY, Answered, Call, Family, Means, NotReplayed, Reason, Refusal, Replaying, Route, What,
        credential, parse,
    },
    refusals::{BUSY, DENIED, THROTTLED, never, spreads},
    transport::Replayer,
};
use azure_core::http::ClientOptions;
use cmk_core::{Hint, Kind};
use keyvault_rbac::{
    ChallengeClient, ChallengeClientOptions, DeletedKey, GetKeyOptions, Key, KeyAttributes,
    KeyClient, KeyClientOptions, KeyOperation, KeyUpdate, KeyVersionItem, KeysApi as _,
    LifetimeAction, NewKey, RotationAction, RotationPolicy, RotationTrigger, RsaKeySize,
    VaultTenantApi as _, VaultUrl, WrapAlgorithm,
};
use serde_json::{Value, json};

pub(crate) const OF_VAULTS: Family = Family {
    name: "kv-keys",
    is_ours: true,
    routes: VAULT_ROUTES,
    refusals: &[REFUSALS],
    poller: None,
    bodies: BODIES,
};

pub(crate) const OF_MANAGED_HSMS: Family = Family {
    name: "hsm",
    is_ours: true,
    routes: HSM_ROUTES,
    refusals: &[REFUSALS],
    poller: None,
    bodies: &[],
};

const VAULT_ROUTES: &[Route] = &routes(Vault, Reason::NoSuchOperation);
const HSM_ROUTES: &[Route] = &routes(ManagedHsm, Reason::ManagedHsm);

/// The same operations at both kinds of hosts. `others` is why the rest is skipped.
const fn routes(host: Host, others: Reason) -> [Route; 30] {
    let not_ours = What::OursOtherwise(challenge_alone);
    [
        Route::new(host, "POST", "/keys/{key}/create", What::Ours(create)),
        Route::new(
            host,
            "GET",
            "/keys/{key}/versions",
            What::Ours(list_versions),
        ),
        Route::new(
            host,
            "GET",
            "/keys/{key}/rotationpolicy",
            What::Ours(get_policy),
        ),
        Route::new(
            host,
            "PUT",
            "/keys/{key}/rotationpolicy",
            What::Ours(put_policy),
        ),
        Route::new(host, "POST", "/keys/{key}/rotate", What::Ours(rotate)),
        Route::new(host, "POST", "/keys/{key}/wrapKey", What::Ours(wrap)),
        Route::new(
            host,
            "POST",
            "/keys/{key}/{version}/wrapKey",
            What::Ours(wrap),
        ),
        Route::new(
            host,
            "POST",
            "/keys/{key}/{version}/unwrapKey",
            What::Ours(unwrap),
        ),
        Route::new(host, "DELETE", "/keys/{key}", What::Ours(delete)),
        Route::new(host, "GET", "/deletedkeys/{key}", What::Ours(get_deleted)),
        Route::new(
            host,
            "POST",
            "/deletedkeys/{key}/recover",
            What::Ours(recover),
        ),
        // Roles of a managed HSM, which look like a key's versions.
        Route::new(
            host,
            "GET",
            "/{*scope}/Microsoft.Authorization/roleAssignments",
            SKIPPED_HSM,
        ),
        Route::new(
            host,
            "GET",
            "/{*scope}/Microsoft.Authorization/roleDefinitions",
            SKIPPED_HSM,
        ),
        Route::new(
            host,
            "PUT",
            "/{*scope}/Microsoft.Authorization/roleAssignments/{name}",
            SKIPPED_HSM,
        ),
        Route::new(
            host,
            "DELETE",
            "/{*scope}/Microsoft.Authorization/roleAssignments/{name}",
            SKIPPED_HSM,
        ),
        Route::new(host, "GET", "/keys/{key}/{version}", What::Ours(get)),
        Route::new(host, "GET", "/keys/{key}", What::Ours(get)),
        Route::new(host, "PATCH", "/keys/{key}/{version}", What::Ours(update)),
        // Ours names the version.
        Route::new(host, "PATCH", "/keys/{key}", What::OursOtherwise(update)),
        // Imports, restores, lists of keys, purges, backups, and what is encrypted or signed: not ours, but a first
        // request is challenged as ours are.
        Route::new(host, "PUT", "/keys/{key}", not_ours),
        Route::new(host, "POST", "/keys/{action}", not_ours),
        Route::new(host, "GET", "/keys", not_ours),
        Route::new(host, "GET", "/deletedkeys", What::Skipped(others)),
        Route::new(host, "DELETE", "/deletedkeys/{key}", What::Skipped(others)),
        Route::new(host, "POST", "/keys/{key}/backup", What::Skipped(others)),
        Route::new(host, "POST", "/keys/{key}/encrypt", What::Skipped(others)),
        Route::new(host, "POST", "/keys/{key}/decrypt", What::Skipped(others)),
        Route::new(
            host,
            "POST",
            "/keys/{key}/{version}/encrypt",
            What::Skipped(others),
        ),
        Route::new(
            host,
            "POST",
            "/keys/{key}/{version}/decrypt",
            What::Skipped(others),
        ),
        Route::new(
            host,
            "POST",
            "/keys/{key}/{version}/sign",
            What::Skipped(others),
        ),
    ]
}

const SKIPPED_HSM: What = What::OursOtherwise(challenge_of_roles);

/// A vault says that there was no token: without one it says so again.
const NO_TOKEN: Means = Means::Error(Kind::Unauthenticated, Some(Hint::Permanent));
/// A managed HSM says nothing at all.
const NO_WORD: Means = Means::Error(Kind::Unauthenticated, None);

/// Of these the vault's own text says that a role may not have spread yet.
const USES: &[&str] = &[
    "create_key",
    "get_deleted_key",
    "get_key",
    "list_key_versions",
    "unwrap_key",
    "wrap_key",
];

const REFUSALS: &[Refusal] = &[
    Refusal::new(
        ANY,
        401,
        Some("Unauthorized"),
        Means::Error(Kind::Unauthenticated, Some(Hint::Transient { after: None })),
    )
    .saying("[TokenExpired]"),
    Refusal::new(ANY, 401, Some("Unauthorized"), NO_TOKEN).saying("AKV10000"),
    Refusal::new(ANY, 401, Some("Unauthorized"), NO_TOKEN).saying("AKV10022: Invalid audience."),
    Refusal::new(ANY, 401, Some("Unauthorized"), NO_TOKEN).saying("AKV10032: Invalid issuer."),
    Refusal::new(ANY, 401, None, NO_WORD),
    Refusal::new(ANY, 403, Some("Forbidden"), spreads(Kind::Forbidden))
        .of(USES)
        .inner("ForbiddenByRbac"),
    Refusal::new(ANY, 403, Some("Forbidden"), DENIED).inner("ForbiddenByRbac"),
    Refusal::new(ANY, 403, Some("Forbidden"), DENIED).inner("AccessDenied"),
    Refusal::new(ANY, 403, Some("Forbidden"), DENIED).inner("ForbiddenByPolicy"),
    Refusal::new(ANY, 403, Some("Forbidden"), never(Kind::Forbidden)).inner("ForbiddenByFirewall"),
    Refusal::new(ANY, 403, Some("Forbidden"), never(Kind::Forbidden))
        .inner("ForbiddenByConnection"),
    Refusal::new(ANY, 403, Some("Forbidden"), never(Kind::Forbidden)).inner("KeyDisabled"),
    Refusal::new(ANY, 403, Some("Forbidden"), never(Kind::Forbidden))
        .inner("KeyOperationForbidden"),
    Refusal::new(ANY, 403, Some("AccessDenied"), DENIED)
        .saying("Not authorized to access Microsoft.KeyVault/managedHsm/"),
    Refusal::new("DELETE", 404, Some("KeyNotFound"), Means::Answer),
    Refusal::new("GET", 404, Some("KeyNotFound"), spreads(Kind::NotFound)).of(&["get_deleted_key"]),
    Refusal::new(ANY, 404, Some("KeyNotFound"), never(Kind::NotFound)),
    Refusal::new(ANY, 409, Some("Conflict"), BUSY).inner("ObjectIsBeingDeleted"),
    Refusal::new(ANY, 409, Some("Conflict"), never(Kind::Conflict))
        .inner("ObjectIsDeletedButRecoverable"),
    Refusal::new(ANY, 429, Some("Throttled"), THROTTLED),
    Refusal::new(ANY, 400, Some("BadParameter"), never(Kind::InvalidRequest)),
];

const FIELDS: &[Field<Key>] = &[
    Field::new("/key/kid", How::Caseless, |it| json!(it.uri.to_string())),
    Field::new("/key/kty", How::Exactly, |it| json!(it.kty.as_str())),
    Field::new("/key/key_ops", How::Exactly, |it| {
        it.ops.iter().map(|op| json!(op.as_str())).collect()
    }),
    Field::new("/attributes/enabled", How::Exactly, |it| json!(it.enabled)),
    Field::new("/attributes/nbf", How::Exactly, |it| {
        json!(it.not_before.map(|time| time.unix_timestamp()))
    }),
    Field::new("/attributes/exp", How::Exactly, |it| {
        json!(it.expires.map(|time| time.unix_timestamp()))
    }),
    Field::new("/attributes/recoveryLevel", How::Exactly, |it| {
        json!(it.recovery_level.as_ref().map(|word| word.as_str()))
    }),
    Field::new("/attributes/recoverableDays", How::Exactly, |it| {
        json!(it.recoverable_days)
    }),
    Field::new("/tags", How::Exactly, |it| json!(it.tags)),
];

const DELETED_FIELDS: &[Field<DeletedKey>] = &[
    Field::new("/deletedDate", How::Exactly, |it| {
        json!(it.deleted.map(|time| time.unix_timestamp()))
    }),
    Field::new("/scheduledPurgeDate", How::Exactly, |it| {
        json!(it.scheduled_purge.map(|time| time.unix_timestamp()))
    }),
];

const VERSION_FIELDS: &[Field<KeyVersionItem>] = &[
    Field::new("/kid", How::Caseless, |it| json!(it.uri.to_string())),
    Field::new("/attributes/enabled", How::Exactly, |it| json!(it.enabled)),
    Field::new("/attributes/nbf", How::Exactly, |it| {
        json!(it.not_before.map(|time| time.unix_timestamp()))
    }),
    Field::new("/attributes/exp", How::Exactly, |it| {
        json!(it.expires.map(|time| time.unix_timestamp()))
    }),
    Field::new("/attributes/created", How::Exactly, |it| {
        json!(it.created.map(|time| time.unix_timestamp()))
    }),
    Field::new("/tags", How::Exactly, |it| json!(it.tags)),
];

const POLICY_FIELDS: &[Field<RotationPolicy>] = &[
    Field::new("/attributes/expiryTime", How::Exactly, |it| {
        json!(it.expiry.as_ref().map(ToString::to_string))
    }),
    Field::new("/lifetimeActions", How::Caseless, |it| {
        it.lifetime_actions
            .iter()
            .map(|action| {
                let trigger = match &action.trigger {
                    Some(RotationTrigger::AfterCreate(period)) => {
                        json!({ "timeAfterCreate": period.to_string() })
                    }
                    Some(RotationTrigger::BeforeExpiry(period)) => {
                        json!({ "timeBeforeExpiry": period.to_string() })
                    }
                    _ => Value::Null,
                };
                json!({ "trigger": trigger, "action": { "type": action.action.as_str() } })
            })
            .collect()
    }),
];

fn vault(call: &Call<'_>) -> Result<VaultUrl, NotReplayed> {
    parse(&format!("https://{}", call.address.name))
}

fn client(vault: &VaultUrl, client_options: ClientOptions) -> cmk_core::Result<KeyClient> {
    let options = KeyClientOptions {
        client_options,
        ..KeyClientOptions::default()
    };
    KeyClient::new(vault, credential(), Some(options))
}

/// A client for the call. Where the answer is the challenge, that is read too.
async fn challenged(call: &Call<'_>) -> Result<KeyClient, NotReplayed> {
    if call.exchange.status == 401 {
        let read = read_challenge(call).await?;
        if let Some(difference) = read.differences.first() {
            return Err(NotReplayed::Argument(difference.clone()));
        }
    }
    Ok(client(&vault(call)?, call.transport.client_options())?)
}

/// The tenant that the recorded challenge names, through our client.
async fn read_challenge(call: &Call<'_>) -> Result<Compared, NotReplayed> {
    let options = ChallengeClientOptions {
        client_options: Replayer::new([call.exchange]).client_options(),
        ..ChallengeClientOptions::default()
    };
    let challenge = ChallengeClient::new(Some(options));
    let header = call.exchange.header("www-authenticate").unwrap_or_default();
    let tenant = challenge
        .get_vault_tenant(&vault(call)?)
        .await
        .map_err(|error| NotReplayed::Argument(format!("challenge {header}: {error}")))?;
    let compared = Compared {
        fields: 1,
        differences: Vec::new(),
    };
    Ok(if header.contains(&format!("/{tenant}")) {
        compared
    } else {
        compared.but(format!("www-authenticate: read {tenant}"))
    })
}

/// Not an operation of ours, but its first answer is a challenge as ours get it.
fn challenge_alone<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(challenge_or(call, Reason::NoSuchOperation))
}

fn challenge_of_roles<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(challenge_or(call, Reason::ManagedHsm))
}

async fn challenge_or(call: &Call<'_>, otherwise: Reason) -> Result<Answered, NotReplayed> {
    if call.exchange.status != 401 {
        return Err(NotReplayed::Skipped(otherwise));
    }
    challenged(call)
        .await?
        .get_key(&parse("key1")?, None)
        .await?;
    Ok(Answered::default())
}

fn create<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let new = NewKey::rsa(RsaKeySize::Bits3072);
        let key = client.create_key(&call.part("key")?, &new, None).await?;
        Ok(compare_key(&key, &call.exchange.response_body).into())
    })
}

fn get<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let options = match call.parts.get("version") {
            "" => None,
            version => Some(GetKeyOptions {
                version: Some(parse(version)?),
            }),
        };
        let key = client.get_key(&call.part("key")?, options).await?;
        Ok(compare_key(&key, &call.exchange.response_body).into())
    })
}

fn list_versions<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let versions = client.list_key_versions(&call.part("key")?).await?;
        Ok(compare_list(VERSION_FIELDS, &versions, &call.exchange.response_body).into())
    })
}

fn update<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let version = match call.parts.get("version") {
            "" => parse(VERSION)?,
            version => parse(version)?,
        };
        let key = client
            .update_key(&call.part("key")?, &version, &full_update())
            .await?;
        Ok(compare_key(&key, &call.exchange.response_body).into())
    })
}

fn rotate<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let key = client.rotate_key(&call.part("key")?).await?;
        Ok(compare_key(&key, &call.exchange.response_body).into())
    })
}

fn wrap<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let version = match call.parts.get("version") {
            "" => None,
            version => Some(parse(version)?),
        };
        let wrapped = client
            .wrap_key(
                &call.part("key")?,
                version.as_ref(),
                WrapAlgorithm::RsaOaep256,
                b"plain",
            )
            .await?;
        Ok(compare_kid(&wrapped.key.to_string(), &call.exchange.response_body).into())
    })
}

fn unwrap<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let (key, version) = (call.part("key")?, call.part("version")?);
        let unwrapped = client
            .unwrap_key(&key, &version, WrapAlgorithm::RsaOaep256, b"wrapped")
            .await?;
        Ok(compare_kid(&unwrapped.key.to_string(), &call.exchange.response_body).into())
    })
}

/// A key with its size, which the service says only by the length of the modulus.
fn compare_key(key: &Key, recorded: &Value) -> Compared {
    let modulus = recorded.pointer("/key/n").and_then(Value::as_str);
    let compared = compare(FIELDS, key, recorded);
    let Some(modulus) = modulus else {
        return if key.size.is_none() {
            compared
        } else {
            compared.but(format!("/key/n: recorded none, read {:?} bits", key.size))
        };
    };
    // Base64 without padding: four characters for three bytes.
    let bits = u32::try_from(modulus.trim_end_matches('=').len() * 6 / 8 * 8).ok();
    let mut compared = compared;
    compared.fields += 1;
    if key.size == bits {
        compared
    } else {
        compared.but(format!(
            "/key/n: recorded {bits:?} bits, read {:?}",
            key.size
        ))
    }
}

fn compare_kid(kid: &str, recorded: &Value) -> Compared {
    let table = [Field::new("/kid", How::Caseless, |kid: &&str| json!(kid))];
    compare(&table, &kid, recorded)
}

fn get_policy<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let policy = client.get_rotation_policy(&call.part("key")?).await?;
        Ok(compare(POLICY_FIELDS, &policy, &call.exchange.response_body).into())
    })
}

fn put_policy<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let policy = client
            .put_rotation_policy(&call.part("key")?, &policy()?)
            .await?;
        Ok(compare(POLICY_FIELDS, &policy, &call.exchange.response_body).into())
    })
}

fn compare_deleted(deleted: &DeletedKey, recorded: &Value) -> Compared {
    compare(DELETED_FIELDS, deleted, recorded).and(compare_key(&deleted.key, recorded))
}

fn delete<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let deleted = client.delete_key(&call.part("key")?).await?;
        Ok(match deleted {
            Some(deleted) => compare_deleted(&deleted, &call.exchange.response_body),
            None if !call.exchange.is_success() => Compared::default(),
            None => Compared::default().but("read nothing"),
        }
        .into())
    })
}

fn get_deleted<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let deleted = client.get_deleted_key(&call.part("key")?).await?;
        Ok(compare_deleted(&deleted, &call.exchange.response_body).into())
    })
}

fn recover<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = challenged(call).await?;
        let key = client.recover_deleted_key(&call.part("key")?).await?;
        Ok(compare_key(&key, &call.exchange.response_body).into())
    })
}

const VERSION: &str = "11111111111111111111111111111111";

fn full_update() -> KeyUpdate {
    KeyUpdate {
        attributes: KeyAttributes {
            enabled: Some(false),
            ..KeyAttributes::default()
        },
        ops: Some(vec![KeyOperation::WrapKey]),
        tags: Some([(String::from("owner"), String::from("conformance"))].into()),
    }
}

fn policy() -> Result<RotationPolicy, NotReplayed> {
    let trigger = RotationTrigger::AfterCreate(parse("P90D")?);
    let rotate = LifetimeAction::new(RotationAction::Rotate, trigger);
    Ok(RotationPolicy::new(vec![rotate], Some(parse("P120D")?)))
}

/// The data plane has no schemas here: these are counted.
const BODIES: &[BodyCase] = &[
    BodyCase {
        name: "create_key",
        send: |options| Box::pin(send_create(options)),
    },
    BodyCase {
        name: "update_key",
        send: |options| Box::pin(send_update(options)),
    },
    BodyCase {
        name: "put_rotation_policy",
        send: |options| Box::pin(send_policy(options)),
    },
    BodyCase {
        name: "wrap_key",
        send: |options| Box::pin(send_wrap(options)),
    },
    BodyCase {
        name: "unwrap_key",
        send: |options| Box::pin(send_unwrap(options)),
    },
];

fn own(options: ClientOptions) -> Result<KeyClient, NotReplayed> {
    Ok(client(&parse("https://vault1.vault.azure.net")?, options)?)
}

async fn send_create(options: ClientOptions) -> Result<(), NotReplayed> {
    let new = NewKey::rsa(RsaKeySize::Bits3072);
    own(options)?
        .create_key(&parse("key1")?, &new, None)
        .await?;
    Ok(())
}

async fn send_update(options: ClientOptions) -> Result<(), NotReplayed> {
    own(options)?
        .update_key(&parse("key1")?, &parse(VERSION)?, &full_update())
        .await?;
    Ok(())
}

async fn send_policy(options: ClientOptions) -> Result<(), NotReplayed> {
    own(options)?
        .put_rotation_policy(&parse("key1")?, &policy()?)
        .await?;
    Ok(())
}

async fn send_wrap(options: ClientOptions) -> Result<(), NotReplayed> {
    own(options)?
        .wrap_key(&parse("key1")?, None, WrapAlgorithm::RsaOaep256, b"plain")
        .await?;
    Ok(())
}

async fn send_unwrap(options: ClientOptions) -> Result<(), NotReplayed> {
    own(options)?
        .unwrap_key(
            &parse("key1")?,
            &parse(VERSION)?,
            WrapAlgorithm::RsaOaep256,
            b"wrapped",
        )
        .await?;
    Ok(())
}
