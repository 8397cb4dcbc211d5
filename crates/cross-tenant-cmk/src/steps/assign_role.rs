//! A principal has a role at a scope.

use super::{Made, Step, StepId, converge::write};
use crate::{Customer, Result, TenantContext, mark::MARK, run::Waits};
use cmk_core::{Error, PrincipalId, Scope};
use keyvault_rbac::{NewRoleAssignment, PrincipalType, Role, RoleAssignment, RoleAssignmentName};

/// Finds or creates a role assignment. A wider assignment of the same role, such as one on the vault for a key of it, is enough.
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
        format!(
            "role {} for {} on {}",
            self.role.display_name(),
            self.principal,
            self.scope
        )
    }

    async fn run(&self, waits: &Waits) -> Result<Made<RoleAssignment>> {
        if let Some(assignment) = self.find().await.map_err(|error| self.failed(error))? {
            let ours = assignment.description.as_deref() == Some(MARK);
            return Ok(Made::found(assignment, ours));
        }
        let roles = &self.at.clients().roles;
        let name = RoleAssignmentName::derive(self.scope, self.principal, self.role);
        let mut wanted =
            NewRoleAssignment::new(self.role, self.principal, self.principal_type.clone());
        wanted.description = Some(MARK.to_owned());
        let written = write(
            "assign_role",
            &self.target(),
            waits,
            || self.find(),
            || roles.assign_role(self.scope, &name, &wanted, None),
        )
        .await;
        match written {
            Ok(assignment) => Ok(Made::created(assignment)),
            // The same role, principal and scope under another name, made in between or not listed a moment ago.
            Err(exists @ Error::Conflict(_)) => match self.find().await {
                Ok(Some(assignment)) => Ok(Made::found(assignment, false)),
                _ => Err(self.failed(exists)),
            },
            Err(error) => Err(self.failed(error)),
        }
    }
}

impl AssignRole<'_> {
    async fn find(&self) -> cmk_core::Result<Option<RoleAssignment>> {
        let assignments = self
            .at
            .clients()
            .roles
            .list_role_assignments(self.scope, self.principal, None)
            .await?;
        Ok(assignments.into_iter().find(|assignment| {
            assignment.principal_id == self.principal
                && assignment.role() == Some(self.role)
                && assignment
                    .scope
                    .as_ref()
                    .is_some_and(|scope| scope.contains(self.scope))
        }))
    }
}
