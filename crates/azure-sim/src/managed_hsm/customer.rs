//! What the customer does with managed HSMs meanwhile, behind the back of the tested client.

use super::{access::LocalAssignment, roles};
use crate::Sim;

impl Sim {
    /// Activates a managed HSM, as its administrator does by downloading the security domain. Returns whether there is one.
    pub fn activate_managed_hsm(&self, hsm: &str) -> bool {
        self.change(|world| {
            let found = world.managed_hsm.live_mut(hsm);
            let found = found.map(|pool| pool.activated = true).is_some();
            world.changed();
            found
        })
    }

    /// Gives a principal a local role, by the role's name, at `/`, `/keys` or `/keys/{name}`. Returns whether there are such
    /// an HSM and such a role.
    pub fn grant_local_role(&self, hsm: &str, object_id: &str, role: &str, scope: &str) -> bool {
        let Some(role) = roles::by_name(role) else {
            return false;
        };
        self.change(|world| {
            let assignment = LocalAssignment {
                name: world.new_guid(),
                scope: scope.to_owned(),
                role: role.guid.to_owned(),
                principal: object_id.to_owned(),
            };
            let found = world.managed_hsm.live_mut(hsm);
            let found = found.map(|pool| pool.assignments.push(assignment));
            world.changed();
            found.is_some()
        })
    }

    /// Removes every local role of a principal in a managed HSM. Returns whether there was one.
    pub fn remove_local_roles(&self, hsm: &str, object_id: &str) -> bool {
        self.change(|world| {
            let Some(pool) = world.managed_hsm.live_mut(hsm) else {
                return false;
            };
            let before = pool.assignments.len();
            pool.assignments
                .retain(|own| !own.principal.eq_ignore_ascii_case(object_id));
            let found = pool.assignments.len() != before;
            world.changed();
            found
        })
    }
}
