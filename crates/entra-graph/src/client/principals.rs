//! Service principals and the signed-in user over HTTP.

use super::{GraphClient, delete, upserted};
use crate::{
    api::{CreateServicePrincipalOptions, ServicePrincipalsApi, SignedInApi},
    models::{ServicePrincipal, SignedInPrincipal, Upserted},
    wire::{ServicePrincipalBody, WireServicePrincipal, WireUser},
};
use azure_core::http::Method;
use cmk_core::{ClientId, PrincipalId, Result, send::Answer};

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl ServicePrincipalsApi for GraphClient {
    async fn create_service_principal_if_missing(
        &self,
        client_id: ClientId,
        _options: Option<CreateServicePrincipalOptions>,
    ) -> Result<Upserted<ServicePrincipal>> {
        let answer = self
            .upsert(
                "create_service_principal_if_missing",
                &by_client_id(client_id),
            )
            .target(format!("service principal of application {client_id}"))
            .json(&ServicePrincipalBody { app_id: client_id })
            .send()
            .await?;
        upserted(&answer, read)
    }

    async fn get_service_principal(&self, id: PrincipalId) -> Result<ServicePrincipal> {
        let answer = self
            .request("get_service_principal", Method::Get, &by_id(id))
            .target(format!("service principal {id}"))
            .send()
            .await?;
        read(&answer)
    }

    async fn get_service_principal_by_client_id(
        &self,
        client_id: ClientId,
    ) -> Result<ServicePrincipal> {
        let answer = self
            .request(
                "get_service_principal_by_client_id",
                Method::Get,
                &by_client_id(client_id),
            )
            .target(format!("service principal of application {client_id}"))
            .send()
            .await?;
        read(&answer)
    }

    async fn delete_service_principal(&self, id: PrincipalId) -> Result<()> {
        let request = self.request("delete_service_principal", Method::Delete, &by_id(id));
        delete(request.target(format!("service principal {id}"))).await
    }
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl SignedInApi for GraphClient {
    async fn get_signed_in_principal(&self) -> Result<SignedInPrincipal> {
        let answer = self
            .request("get_signed_in_principal", Method::Get, "/me")
            .target("the signed-in user")
            .send()
            .await?;
        let (wire, received) = answer.decode::<WireUser>()?;
        Ok(wire.into_model(received))
    }
}

fn by_id(id: PrincipalId) -> String {
    format!("/servicePrincipals/{id}")
}

fn by_client_id(client_id: ClientId) -> String {
    format!("/servicePrincipals(appId='{client_id}')")
}

fn read(answer: &Answer) -> Result<ServicePrincipal> {
    let (wire, received) = answer.decode::<WireServicePrincipal>()?;
    Ok(wire.into_model(received))
}
