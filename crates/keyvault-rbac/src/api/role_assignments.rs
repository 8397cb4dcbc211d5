//! Role assignments of Azure RBAC.

use crate::{NewRoleAssignment, Result, RoleAssignment, RoleAssignmentName};
use cmk_core::{PrincipalId, Scope};
use std::fmt;

/// Options of [`RoleAssignmentsApi::assign_role`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CreateRoleAssignmentOptions {}

/// Options of [`RoleAssignmentsApi::list_role_assignments`].
#[derive(Debug, Clone, Default)]
pub struct ListRoleAssignmentsOptions {
    /// Which of the principal's assignments. Default [`RoleAssignmentFilter::HoldsHere`].
    pub filter: RoleAssignmentFilter,
}

/// Which assignments of a principal are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RoleAssignmentFilter {
    /// What holds at the scope: made there or above, to the principal or to a group that it is in. Not for groups.
    #[default]
    HoldsHere,
    /// As [`HoldsHere`](Self::HoldsHere), and what was made below the scope too.
    HoldsHereOrBelow,
    /// Made to the principal itself, at, above or below the scope. For any principal, groups included.
    ToPrincipalItself,
}

/// Role assignments of Azure RBAC.
#[async_trait::async_trait]
pub trait RoleAssignmentsApi: fmt::Debug + Send + Sync {
    /// Gives a role to a principal at a scope. Idempotent: the assignment's name is its identity. Sent once.
    ///
    /// One `PUT`. Returns the assignment; up to ten minutes may pass until the vault honours it.
    ///
    /// * `scope`: vault or key, see [`Scope`] for the forms
    /// * `name`: GUID chosen by the caller; same inputs, same name, see [`RoleAssignmentName::derive`]
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) while the principal replicates (hint
    /// [`Hint::Propagation`](crate::Hint::Propagation)), for an object id that is no principal's, or if the name belongs to
    /// another assignment; [`Error::Conflict`](crate::Error::Conflict) if another name holds the same role there;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.Authorization/roleAssignments/write`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/authorization/role-assignments/create)
    async fn assign_role(
        &self,
        scope: &Scope,
        name: &RoleAssignmentName,
        new: &NewRoleAssignment,
        options: Option<CreateRoleAssignmentOptions>,
    ) -> Result<RoleAssignment>;

    /// Reads a role assignment. That it is there does not mean that the vault honours it yet.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.Authorization/roleAssignments/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/authorization/role-assignments/get)
    async fn get_role_assignment(
        &self,
        scope: &Scope,
        name: &RoleAssignmentName,
    ) -> Result<RoleAssignment>;

    /// Lists role assignments of a principal. What Azure Lighthouse gives is not shown.
    ///
    /// One `GET` per page. An assignment that cannot be read is left out, with a warning in the trace.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.Authorization/roleAssignments/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope)
    async fn list_role_assignments(
        &self,
        scope: &Scope,
        principal: PrincipalId,
        options: Option<ListRoleAssignmentsOptions>,
    ) -> Result<Vec<RoleAssignment>>;

    /// Takes a role away. Absent is fine: `None` if there was none.
    ///
    /// One `DELETE`. Up to ten minutes may pass until the vault honours it, and tokens that are out stay good till they expire.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.Authorization/roleAssignments/delete`;
    /// [`Error::Conflict`](crate::Error::Conflict) under a management lock.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/authorization/role-assignments/delete)
    async fn delete_role_assignment(
        &self,
        scope: &Scope,
        name: &RoleAssignmentName,
    ) -> Result<Option<RoleAssignment>>;
}

const _: fn(&dyn RoleAssignmentsApi) = |_| ();
