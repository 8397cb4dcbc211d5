//! Wrapping and encrypting, with real keys: RSA, and AES as key wrap and in GCM.

use super::{
    Answer, HsmCall,
    error::{bad_parameter, forbidden},
    keys, render,
};
use crate::{
    SimResponse,
    key_vault::{
        key::KeyVersion,
        oct::{OctKey, Sealed},
        rsa::WrapAlgorithm,
    },
    world::World,
};
use azure_core::base64;
use serde_json::{Map, Value, json};

/// What is asked of a key. Signing is not modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Wrap,
    Unwrap,
    Encrypt,
    Decrypt,
}

impl Verb {
    /// The last word of the path, in lower case.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "wrapkey" => Some(Self::Wrap),
            "unwrapkey" => Some(Self::Unwrap),
            "encrypt" => Some(Self::Encrypt),
            "decrypt" => Some(Self::Decrypt),
            _ => None,
        }
    }

    /// The local role's data action.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::Wrap => "keys/wrap/action",
            Self::Unwrap => "keys/unwrap/action",
            Self::Encrypt => "keys/encrypt/action",
            Self::Decrypt => "keys/decrypt/action",
        }
    }

    /// As `key_ops` names it.
    const fn operation(self) -> &'static str {
        match self {
            Self::Wrap => "wrapKey",
            Self::Unwrap => "unwrapKey",
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
        }
    }

    /// Whether it makes something new of the key.
    const fn protects(self) -> bool {
        matches!(self, Self::Wrap | Self::Encrypt)
    }
}

const INVALID: &str = "Property has invalid value";

pub(super) fn run(
    world: &mut World,
    call: &HsmCall<'_>,
    name: &str,
    version: Option<&str>,
    verb: Verb,
) -> Answer {
    world.note_unknown(
        "keys.crypto",
        &call.body,
        &["alg", "value", "iv", "aad", "tag"],
    );
    let activity = call.activity(world);
    let iv = fresh_iv(world);
    let (pool, key, found) = keys::find_version(world, call, name, version)?;
    check(found, verb, world.unix_time().cast_unsigned())
        .map_err(|message| forbidden(&activity, &message))?;
    let kid = format!("{}/{}", render::key_id(world, pool, &key.name), found.id);
    let algorithm = call
        .body
        .get("alg")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let value = bytes(&call.body, "value").ok_or_else(|| bad_parameter(&activity, INVALID))?;
    let result = match (found.rsa(), found.oct()) {
        (Some(rsa), _) => {
            let algorithm =
                WrapAlgorithm::parse(algorithm).ok_or_else(|| bad_parameter(&activity, INVALID))?;
            let result = if verb.protects() {
                rsa.wrap(algorithm, &value)
            } else {
                rsa.unwrap(algorithm, &value)
            };
            result.map(Made::plain)
        }
        (None, Some(oct)) => match Aes::parse(algorithm, oct, verb) {
            Some(Aes::KeyWrap) => wrap(oct, verb, &value).map(Made::plain),
            Some(Aes::Gcm) => gcm(oct, verb, &value, &call.body, iv),
            // What is real elsewhere and absent here says so.
            Some(Aes::Absent) => {
                let what = format!(
                    "{} {} with {algorithm}",
                    call.request.method,
                    verb.operation()
                );
                return Err(world.part_not_modelled(&what));
            }
            None => return Err(bad_parameter(&activity, INVALID)),
        },
        (None, None) => return Err(bad_parameter(&activity, INVALID)),
    };
    let made = result.ok_or_else(|| bad_parameter(&activity, "The parameter is incorrect."))?;
    // Recorded: the algorithm is told, too.
    let mut body =
        json!({"kid": kid, "alg": algorithm, "value": base64::encode_url_safe(made.value)});
    if let Some(members) = body.as_object_mut() {
        members.extend(made.beside);
    }
    Ok(SimResponse::json(200, &body))
}

/// A disabled key wraps and does not unwrap, one out of its dates unwraps and does not wrap, as in a vault
/// (<https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>).
fn check(found: &KeyVersion, verb: Verb, seconds: u64) -> Result<(), String> {
    let operation = verb.operation();
    if verb.protects() && !found.in_dates(seconds) {
        let early = found.not_before.is_some_and(|from| seconds < from);
        let state = if early {
            "a key that is not yet valid"
        } else {
            "an expired key"
        };
        return Err(format!("Operation {operation} is not allowed on {state}."));
    }
    if !verb.protects() && !found.enabled {
        return Err(format!(
            "Operation {operation} is not allowed on a disabled key."
        ));
    }
    if !found.may(operation) {
        return Err(format!(
            "Operation {operation} is not permitted on this key."
        ));
    }
    Ok(())
}

/// A result, and what is told beside it.
struct Made {
    value: Vec<u8>,
    beside: Map<String, Value>,
}

impl Made {
    fn plain(value: Vec<u8>) -> Self {
        Self {
            value,
            beside: Map::new(),
        }
    }
}

/// How a symmetric key is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aes {
    KeyWrap,
    Gcm,
    /// In Azure, and not here.
    Absent,
}

impl Aes {
    /// An algorithm names the size of its key
    /// (<https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>).
    fn parse(name: &str, key: &OctKey, verb: Verb) -> Option<Self> {
        let bits = key.bits();
        let rest = name.strip_prefix(&format!("A{bits}"))?;
        let wraps = matches!(verb, Verb::Wrap | Verb::Unwrap);
        match rest {
            // AES key wrap under 192 bits is not in the cryptography at hand.
            "KW" if wraps => Some(if bits == 192 {
                Self::Absent
            } else {
                Self::KeyWrap
            }),
            "GCM" if !wraps => Some(Self::Gcm),
            "CBC" | "CBCPAD" if !wraps => Some(Self::Absent),
            _ => None,
        }
    }
}

fn wrap(key: &OctKey, verb: Verb, value: &[u8]) -> Option<Vec<u8>> {
    if verb.protects() {
        key.wrap(value)
    } else {
        key.unwrap(value)
    }
}

/// Recorded: encrypting answers with `iv`, `tag` and `aad`, decrypting with the value alone.
fn gcm(key: &OctKey, verb: Verb, value: &[u8], body: &Value, iv: [u8; 12]) -> Option<Made> {
    let aad = match body.get("aad") {
        None | Some(Value::Null) => Vec::new(),
        Some(_) => bytes(body, "aad")?,
    };
    if !verb.protects() {
        let sealed = Sealed {
            iv: bytes(body, "iv")?.try_into().ok()?,
            value: value.to_vec(),
            tag: bytes(body, "tag")?,
        };
        return key.decrypt(&sealed, &aad).map(Made::plain);
    }
    let sealed = key.encrypt(iv, value, &aad)?;
    let mut beside = Map::new();
    beside.insert("iv".to_owned(), json!(base64::encode_url_safe(sealed.iv)));
    beside.insert("tag".to_owned(), json!(base64::encode_url_safe(sealed.tag)));
    if let Some(aad) = body.get("aad").filter(|aad| !aad.is_null()) {
        beside.insert("aad".to_owned(), aad.clone());
    }
    Some(Made {
        value: sealed.value,
        beside,
    })
}

/// Twelve bytes that were not drawn before.
fn fresh_iv(world: &mut World) -> [u8; 12] {
    let drawn = world.draw().to_string();
    let [iv @ .., _, _, _, _] = world.hash(&format!("iv/{drawn}")).to_be_bytes();
    iv
}

fn bytes(body: &Value, member: &str) -> Option<Vec<u8>> {
    let text = body.get(member)?.as_str()?;
    base64::decode_url_safe(text).ok()
}
