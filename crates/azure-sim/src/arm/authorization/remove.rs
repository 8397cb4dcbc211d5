//! Role assignments: taken away.

use super::{changed_at, condition_not_fulfilled, entity, find, not_found};
use crate::{
    SimResponse,
    arm::{
        ArmCall,
        access::RoleAssignment,
        conditions::{About, Source},
        error,
    },
    world::World,
};

const DELETE: &str = "Microsoft.Authorization/roleAssignments/delete";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

pub(super) fn delete(
    world: &mut World,
    call: &ArmCall<'_>,
    scope: &str,
    name: &str,
) -> Result<SimResponse, SimResponse> {
    world.authorize(&call.caller, DELETE, scope)?;
    let Some(own) = find(world, scope, name) else {
        return if world.options.assumptions.absent_role_assignment_deletes {
            Ok(SimResponse::empty(204))
        } else {
            Err(not_found(name))
        };
    };
    let about = About {
        source: Source::Resource,
        role: own.role.guid,
        principal: &own.principal_id,
        principal_type: Some(&own.principal_type),
    };
    if !world.has_action_about(&call.caller.oid, DELETE, scope, about) {
        return Err(condition_not_fulfilled(call, DELETE, &own.id()));
    }
    if is_last_owner(world, own) {
        // https://learn.microsoft.com/azure/role-based-access-control/troubleshooting has the text; status and code have no
        // source.
        return Err(error::error(
            400,
            "BadRequest",
            "Cannot delete the last RBAC admin assignment",
        ));
    }
    let body = entity(call, own);
    world.remove_assignment(name);
    Ok(SimResponse::json(200, &body))
}

/// Whether a subscription would be left without an owner.
fn is_last_owner(world: &World, own: &RoleAssignment) -> bool {
    let of_subscription = |own: &RoleAssignment| {
        let scope = own.scope.trim_matches('/').to_lowercase();
        scope
            .strip_prefix("subscriptions/")
            .is_some_and(|rest| !rest.contains('/'))
            && own.role.guid == OWNER
    };
    let all = world.arm.role_assignments.iter();
    let owners = all.filter(|other| {
        other.is_listed() && of_subscription(other) && other.scope.eq_ignore_ascii_case(&own.scope)
    });
    of_subscription(own) && owners.count() == 1
}

impl World {
    /// Removes a role assignment by its GUID; it is honoured a little longer.
    pub(crate) fn remove_assignment(&mut self, name: &str) -> bool {
        let until = self.spread(self.options.lag.role_removal);
        let mut assignments = self.arm.role_assignments.iter_mut();
        let found = assignments.find(|own| own.is_listed() && own.name.eq_ignore_ascii_case(name));
        let Some(own) = found else {
            return false;
        };
        own.removed = Some(until);
        let scope = own.scope.clone();
        changed_at(self, &scope);
        true
    }
}
