//! Policies that are assigned where something shall be made.

use crate::{
    ArmClient, InvalidResource, Received, Result, Scope,
    set_on::{reaches, scope_of},
};
use azure_core::http::Method;
use serde::Deserialize;
use serde_json::Value;
use std::fmt;

/// An assignment of a policy or of a set of policies.
///
/// It does not say what the policy does: whether it denies a request cannot be known from here. The effect stands in the
/// definition, often as a parameter, and its conditions can ask after anything.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PolicyAssignment {
    /// Its id.
    pub id: String,
    /// Its name: the last part of the id, not always made for people.
    pub name: String,
    /// Its name for people.
    pub display_name: Option<String>,
    /// Where it was assigned, as its id says: what a [`Scope`] reads, or the id of a management group.
    pub scope: String,
    /// Scopes under it that are left out.
    pub not_scopes: Vec<String>,
    /// The policy or the set of policies.
    pub policy_definition_id: Option<String>,
    /// Whether what the policy demands is enforced.
    pub enforcement_mode: EnforcementMode,
    /// The values of the definition's parameters as received, each as `{"value": ..}` under its name; null where there are none.
    pub parameters: Received,
    /// The assignment as received.
    pub received: Received,
}

impl PolicyAssignment {
    /// Whether it leaves a scope out, itself or with what lies above.
    #[must_use]
    pub fn leaves_out(&self, scope: &Scope) -> bool {
        self.not_scopes.iter().any(|out| reaches(out, scope))
    }
}

/// Whether what a policy demands is enforced when resources are created and updated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnforcementMode {
    /// It is. The service means this where it says nothing.
    #[default]
    Default,
    /// It is not.
    DoNotEnforce,
    /// It is for what is enrolled.
    Enroll,
    /// A word that this version does not know.
    Unknown(String),
}

impl EnforcementMode {
    /// The service's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Default => "Default",
            Self::DoNotEnforce => "DoNotEnforce",
            Self::Enroll => "Enroll",
            Self::Unknown(word) => word,
        }
    }

    fn read(word: String) -> Self {
        [Self::Default, Self::DoNotEnforce, Self::Enroll]
            .into_iter()
            .find(|mode| mode.as_str().eq_ignore_ascii_case(&word))
            .unwrap_or(Self::Unknown(word))
    }
}

/// Assignments of policies.
#[async_trait::async_trait]
pub trait PolicyAssignmentsApi: fmt::Debug + Send + Sync {
    /// Lists the policies that apply at a scope: those assigned there and above, management groups included; not those below.
    ///
    /// One `GET` for each page. Exemptions do not show in it.
    ///
    /// * `scope`: subscription, resource group or resource
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such subscription or resource group;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.Authorization/policyAssignments/read`, which every role
    /// with `*/read` holds; [`Error::Other`](crate::Error::Other) if one of them cannot be read: none is left out.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/policy-authorization/policy-assignments/list-for-resource-group)
    async fn list_policy_assignments(&self, scope: &Scope) -> Result<Vec<PolicyAssignment>>;
}

const _: fn(&dyn PolicyAssignmentsApi) = |_| ();

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl PolicyAssignmentsApi for ArmClient {
    async fn list_policy_assignments(&self, scope: &Scope) -> Result<Vec<PolicyAssignment>> {
        let request = self
            .connection
            .request(
                "list_policy_assignments",
                Method::Get,
                &format!("{scope}/providers/{TYPE}"),
            )
            .api_version(&self.options.policy_assignments_api_version)
            // Without it, those below would be listed too.
            .query("$filter", "atScope()")
            .target(scope.to_string());
        let assignments = self.connection.list::<Wire>(request).await?;
        Ok(assignments
            .into_iter()
            .map(|(wire, received)| wire.read(received))
            .collect())
    }
}

const TYPE: &str = "Microsoft.Authorization/policyAssignments";

#[derive(Deserialize)]
struct Wire {
    id: AssignmentId,
    name: String,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    display_name: Option<String>,
    policy_definition_id: Option<String>,
    not_scopes: Option<Vec<String>>,
    enforcement_mode: Option<String>,
    #[serde(default)]
    parameters: Value,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct AssignmentId {
    id: String,
    scope: String,
}

impl TryFrom<String> for AssignmentId {
    type Error = InvalidResource;

    fn try_from(id: String) -> Result<Self, InvalidResource> {
        let scope = scope_of(&id, "policy assignment id", TYPE)?;
        Ok(Self { id, scope })
    }
}

impl Wire {
    fn read(self, received: Received) -> PolicyAssignment {
        let AssignmentId { id, scope } = self.id;
        let it = self.properties;
        PolicyAssignment {
            id,
            name: self.name,
            display_name: it.display_name,
            scope,
            not_scopes: it.not_scopes.unwrap_or_default(),
            policy_definition_id: it.policy_definition_id,
            enforcement_mode: it
                .enforcement_mode
                .map(EnforcementMode::read)
                .unwrap_or_default(),
            parameters: it.parameters.into(),
            received,
        }
    }
}
