//! The key exists in the vault, made through the vault's data plane as Microsoft's walkthrough does.

use super::{
    Found, Gap, Made, Step, StepId,
    converge::found,
    key::{KeyFacts, described},
};
use crate::{
    Customer, Result, TenantContext,
    error::{Reason, Refusal},
    mark,
    run::Waits,
};
use azure_core::time::OffsetDateTime;
use cmk_core::{
    Error,
    settle::{Probe, settle},
};
use keyvault_rbac::{Key, KeyName, KeyUri, KeysApi, NewKey, VaultId};
use std::sync::Arc;

/// Finds or creates the key through the data plane. The caller must hold Key Vault Crypto Officer there, perhaps since a
/// moment ago: the step waits until the vault honours it.
///
/// Each create makes a new version, so it is sent only after the vault itself has said that there is no key.
#[derive(Debug)]
pub struct EnsureKeyInVault<'a> {
    /// The customer.
    pub at: &'a TenantContext<Customer>,
    /// The vault.
    pub vault: &'a VaultId,
    /// The key.
    pub name: &'a KeyName,
    /// What it is made as, if it is created.
    pub new: &'a NewKey,
    /// The moment by which the key's dates are judged. Default: the machine's clock.
    pub now: Option<OffsetDateTime>,
}

impl Step for EnsureKeyInVault<'_> {
    type Output = KeyUri;

    fn id(&self) -> StepId {
        StepId::Key
    }

    fn target(&self) -> String {
        format!("key {} in vault {}", self.name, self.vault.name())
    }

    fn settings(&self) -> Vec<String> {
        described(self.new)
    }

    async fn find(&self, waits: &Waits) -> Result<Found<KeyUri>> {
        let keys = self.keys()?;
        if let Some(key) = self.read(&*keys, waits).await? {
            self.check(&key)?;
            let ours = mark::is_in(&key.tags);
            return Ok(Made::found(key.uri.versionless(), ours).into());
        }
        KeyFacts::from(self.new).check(&self.target(), self.now)?;
        self.refuse_deleted(&*keys, waits).await?;
        Ok(Found::MISSING)
    }

    async fn make(&self, _gap: Gap<KeyUri>, waits: &Waits) -> Result<Made<KeyUri>> {
        let keys = self.keys()?;
        let mut wanted = self.new.clone();
        wanted.tags.extend(mark::tags());
        let created = settle("create_key", &self.target(), &waits.propagation, || async {
            match keys.create_key(self.name, &wanted, None).await {
                Ok(key) => Ok(Probe::Ready(Ok(key))),
                // Look before writing again: a second create would be a second version.
                Err(unclear @ Error::OutcomeUnknown(_)) => Ok(Probe::Ready(Err(unclear))),
                Err(error) => Err(error),
            }
        })
        .await
        .map_err(|error| self.failed(error))?;
        let key = match created {
            Ok(key) => key,
            Err(unclear) => match self.read(&*keys, waits).await? {
                Some(key) => key,
                // Not there, and perhaps on its way: the next run looks first.
                None => return Err(self.failed(unclear)),
            },
        };
        self.check(&key)?;
        Ok(Made::created(key.uri.versionless()))
    }
}

impl EnsureKeyInVault<'_> {
    fn keys(&self) -> Result<Arc<dyn KeysApi>> {
        let keys = self.at.clients().keys.keys_of(self.vault.name());
        keys.map_err(|error| self.failed(error))
    }

    /// The key, as soon as the vault lets the caller read.
    async fn read(&self, keys: &dyn KeysApi, waits: &Waits) -> Result<Option<Key>> {
        settle("get_key", &self.target(), &waits.propagation, || async {
            found(keys.get_key(self.name, None).await).map(Probe::Ready)
        })
        .await
        .map_err(|error| self.failed(error))
    }

    async fn refuse_deleted(&self, keys: &dyn KeysApi, waits: &Waits) -> Result<()> {
        // One node of the vault may honour the role while the next does not yet.
        let deleted = settle(
            "get_deleted_key",
            &self.target(),
            &waits.propagation,
            || async {
                let read = keys.get_deleted_key(self.name).await;
                found(read).map(|key| Probe::Ready(key.is_some()))
            },
        )
        .await
        .map_err(|error| self.failed(error))?;
        if !deleted {
            return Ok(());
        }
        Err(Refusal::new(
            Reason::KeySoftDeleted,
            self.target(),
            "a deleted key holds the name",
        )
        .into())
    }

    fn check(&self, key: &Key) -> Result<()> {
        KeyFacts::from(key).check(&self.target(), self.now)
    }
}
