//! Azure RBAC: role assignments, and who may do what where.

use crate::{
    SimResponse,
    arm::{
        conditions::{About, Condition},
        error,
        path::is_within,
        roles::Role,
    },
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

    /// Whether its role and the conditions of both let an action of the control plane pass. None if that depends on which role
    /// assignment the action is about, and that is not known yet.
    fn allows(&self, action: &str, about: Option<About<'_>>) -> Option<bool> {
        if self.role.allows(action) {
            self.conditions_hold(action, about)
        } else {
            Some(false)
        }
    }

    fn conditions_hold(&self, action: &str, about: Option<About<'_>>) -> Option<bool> {
        let mut verdict = Some(true);
        for text in self.conditions() {
            let holds = Condition::read(text).map(|condition| condition.holds(action, about));
            match holds {
                Ok(Some(true)) => {}
                Ok(None) => verdict = None,
                Ok(Some(false)) | Err(_) => return Some(false),
            }
        }
        verdict
    }

    fn conditions(&self) -> impl Iterator<Item = &str> {
        self.role
            .condition()
            .into_iter()
            .chain(self.condition.as_deref())
    }
}

impl World {
    /// What gives a principal roles at a scope: assignments there or above that are honoured now.
    fn assignments_at<'a>(
        &'a self,
        principal: &'a str,
        scope: &'a str,
    ) -> impl Iterator<Item = &'a RoleAssignment> {
        self.arm.role_assignments.iter().filter(move |assignment| {
            assignment.principal_id.eq_ignore_ascii_case(principal)
                && is_within(scope, &assignment.scope)
                && assignment.is_honoured(self)
        })
    }

    /// The roles that a principal holds at a scope, whatever their conditions.
    pub(crate) fn roles_at<'a>(
        &'a self,
        principal: &'a str,
        scope: &'a str,
    ) -> impl Iterator<Item = &'static Role> + 'a {
        self.assignments_at(principal, scope)
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

    /// Whether a principal may do this in the control plane at a scope, at least to some role assignments if it is about these.
    pub(crate) fn has_action(&self, principal: &str, action: &str, scope: &str) -> bool {
        self.assignments_at(principal, scope)
            .any(|assignment| assignment.allows(action, None) != Some(false))
    }

    /// Whether a principal may do this to a role assignment.
    pub(crate) fn has_action_about(
        &self,
        principal: &str,
        action: &str,
        scope: &str,
        about: About<'_>,
    ) -> bool {
        self.assignments_at(principal, scope)
            .any(|assignment| assignment.allows(action, Some(about)) == Some(true))
    }

    /// Whether a principal may do this in the control plane at a scope by a role that no condition limits.
    pub(crate) fn has_action_unconditioned(
        &self,
        principal: &str,
        action: &str,
        scope: &str,
    ) -> bool {
        self.assignments_at(principal, scope)
            .any(|own| own.role.allows(action) && own.conditions().next().is_none())
    }

    /// Whether a principal may do this in the data plane at a scope.
    pub(crate) fn has_data_action(&self, principal: &str, action: &str, scope: &str) -> bool {
        self.assignments_at(principal, scope).any(|own| {
            own.role.allows_data(action) && own.conditions_hold(action, None) == Some(true)
        })
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
