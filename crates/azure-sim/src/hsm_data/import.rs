//! Imported keys: whatever was asked for, they are keys of the HSM (recorded).

use super::{Answer, HsmCall, error::bad_parameter, keys};
use crate::{
    vault_data::{
        import::{self, MEMBERS},
        new_key::KeyRequest,
        sent::ATTRIBUTES,
    },
    world::World,
};
use serde_json::Value;

pub(super) fn import(world: &mut World, call: &HsmCall<'_>, name: &str) -> Answer {
    world.note_unknown("keys.import", &call.body, &MEMBERS);
    if let Some(attributes) = call.body.get("attributes") {
        world.note_unknown("keys.attributes", attributes, &ATTRIBUTES);
    }
    let kty = call.body.pointer("/key/kty").and_then(Value::as_str);
    if kty.is_some_and(|kty| kty.starts_with("oct")) {
        return Err(world.part_not_modelled("import of a symmetric key"));
    }
    let activity = call.activity(world);
    let unfit = |message: &str| bad_parameter(&activity, message);
    let (kty, material) = import::read(world, &call.body)?.map_err(unfit)?;
    let request = KeyRequest::with_material(format!("{kty}-HSM"), material, &call.body)
        .map_err(|wrong| unfit(&wrong.message))?;
    keys::require_no_deleted(world, call, name)?;
    keys::add_version(world, call.hsm, name, request);
    keys::read(world, call, name, None)
}
