//! Federated identity credentials of applications.

use super::client;
use crate::conformance::{
    address::Host::Graph,
    bodies::{BodyCase, GUID},
    compare::{Compared, Field, How, compare, compare_list},
    family::{Answered, CLOUD, Call, Family, NotReplayed, Replayed, Replaying, Route, What, parse},
    refusals,
};
use azure_core::http::ClientOptions;
use entra_graph::{
    FederatedCredential, FederatedCredentialsApi as _, NewFederatedCredential, Upserted,
};
use serde_json::json;

pub(crate) const FAMILY: Family = Family {
    name: "graph-fic",
    is_ours: true,
    routes: ROUTES,
    refusals: &[refusals::GRAPH],
    poller: None,
    bodies: BODIES,
};

const ALL: &str = "/v1.0/applications/{application}/federatedIdentityCredentials";
const ONE: &str = "/v1.0/applications/{application}/federatedIdentityCredentials/{name}";

const BY_NAME: &str = "/v1.0/applications/{application}/federatedIdentityCredentials({key})";

const ROUTES: &[Route] = &[
    Route::new(Graph, "PATCH", BY_NAME, What::Ours(upsert)),
    Route::new(Graph, "GET", ONE, What::Ours(get)),
    Route::new(Graph, "PATCH", ONE, What::Ours(update)),
    Route::new(Graph, "DELETE", ONE, What::Ours(delete)),
    Route::new(Graph, "GET", ALL, What::Ours(list)),
    // Ours creates by a PATCH under the name; the answer is the same.
    Route::new(Graph, "POST", ALL, What::OursOtherwise(create)),
];

const FIELDS: &[Field<FederatedCredential>] = &[
    Field::new("/id", How::Exactly, |it| json!(it.id)),
    Field::new("/name", How::Exactly, |it| json!(it.name)),
    Field::new("/issuer", How::Exactly, |it| json!(it.issuer)),
    Field::new("/subject", How::Exactly, |it| json!(it.subject)),
    Field::new("/audiences", How::Exactly, |it| json!(it.audiences)),
    Field::new("/description", How::Exactly, |it| json!(it.description)),
];

fn get<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let credential = client
            .get_federated_credential(call.part("application")?, &call.part("name")?)
            .await?;
        Ok(compare(FIELDS, &credential, &call.exchange.response_body).into())
    })
}

fn list<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let credentials = client
            .list_federated_credentials(call.part("application")?)
            .await?;
        Ok(compare_list(FIELDS, &credentials, &call.exchange.response_body).into())
    })
}

fn upsert<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    let name = call.parts.key("key", "name");
    Box::pin(created(call, name.unwrap_or_default()))
}

fn create<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(created(call, "recorded"))
}

async fn created(call: &Call<'_>, name: &str) -> Replayed {
    let client = client(call.transport.client_options())?;
    let application = call.part("application")?;
    let upserted = client
        .create_federated_credential_if_missing(application, &parse(name)?, &minimal()?, None)
        .await?;
    let recorded = &call.exchange.response_body;
    Ok(match upserted {
        Upserted::Created(credential) => compare(FIELDS, &credential, recorded),
        Upserted::Updated => Compared::default(),
    }
    .into())
}

fn update<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let (application, name) = (call.part("application")?, call.part("name")?);
        client
            .update_federated_credential(application, &name, &minimal()?)
            .await?;
        Ok(Answered::default())
    })
}

fn delete<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        client
            .delete_federated_credential(call.part("application")?, &call.part("name")?)
            .await?;
        Ok(Answered::default())
    })
}

fn minimal() -> Result<NewFederatedCredential, NotReplayed> {
    Ok(NewFederatedCredential::for_managed_identity(
        CLOUD,
        parse(GUID)?,
        parse(GUID)?,
    ))
}

const BODIES: &[BodyCase] = &[
    BodyCase {
        name: "create_federated_credential_if_missing, minimal",
        send: |options| Box::pin(send_create(options, None)),
    },
    BodyCase {
        name: "create_federated_credential_if_missing, full",
        send: |options| Box::pin(send_create(options, Some(String::from("why")))),
    },
    BodyCase {
        name: "update_federated_credential",
        send: |options| Box::pin(send_update(options)),
    },
];

async fn send_create(
    options: ClientOptions,
    description: Option<String>,
) -> Result<(), NotReplayed> {
    let credential = NewFederatedCredential {
        description,
        ..minimal()?
    };
    client(options)?
        .create_federated_credential_if_missing(parse(GUID)?, &parse("name")?, &credential, None)
        .await?;
    Ok(())
}

async fn send_update(options: ClientOptions) -> Result<(), NotReplayed> {
    client(options)?
        .update_federated_credential(parse(GUID)?, &parse("name")?, &minimal()?)
        .await?;
    Ok(())
}
