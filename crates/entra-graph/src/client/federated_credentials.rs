//! Federated identity credentials over HTTP.

use super::{GraphClient, check, delete, upserted};
use crate::{
    api::{CreateFederatedCredentialOptions, FederatedCredentialsApi},
    models::{FederatedCredential, FederatedCredentialName, NewFederatedCredential, Upserted},
    wire::{self, FederatedCredentialBody, WireFederatedCredential},
};
use azure_core::http::Method;
use cmk_core::{
    ApplicationObjectId, Result,
    send::{Answer, Received},
};
use serde::de::IgnoredAny;

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl FederatedCredentialsApi for GraphClient {
    async fn create_federated_credential_if_missing(
        &self,
        application: ApplicationObjectId,
        name: &FederatedCredentialName,
        credential: &NewFederatedCredential,
        _options: Option<CreateFederatedCredentialOptions>,
    ) -> Result<Upserted<FederatedCredential>> {
        const OPERATION: &str = "create_federated_credential_if_missing";
        check(OPERATION, credential.problem())?;
        let answer = self
            .upsert(
                OPERATION,
                &format!("{}(name='{name}')", all_of(application)),
            )
            .target(target(application, name))
            .json(&FederatedCredentialBody::from(credential))
            .send()
            .await?;
        upserted(&answer, read)
    }

    async fn list_federated_credentials(
        &self,
        application: ApplicationObjectId,
    ) -> Result<Vec<FederatedCredential>> {
        let request = self
            .request(
                "list_federated_credentials",
                Method::Get,
                &all_of(application),
            )
            .target(format!(
                "federated credentials of application {application}"
            ));
        let items = self.connection.list::<IgnoredAny>(request).await?;
        Ok(items
            .into_iter()
            .map(|(_, received)| in_a_list(received))
            .collect())
    }

    async fn get_federated_credential(
        &self,
        application: ApplicationObjectId,
        name: &FederatedCredentialName,
    ) -> Result<FederatedCredential> {
        let answer = self
            .request(
                "get_federated_credential",
                Method::Get,
                &one_of(application, name),
            )
            .target(target(application, name))
            .send()
            .await?;
        read(&answer)
    }

    async fn update_federated_credential(
        &self,
        application: ApplicationObjectId,
        name: &FederatedCredentialName,
        credential: &NewFederatedCredential,
    ) -> Result<()> {
        const OPERATION: &str = "update_federated_credential";
        check(OPERATION, credential.problem())?;
        self.request(OPERATION, Method::Patch, &one_of(application, name))
            .target(target(application, name))
            .json(&FederatedCredentialBody::from(credential))
            .send()
            .await?;
        Ok(())
    }

    async fn delete_federated_credential(
        &self,
        application: ApplicationObjectId,
        name: &FederatedCredentialName,
    ) -> Result<()> {
        let request = self.request(
            "delete_federated_credential",
            Method::Delete,
            &one_of(application, name),
        );
        delete(request.target(target(application, name))).await
    }
}

fn all_of(application: ApplicationObjectId) -> String {
    format!("/applications/{application}/federatedIdentityCredentials")
}

fn one_of(application: ApplicationObjectId, name: &FederatedCredentialName) -> String {
    format!("{}/{name}", all_of(application))
}

fn target(application: ApplicationObjectId, name: &FederatedCredentialName) -> String {
    format!("federated credential {name} of application {application}")
}

/// An item of a list. Also an odd one counts towards the limit of credentials, so none is left out.
fn in_a_list(received: Received) -> FederatedCredential {
    match received.decode::<WireFederatedCredential>() {
        Ok(wire) => wire.into_model(received),
        Err(error) => {
            tracing::warn!(%error, "a federated credential of a list is read in part");
            wire::readable_part(received)
        }
    }
}

fn read(answer: &Answer) -> Result<FederatedCredential> {
    let (wire, received) = answer.decode::<WireFederatedCredential>()?;
    Ok(wire.into_model(received))
}
