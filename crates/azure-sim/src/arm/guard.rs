//! What stands between a caller who has the right and a change: tags that nothing can have, locks, then policies.

use super::{ArmCall, groups, locks, policies, tags};
use crate::{SimResponse, arm::locks::Change, world::World};

/// Refuses a change with unfit tags, and one that a lock or a policy forbids. A caller without the right learns of none of
/// them: whoever handles the call refuses it first.
pub(super) fn check(world: &mut World, call: &ArmCall<'_>) -> Result<(), SimResponse> {
    let Some(target) = Target::of(call) else {
        return Ok(());
    };
    if !world.has_action(&call.caller.oid, &target.action, &target.id) {
        return Ok(());
    }
    if matches!(call.method, "PUT" | "PATCH") {
        tags::check(call)?;
    }
    if !locks::is_own_type(&call.path) {
        locks::check(world, &target.id, target.change)?;
    }
    let within_group = call.path.namespace.is_some() && call.path.group.is_some();
    if within_group && groups::find(world, call.path.subscription(), call.path.group()).is_none() {
        return Ok(());
    }
    match call.method {
        "PUT" | "PATCH" => policies::check(world, call, &target),
        _ => Ok(()),
    }
}

/// What a call changes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) name: String,
    action: String,
    change: Change,
}

impl Target {
    fn of(call: &ArmCall<'_>) -> Option<Self> {
        let path = &call.path;
        let (kind, name) = match (&path.namespace, path.types.last()) {
            (Some(_), Some((_, name))) => (path.full_type(), name.as_deref()),
            (None, _) if path.group.is_some() && path.segments.len() == 4 => (
                String::from("Microsoft.Resources/subscriptions/resourceGroups"),
                path.group.as_deref(),
            ),
            _ => return None,
        };
        let id = path.id();
        let (verb, change) = match call.method {
            "PUT" | "PATCH" => ("write", Change::Write),
            "DELETE" => ("delete", Change::Delete),
            // Some only ask, and their action says so.
            "POST" if only_asks(&kind) => return None,
            "POST" => ("action", Change::Write),
            _ => return None,
        };
        // The last segment of an action is no part of what it acts on.
        let id = match (call.method, name, id.rsplit_once('/')) {
            ("POST", None, Some((id, _))) => id.to_owned(),
            _ => id,
        };
        Some(Self {
            id,
            name: name.unwrap_or_default().to_owned(),
            action: format!("{kind}/{verb}"),
            kind,
            change,
        })
    }
}

/// Whether an action checks a name, of a vault or of a managed HSM.
pub(crate) fn only_asks(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    ["/checknameavailability", "/checkmhsmnameavailability"]
        .iter()
        .any(|word| kind.ends_with(word))
}
