//! What is done with a key: wrapping, encrypting and signing, with real keys.

use super::{
    Answer, VaultCall,
    error::{bad_parameter, refused},
    gate::{self, Verb},
    keys, render,
};
use crate::{
    SimResponse,
    key_vault::{
        operation::{Barred, Operation},
        rsa::{RsaKey, WrapAlgorithm},
        signing::{self, INVALID_VALUE, bytes},
    },
    world::World,
};
use azure_core::base64;
use serde_json::{Value, json};

/// What a caller needs for it.
pub(super) const fn right(operation: Operation) -> Verb {
    match operation {
        Operation::Encrypt => gate::ENCRYPT,
        Operation::Decrypt => gate::DECRYPT,
        Operation::Wrap => gate::WRAP,
        Operation::Unwrap => gate::UNWRAP,
        Operation::Sign => gate::SIGN,
        Operation::Verify => gate::VERIFY,
    }
}

pub(super) fn run(
    world: &mut World,
    call: &VaultCall<'_>,
    name: &str,
    version: Option<&str>,
    operation: Operation,
) -> Answer {
    let known: &[&str] = if operation == Operation::Verify {
        &["alg", "digest", "value"]
    } else {
        &["alg", "value"]
    };
    world.note_unknown("keys.operation", &call.body, known);
    let (vault, key, found) = keys::find_version(world, call, name, version)?;
    operation
        .check(found, world)
        .map_err(|Barred { message, inner }| refused(403, "Forbidden", &message, inner))?;
    let kid = format!("{}/{}", render::key_id(world, vault, &key.name), found.id);
    let algorithm = call.body.get("alg").and_then(Value::as_str);
    let algorithm = algorithm.unwrap_or_default();
    if let Some(what) = operation.absent(found, algorithm, &kid) {
        return Err(world.part_not_modelled(&what));
    }
    let body = if operation.is_of_signatures() {
        signing::sign_or_verify(operation, &call.body, found, &kid).map_err(unfit)?
    } else {
        let algorithm = WrapAlgorithm::parse(algorithm).ok_or_else(|| unfit(INVALID_VALUE))?;
        let rsa = found.rsa().ok_or_else(|| unfit(INVALID_VALUE))?;
        let value = bytes(&call.body, "value").map_err(unfit)?;
        let value = cipher(rsa, algorithm, operation, &value)?;
        json!({"kid": kid, "value": value})
    };
    Ok(SimResponse::json(200, &body))
}

fn unfit(message: impl AsRef<str>) -> SimResponse {
    bad_parameter(message.as_ref(), None)
}

/// Encrypts or decrypts a value, itself or as a wrapped key.
fn cipher(
    rsa: &RsaKey,
    algorithm: WrapAlgorithm,
    operation: Operation,
    value: &[u8],
) -> Result<String, SimResponse> {
    let result = if operation.seals() {
        rsa.wrap(algorithm, value)
    } else {
        rsa.unwrap(algorithm, value)
    };
    let result = result.ok_or_else(|| unfit("The parameter is incorrect.\r\n"))?;
    Ok(base64::encode_url_safe(result))
}
