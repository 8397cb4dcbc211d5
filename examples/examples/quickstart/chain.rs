//! What Contoso does to its key, and how Fabrikam sees it.

use cmk_core::settle::{Probe, SettleOptions, settle};
use cosmos_cmk::{AccountId, CmkStatus, DatabaseAccount};
use cross_tenant_cmk::Grant;
use examples::{Failed, Parties, Progress, VAULT, key_spec};
use keyvault_rbac::{
    Key, KeyAttributes, KeyUpdate, KeysApi, NewRoleAssignment, PrincipalType, Role,
    RoleAssignmentName, VaultId,
};
use std::{sync::Arc, time::Duration};

/// Contoso's administrator gets the role that manages keys: to own a vault is not to have a say over its keys. Comes back
/// once the vault honours it, with the key as it is.
pub(crate) async fn key_officer(
    parties: &Parties,
    grant: &Grant,
    progress: &Progress,
) -> Result<(Arc<dyn KeysApi>, Key), Failed> {
    let (customer, name) = (&parties.customer, VAULT.parse()?);
    let vault = VaultId::new(customer.subscription(), &key_spec()?.resource_group, &name)?;
    let clients = customer.clients();
    let admin = clients.signed_in.get_signed_in_principal().await?.id;
    let (scope, role) = (vault.to_scope(), Role::KeyVaultCryptoOfficer);
    let new = NewRoleAssignment::new(role, admin, PrincipalType::User);
    let assignment = RoleAssignmentName::derive(&scope, admin, role);
    let assigned = clients.roles.assign_role(&scope, &assignment, &new, None);
    assigned.await?;

    let keys = clients.keys.keys_of(&name)?;
    let what = "its administrator becomes Key Vault Crypto Officer, and the vault learns of it";
    // A refusal whose hint is propagation counts as not yet.
    let key = settle("get_key", "key", &PATIENCE, || async {
        let key = keys.get_key(grant.key_uri.name(), None).await?;
        Ok(Probe::Ready(key))
    });
    let key = progress.during(what, key).await?;
    Ok((keys, key))
}

/// Enables or disables this version of the key.
pub(crate) async fn set_enabled(
    keys: &dyn KeysApi,
    key: &Key,
    enabled: bool,
) -> Result<(), Failed> {
    let update = KeyUpdate {
        attributes: KeyAttributes {
            enabled: Some(enabled),
            ..Default::default()
        },
        ..Default::default()
    };
    if let Some(version) = key.uri.version() {
        keys.update_key(key.uri.name(), version, &update).await?;
    }
    Ok(())
}

/// Fabrikam looks at the account until its key is revoked, or until it is confirmed again.
pub(crate) async fn until(
    revoked: bool,
    parties: &Parties,
    account: &AccountId,
    progress: &Progress,
) -> Result<DatabaseAccount, Failed> {
    let accounts = &parties.provider.clients().accounts;
    let look = settle("get_account", "account", &PATIENCE, || async {
        let account = accounts.get_account(account).await?;
        let status = account.cmk_status.as_ref();
        Ok(match status {
            Some(CmkStatus::Revoked { .. }) if revoked => Probe::Ready(account),
            Some(CmkStatus::Confirmed) if !revoked => Probe::Ready(account),
            other => Probe::NotYet(other.map_or_else(String::new, CmkStatus::to_string)),
        })
    });
    let what = match revoked {
        true => "Cosmos DB loses the key, and revokes the account",
        false => "Cosmos DB finds the key again, and opens the account",
    };
    Ok(progress.during(what, look).await?)
}

/// A look every half a minute, for two hours at most: Azure takes up to an hour to revoke and to heal.
static PATIENCE: SettleOptions = SettleOptions {
    deadline: Duration::from_secs(7_200),
    first_delay: Duration::from_secs(30),
    max_delay: Duration::from_secs(30),
    observer: None,
};
