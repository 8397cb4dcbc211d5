//! Role definitions of Azure RBAC.

use crate::conformance::{
    address::Host::Arm,
    compare::{Field, How, compare, compare_list},
    family::{CLOUD, Call, Family, NotReplayed, Reason, Replaying, Route, What, credential, parse},
};
use azure_core::http::{ClientOptions, Url};
use cmk_core::Scope;
use keyvault_rbac::{
    ListRoleDefinitionsOptions, RoleClient, RoleClientOptions, RoleDefinition,
    RoleDefinitionsApi as _,
};
use serde_json::{Value, json};

pub(crate) const FAMILY: Family = Family {
    name: "arm-role-definition",
    is_ours: true,
    routes: ROUTES,
    refusals: &[],
    poller: None,
    bodies: &[],
};

const ALL: &str = "/{*scope}/providers/Microsoft.Authorization/roleDefinitions";
const ONE: &str = "/{*scope}/providers/Microsoft.Authorization/roleDefinitions/{name}";
const NOT_OURS: What = What::Skipped(Reason::NoSuchOperation);

const ROUTES: &[Route] = &[
    Route::new(Arm, "GET", ALL, What::Ours(list)),
    Route::new(Arm, "GET", ONE, What::Ours(get)),
    Route::new(Arm, "PUT", ONE, NOT_OURS),
    Route::new(Arm, "DELETE", ONE, NOT_OURS),
];

const FIELDS: &[Field<RoleDefinition>] = &[
    Field::new("/name", How::Caseless, |it| json!(it.id.to_string())),
    Field::new("/properties/roleName", How::Exactly, |it| {
        json!(it.role_name)
    }),
    Field::new("/properties/type", How::Exactly, |it| json!(it.role_type)),
    Field::new("/properties/permissions/0/actions", How::Exactly, |it| {
        first_block(it, "actions", &it.actions)
    }),
    Field::new(
        "/properties/permissions/0/dataActions",
        How::Exactly,
        |it| first_block(it, "dataActions", &it.data_actions),
    ),
];

/// Our model joins the blocks of a definition: of several the first one is a prefix.
fn first_block(it: &RoleDefinition, member: &str, joined: &[String]) -> Value {
    let length = it
        .received
        .pointer(&format!("/properties/permissions/0/{member}"))
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    json!(joined.iter().take(length).collect::<Vec<_>>())
}

fn client(client_options: ClientOptions) -> cmk_core::Result<RoleClient> {
    let options = RoleClientOptions {
        client_options,
        ..RoleClientOptions::default()
    };
    RoleClient::new(CLOUD, credential(), Some(options))
}

fn scope(call: &Call<'_>) -> Result<Scope, NotReplayed> {
    parse(&format!("/{}", call.parts.get("scope")))
}

fn get<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let id = parse(call.parts.get("name"))?;
        let definition = client.get_role_definition(&scope(call)?, id).await?;
        Ok(compare(FIELDS, &definition, &call.exchange.response_body).into())
    })
}

fn list<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let filter = Url::parse(&call.exchange.url).ok().and_then(|url| {
            let mut pairs = url.query_pairs();
            pairs
                .find(|(name, _)| name == "$filter")
                .map(|(_, value)| value.into_owned())
        });
        let role_name = filter.and_then(|filter| {
            let name = filter.strip_prefix("roleName eq '")?;
            Some(name.strip_suffix('\'')?.to_owned())
        });
        let options = ListRoleDefinitionsOptions { role_name };
        let definitions = client
            .list_role_definitions(&scope(call)?, Some(options))
            .await?;
        Ok(compare_list(FIELDS, &definitions, &call.exchange.response_body).into())
    })
}
