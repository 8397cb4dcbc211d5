//! Service principals of a tenant.

use crate::models::{ServicePrincipal, Upserted};
use cmk_core::{ClientId, PrincipalId, Result};
use std::fmt;

/// Options of [`ServicePrincipalsApi::create_service_principal_if_missing`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CreateServicePrincipalOptions {}

/// Service principals of a tenant: the applications, its own and others', that it knows.
#[async_trait::async_trait]
pub trait ServicePrincipalsApi: fmt::Debug + Send + Sync {
    /// Creates the service principal of an application in this tenant, or leaves the one that is there as it is.
    /// Idempotent.
    ///
    /// One `PATCH` with `Prefer: create-if-missing`. The request holds the client id alone: a service principal that its
    /// tenant has disabled stays disabled. Only a creation brings it back; otherwise read it by client id.
    ///
    /// * `client_id`: of a multitenant application in any tenant, or of one in this tenant
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) with hint [`Hint::Propagation`](crate::Hint::Propagation)
    /// while the application is new, and for ever if there is none or it is for its own tenant only: bound the wait;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.ReadWrite.All` or, for a user and a multitenant
    /// application, the role Application Administrator or Cloud Application Administrator.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/serviceprincipal-upsert)
    async fn create_service_principal_if_missing(
        &self,
        client_id: ClientId,
        options: Option<CreateServicePrincipalOptions>,
    ) -> Result<Upserted<ServicePrincipal>>;

    /// Reads a service principal by its object id.
    ///
    /// One `GET`. Of a managed identity too.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none, or if it was made a moment ago;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.Read.All`.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/serviceprincipal-get)
    async fn get_service_principal(&self, id: PrincipalId) -> Result<ServicePrincipal>;

    /// Reads the service principal of an application by the client id.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// As [`ServicePrincipalsApi::get_service_principal`].
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/serviceprincipal-get)
    async fn get_service_principal_by_client_id(
        &self,
        client_id: ClientId,
    ) -> Result<ServicePrincipal>;

    /// Deletes a service principal. Absent is fine.
    ///
    /// One `DELETE`. Its roles stay behind as assignments to an unknown principal: remove them first. A service principal
    /// made later for the same application has another object id.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.ReadWrite.All` or the role Application
    /// Administrator or Cloud Application Administrator.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/serviceprincipal-delete)
    async fn delete_service_principal(&self, id: PrincipalId) -> Result<()>;
}

const _: fn(&dyn ServicePrincipalsApi) = |_| ();
