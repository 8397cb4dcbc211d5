//! User-assigned managed identities over HTTP.

use super::{ManagedIdentityClient, delete};
use crate::{
    api::{ManagedIdentitiesApi, PutIdentityOptions},
    models::{IdentityId, ManagedIdentity},
    wire::{IdentityBody, WireIdentity},
};
use azure_core::http::Method;
use cmk_core::{Location, Result, send::Answer};

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl ManagedIdentitiesApi for ManagedIdentityClient {
    async fn put_identity(
        &self,
        id: &IdentityId,
        location: &Location,
        options: Option<PutIdentityOptions>,
    ) -> Result<ManagedIdentity> {
        let options = options.unwrap_or_default();
        let answer = self
            .connection
            .request("put_identity", Method::Put, &id.to_string())
            .json(&IdentityBody {
                location,
                tags: &options.tags,
            })
            .send()
            .await?;
        read(&answer, id)
    }

    async fn get_identity(&self, id: &IdentityId) -> Result<ManagedIdentity> {
        let answer = self
            .connection
            .request("get_identity", Method::Get, &id.to_string())
            .send()
            .await?;
        read(&answer, id)
    }

    async fn delete_identity(&self, id: &IdentityId) -> Result<()> {
        let request = self
            .connection
            .request("delete_identity", Method::Delete, &id.to_string());
        delete(request).await
    }
}

fn read(answer: &Answer, id: &IdentityId) -> Result<ManagedIdentity> {
    let (wire, received) = answer.decode::<WireIdentity>()?;
    Ok(wire.into_model(id.clone(), received))
}
