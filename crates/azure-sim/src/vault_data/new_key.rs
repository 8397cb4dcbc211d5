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
        ec::{EcKey, is_curve},
        key::{
            ALL_OPERATIONS, EC_OPERATIONS, Key, KeyState, KeyVersion, Material, OCT_OPERATIONS,
            RSA_OPERATIONS,
        },
        oct::OctKey,
        rotation::RotationPolicy,
        rsa::RsaKey,
    },
    world::World,
};
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
    Oct(u64),
    /// Imported.
    Given(Material),
}

/// Why a key cannot be made.
#[derive(Debug)]
pub(crate) struct Unfit {
    pub(crate) message: String,
    pub(crate) inner: Option<&'static str>,
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
pub(crate) const ATTRIBUTES: [&str; 4] = ["enabled", "nbf", "exp", "exportable"];

impl KeyRequest {
    /// Reads the body of a creation in a vault.
    pub(crate) fn parse(body: &Value) -> Result<Self, Unfit> {
        let kty = body.get("kty").and_then(Value::as_str).unwrap_or_default();
        Self::read(body, kty, false)
    }

    /// The same for a managed HSM: its keys never leave the hardware, whatever was asked for (recorded), and symmetric ones
    /// are taken.
    pub(crate) fn parse_for_hsm(body: &Value) -> Result<Self, Unfit> {
        let kty = body.get("kty").and_then(Value::as_str).unwrap_or_default();
        let kty = match kty {
            "RSA" => "RSA-HSM",
            "EC" => "EC-HSM",
            "oct" => "oct-HSM",
            other => other,
        };
        Self::read(body, kty, true)
    }

    fn read(body: &Value, kty: &str, symmetric: bool) -> Result<Self, Unfit> {
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
                if !is_curve(curve) {
                    return Err(Unfit::new(format!("Invalid crv value: {curve}")));
                }
                Kind::Ec(curve.to_owned())
            }
            "oct-HSM" if symmetric => {
                let bits = body.get("key_size").filter(|size| !size.is_null());
                let bits = bits.map_or(Some(256), Value::as_u64).unwrap_or_default();
                if ![128, 192, 256].contains(&bits) {
                    return Err(Unfit::new("Unsupported key size"));
                }
                Kind::Oct(bits)
            }
            // https://github.com/Azure/azure-sdk-for-java/issues/31588
            other => {
                return Err(Unfit {
                    message: format!("Invalid kty value: {other}"),
                    inner: Some("KeyTypeNotSupported"),
                });
            }
        };
        Self::of_kind(
            kty,
            kind,
            body.get("key_ops").and_then(Value::as_array),
            body,
        )
    }

    /// An imported key; `body` has what is said beside its material.
    pub(crate) fn with_material(
        kty: String,
        material: Material,
        operations: Option<&Vec<Value>>,
        body: &Value,
    ) -> Result<Self, Unfit> {
        Self::of_kind(&kty, Kind::Given(material), operations, body)
    }

    fn of_kind(
        kty: &str,
        kind: Kind,
        sent: Option<&Vec<Value>>,
        body: &Value,
    ) -> Result<Self, Unfit> {
        let usual: &[&str] = if kty.starts_with("EC") {
            &EC_OPERATIONS
        } else if kty.starts_with("oct") {
            &OCT_OPERATIONS
        } else {
            &RSA_OPERATIONS
        };
        let operations = match sent {
            None => usual.iter().map(|one| (*one).to_owned()).collect(),
            Some(sent) => operations(kty, sent)?,
        };
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
    pub(crate) fn like(version: &KeyVersion) -> Self {
        let kind = match &version.material {
            Material::Rsa(rsa) => Kind::Rsa(u64::from(rsa.bits())),
            Material::Ec(key) => Kind::Ec(key.curve.clone()),
            Material::Oct(oct) => Kind::Oct(oct.bits() as u64),
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

    /// What the version that was asked for is made of.
    pub(crate) fn material(&self, world: &mut World) -> Option<Material> {
        match &self.kind {
            Kind::Rsa(bits) => match world.options.rsa_keys {
                RsaKeys::Own => RsaKey::new(*bits).map(Material::Rsa),
                RsaKeys::SharedForScaleRuns => world.key_vault.pool.key(*bits).map(Material::Rsa),
            },
            Kind::Ec(curve) => EcKey::generate(curve).map(Material::Ec),
            Kind::Oct(bits) => OctKey::generate(*bits).map(Material::Oct),
            Kind::Given(material) => Some(material.clone()),
        }
    }

    /// The version itself; the policy may date it.
    pub(crate) fn into_version(
        self,
        id: String,
        material: Material,
        now: u64,
        policy: &RotationPolicy,
    ) -> KeyVersion {
        KeyVersion {
            id,
            kty: self.kty,
            material,
            operations: self.operations,
            enabled: self.enabled,
            not_before: self.not_before,
            expires: self.expires.or_else(|| policy.expires(now)),
            created: now,
            updated: now,
            tags: self.tags,
        }
    }
}

/// Checks a list of operations of a key of this type.
pub(crate) fn operations(kty: &str, sent: &[Value]) -> Result<Vec<String>, Unfit> {
    let (is_curve, is_symmetric) = (kty.starts_with("EC"), kty.starts_with("oct"));
    // What neither a curve nor a symmetric key can.
    let cannot = |operation: &str| {
        let signs = ["sign", "verify"].contains(&operation);
        let moves = ["import", "export"].contains(&operation);
        is_curve && !signs && !moves || is_symmetric && signs
    };
    sent.iter()
        .map(|value| {
            let text = value.as_str().unwrap_or_default();
            if ALL_OPERATIONS.contains(&text) && !cannot(text) {
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
    admit(world, call, name, &request)?;
    add_version(world, call.vault, name, request);
    keys::read(world, call, name, None)
}

/// Refuses a version that the vault cannot hold.
pub(super) fn admit(
    world: &World,
    call: &VaultCall<'_>,
    name: &str,
    request: &KeyRequest,
) -> Result<(), SimResponse> {
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
    require_no_deleted(world, call, name)
}

/// Refuses a name that a deleted key holds.
pub(super) fn require_no_deleted(
    world: &World,
    call: &VaultCall<'_>,
    name: &str,
) -> Result<(), SimResponse> {
    let vault = world.key_vault.live(call.vault);
    let found = vault.and_then(|vault| vault.keys.get(&name.to_lowercase()));
    match found.map(|key| key.state(world.now)) {
        Some(KeyState::BeingDeleted) => Err(being_deleted(name)),
        Some(KeyState::Deleted) => Err(refused(
            409,
            "Conflict",
            &deleted_but_recoverable(name),
            Some("ObjectIsDeletedButRecoverable"),
        )),
        Some(KeyState::BeingRecovered) => Err(refused(
            409,
            "Conflict",
            &format!("Key {name} is currently being recovered."),
            Some("ObjectIsBeingRecovered"),
        )),
        Some(KeyState::Live) | None => Ok(()),
    }
}

/// Adds a version to a key of a live vault; the key is made if there is none.
pub(crate) fn add_version(world: &mut World, vault: &str, name: &str, request: KeyRequest) {
    let now = world.unix_time().cast_unsigned();
    let id = world.new_guid().replace('-', "");
    let Some(material) = request.material(world) else {
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
    let mut version = request.into_version(id, material, now, &key.policy);
    if version.operations == ["import"] {
        version.expires.get_or_insert(now + EXCHANGE_KEY_LIVES);
    }
    let dates = [version.not_before, version.expires];
    key.versions.push(version);
    world.changed_vault(vault);
    stop_at(world, dates);
    rotate::schedule(world, vault, name);
}

/// A key that may import and nothing else wraps other keys on their way into the vault. One without a date expires
/// (recorded; keys of managed HSMs do not).
const EXCHANGE_KEY_LIVES: u64 = 2 * 24 * 60 * 60;

/// Makes the clock stop at the dates of a key, so that what depends on them is seen then.
pub(crate) fn stop_at(world: &mut World, dates: [Option<u64>; 2]) {
    let now = world.unix_time().cast_unsigned();
    for date in dates.into_iter().flatten().filter(|date| *date > now) {
        world.schedule(world.now + Duration::from_secs(date - now), Due::Look);
    }
}
