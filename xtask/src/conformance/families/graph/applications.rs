//! Applications.

use super::{NOT_OURS, client};
use crate::conformance::{
    address::Host::Graph,
    bodies::{BodyCase, GUID},
    compare::{Compared, Field, How, compare, compare_list},
    family::{Answered, Call, Family, NotReplayed, Replayed, Replaying, Route, What, parse},
    refusals,
};
use azure_core::http::ClientOptions;
use entra_graph::{
    Application, ApplicationUpdate, ApplicationsApi as _, DeletedApplication,
    DeletedApplicationsApi as _, NewApplication, SignInAudience, Upserted,
};
use serde_json::json;

pub(crate) const FAMILY: Family = Family {
    name: "graph-applications",
    is_ours: true,
    routes: ROUTES,
    refusals: &[refusals::GRAPH],
    poller: None,
    bodies: BODIES,
};

const ALL: &str = "/v1.0/applications";
const ONE: &str = "/v1.0/applications/{id}";
const BY_KEY: &str = "/v1.0/applications({key})";
const DELETED: &str = "/v1.0/directory/deletedItems/microsoft.graph.application";
const ONE_DELETED: &str = "/v1.0/directory/deletedItems/{id}";

const ROUTES: &[Route] = &[
    Route::new(Graph, "GET", ONE, What::Ours(get)),
    Route::new(Graph, "GET", BY_KEY, What::Ours(get_by_key)),
    Route::new(Graph, "PATCH", BY_KEY, What::Ours(upsert)),
    Route::new(Graph, "GET", DELETED, What::Ours(list_deleted)),
    Route::new(Graph, "GET", ONE_DELETED, What::Ours(get_deleted)),
    Route::new(
        Graph,
        "POST",
        "/v1.0/directory/deletedItems/{id}/restore",
        What::Ours(restore),
    ),
    Route::new(Graph, "PATCH", ONE, What::Ours(update)),
    Route::new(Graph, "DELETE", ONE, What::Ours(delete)),
    Route::new(Graph, "GET", ALL, What::Ours(list)),
    // Ours creates by a PATCH under the unique name; the answer is the same.
    Route::new(Graph, "POST", ALL, What::OursOtherwise(create)),
    Route::new(
        Graph,
        "POST",
        "/v1.0/applications/{id}/addPassword",
        NOT_OURS,
    ),
    Route::new(
        Graph,
        "POST",
        "/v1.0/applications/{id}/removePassword",
        NOT_OURS,
    ),
    Route::new(Graph, "GET", "/v1.0/applications/{id}/owners", NOT_OURS),
    Route::new(
        Graph,
        "POST",
        "/v1.0/applications/{id}/owners/$ref",
        NOT_OURS,
    ),
    Route::new(
        Graph,
        "DELETE",
        "/v1.0/applications/{id}/owners/{owner}/$ref",
        NOT_OURS,
    ),
];

const FIELDS: &[Field<Application>] = &[
    Field::new("/id", How::Caseless, |it| json!(it.object_id.to_string())),
    Field::new("/appId", How::Caseless, |it| {
        json!(it.client_id.to_string())
    }),
    Field::new("/displayName", How::Exactly, |it| json!(it.display_name)),
    Field::new("/uniqueName", How::Exactly, |it| json!(it.unique_name)),
    Field::new("/signInAudience", How::Exactly, |it| {
        json!(it.sign_in_audience.as_str())
    }),
    Field::new("/tags", How::Exactly, |it| json!(it.tags)),
    Field::new("/createdDateTime", How::Exactly, |it| json!(it.created)),
];

const DELETED_FIELDS: &[Field<DeletedApplication>] = &[
    Field::new("/id", How::Caseless, |it| json!(it.object_id.to_string())),
    Field::new("/appId", How::Caseless, |it| {
        json!(it.client_id.to_string())
    }),
    Field::new("/displayName", How::Exactly, |it| json!(it.display_name)),
    Field::new("/uniqueName", How::Exactly, |it| json!(it.unique_name)),
    Field::new("/deletedDateTime", How::Exactly, |it| json!(it.deleted)),
];

fn get<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let application = client.get_application(call.part("id")?, None).await?;
        Ok(compare(FIELDS, &application, &call.exchange.response_body).into())
    })
}

fn list<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let filter = call.address.query.get("$filter").map_or("", String::as_str);
        let name = filter
            .strip_prefix("displayName eq '")
            .and_then(|rest| rest.strip_suffix('\''))
            .map(|name| name.replace("''", "'"));
        let name = name.unwrap_or_else(|| String::from("another filter"));
        let applications = client.list_applications_named(&name, None).await?;
        Ok(compare_list(FIELDS, &applications, &call.exchange.response_body).into())
    })
}

fn get_by_key<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let application = match call.parts.key("key", "appId") {
            Some(id) => {
                client
                    .get_application_by_client_id(parse(id)?, None)
                    .await?
            }
            None => {
                let name = call.parts.key("key", "uniqueName").unwrap_or_default();
                client
                    .get_application_by_unique_name(&parse(name)?, None)
                    .await?
            }
        };
        Ok(compare(FIELDS, &application, &call.exchange.response_body).into())
    })
}

fn upsert<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    let name = call.parts.key("key", "uniqueName");
    Box::pin(created(call, name.unwrap_or_default()))
}

fn list_deleted<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let deleted = client.list_deleted_applications(None).await?;
        Ok(compare_list(DELETED_FIELDS, &deleted, &call.exchange.response_body).into())
    })
}

fn get_deleted<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let deleted = client.get_deleted_application(call.part("id")?).await?;
        Ok(compare(DELETED_FIELDS, &deleted, &call.exchange.response_body).into())
    })
}

fn restore<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        client.restore_deleted_application(call.part("id")?).await?;
        Ok(Answered::default())
    })
}

fn create<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(created(call, "recorded"))
}

async fn created(call: &Call<'_>, unique_name: &str) -> Replayed {
    let client = client(call.transport.client_options())?;
    let application = NewApplication::new("recorded");
    let upserted = client
        .create_application_if_missing(&parse(unique_name)?, &application, None)
        .await?;
    let recorded = &call.exchange.response_body;
    Ok(match upserted {
        Upserted::Created(application) => compare(FIELDS, &application, recorded),
        Upserted::Updated => Compared::default(),
    }
    .into())
}

fn update<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let update = ApplicationUpdate {
            display_name: Some(String::from("recorded")),
            ..ApplicationUpdate::default()
        };
        client
            .update_application(call.part("id")?, &update, None)
            .await?;
        Ok(Answered::default())
    })
}

fn delete<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        client.delete_application(call.part("id")?, None).await?;
        Ok(Answered::default())
    })
}

const BODIES: &[BodyCase] = &[
    BodyCase {
        name: "create_application_if_missing, minimal",
        send: |options| Box::pin(send_create(options, NewApplication::new("name"))),
    },
    BodyCase {
        name: "create_application_if_missing, full",
        send: |options| {
            let application = NewApplication {
                tags: vec![String::from("owner")],
                notes: Some(String::from("notes")),
                ..NewApplication::new("name")
            };
            Box::pin(send_create(options, application))
        },
    },
    BodyCase {
        name: "update_application, full",
        send: |options| Box::pin(send_update(options)),
    },
];

async fn send_create(
    options: ClientOptions,
    application: NewApplication,
) -> Result<(), NotReplayed> {
    client(options)?
        .create_application_if_missing(&parse("unique")?, &application, None)
        .await?;
    Ok(())
}

async fn send_update(options: ClientOptions) -> Result<(), NotReplayed> {
    let update = ApplicationUpdate {
        display_name: Some(String::from("name")),
        sign_in_audience: Some(SignInAudience::AzureAdMultipleOrgs),
        unique_name: Some(parse("unique")?),
        tags: Some(vec![String::from("owner")]),
    };
    client(options)?
        .update_application(parse(GUID)?, &update, None)
        .await?;
    Ok(())
}
