//! The rest of Microsoft Graph: whoever is signed in, and what is none of ours.

use super::{NOT_OURS, client};
use crate::conformance::{
    address::Host::Graph,
    compare::{Field, How, compare},
    family::{Call, Family, Replaying, Route, What},
    refusals,
};
use entra_graph::{SignedInApi as _, SignedInPrincipal};
use serde_json::json;

pub(crate) const FAMILY: Family = Family {
    name: "graph-other",
    is_ours: true,
    routes: ROUTES,
    refusals: &[refusals::GRAPH],
    poller: None,
    bodies: &[],
};

const ROUTES: &[Route] = &[
    Route::new(Graph, "GET", "/v1.0/me", What::Ours(me)),
    Route::new(Graph, "GET", "/v1.0/oauth2PermissionGrants", NOT_OURS),
    Route::new(Graph, "POST", "/v1.0/oauth2PermissionGrants", NOT_OURS),
    Route::new(
        Graph,
        "DELETE",
        "/v1.0/oauth2PermissionGrants/{id}",
        NOT_OURS,
    ),
    Route::new(Graph, "POST", "/v1.0/directoryObjects/{action}", NOT_OURS),
];

const FIELDS: &[Field<SignedInPrincipal>] = &[
    Field::new("/id", How::Caseless, |it| json!(it.id.to_string())),
    Field::new("/userPrincipalName", How::Exactly, |it| {
        json!(it.user_principal_name)
    }),
    Field::new("/displayName", How::Exactly, |it| json!(it.display_name)),
];

fn me<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let principal = client.get_signed_in_principal().await?;
        Ok(compare(FIELDS, &principal, &call.exchange.response_body).into())
    })
}
