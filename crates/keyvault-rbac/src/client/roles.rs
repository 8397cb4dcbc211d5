//! The client for role assignments.

use super::{ARM_TABLES, delete, list};
use crate::{
    CreateRoleAssignmentOptions, ListRoleAssignmentsOptions, NewRoleAssignment, Result,
    RoleAssignment, RoleAssignmentFilter, RoleAssignmentName, RoleAssignmentsApi,
    wire::role_assignment::{NewRoleAssignmentWire, RoleAssignmentWire},
};
use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, Method},
};
use cmk_core::{
    Cloud, PrincipalId, Scope,
    arm::{self, ArmConnectionSpec},
    send::{Answer, Connection},
};
use std::sync::Arc;

/// Options of a [`RoleClient`].
#[derive(Debug, Clone)]
pub struct RoleClientOptions {
    /// The api-version. Default `2022-04-01`.
    pub api_version: String,
    /// azure_core's options: transport, policies, retry of reads.
    pub client_options: ClientOptions,
}

impl Default for RoleClientOptions {
    fn default() -> Self {
        Self {
            api_version: String::from("2022-04-01"),
            client_options: ClientOptions::default(),
        }
    }
}

/// A client for role assignments and definitions of Azure RBAC, in one tenant.
#[derive(Debug, Clone)]
pub struct RoleClient {
    pub(super) connection: Connection,
}

impl RoleClient {
    /// A client for one tenant: whoever the credential speaks for.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if no connection can be made from the options.
    pub fn new(
        cloud: Cloud,
        credential: Arc<dyn TokenCredential>,
        options: Option<RoleClientOptions>,
    ) -> Result<Self> {
        let options = options.unwrap_or_default();
        let connection = arm::connect(ArmConnectionSpec {
            crate_name: env!("CARGO_PKG_NAME"),
            crate_version: env!("CARGO_PKG_VERSION"),
            cloud,
            credential,
            api_version: options.api_version,
            rules: ARM_TABLES,
            client_options: options.client_options,
        })?;
        Ok(Self { connection })
    }
}

fn collection(scope: &Scope) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments")
}

fn read(answer: &Answer) -> Result<RoleAssignment> {
    let (wire, received) = answer.decode::<RoleAssignmentWire>()?;
    wire.into_model(received)
        .map_err(|error| answer.unreadable(error))
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl RoleAssignmentsApi for RoleClient {
    async fn assign_role(
        &self,
        scope: &Scope,
        name: &RoleAssignmentName,
        new: &NewRoleAssignment,
        _options: Option<CreateRoleAssignmentOptions>,
    ) -> Result<RoleAssignment> {
        let path = format!("{}/{name}", collection(scope));
        let answer = self
            .connection
            .request("assign_role", Method::Put, &path)
            .json(&NewRoleAssignmentWire::new(scope, new))
            .send()
            .await?;
        read(&answer)
    }

    async fn get_role_assignment(
        &self,
        scope: &Scope,
        name: &RoleAssignmentName,
    ) -> Result<RoleAssignment> {
        let path = format!("{}/{name}", collection(scope));
        let answer = self
            .connection
            .request("get_role_assignment", Method::Get, &path)
            .send()
            .await?;
        read(&answer)
    }

    async fn list_role_assignments(
        &self,
        scope: &Scope,
        principal: PrincipalId,
        options: Option<ListRoleAssignmentsOptions>,
    ) -> Result<Vec<RoleAssignment>> {
        // https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
        let filter = match options.unwrap_or_default().filter {
            RoleAssignmentFilter::HoldsHere => {
                format!("atScope() and assignedTo('{principal}')")
            }
            RoleAssignmentFilter::HoldsHereOrBelow => format!("assignedTo('{principal}')"),
            RoleAssignmentFilter::ToPrincipalItself => format!("principalId eq '{principal}'"),
        };
        let first = self
            .connection
            .request("list_role_assignments", Method::Get, &collection(scope))
            .query("$filter", &filter);
        list(
            &self.connection,
            "list_role_assignments",
            first,
            RoleAssignmentWire::into_model,
        )
        .await
    }

    async fn delete_role_assignment(
        &self,
        scope: &Scope,
        name: &RoleAssignmentName,
    ) -> Result<Option<RoleAssignment>> {
        let path = format!("{}/{name}", collection(scope));
        let request = self
            .connection
            .request("delete_role_assignment", Method::Delete, &path);
        match delete(request).await? {
            Some(answer) if answer.status() != 204 => read(&answer).map(Some),
            _ => Ok(None),
        }
    }
}
