//! Tokens of applications. Recorders leave them out: what real clients ask for is held against the route.

use crate::conformance::{
    address::Host::Login,
    bodies::GUID,
    compare::{Field, How, compare},
    family::{CLOUD, Call, Family, Replaying, Route, What, parse},
};
use azure_core::credentials::{AccessToken, Secret};
use entra_graph::{
    ApplicationTokensApi as _, ApplicationTokensClient, ApplicationTokensClientOptions,
};
use serde_json::json;

pub(crate) const FAMILY: Family = Family {
    name: "entra-tokens",
    is_ours: true,
    routes: ROUTES,
    refusals: &[],
    poller: None,
    bodies: &[],
};

const ROUTES: &[Route] = &[Route::new(
    Login,
    "POST",
    "/{tenant}/oauth2/v2.0/token",
    What::Ours(token),
)];

const FIELDS: &[Field<AccessToken>] = &[Field::new("/access_token", How::Exactly, |it| {
    json!(it.token.secret())
})];

fn token<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let options = ApplicationTokensClientOptions {
            client_options: call.transport.client_options(),
        };
        let client = ApplicationTokensClient::new(CLOUD, Some(options))?;
        let token = client
            .get_token(
                call.part("tenant")?,
                parse(GUID)?,
                &Secret::new("assertion"),
                &CLOUD.vault_scope(),
            )
            .await?;
        Ok(compare(FIELDS, &token, &call.exchange.response_body).into())
    })
}
