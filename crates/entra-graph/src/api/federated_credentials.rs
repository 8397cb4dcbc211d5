//! Federated identity credentials of an application.

use crate::models::{
    FederatedCredential, FederatedCredentialName, NewFederatedCredential, Upserted,
};
use cmk_core::{ApplicationObjectId, Result};
use std::fmt;

/// Options of [`FederatedCredentialsApi::create_federated_credential_if_missing`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CreateFederatedCredentialOptions {}

/// Federated identity credentials of an application, at most
/// [`MAX_FEDERATED_CREDENTIALS`](crate::MAX_FEDERATED_CREDENTIALS) of them.
///
/// Write to one application one after another. The service takes wrong values; they show only when a token is asked for.
/// A written credential takes minutes until every node of the token service knows it.
#[async_trait::async_trait]
pub trait FederatedCredentialsApi: fmt::Debug + Send + Sync {
    /// Creates a credential, or gives the one of that name these values. Idempotent.
    ///
    /// One `PATCH` with `Prefer: create-if-missing`. Only a creation brings the credential back.
    ///
    /// * `application`: the id of the application object, not its client id
    /// * `name`: chosen by the caller, unique within the application
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) if another name holds the same issuer and subject, and with hint
    /// [`Hint::Busy`](crate::Hint::Busy) under concurrent writes; [`Error::NotFound`](crate::Error::NotFound) with hint
    /// [`Hint::Propagation`](crate::Hint::Propagation) while the application is new;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.ReadWrite.OwnedBy` or the application's
    /// ownership, or where a policy of the tenant forbids the issuer;
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) for values against the rules.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/federatedidentitycredential-upsert)
    async fn create_federated_credential_if_missing(
        &self,
        application: ApplicationObjectId,
        name: &FederatedCredentialName,
        credential: &NewFederatedCredential,
        options: Option<CreateFederatedCredentialOptions>,
    ) -> Result<Upserted<FederatedCredential>>;

    /// Lists the credentials of an application.
    ///
    /// One `GET` per page.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such application, with hint
    /// [`Hint::Propagation`](crate::Hint::Propagation) since it may be new;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.Read.All` or the application's ownership.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/application-list-federatedidentitycredentials)
    async fn list_federated_credentials(
        &self,
        application: ApplicationObjectId,
    ) -> Result<Vec<FederatedCredential>>;

    /// Reads a credential by its name.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none, or no such application, or either was made a moment
    /// ago; [`Error::Forbidden`](crate::Error::Forbidden) without `Application.Read.All` or the application's ownership.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/federatedidentitycredential-get)
    async fn get_federated_credential(
        &self,
        application: ApplicationObjectId,
        name: &FederatedCredentialName,
    ) -> Result<FederatedCredential>;

    /// Gives an existing credential these values.
    ///
    /// One `PATCH`. Where `description` is `None`, the old one stays.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; for the rest as
    /// [`FederatedCredentialsApi::create_federated_credential_if_missing`].
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/federatedidentitycredential-update)
    async fn update_federated_credential(
        &self,
        application: ApplicationObjectId,
        name: &FederatedCredentialName,
        credential: &NewFederatedCredential,
    ) -> Result<()>;

    /// Deletes a credential. Absent is fine, and so is an application that is gone.
    ///
    /// One `DELETE`. Tokens that were issued before stay good until they expire.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.ReadWrite.OwnedBy` or the application's
    /// ownership.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/federatedidentitycredential-delete)
    async fn delete_federated_credential(
        &self,
        application: ApplicationObjectId,
        name: &FederatedCredentialName,
    ) -> Result<()>;
}

const _: fn(&dyn FederatedCredentialsApi) = |_| ();
