//! What the customer does with vaults and keys meanwhile, behind the back of the tested client.

use super::key::{KeyState, KeyVersion};
use crate::{Sim, vault_data, world::World};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Who may reach a vault over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a vault's three ways to be reached"
)]
pub enum VaultNetwork {
    /// Everybody: the default.
    Open,
    /// Nobody but trusted services of Azure: the firewall is on and lets them pass.
    TrustedServices,
    /// Nobody: the firewall is on and its bypass is off.
    Closed,
    /// Public access is off, and trusted services pass.
    PrivateTrusted,
}

impl Sim {
    /// Enables or disables a version of a key, the current one if none is named. Returns whether there is one.
    pub fn enable_key(&self, vault: &str, key: &str, version: Option<&str>, enabled: bool) -> bool {
        self.change_version(vault, key, version, |found| found.enabled = enabled)
    }

    /// Lets the current version of a key expire at a time of the simulator, or never. Returns whether there is one.
    pub fn set_key_expiry(&self, vault: &str, key: &str, at: Option<Duration>) -> bool {
        let expires = at.map(|at| {
            let world = self.glance();
            let start = world.unix_time().cast_unsigned() - world.now.as_secs();
            start + at.as_secs()
        });
        let found = self.change_version(vault, key, None, |found| found.expires = expires);
        self.change(|world| vault_data::new_key::stop_at(world, [expires, None]));
        found
    }

    /// Sets what the current version of a key may do, such as `["wrapKey"]`. Returns whether there is one.
    pub fn set_key_operations(&self, vault: &str, key: &str, operations: &[&str]) -> bool {
        self.change_version(vault, key, None, |found| {
            found.operations = operations.iter().map(|one| (*one).to_owned()).collect();
        })
    }

    /// Makes a new version of a key. Returns whether there is such a key.
    pub fn rotate_key(&self, vault: &str, key: &str) -> bool {
        self.change(|world| vault_data::rotate(world, vault, key))
    }

    /// Deletes a key softly. Returns whether there was one.
    pub fn delete_key(&self, vault: &str, key: &str) -> bool {
        self.change(|world| vault_data::delete_key(world, vault, key))
    }

    /// Recovers a deleted key. Returns whether there was one.
    pub fn recover_key(&self, vault: &str, key: &str) -> bool {
        self.change(|world| vault_data::recover_key(world, vault, key))
    }

    /// The ids of a live key's versions, oldest first.
    #[must_use]
    pub fn key_versions(&self, vault: &str, key: &str) -> Vec<String> {
        let world = self.glance();
        let found = world.key_vault.live(vault);
        let found = found.and_then(|vault| vault.keys.get(&key.to_lowercase()));
        found
            .filter(|key| key.state(world.now) == KeyState::Live)
            .into_iter()
            .flat_map(|key| key.versions.iter().map(|version| version.id.clone()))
            .collect()
    }

    /// Deletes a vault softly; its role assignments are lost. Returns whether there was one.
    pub fn delete_vault(&self, vault: &str) -> bool {
        self.change(|world| {
            let found = world.key_vault.live(vault).is_some();
            super::soft_delete(world, vault);
            found
        })
    }

    /// Recovers a deleted vault, without its role assignments. Returns whether there was one.
    pub fn recover_vault(&self, vault: &str) -> bool {
        self.change(|world| {
            let resolves_at = world.after(world.options.lag.vault_dns);
            let found = world.key_vault.vaults.get_mut(&vault.to_lowercase());
            let Some(found) = found.filter(|found| !found.is_live()) else {
                return false;
            };
            found.deleted = None;
            found.resolves_at = resolves_at;
            world.changed();
            true
        })
    }

    /// Sets who may reach a vault over the network. Returns whether there is one.
    pub fn set_vault_network(&self, vault: &str, network: VaultNetwork) -> bool {
        self.change(|world| {
            let Some(found) = world.key_vault.live_mut(vault) else {
                return false;
            };
            found.network.public_access = network != VaultNetwork::PrivateTrusted;
            found.network.deny_by_default = matches!(
                network,
                VaultNetwork::TrustedServices | VaultNetwork::Closed
            );
            found.network.bypass_trusted = network != VaultNetwork::Closed;
            world.changed();
            true
        })
    }

    /// Sets the key permissions of a principal in a vault's access policies; none removes it. Returns whether there is
    /// such a vault. They count only in a vault without Azure roles.
    pub fn set_access_policy(&self, vault: &str, object_id: &str, permissions: &[&str]) -> bool {
        self.change(|world| {
            let Some(found) = world.key_vault.live_mut(vault) else {
                return false;
            };
            found
                .access_policies
                .retain(|policy| policy.get("objectId").and_then(Value::as_str) != Some(object_id));
            if !permissions.is_empty() {
                let mut policy = Map::new();
                policy.insert("tenantId".to_owned(), json!(found.tenant));
                policy.insert("objectId".to_owned(), json!(object_id));
                policy.insert("permissions".to_owned(), json!({"keys": permissions}));
                found.access_policies.push(Value::Object(policy));
            }
            world.changed();
            true
        })
    }

    fn change_version(
        &self,
        vault: &str,
        key: &str,
        version: Option<&str>,
        act: impl FnOnce(&mut KeyVersion),
    ) -> bool {
        self.change(|world| {
            let found = find_version(world, vault, key, version).map(act).is_some();
            world.changed();
            found
        })
    }
}

fn find_version<'a>(
    world: &'a mut World,
    vault: &str,
    key: &str,
    version: Option<&str>,
) -> Option<&'a mut KeyVersion> {
    let now = world.now;
    let vault = world.key_vault.live_mut(vault)?;
    let key = vault.keys.get_mut(&key.to_lowercase())?;
    if key.state(now) != KeyState::Live {
        return None;
    }
    key.version_mut(version)
}
