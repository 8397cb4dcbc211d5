//! What phase 1 made is still as it was.

use super::{
    Found, Made, Step, StepId,
    converge::{found, look},
};
use crate::{
    Provider, ProviderSetup, Result, TenantContext,
    error::{Problem, Reason, Refusal, refuse_first},
    run::Waits,
};
use cmk_core::PrincipalId;
use entra_graph::{Application, NewFederatedCredential, SignInAudience};

/// Reads application, identity and federated credential before an account is made with them: a creation that fails for want of
/// one of them takes minutes, says only "try again", and leaves something behind. What is missing is looked for a minute long, since
/// a replica of the directory can be behind.
#[derive(Debug)]
pub struct CheckSetup<'a> {
    /// The provider.
    pub at: &'a TenantContext<Provider>,
    /// What phase 1 left.
    pub setup: &'a ProviderSetup,
}

impl Step for CheckSetup<'_> {
    type Output = ();

    fn id(&self) -> StepId {
        StepId::Setup
    }

    fn target(&self) -> String {
        format!("application {}", self.setup.application_client_id)
    }

    async fn find(&self, waits: &Waits) -> Result<Found<()>> {
        let (application, identity, credential) = futures::future::join3(
            self.check_application(waits),
            self.check_identity(),
            self.check_credential(waits),
        )
        .await;
        application.and(identity).and(credential)?;
        Ok(Made::checked(()).into())
    }
}

impl CheckSetup<'_> {
    async fn check_application(&self, waits: &Waits) -> Result<()> {
        let applications = &self.at.clients().applications;
        let read = || async {
            found(
                applications
                    .get_application(self.setup.application_object_id, None)
                    .await,
            )
        };
        let application = look("get_application", &self.target(), waits, &read)
            .await
            .map_err(|error| self.failed(error))?;
        let Some(application) = application else {
            return Err(
                Refusal::new(Reason::ApplicationMissing, self.target(), "it is gone").into(),
            );
        };
        refuse_first(&self.target(), audience_problem(&application))
    }

    async fn check_identity(&self) -> Result<()> {
        let setup = self.setup;
        let identity = self
            .at
            .clients()
            .identities
            .get_identity(&setup.identity_id)
            .await;
        let identity = found(identity).map_err(|error| self.failed(error))?;
        refuse_first(
            &format!("managed identity {}", setup.identity_id.name()),
            identity_problem(setup, identity.map(|identity| identity.principal_id)),
        )
    }

    async fn check_credential(&self, waits: &Waits) -> Result<()> {
        let setup = self.setup;
        let wanted = NewFederatedCredential::for_managed_identity(
            self.at.cloud(),
            self.at.tenant(),
            setup.identity_principal_id,
        );
        let credentials = &self.at.clients().federated_credentials;
        let read = || async {
            let list = found(
                credentials
                    .list_federated_credentials(setup.application_object_id)
                    .await,
            )?;
            let mut list = list.into_iter().flatten();
            Ok(list.find(|credential| credential.accepts_same(&wanted)))
        };
        let seen = look("list_federated_credentials", &self.target(), waits, &read)
            .await
            .map_err(|error| self.failed(error))?;
        if seen.is_some() {
            return Ok(());
        }
        Err(Refusal::new(
            Reason::CredentialMissing,
            self.target(),
            "no federated identity credential of the application names the managed identity with the audience of this cloud",
        )
        .into())
    }
}

/// What keeps customers from admitting an application.
pub(crate) fn audience_problem(application: &Application) -> Option<Problem> {
    (application.sign_in_audience != SignInAudience::AzureAdMultipleOrgs).then(|| {
        (
            Reason::SingleTenantApplication,
            format!(
                "its sign-in audience is {}",
                application.sign_in_audience.as_str()
            ),
        )
    })
}

/// Whether the identity is another one than at the time of the setup, or none.
pub(crate) fn identity_problem(setup: &ProviderSetup, now: Option<PrincipalId>) -> Option<Problem> {
    (now != Some(setup.identity_principal_id)).then(|| {
        (
            Reason::IdentityReplaced,
            match now {
                Some(principal) => format!(
                    "its principal id is {principal}, and was {} at the time of the setup",
                    setup.identity_principal_id
                ),
                None => String::from("it is gone"),
            },
        )
    })
}
