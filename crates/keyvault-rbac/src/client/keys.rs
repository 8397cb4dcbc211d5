//! The client for the keys of one vault or managed HSM.

use super::{check, delete, list};
use crate::{
    CreateKeyOptions, DeletedKey, GetKeyOptions, Key, KeyName, KeyUpdate, KeyUri, KeyVersion,
    KeyVersionItem, KeysApi, NewKey, RULES, Result, RotationPolicy, Unwrapped, VaultUrl,
    WrapAlgorithm, Wrapped,
    wire::{
        key::{
            DeletedKeyWire, KeyUpdateWire, KeyVersionWire, KeyWire, NewKeyWire, WrapAnswerWire,
            WrapWire, own_uri,
        },
        rotation::RotationPolicyWire,
    },
};
use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, Method},
};
use cmk_core::send::{Answer, Authority, Connection, ConnectionSpec};
use std::sync::Arc;

/// Options of a [`KeyClient`].
#[derive(Debug, Clone)]
pub struct KeyClientOptions {
    /// The api-version. Default `2026-04-01`.
    pub api_version: String,
    /// azure_core's options: transport, policies, retry of reads.
    pub client_options: ClientOptions,
}

impl Default for KeyClientOptions {
    fn default() -> Self {
        Self {
            api_version: String::from("2026-04-01"),
            client_options: ClientOptions::default(),
        }
    }
}

/// A client for the keys of one vault or managed HSM.
///
/// Its credential must be of the vault's tenant. Its token goes to that vault's host and nowhere else: the host is one that
/// Azure owns, since [`VaultUrl`] holds no other.
#[derive(Debug, Clone)]
pub struct KeyClient {
    connection: Connection,
    vault: VaultUrl,
}

impl KeyClient {
    /// A client for one vault and one tenant.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if no connection can be made from the options.
    pub fn new(
        vault: &VaultUrl,
        credential: Arc<dyn TokenCredential>,
        options: Option<KeyClientOptions>,
    ) -> Result<Self> {
        let options = options.unwrap_or_default();
        let connection = Connection::new(ConnectionSpec {
            crate_name: env!("CARGO_PKG_NAME"),
            crate_version: env!("CARGO_PKG_VERSION"),
            endpoint: vault.to_string(),
            authority: Authority::Credential(credential, vault.token_scope()),
            api_version: Some(options.api_version),
            client_request_id_header: "x-ms-client-request-id",
            rules: &[RULES],
            client_options: options.client_options,
        })?;
        Ok(Self {
            connection,
            vault: vault.clone(),
        })
    }

    /// The vault or managed HSM that the client was made for.
    #[must_use]
    pub fn vault_url(&self) -> &VaultUrl {
        &self.vault
    }

    fn read(&self, answer: &Answer) -> Result<Key> {
        let (wire, received) = answer.decode::<KeyWire>()?;
        wire.into_model(&self.vault, received)
            .map_err(|error| answer.unreadable(error))
    }

    fn read_deleted(&self, answer: &Answer) -> Result<DeletedKey> {
        let (wire, received) = answer.decode::<DeletedKeyWire>()?;
        wire.into_model(&self.vault, received)
            .map_err(|error| answer.unreadable(error))
    }

    /// What wrapping and unwrapping answer. The error never quotes the answer, which can hold key material.
    fn read_wrapping(&self, answer: &Answer) -> Result<(KeyUri, Vec<u8>)> {
        let wire: WrapAnswerWire = answer
            .received()?
            .decode()
            .map_err(|_| answer.unreadable("kid and value must be texts"))?;
        let uri = own_uri(&self.vault, &wire.kid);
        let key = uri.map_err(|_| answer.unreadable("kid must be a key of this vault"))?;
        let bytes = wire.bytes().map_err(|error| answer.unreadable(error))?;
        Ok((key, bytes))
    }
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl KeysApi for KeyClient {
    async fn create_key(
        &self,
        key: &KeyName,
        new: &NewKey,
        _options: Option<CreateKeyOptions>,
    ) -> Result<Key> {
        check("create_key", new.refusal())?;
        let answer = self
            .connection
            .request("create_key", Method::Post, &format!("/keys/{key}/create"))
            .json(&NewKeyWire::from(new))
            .send()
            .await?;
        self.read(&answer)
    }

    async fn get_key(&self, key: &KeyName, options: Option<GetKeyOptions>) -> Result<Key> {
        let path = match options.unwrap_or_default().version {
            Some(version) => format!("/keys/{key}/{version}"),
            None => format!("/keys/{key}"),
        };
        let answer = self
            .connection
            .request("get_key", Method::Get, &path)
            .send()
            .await?;
        self.read(&answer)
    }

    async fn list_key_versions(&self, key: &KeyName) -> Result<Vec<KeyVersionItem>> {
        let first = self.connection.request(
            "list_key_versions",
            Method::Get,
            &format!("/keys/{key}/versions"),
        );
        list(
            &self.connection,
            "list_key_versions",
            first,
            |wire: KeyVersionWire, received| wire.into_model(&self.vault, received),
        )
        .await
    }

    async fn update_key(
        &self,
        key: &KeyName,
        version: &KeyVersion,
        update: &KeyUpdate,
    ) -> Result<Key> {
        check("update_key", update.refusal())?;
        let path = format!("/keys/{key}/{version}");
        let answer = self
            .connection
            .request("update_key", Method::Patch, &path)
            .json(&KeyUpdateWire::from(update))
            .repeatable()
            .send()
            .await?;
        self.read(&answer)
    }

    async fn rotate_key(&self, key: &KeyName) -> Result<Key> {
        let answer = self
            .connection
            .request("rotate_key", Method::Post, &format!("/keys/{key}/rotate"))
            .send()
            .await?;
        self.read(&answer)
    }

    async fn get_rotation_policy(&self, key: &KeyName) -> Result<RotationPolicy> {
        let path = format!("/keys/{key}/rotationpolicy");
        let answer = self
            .connection
            .request("get_rotation_policy", Method::Get, &path)
            .send()
            .await?;
        let (wire, received) = answer.decode::<RotationPolicyWire>()?;
        Ok(wire.into_model(received))
    }

    async fn put_rotation_policy(
        &self,
        key: &KeyName,
        policy: &RotationPolicy,
    ) -> Result<RotationPolicy> {
        check("put_rotation_policy", policy.refusal())?;
        let path = format!("/keys/{key}/rotationpolicy");
        let answer = self
            .connection
            .request("put_rotation_policy", Method::Put, &path)
            .json(&RotationPolicyWire::from(policy))
            .repeatable()
            .send()
            .await?;
        let (wire, received) = answer.decode::<RotationPolicyWire>()?;
        Ok(wire.into_model(received))
    }

    async fn wrap_key(
        &self,
        key: &KeyName,
        version: Option<&KeyVersion>,
        algorithm: WrapAlgorithm,
        plaintext: &[u8],
    ) -> Result<Wrapped> {
        let path = match version {
            Some(version) => format!("/keys/{key}/{version}/wrapKey"),
            None => format!("/keys/{key}/wrapKey"),
        };
        let answer = self
            .connection
            .request("wrap_key", Method::Post, &path)
            .json(&WrapWire::new(&algorithm, plaintext))
            .reads()
            .send()
            .await?;
        let (key, ciphertext) = self.read_wrapping(&answer)?;
        Ok(Wrapped {
            key,
            algorithm,
            ciphertext,
        })
    }

    async fn unwrap_key(
        &self,
        key: &KeyName,
        version: &KeyVersion,
        algorithm: WrapAlgorithm,
        ciphertext: &[u8],
    ) -> Result<Unwrapped> {
        let path = format!("/keys/{key}/{version}/unwrapKey");
        let answer = self
            .connection
            .request("unwrap_key", Method::Post, &path)
            .json(&WrapWire::new(&algorithm, ciphertext))
            .reads()
            .send()
            .await?;
        let (key, plaintext) = self.read_wrapping(&answer)?;
        Ok(Unwrapped { key, plaintext })
    }

    async fn delete_key(&self, key: &KeyName) -> Result<Option<DeletedKey>> {
        let request =
            self.connection
                .request("delete_key", Method::Delete, &format!("/keys/{key}"));
        match delete(request).await? {
            Some(answer) => self.read_deleted(&answer).map(Some),
            None => Ok(None),
        }
    }

    async fn get_deleted_key(&self, key: &KeyName) -> Result<DeletedKey> {
        let answer = self
            .connection
            .request(
                "get_deleted_key",
                Method::Get,
                &format!("/deletedkeys/{key}"),
            )
            .send()
            .await?;
        self.read_deleted(&answer)
    }

    async fn recover_deleted_key(&self, key: &KeyName) -> Result<Key> {
        let path = format!("/deletedkeys/{key}/recover");
        let answer = self
            .connection
            .request("recover_deleted_key", Method::Post, &path)
            .send()
            .await?;
        self.read(&answer)
    }
}
