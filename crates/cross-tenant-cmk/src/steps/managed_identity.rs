//! The user-assigned managed identity exists in the provider's subscription.

use super::{
    Made, Step, StepId,
    converge::{found, write},
};
use crate::{
    Provider, Result, TenantContext,
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

    async fn run(&self, waits: &Waits) -> Result<Made<ManagedIdentity>> {
        let identities = &self.at.clients().identities;
        let find = || async { found(identities.get_identity(self.id).await) };
        let made = match find().await.map_err(|error| self.failed(error))? {
            Some(identity) => {
                let ours = mark::is_in(&identity.tags);
                Made::found(identity, ours)
            }
            None => {
                let Some(location) = self.location else {
                    return Err(
                        Refusal::new(Reason::Missing, self.target(), "there is none").into(),
                    );
                };
                let identity = write("put_identity", &self.target(), waits, find, || {
                    identities.put_identity(
                        self.id,
                        location,
                        Some(PutIdentityOptions { tags: mark::tags() }),
                    )
                })
                .await
                .map_err(|error| self.failed(error))?;
                Made::created(identity)
            }
        };
        if made.value.tenant_id != self.at.tenant() {
            return Err(Refusal::new(
                Reason::IdentityInOtherTenant,
                self.target(),
                format!(
                    "it is in tenant {}, the application in {}",
                    made.value.tenant_id,
                    self.at.tenant()
                ),
            )
            .into());
        }
        Ok(made)
    }
}
