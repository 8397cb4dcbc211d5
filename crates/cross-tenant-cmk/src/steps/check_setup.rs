//! What phase 1 made is still as it was.

use super::{Made, Step, StepId, converge::found};
use crate::{
    Provider, ProviderSetup, Result, TenantContext,
    error::{Reason, Refusal},
    run::Waits,
};
use entra_graph::{NewFederatedCredential, SignInAudience};

/// Reads application, identity and federated credential before an account is made with them: a creation that fails for want of
/// one of them takes minutes, says only "try again", and leaves something behind.
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

    async fn run(&self, _waits: &Waits) -> Result<Made<()>> {
        let clients = self.at.clients();
        let setup = self.setup;
        let (application, identity) = futures::future::join(
            clients
                .applications
                .get_application(setup.application_object_id, None),
            clients.identities.get_identity(&setup.identity_id),
        )
        .await;
        let application = application.map_err(|error| self.failed(error))?;
        if application.sign_in_audience != SignInAudience::AzureAdMultipleOrgs {
            return Err(Refusal::new(
                Reason::SingleTenantApplication,
                self.target(),
                format!(
                    "its sign-in audience is {}",
                    application.sign_in_audience.as_str()
                ),
            )
            .into());
        }
        let identity = found(identity).map_err(|error| self.failed(error))?;
        let now = identity.map(|identity| identity.principal_id);
        if now != Some(setup.identity_principal_id) {
            return Err(Refusal::new(
                Reason::IdentityReplaced,
                format!("managed identity {}", setup.identity_id.name()),
                match now {
                    Some(principal) => format!(
                        "its principal id is {principal}, and was {} at the time of the setup",
                        setup.identity_principal_id
                    ),
                    None => String::from("it is gone"),
                },
            )
            .into());
        }
        self.check_credential().await?;
        Ok(Made::found((), true))
    }
}

impl CheckSetup<'_> {
    async fn check_credential(&self) -> Result<()> {
        let setup = self.setup;
        let wanted = NewFederatedCredential::for_managed_identity(
            self.at.cloud(),
            self.at.tenant(),
            setup.identity_principal_id,
        );
        let credentials = self
            .at
            .clients()
            .federated_credentials
            .list_federated_credentials(setup.application_object_id)
            .await
            .map_err(|error| self.failed(error))?;
        if credentials
            .iter()
            .any(|credential| credential.accepts_same(&wanted))
        {
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
