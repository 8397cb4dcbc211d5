//! The requests of [`RoleDefinitionsApi`].

use super::{list, roles::RoleClient};
use crate::{
    ListRoleDefinitionsOptions, Result, RoleDefinition, RoleDefinitionsApi,
    wire::role_definition::RoleDefinitionWire,
};
use azure_core::{Uuid, http::Method};
use cmk_core::Scope;

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl RoleDefinitionsApi for RoleClient {
    async fn get_role_definition(&self, scope: &Scope, id: Uuid) -> Result<RoleDefinition> {
        let path = format!("{}/{}", collection(scope), id.as_hyphenated());
        let answer = self
            .connection
            .request("get_role_definition", Method::Get, &path)
            .send()
            .await?;
        let (wire, received) = answer.decode::<RoleDefinitionWire>()?;
        wire.into_model(received)
            .map_err(|error| answer.unreadable(error))
    }

    async fn list_role_definitions(
        &self,
        scope: &Scope,
        options: Option<ListRoleDefinitionsOptions>,
    ) -> Result<Vec<RoleDefinition>> {
        let first =
            self.connection
                .request("list_role_definitions", Method::Get, &collection(scope));
        let first = match options.unwrap_or_default().role_name {
            // A quote in an OData text is doubled.
            Some(name) => first.query(
                "$filter",
                &format!("roleName eq '{}'", name.replace('\'', "''")),
            ),
            None => first,
        };
        list(
            &self.connection,
            "list_role_definitions",
            first,
            RoleDefinitionWire::into_model,
        )
        .await
    }
}

fn collection(scope: &Scope) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleDefinitions")
}
