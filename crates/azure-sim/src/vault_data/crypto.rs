//! Wrapping and unwrapping, with real keys.

use super::{
    Answer, VaultCall,
    error::{bad_parameter, refused},
    keys, render,
};
use crate::{
    SimResponse,
    key_vault::{key::KeyVersion, rsa::WrapAlgorithm},
    world::World,
};
use azure_core::base64;
use serde_json::{Value, json};

type Operation = fn(&crate::key_vault::rsa::RsaKey, WrapAlgorithm, &[u8]) -> Option<Vec<u8>>;

/// A disabled key still wraps: <https://github.com/Azure/azure-sdk-for-python/issues/45342>. One that is out of its dates
/// does not: <https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>.
pub(super) fn wrap(
    world: &mut World,
    call: &VaultCall<'_>,
    name: &str,
    version: Option<&str>,
) -> Answer {
    let seconds = world.unix_time().cast_unsigned();
    let check = |found: &KeyVersion| {
        if found.in_dates(seconds) {
            return Ok(());
        }
        let state = if found.not_before.is_some_and(|from| seconds < from) {
            "a key that is not yet valid"
        } else {
            "an expired key"
        };
        Err(refused(
            403,
            "Forbidden",
            &format!("Operation wrapKey is not allowed on {state}."),
            None,
        ))
    };
    run(
        world,
        call,
        name,
        version,
        "wrapKey",
        check,
        |key, algorithm, value| key.wrap(algorithm, value),
    )
}

/// An expired key still unwraps; a disabled one does not (sources as for [`wrap`]).
pub(super) fn unwrap(
    world: &mut World,
    call: &VaultCall<'_>,
    name: &str,
    version: Option<&str>,
) -> Answer {
    let check = |found: &KeyVersion| {
        if found.enabled {
            return Ok(());
        }
        Err(refused(
            403,
            "Forbidden",
            "Operation unwrapKey is not allowed on a disabled key.",
            Some("KeyDisabled"),
        ))
    };
    run(
        world,
        call,
        name,
        version,
        "unwrapKey",
        check,
        |key, algorithm, value| key.unwrap(algorithm, value),
    )
}

fn run(
    world: &mut World,
    call: &VaultCall<'_>,
    name: &str,
    version: Option<&str>,
    verb: &str,
    check: impl Fn(&KeyVersion) -> Result<(), SimResponse>,
    operation: Operation,
) -> Answer {
    world.note_unknown("keys.wrap", &call.body, &["alg", "value"]);
    let (vault, key, found) = keys::find_version(world, call, name, version)?;
    check(found)?;
    if !found.may(verb) {
        return Err(refused(
            403,
            "Forbidden",
            &format!("Operation {verb} is not permitted on this key."),
            Some("KeyOperationForbidden"),
        ));
    }
    let text = |member: &str| call.body.get(member).and_then(Value::as_str);
    let algorithm = text("alg").and_then(WrapAlgorithm::parse);
    let value = text("value").and_then(|text| base64::decode_url_safe(text).ok());
    let (Some(algorithm), Some(value), Some(rsa)) = (algorithm, value, found.rsa()) else {
        return Err(bad_parameter("Property has invalid value", None));
    };
    let result = operation(rsa, algorithm, &value)
        .ok_or_else(|| bad_parameter("The parameter is incorrect.\r\n", None))?;
    let id = render::key_id(world, vault, &key.name);
    Ok(SimResponse::json(
        200,
        &json!({
            "kid": format!("{id}/{}", found.id),
            "value": base64::encode_url_safe(result),
        }),
    ))
}
