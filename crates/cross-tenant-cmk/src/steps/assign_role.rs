//! A principal has a role at a scope.

use super::{Found, Gap, Made, Step, StepId, converge::write};
use crate::{
    Customer, Result, TenantContext,
    error::{Reason, Refusal},
    mark::MARK,
    run::Waits,
};
use cmk_core::{Error, PrincipalId, Scope};
use keyvault_rbac::{
    ListRoleAssignmentsOptions, NewRoleAssignment, PrincipalType, Role, RoleAssignment,
    RoleAssignmentFilter, RoleAssignmentName,
};

/// Finds or creates a role assignment. A wider assignment of the same role, such as one on the vault for a key of it, is enough;
/// one under a condition is not, since nobody can tell here what the condition lets through.
///
/// Resource Manager takes a wrong object id of a service principal silently: look the principal up in the directory of the
/// subscription first, as [`AdmitApplication`](super::AdmitApplication) does.
#[derive(Debug)]
pub struct AssignRole<'a> {
    /// Which step of the flow this is.
    pub step: StepId,
    /// The customer.
    pub at: &'a TenantContext<Customer>,
    /// The principal, seen in the customer's directory.
    pub principal: PrincipalId,
    /// What it is.
    pub principal_type: PrincipalType,
    /// The role.
    pub role: Role,
    /// Where.
    pub scope: &'a Scope,
}

impl Step for AssignRole<'_> {
    type Output = RoleAssignment;

    fn id(&self) -> StepId {
        self.step
    }

    fn target(&self) -> String {
        Self::target_of(self.role, self.principal, self.scope)
    }

    async fn find(&self, _waits: &Waits) -> Result<Found<RoleAssignment>> {
        let held = self.held().await.map_err(|error| self.failed(error))?;
        if let Some(assignment) = held.iter().find(|held| is_unconditional(held)) {
            let ours = assignment.description.as_deref() == Some(MARK);
            return Ok(Made::found(assignment.clone(), ours).into());
        }
        // Azure takes one assignment of a role, principal and scope, whatever its condition.
        if let Some(conditional) = held
            .iter()
            .find(|held| held.scope.as_ref() == Some(self.scope))
        {
            return Err(Refusal::new(
                Reason::RoleUnderCondition,
                self.target(),
                format!(
                    "it is assigned under a condition ({})",
                    conditional.condition.as_deref().unwrap_or_default()
                ),
            )
            .into());
        }
        Ok(Found::MISSING)
    }

    async fn make(&self, _gap: Gap<RoleAssignment>, waits: &Waits) -> Result<Made<RoleAssignment>> {
        let roles = &self.at.clients().roles;
        let name = RoleAssignmentName::derive(self.scope, self.principal, self.role);
        let mut wanted =
            NewRoleAssignment::new(self.role, self.principal, self.principal_type.clone());
        wanted.description = Some(MARK.to_owned());
        let written = write(
            "assign_role",
            &self.target(),
            waits,
            || async {
                let held = self.held().await?;
                Ok(held.into_iter().find(is_unconditional))
            },
            || roles.assign_role(self.scope, &name, &wanted, None),
        )
        .await;
        match written {
            Ok(assignment) => Ok(Made::created(assignment)),
            // The same role, principal and scope under another name, made in between or not listed a moment ago.
            Err(exists @ Error::Conflict(_)) => match self.held().await {
                Ok(held) => match held.into_iter().find(is_unconditional) {
                    Some(assignment) => Ok(Made::found(assignment, false)),
                    None => Err(self.failed(exists)),
                },
                Err(_) => Err(self.failed(exists)),
            },
            Err(error) => Err(self.failed(error)),
        }
    }
}

impl AssignRole<'_> {
    pub(crate) fn target_of(role: Role, principal: PrincipalId, scope: &Scope) -> String {
        format!("role {} for {principal} on {scope}", role.display_name())
    }

    /// The assignments of the role to the principal that cover the scope.
    async fn held(&self) -> cmk_core::Result<Vec<RoleAssignment>> {
        // The other filter looks through the groups of a user or an application, and takes no group itself.
        let filter = if self.principal_type == PrincipalType::Group {
            RoleAssignmentFilter::ToPrincipalItself
        } else {
            RoleAssignmentFilter::HoldsHere
        };
        let mut assignments = self
            .at
            .clients()
            .roles
            .list_role_assignments(
                self.scope,
                self.principal,
                Some(ListRoleAssignmentsOptions { filter }),
            )
            .await?;
        assignments.retain(|assignment| covers(assignment, self.principal, self.role, self.scope));
        Ok(assignments)
    }
}

/// Whether an assignment gives a principal a role at a scope.
pub(crate) fn covers(
    assignment: &RoleAssignment,
    principal: PrincipalId,
    role: Role,
    scope: &Scope,
) -> bool {
    assignment.principal_id == principal
        && assignment.role() == Some(role)
        && assignment
            .scope
            .as_ref()
            .is_some_and(|held| held.contains(scope))
}

/// Whether it holds whatever is asked: nobody can tell here what a condition lets through.
pub(crate) fn is_unconditional(assignment: &RoleAssignment) -> bool {
    assignment
        .condition
        .as_deref()
        .is_none_or(|condition| condition.trim().is_empty())
}
