//! Role assignments of Azure RBAC.

use super::service_enum::service_enum;
use crate::{Role, RoleAssignmentName};
use cmk_core::{PrincipalId, Scope, send::Received};

/// A role assignment to be made. None of its properties can be changed later.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewRoleAssignment {
    /// The role that is given.
    pub role: Role,
    /// Who gets it: the object id of the service principal in the tenant of the subscription, never the application's.
    pub principal: PrincipalId,
    /// What the principal is. Always sent: without it the service refuses a principal that it cannot see yet.
    pub principal_type: PrincipalType,
    /// A note that stays with the assignment.
    pub description: Option<String>,
}

impl NewRoleAssignment {
    /// A role for a service principal (or managed identity).
    ///
    /// With this type the service takes a principal that it does not find: a *wrong* object id is taken silently, so look
    /// the principal up in its tenant first.
    #[must_use]
    pub fn for_service_principal(role: Role, principal: PrincipalId) -> Self {
        Self::new(role, principal, PrincipalType::ServicePrincipal)
    }

    /// A role for a principal of this type.
    #[must_use]
    pub fn new(role: Role, principal: PrincipalId, principal_type: PrincipalType) -> Self {
        Self {
            role,
            principal,
            principal_type,
            description: None,
        }
    }
}

service_enum! {
    /// What a principal is.
    PrincipalType {
        /// A user.
        User = "User",
        /// A group.
        Group = "Group",
        /// A service principal or a managed identity.
        ServicePrincipal = "ServicePrincipal",
        /// A group of another tenant.
        ForeignGroup = "ForeignGroup",
        /// A device.
        Device = "Device",
    }
}

/// A role assignment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoleAssignment {
    /// Its name, unique over all subscriptions.
    pub name: RoleAssignmentName,
    /// Where it holds; `None` for a scope that is no subscription, resource group or resource (a management group, say),
    /// which `received` still tells.
    pub scope: Option<Scope>,
    /// The id of the role definition.
    pub role_definition_id: String,
    /// Who has the role.
    pub principal_id: PrincipalId,
    /// What the principal is.
    pub principal_type: Option<PrincipalType>,
    /// The note that stays with the assignment.
    pub description: Option<String>,
    /// The condition under which it holds, if there is one.
    pub condition: Option<String>,
    /// The assignment as received.
    pub received: Received,
}

impl RoleAssignment {
    /// The built-in role, if it is one that this crate knows.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        Role::from_definition_id(&self.role_definition_id)
    }
}
