//! One local server that plays Graph, Resource Manager and the vault, and the two parties that talk to it by Azure's hosts.

use crate::{
    exchange::Exchange,
    literals::{CONTOSO, FABRIKAM, Party, subscription},
    script::Plan,
};
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    http::{ClientOptions, RetryOptions},
    time::{Duration as TimeSpan, OffsetDateTime},
};
use cross_tenant_cmk::{
    Customer, CustomerClients, PhaseError, Provider, ProviderClients, RunOptions, TenantContext,
    Waits,
    cmk_core::{Cloud, lro::WaitOptions, settle::SettleOptions, testing::loopback_transport},
};
use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

/// The server with its script.
pub(crate) struct Wire {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    problems: Vec<String>,
}

impl Wire {
    pub(crate) async fn start() -> Self {
        let server = MockServer::start().await;
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        Mock::given(any())
            .respond_with(move |request: &wiremock::Request| {
                let mut state = shared.lock().unwrap();
                let taken = match &mut state.plan {
                    Some(plan) => plan.take(request),
                    None => Err(format!("{} {} came unasked", request.method, request.url)),
                };
                taken.unwrap_or_else(|problem| {
                    state.problems.push(problem.clone());
                    ResponseTemplate::new(501).set_body_string(problem)
                })
            })
            .mount(&server)
            .await;
        Self { server, state }
    }

    /// Runs something that must send exactly what the plan says.
    pub(crate) fn play<'a, T: Send + 'a>(
        &'a self,
        plan: Plan,
        run: impl Future<Output = Result<T, PhaseError>> + Send + 'a,
    ) -> Pin<Box<dyn Future<Output = Result<T, PhaseError>> + Send + 'a>> {
        // On the heap: the phases' futures are large.
        let run = Box::pin(run);
        Box::pin(async move {
            self.state.lock().unwrap().plan = Some(plan);
            let outcome = run.await;
            let state = mem::take(&mut *self.state.lock().unwrap());
            assert!(state.problems.is_empty(), "{}", state.problems.join("\n"));
            let missing = state.plan.map(|plan| plan.missing()).unwrap_or_default();
            assert!(
                missing.is_empty(),
                "did not come:\n  {}\nthe end was {:?}",
                missing.join("\n  "),
                outcome.as_ref().err()
            );
            outcome
        })
    }

    pub(crate) fn provider(&self) -> TenantContext<Provider> {
        TenantContext::new(
            Cloud::Public,
            FABRIKAM.tenant.parse().unwrap(),
            FABRIKAM.subscription.parse().unwrap(),
            ProviderClients::new(Cloud::Public, tokens(&FABRIKAM), Some(self.options())).unwrap(),
        )
    }

    pub(crate) fn customer(&self) -> TenantContext<Customer> {
        TenantContext::new(
            Cloud::Public,
            CONTOSO.tenant.parse().unwrap(),
            CONTOSO.subscription.parse().unwrap(),
            CustomerClients::new(Cloud::Public, tokens(&CONTOSO), Some(self.options())).unwrap(),
        )
    }

    /// Nothing is sent twice, so that every request is one that the phase meant.
    fn options(&self) -> ClientOptions {
        ClientOptions {
            transport: Some(loopback_transport(&self.server.uri()).unwrap()),
            retry: RetryOptions::none(),
            ..Default::default()
        }
    }
}

/// Waits that do not wait: real sockets and a clock that stands still do not go together.
pub(crate) fn at_once() -> Option<RunOptions> {
    let settle = SettleOptions {
        deadline: Duration::from_secs(60),
        first_delay: Duration::ZERO,
        max_delay: Duration::ZERO,
        observer: None,
    };
    Some(RunOptions {
        observer: None,
        journal: None,
        preflight: false,
        waits: Waits {
            propagation: settle.clone(),
            contention: settle,
            operations: WaitOptions {
                deadline: Duration::from_secs(60),
                interval: Duration::ZERO,
                max_interval: Duration::ZERO,
                observer: None,
            },
        },
    })
}

/// One look is enough to believe that something is not there.
pub(crate) fn with_one_look() -> Option<RunOptions> {
    let mut options = at_once()?;
    options.waits.propagation.deadline = Duration::ZERO;
    Some(options)
}

/// What every phase asks first: whose subscription it is.
pub(crate) fn whose_subscription(party: &Party) -> Exchange {
    let target = format!(
        "/subscriptions/{}?api-version=2022-12-01",
        party.subscription
    );
    arm(party, "GET", target).answers(200, subscription(party))
}

/// A request to Microsoft Graph with the party's token for it.
pub(crate) fn graph(party: &Party, method: &'static str, target: impl Into<String>) -> Exchange {
    let token = token(party, "https://graph.microsoft.com/.default");
    Exchange::new(method, "graph.microsoft.com", target, Some(token))
        .request_ids(&["x-ms-client-request-id", "client-request-id"])
}

/// A request to Resource Manager with the party's token for it.
pub(crate) fn arm(party: &Party, method: &'static str, target: impl Into<String>) -> Exchange {
    let token = token(party, "https://management.azure.com/.default");
    Exchange::new(method, "management.azure.com", target, Some(token))
}

/// A request to the customer's vault with the customer's token for it.
pub(crate) fn vault(method: &'static str, target: impl Into<String>) -> Exchange {
    let token = token(&CONTOSO, "https://vault.azure.net/.default");
    Exchange::new(method, "contoso-keys.vault.azure.net", target, Some(token))
}

/// A request to the customer's vault by somebody who shows no token.
pub(crate) fn vault_without_token(method: &'static str, target: impl Into<String>) -> Exchange {
    Exchange::new(method, "contoso-keys.vault.azure.net", target, None)
}

/// The token of a party for a service: each of them different, so that one that goes astray is seen.
fn token(party: &Party, scope: &str) -> String {
    format!("{}:{scope}", party.name)
}

fn tokens(party: &Party) -> Arc<dyn TokenCredential> {
    Arc::new(Tokens(party.clone()))
}

/// Hands out a token that says whose it is and for what.
#[derive(Debug)]
struct Tokens(Party);

#[async_trait::async_trait]
impl TokenCredential for Tokens {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let expires = OffsetDateTime::now_utc() + TimeSpan::hours(1);
        Ok(AccessToken::new(token(&self.0, &scopes.join(" ")), expires))
    }
}
