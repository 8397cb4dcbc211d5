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
        key::{KeyVersion, Material},
        rsa::{RsaKey, WrapAlgorithm},
        signature::Signature,
    },
    world::World,
};
use azure_core::base64;
use serde_json::{Value, json};

/// What a key can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Encrypt,
    Decrypt,
    Wrap,
    Unwrap,
    Sign,
    Verify,
}

impl Operation {
    /// By the last segment of a path, in lower case.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "encrypt" => Some(Self::Encrypt),
            "decrypt" => Some(Self::Decrypt),
            "wrapkey" => Some(Self::Wrap),
            "unwrapkey" => Some(Self::Unwrap),
            "sign" => Some(Self::Sign),
            "verify" => Some(Self::Verify),
            _ => None,
        }
    }

    /// As `key_ops` and refusals have it.
    const fn name(self) -> &'static str {
        match self {
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Wrap => "wrapKey",
            Self::Unwrap => "unwrapKey",
            Self::Sign => "sign",
            Self::Verify => "verify",
        }
    }

    pub(super) const fn right(self) -> Verb {
        match self {
            Self::Encrypt => gate::ENCRYPT,
            Self::Decrypt => gate::DECRYPT,
            Self::Wrap => gate::WRAP,
            Self::Unwrap => gate::UNWRAP,
            Self::Sign => gate::SIGN,
            Self::Verify => gate::VERIFY,
        }
    }

    /// Whether a disabled key does it: <https://github.com/Azure/azure-sdk-for-python/issues/45342>.
    const fn works_disabled(self) -> bool {
        matches!(self, Self::Encrypt | Self::Wrap | Self::Verify)
    }

    /// Whether a key does it outside of its dates, so that what is there already can be read:
    /// <https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>.
    const fn works_out_of_dates(self) -> bool {
        matches!(self, Self::Decrypt | Self::Unwrap | Self::Verify)
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
    let seconds = world.unix_time().cast_unsigned();
    let (vault, key, found) = keys::find_version(world, call, name, version)?;
    admit(found, operation, seconds)?;
    let kid = format!("{}/{}", render::key_id(world, vault, &key.name), found.id);
    let algorithm = call.body.get("alg").and_then(Value::as_str);
    let too_small = found.rsa().is_some_and(|rsa| !rsa.is_usable());
    if too_small || algorithm == Some("RSNULL") {
        let what = format!(
            "{} by {} with {} key of {kid}",
            operation.name(),
            algorithm.unwrap_or("?"),
            if too_small { "the too small" } else { "the" }
        );
        return Err(world.part_not_modelled(&what));
    }
    let algorithm = algorithm.unwrap_or_default();
    let body = match operation {
        Operation::Sign | Operation::Verify => {
            let algorithm = Signature::find(algorithm).ok_or_else(invalid_value)?;
            if let Some(misfit) = algorithm.misfit(&found.kty, &found.material) {
                return Err(bad_parameter(
                    &format!("Key and signing algorithm are incompatible. Key {kid} {misfit}"),
                    None,
                ));
            }
            sign_or_verify(call, algorithm, &found.material, operation, &kid)?
        }
        _ => {
            let algorithm = WrapAlgorithm::parse(algorithm).ok_or_else(invalid_value)?;
            let rsa = found.rsa().ok_or_else(invalid_value)?;
            let value = cipher(rsa, algorithm, operation, &bytes(call, "value")?)?;
            json!({"kid": kid, "value": value})
        }
    };
    Ok(SimResponse::json(200, &body))
}

/// What the key's state and its list of operations allow.
fn admit(found: &KeyVersion, operation: Operation, seconds: u64) -> Result<(), SimResponse> {
    let name = operation.name();
    let refuse = |state: &str, inner| {
        Err(refused(
            403,
            "Forbidden",
            &format!("Operation {name} is not allowed on {state}."),
            inner,
        ))
    };
    if !found.enabled && !operation.works_disabled() {
        return refuse("a disabled key", Some("KeyDisabled"));
    }
    if !found.in_dates(seconds) && !operation.works_out_of_dates() {
        return if found.not_before.is_some_and(|from| seconds < from) {
            refuse("a key that is not yet valid", None)
        } else {
            refuse("an expired key", None)
        };
    }
    if !found.may(name) {
        return Err(refused(
            403,
            "Forbidden",
            &format!("Operation {name} is not permitted on this key."),
            Some("KeyOperationForbidden"),
        ));
    }
    Ok(())
}

fn invalid_value() -> SimResponse {
    bad_parameter("Property has invalid value", None)
}

/// A member of the body. Texts: <https://github.com/bruj0/vault-recovery-key/issues/20>.
fn bytes(call: &VaultCall<'_>, member: &str) -> Result<Vec<u8>, SimResponse> {
    let missing = format!("Property '{member}' is required.\r\n");
    let text = call
        .body
        .get(member)
        .and_then(Value::as_str)
        .ok_or_else(|| bad_parameter(&missing, None))?;
    base64::decode_url_safe(text).map_err(|_| {
        bad_parameter(
            &format!("Content of '{member}' is not base64url.\r\n{missing}"),
            None,
        )
    })
}

/// Encrypts or decrypts a value, itself or as a wrapped key.
fn cipher(
    rsa: &RsaKey,
    algorithm: WrapAlgorithm,
    operation: Operation,
    value: &[u8],
) -> Result<String, SimResponse> {
    let result = match operation {
        Operation::Encrypt | Operation::Wrap => rsa.wrap(algorithm, value),
        _ => rsa.unwrap(algorithm, value),
    };
    let result = result.ok_or_else(|| bad_parameter("The parameter is incorrect.\r\n", None))?;
    Ok(base64::encode_url_safe(result))
}

/// Both take the digest and never the message.
fn sign_or_verify(
    call: &VaultCall<'_>,
    algorithm: &Signature,
    material: &Material,
    operation: Operation,
    kid: &str,
) -> Result<Value, SimResponse> {
    let member = if operation == Operation::Verify {
        "digest"
    } else {
        "value"
    };
    let digest = bytes(call, member)?;
    let length = algorithm.digest_length();
    if digest.len() != length {
        // https://github.com/Azure/azure-cli/issues/28027
        return Err(bad_parameter(
            &format!(
                "Invalid length of '{member}': {} bytes. {} requires {length} bytes, encoded with base64url.",
                digest.len(),
                algorithm.name
            ),
            None,
        ));
    }
    if operation == Operation::Verify {
        let signature = bytes(call, "value")?;
        return Ok(json!({"value": algorithm.verify(material, &digest, &signature)}));
    }
    let signature = algorithm
        .sign(material, &digest)
        .ok_or_else(invalid_value)?;
    Ok(json!({"kid": kid, "value": base64::encode_url_safe(signature)}))
}
