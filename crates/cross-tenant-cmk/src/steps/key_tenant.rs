//! The key lies in the tenant that the provider's records name.

use super::{Found, Made, Step, StepId};
use crate::{
    Outcome, Provider, Result, TenantContext,
    error::{Reason, Refusal},
    run::Waits,
};
use cmk_core::TenantId;
use keyvault_rbac::KeyUri;

/// What happens if the vault does not say which tenant it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum UnverifiedKeyTenant {
    /// The phase stops.
    #[default]
    Refuse,
    /// The phase goes on. Only where the caller knows by other means whose key it is: the same application can open the
    /// keys of all customers, so one customer could hand in another one's key.
    Accept,
}

/// Asks the vault, without a token, which tenant it belongs to, and holds that against the provider's own record.
#[derive(Debug)]
pub struct CheckKeyTenant<'a> {
    /// The provider.
    pub at: &'a TenantContext<Provider>,
    /// The key.
    pub key: &'a KeyUri,
    /// The customer's tenant, from the provider's own record.
    pub expected: TenantId,
    /// If it cannot be known.
    pub unverified: UnverifiedKeyTenant,
}

impl Step for CheckKeyTenant<'_> {
    type Output = ();

    fn id(&self) -> StepId {
        StepId::KeyTenant
    }

    fn target(&self) -> String {
        format!("key {}", self.key.versionless())
    }

    async fn find(&self, _waits: &Waits) -> Result<Found<()>> {
        let asked = self
            .at
            .clients()
            .vault_tenants
            .get_vault_tenant(self.key.vault_url())
            .await;
        match asked {
            Ok(tenant) if tenant == self.expected => {
                Ok(self.without_version(Made::checked(())).into())
            }
            Ok(tenant) => Err(Refusal::new(
                Reason::KeyInOtherTenant,
                self.target(),
                format!(
                    "its vault belongs to tenant {tenant}, and the record of the customer says {}",
                    self.expected
                ),
            )
            .into()),
            Err(error) if self.unverified == UnverifiedKeyTenant::Accept => Ok(self
                .without_version(Made::new((), Outcome::Unverified).note(format!(
                    "the tenant of the key could not be read, and the caller accepted that: {error}"
                )))
                .into()),
            Err(error) => Err(Refusal::new(
                Reason::KeyTenantUnverified,
                self.target(),
                format!("its vault did not say which tenant it belongs to: {error}"),
            )
            .into()),
        }
    }
}

impl CheckKeyTenant<'_> {
    /// Says that a version was taken off: with it the account would never follow a rotation.
    fn without_version(&self, made: Made<()>) -> Made<()> {
        match self.key.version() {
            None => made,
            Some(version) => made.note(format!(
                "version {} was taken off the key URI, so that the account follows rotations",
                version.as_str()
            )),
        }
    }
}
