//! What Azure itself would do for each confused deputy, were it not refused: the account comes up.

use crate::{
    flow::{Flow, VAULT, account_spec},
    trust::{Thief, attackers_offer},
};
use cross_tenant_cmk::{
    AccountSpec, CustomerRecord, Outcome, Provider, Reason, StepId, TenantContext,
    cosmos_cmk::{AccountId, CmkStatus},
    create_encrypted_account,
    keyvault_rbac::{KeyUri, NewRoleAssignment, Role, RoleAssignmentName, key_scope},
};
use std::time::Duration;

/// Creates the account of a spec with the client alone, which checks no records, and says whether it came up.
async fn comes_up(provider: &TenantContext<Provider>, spec: &AccountSpec) -> bool {
    let group = "fabrikam-cmk".parse().unwrap();
    let id = AccountId::new(provider.subscription(), &group, &spec.name).unwrap();
    let accounts = &provider.clients().accounts;
    accounts
        .create_account(&id, &spec.account, None)
        .await
        .unwrap();
    tokio::time::advance(Duration::from_secs(600)).await;
    let account = accounts.get_account(&id).await.unwrap();
    account.cmk_status == Some(CmkStatus::Confirmed)
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_is_believed_about_its_tenant_puts_as_data_under_bs_key() {
    for claims_own_tenant in [true, false] {
        let thief = Thief::new(claims_own_tenant).await;
        let spec = account_spec(&thief.setup, &thief.grant);
        assert!(comes_up(&thief.flow.provider, &spec).await);
    }
    // With B's tenant in the Grant, the whole phase would go through for a provider who took the record from the document.
    let thief = Thief::new(false).await;
    let believed = CustomerRecord {
        tenant_id: thief.grant.customer_tenant_id,
        ..thief.record.clone()
    };
    let flow = &thief.flow;
    let done = flow
        .phase3(&thief.setup, &thief.grant, &believed)
        .await
        .unwrap();
    assert_eq!(done.output.cmk_status, Some(CmkStatus::Confirmed));
    assert_eq!(
        done.report.outcome(StepId::Account),
        Some(&Outcome::Created)
    );
    assert_ne!(thief.record.tenant_id, flow.customer.tenant());
}

#[tokio::test(start_paused = true)]
async fn without_the_check_two_customers_of_one_tenant_would_share_a_key() {
    let flow = Flow::typical();
    let first = flow.everything().await;
    let offer = first.setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    assert_eq!(grant.key_uri, first.grant.key_uri);
    let mut spec = account_spec(&first.setup, &grant);
    spec.name = "subsidiary-orders".parse().unwrap();

    let second = CustomerRecord {
        reference: "contoso-subsidiary".parse().unwrap(),
        ..flow.record(&offer)
    };
    let writes = flow.sim.writes().len();
    let refused =
        create_encrypted_account(&flow.provider, &first.setup, &grant, &second, &spec, None)
            .await
            .unwrap_err();
    assert_eq!(
        refused.refusal().unwrap().reason(),
        Reason::KeyOfOtherCustomer
    );
    assert_eq!(flow.sim.writes().len(), writes, "something was written");
    assert!(comes_up(&flow.provider, &spec).await);
}

#[tokio::test(start_paused = true)]
async fn two_customers_of_one_tenant_with_a_key_each_are_served() {
    let flow = Flow::typical();
    let first = flow.everything().await;
    let offer = first.setup.offer(None);
    let mut key = crate::flow::key_spec();
    key.key = "subsidiary".parse().unwrap();
    let grant = flow.phase2_with(&offer, &key).await.unwrap().output;
    tokio::time::advance(Duration::from_secs(600)).await;
    let second = CustomerRecord {
        reference: "contoso-subsidiary".parse().unwrap(),
        ..flow.record(&offer)
    };
    let mut spec = account_spec(&first.setup, &grant);
    spec.name = "subsidiary-orders".parse().unwrap();
    let done = create_encrypted_account(&flow.provider, &first.setup, &grant, &second, &spec, None)
        .await
        .unwrap();
    assert_eq!(done.output.cmk_status, Some(CmkStatus::Confirmed));
}

#[tokio::test(start_paused = true)]
async fn without_the_check_a_strangers_account_would_come_up_under_the_customers_key() {
    let flow = Flow::typical();
    let (attacker, theirs, offer) = attackers_offer(&flow).await;
    let refused = flow.phase2(&offer).await.unwrap_err();
    assert_eq!(
        refused.refusal().unwrap().reason(),
        Reason::ForeignApplication
    );

    // What phase 2 does after its check, and the attacker after that.
    let clients = flow.customer.clients();
    let stranger = clients
        .service_principals
        .get_service_principal_by_client_id(offer.application_client_id)
        .await
        .unwrap();
    let scope = key_scope(&crate::verify::vault_id(&flow), &"cosmos".parse().unwrap());
    let role = Role::KeyVaultCryptoServiceEncryptionUser;
    let given = NewRoleAssignment::for_service_principal(role, stranger.id);
    let name = RoleAssignmentName::derive(&scope, stranger.id, role);
    let assigned = clients.roles.assign_role(&scope, &name, &given, None);
    assigned.await.unwrap();
    tokio::time::advance(Duration::from_secs(600)).await;

    let grant = cross_tenant_cmk::Grant::new(
        offer.cloud,
        theirs.offer(None).digest(),
        flow.customer.tenant(),
        theirs.application_client_id,
        stranger.id,
        format!("https://{VAULT}.vault.azure.net/keys/cosmos")
            .parse::<KeyUri>()
            .unwrap(),
    );
    let spec = account_spec(&theirs, &grant);
    assert!(comes_up(&attacker, &spec).await);
}
