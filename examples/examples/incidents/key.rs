//! What Contoso's administrator does to the key.

use crate::chain::Chain;
use cmk_core::settle::pause;
use examples::{Failed, SPREAD, VAULT};
use keyvault_rbac::{
    KeyAttributes, KeyUpdate, KeyUri, KeysApi, NewRoleAssignment, PrincipalType, Role,
    RoleAssignmentName,
};
use std::sync::Arc;

/// The keys and the current version of the key, once the administrator may manage them: to own a vault is not to have a say over its keys.
pub(crate) async fn officer(chain: &Chain) -> Result<(Arc<dyn KeysApi>, KeyUri), Failed> {
    let clients = chain.parties.customer.clients();
    let admin = clients.signed_in.get_signed_in_principal().await?.id;
    let (scope, role) = (chain.vault.to_scope(), Role::KeyVaultCryptoOfficer);
    let name = RoleAssignmentName::derive(&scope, admin, role);
    let new = NewRoleAssignment::new(role, admin, PrincipalType::User);
    clients.roles.assign_role(&scope, &name, &new, None).await?;
    pause(SPREAD).await;
    let keys = clients.keys.keys_of(&VAULT.parse()?)?;
    let key = keys.get_key(&chain.key, None).await?.uri;
    Ok((keys, key))
}

/// Enables or disables this version of the key.
pub(crate) async fn set_enabled(
    keys: &dyn KeysApi,
    key: &KeyUri,
    enabled: bool,
) -> Result<(), Failed> {
    let update = KeyUpdate {
        attributes: KeyAttributes {
            enabled: Some(enabled),
            ..Default::default()
        },
        ..Default::default()
    };
    if let Some(version) = key.version() {
        keys.update_key(key.name(), version, &update).await?;
    }
    Ok(())
}
