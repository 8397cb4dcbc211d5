//! The provider's application has a service principal in the customer's tenant.

use super::{
    Found, Gap, Made, Step, StepId,
    converge::{found, settle_until_seen, write},
};
use crate::{
    Customer, Result, TenantContext,
    error::{Problem, Reason, refuse_first},
    run::Waits,
};
use cmk_core::{ClientId, TenantId};
use entra_graph::{ServicePrincipal, Upserted};

/// Finds or creates the service principal, and holds its home tenant against the expected one.
///
/// An existing one is left as it is: to write to it could undo what the customer's administrator decided. A service principal
/// alone may do nothing; it is created before its home tenant can be known, because only it tells.
#[derive(Debug)]
pub struct AdmitApplication<'a> {
    /// The customer.
    pub at: &'a TenantContext<Customer>,
    /// The application that the Offer names.
    pub application: ClientId,
    /// The provider's tenant, from the customer's own record.
    pub expected_provider: TenantId,
}

impl Step for AdmitApplication<'_> {
    type Output = ServicePrincipal;

    fn id(&self) -> StepId {
        StepId::AdmitApplication
    }

    fn target(&self) -> String {
        format!("service principal of application {}", self.application)
    }

    async fn find(&self, _waits: &Waits) -> Result<Found<ServicePrincipal>> {
        match self.read().await.map_err(|error| self.failed(error))? {
            Some(principal) => {
                self.check(&principal)?;
                // A service principal carries no mark of ours: consent could have made it, too.
                Ok(Made::found(principal, true).into())
            }
            None => Ok(Found::MISSING),
        }
    }

    async fn make(
        &self,
        _gap: Gap<ServicePrincipal>,
        waits: &Waits,
    ) -> Result<Made<ServicePrincipal>> {
        let principals = &self.at.clients().service_principals;
        let created = write(
            "create_service_principal_if_missing",
            &self.target(),
            waits,
            || async { Ok(self.read().await?.map(|_| true)) },
            || async {
                let upserted = principals
                    .create_service_principal_if_missing(self.application, None)
                    .await?;
                Ok(matches!(upserted, Upserted::Created(_)))
            },
        )
        .await
        .map_err(|error| self.failed(error))?;
        let principal = settle_until_seen(
            "get_service_principal_by_client_id",
            &self.target(),
            waits,
            || self.read(),
        )
        .await
        .map_err(|error| self.failed(error))?;
        self.check(&principal)?;
        Ok(if created {
            Made::created(principal)
        } else {
            Made::found(principal, true)
        })
    }
}

impl AdmitApplication<'_> {
    async fn read(&self) -> cmk_core::Result<Option<ServicePrincipal>> {
        let principals = &self.at.clients().service_principals;
        found(
            principals
                .get_service_principal_by_client_id(self.application)
                .await,
        )
    }

    fn check(&self, principal: &ServicePrincipal) -> Result<()> {
        let problems = principal_problems(principal, self.expected_provider);
        refuse_first(
            &self.target(),
            problems.into_iter().map(|(reason, detail)| match reason {
                Reason::ForeignApplication => (reason, detail + "; it was given no role"),
                _ => (reason, detail),
            }),
        )
    }
}

/// Everything about an application's service principal that does not fit.
pub(crate) fn principal_problems(
    principal: &ServicePrincipal,
    expected_provider: TenantId,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if principal.app_owner_organization_id != Some(expected_provider) {
        let home = principal
            .app_owner_organization_id
            .map_or_else(|| String::from("an unknown tenant"), |id| id.to_string());
        problems.push((
            Reason::ForeignApplication,
            format!(
                "the application belongs to {home}, and the expected provider is {expected_provider}"
            ),
        ));
    }
    if principal.account_enabled == Some(false) {
        problems.push((
            Reason::ServicePrincipalDisabled,
            String::from("its sign-in is switched off"),
        ));
    }
    problems
}
