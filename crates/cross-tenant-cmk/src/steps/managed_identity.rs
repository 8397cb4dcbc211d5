//! The user-assigned managed identity exists in the provider's subscription.

use super::{
    Found, Gap, Made, Step, StepId,
    converge::{found, write},
};
use crate::{
    Error, Provider, Result, TenantContext,
    error::{Reason, Refusal},
    mark,
    run::Waits,
};
use cmk_core::Location;
use entra_graph::{IdentityId, ManagedIdentity, PutIdentityOptions};

/// Finds or creates the managed identity. An existing one is never written to: that would replace its tags.
#[derive(Debug)]
pub struct EnsureIdentity<'a> {
    /// The provider.
    pub at: &'a TenantContext<Provider>,
    /// Its id.
    pub id: &'a IdentityId,
    /// Where it goes, if it is created. `None`: it must be there.
    pub location: Option<&'a Location>,
}

impl Step for EnsureIdentity<'_> {
    type Output = ManagedIdentity;

    fn id(&self) -> StepId {
        StepId::ManagedIdentity
    }

    fn target(&self) -> String {
        format!("managed identity {}", self.id.name())
    }

    fn settings(&self) -> Vec<String> {
        self.location
            .map(|location| format!("location {location}"))
            .into_iter()
            .collect()
    }

    async fn find(&self, _waits: &Waits) -> Result<Found<ManagedIdentity>> {
        let identity = self.read().await.map_err(|error| self.failed(error))?;
        match identity {
            Some(identity) => {
                self.check(&identity)?;
                let ours = mark::is_in(&identity.tags);
                Ok(Made::found(identity, ours).into())
            }
            None if self.location.is_none() => Err(self.none()),
            None => Ok(Found::MISSING),
        }
    }

    async fn make(
        &self,
        _gap: Gap<ManagedIdentity>,
        waits: &Waits,
    ) -> Result<Made<ManagedIdentity>> {
        let location = self.location.ok_or_else(|| self.none())?;
        let identities = &self.at.clients().identities;
        let identity = write(
            "put_identity",
            &self.target(),
            waits,
            || self.read(),
            || {
                identities.put_identity(
                    self.id,
                    location,
                    Some(PutIdentityOptions { tags: mark::tags() }),
                )
            },
        )
        .await
        .map_err(|error| self.failed(error))?;
        self.check(&identity)?;
        Ok(Made::created(identity))
    }
}

impl EnsureIdentity<'_> {
    async fn read(&self) -> cmk_core::Result<Option<ManagedIdentity>> {
        found(self.at.clients().identities.get_identity(self.id).await)
    }

    fn none(&self) -> Error {
        Refusal::new(Reason::Missing, self.target(), "there is none").into()
    }

    fn check(&self, identity: &ManagedIdentity) -> Result<()> {
        if identity.tenant_id == self.at.tenant() {
            return Ok(());
        }
        Err(Refusal::new(
            Reason::IdentityInOtherTenant,
            self.target(),
            format!(
                "it is in tenant {}, the application in {}",
                identity.tenant_id,
                self.at.tenant()
            ),
        )
        .into())
    }
}
