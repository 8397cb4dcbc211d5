//! A provider, a customer and the three phases between them, on a simulator of their own.

use azure_core::http::{ClientOptions, Url};
use azure_sim::{Lag, Party, Reply, Sim, SimOptions, SimRequest, Span, TwoTenants};
use cross_tenant_cmk::{
    AccountSpec, ApplicationChoice, Customer, CustomerClients, CustomerRecord, Done,
    EncryptedAccount, Error, Grant, IdentityChoice, KeySpec, Offer, Phase, PhaseError, Plan,
    Provider, ProviderClients, ProviderSetup, ProviderSpec, RunOptions, Side, TenantContext,
    VaultChoice, apply_customer_grant, apply_encrypted_account, apply_provider_setup,
    cmk_core::{Cloud, TenantId},
    create_encrypted_account, grant_access,
    keyvault_rbac::{KeyClient, KeyClientOptions, VaultUrl},
    plan_customer_grant, plan_encrypted_account, plan_provider_setup, set_up_provider,
};
use serde_json::Value;
use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Both parties on one simulator.
pub struct Flow {
    pub sim: Sim,
    pub both: TwoTenants,
    pub provider: TenantContext<Provider>,
    pub customer: TenantContext<Customer>,
    /// How the phases run.
    pub run: RunOptions,
    /// The customer's key.
    pub key: KeySpec,
    /// Whether each phase is planned, and applied by its plan.
    pub by_plan: bool,
    /// What both parties keep from one process to the next.
    pub kept: Arc<Mutex<Kept>>,
}

/// What outlives a process beside its journal.
#[derive(Debug, Default)]
pub struct Kept {
    /// The Offer that the provider sent, and keeps with its record of the customer.
    offer: Option<Offer>,
    /// The plans that were agreed upon.
    plans: Vec<Plan>,
}

pub const VAULT: &str = "contoso-keys";
pub const ACCOUNT: &str = "contoso-orders";

impl Flow {
    /// On an ordinary day, with everything registered.
    pub fn typical() -> Self {
        Self::new(SimOptions {
            seed: 7,
            lag: Lag::typical(),
            ..SimOptions::default()
        })
    }

    /// On a day on which a role spreads before a creation can end: one that comes too late has tests of its own.
    pub fn with_prompt_roles() -> Self {
        Self::new(SimOptions {
            seed: 7,
            lag: Lag {
                role_assignment: Span::secs(30, 60),
                ..Lag::typical()
            },
            ..SimOptions::default()
        })
    }

    pub fn new(options: SimOptions) -> Self {
        Self::of(TwoTenants::new(options))
    }

    pub fn of(both: TwoTenants) -> Self {
        Self::in_cloud(both, Cloud::Public)
    }

    /// `cloud` is the one that the simulator plays.
    pub fn in_cloud(both: TwoTenants, cloud: Cloud) -> Self {
        let options = options(&both.sim);
        Self::through(both, cloud, &options)
    }

    /// Both parties through a transport of the caller's.
    pub fn through(both: TwoTenants, cloud: Cloud, options: &ClientOptions) -> Self {
        let sim = both.sim.clone();
        let clients = ProviderClients::new(
            cloud,
            Arc::clone(&both.provider.credential),
            Some(options.clone()),
        );
        let provider = context(cloud, &both.provider, clients.unwrap());
        let clients = CustomerClients::new(
            cloud,
            Arc::clone(&both.customer.credential),
            Some(options.clone()),
        );
        let customer = context(cloud, &both.customer, clients.unwrap());
        Self {
            provider,
            customer,
            sim,
            both,
            run: RunOptions::default(),
            key: key_spec(),
            by_plan: false,
            kept: Arc::default(),
        }
    }

    pub fn provider_tenant(&self) -> TenantId {
        self.provider.tenant()
    }

    pub async fn phase1(&self) -> Result<Done<ProviderSetup>, PhaseError> {
        set_up_provider(&self.provider, &provider_spec(), Some(self.run.clone())).await
    }

    pub async fn phase2(&self, offer: &Offer) -> Result<Done<Grant>, PhaseError> {
        self.phase2_with(offer, &self.key).await
    }

    pub async fn phase2_with(
        &self,
        offer: &Offer,
        spec: &KeySpec,
    ) -> Result<Done<Grant>, PhaseError> {
        grant_access(
            &self.customer,
            offer,
            self.provider_tenant(),
            spec,
            Some(self.run.clone()),
        )
        .await
    }

    pub async fn phase3(
        &self,
        setup: &ProviderSetup,
        grant: &Grant,
        record: &CustomerRecord,
    ) -> Result<Done<EncryptedAccount>, PhaseError> {
        let spec = account_spec(setup, grant);
        create_encrypted_account(
            &self.provider,
            setup,
            grant,
            record,
            &spec,
            Some(self.run.clone()),
        )
        .await
    }

    pub fn record(&self, offer: &Offer) -> CustomerRecord {
        CustomerRecord {
            reference: "contoso".parse().unwrap(),
            tenant_id: self.customer.tenant(),
            offer_digest: offer.digest(),
        }
    }

    /// All three phases, each of which must succeed.
    pub async fn everything(&self) -> Everything {
        self.try_everything().await.expect("all three phases")
    }

    /// All three phases, until one does not come to its end.
    pub async fn try_everything(&self) -> Result<Everything, PhaseError> {
        let setup = match self.by_plan {
            true => self.applied1().await?.output,
            false => self.phase1().await?.output,
        };
        let offer = self.offer(&setup);
        let grant = match self.by_plan {
            true => self.applied2(&offer).await?.output,
            false => self.phase2(&offer).await?.output,
        };
        let record = self.record(&offer);
        let account = match self.by_plan {
            true => self.applied3(&setup, &grant, &record).await?.output,
            false => self.phase3(&setup, &grant, &record).await?.output,
        };
        Ok(Everything {
            setup,
            offer,
            grant,
            record,
            account,
        })
    }

    /// The Offer that was sent to this customer, or the first one.
    fn offer(&self, setup: &ProviderSetup) -> Offer {
        let mut kept = self.kept.lock().unwrap();
        let offer = &mut kept.offer;
        offer.get_or_insert_with(|| setup.offer(None)).clone()
    }

    async fn applied1(&self) -> Result<Done<ProviderSetup>, PhaseError> {
        let (at, spec, run) = (&self.provider, provider_spec(), Some(self.run.clone()));
        let planned = plan_provider_setup(at, &spec, run.clone());
        let plan = self.agreed(Phase::ProviderSetup, planned).await;
        self.told(apply_provider_setup(at, &spec, &plan, run).await)
    }

    async fn applied2(&self, offer: &Offer) -> Result<Done<Grant>, PhaseError> {
        let (at, spec, run) = (&self.customer, &self.key, Some(self.run.clone()));
        let provider = self.provider_tenant();
        let planned = plan_customer_grant(at, offer, provider, spec, run.clone());
        let plan = self.agreed(Phase::CustomerGrant, planned).await;
        self.told(apply_customer_grant(at, offer, provider, spec, &plan, run).await)
    }

    async fn applied3(
        &self,
        setup: &ProviderSetup,
        grant: &Grant,
        record: &CustomerRecord,
    ) -> Result<Done<EncryptedAccount>, PhaseError> {
        let (at, run) = (&self.provider, Some(self.run.clone()));
        let spec = account_spec(setup, grant);
        let planned = plan_encrypted_account(at, setup, grant, record, &spec, run.clone());
        let plan = self.agreed(Phase::EncryptedAccount, planned).await;
        self.told(apply_encrypted_account(at, setup, grant, record, &spec, &plan, run).await)
    }

    /// The plan of a phase that was agreed upon, or a new one. One that cannot be applied is not agreed upon.
    async fn agreed(&self, phase: Phase, planned: impl Future<Output = Plan>) -> Plan {
        let kept = || self.kept.lock().unwrap();
        let agreed = kept()
            .plans
            .iter()
            .find(|plan| plan.phase(phase).is_some())
            .cloned();
        if let Some(plan) = agreed {
            return plan;
        }
        let plan = Box::pin(planned).await;
        if plan.can_be_applied() {
            kept().plans.push(plan.clone());
        }
        plan
    }

    /// Where the world has changed, the plans are looked at anew.
    fn told<T>(&self, applied: Result<T, PhaseError>) -> Result<T, PhaseError> {
        let is_change = |error: &Error| matches!(error, Error::Changed(_));
        if applied
            .as_ref()
            .is_err_and(|error| error.errors().iter().any(is_change))
        {
            self.kept.lock().unwrap().plans.clear();
        }
        applied
    }

    /// The keys of the customer's vault, for whoever administers the customer.
    pub fn customer_keys(&self) -> KeyClient {
        KeyClient::new(
            &VaultUrl::new(Cloud::Public, &VAULT.parse().unwrap()),
            Arc::clone(&self.both.customer.credential),
            Some(KeyClientOptions {
                client_options: options(&self.sim),
                ..Default::default()
            }),
        )
        .unwrap()
    }

    /// Somebody else in the provider's tenant makes something in their own way; its JSON.
    pub fn provider_post(&self, url: &str, body: &Value) -> Value {
        self.foreign(&self.both.provider, "POST", url, body)
    }

    /// Somebody else in the customer's tenant makes something in their own way; its JSON.
    pub fn customer_put(&self, url: &str, body: &Value) -> Value {
        self.foreign(&self.both.customer, "PUT", url, body)
    }

    /// Somebody else in the provider's tenant makes a resource group.
    pub fn provider_put_group(&self, name: &str) {
        let subscription = self.provider.subscription();
        let url = format!(
            "https://management.azure.com/subscriptions/{subscription}/resourceGroups/{name}?api-version=2024-03-01"
        );
        let body = serde_json::json!({ "location": "westeurope" });
        self.foreign(&self.both.provider, "PUT", &url, &body);
    }

    /// Somebody else in the provider's tenant reads something in their own way; its JSON.
    pub fn provider_get(&self, url: &str) -> Value {
        self.foreign(&self.both.provider, "GET", url, &Value::Null)
    }

    fn foreign(&self, party: &Party, method: &str, url: &str, body: &Value) -> Value {
        let url = Url::parse(url).unwrap();
        let scope = format!("https://{}/.default", url.host_str().unwrap());
        let token = self.sim.token(&party.admin, &scope).unwrap();
        let now = self
            .sim
            .requests()
            .last()
            .map_or(Duration::ZERO, |last| last.at);
        let mut request = SimRequest::new(method, url).bearer(&token);
        if !body.is_null() {
            request = request.json(body);
        }
        match self.sim.handle(now, request) {
            Reply::Answer(answer) if answer.is_success() => answer.body_json(),
            other => panic!("{other:?}"),
        }
    }

    /// Nothing that the simulator does not know was asked or sent.
    pub fn assert_modelled(&self) {
        assert_eq!(self.sim.unmodelled(), Vec::<String>::new());
        assert_eq!(self.sim.unknown_members(), Vec::<String>::new());
    }
}

/// What the three phases left.
pub struct Everything {
    pub setup: ProviderSetup,
    pub offer: Offer,
    pub grant: Grant,
    pub record: CustomerRecord,
    pub account: EncryptedAccount,
}

pub fn options(sim: &Sim) -> ClientOptions {
    ClientOptions {
        transport: Some(sim.transport()),
        ..Default::default()
    }
}

pub fn provider_context(sim: &Sim, party: &Party) -> TenantContext<Provider> {
    let clients = ProviderClients::new(
        Cloud::Public,
        Arc::clone(&party.credential),
        Some(options(sim)),
    )
    .unwrap();
    context(Cloud::Public, party, clients)
}

pub fn customer_context(sim: &Sim, party: &Party) -> TenantContext<Customer> {
    let clients = CustomerClients::new(
        Cloud::Public,
        Arc::clone(&party.credential),
        Some(options(sim)),
    )
    .unwrap();
    context(Cloud::Public, party, clients)
}

fn context<S: Side>(cloud: Cloud, party: &Party, clients: S::Clients) -> TenantContext<S> {
    TenantContext::new(
        cloud,
        party.tenant_id.parse().unwrap(),
        party.subscription_id.parse().unwrap(),
        clients,
    )
}

pub fn provider_spec() -> ProviderSpec {
    ProviderSpec {
        application: ApplicationChoice::Named {
            unique_name: "fabrikam-cmk".parse().unwrap(),
            display_name: "Fabrikam data platform".parse().unwrap(),
        },
        identity: IdentityChoice::Named("fabrikam-cmk".parse().unwrap()),
        resource_group: "fabrikam-cmk".parse().unwrap(),
        location: "westeurope".parse().unwrap(),
        credential_name: None,
    }
}

pub fn key_spec() -> KeySpec {
    KeySpec::new(
        VaultChoice::Named(VAULT.parse().unwrap()),
        "cosmos".parse().unwrap(),
        "contoso-keys".parse().unwrap(),
        "westeurope".parse().unwrap(),
    )
}

pub fn account_spec(setup: &ProviderSetup, grant: &Grant) -> AccountSpec {
    AccountSpec::new(
        setup,
        grant,
        "contoso-data".parse().unwrap(),
        ACCOUNT.parse().unwrap(),
        "westeurope".parse().unwrap(),
    )
    .unwrap()
}
