//! Azure RBAC: role assignments, and who may do what where.

use crate::{
    SimResponse,
    arm::{error, path::is_within, roles::Role},
    spread::Spread,
    tokens::Caller,
    world::World,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RoleAssignment {
    /// Its GUID.
    pub(crate) name: String,
    /// Where it holds, as sent.
    pub(crate) scope: String,
    #[serde(with = "by_guid")]
    pub(crate) role: &'static Role,
    pub(crate) principal_id: String,
    pub(crate) principal_type: String,
    pub(crate) description: Option<String>,
    pub(crate) condition: Option<String>,
    pub(crate) condition_version: Option<String>,
    pub(crate) created: Duration,
    pub(crate) updated: Duration,
    pub(crate) created_by: String,
    /// It is honoured from this time on.
    pub(crate) effective: Spread,
    /// Removed, and honoured until this time.
    pub(crate) removed: Option<Spread>,
    /// Given while the scene was set, not by a request.
    pub(crate) seeded: bool,
}

/// A built-in role as its GUID.
mod by_guid {
    use super::Role;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        role: &&'static Role,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(role.guid)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<&'static Role, D::Error> {
        let guid = String::deserialize(deserializer)?;
        Role::find(&guid).ok_or_else(|| Error::custom("no built-in role has this GUID"))
    }
}

impl RoleAssignment {
    pub(crate) fn id(&self) -> String {
        format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{}",
            self.scope.trim_end_matches('/'),
            self.name
        )
    }

    /// Whether reads show it: a removed one is gone at once, though it is honoured a little longer.
    pub(crate) const fn is_listed(&self) -> bool {
        self.removed.is_none()
    }

    /// Whether it counts at the node that looks. Up to ten minutes pass until a new or removed assignment takes effect:
    /// <https://learn.microsoft.com/azure/role-based-access-control/troubleshooting>
    fn is_honoured(&self, world: &World) -> bool {
        let gone = self.removed.as_ref();
        world.sees(&self.effective) && gone.is_none_or(|gone| !world.sees(gone))
    }
}

impl World {
    /// The roles that a principal holds at a scope, by assignments there or above that are honoured now.
    pub(crate) fn roles_at<'a>(
        &'a self,
        principal: &'a str,
        scope: &'a str,
    ) -> impl Iterator<Item = &'static Role> + 'a {
        self.arm
            .role_assignments
            .iter()
            .filter(move |assignment| {
                assignment.principal_id.eq_ignore_ascii_case(principal)
                    && is_within(scope, &assignment.scope)
                    && assignment.is_honoured(self)
            })
            .map(|assignment| assignment.role)
    }

    /// Whether a principal holds a role at a scope, above it or below it.
    pub(crate) fn has_role_within(&self, principal: &str, scope: &str) -> bool {
        self.roles_at(principal, scope).next().is_some()
            || self.arm.role_assignments.iter().any(|assignment| {
                assignment.principal_id.eq_ignore_ascii_case(principal)
                    && is_within(&assignment.scope, scope)
                    && assignment.is_honoured(self)
            })
    }

    /// Whether a principal may do this in the control plane at a scope.
    pub(crate) fn has_action(&self, principal: &str, action: &str, scope: &str) -> bool {
        self.roles_at(principal, scope)
            .any(|role| role.allows(action))
    }

    /// Whether a principal may do this in the data plane at a scope.
    pub(crate) fn has_data_action(&self, principal: &str, action: &str, scope: &str) -> bool {
        self.roles_at(principal, scope)
            .any(|role| role.allows_data(action))
    }

    /// Refuses as Resource Manager does if the caller may not do this at a scope.
    pub(crate) fn authorize(
        &self,
        caller: &Caller,
        action: &str,
        scope: &str,
    ) -> Result<(), SimResponse> {
        if self.has_action(&caller.oid, action, scope) {
            return Ok(());
        }
        Err(authorization_failed(caller, action, scope))
    }
}

/// Recorded.
pub(crate) fn authorization_failed(caller: &Caller, action: &str, scope: &str) -> SimResponse {
    error::gateway(
        403,
        "AuthorizationFailed",
        format!(
            "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
            caller.name, caller.oid
        ),
    )
}
