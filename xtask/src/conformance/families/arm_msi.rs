//! User-assigned managed identities.

use crate::conformance::{
    address::Host::Arm,
    bodies::{BodyCase, GUID},
    compare::{Compared, Field, How, compare},
    family::{
        Answered, CLOUD, Call, Family, NotReplayed, Reason, Refusal, Replaying, Route, What,
        credential, parse,
    },
    refusals::{self, BUSY},
    transport::Replayer,
};
use azure_core::http::ClientOptions;
use entra_graph::{
    IdentityId, ManagedIdentitiesApi as _, ManagedIdentity, ManagedIdentityClient,
    ManagedIdentityClientOptions, PutIdentityOptions,
};
use serde_json::json;

pub(crate) const FAMILY: Family = Family {
    name: "arm-msi",
    is_ours: true,
    routes: ROUTES,
    refusals: &[REFUSALS, refusals::DELETIONS, refusals::ARM],
    poller: None,
    bodies: BODIES,
};

const IDENTITY: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}";
const OF_A_GROUP: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
const OF_A_SUBSCRIPTION: &str =
    "/subscriptions/{subscription}/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
const CHILDREN: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}/{*child}";

const ROUTES: &[Route] = &[
    Route::new(Arm, "GET", IDENTITY, What::Ours(get)),
    Route::new(Arm, "PUT", IDENTITY, What::Ours(put)),
    Route::new(Arm, "DELETE", IDENTITY, What::Ours(delete)),
    Route::new(Arm, "GET", OF_A_GROUP, What::OursOtherwise(list)),
    Route::new(Arm, "GET", OF_A_SUBSCRIPTION, What::OursOtherwise(list)),
    Route::new(Arm, "GET", CHILDREN, NOT_OURS),
    Route::new(Arm, "PUT", CHILDREN, NOT_OURS),
    Route::new(Arm, "POST", CHILDREN, NOT_OURS),
    Route::new(Arm, "DELETE", CHILDREN, NOT_OURS),
    Route::new(Arm, "PATCH", IDENTITY, NOT_OURS),
    Route::new(
        Arm,
        "GET",
        "/providers/Microsoft.ManagedIdentity/operations",
        NOT_OURS,
    ),
];

const NOT_OURS: What = What::Skipped(Reason::NoSuchOperation);

const REFUSALS: &[Refusal] = &[
    Refusal::new("PUT|DELETE", 409, Some("Conflict"), BUSY),
    Refusal::new(
        "PUT",
        409,
        Some("ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"),
        BUSY,
    ),
];

const FIELDS: &[Field<ManagedIdentity>] = &[
    Field::new("/location", How::Folded, |it| json!(it.location.as_str())),
    Field::new("/tags", How::Exactly, |it| json!(it.tags)),
    Field::new("/properties/principalId", How::Caseless, |it| {
        json!(it.principal_id.to_string())
    }),
    Field::new("/properties/clientId", How::Caseless, |it| {
        json!(it.client_id.to_string())
    }),
    Field::new("/properties/tenantId", How::Caseless, |it| {
        json!(it.tenant_id.to_string())
    }),
    Field::new("/properties/isolationScope", How::Exactly, |it| {
        json!(it.isolation_scope)
    }),
];

fn client(client_options: ClientOptions) -> cmk_core::Result<ManagedIdentityClient> {
    let options = ManagedIdentityClientOptions {
        client_options,
        ..ManagedIdentityClientOptions::default()
    };
    ManagedIdentityClient::new(CLOUD, credential(), Some(options))
}

fn get<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let identity = client.get_identity(&call.path()?).await?;
        Ok(compare(FIELDS, &identity, &call.exchange.response_body).into())
    })
}

fn put<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let location = parse(call.asked("/location"))?;
        let identity = client.put_identity(&call.path()?, &location, None).await?;
        Ok(compare(FIELDS, &identity, &call.exchange.response_body).into())
    })
}

fn delete<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        client.delete_identity(&call.path()?).await?;
        Ok(Answered::default())
    })
}

/// Our client reads identities one by one.
fn list<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let mut compared = Compared::default();
        for item in call.items()? {
            let client = client(Replayer::new([&item]).client_options())?;
            let identity = client.get_identity(&identity()?).await?;
            compared = compared.and(compare(FIELDS, &identity, &item.response_body));
        }
        Ok(compared.into())
    })
}

fn identity() -> Result<IdentityId, NotReplayed> {
    parse(&format!(
        "/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity1"
    ))
}

const BODIES: &[BodyCase] = &[
    BodyCase {
        name: "put_identity, minimal",
        send: |options| Box::pin(send_put(options, PutIdentityOptions::default())),
    },
    BodyCase {
        name: "put_identity, full",
        send: |options| {
            let tags = [(String::from("owner"), String::from("conformance"))].into();
            Box::pin(send_put(options, PutIdentityOptions { tags }))
        },
    },
];

async fn send_put(options: ClientOptions, put: PutIdentityOptions) -> Result<(), NotReplayed> {
    client(options)?
        .put_identity(&identity()?, &parse("eastus2")?, Some(put))
        .await?;
    Ok(())
}
