//! Applications and deleted applications over HTTP.

use super::{GraphClient, check, delete, upserted};
use crate::{
    api::{
        ApplicationsApi, CreateApplicationOptions, DeleteApplicationOptions,
        DeletedApplicationsApi, GetApplicationOptions, ListApplicationsOptions,
        ListDeletedApplicationsOptions, UpdateApplicationOptions,
    },
    models::{
        Application, ApplicationUpdate, DeletedApplication, NewApplication, UniqueName, Upserted,
    },
    wire::{ApplicationUpdateBody, NewApplicationBody, WireApplication, WireDeletedApplication},
};
use azure_core::http::Method;
use cmk_core::{
    ApplicationObjectId, ClientId, Failure, Kind, Result,
    send::{Answer, Listed, Received},
};
use serde_json::Value;

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl ApplicationsApi for GraphClient {
    async fn create_application_if_missing(
        &self,
        unique_name: &UniqueName,
        application: &NewApplication,
        _options: Option<CreateApplicationOptions>,
    ) -> Result<Upserted<Application>> {
        const OPERATION: &str = "create_application_if_missing";
        check(OPERATION, application.problem())?;
        let answer = self
            .upsert(OPERATION, &by_unique_name(unique_name))
            .target(format!("application {unique_name}"))
            .json(&NewApplicationBody::from(application))
            .send()
            .await?;
        upserted(&answer, read)
    }

    async fn get_application(
        &self,
        id: ApplicationObjectId,
        _options: Option<GetApplicationOptions>,
    ) -> Result<Application> {
        let answer = self
            .request("get_application", Method::Get, &by_id(id))
            .target(format!("application {id}"))
            .send()
            .await?;
        read(&answer)
    }

    async fn get_application_by_client_id(
        &self,
        client_id: ClientId,
        _options: Option<GetApplicationOptions>,
    ) -> Result<Application> {
        let answer = self
            .request(
                "get_application_by_client_id",
                Method::Get,
                &format!("/applications(appId='{client_id}')"),
            )
            .target(format!("application {client_id}"))
            .send()
            .await?;
        read(&answer)
    }

    async fn get_application_by_unique_name(
        &self,
        unique_name: &UniqueName,
        _options: Option<GetApplicationOptions>,
    ) -> Result<Application> {
        let answer = self
            .request(
                "get_application_by_unique_name",
                Method::Get,
                &by_unique_name(unique_name),
            )
            .target(format!("application {unique_name}"))
            .send()
            .await?;
        read(&answer)
    }

    async fn list_applications_named(
        &self,
        display_name: &str,
        _options: Option<ListApplicationsOptions>,
    ) -> Result<Vec<Application>> {
        let request = self
            .request("list_applications_named", Method::Get, "/applications")
            .query(
                "$filter",
                &format!("displayName eq '{}'", quoted(display_name)),
            )
            .target(format!("applications named {display_name:?}"));
        let listed = self
            .connection
            .list_tolerantly::<WireApplication>(request)
            .await?;
        Ok(listed
            .items
            .into_iter()
            .map(|(wire, received)| wire.into_model(received))
            .collect())
    }

    async fn update_application(
        &self,
        id: ApplicationObjectId,
        update: &ApplicationUpdate,
        _options: Option<UpdateApplicationOptions>,
    ) -> Result<()> {
        const OPERATION: &str = "update_application";
        check(OPERATION, update.problem())?;
        self.request(OPERATION, Method::Patch, &by_id(id))
            .target(format!("application {id}"))
            .json(&ApplicationUpdateBody::from(update))
            .send()
            .await?;
        Ok(())
    }

    async fn delete_application(
        &self,
        id: ApplicationObjectId,
        _options: Option<DeleteApplicationOptions>,
    ) -> Result<()> {
        let request = self.request("delete_application", Method::Delete, &by_id(id));
        delete(request.target(format!("application {id}"))).await
    }
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl DeletedApplicationsApi for GraphClient {
    async fn list_deleted_applications(
        &self,
        _options: Option<ListDeletedApplicationsOptions>,
    ) -> Result<Vec<DeletedApplication>> {
        let listed = deleted(self, "list_deleted_applications").await?;
        Ok(models(listed.items))
    }

    async fn find_deleted_application(
        &self,
        unique_name: &UniqueName,
    ) -> Result<Option<DeletedApplication>> {
        const OPERATION: &str = "find_deleted_application";
        let listed = deleted(self, OPERATION).await?;
        let found = models(listed.items)
            .into_iter()
            .find(|found| found.unique_name.as_deref() == Some(unique_name.as_str()));
        // None would be wrong where the one that cannot be read holds the name.
        let odd = listed.unreadable.iter().any(|odd| {
            let name = odd.pointer("/uniqueName").and_then(Value::as_str);
            name == Some(unique_name.as_str())
        });
        if found.is_none() && odd {
            return Err(Failure::builder(OPERATION)
                .target(format!("deleted application {unique_name}"))
                .message("a deleted application holds the unique name, and cannot be read")
                .build(Kind::Other));
        }
        Ok(found)
    }

    async fn get_deleted_application(&self, id: ApplicationObjectId) -> Result<DeletedApplication> {
        let answer = self
            .request("get_deleted_application", Method::Get, &deleted_by_id(id))
            .target(format!("deleted application {id}"))
            .send()
            .await?;
        let (wire, received) = answer.decode::<WireDeletedApplication>()?;
        Ok(wire.into_model(received))
    }

    async fn restore_deleted_application(&self, id: ApplicationObjectId) -> Result<()> {
        let path = deleted_by_id(id) + "/restore";
        self.request("restore_deleted_application", Method::Post, &path)
            .target(format!("deleted application {id}"))
            .send()
            .await?;
        Ok(())
    }
}

async fn deleted(
    graph: &GraphClient,
    operation: &'static str,
) -> Result<Listed<WireDeletedApplication>> {
    let request = graph
        .request(
            operation,
            Method::Get,
            "/directory/deletedItems/microsoft.graph.application",
        )
        .target("deleted applications");
    graph.connection.list_tolerantly(request).await
}

fn models(items: Vec<(WireDeletedApplication, Received)>) -> Vec<DeletedApplication> {
    items
        .into_iter()
        .map(|(wire, received)| wire.into_model(received))
        .collect()
}

fn by_id(id: ApplicationObjectId) -> String {
    format!("/applications/{id}")
}

fn by_unique_name(unique_name: &UniqueName) -> String {
    format!("/applications(uniqueName='{unique_name}')")
}

fn deleted_by_id(id: ApplicationObjectId) -> String {
    format!("/directory/deletedItems/{id}")
}

/// A text inside the quotes of an OData literal.
fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

fn read(answer: &Answer) -> Result<Application> {
    let (wire, received) = answer.decode::<WireApplication>()?;
    Ok(wire.into_model(received))
}
