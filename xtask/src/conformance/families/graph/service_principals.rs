//! Service principals.

use super::{NOT_OURS, client};
use crate::conformance::{
    address::Host::Graph,
    bodies::{BodyCase, GUID},
    compare::{Compared, Field, How, compare},
    family::{Answered, Call, Family, NotReplayed, Replayed, Replaying, Route, What, parse},
    refusals,
    transport::Replayer,
};
use azure_core::http::ClientOptions;
use entra_graph::{ServicePrincipal, ServicePrincipalsApi as _, Upserted};
use serde_json::json;

pub(crate) const FAMILY: Family = Family {
    name: "graph-sp",
    is_ours: true,
    routes: ROUTES,
    refusals: &[refusals::GRAPH],
    poller: None,
    bodies: BODIES,
};

const ALL: &str = "/v1.0/servicePrincipals";
const ONE: &str = "/v1.0/servicePrincipals/{id}";
const CHILDREN: &str = "/v1.0/servicePrincipals/{id}/{*child}";

const BY_KEY: &str = "/v1.0/servicePrincipals({key})";

const ROUTES: &[Route] = &[
    Route::new(Graph, "GET", BY_KEY, What::Ours(get_by_client_id)),
    Route::new(Graph, "PATCH", BY_KEY, What::Ours(upsert)),
    Route::new(Graph, "GET", ONE, What::Ours(get)),
    Route::new(Graph, "DELETE", ONE, What::Ours(delete)),
    Route::new(Graph, "GET", ALL, What::OursOtherwise(list)),
    // Ours creates by a PATCH under the client id; the answer is the same.
    Route::new(Graph, "POST", ALL, What::OursOtherwise(create)),
    Route::new(Graph, "PATCH", ONE, NOT_OURS),
    Route::new(Graph, "GET", CHILDREN, NOT_OURS),
    Route::new(Graph, "POST", CHILDREN, NOT_OURS),
    Route::new(Graph, "DELETE", CHILDREN, NOT_OURS),
];

const FIELDS: &[Field<ServicePrincipal>] = &[
    Field::new("/id", How::Caseless, |it| json!(it.id.to_string())),
    Field::new("/appId", How::Caseless, |it| {
        json!(it.client_id.to_string())
    }),
    Field::new("/displayName", How::Exactly, |it| json!(it.display_name)),
    Field::new("/accountEnabled", How::Exactly, |it| {
        json!(it.account_enabled)
    }),
    Field::new("/appOwnerOrganizationId", How::Caseless, |it| {
        json!(it.app_owner_organization_id.map(|id| id.to_string()))
    }),
    Field::new("/signInAudience", How::Exactly, |it| {
        json!(it.sign_in_audience.as_ref().map(|word| word.as_str()))
    }),
    Field::new("/servicePrincipalType", How::Exactly, |it| {
        json!(it.service_principal_type)
    }),
];

fn get<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let principal = client.get_service_principal(call.part("id")?).await?;
        Ok(compare(FIELDS, &principal, &call.exchange.response_body).into())
    })
}

/// Our client reads service principals one by one.
fn list<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        if !call.exchange.is_success() {
            let client = client(call.transport.client_options())?;
            client.get_service_principal(parse(GUID)?).await?;
            return Ok(Answered::default());
        }
        let mut compared = Compared::default();
        for item in call.items()? {
            let client = client(Replayer::new([&item]).client_options())?;
            let principal = client.get_service_principal(parse(GUID)?).await?;
            compared = compared.and(compare(FIELDS, &principal, &item.response_body));
        }
        Ok(compared.into())
    })
}

fn get_by_client_id<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let id = call.parts.key("key", "appId").unwrap_or_default();
        let principal = client
            .get_service_principal_by_client_id(parse(id)?)
            .await?;
        Ok(compare(FIELDS, &principal, &call.exchange.response_body).into())
    })
}

fn upsert<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    let id = call.parts.key("key", "appId");
    Box::pin(created(call, id.unwrap_or_default()))
}

fn create<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(created(call, GUID))
}

async fn created(call: &Call<'_>, client_id: &str) -> Replayed {
    let client = client(call.transport.client_options())?;
    let upserted = client
        .create_service_principal_if_missing(parse(client_id)?, None)
        .await?;
    let recorded = &call.exchange.response_body;
    Ok(match upserted {
        Upserted::Created(principal) => compare(FIELDS, &principal, recorded),
        Upserted::Updated => Compared::default(),
    }
    .into())
}

fn delete<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        client.delete_service_principal(call.part("id")?).await?;
        Ok(Answered::default())
    })
}

const BODIES: &[BodyCase] = &[BodyCase {
    name: "create_service_principal_if_missing",
    send: |options| Box::pin(send_create(options)),
}];

async fn send_create(options: ClientOptions) -> Result<(), NotReplayed> {
    client(options)?
        .create_service_principal_if_missing(parse(GUID)?, None)
        .await?;
    Ok(())
}
