//! Making keys and new versions of them.

use super::{
    Answer, VaultCall,
    error::{being_deleted, refused},
    keys, rotate,
    sent::{ATTRIBUTES, Sent, Unfit, member},
};
use crate::{
    RsaKeys, SimResponse,
    agenda::Due,
    key_vault::{
        ec::{EcKey, is_curve},
        key::{
            self, EC_OPERATIONS, Key, KeyState, KeyVersion, Material, OCT_OPERATIONS,
            RSA_OPERATIONS,
        },
        model::Vault,
        oct::OctKey,
        rotation::RotationPolicy,
        rsa::RsaKey,
    },
    world::World,
};
use serde_json::Value;
use std::time::Duration;

/// What a new version shall be, checked.
#[derive(Debug, Clone)]
pub(crate) struct KeyRequest {
    kty: String,
    kind: Kind,
    said: Sent,
}

#[derive(Debug, Clone)]
enum Kind {
    Rsa(u64),
    Ec(String),
    Oct(u64),
    /// Imported.
    Given(Material),
}

const MEMBERS: [&str; 6] = ["kty", "key_size", "key_ops", "crv", "attributes", "tags"];

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
                let curve = member(body, "crv", Value::as_str)?.unwrap_or("P-256");
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
        Ok(Self {
            kty: kty.to_owned(),
            kind,
            said: Sent::read(kty, body, body)?,
        })
    }

    /// An imported key; `body` has it as `key`, and what is said beside it.
    pub(crate) fn with_material(
        kty: String,
        material: Material,
        body: &Value,
    ) -> Result<Self, Unfit> {
        let key = body.get("key").unwrap_or(&Value::Null);
        let said = Sent::read(&kty, body, key)?;
        Ok(Self {
            kty,
            kind: Kind::Given(material),
            said,
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
            said: Sent {
                operations: Some(version.operations.clone()),
                tags: version.tags.clone(),
                ..Sent::default()
            },
        }
    }

    /// Refuses a key of an HSM in a vault whose tier has none.
    pub(crate) fn require_tier(&self, vault: &Vault) -> Result<(), Unfit> {
        let tier = vault.sku.get("name").and_then(Value::as_str);
        let premium = tier.is_some_and(|name| name.eq_ignore_ascii_case("premium"));
        if premium || !self.kty.ends_with("-HSM") {
            return Ok(());
        }
        Err(Unfit {
            message: format!("Invalid kty value: {}", self.kty),
            inner: Some("KeyTypeNotSupported"),
        })
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
        let usual = || usual_operations(&self.kty);
        KeyVersion {
            operations: self.said.operations.unwrap_or_else(usual),
            enabled: self.said.enabled.unwrap_or(true),
            not_before: self.said.not_before,
            expires: self.said.expires.or_else(|| policy.expires(now)),
            tags: self.said.tags,
            id,
            kty: self.kty,
            material,
            created: now,
            updated: now,
        }
    }
}

/// What a new key of this type may do if nobody says otherwise.
fn usual_operations(kty: &str) -> Vec<String> {
    let usual: &[&str] = if kty.starts_with("EC") {
        &EC_OPERATIONS
    } else if kty.starts_with("oct") {
        &OCT_OPERATIONS
    } else {
        &RSA_OPERATIONS
    };
    usual.iter().map(|one| (*one).to_owned()).collect()
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
    request.require_tier(vault)?;
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

/// Makes the clock stop where the dates of a key begin and end to count, so that what depends on them is seen then.
pub(crate) fn stop_at(world: &mut World, dates: [Option<u64>; 2]) {
    let (now, leeway) = (world.unix_time().cast_unsigned(), key::leeway(world));
    let counts = |date: u64| [date.saturating_sub(leeway), date.saturating_add(leeway)];
    for date in dates.into_iter().flatten().flat_map(counts) {
        if date > now {
            world.schedule(world.now + Duration::from_secs(date - now), Due::Look);
        }
    }
}
