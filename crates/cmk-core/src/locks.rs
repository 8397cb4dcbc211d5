//! Management locks: what forbids to write or delete, whatever roles the caller holds.

use crate::{
    ArmClient, InvalidResource, Received, Result, Scope,
    set_on::{reaches, scope_of},
};
use azure_core::http::Method;
use serde::Deserialize;
use std::fmt;

/// A management lock. It holds where it was set and at everything under that, for the control plane only.
///
/// [About locks](https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources)
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ManagementLock {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it was set, as its id says: what a [`Scope`] reads, or the id of something else that can be locked.
    pub scope: String,
    /// What it forbids.
    pub level: LockLevel,
    /// What whoever set it says about it.
    pub notes: Option<String>,
    /// The lock as received.
    pub received: Received,
}

impl ManagementLock {
    /// Whether it holds at a scope: it was set there or above.
    #[must_use]
    pub fn holds_at(&self, scope: &Scope) -> bool {
        reaches(&self.scope, scope)
    }

    /// Whether it forbids to create and update what it holds at, role assignments included. `None` if the level is a word
    /// that this version does not know.
    #[must_use]
    pub fn blocks_writes(&self) -> Option<bool> {
        match self.level {
            LockLevel::ReadOnly => Some(true),
            LockLevel::CanNotDelete => Some(false),
            LockLevel::Unknown(_) => None,
        }
    }

    /// Whether it forbids to delete what it holds at, role assignments included. `None` if the level is a word that this
    /// version does not know.
    #[must_use]
    pub fn blocks_deletes(&self) -> Option<bool> {
        match self.level {
            LockLevel::ReadOnly | LockLevel::CanNotDelete => Some(true),
            LockLevel::Unknown(_) => None,
        }
    }
}

/// What a lock forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockLevel {
    /// To delete.
    CanNotDelete,
    /// To delete, to create and to update. Most `POST`s count as updates.
    ReadOnly,
    /// A word that this version does not know.
    Unknown(String),
}

impl LockLevel {
    /// The service's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::CanNotDelete => "CanNotDelete",
            Self::ReadOnly => "ReadOnly",
            Self::Unknown(word) => word,
        }
    }

    fn read(word: String) -> Self {
        [Self::CanNotDelete, Self::ReadOnly]
            .into_iter()
            .find(|level| level.as_str().eq_ignore_ascii_case(&word))
            .unwrap_or(Self::Unknown(word))
    }
}

/// Management locks.
#[async_trait::async_trait]
pub trait LocksApi: fmt::Debug + Send + Sync {
    /// Lists the locks of a scope: those set there, above and below. [`ManagementLock::holds_at`] tells those that matter at
    /// the scope itself.
    ///
    /// One `GET` for each page. The REST reference says only that the locks are those for the scope; that those above and
    /// below are among them is what Microsoft says of its own command for
    /// [this request](https://learn.microsoft.com/powershell/module/az.resources/get-azresourcelock).
    ///
    /// * `scope`: subscription, resource group or resource
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such subscription or resource group;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.Authorization/locks/read`, which every role with
    /// `*/read` holds; [`Error::Other`](crate::Error::Other) if one of them cannot be read: none is left out.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/resources/management-locks/list-by-scope)
    async fn list_locks(&self, scope: &Scope) -> Result<Vec<ManagementLock>>;
}

const _: fn(&dyn LocksApi) = |_| ();

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl LocksApi for ArmClient {
    async fn list_locks(&self, scope: &Scope) -> Result<Vec<ManagementLock>> {
        let request = self
            .connection
            .request(
                "list_locks",
                Method::Get,
                &format!("{scope}/providers/{TYPE}"),
            )
            .api_version(&self.options.locks_api_version)
            .target(scope.to_string());
        let locks = self.connection.list::<Wire>(request).await?;
        Ok(locks
            .into_iter()
            .map(|(wire, received)| wire.read(received))
            .collect())
    }
}

const TYPE: &str = "Microsoft.Authorization/locks";

#[derive(Deserialize)]
struct Wire {
    id: LockId,
    name: String,
    properties: Properties,
}

#[derive(Deserialize)]
struct Properties {
    level: String,
    notes: Option<String>,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct LockId {
    id: String,
    scope: String,
}

impl TryFrom<String> for LockId {
    type Error = InvalidResource;

    fn try_from(id: String) -> Result<Self, InvalidResource> {
        let scope = scope_of(&id, "lock id", TYPE)?;
        Ok(Self { id, scope })
    }
}

impl Wire {
    fn read(self, received: Received) -> ManagementLock {
        let LockId { id, scope } = self.id;
        ManagementLock {
            id,
            name: self.name,
            scope,
            level: LockLevel::read(self.properties.level),
            notes: self.properties.notes,
            received,
        }
    }
}
