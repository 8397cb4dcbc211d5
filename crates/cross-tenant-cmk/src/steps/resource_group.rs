//! A resource group exists.

use super::{
    Found, Gap, Made, Step, StepId,
    converge::{found, write},
};
use crate::{Result, mark, run::Waits};
use cmk_core::{
    Location, PutResourceGroupOptions, ResourceGroup, ResourceGroupName, ResourceGroupsApi,
    SubscriptionId,
};

/// Creates a resource group, if there is none. The location of an existing one does not matter.
#[derive(Debug)]
pub struct EnsureResourceGroup<'a> {
    /// Where.
    pub groups: &'a dyn ResourceGroupsApi,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Its name.
    pub name: &'a ResourceGroupName,
    /// Where its metadata goes, if it is created.
    pub location: &'a Location,
}

impl EnsureResourceGroup<'_> {
    async fn read(&self) -> cmk_core::Result<Option<ResourceGroup>> {
        found(
            self.groups
                .get_resource_group(self.subscription, self.name)
                .await,
        )
    }
}

impl Step for EnsureResourceGroup<'_> {
    type Output = ();

    fn id(&self) -> StepId {
        StepId::ResourceGroup
    }

    fn target(&self) -> String {
        format!("resource group {}", self.name)
    }

    fn settings(&self) -> Vec<String> {
        vec![format!("location {}", self.location)]
    }

    async fn find(&self, _waits: &Waits) -> Result<Found<()>> {
        let group = self.read().await.map_err(|error| self.failed(error))?;
        Ok(match group {
            Some(group) => Found::There(Made::found((), mark::is_in(&group.tags))),
            None => Found::MISSING,
        })
    }

    async fn make(&self, _gap: Gap<()>, waits: &Waits) -> Result<Made<()>> {
        // Only where there is none: the request would replace the tags of an existing one.
        write(
            "put_resource_group",
            &self.target(),
            waits,
            || self.read(),
            || {
                self.groups.put_resource_group(
                    self.subscription,
                    self.name,
                    self.location,
                    Some(PutResourceGroupOptions { tags: mark::tags() }),
                )
            },
        )
        .await
        .map_err(|error| self.failed(error))?;
        Ok(Made::created(()))
    }
}
