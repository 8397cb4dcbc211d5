//! Nothing that anybody gets to see holds a token or key material: every secret that crosses the wire is noted there, and everything
//! that the crates show, the trace of all crates among it, is looked through for each of them.
#![expect(clippy::print_stdout, reason = "it says how much was looked through")]

mod known;
mod shown;

use crate::{
    flow::{Flow, account_spec, key_spec, provider_spec},
    plan::chain_spec,
    verify::{now, vault_id},
};
use azure_core::http::{ClientOptions, Transport};
use azure_sim::{Effect, Fault, Lag, SimOptions, TwoTenants};
use cross_tenant_cmk::{
    Customer, CustomerClients, CustomerSide, IdentityProof, Journal as _, KeyProof as _,
    MemoryJournal, Provider, ProviderClients, ProviderSide, RunOptions, TenantContext,
    VerifyOptions, cmk_core::Cloud, create_encrypted_account, diagnose, diagnose_account,
    grant_access, keyvault_rbac::WrapAlgorithm, plan_chain, set_up_provider, verify_both,
};
use known::Tap;
use shown::{Events, Shown};
use std::sync::Arc;

/// One run of everything, and what it showed.
struct Scan {
    tap: Arc<Tap>,
    shown: Shown,
}

impl Scan {
    /// The three phases, a verification with proof and a diagnosis, up to the first phase that fails.
    async fn run(signed: bool, fault: Option<Fault>, leaky: bool) -> Self {
        let both = TwoTenants::new(SimOptions {
            seed: 7,
            lag: Lag::typical(),
            ..SimOptions::default()
        });
        if signed {
            both.sim.sign_tokens();
        }
        let tap = Tap::new(both.sim.http_client(), leaky);
        let flow = Flow::of(both);
        if let Some(fault) = fault {
            flow.sim.inject(fault);
        }
        let mut scan = Self {
            tap,
            shown: Shown::default(),
        };
        let trace = scan.shown.trace();
        // The phases' futures are large.
        Box::pin(scan.play(&flow)).await;
        drop(trace);
        scan
    }

    async fn play(&mut self, flow: &Flow) -> Option<()> {
        let events = Arc::new(Events::default());
        let (provider, customer) = (self.provider(flow), self.customer(flow));
        let journal = Arc::new(MemoryJournal::default());
        let run = || {
            Some(RunOptions {
                observer: Some(Arc::<Events>::clone(&events)),
                journal: Some(Arc::<MemoryJournal>::clone(&journal)),
                ..RunOptions::default()
            })
        };
        let shown = &mut self.shown;
        let plan = plan_chain(&provider, &customer, &chain_spec(), run()).await;
        shown.said("plan", &plan);
        shown.text("plan", plan.to_json());
        shown.text("plan", plan.mermaid());
        shown.debug("provider", &provider);
        shown.debug("customer", &customer);

        let done = set_up_provider(&provider, &provider_spec(), run()).await;
        let setup = shown.phase(&events, done)?;
        shown.json("setup", &setup);
        let offer = setup.offer(None);
        shown.json("offer", &offer);
        shown.text("offer", offer.to_json());

        let done = grant_access(&customer, &offer, provider.tenant(), &key_spec(), run()).await;
        let grant = shown.phase(&events, done)?;
        shown.json("grant", &grant);
        shown.text("grant", grant.to_json());

        let identity = setup.identity_id.to_string();
        let credential = flow.sim.identity_credential(&identity);
        let proof = IdentityProof::new(Cloud::Public, credential, Some(self.tap.options()));
        let proof = Arc::new(proof.expect("a proof"));
        shown.debug("proof", &proof);
        tokio::time::advance(std::time::Duration::from_secs(600)).await;
        let went = proof
            .prove(
                customer.tenant(),
                setup.application_client_id,
                &grant.key_uri,
            )
            .await;
        shown.debug("proof", &went);

        let record = flow.record(&offer);
        let mut spec = account_spec(&setup, &grant);
        spec.key_proof = Some(Arc::<IdentityProof>::clone(&proof));
        shown.debug("spec", &spec);
        let done = create_encrypted_account(&provider, &setup, &grant, &record, &spec, run()).await;
        let account = shown.phase(&events, done)?;

        // The customer's own use of the key: bytes that come back as they are, and must not be shown either.
        let admin = &flow.both.customer.admin;
        assert!(
            flow.sim
                .grant(admin, "Key Vault Crypto User", &vault_id(flow).to_string())
        );
        let keys = customer
            .clients()
            .keys
            .keys_of(&"contoso-keys".parse().unwrap());
        let keys = keys.expect("a client");
        let key = "cosmos".parse().unwrap();
        shown.debug("keys", &keys);
        let wrapped = keys
            .wrap_key(
                &key,
                None,
                WrapAlgorithm::RsaOaep256,
                b"what only the two may know......",
            )
            .await;
        shown.result("wrapped", &wrapped);
        if let Ok(wrapped) = wrapped {
            let version = wrapped.key.version().expect("a version");
            let (algorithm, bytes) = (wrapped.algorithm.clone(), &wrapped.ciphertext);
            let unwrapped = keys.unwrap_key(&key, version, algorithm, bytes).await;
            shown.result("unwrapped", &unwrapped);
        }

        let (vault, options) = (vault_id(flow), || {
            Some(VerifyOptions {
                now: Some(now(flow)),
                key_proof: Some(Arc::<IdentityProof>::clone(&proof)),
                ..VerifyOptions::default()
            })
        });
        let provider_side = ProviderSide {
            at: &provider,
            setup: &setup,
            customer: &record,
            account: &account.id,
            grant: Some(&grant),
        };
        let customer_side =
            CustomerSide::of_offer(&customer, &offer, provider.tenant(), &vault, &key);
        // Everything as it is, for a plan that keeps it all, and what the runs have recorded.
        let plan = plan_chain(&provider, &customer, &chain_spec(), run()).await;
        shown.said("plan", &plan);
        shown.text("plan", plan.to_json());
        for entry in journal.entries().await.expect("entries") {
            shown.json("journal", &entry);
        }
        // Whole, and with the key taken away.
        for enabled in [true, false] {
            assert!(flow.sim.enable_key("contoso-keys", "cosmos", None, enabled));
            tokio::time::advance(std::time::Duration::from_secs(3_600)).await;
            let found = verify_both(&provider_side, &customer_side, options()).await;
            shown.said("verification", &found);
            shown.json("verification", &found);
            shown.text("verification", found.to_junit());
            let told = diagnose_account(&provider_side, Some(&customer_side), options()).await;
            shown.result("diagnosis", &told);
            if let Ok(told) = told {
                shown.said("diagnosis", &told);
                shown.json("diagnosis", &told);
            }
            for check in &found.checks {
                shown.said("diagnosis", &diagnose(check.evidence.as_str()));
            }
        }
        Some(())
    }

    fn provider(&self, flow: &Flow) -> TenantContext<Provider> {
        let (tenant, subscription) = (flow.provider.tenant(), flow.provider.subscription());
        let credential = Arc::clone(&flow.both.provider.credential);
        let clients = ProviderClients::new(Cloud::Public, credential, Some(self.tap.options()));
        TenantContext::new(
            Cloud::Public,
            tenant,
            subscription,
            clients.expect("clients"),
        )
    }

    fn customer(&self, flow: &Flow) -> TenantContext<Customer> {
        let (tenant, subscription) = (flow.customer.tenant(), flow.customer.subscription());
        let credential = Arc::clone(&flow.both.customer.credential);
        let clients = CustomerClients::new(Cloud::Public, credential, Some(self.tap.options()));
        TenantContext::new(
            Cloud::Public,
            tenant,
            subscription,
            clients.expect("clients"),
        )
    }

    /// Every place that shows a secret, by what it is.
    fn leaks(&self) -> Vec<String> {
        let secrets = self.tap.secrets();
        let mut leaks = Vec::new();
        for (place, text) in self.shown.texts() {
            for (kind, secret) in &secrets {
                if text.contains(secret.as_str()) {
                    leaks.push(format!("{place} shows {kind}"));
                }
            }
        }
        leaks.sort();
        leaks.dedup();
        leaks
    }
}

impl Tap {
    fn options(self: &Arc<Self>) -> ClientOptions {
        let client: Arc<Self> = Arc::clone(self);
        ClientOptions {
            transport: Some(Transport::new(client)),
            ..Default::default()
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_shown_of_the_whole_flow_holds_a_secret() {
    let scan = Scan::run(true, None, false).await;
    assert_eq!(scan.leaks(), Vec::<String>::new());
    // That it looked: at every kind of secret, and at every kind of place.
    assert_eq!(
        scan.tap.kinds(),
        [
            "a client assertion",
            "a key's bytes",
            "a signed address",
            "a token in a request",
            "a token in an answer",
        ]
    );
    assert_eq!(
        scan.shown.places(),
        [
            "customer",
            "diagnosis",
            "event",
            "grant",
            "journal",
            "keys",
            "offer",
            "output",
            "plan",
            "proof",
            "provider",
            "report",
            "setup",
            "spec",
            "trace",
            "unwrapped",
            "verification",
            "wrapped",
        ]
    );
    assert!(
        scan.shown.traced("azure_core") || scan.shown.traced("typespec"),
        "azure_core's own trace"
    );
    assert!(scan.shown.traced("cmk_core") && scan.shown.traced("cross_tenant_cmk"));
    println!(
        "{} secrets, each in {} bytes of {} texts",
        scan.tap.secrets().len(),
        scan.shown.bytes(),
        scan.shown.texts().count()
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_shown_of_runs_that_fail_holds_one_either() {
    let status = |code| Effect::Status {
        code,
        body: None,
        retry_after: None,
    };
    let effects = [
        Effect::ResetBefore,
        Effect::ResetAfter,
        Effect::TruncatedBody,
        Effect::MalformedBody,
        Effect::WrongContentType,
        Effect::ExpiredToken,
        Effect::ClaimsChallenge,
        status(302),
        status(400),
        status(401),
        status(403),
        status(500),
    ];
    let hosts = [
        "login.microsoftonline.com",
        "graph.microsoft.com",
        "management.azure.com",
        "vault.azure.net",
    ];
    let (mut runs, mut secrets, mut bytes, mut failed) = (0, 0, 0, 0);
    for effect in effects {
        for host in hosts {
            let fault = Fault {
                host: host.to_owned(),
                skip: runs % 3,
                count: 9,
                ..Fault::new(effect.clone())
            };
            let scan = Scan::run(false, Some(fault), false).await;
            assert_eq!(scan.leaks(), Vec::<String>::new(), "{effect} at {host}");
            runs += 1;
            secrets += scan.tap.secrets().len();
            bytes += scan.shown.bytes();
            failed += usize::from(scan.shown.places().contains(&"error"));
        }
    }
    assert!(
        failed > runs / 2,
        "{failed} of {runs} runs ended in an error"
    );
    println!("{runs} runs, {failed} of them with errors: {secrets} secrets in {bytes} bytes");
}

#[tokio::test(start_paused = true)]
async fn a_planted_leak_is_found() {
    // A transport that traces what it sends, as a careless policy of a caller's would.
    let scan = Scan::run(true, None, true).await;
    let leaks = scan.leaks();
    assert!(leaks.contains(&String::from("trace shows a token in a request")));
    assert!(
        leaks.iter().all(|leak| leak.starts_with("trace ")),
        "{leaks:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_leak_in_any_place_is_found() {
    let mut scan = Scan::run(true, None, false).await;
    for (kind, secret) in scan.tap.secrets() {
        scan.shown = Shown::default();
        scan.shown.text("report", format!("went on with {secret}."));
        assert!(
            scan.leaks().contains(&format!("report shows {kind}")),
            "{kind}"
        );
    }
}
