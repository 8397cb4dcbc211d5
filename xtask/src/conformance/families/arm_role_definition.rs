//! Role definitions of Azure RBAC.

use crate::conformance::{
    address::Host::Arm,
    compare::{Compared, Field, How, compare, compare_list},
    family::{
        CLOUD, Call, Family, NotReplayed, Reason, Refusal, Replaying, Route, What, credential,
        parse,
    },
    refusals::{self, never},
};
use azure_core::http::{ClientOptions, Url};
use cmk_core::{Kind, Scope};
use keyvault_rbac::{
    ListRoleDefinitionsOptions, RoleClient, RoleClientOptions, RoleDefinition,
    RoleDefinitionsApi as _,
};
use serde_json::{Value, json};

pub(crate) const FAMILY: Family = Family {
    name: "arm-role-definition",
    is_ours: true,
    routes: ROUTES,
    refusals: &[REFUSALS, refusals::ARM],
    poller: None,
    bodies: &[],
};

const REFUSALS: &[Refusal] = &[Refusal::new(
    "GET",
    404,
    Some("RoleDefinitionDoesNotExist"),
    never(Kind::NotFound),
)
.of(&["get_role_definition"])];

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
];

/// The blocks of a definition, which our model joins.
fn compare_definition(definition: &RoleDefinition, recorded: &Value) -> Compared {
    let blocks = recorded.pointer("/properties/permissions");
    let blocks = blocks.and_then(Value::as_array);
    let joined = |member: &str| -> Vec<&str> {
        let lists = blocks.into_iter().flatten().filter_map(|it| it.get(member));
        let words = lists.filter_map(Value::as_array).flatten();
        words.filter_map(Value::as_str).collect()
    };
    let mut compared = compare(FIELDS, definition, recorded);
    for (member, ours) in [
        ("actions", &definition.actions),
        ("notActions", &definition.not_actions),
        ("dataActions", &definition.data_actions),
        ("notDataActions", &definition.not_data_actions),
    ] {
        let theirs = joined(member);
        compared.fields += usize::from(!(theirs.is_empty() && ours.is_empty()));
        if theirs != *ours {
            compared = compared.but(format!(
                "/properties/permissions/*/{member}: recorded {theirs:?}, read {ours:?}"
            ));
        }
    }
    compared
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
        Ok(compare_definition(&definition, &call.exchange.response_body).into())
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
        let recorded = &call.exchange.response_body;
        let items = recorded.get("value").and_then(Value::as_array);
        let blocks = definitions
            .iter()
            .zip(items.into_iter().flatten())
            .map(|(definition, item)| compare_definition(definition, item))
            .fold(Compared::default(), Compared::and);
        // Once more for the number of items.
        Ok(blocks.and(compare_list(&[], &definitions, recorded)).into())
    })
}
