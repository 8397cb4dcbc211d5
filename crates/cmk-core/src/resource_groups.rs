//! Resource groups.

use crate::{
    ArmClient, Location, ResourceGroupName, Result, SubscriptionId,
    lro::{Accepted, OperationHandle},
    send::{Answer, Received},
};
use azure_core::http::Method;
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeMap, fmt};

/// A resource group.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResourceGroup {
    /// Its name, in the case that the service keeps.
    pub name: String,
    /// Where its metadata lies; resources in it may lie elsewhere.
    pub location: String,
    /// `properties.provisioningState`, such as `Succeeded` or `Deleting`.
    pub provisioning_state: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The group as received.
    pub received: Received,
}

/// Options of [`ResourceGroupsApi::put_resource_group`].
#[derive(Debug, Clone, Default)]
pub struct PutResourceGroupOptions {
    /// All tags that the group shall have: the request replaces them.
    pub tags: BTreeMap<String, String>,
}

/// Options of [`ResourceGroupsApi::delete_resource_group`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DeleteResourceGroupOptions {}

/// Resource groups of a subscription.
#[async_trait::async_trait]
pub trait ResourceGroupsApi: fmt::Debug + Send + Sync {
    /// Creates a resource group, or replaces the tags of the one that is there. Idempotent.
    ///
    /// One `PUT`. The location of an existing group cannot be changed.
    ///
    /// * `subscription`: where the group lies
    /// * `name`: the group
    /// * `location`: where the group's metadata lies
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.Resources/subscriptions/resourceGroups/write`;
    /// [`Error::Conflict`](crate::Error::Conflict) if the group exists in another location.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/resources/resource-groups/create-or-update)
    async fn put_resource_group(
        &self,
        subscription: SubscriptionId,
        name: &ResourceGroupName,
        location: &Location,
        options: Option<PutResourceGroupOptions>,
    ) -> Result<ResourceGroup>;

    /// Reads a resource group.
    ///
    /// One `GET`.
    ///
    /// * `subscription`: where the group lies
    /// * `name`: the group
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.Resources/subscriptions/resourceGroups/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/resources/resource-groups/get)
    async fn get_resource_group(
        &self,
        subscription: SubscriptionId,
        name: &ResourceGroupName,
    ) -> Result<ResourceGroup>;

    /// Whether a resource group exists.
    ///
    /// One `HEAD`. A subscription that does not exist looks like an absent group, since the answer has no body.
    ///
    /// * `subscription`: where the group lies
    /// * `name`: the group
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.Resources/subscriptions/resourceGroups/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/resources/resource-groups/check-existence)
    async fn resource_group_exists(
        &self,
        subscription: SubscriptionId,
        name: &ResourceGroupName,
    ) -> Result<bool>;

    /// Deletes a resource group and everything in it. Absent is fine.
    ///
    /// One `DELETE`, which goes on in the background: wait for the operation, if one comes back.
    ///
    /// * `subscription`: where the group lies
    /// * `name`: the group
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.Resources/subscriptions/resourceGroups/delete`;
    /// [`Error::Conflict`](crate::Error::Conflict) under a management lock.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/resources/resource-groups/delete)
    async fn delete_resource_group(
        &self,
        subscription: SubscriptionId,
        name: &ResourceGroupName,
        options: Option<DeleteResourceGroupOptions>,
    ) -> Result<Accepted<()>>;
}

const _: fn(&dyn ResourceGroupsApi) = |_| ();

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl ResourceGroupsApi for ArmClient {
    async fn put_resource_group(
        &self,
        subscription: SubscriptionId,
        name: &ResourceGroupName,
        location: &Location,
        options: Option<PutResourceGroupOptions>,
    ) -> Result<ResourceGroup> {
        let tags = options.unwrap_or_default().tags;
        let body = if tags.is_empty() {
            json!({ "location": location.as_str() })
        } else {
            json!({ "location": location.as_str(), "tags": tags })
        };
        let answer = self
            .connection
            .request("put_resource_group", Method::Put, &path(subscription, name))
            .json(&body)
            .send()
            .await?;
        read(&answer)
    }

    async fn get_resource_group(
        &self,
        subscription: SubscriptionId,
        name: &ResourceGroupName,
    ) -> Result<ResourceGroup> {
        let answer = self
            .connection
            .request("get_resource_group", Method::Get, &path(subscription, name))
            .send()
            .await?;
        read(&answer)
    }

    async fn resource_group_exists(
        &self,
        subscription: SubscriptionId,
        name: &ResourceGroupName,
    ) -> Result<bool> {
        let answer = self
            .connection
            .request(
                "resource_group_exists",
                Method::Head,
                &path(subscription, name),
            )
            .tolerate(&[404])
            .send()
            .await?;
        Ok(answer.status() != 404)
    }

    async fn delete_resource_group(
        &self,
        subscription: SubscriptionId,
        name: &ResourceGroupName,
        _options: Option<DeleteResourceGroupOptions>,
    ) -> Result<Accepted<()>> {
        let path = path(subscription, name);
        let answer = self
            .connection
            .request("delete_resource_group", Method::Delete, &path)
            .repeatable()
            .send_to_delete()
            .await?;
        let Some(answer) = answer else {
            return Ok(Accepted::new((), None));
        };
        let operation = OperationHandle::from_answer(
            &self.connection,
            "delete_resource_group",
            &answer,
            &path,
            &self.options.resources_api_version,
            true,
        )?;
        Ok(Accepted::new((), operation))
    }
}

fn path(subscription: SubscriptionId, name: &ResourceGroupName) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{name}")
}

#[derive(Deserialize)]
struct Wire {
    name: String,
    location: String,
    tags: Option<BTreeMap<String, String>>,
    properties: Option<WireProperties>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProperties {
    provisioning_state: Option<String>,
}

fn read(answer: &Answer) -> Result<ResourceGroup> {
    let (wire, received) = answer.decode::<Wire>()?;
    Ok(ResourceGroup {
        name: wire.name,
        location: wire.location,
        provisioning_state: wire
            .properties
            .and_then(|properties| properties.provisioning_state),
        tags: wire.tags.unwrap_or_default(),
        received,
    })
}
