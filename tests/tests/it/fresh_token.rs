//! A vault that refuses the tokens from before a role, for as long as they live.

use crate::flow::{Flow, key_spec, options};
use azure_core::{
    Bytes,
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    http::{
        AsyncRawResponse, ClientOptions, HttpClient, Request, StatusCode, Transport,
        headers::{AUTHORIZATION, Headers},
    },
};
use cross_tenant_cmk::{
    CredentialFactory, Customer, CustomerClients, Error, KeyCreation, Outcome, StepId,
    TenantContext,
    cmk_core::{Cloud, Kind},
    grant_access,
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

/// The tokens of the first credential.
type Old = Arc<Mutex<Vec<String>>>;

#[derive(Debug)]
struct Noted {
    inner: Arc<dyn TokenCredential>,
    old: Old,
}

#[async_trait::async_trait]
impl TokenCredential for Noted {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let token = self.inner.get_token(scopes, options).await?;
        let secret = token.token.secret().to_owned();
        self.old.lock().unwrap().push(secret);
        Ok(token)
    }
}

/// The first credential is old, every further one is fresh: of somebody with the same rights, since the simulator gives the same
/// principal the same token.
#[derive(Debug)]
struct Factory {
    first: Arc<dyn TokenCredential>,
    further: Arc<dyn TokenCredential>,
    old: Old,
    made: AtomicUsize,
}

impl CredentialFactory for Factory {
    fn new_credential(&self) -> Arc<dyn TokenCredential> {
        if self.made.fetch_add(1, Ordering::Relaxed) > 0 {
            return Arc::clone(&self.further);
        }
        Arc::new(Noted {
            inner: Arc::clone(&self.first),
            old: Arc::clone(&self.old),
        })
    }
}

/// The vault as those saw it who met this.
#[derive(Debug)]
struct Stubborn {
    inner: Arc<dyn HttpClient>,
    old: Old,
}

#[async_trait::async_trait]
impl HttpClient for Stubborn {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let token = request.headers().get_optional_str(&AUTHORIZATION);
        let is_old = token.is_some_and(|token| {
            let old = self.old.lock().unwrap();
            old.iter().any(|old| token.ends_with(old.as_str()))
        });
        if host.ends_with(".vault.azure.net") && is_old {
            let body = r#"{"error":{"code":"Forbidden","message":"Caller is not authorized to perform action on resource.","innererror":{"code":"ForbiddenByRbac"}}}"#;
            let mut headers = Headers::new();
            headers.insert("content-type", "application/json");
            return Ok(AsyncRawResponse::from_bytes(
                StatusCode::Forbidden,
                headers,
                Bytes::from_static(body.as_bytes()),
            ));
        }
        self.inner.execute_request(request).await
    }
}

fn stubborn(flow: &Flow, old: &Old) -> ClientOptions {
    let vault = Stubborn {
        inner: flow.sim.http_client(),
        old: Arc::clone(old),
    };
    ClientOptions {
        transport: Some(Transport::new(Arc::new(vault))),
        ..options(&flow.sim)
    }
}

fn at(flow: &Flow, clients: CustomerClients) -> TenantContext<Customer> {
    TenantContext::new(
        Cloud::Public,
        flow.customer.tenant(),
        flow.customer.subscription(),
        clients,
    )
}

#[tokio::test(start_paused = true)]
async fn a_fresh_credential_is_taken_where_the_caller_can_make_one() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let old = Old::default();
    let (sim, customer) = (&flow.sim, &flow.both.customer);
    let second = sim.add_service_principal(&customer.tenant, "second", &[]);
    let scope = format!("/subscriptions/{}", flow.customer.subscription());
    assert!(sim.grant(&second, "Key Vault Crypto Officer", &scope));
    let factory = Arc::new(Factory {
        first: Arc::clone(&customer.credential),
        further: sim.credential(&second),
        old: Arc::clone(&old),
        made: AtomicUsize::new(0),
    });
    let clients = CustomerClients::with_credential_factory(
        Cloud::Public,
        Arc::<Factory>::clone(&factory),
        Some(stubborn(&flow, &old)),
    );
    let mut spec = key_spec();
    spec.key_creation = KeyCreation::DataPlane { creator: None };
    let at = at(&flow, clients.unwrap());
    let done = grant_access(&at, &offer, flow.provider_tenant(), &spec, None)
        .await
        .unwrap();
    assert_eq!(
        done.report.outcome(StepId::Key),
        Some(&Outcome::Created),
        "{}",
        done.report
    );
    assert!(factory.made.load(Ordering::Relaxed) > 1);
}

#[tokio::test(start_paused = true)]
async fn without_one_the_error_says_that_the_token_may_be_the_cause() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let old = Old::default();
    let credential: Arc<dyn TokenCredential> = Arc::new(Noted {
        inner: Arc::clone(&flow.both.customer.credential),
        old: Arc::clone(&old),
    });
    let clients = CustomerClients::new(Cloud::Public, credential, Some(stubborn(&flow, &old)));
    let mut spec = key_spec();
    spec.key_creation = KeyCreation::DataPlane { creator: None };
    let at = at(&flow, clients.unwrap());
    let error = grant_access(&at, &offer, flow.provider_tenant(), &spec, None)
        .await
        .unwrap_err();
    let Error::Step { step, source, .. } = &error.errors()[0] else {
        panic!("{error:?}");
    };
    assert_eq!((*step, source.kind()), (StepId::Key, Kind::TimedOut));
    let help = error.errors()[0].help().unwrap();
    assert!(
        help.contains("a token from before it can be the cause"),
        "{help}"
    );
}
