//! A provider, a customer and the three phases between them, on a simulator of their own.

use azure_core::http::{ClientOptions, Url};
use azure_sim::{Lag, Party, Reply, Sim, SimOptions, SimRequest, Span, TwoTenants};
use cross_tenant_cmk::{
    AccountSpec, ApplicationChoice, Customer, CustomerClients, CustomerRecord, Done,
    EncryptedAccount, Grant, IdentityChoice, KeySpec, Offer, PhaseError, Provider, ProviderClients,
    ProviderSetup, ProviderSpec, Side, TenantContext, VaultChoice,
    cmk_core::{Cloud, TenantId},
    create_encrypted_account, grant_access,
    keyvault_rbac::{KeyClient, KeyClientOptions, VaultUrl},
    set_up_provider,
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// Both parties on one simulator.
pub(crate) struct Flow {
    pub(crate) sim: Sim,
    pub(crate) both: TwoTenants,
    pub(crate) provider: TenantContext<Provider>,
    pub(crate) customer: TenantContext<Customer>,
}

pub(crate) const VAULT: &str = "contoso-keys";
pub(crate) const ACCOUNT: &str = "contoso-orders";

impl Flow {
    /// On an ordinary day, with everything registered.
    pub(crate) fn typical() -> Self {
        Self::new(SimOptions {
            seed: 7,
            lag: Lag::typical(),
            ..SimOptions::default()
        })
    }

    /// On a day on which a role spreads before a creation can end: one that comes too late has tests of its own.
    pub(crate) fn with_prompt_roles() -> Self {
        Self::new(SimOptions {
            seed: 7,
            lag: Lag {
                role_assignment: Span::secs(30, 60),
                ..Lag::typical()
            },
            ..SimOptions::default()
        })
    }

    pub(crate) fn new(options: SimOptions) -> Self {
        Self::of(TwoTenants::new(options))
    }

    pub(crate) fn of(both: TwoTenants) -> Self {
        Self::in_cloud(both, Cloud::Public)
    }

    /// `cloud` is the one that the simulator plays.
    pub(crate) fn in_cloud(both: TwoTenants, cloud: Cloud) -> Self {
        let sim = both.sim.clone();
        let clients = ProviderClients::new(
            cloud,
            Arc::clone(&both.provider.credential),
            Some(options(&sim)),
        );
        let provider = context(cloud, &both.provider, clients.unwrap());
        let clients = CustomerClients::new(
            cloud,
            Arc::clone(&both.customer.credential),
            Some(options(&sim)),
        );
        let customer = context(cloud, &both.customer, clients.unwrap());
        Self {
            provider,
            customer,
            sim,
            both,
        }
    }

    pub(crate) fn provider_tenant(&self) -> TenantId {
        self.provider.tenant()
    }

    pub(crate) async fn phase1(&self) -> Result<Done<ProviderSetup>, PhaseError> {
        set_up_provider(&self.provider, &provider_spec(), None).await
    }

    pub(crate) async fn phase2(&self, offer: &Offer) -> Result<Done<Grant>, PhaseError> {
        self.phase2_with(offer, &key_spec()).await
    }

    pub(crate) async fn phase2_with(
        &self,
        offer: &Offer,
        spec: &KeySpec,
    ) -> Result<Done<Grant>, PhaseError> {
        grant_access(&self.customer, offer, self.provider_tenant(), spec, None).await
    }

    pub(crate) async fn phase3(
        &self,
        setup: &ProviderSetup,
        grant: &Grant,
        record: &CustomerRecord,
    ) -> Result<Done<EncryptedAccount>, PhaseError> {
        let spec = account_spec(setup, grant);
        create_encrypted_account(&self.provider, setup, grant, record, &spec, None).await
    }

    pub(crate) fn record(&self, offer: &Offer) -> CustomerRecord {
        CustomerRecord {
            reference: "contoso".parse().unwrap(),
            tenant_id: self.customer.tenant(),
            offer_digest: offer.digest(),
        }
    }

    /// All three phases, each of which must succeed.
    pub(crate) async fn everything(&self) -> Everything {
        let setup = self.phase1().await.expect("phase 1").output;
        let offer = setup.offer(None);
        let grant = self.phase2(&offer).await.expect("phase 2").output;
        let record = self.record(&offer);
        let account = self
            .phase3(&setup, &grant, &record)
            .await
            .expect("phase 3")
            .output;
        Everything {
            setup,
            offer,
            grant,
            record,
            account,
        }
    }

    /// The keys of the customer's vault, for whoever administers the customer.
    pub(crate) fn customer_keys(&self) -> KeyClient {
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
    pub(crate) fn provider_post(&self, url: &str, body: &Value) -> Value {
        self.foreign(&self.both.provider, "POST", url, body)
    }

    /// Somebody else in the customer's tenant makes something in their own way; its JSON.
    pub(crate) fn customer_put(&self, url: &str, body: &Value) -> Value {
        self.foreign(&self.both.customer, "PUT", url, body)
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
        let request = SimRequest::new(method, url).bearer(&token).json(body);
        match self.sim.handle(now, request) {
            Reply::Answer(answer) if answer.is_success() => answer.body_json(),
            other => panic!("{other:?}"),
        }
    }

    /// Nothing that the simulator does not know was asked or sent.
    pub(crate) fn assert_modelled(&self) {
        assert_eq!(self.sim.unmodelled(), Vec::<String>::new());
        assert_eq!(self.sim.unknown_members(), Vec::<String>::new());
    }
}

/// What the three phases left.
pub(crate) struct Everything {
    pub(crate) setup: ProviderSetup,
    pub(crate) offer: Offer,
    pub(crate) grant: Grant,
    pub(crate) record: CustomerRecord,
    pub(crate) account: EncryptedAccount,
}

pub(crate) fn options(sim: &Sim) -> ClientOptions {
    ClientOptions {
        transport: Some(sim.transport()),
        ..Default::default()
    }
}

pub(crate) fn provider_context(sim: &Sim, party: &Party) -> TenantContext<Provider> {
    let clients = ProviderClients::new(
        Cloud::Public,
        Arc::clone(&party.credential),
        Some(options(sim)),
    )
    .unwrap();
    context(Cloud::Public, party, clients)
}

pub(crate) fn customer_context(sim: &Sim, party: &Party) -> TenantContext<Customer> {
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

pub(crate) fn provider_spec() -> ProviderSpec {
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

pub(crate) fn key_spec() -> KeySpec {
    KeySpec::new(
        VaultChoice::Named(VAULT.parse().unwrap()),
        "cosmos".parse().unwrap(),
        "contoso-keys".parse().unwrap(),
        "westeurope".parse().unwrap(),
    )
}

pub(crate) fn account_spec(setup: &ProviderSetup, grant: &Grant) -> AccountSpec {
    AccountSpec::new(
        setup,
        grant,
        "contoso-data".parse().unwrap(),
        ACCOUNT.parse().unwrap(),
        "westeurope".parse().unwrap(),
    )
    .unwrap()
}
