//! Applications that were deleted less than 30 days ago.

use crate::models::{DeletedApplication, UniqueName};
use cmk_core::{ApplicationObjectId, Result};
use std::fmt;

/// Options of [`DeletedApplicationsApi::list_deleted_applications`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ListDeletedApplicationsOptions {}

/// Applications that were deleted less than 30 days ago: they hold their unique names and can be restored.
#[async_trait::async_trait]
pub trait DeletedApplicationsApi: fmt::Debug + Send + Sync {
    /// Lists the deleted applications of the tenant.
    ///
    /// One `GET` per page.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.Read.All`.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/directory-deleteditems-list)
    async fn list_deleted_applications(
        &self,
        options: Option<ListDeletedApplicationsOptions>,
    ) -> Result<Vec<DeletedApplication>>;

    /// The deleted application that holds a unique name, if there is one.
    ///
    /// One `GET` per page of all deleted applications: the service cannot filter by unique name.
    ///
    /// # Errors
    /// As [`DeletedApplicationsApi::list_deleted_applications`], and if the one that holds the name cannot be read.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/directory-deleteditems-list)
    async fn find_deleted_application(
        &self,
        unique_name: &UniqueName,
    ) -> Result<Option<DeletedApplication>>;

    /// Reads a deleted application.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if it is not among the deleted ones;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.Read.All`.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/directory-deleteditems-get)
    async fn get_deleted_application(&self, id: ApplicationObjectId) -> Result<DeletedApplication>;

    /// Restores a deleted application under its old ids.
    ///
    /// One `POST`. Its service principal stays deleted: restore or create that too.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if it is not among the deleted ones;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Application.ReadWrite.OwnedBy`, or one of the roles
    /// Application Administrator, Cloud Application Administrator and Hybrid Identity Administrator.
    ///
    /// [REST reference](https://learn.microsoft.com/graph/api/directory-deleteditems-restore)
    async fn restore_deleted_application(&self, id: ApplicationObjectId) -> Result<()>;
}

const _: fn(&dyn DeletedApplicationsApi) = |_| ();
