//! Each link broken by itself: exactly its check fails, from the side that sees it and from both, nothing turns ok that is not,
//! and the diagnosis of the revoked account names it.

use crate::{
    flow::VAULT,
    verify::{Chain, elapsed, ids},
};
use azure_sim::{Lag, VaultNetwork};
use cross_tenant_cmk::{
    Actor, CheckId, Diagnosis, SuspectState, Verdict, Verification, diagnose_account,
    keyvault_rbac::{Role, RoleAssignmentName, key_scope},
    verify_as_customer, verify_as_provider, verify_both,
};
use serde_json::json;
use std::time::Duration;

/// What a broken link shows.
pub(crate) struct Shows {
    /// The checks that fail in the provider's sight, beside the account's status.
    provider: &'static [CheckId],
    /// The checks that fail in the customer's sight.
    customer: &'static [CheckId],
    /// Whether the account loses its key over it.
    revokes: bool,
    /// Who must act.
    who: Actor,
}

pub(crate) const fn provider(links: &'static [CheckId]) -> Shows {
    Shows {
        provider: links,
        customer: &[],
        revokes: true,
        who: Actor::Provider,
    }
}

const fn customer(links: &'static [CheckId]) -> Shows {
    Shows {
        provider: &[],
        customer: links,
        revokes: true,
        who: Actor::Customer,
    }
}

fn failed(found: &Verification) -> Vec<CheckId> {
    found
        .with_verdict(Verdict::Failed)
        .map(|check| check.id)
        .collect()
}

fn sorted(parts: &[&[CheckId]]) -> Vec<CheckId> {
    let mut all = parts.concat();
    all.sort();
    all
}

/// Breaks one link, lets the account notice, and looks from every side.
pub(crate) async fn broken(
    shows: Shows,
    break_it: impl AsyncFn(&Chain) -> bool,
) -> (Chain, Diagnosis) {
    let chain = Chain::finished().await;
    assert!(break_it(&chain).await, "nothing was broken");
    tokio::time::advance(Duration::from_secs(3_600)).await;
    let status: &[CheckId] = if shows.revokes {
        &[CheckId::KeyStatus]
    } else {
        &[]
    };

    let found = verify_as_provider(&chain.provider(), chain.options()).await;
    assert_eq!(failed(&found), sorted(&[shows.provider, status]), "{found}");
    for link in shows.customer {
        let verdict = found.check(*link).unwrap().verdict;
        assert_eq!(verdict, Verdict::Unknown, "the provider cannot see {link}");
    }

    let found = verify_as_customer(&chain.customer(), chain.options()).await;
    assert_eq!(failed(&found), sorted(&[shows.customer]), "{found}");
    for link in shows.provider {
        let verdict = found.check(*link).unwrap().verdict;
        assert_eq!(verdict, Verdict::Unknown, "the customer cannot see {link}");
    }

    let found = verify_both(&chain.provider(), &chain.customer(), chain.options()).await;
    let both = sorted(&[shows.provider, shows.customer, status]);
    assert_eq!(failed(&found), both, "{found}");
    for check in found.with_verdict(Verdict::Failed) {
        let remedy = check.remedy.as_ref().unwrap();
        // Every name of the commands is known here, but those that somebody must choose.
        let command = remedy.command.clone().unwrap_or_default();
        let command = command
            .replace("<new name>", "")
            .replace("<date in the future>", "");
        assert!(!command.contains('<'), "{}: {command}", check.id);
    }

    let told = diagnose_account(&chain.provider(), Some(&chain.customer()), chain.options())
        .await
        .unwrap();
    let proved: Vec<CheckId> = told
        .suspects_that_are(SuspectState::Proved)
        .filter_map(|suspect| suspect.check)
        .collect();
    let links = sorted(&[shows.provider, shows.customer]);
    let mut named = proved;
    named.sort();
    assert_eq!(named, links, "{told}");
    assert_eq!(told.suspects[0].remedy.who, shows.who, "{told}");
    assert_eq!(told.is_known(), shows.revokes, "{told}");
    chain.flow.assert_modelled();
    (chain, told)
}

#[tokio::test(start_paused = true)]
async fn a_disabled_key() {
    let (chain, told) = broken(customer(&[CheckId::KeyEnabled]), async |chain| {
        chain.flow.sim.enable_key(VAULT, "cosmos", None, false)
    })
    .await;
    assert_eq!(told.readings[0].recognised, "KeyDisabledOrExpired (4018)");
    let remedy = &told.suspects[0].remedy;
    assert_eq!(
        remedy.command.as_deref(),
        Some(
            "az keyvault key set-attributes --vault-name contoso-keys --name cosmos --enabled true"
        )
    );
    // The other causes that the status allows were looked at, and are not it.
    let ruled_out: Vec<_> = told
        .suspects_that_are(SuspectState::RuledOut)
        .filter_map(|suspect| suspect.check)
        .collect();
    assert_eq!(ruled_out, [CheckId::KeyDates]);

    // The provider alone cannot tell, and says what would.
    let told = diagnose_account(&chain.provider(), None, chain.options())
        .await
        .unwrap();
    assert!(
        told.suspects_that_are(SuspectState::Proved)
            .next()
            .is_none(),
        "{told}"
    );
    assert!(told.to_string().contains("to know whether this is it"));
    assert!(!told.collect.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_expired_key() {
    broken(customer(&[CheckId::KeyDates]), async |chain| {
        let at = elapsed(&chain.flow) + Duration::from_secs(1);
        chain.flow.sim.set_key_expiry(VAULT, "cosmos", Some(at))
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_not_unwrap() {
    broken(customer(&[CheckId::KeyOperations]), async |chain| {
        chain
            .flow
            .sim
            .set_key_operations(VAULT, "cosmos", &["wrapKey"])
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_key() {
    broken(customer(&[CheckId::Key]), async |chain| {
        chain.flow.sim.delete_key(VAULT, "cosmos")
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_vault() {
    let (_, told) = broken(customer(&[CheckId::Vault]), async |chain| {
        chain.flow.sim.delete_vault(VAULT)
    })
    .await;
    assert!(
        told.suspects[0]
            .remedy
            .action
            .contains("role on the key again")
    );
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_is_closed_to_trusted_services() {
    broken(customer(&[CheckId::VaultNetwork]), async |chain| {
        chain
            .flow
            .sim
            .set_vault_network(VAULT, VaultNetwork::Closed)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_went_back_to_access_policies() {
    broken(customer(&[CheckId::PermissionModel]), async |chain| {
        chain.to_access_policies();
        true
    })
    .await;
}

pub(crate) fn key_role(chain: &Chain) -> (cross_tenant_cmk::cmk_core::Scope, RoleAssignmentName) {
    let scope = key_scope(&chain.vault, &chain.key);
    let name = RoleAssignmentName::derive(
        &scope,
        chain.done.grant.service_principal_id,
        Role::KeyVaultCryptoServiceEncryptionUser,
    );
    (scope, name)
}

#[tokio::test(start_paused = true)]
async fn a_removed_role() {
    let (chain, told) = broken(customer(&[CheckId::KeyRole]), async |chain| {
        let (scope, name) = key_role(chain);
        let roles = &chain.flow.customer.clients().roles;
        let removed = roles.delete_role_assignment(&scope, &name).await;
        removed.unwrap().is_some()
    })
    .await;
    assert_eq!(
        told.suspects[0].remedy.command.as_deref().unwrap(),
        format!(
            "az role assignment create --assignee-object-id {} --assignee-principal-type ServicePrincipal --role \"Key Vault Crypto Service Encryption User\" --scope {}/keys/cosmos",
            chain.done.grant.service_principal_id, chain.vault
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_role_under_a_condition_is_not_taken_for_one() {
    let container = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:Name] StringEquals 'y'";
    let of_storage = format!("((!(ActionMatches{{'Microsoft.Storage/*'}})) OR ({container}))");
    // Nobody can tell from outside what a condition lets through: the first stops the key's use, the second does not.
    for (condition, revokes) in [(container, true), (&of_storage, false)] {
        let shows = Shows {
            revokes,
            ..customer(&[CheckId::KeyRole])
        };
        broken(shows, async |chain| {
            let (scope, name) = key_role(chain);
            let roles = &chain.flow.customer.clients().roles;
            roles.delete_role_assignment(&scope, &name).await.unwrap();
            let subscription = chain.flow.customer.subscription();
            chain.flow.customer_put(
                &format!("https://management.azure.com{scope}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version=2022-04-01"),
                &json!({
                    "properties": {
                        "roleDefinitionId": Role::KeyVaultCryptoServiceEncryptionUser.definition_id(subscription),
                        "principalId": chain.done.grant.service_principal_id,
                        "principalType": "ServicePrincipal",
                        "condition": condition,
                        "conditionVersion": "2.0",
                    },
                }),
            );
            true
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_disabled_service_principal() {
    let (_, told) = broken(customer(&[CheckId::PrincipalEnabled]), async |chain| {
        let principal = chain.done.grant.service_principal_id.to_string();
        chain.flow.sim.enable_service_principal(&principal, false)
    })
    .await;
    assert_eq!(
        told.readings[0].recognised,
        "AadClientCredentialsGrantFailure (4000)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deleted_service_principal() {
    broken(customer(&[CheckId::ServicePrincipal]), async |chain| {
        let principal = chain.done.grant.service_principal_id.to_string();
        chain.flow.sim.delete_service_principal(&principal)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_old_version_that_is_disabled_before_the_account_has_left_it() {
    let chain = Chain::finished().await;
    chain.let_customer_read_keys();
    let sim = &chain.flow.sim;
    let old = sim.key_versions(VAULT, "cosmos").remove(0);
    assert!(sim.rotate_key(VAULT, "cosmos"));
    assert!(sim.enable_key(VAULT, "cosmos", Some(&old), false));
    let found = verify_both(&chain.provider(), &chain.customer(), chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-057"], "{found}");
    let remedy = found.check(CheckId::VersionInUse).unwrap().remedy.as_ref();
    assert!(remedy.unwrap().command.as_deref().unwrap().contains(&old));
}

#[tokio::test(start_paused = true)]
async fn a_whole_chain_has_nothing_to_diagnose() {
    let chain = Chain::finished().await;
    let told = diagnose_account(&chain.provider(), Some(&chain.customer()), chain.options())
        .await
        .unwrap();
    assert!(!told.is_known());
    assert_eq!(told.suspects, []);
}

#[tokio::test(start_paused = true)]
async fn a_broken_link_is_told_before_the_account_notices() {
    let chain = Chain::finished().await;
    let principal = chain.done.grant.service_principal_id.to_string();
    assert!(chain.flow.sim.enable_service_principal(&principal, false));
    // Every replica of the directory shows it by then, and the account is revoked minutes later.
    tokio::time::advance(Lag::typical().directory.max).await;
    let told = diagnose_account(&chain.provider(), Some(&chain.customer()), chain.options())
        .await
        .unwrap();
    let proved: Vec<_> = told
        .suspects_that_are(SuspectState::Proved)
        .map(|suspect| suspect.check)
        .collect();
    assert_eq!(proved, [Some(CheckId::PrincipalEnabled)]);
}
