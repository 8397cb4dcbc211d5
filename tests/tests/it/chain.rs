//! Each link of the chain broken by itself, on an account that was encrypted: the client reads the code of the facts for it,
//! and the account comes back once the link holds again.

use crate::flow::{ACCOUNT, Everything, Flow, VAULT};
use cross_tenant_cmk::cosmos_cmk::{CmkStatus, RevocationCause};
use std::time::Duration;

/// What the account says of its key, a while after a change.
async fn status_after(flow: &Flow, done: &Everything, seconds: u64) -> CmkStatus {
    tokio::time::advance(Duration::from_secs(seconds)).await;
    let accounts = &flow.provider.clients().accounts;
    let account = accounts.get_account(&done.account.id).await.unwrap();
    account.cmk_status.unwrap()
}

/// What puts a link back; whether there was something to put back.
type Mend<'a> = &'a dyn Fn(&Flow, &Everything) -> bool;

/// Breaks one link, and expects the code and the beginning of the sentence; then mends it, if it can be mended.
async fn broken(
    cause: RevocationCause,
    code: u16,
    sentence: &str,
    break_it: impl AsyncFn(&Flow, &Everything) -> bool,
    mend_it: Option<Mend<'_>>,
) {
    let flow = Flow::typical();
    let done = flow.everything().await;
    assert_eq!(status_after(&flow, &done, 1).await, CmkStatus::Confirmed);
    assert!(break_it(&flow, &done).await, "nothing was broken");

    let status = status_after(&flow, &done, 3_600).await;
    let CmkStatus::Revoked {
        cause: found,
        message,
    } = &status
    else {
        panic!("the account is {status}");
    };
    assert_eq!(*found, cause);
    assert!(
        message.starts_with(&format!(
            "Access to your account is currently revoked because {sentence}"
        )),
        "{message}"
    );
    assert_eq!(cause.code(), Some(code));
    assert_eq!(
        flow.sim.key_status(ACCOUNT).as_deref(),
        Some(message.as_str())
    );

    if let Some(mend_it) = mend_it {
        assert!(mend_it(&flow, &done), "nothing was mended");
        assert_eq!(
            status_after(&flow, &done, 3_600).await,
            CmkStatus::Confirmed,
            "up to an hour after the cause is gone"
        );
    }
}

const TOKEN: &str = "the Azure Cosmos DB service is unable to obtain the AAD authentication token for the account's default identity";

#[tokio::test(start_paused = true)]
async fn a_disabled_key_revokes_and_heals() {
    broken(
        RevocationCause::KeyDisabledOrExpired,
        4018,
        "the correspondent key is either disabled or expired",
        async |flow, _| flow.sim.enable_key(VAULT, "cosmos", None, false),
        Some(&|flow, _| flow.sim.enable_key(VAULT, "cosmos", None, true)),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_expired_key_revokes() {
    broken(
        RevocationCause::KeyDisabledOrExpired,
        4018,
        "the correspondent key is either disabled or expired",
        async |flow, _| {
            flow.sim
                .set_key_expiry(VAULT, "cosmos", Some(Duration::from_secs(1)))
        },
        Some(&|flow, _| flow.sim.set_key_expiry(VAULT, "cosmos", None)),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_key_revokes_and_heals() {
    broken(
        RevocationCause::KeyVaultKeyNotFound,
        4003,
        "the correspondent key is not found on the specified Key Vault",
        async |flow, _| flow.sim.delete_key(VAULT, "cosmos"),
        Some(&|flow, _| flow.sim.recover_key(VAULT, "cosmos")),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_removed_role_revokes() {
    use cross_tenant_cmk::keyvault_rbac::{Role, RoleAssignmentName, key_scope};
    broken(
        RevocationCause::KeyVaultAuthenticationFailure,
        4002,
        "the current default identity no longer has permission to the associated Key Vault key",
        async |flow, done| {
            let vault = format!(
                "/subscriptions/{}/resourceGroups/contoso-keys/providers/Microsoft.KeyVault/vaults/{VAULT}",
                flow.customer.subscription()
            );
            let scope = key_scope(&vault.parse().unwrap(), done.grant.key_uri.name());
            let name = RoleAssignmentName::derive(
                &scope,
                done.grant.service_principal_id,
                Role::KeyVaultCryptoServiceEncryptionUser,
            );
            let roles = &flow.customer.clients().roles;
            roles
                .delete_role_assignment(&scope, &name)
                .await
                .unwrap()
                .is_some()
        },
        None,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_disabled_service_principal_revokes_and_heals() {
    broken(
        RevocationCause::AadClientCredentialsGrantFailure,
        4000,
        TOKEN,
        async |flow, done| {
            flow.sim
                .enable_service_principal(&done.grant.service_principal_id.to_string(), false)
        },
        Some(&|flow, done| {
            flow.sim
                .enable_service_principal(&done.grant.service_principal_id.to_string(), true)
        }),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_service_principal_revokes() {
    broken(
        RevocationCause::AadClientCredentialsGrantFailure,
        4000,
        TOKEN,
        async |flow, done| {
            flow.sim
                .delete_service_principal(&done.grant.service_principal_id.to_string())
        },
        None,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_removed_federated_credential_revokes() {
    broken(
        RevocationCause::AadClientCredentialsGrantFailure,
        4000,
        TOKEN,
        async |flow, done| {
            flow.sim.remove_federated_credential(
                &done.setup.application_object_id.to_string(),
                done.setup.federated_credential_name.as_str(),
            )
        },
        None,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_application_revokes() {
    broken(
        RevocationCause::AadClientCredentialsGrantFailure,
        4000,
        TOKEN,
        async |flow, done| {
            flow.sim
                .delete_application(&done.setup.application_object_id.to_string())
        },
        None,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_application_that_was_made_single_tenant_revokes_and_heals() {
    broken(
        RevocationCause::AadClientCredentialsGrantFailure,
        4000,
        TOKEN,
        async |flow, done| {
            flow.sim.set_sign_in_audience(
                &done.setup.application_object_id.to_string(),
                "AzureADMyOrg",
            )
        },
        Some(&|flow, done| {
            flow.sim.set_sign_in_audience(
                &done.setup.application_object_id.to_string(),
                "AzureADMultipleOrgs",
            )
        }),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_managed_identity_revokes() {
    broken(
        RevocationCause::AadClientCredentialsGrantFailure,
        4000,
        TOKEN,
        async |flow, done| {
            flow.sim
                .delete_managed_identity(&done.setup.identity_id.to_string())
        },
        None,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_vault_revokes_and_heals() {
    broken(
        RevocationCause::KeyVaultNotFound,
        4017,
        "the correspondent Azure Key Vault was not found",
        async |flow, _| flow.sim.delete_vault(VAULT),
        None,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_vault_closed_to_trusted_services_revokes_and_heals() {
    use azure_sim::VaultNetwork;
    broken(
        RevocationCause::KeyVaultOutboundDeniedByNsp,
        4016,
        "the access rules are blocking outbound requests to the Azure Key Vault service",
        async |flow, _| flow.sim.set_vault_network(VAULT, VaultNetwork::Closed),
        Some(&|flow, _| {
            flow.sim
                .set_vault_network(VAULT, VaultNetwork::TrustedServices)
        }),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_lost_its_default_identity_says_so() {
    use cross_tenant_cmk::cosmos_cmk::{IdentityChange, SystemAssigned};
    broken(
        RevocationCause::UndefinedDefaultIdentity,
        4015,
        "the Azure Cosmos DB account has an undefined default identity",
        async |flow, done| {
            let identity = done.setup.identity_id.as_resource_id();
            let other = identity.to_string().replace("fabrikam-cmk", "other");
            let other_group = "fabrikam-cmk";
            let id = other
                .replacen(
                    "resourceGroups/other",
                    &format!("resourceGroups/{other_group}"),
                    1,
                )
                .parse()
                .unwrap();
            let clients = flow.provider.clients();
            let made = clients
                .identities
                .put_identity(&id, &"westeurope".parse().unwrap(), None)
                .await
                .unwrap();
            let change = IdentityChange {
                add: vec![made.id.as_resource_id().clone()],
                remove: vec![identity.clone()],
            };
            clients
                .accounts
                .set_identities(&done.account.id, &change, SystemAssigned::Absent)
                .await
                .is_ok()
        },
        None,
    )
    .await;
}
