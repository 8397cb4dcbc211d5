//! Imported keys: a private key of the caller's becomes a version
//! (<https://learn.microsoft.com/rest/api/keyvault/keys/import-key/import-key>).

use super::{
    Answer, VaultCall,
    error::bad_parameter,
    keys,
    new_key::{self, KeyRequest},
    sent::{ATTRIBUTES, member},
};
use crate::{
    SimResponse,
    key_vault::{
        ec::EcKey,
        key::Material,
        rsa::{RsaKey, RsaNumbers},
    },
    world::World,
};
use aws_lc_rs::rsa::PublicKeyComponents;
use azure_core::base64;
use serde_json::Value;

/// What a body may hold; the service is sent both spellings.
pub(crate) const MEMBERS: [&str; 5] = ["key", "Hsm", "hsm", "attributes", "tags"];
/// Of a JSON Web Key (RFC 7517, RFC 7518).
const KEY_MEMBERS: [&str; 15] = [
    "kid", "kty", "key_ops", "n", "e", "d", "dp", "dq", "qi", "p", "q", "crv", "x", "y", "key_hsm",
];

pub(super) fn import(world: &mut World, call: &VaultCall<'_>, name: &str) -> Answer {
    world.note_unknown("keys.import", &call.body, &MEMBERS);
    if let Some(attributes) = call.body.get("attributes") {
        world.note_unknown("keys.attributes", attributes, &ATTRIBUTES);
    }
    let (kty, material) = read(world, &call.body)?.map_err(|text| bad_parameter(text, None))?;
    let hsm = |name| member(&call.body, name, Value::as_bool);
    let hsm = hsm("Hsm")?.or(hsm("hsm")?).unwrap_or_default();
    let kty = format!("{kty}{}", if hsm { "-HSM" } else { "" });
    let request = KeyRequest::with_material(kty, material, &call.body)?;
    new_key::admit(world, call, name, &request)?;
    new_key::add_version(world, call.vault, name, request);
    keys::read(world, call, name, None)
}

/// The key in the body of an import, with its type as in software; the inner error is the text of a refusal.
pub(crate) fn read(
    world: &mut World,
    body: &Value,
) -> Result<Result<(&'static str, Material), &'static str>, SimResponse> {
    let jwk = body.get("key").cloned().unwrap_or_default();
    world.note_unknown("keys.import.key", &jwk, &KEY_MEMBERS);
    if jwk.get("key_hsm").is_some_and(|sent| !sent.is_null()) {
        return Err(world.part_not_modelled("import of a key that an HSM has wrapped (key_hsm)"));
    }
    // A key of an HSM comes wrapped, never so: https://github.com/Azure/azure-sdk-for-java/issues/3405
    Ok(match text(&jwk, "kty") {
        Some("RSA") => rsa(&jwk).map(|material| ("RSA", material)),
        Some("EC") => ec(&jwk).map(|material| ("EC", material)),
        _ => Err(NO_KEY),
    })
}

fn text<'v>(jwk: &'v Value, member: &str) -> Option<&'v str> {
    jwk.get(member).and_then(Value::as_str)
}

/// <https://github.com/Azure/azure-sdk-for-java/issues/19529>
const NO_KEY: &str = "The property \"key\" must be a valid JsonWebKey object.";
/// <https://github.com/Azure/azure-sdk-for-python/issues/28452>
const NO_RSA_KEY: &str = "RSA key is not valid - cannot instantiate crypto service";

fn rsa(jwk: &Value) -> Result<Material, &'static str> {
    let number = |member: &str| {
        let bytes = text(jwk, member).and_then(|text| base64::decode_url_safe(text).ok());
        let bytes = bytes.ok_or(NO_KEY)?;
        Ok::<Vec<u8>, &'static str>(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
    };
    let numbers = RsaNumbers {
        public_key: PublicKeyComponents {
            n: number("n")?,
            e: number("e")?,
        },
        d: number("d")?,
        p: number("p")?,
        q: number("q")?,
        dP: number("dp")?,
        dQ: number("dq")?,
        qInv: number("qi")?,
    };
    RsaKey::import(&numbers)
        .map(Material::Rsa)
        .ok_or(NO_RSA_KEY)
}

fn ec(jwk: &Value) -> Result<Material, &'static str> {
    let member = |name: &str| text(jwk, name).ok_or(NO_KEY);
    EcKey::import(member("crv")?, member("d")?, member("x")?, member("y")?)
        .map(Material::Ec)
        .ok_or(NO_KEY)
}
