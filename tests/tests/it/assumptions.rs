//! What no source settles about Azure: the flow ends the same with either answer.

use crate::flow::{Flow, VAULT, account_spec, options};
use azure_sim::{Assumptions, CreationRefusal, DatesRefusal, Lag, SimOptions};
use cross_tenant_cmk::{
    Error, ProviderClients, Reason, Waiting,
    cmk_core::{
        Cloud, Kind,
        lro::{WaitOptions, wait_until_done},
    },
    cosmos_cmk::{AccountId, CmkStatus},
    diagnose,
    entra_graph::{FederatedCredentialName, NewFederatedCredential},
    keyvault_rbac::{Role, RoleAssignmentName, key_scope},
};
use std::time::Duration;

pub(crate) fn flow_with(assumptions: Assumptions) -> Flow {
    Flow::new(SimOptions {
        seed: 7,
        lag: Lag::typical(),
        assumptions,
        ..SimOptions::default()
    })
}

/// Every switch in the position that is not the default one, each by itself.
fn the_other_answers() -> Vec<Assumptions> {
    let usual = Assumptions::default;
    vec![
        Assumptions {
            upsert_sees_fresh_objects: !usual().upsert_sees_fresh_objects,
            ..usual()
        },
        Assumptions {
            federated_credential_limit: (403, "Directory_QuotaExceeded".into()),
            ..usual()
        },
        Assumptions {
            absent_role_assignment_deletes: !usual().absent_role_assignment_deletes,
            ..usual()
        },
        Assumptions {
            account_creation_refusal: CreationRefusal::Quoted,
            ..usual()
        },
        Assumptions {
            failed_creation_leaves_husk: !usual().failed_creation_leaves_husk,
            ..usual()
        },
        Assumptions {
            federated_application_is_trusted: !usual().federated_application_is_trusted,
            ..usual()
        },
        Assumptions {
            revoked_provisioning_state: "Revoked".into(),
            ..usual()
        },
        Assumptions {
            challenge_passes_firewall: !usual().challenge_passes_firewall,
            ..usual()
        },
        Assumptions {
            policy_refusal_is_forbidden_by_policy: !usual().policy_refusal_is_forbidden_by_policy,
            ..usual()
        },
        Assumptions {
            key_dates_leeway_seconds: 0,
            ..usual()
        },
        Assumptions {
            key_dates_refusal: DatesRefusal::LikeSecret,
            ..usual()
        },
        Assumptions {
            lists_begin_with_an_empty_page: !usual().lists_begin_with_an_empty_page,
            ..usual()
        },
        Assumptions {
            role_assignment_limit_status: 409,
            ..usual()
        },
        Assumptions {
            anybody_may_poll: !usual().anybody_may_poll,
            ..usual()
        },
        Assumptions {
            identity_beside_default_is_ignored: !usual().identity_beside_default_is_ignored,
            ..usual()
        },
    ]
}

#[tokio::test(start_paused = true)]
async fn the_flow_and_its_second_run_end_the_same_with_every_other_answer() {
    let usual = flow_with(Assumptions::default());
    usual.everything().await;
    for assumptions in the_other_answers() {
        let flow = flow_with(assumptions.clone());
        let first = flow.everything().await;
        assert_eq!(first.account.cmk_status, Some(CmkStatus::Confirmed));
        let writes = flow.sim.writes().len();
        let again = flow.everything().await;
        assert_eq!(again.account.id, first.account.id, "{assumptions:?}");
        assert_eq!(flow.sim.writes().len(), writes, "{assumptions:?}");
        assert_eq!(
            flow.sim.resources().len(),
            usual.sim.resources().len(),
            "{assumptions:?}"
        );
        flow.assert_modelled();
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_has_not_spread_fails_the_creation_and_the_next_run_succeeds_whatever_the_words()
 {
    use CreationRefusal::{Quoted, TryAgain};
    for (refusal, husk) in [
        (TryAgain, true),
        (Quoted, true),
        (TryAgain, false),
        (Quoted, false),
    ] {
        let flow = flow_with(Assumptions {
            account_creation_refusal: refusal,
            failed_creation_leaves_husk: husk,
            ..Assumptions::default()
        });
        let setup = flow.phase1().await.unwrap().output;
        let offer = setup.offer(None);
        let grant = flow.phase2(&offer).await.unwrap().output;
        let record = flow.record(&offer);
        let key = grant.key_uri.name().clone();
        let vault = format!(
            "/subscriptions/{}/resourceGroups/contoso-keys/providers/Microsoft.KeyVault/vaults/{VAULT}",
            flow.customer.subscription()
        );
        let scope = key_scope(&vault.parse().unwrap(), &key);
        let role = Role::KeyVaultCryptoServiceEncryptionUser;
        let name = RoleAssignmentName::derive(&scope, grant.service_principal_id, role);
        assert!(flow.sim.remove_role_assignment(&name.to_string()));
        tokio::time::advance(Duration::from_secs(600)).await;

        let failed = flow.phase3(&setup, &grant, &record).await.unwrap_err();
        let [Error::Step { source, .. }] = failed.errors() else {
            panic!("{failed}");
        };
        assert_eq!(source.kind(), Kind::OperationFailed, "{refusal:?}");
        assert!(source.help().is_some(), "{refusal:?}: {source}");
        let accounts = |flow: &Flow| {
            let lines = flow.sim.resources().into_iter();
            lines
                .filter(|line| line.contains("databaseAccounts"))
                .count()
        };
        assert_eq!(accounts(&flow), 0, "nothing is left of the failed creation");

        flow.phase2(&offer).await.unwrap();
        // The role spreads, and a deleted account's name is free again after a while.
        tokio::time::advance(Duration::from_secs(1_800)).await;
        let account = flow.phase3(&setup, &grant, &record).await.unwrap().output;
        assert_eq!(account.cmk_status, Some(CmkStatus::Confirmed));
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_list_of_credentials_is_told_before_whatever_the_service_would_say() {
    for limit in [
        (400, "Request_BadRequest".into()),
        (403, "Directory_QuotaExceeded".into()),
    ] {
        let flow = flow_with(Assumptions {
            federated_credential_limit: limit.clone(),
            ..Assumptions::default()
        });
        let setup = flow.phase1().await.unwrap().output;
        let credentials = &flow.provider.clients().federated_credentials;
        let application = setup.application_object_id;
        credentials
            .delete_federated_credential(application, &setup.federated_credential_name)
            .await
            .unwrap();
        let put = async |number: u32| {
            let name: FederatedCredentialName = format!("other-{number}").parse().unwrap();
            let principal = format!("99999999-9999-4999-8999-{number:012}");
            let credential = NewFederatedCredential::for_managed_identity(
                setup.cloud,
                setup.tenant_id,
                principal.parse().unwrap(),
            );
            credentials
                .create_federated_credential_if_missing(application, &name, &credential, None)
                .await
        };
        for number in 1..=20 {
            put(number).await.unwrap();
        }
        tokio::time::advance(Duration::from_secs(60)).await;
        // The service's own words for it, whichever they are, reach the caller.
        let refused = put(21).await.unwrap_err();
        assert_eq!(refused.failure().status(), Some(limit.0));
        assert_eq!(refused.failure().code(), Some(limit.1.as_ref()));
        // Phase 1 does not come to that.
        let error = flow.phase1().await.unwrap_err();
        assert_eq!(error.refusal().unwrap().reason(), Reason::CredentialLimit);
    }
}

#[tokio::test(start_paused = true)]
async fn an_absent_role_assignment_is_deleted_already_whichever_way_the_service_says_it() {
    for deletes in [true, false] {
        let flow = flow_with(Assumptions {
            absent_role_assignment_deletes: deletes,
            ..Assumptions::default()
        });
        let subscription = format!("/subscriptions/{}", flow.customer.subscription());
        let scope = subscription.parse().unwrap();
        let principal = "99999999-9999-4999-8999-999999999999".parse().unwrap();
        let name = RoleAssignmentName::derive(
            &scope,
            principal,
            Role::KeyVaultCryptoServiceEncryptionUser,
        );
        let roles = &flow.customer.clients().roles;
        let gone = roles.delete_role_assignment(&scope, &name).await.unwrap();
        assert!(gone.is_none(), "{deletes}: {gone:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_full_of_role_assignments_is_told_whichever_status_that_has() {
    for status in [400, 409] {
        let flow = Flow::new(SimOptions {
            seed: 7,
            lag: Lag::typical(),
            assumptions: Assumptions {
                role_assignment_limit_status: status,
                ..Assumptions::default()
            },
            // The administrator's own.
            role_assignment_limit: Some(1),
            ..SimOptions::default()
        });
        let offer = flow.phase1().await.unwrap().output.offer(None);
        let error = flow.phase2(&offer).await.unwrap_err();
        let [Error::Step { source, .. }] = error.errors() else {
            panic!("{error}");
        };
        let failure = source.failure();
        assert_eq!(
            (failure.status(), failure.code()),
            (Some(status), Some("RoleAssignmentLimitExceeded"))
        );
        assert_eq!(source.kind(), Kind::Conflict, "{status}");
        let help = source.help().unwrap();
        assert!(help.contains("4,000 role assignments"), "{help}");
        let told = diagnose(source);
        assert_eq!(told.readings[0].waiting, Waiting::Never, "{told}");
        flow.assert_modelled();
    }
}

#[tokio::test(start_paused = true)]
async fn a_colleague_takes_a_creation_over_by_its_operation_or_by_the_account_itself() {
    for anybody in [true, false] {
        let flow = flow_with(Assumptions {
            anybody_may_poll: anybody,
            ..Assumptions::default()
        });
        let setup = flow.phase1().await.unwrap().output;
        let grant = flow.phase2(&setup.offer(None)).await.unwrap().output;
        // The role spreads.
        tokio::time::advance(Duration::from_secs(600)).await;
        let spec = account_spec(&setup, &grant);
        let group = "fabrikam-cmk".parse().unwrap();
        let id = AccountId::new(flow.provider.subscription(), &group, &spec.name).unwrap();
        let accounts = &flow.provider.clients().accounts;
        let begun = accounts.create_account(&id, &spec.account, None).await;
        let operation = begun.unwrap().operation.unwrap();

        let party = &flow.both.provider;
        let colleague = flow
            .sim
            .add_user(&party.tenant, "colleague@fabrikam.example", &[]);
        let scope = format!("/subscriptions/{}", party.subscription_id);
        assert!(flow.sim.grant(&colleague, "Owner", &scope));
        let credential = flow.sim.credential(&colleague);
        let clients = ProviderClients::new(Cloud::Public, credential, Some(options(&flow.sim)));
        let clients = clients.unwrap();
        let waits = WaitOptions::default();
        wait_until_done(&*clients.account_operations, &operation, &waits)
            .await
            .unwrap();
        let mut polls: Vec<_> = flow
            .sim
            .requests()
            .into_iter()
            .filter(|request| request.path.contains("operationsStatus"))
            .map(|request| request.status)
            .collect();
        polls.dedup();
        assert_eq!(polls, [Some(if anybody { 200 } else { 404 })]);
        let account = clients.accounts.get_account(&id).await.unwrap();
        assert_eq!(account.cmk_status, Some(CmkStatus::Confirmed), "{anybody}");
        flow.assert_modelled();
    }
}
