//! Wrapping, encrypting and signing, with real keys: RSA, elliptic curves, and AES as key wrap and in GCM.

use super::{
    Answer, HsmCall,
    error::{bad_parameter, forbidden},
    keys, render,
};
use crate::{
    SimResponse,
    key_vault::{
        oct::{OctKey, Sealed},
        operation::Operation,
        rsa::WrapAlgorithm,
        signing::{self, INVALID_VALUE, bytes},
    },
    world::World,
};
use azure_core::base64;
use serde_json::{Map, Value, json};

/// The local role's data action.
pub(super) const fn action(operation: Operation) -> &'static str {
    match operation {
        Operation::Encrypt => "keys/encrypt/action",
        Operation::Decrypt => "keys/decrypt/action",
        Operation::Wrap => "keys/wrap/action",
        Operation::Unwrap => "keys/unwrap/action",
        Operation::Sign => "keys/sign/action",
        Operation::Verify => "keys/verify/action",
    }
}

pub(super) fn run(
    world: &mut World,
    call: &HsmCall<'_>,
    name: &str,
    version: Option<&str>,
    operation: Operation,
) -> Answer {
    world.note_unknown(
        "keys.crypto",
        &call.body,
        &["alg", "value", "digest", "iv", "aad", "tag"],
    );
    let activity = call.activity(world);
    let iv = fresh_iv(world);
    let (pool, key, found) = keys::find_version(world, call, name, version)?;
    // The texts are those of vaults.
    operation
        .check(found, world)
        .map_err(|barred| forbidden(&activity, &barred.message))?;
    let kid = format!("{}/{}", render::key_id(world, pool, &key.name), found.id);
    let algorithm = call
        .body
        .get("alg")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if let Some(what) = operation.absent(found, algorithm, &kid) {
        return Err(world.part_not_modelled(&what));
    }
    let unfit = |message: String| bad_parameter(&activity, &message);
    if operation.is_of_signatures() {
        let body = signing::sign_or_verify(operation, &call.body, found, &kid).map_err(unfit)?;
        return Ok(SimResponse::json(200, &body));
    }
    let value = bytes(&call.body, "value").map_err(unfit)?;
    let result = match (found.rsa(), found.oct()) {
        (Some(rsa), _) => {
            let algorithm = WrapAlgorithm::parse(algorithm)
                .ok_or_else(|| bad_parameter(&activity, INVALID_VALUE))?;
            let result = if operation.seals() {
                rsa.wrap(algorithm, &value)
            } else {
                rsa.unwrap(algorithm, &value)
            };
            result.map(Made::plain)
        }
        (None, Some(oct)) => match Aes::parse(algorithm, oct, operation) {
            Some(Aes::KeyWrap) => wrap(oct, operation, &value).map(Made::plain),
            Some(Aes::Gcm) => gcm(oct, operation, &value, &call.body, iv),
            // What is real elsewhere and absent here says so.
            Some(Aes::Absent) => {
                let what = format!(
                    "{} {} with {algorithm}",
                    call.request.method,
                    operation.name()
                );
                return Err(world.part_not_modelled(&what));
            }
            None => return Err(bad_parameter(&activity, INVALID_VALUE)),
        },
        (None, None) => return Err(bad_parameter(&activity, INVALID_VALUE)),
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
    fn parse(name: &str, key: &OctKey, operation: Operation) -> Option<Self> {
        let bits = key.bits();
        let rest = name.strip_prefix(&format!("A{bits}"))?;
        let wraps = matches!(operation, Operation::Wrap | Operation::Unwrap);
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

fn wrap(key: &OctKey, operation: Operation, value: &[u8]) -> Option<Vec<u8>> {
    if operation.seals() {
        key.wrap(value)
    } else {
        key.unwrap(value)
    }
}

/// Recorded: encrypting answers with `iv`, `tag` and `aad`, decrypting with the value alone.
fn gcm(
    key: &OctKey,
    operation: Operation,
    value: &[u8],
    body: &Value,
    iv: [u8; 12],
) -> Option<Made> {
    let aad = match body.get("aad") {
        None | Some(Value::Null) => Vec::new(),
        Some(_) => bytes(body, "aad").ok()?,
    };
    if !operation.seals() {
        let sealed = Sealed {
            iv: bytes(body, "iv").ok()?.try_into().ok()?,
            value: value.to_vec(),
            tag: bytes(body, "tag").ok()?,
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
