//! Keys of one vault or managed HSM over its data plane.

use crate::{
    DeletedKey, Key, KeyName, KeyUpdate, KeyVersion, KeyVersionItem, NewKey, Result,
    RotationPolicy, Unwrapped, WrapAlgorithm, Wrapped,
};
use std::fmt;

/// Options of [`KeysApi::create_key`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CreateKeyOptions {}

/// Options of [`KeysApi::get_key`].
#[derive(Debug, Clone, Default)]
pub struct GetKeyOptions {
    /// This version instead of the current one.
    pub version: Option<KeyVersion>,
}

/// Keys of one vault or managed HSM over its data plane.
///
/// Every operation needs a role on the key, the vault or above. A refusal for lack of one is
/// [`Error::Forbidden`](crate::Error::Forbidden). Its hint is [`Hint::Propagation`](crate::Hint::Propagation) where a role given
/// a moment ago is waited for (creating, reading, wrapping, unwrapping): nothing tells a role that is missing from one that
/// has not spread, so the caller bounds the wait. A vault's firewall refuses with
/// [`Error::Forbidden`](crate::Error::Forbidden) too, and the hint [`Hint::Permanent`](crate::Hint::Permanent).
#[async_trait::async_trait]
pub trait KeysApi: fmt::Debug + Send + Sync {
    /// Creates a key, or a **new version** of the key of this name. Not idempotent. Sent once.
    ///
    /// One `POST`. Read whether the key is there first, and again after an unclear outcome.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) if a deleted key holds the name: recover it (hint
    /// [`Hint::Permanent`](crate::Hint::Permanent)) or wait while it is being deleted ([`Hint::Busy`](crate::Hint::Busy));
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) for a type, size or operation that the vault does not have;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/vaults/keys/create/action`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/create-key/create-key)
    async fn create_key(
        &self,
        key: &KeyName,
        new: &NewKey,
        options: Option<CreateKeyOptions>,
    ) -> Result<Key>;

    /// Reads the public part of a key.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none (a deleted one counts as none);
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/vaults/keys/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/get-key/get-key)
    async fn get_key(&self, key: &KeyName, options: Option<GetKeyOptions>) -> Result<Key>;

    /// Lists the versions of a key, in no order that is promised. None is no error.
    ///
    /// One `GET` per page. A version whose identifier cannot be read is left out, with a warning in the trace.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/vaults/keys/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/get-key-versions/get-key-versions)
    async fn list_key_versions(&self, key: &KeyName) -> Result<Vec<KeyVersionItem>>;

    /// Changes one version of a key: whether, when and for what it may be used. Idempotent.
    ///
    /// One `PATCH`. Disabling a version that data is wrapped under takes the data away until it is enabled again.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.KeyVault/vaults/keys/update/action`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/update-key/update-key)
    async fn update_key(
        &self,
        key: &KeyName,
        version: &KeyVersion,
        update: &KeyUpdate,
    ) -> Result<Key>;

    /// Makes a new version of a key, like the last one. Not idempotent. Sent once.
    ///
    /// One `POST`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.KeyVault/vaults/keys/rotate/action`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/rotate-key/rotate-key)
    async fn rotate_key(&self, key: &KeyName) -> Result<Key>;

    /// Reads when a key is rotated by itself.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such key; [`Error::Forbidden`](crate::Error::Forbidden)
    /// without `Microsoft.KeyVault/vaults/keyrotationpolicies/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/get-key-rotation-policy/get-key-rotation-policy)
    async fn get_rotation_policy(&self, key: &KeyName) -> Result<RotationPolicy>;

    /// Says when a key is rotated by itself. Replaces what was said before. Idempotent.
    ///
    /// One `PUT`. The expiry concerns versions made from now on only.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) for times that the service does not take (under seven days);
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/vaults/keyrotationpolicies/write`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/update-key-rotation-policy/update-key-rotation-policy)
    async fn put_rotation_policy(
        &self,
        key: &KeyName,
        policy: &RotationPolicy,
    ) -> Result<RotationPolicy>;

    /// Wraps a key under this one. Changes nothing in the vault.
    ///
    /// One `POST`. That it succeeds does not prove that the key is usable: a disabled one still wraps. Unwrap to know.
    ///
    /// * `version`: `None` for the current one; the answer names the one that was used
    /// * `plaintext`: the key to be wrapped
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such key; [`Error::Forbidden`](crate::Error::Forbidden)
    /// without `Microsoft.KeyVault/vaults/keys/wrap/action`, if the key does not allow `wrapKey`, or outside its time.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/wrap-key/wrap-key)
    async fn wrap_key(
        &self,
        key: &KeyName,
        version: Option<&KeyVersion>,
        algorithm: WrapAlgorithm,
        plaintext: &[u8],
    ) -> Result<Wrapped>;

    /// Unwraps what the same version of this key has wrapped. Changes nothing in the vault.
    ///
    /// One `POST`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such key; [`Error::Forbidden`](crate::Error::Forbidden)
    /// without `Microsoft.KeyVault/vaults/keys/unwrap/action`, if the key is disabled, or does not allow `unwrapKey`;
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if it was not wrapped by this version.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/unwrap-key/unwrap-key)
    async fn unwrap_key(
        &self,
        key: &KeyName,
        version: &KeyVersion,
        algorithm: WrapAlgorithm,
        ciphertext: &[u8],
    ) -> Result<Unwrapped>;

    /// Deletes a key with all its versions, softly. Absent is fine: `None` if there was none.
    ///
    /// One `DELETE`, which goes on for seconds: until it is done the deleted key cannot be read or recovered.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/vaults/keys/delete`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/delete-key/delete-key)
    async fn delete_key(&self, key: &KeyName) -> Result<Option<DeletedKey>>;

    /// Reads a deleted key that can still be recovered.
    ///
    /// One `GET`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if none is kept, also for seconds after a delete;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `Microsoft.KeyVault/vaults/keys/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/get-deleted-key/get-deleted-key)
    async fn get_deleted_key(&self, key: &KeyName) -> Result<DeletedKey>;

    /// Recovers a deleted key with all its versions. Sent once.
    ///
    /// One `POST`, which goes on for seconds: wait until the key can be read.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if none is kept; [`Error::Conflict`](crate::Error::Conflict) while it is still
    /// being deleted (hint [`Hint::Busy`](crate::Hint::Busy)); [`Error::Forbidden`](crate::Error::Forbidden) without
    /// `Microsoft.KeyVault/vaults/keys/recover/action`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/keyvault/keys/recover-deleted-key/recover-deleted-key)
    async fn recover_deleted_key(&self, key: &KeyName) -> Result<Key>;
}

const _: fn(&dyn KeysApi) = |_| ();
