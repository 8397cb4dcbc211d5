//! Local roles: who may do what in a managed HSM. Azure's own roles do not count there
//! (<https://learn.microsoft.com/azure/key-vault/managed-hsm/access-control>).

use super::{
    pool::Pool,
    roles::{self, LocalRole},
};
use crate::{arm::path::is_within, world::World};
use serde::{Deserialize, Serialize};

/// An assignment of a local role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LocalAssignment {
    /// Its GUID.
    pub(crate) name: String,
    /// `/`, `/keys` or `/keys/{name}`.
    pub(crate) scope: String,
    /// The GUID of its role.
    pub(crate) role: String,
    /// An object id.
    pub(crate) principal: String,
}

impl LocalAssignment {
    /// The initial administrators hold the role of that name in the whole HSM (recorded).
    pub(super) fn of_administrator(world: &mut World, principal: &str) -> Self {
        Self {
            name: world.new_guid(),
            scope: "/".to_owned(),
            role: roles::ADMINISTRATOR.to_owned(),
            principal: principal.to_owned(),
        }
    }

    pub(crate) fn role(&self) -> Option<&'static LocalRole> {
        roles::by_guid(&self.role)
    }
}

impl Pool {
    /// Whether a principal may do this at a scope, by an assignment there or above. An action is told without the
    /// prefix that all have in common. Nothing is said of a delay, so an assignment counts at once.
    pub(crate) fn permits(&self, principal: &str, action: &str, scope: &str) -> bool {
        self.assignments.iter().any(|own| {
            own.principal.eq_ignore_ascii_case(principal)
                && is_within(scope, &own.scope)
                && own.role().is_some_and(|role| role.allows(action))
        })
    }
}
