//! Making keys and new versions of them.

use super::{
    Answer, VaultCall,
    error::{bad_parameter, being_deleted, refused},
    keys, rotate,
};
use crate::{
    RsaKeys, SimResponse,
    agenda::Due,
    key_vault::{
        key::{
            ALL_OPERATIONS, EC_OPERATIONS, Key, KeyState, KeyVersion, Material, RSA_OPERATIONS,
            curve_bytes,
        },
        rotation::RotationPolicy,
        rsa::RsaKey,
    },
    world::World,
};
use azure_core::base64;
use serde_json::{Map, Value};
use std::time::Duration;

/// What a new version shall be, checked.
#[derive(Debug, Clone)]
pub(crate) struct KeyRequest {
    kty: String,
    kind: Kind,
    operations: Vec<String>,
    enabled: bool,
    not_before: Option<u64>,
    expires: Option<u64>,
    tags: Option<Map<String, Value>>,
}

#[derive(Debug, Clone)]
enum Kind {
    Rsa(u64),
    Ec(String),
}

/// Why a key cannot be made.
#[derive(Debug)]
pub(crate) struct Unfit {
    pub(crate) message: String,
    inner: Option<&'static str>,
}

impl Unfit {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            inner: None,
        }
    }
}

const MEMBERS: [&str; 6] = ["kty", "key_size", "key_ops", "crv", "attributes", "tags"];
const ATTRIBUTES: [&str; 4] = ["enabled", "nbf", "exp", "exportable"];

impl KeyRequest {
    /// Reads the body of a creation.
    pub(crate) fn parse(body: &Value) -> Result<Self, Unfit> {
        let kty = body.get("kty").and_then(Value::as_str).unwrap_or_default();
        let kind = match kty {
            "RSA" | "RSA-HSM" => {
                let bits = body.get("key_size").filter(|size| !size.is_null());
                let bits = bits.map_or(Some(2048), Value::as_u64).unwrap_or_default();
                // https://github.com/Azure/azure-cli/issues/2613
                RsaKey::new(bits).ok_or_else(|| Unfit::new("Unsupported key size"))?;
                Kind::Rsa(bits)
            }
            "EC" | "EC-HSM" => {
                let curve = body.get("crv").and_then(Value::as_str).unwrap_or("P-256");
                if curve_bytes(curve).is_none() {
                    return Err(Unfit::new(format!("Invalid crv value: {curve}")));
                }
                Kind::Ec(curve.to_owned())
            }
            // https://github.com/Azure/azure-sdk-for-java/issues/31588
            other => {
                return Err(Unfit {
                    message: format!("Invalid kty value: {other}"),
                    inner: Some("KeyTypeNotSupported"),
                });
            }
        };
        let usual: &[&str] = match kind {
            Kind::Rsa(_) => &RSA_OPERATIONS,
            Kind::Ec(_) => &EC_OPERATIONS,
        };
        let operations = match body.get("key_ops").and_then(Value::as_array) {
            None => usual.iter().map(|one| (*one).to_owned()).collect(),
            Some(sent) => operations(sent)?,
        };
        let curve_cannot = |operation: &String| {
            matches!(kind, Kind::Ec(_))
                && !["sign", "verify", "import", "export"].contains(&operation.as_str())
        };
        if let Some(wrong) = operations.iter().find(|operation| curve_cannot(operation)) {
            return Err(Unfit::new(format!("Invalid key_ops value: {wrong}")));
        }
        let attribute = |name: &str| body.pointer(&format!("/attributes/{name}"));
        Ok(Self {
            kty: kty.to_owned(),
            kind,
            operations,
            enabled: attribute("enabled")
                .and_then(Value::as_bool)
                .unwrap_or(true),
            not_before: attribute("nbf").and_then(Value::as_u64),
            expires: attribute("exp").and_then(Value::as_u64),
            tags: body.get("tags").and_then(Value::as_object).cloned(),
        })
    }

    /// A new version like this one, with dates that the rotation policy gives.
    pub(super) fn like(version: &KeyVersion) -> Self {
        let kind = match &version.material {
            Material::Rsa(rsa) => Kind::Rsa(u64::from(rsa.bits())),
            Material::Ec { curve, .. } => Kind::Ec(curve.clone()),
        };
        Self {
            kty: version.kty.clone(),
            kind,
            operations: version.operations.clone(),
            enabled: true,
            not_before: None,
            expires: None,
            tags: version.tags.clone(),
        }
    }
}

/// Checks a list of operations.
pub(super) fn operations(sent: &[Value]) -> Result<Vec<String>, Unfit> {
    sent.iter()
        .map(|value| {
            let text = value.as_str().unwrap_or_default();
            if ALL_OPERATIONS.contains(&text) {
                Ok(text.to_owned())
            } else {
                Err(Unfit::new(format!("Invalid key_ops value: {text}")))
            }
        })
        .collect()
}

impl From<Unfit> for SimResponse {
    fn from(unfit: Unfit) -> Self {
        bad_parameter(&unfit.message, unfit.inner)
    }
}

/// The name of a deleted key is taken until it is recovered or purged.
pub(crate) fn deleted_but_recoverable(name: &str) -> String {
    format!(
        "Key {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the key can only be recovered or purged."
    )
}

/// Every creation makes a new version, also under a name that exists.
pub(super) fn create(world: &mut World, call: &VaultCall<'_>, name: &str) -> Answer {
    world.note_unknown("keys", &call.body, &MEMBERS);
    if let Some(attributes) = call.body.get("attributes") {
        world.note_unknown("keys.attributes", attributes, &ATTRIBUTES);
    }
    let request = KeyRequest::parse(&call.body)?;
    let Some(vault) = world.key_vault.live(call.vault) else {
        return Err(super::error::key_not_found(name));
    };
    let premium = vault
        .sku
        .get("name")
        .and_then(Value::as_str)
        .is_some_and(|name| name.eq_ignore_ascii_case("premium"));
    if request.kty.ends_with("-HSM") && !premium {
        return Err(Unfit {
            message: format!("Invalid kty value: {}", request.kty),
            inner: Some("KeyTypeNotSupported"),
        }
        .into());
    }
    match vault
        .keys
        .get(&name.to_lowercase())
        .map(|key| key.state(world.now))
    {
        Some(KeyState::BeingDeleted) => return Err(being_deleted(name)),
        Some(KeyState::Deleted) => {
            return Err(refused(
                409,
                "Conflict",
                &deleted_but_recoverable(name),
                Some("ObjectIsDeletedButRecoverable"),
            ));
        }
        Some(KeyState::BeingRecovered) => {
            return Err(refused(
                409,
                "Conflict",
                &format!("Key {name} is currently being recovered."),
                Some("ObjectIsBeingRecovered"),
            ));
        }
        Some(KeyState::Live) | None => {}
    }
    add_version(world, call.vault, name, request);
    keys::read(world, call, name, None)
}

/// Adds a version to a key of a live vault; the key is made if there is none.
pub(crate) fn add_version(world: &mut World, vault: &str, name: &str, request: KeyRequest) {
    let now = world.unix_time().cast_unsigned();
    let id = world.new_guid().replace('-', "");
    let Some(material) = material(world, &request.kind, &id) else {
        return;
    };
    let Some(found) = world.key_vault.live_mut(vault) else {
        return;
    };
    let key = found
        .keys
        .entry(name.to_lowercase())
        .or_insert_with(|| Key {
            name: name.to_owned(),
            versions: Vec::new(),
            policy: RotationPolicy::default(),
            deleted: None,
            recovering_until: None,
        });
    let version = KeyVersion {
        id,
        kty: request.kty,
        material,
        operations: request.operations,
        enabled: request.enabled,
        not_before: request.not_before,
        expires: request.expires.or_else(|| key.policy.expires(now)),
        created: now,
        updated: now,
        tags: request.tags,
    };
    let dates = [version.not_before, version.expires];
    key.versions.push(version);
    world.changed_vault(vault);
    stop_at(world, dates);
    rotate::schedule(world, vault, name);
}

/// Makes the clock stop at the dates of a key, so that what depends on them is seen then.
pub(crate) fn stop_at(world: &mut World, dates: [Option<u64>; 2]) {
    let now = world.unix_time().cast_unsigned();
    for date in dates.into_iter().flatten().filter(|date| *date > now) {
        world.schedule(world.now + Duration::from_secs(date - now), Due::Look);
    }
}

fn material(world: &mut World, kind: &Kind, id: &str) -> Option<Material> {
    match kind {
        Kind::Rsa(bits) => match world.options.rsa_keys {
            RsaKeys::Own => RsaKey::new(*bits).map(Material::Rsa),
            RsaKeys::SharedForScaleRuns => world.key_vault.pool.key(*bits).map(Material::Rsa),
        },
        Kind::Ec(curve) => {
            // Metadata only, so the coordinates are made from the id and lie on no curve.
            let length = curve_bytes(curve)?;
            let coordinate = |salt: u8| {
                let bytes = id.bytes().cycle().map(|byte| byte ^ salt).take(length);
                base64::encode_url_safe(bytes.collect::<Vec<u8>>())
            };
            Some(Material::Ec {
                curve: curve.clone(),
                x: coordinate(0),
                y: coordinate(0xff),
            })
        }
    }
}
