//! Role definitions in JSON.

use super::{Odd, or_default};
use crate::RoleDefinition;
use azure_core::Uuid;
use cmk_core::send::Received;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct RoleDefinitionWire {
    name: String,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    role_name: String,
    r#type: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    permissions: Vec<Permission>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Permission {
    #[serde(deserialize_with = "or_default")]
    actions: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    not_actions: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    data_actions: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    not_data_actions: Vec<String>,
}

impl RoleDefinitionWire {
    pub(crate) fn into_model(self, received: Received) -> Result<RoleDefinition, Odd> {
        let mut definition = RoleDefinition {
            id: Uuid::try_parse(&self.name)?,
            role_name: self.properties.role_name,
            role_type: self.properties.r#type,
            actions: Vec::new(),
            not_actions: Vec::new(),
            data_actions: Vec::new(),
            not_data_actions: Vec::new(),
            received,
        };
        for permission in self.properties.permissions {
            definition.actions.extend(permission.actions);
            definition.not_actions.extend(permission.not_actions);
            definition.data_actions.extend(permission.data_actions);
            definition
                .not_data_actions
                .extend(permission.not_data_actions);
        }
        Ok(definition)
    }
}
