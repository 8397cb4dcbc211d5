//! What holds an account's key: a vault, or a managed HSM
//! (<https://learn.microsoft.com/azure/cosmos-db/how-to-setup-customer-managed-keys-mhsm>).

use super::{
    chain::Broken,
    key_uri::{KeyUri, Kind},
    text::Revocation,
};
use crate::{
    hsm_data,
    key_vault::{
        key::Key,
        model::{Network, Vault},
    },
    managed_hsm::pool::Pool,
    tokens::{Caller, CallerKind},
    vault_data,
    world::World,
};
use serde_json::json;
use std::collections::BTreeMap;

/// A vault or managed HSM.
pub(super) enum Holder<'a> {
    Vault(&'a Vault),
    ManagedHsm(&'a Pool),
}

impl<'a> Holder<'a> {
    /// The one that a key URI names, whatever state it is in.
    pub(super) fn named(world: &'a World, uri: &KeyUri) -> Option<Self> {
        Some(match uri.kind {
            Kind::Vault => Self::Vault(world.key_vault.vaults.get(&uri.vault)?),
            Kind::ManagedHsm => Self::ManagedHsm(world.managed_hsm.pools.get(&uri.vault)?),
        })
    }

    /// The same, if it is up.
    pub(super) fn find(world: &'a World, uri: &KeyUri) -> Result<Self, Revocation> {
        let found = Self::named(world, uri).ok_or(Revocation::VaultNotResolved)?;
        let resolves = match found {
            Self::Vault(vault) => vault.resolves(world.now),
            Self::ManagedHsm(pool) => pool.resolves(),
        };
        match (found.is_live(), resolves) {
            (false, _) => Err(Revocation::VaultNotFound),
            (true, false) => Err(Revocation::VaultNotResolved),
            (true, true) => Ok(found),
        }
    }

    pub(super) const fn is_live(&self) -> bool {
        match self {
            Self::Vault(vault) => vault.is_live(),
            Self::ManagedHsm(pool) => pool.is_live(),
        }
    }

    /// The tenant whose tokens it takes.
    pub(super) fn tenant(&self) -> &'a str {
        match self {
            Self::Vault(vault) => &vault.tenant,
            Self::ManagedHsm(pool) => &pool.settings.tenant,
        }
    }

    pub(super) const fn keys(&self) -> &'a BTreeMap<String, Key> {
        match self {
            Self::Vault(vault) => &vault.keys,
            Self::ManagedHsm(pool) => &pool.keys,
        }
    }

    fn network(&self) -> (&'a Network, String) {
        match self {
            Self::Vault(vault) => (&vault.network, vault.place()),
            Self::ManagedHsm(pool) => {
                let own = &pool.settings;
                (
                    &own.network,
                    format!("{};location={}", own.name, own.location),
                )
            }
        }
    }

    /// Whether keys in it are safe from being purged, and in use at all: an HSM must be activated.
    fn protects(&self) -> bool {
        match self {
            Self::Vault(vault) => vault.purge_protection,
            Self::ManagedHsm(pool) => pool.settings.purge_protection && pool.activated,
        }
    }

    /// What does not hold for this caller and key, before the key itself is looked at.
    pub(super) fn check(&self, world: &World, caller: &Caller, key: &str) -> Result<(), Broken> {
        // Purge protection is asked for before the key is; soft delete cannot be off.
        if !self.protects() {
            return Err(Revocation::CannotUnwrap.into());
        }
        let (network, place) = self.network();
        let is_trusted = caller.kind != CallerKind::Application
            || world.options.assumptions.federated_application_is_trusted;
        let barred = if is_trusted {
            vault_data::forbidden_by_network(network, &place, &caller.appid, &caller.oid)
        } else {
            vault_data::barred_by_network(network, &place, Some(caller))
        };
        if let Some(refusal) = barred {
            return Err(Broken {
                code: Revocation::Outbound,
                quote: Some(("Forbidden", refusal.body().to_string())),
            });
        }
        let quote = match self {
            Self::Vault(vault) => vault_data::forbidden_by_role(world, vault, caller, key)
                .map(|refusal| ("Forbidden", refusal.body().to_string())),
            Self::ManagedHsm(pool) => {
                hsm_data::forbidden_by_role(pool, &caller.oid, key).map(|message| {
                    let body = json!({"error": {"code": "AccessDenied", "message": message}});
                    ("AccessDenied", body.to_string())
                })
            }
        };
        match quote {
            None => Ok(()),
            Some(quote) => Err(Broken {
                code: Revocation::NotAuthorized,
                quote: Some(quote),
            }),
        }
    }
}
