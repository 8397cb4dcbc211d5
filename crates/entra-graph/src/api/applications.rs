//! Applications of a tenant.

use crate::models::{Application, ApplicationUpdate, NewApplication, UniqueName, Upserted};
use cmk_core::{ApplicationObjectId, ClientId, Result};
use std::fmt;

/// Options of [`ApplicationsApi::create_application_if_missing`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CreateApplicationOptions {}

/// Options of the methods of [`ApplicationsApi`] that read one application.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct GetApplicationOptions {}

/// Options of [`ApplicationsApi::list_applications_named`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ListApplicationsOptions {}

/// Options of [`ApplicationsApi::update_application`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct UpdateApplicationOptions {}

/// Options of [`ApplicationsApi::delete_application`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DeleteApplicationOptions {}

/// Applications of a tenant.
///
/// The directory is eventually consistent: what was written a moment ago may be missing or old in the next read, for
/// seconds, and one read that sees it proves one replica only.
#[async_trait::async_trait]
pub trait ApplicationsApi: fmt::Debug + Send + Sync {
    /// Creates an application under a name of the caller's choice, or gives the one of that name these properties.
    /// Idempotent.
    ///
    /// One `PATCH` with `Prefer: create-if-missing`. Only a creation brings the application back; otherwise read it by
    /// its unique name. What the request does not hold stays as it is. No service principal is made along with it.
    ///
    /// * `unique_name`: chosen by the caller, unique in the tenant, and never changed again
    /// * `application`: the properties, all of which are written to an existing application too
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) while a deleted application holds the unique name (restore it, or
    /// take another name) and, with hint [`Hint::Busy`](crate::Hint::Busy), under concurrent writes;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.ReadWrite.OwnedBy` or the role Application
    /// Developer, or where a policy of the tenant forbids multitenant applications;
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) for names and tags against the rules.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/application-upsert)
    async fn create_application_if_missing(
        &self,
        unique_name: &UniqueName,
        application: &NewApplication,
        options: Option<CreateApplicationOptions>,
    ) -> Result<Upserted<Application>>;

    /// Reads an application by the id of its object.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none, or if it was made a moment ago;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.Read.All`, or `Application.ReadWrite.OwnedBy`
    /// for an application that the caller owns.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/application-get)
    async fn get_application(
        &self,
        id: ApplicationObjectId,
        options: Option<GetApplicationOptions>,
    ) -> Result<Application>;

    /// Reads an application by its client id.
    ///
    /// One `GET`, in the application's home tenant: elsewhere only its service principal can be read.
    ///
    /// # Errors
    /// As [`ApplicationsApi::get_application`].
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/application-get)
    async fn get_application_by_client_id(
        &self,
        client_id: ClientId,
        options: Option<GetApplicationOptions>,
    ) -> Result<Application>;

    /// Reads an application by the name that its owner chose.
    ///
    /// One `GET`. A deleted application is not found, although it keeps the name: see
    /// [`DeletedApplicationsApi`](crate::DeletedApplicationsApi).
    ///
    /// # Errors
    /// As [`ApplicationsApi::get_application`].
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/application-get)
    async fn get_application_by_unique_name(
        &self,
        unique_name: &UniqueName,
        options: Option<GetApplicationOptions>,
    ) -> Result<Application>;

    /// Lists the applications with this display name: none, one or many, since display names are not unique.
    ///
    /// One `GET` per page.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.Read.All`; `Application.ReadWrite.OwnedBy`
    /// does not list.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/application-list)
    async fn list_applications_named(
        &self,
        display_name: &str,
        options: Option<ListApplicationsOptions>,
    ) -> Result<Vec<Application>>;

    /// Changes properties of an application. What the update does not hold stays.
    ///
    /// One `PATCH`. A unique name can be set only where there is none.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) for an update that changes nothing, before it is sent, and
    /// for values against the rules; [`Error::NotFound`](crate::Error::NotFound) if there is no such application, with
    /// hint [`Hint::Propagation`](crate::Hint::Propagation) since it may be new;
    /// [`Error::Conflict`](crate::Error::Conflict) if another application has the unique name;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.ReadWrite.OwnedBy` or the application's
    /// ownership.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/application-update)
    async fn update_application(
        &self,
        id: ApplicationObjectId,
        update: &ApplicationUpdate,
        options: Option<UpdateApplicationOptions>,
    ) -> Result<()>;

    /// Deletes an application. Absent is fine.
    ///
    /// One `DELETE`. For 30 days it can be restored, and keeps its unique name. Its service principal in the home tenant
    /// goes with it; those in other tenants stay, and get no more tokens.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.ReadWrite.OwnedBy` or the application's
    /// ownership.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/application-delete)
    async fn delete_application(
        &self,
        id: ApplicationObjectId,
        options: Option<DeleteApplicationOptions>,
    ) -> Result<()>;
}

const _: fn(&dyn ApplicationsApi) = |_| ();
