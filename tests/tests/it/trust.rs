//! Lying documents: refused by the records of whoever reads them, and what they would do without.

use crate::flow::{
    ACCOUNT, Flow, account_spec, customer_context, key_spec, provider_context, provider_spec,
};
use azure_sim::{DirectoryRole, Party};
use cross_tenant_cmk::{
    CustomerRecord, Grant, Offer, Outcome, Provider, ProviderSetup, Reason, StepId, TenantContext,
    cosmos_cmk::CmkStatus,
    create_encrypted_account, grant_access,
    keyvault_rbac::{NewRoleAssignment, Role, RoleAssignmentName, key_scope},
    set_up_provider,
};
use std::time::Duration;

/// A further party on the simulator.
pub(crate) fn another_party(flow: &Flow, name: &str) -> Party {
    let sim = &flow.sim;
    let mut party = flow.both.customer.clone();
    party.tenant = sim.add_tenant(name);
    party.tenant_id = party.tenant.id.clone();
    party.subscription_id = sim.add_subscription(&party.tenant);
    sim.register_providers(
        &party.subscription_id,
        &[
            "Microsoft.KeyVault",
            "Microsoft.DocumentDB",
            "Microsoft.ManagedIdentity",
        ],
    );
    party.admin = sim.add_user(
        &party.tenant,
        &format!("admin@{name}.example"),
        &[DirectoryRole::ApplicationAdministrator],
    );
    assert!(sim.grant(
        &party.admin,
        "Owner",
        &format!("/subscriptions/{}", party.subscription_id)
    ));
    party.credential = sim.credential(&party.admin);
    party
}

/// An application of an attacker, named in an Offer that claims to be the provider's.
pub(crate) async fn forged_offer(flow: &Flow) -> Offer {
    let (_, _, offer) = attackers_offer(flow).await;
    offer
}

/// The attacker, what it set up for itself, and the Offer that claims to be the provider's.
pub(crate) async fn attackers_offer(
    flow: &Flow,
) -> (TenantContext<Provider>, ProviderSetup, Offer) {
    let attacker = another_party(flow, "attacker");
    let attacker = provider_context(&flow.sim, &attacker);
    let theirs = set_up_provider(&attacker, &provider_spec(), None)
        .await
        .unwrap()
        .output;
    let honest = flow.phase1().await.unwrap().output.offer(None);
    let text = honest.to_json().replace(
        &honest.application_client_id.to_string(),
        &theirs.application_client_id.to_string(),
    );
    let offer = Offer::from_json(&text).unwrap();
    (attacker, theirs, offer)
}

#[tokio::test(start_paused = true)]
async fn an_offer_of_an_unexpected_provider_is_refused_before_anything_is_asked() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let before = flow.sim.requests().len();
    let someone_else = "99999999-9999-4999-8999-999999999999".parse().unwrap();
    let error = grant_access(&flow.customer, &offer, someone_else, &key_spec(), None)
        .await
        .unwrap_err();
    assert_eq!(
        error.refusal().unwrap().reason(),
        Reason::UnexpectedProvider
    );
    assert_eq!(flow.sim.requests().len(), before);
}

#[tokio::test(start_paused = true)]
async fn an_offer_that_names_the_right_provider_and_a_strangers_application_gets_no_role() {
    let flow = Flow::typical();
    let offer = forged_offer(&flow).await;
    let error = flow.phase2(&offer).await.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().reason(),
        Reason::ForeignApplication
    );
    assert_eq!(error.report().outcome(StepId::KeyRole), None);
    let roles: Vec<_> = flow
        .sim
        .resources()
        .into_iter()
        .filter(|line| line.starts_with("customer:") && line.contains("Crypto Service Encryption"))
        .collect();
    assert_eq!(roles, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn without_the_check_the_stranger_would_hold_the_key() {
    let flow = Flow::typical();
    let offer = forged_offer(&flow).await;
    // What phase 2 does, less its check: the clients refuse nothing here, since each request by itself is in order.
    let clients = flow.customer.clients();
    let stranger = clients
        .service_principals
        .get_service_principal_by_client_id(offer.application_client_id)
        .await;
    assert!(stranger.is_err(), "nobody has admitted it yet");
    let _ = flow.phase2(&offer).await.unwrap_err();
    let stranger = clients
        .service_principals
        .get_service_principal_by_client_id(offer.application_client_id)
        .await
        .unwrap();
    let vault = format!(
        "/subscriptions/{}/resourceGroups/contoso-keys/providers/Microsoft.KeyVault/vaults/{}",
        flow.customer.subscription(),
        crate::flow::VAULT
    )
    .parse()
    .unwrap();
    let scope = key_scope(&vault, &"cosmos".parse().unwrap());
    let role = Role::KeyVaultCryptoServiceEncryptionUser;
    let assigned = clients
        .roles
        .assign_role(
            &scope,
            &RoleAssignmentName::derive(&scope, stranger.id, role),
            &NewRoleAssignment::for_service_principal(role, stranger.id),
            None,
        )
        .await;
    assert!(
        assigned.is_ok(),
        "Azure itself does not mind whose application it is"
    );
    assert_ne!(
        stranger.app_owner_organization_id,
        Some(flow.provider_tenant())
    );
}

/// Customer A, whose Grant names customer B's key.
pub(crate) struct Thief {
    pub(crate) flow: Flow,
    pub(crate) setup: ProviderSetup,
    pub(crate) grant: Grant,
    pub(crate) record: CustomerRecord,
}

impl Thief {
    /// Both customers have admitted the application; B has a key; A's answer claims `tenant` and names B's key.
    pub(crate) async fn new(claims_own_tenant: bool) -> Self {
        let flow = Flow::typical();
        let setup = flow.phase1().await.unwrap().output;
        let offer_to_b = setup.offer(None);
        let grant_of_b = flow.phase2(&offer_to_b).await.unwrap().output;

        let a = customer_context(&flow.sim, &another_party(&flow, "customer-a"));
        let offer_to_a = setup.offer(None);
        let mut spec = key_spec();
        spec.vault = cross_tenant_cmk::VaultChoice::Named("customer-a-keys".parse().unwrap());
        let mut grant = grant_access(&a, &offer_to_a, flow.provider_tenant(), &spec, None)
            .await
            .unwrap()
            .output;
        grant.key_uri = grant_of_b.key_uri;
        if !claims_own_tenant {
            grant.customer_tenant_id = flow.customer.tenant();
        }
        tokio::time::advance(Duration::from_secs(600)).await;
        let record = CustomerRecord {
            reference: "customer-a".parse().unwrap(),
            tenant_id: a.tenant(),
            offer_digest: offer_to_a.digest(),
        };
        Self {
            flow,
            setup,
            grant,
            record,
        }
    }

    async fn refusal(&self) -> Reason {
        let writes = self.flow.sim.writes().len();
        let error = self
            .flow
            .phase3(&self.setup, &self.grant, &self.record)
            .await
            .unwrap_err();
        assert_eq!(
            self.flow.sim.writes().len(),
            writes,
            "something was written"
        );
        error.refusal().unwrap().reason()
    }
}

#[tokio::test(start_paused = true)]
async fn customer_as_grant_with_customer_bs_key_is_refused() {
    let thief = Thief::new(true).await;
    assert_eq!(thief.refusal().await, Reason::KeyInOtherTenant);
}

#[tokio::test(start_paused = true)]
async fn customer_as_grant_that_claims_to_be_b_is_refused() {
    let thief = Thief::new(false).await;
    assert_eq!(thief.refusal().await, Reason::UnexpectedCustomer);
}

#[tokio::test(start_paused = true)]
async fn without_the_check_customer_as_data_would_be_under_customer_bs_key() {
    let thief = Thief::new(true).await;
    let spec = account_spec(&thief.setup, &thief.grant);
    let id = format!(
        "/subscriptions/{}/resourceGroups/fabrikam-cmk/providers/Microsoft.DocumentDB/databaseAccounts/{ACCOUNT}",
        thief.flow.provider.subscription()
    )
    .parse()
    .unwrap();
    let clients = thief.flow.provider.clients();
    clients
        .accounts
        .create_account(&id, &spec.account, None)
        .await
        .unwrap();
    tokio::time::advance(Duration::from_secs(600)).await;
    let account = clients.accounts.get_account(&id).await.unwrap();
    assert_eq!(
        account.cmk_status,
        Some(CmkStatus::Confirmed),
        "Azure itself does not mind whose key it is"
    );
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_answers_another_customers_offer_is_refused() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let grant = flow.phase2(&setup.offer(None)).await.unwrap().output;
    let record = flow.record(&setup.offer(None));
    let error = flow.phase3(&setup, &grant, &record).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().reason(), Reason::OfferMismatch);
}

#[tokio::test(start_paused = true)]
async fn two_customers_in_one_tenant_cannot_share_a_key() {
    let flow = Flow::typical();
    let first = flow.everything().await;
    let offer = first.setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    let second = CustomerRecord {
        reference: "contoso-subsidiary".parse().unwrap(),
        ..flow.record(&offer)
    };
    let mut spec = account_spec(&first.setup, &grant);
    spec.name = "subsidiary-orders".parse().unwrap();
    let error =
        create_encrypted_account(&flow.provider, &first.setup, &grant, &second, &spec, None)
            .await
            .unwrap_err();
    assert_eq!(
        error.refusal().unwrap().reason(),
        Reason::KeyOfOtherCustomer
    );
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_does_not_say_whose_it_is_counts_as_unverified() {
    let flow = Flow::typical();
    let first = flow.everything().await;
    let mut grant = first.grant.clone();
    grant.key_uri = "https://nobody-knows.vault.azure.net/keys/cosmos"
        .parse()
        .unwrap();
    let mut spec = account_spec(&first.setup, &grant);
    let run = |spec| {
        let (flow, first, grant) = (&flow, &first, &grant);
        async move {
            create_encrypted_account(
                &flow.provider,
                &first.setup,
                grant,
                &first.record,
                &spec,
                None,
            )
            .await
            .unwrap_err()
        }
    };
    let error = run(spec.clone()).await;
    assert_eq!(
        error.refusal().unwrap().reason(),
        Reason::KeyTenantUnverified
    );
    // Overridden by name, the phase goes on, and says so: here to an account that is under another key.
    spec.unverified_key_tenant = cross_tenant_cmk::UnverifiedKeyTenant::Accept;
    let error = run(spec).await;
    assert_eq!(
        error.report().outcome(StepId::KeyTenant),
        Some(&Outcome::Unverified)
    );
    assert_eq!(error.refusal().unwrap().reason(), Reason::AccountUnfit);
}
