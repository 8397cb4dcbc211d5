//! The key exists in the vault, made through the vault's data plane as Microsoft's walkthrough does.

use super::{
    Found, Gap, Made, Step, StepId,
    converge::found,
    key::{KeyFacts, described},
};
use crate::{
    Customer, KeyClients, Result, TenantContext,
    error::{Reason, Refusal},
    mark,
    run::Waits,
};
use azure_core::time::OffsetDateTime;
use cmk_core::{
    Error, Hint,
    settle::{Probe, settle},
};
use keyvault_rbac::{Key, KeyName, KeyUri, KeysApi, NewKey, VaultId, VaultName};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
        if let Some(key) = self.read(&keys, waits).await? {
            self.check(&key)?;
            let ours = mark::is_in(&key.tags);
            return Ok(Made::found(key.uri.versionless(), ours).into());
        }
        KeyFacts::from(self.new).check(&self.target(), self.now)?;
        self.refuse_deleted(&keys, waits).await?;
        Ok(Found::MISSING)
    }

    async fn make(&self, _gap: Gap<KeyUri>, waits: &Waits) -> Result<Made<KeyUri>> {
        let keys = self.keys()?;
        let mut wanted = self.new.clone();
        wanted.tags.extend(mark::tags());
        let created = settle("create_key", &self.target(), &waits.propagation, || async {
            let created = keys.current().create_key(self.name, &wanted, None).await;
            match keys.heard(created) {
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
            Err(unclear) => match self.read(&keys, waits).await? {
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
    fn keys(&self) -> Result<Keys<'_>> {
        let clients = &*self.at.clients().keys;
        Keys::of(clients, self.vault.name()).map_err(|error| self.failed(error))
    }

    /// The key, as soon as the vault lets the caller read.
    async fn read(&self, keys: &Keys<'_>, waits: &Waits) -> Result<Option<Key>> {
        settle("get_key", &self.target(), &waits.propagation, || async {
            let read = keys.current().get_key(self.name, None).await;
            found(keys.heard(read)).map(Probe::Ready)
        })
        .await
        .map_err(|error| self.failed(error))
    }

    async fn refuse_deleted(&self, keys: &Keys<'_>, waits: &Waits) -> Result<()> {
        // One node of the vault may honour the role while the next does not yet.
        let deleted = settle(
            "get_deleted_key",
            &self.target(),
            &waits.propagation,
            || async {
                let read = keys.current().get_deleted_key(self.name).await;
                found(keys.heard(read)).map(|key| Probe::Ready(key.is_some()))
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

/// The client of a vault's keys. While the vault refuses for the time being, it is replaced now and then by one whose
/// credential holds no token yet: a vault was seen to refuse a token from before the role for as long as it lived
/// (<https://learn.microsoft.com/azure/role-based-access-control/troubleshooting>).
struct Keys<'a> {
    clients: &'a dyn KeyClients,
    vault: &'a VaultName,
    current: Mutex<Current>,
}

struct Current {
    keys: Arc<dyn KeysApi>,
    refusals: u32,
}

/// After so many refusals a fresh token is tried: with the pauses of a wait by default, after about half a minute, and then once a minute.
const REFUSALS: u32 = 4;

impl<'a> Keys<'a> {
    fn of(clients: &'a dyn KeyClients, vault: &'a VaultName) -> cmk_core::Result<Self> {
        let keys = clients.keys_of(vault)?;
        Ok(Self {
            clients,
            vault,
            current: Mutex::new(Current { keys, refusals: 0 }),
        })
    }

    fn current(&self) -> Arc<dyn KeysApi> {
        Arc::clone(&self.lock().keys)
    }

    /// Passes an answer on, and counts it if it is a refusal that may be one of an old token.
    fn heard<T>(&self, answer: cmk_core::Result<T>) -> cmk_core::Result<T> {
        let is_refusal = |error: &Error| {
            matches!(error, Error::Forbidden(_)) && error.hint() == Some(Hint::Propagation)
        };
        if answer.as_ref().err().is_some_and(is_refusal) {
            let mut current = self.lock();
            current.refusals += 1;
            if current.refusals.is_multiple_of(REFUSALS)
                && let Some(fresh) = self.clients.fresh_keys_of(self.vault)?
            {
                current.keys = fresh;
            }
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
