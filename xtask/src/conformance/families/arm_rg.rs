//! Resource groups.

use crate::conformance::{
    address::Host::Arm,
    bodies::{BodyCase, GUID},
    compare::{Compared, Field, How, compare},
    family::{
        Answered, CLOUD, Call, Family, Means, NotReplayed, Poller, Reason, Refusal, Replaying,
        Route, What, credential, parse,
    },
    refusals,
};
use azure_core::http::ClientOptions;
use cmk_core::{
    ArmClient, ArmClientOptions, PutResourceGroupOptions, ResourceGroup, ResourceGroupsApi as _,
};
use serde_json::json;
use std::sync::Arc;

pub(crate) const FAMILY: Family = Family {
    name: "arm-rg",
    is_ours: true,
    routes: ROUTES,
    refusals: &[REFUSALS, refusals::DELETIONS, refusals::ARM],
    poller: Some(POLLER),
    bodies: BODIES,
};

/// Resource Manager's own client, which can ask after every operation.
pub(crate) const POLLER: Poller = |options| Ok(Arc::new(client(options)?));

const GROUP: &str = "/subscriptions/{subscription}/resourceGroups/{group}";

const ROUTES: &[Route] = &[
    Route::new(Arm, "GET", GROUP, What::Ours(get)),
    Route::new(Arm, "PUT", GROUP, What::Ours(put)),
    Route::new(Arm, "HEAD", GROUP, What::Ours(exists)),
    Route::new(Arm, "DELETE", GROUP, What::Ours(delete)),
    Route::new(Arm, "PATCH", GROUP, What::Skipped(Reason::NoSuchOperation)),
    Route::new(
        Arm,
        "GET",
        "/subscriptions/{subscription}/operationResults/{operation}",
        What::Poll,
    ),
];

const REFUSALS: &[Refusal] = &[Refusal::new("HEAD", 404, None, Means::Answer)];

const FIELDS: &[Field<ResourceGroup>] = &[
    Field::new("/name", How::Exactly, |group| json!(group.name)),
    Field::new("/location", How::Exactly, |group| json!(group.location)),
    Field::new("/properties/provisioningState", How::Exactly, |group| {
        json!(group.provisioning_state)
    }),
    Field::new("/tags", How::Exactly, |group| json!(group.tags)),
];

pub(super) fn client(client_options: ClientOptions) -> cmk_core::Result<ArmClient> {
    let options = ArmClientOptions {
        client_options,
        ..ArmClientOptions::default()
    };
    ArmClient::new(CLOUD, credential(), Some(options))
}

fn get<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let group = client
            .get_resource_group(call.part("subscription")?, &call.part("group")?)
            .await?;
        Ok(compare(FIELDS, &group, &call.exchange.response_body).into())
    })
}

fn put<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let location = call.asked("/location");
        let group = client
            .put_resource_group(
                call.part("subscription")?,
                &call.part("group")?,
                &parse(location)?,
                None,
            )
            .await?;
        Ok(compare(FIELDS, &group, &call.exchange.response_body).into())
    })
}

fn exists<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let exists = client
            .resource_group_exists(call.part("subscription")?, &call.part("group")?)
            .await?;
        let compared = Compared {
            fields: 1,
            differences: Vec::new(),
        };
        if exists == call.exchange.is_success() {
            Ok(compared.into())
        } else {
            Ok(compared.but(format!("read exists = {exists}")).into())
        }
    })
}

fn delete<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let accepted = client
            .delete_resource_group(call.part("subscription")?, &call.part("group")?, None)
            .await?;
        Ok(Answered {
            operation: accepted.operation,
            ..Answered::default()
        })
    })
}

const BODIES: &[BodyCase] = &[
    BodyCase {
        name: "put_resource_group, minimal",
        send: |options| Box::pin(send_put(options, PutResourceGroupOptions::default())),
    },
    BodyCase {
        name: "put_resource_group, full",
        send: |options| {
            let tags = [(String::from("owner"), String::from("conformance"))].into();
            Box::pin(send_put(options, PutResourceGroupOptions { tags }))
        },
    },
];

async fn send_put(options: ClientOptions, put: PutResourceGroupOptions) -> Result<(), NotReplayed> {
    client(options)?
        .put_resource_group(parse(GUID)?, &parse("rg")?, &parse("eastus2")?, Some(put))
        .await?;
    Ok(())
}
