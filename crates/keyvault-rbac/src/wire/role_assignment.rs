//! Role assignments in JSON.

use super::Odd;
use crate::{NewRoleAssignment, PrincipalType, RoleAssignment, RoleAssignmentName};
use cmk_core::{PrincipalId, Scope, send::Received};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub(crate) struct NewRoleAssignmentWire<'a> {
    properties: NewProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewProperties<'a> {
    role_definition_id: String,
    principal_id: PrincipalId,
    principal_type: &'a PrincipalType,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

impl<'a> NewRoleAssignmentWire<'a> {
    pub(crate) fn new(scope: &Scope, new: &'a NewRoleAssignment) -> Self {
        Self {
            properties: NewProperties {
                role_definition_id: new.role.definition_id(scope.subscription()),
                principal_id: new.principal,
                principal_type: &new.principal_type,
                description: new.description.as_deref(),
            },
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct RoleAssignmentWire {
    name: String,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    role_definition_id: String,
    #[serde(deserialize_with = "PrincipalId::deserialize_from_service")]
    principal_id: PrincipalId,
    principal_type: Option<PrincipalType>,
    scope: Option<String>,
    description: Option<String>,
    condition: Option<String>,
}

impl RoleAssignmentWire {
    pub(crate) fn into_model(self, received: Received) -> Result<RoleAssignment, Odd> {
        let properties = self.properties;
        Ok(RoleAssignment {
            name: RoleAssignmentName::from_service(&self.name)?,
            scope: properties.scope.and_then(|scope| scope.parse().ok()),
            role_definition_id: properties.role_definition_id,
            principal_id: properties.principal_id,
            principal_type: properties.principal_type,
            description: properties.description,
            condition: properties.condition,
            received,
        })
    }
}
