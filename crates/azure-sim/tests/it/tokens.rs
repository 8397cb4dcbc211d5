//! The token endpoint: an identity's token exchanged for one of the application, and everything that can be wrong.

use crate::kit::{ARM, As, EXCHANGE, answer, at_once, identity_path, text, with_lag};
use azure_sim::{Lag, SimRequest, SimResponse, Span, TwoTenants};
use serde_json::{Value, json};
use std::time::Duration;

/// A provider's application with an identity as its credential, admitted by the customer.
pub(crate) struct Chain {
    pub(crate) azure: TwoTenants,
    pub(crate) client: String,
    pub(crate) app: String,
    principal: String,
    pub(crate) identity: String,
}

impl Chain {
    pub(crate) fn new(lag: Lag, change: impl FnOnce(&mut Value)) -> Self {
        let azure = with_lag(lag);
        let provider = As::admin(&azure, &azure.provider);
        let customer = As::admin(&azure, &azure.customer);
        let app = provider.make_app("cmk");
        let identity = provider.make_identity(&azure.provider.subscription_id);
        let mut credential = json!({
            "issuer": format!("https://login.microsoftonline.com/{}/v2.0", azure.provider.tenant_id),
            "subject": text(&identity, "/properties/principalId"),
            "audiences": [EXCHANGE],
        });
        change(&mut credential);
        let path = format!(
            "applications/{}/federatedIdentityCredentials(name='main')",
            text(&app, "/id")
        );
        assert_eq!(provider.upsert(&path, credential).status, 201);
        let client = text(&app, "/appId");
        let path = format!("servicePrincipals(appId='{client}')");
        let principal = customer.upsert(&path, json!({}));
        let principal = text(&principal.body_json(), "/id");
        Self {
            client,
            app: text(&app, "/id"),
            principal,
            identity: text(&identity, "/id"),
            azure,
        }
    }

    pub(crate) fn plain() -> Self {
        Self::new(Lag::strict(), |_| {})
    }

    pub(crate) fn ask(&self, seconds: u64, audience: &str) -> SimResponse {
        let assertion = self.azure.sim.identity_token(&self.identity, audience);
        self.ask_with(seconds, &assertion.unwrap())
    }

    fn ask_with(&self, seconds: u64, assertion: &str) -> SimResponse {
        self.send(seconds, &self.form(assertion))
    }

    pub(crate) fn form(&self, assertion: &str) -> String {
        format!(
            "grant_type=client_credentials&client_id={}&scope=https%3A%2F%2Fvault.azure.net%2F.default&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}",
            self.client
        )
    }

    /// To the customer's tenant.
    pub(crate) fn send(&self, seconds: u64, form: &str) -> SimResponse {
        self.send_to(&self.azure.customer.tenant_id, seconds, form)
    }

    pub(crate) fn send_to(&self, tenant: &str, seconds: u64, form: &str) -> SimResponse {
        let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
        let mut request = SimRequest::new("POST", url.parse().unwrap());
        request.body = form.as_bytes().to_vec();
        answer(self.azure.sim.handle(Duration::from_secs(seconds), request))
    }

    /// The code of the refusal, as its number and as its text say it.
    pub(crate) fn refusal(&self, answer: &SimResponse) -> (u16, u64) {
        let body = answer.body_json();
        let code = body["error_codes"][0].as_u64().unwrap();
        let text = text(&body, "/error_description");
        assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
        assert!(text.contains(" Trace ID: "), "{text}");
        (answer.status, code)
    }
}

#[test]
fn an_identitys_token_becomes_one_of_the_application() {
    let chain = Chain::plain();
    let answer = chain.ask(0, EXCHANGE);
    assert_eq!(answer.status, 200);
    let body = answer.body_json();
    assert_eq!(body["expires_in"], 3599);
    assert_eq!(body["token_type"], "Bearer");
    assert!(text(&body, "/access_token").starts_with("sim."));
}

#[test]
fn a_wrong_issuer_subject_or_audience_has_a_code_of_its_own() {
    let issuer = Chain::new(Lag::strict(), |fic| {
        fic["issuer"] = json!(text(fic, "/issuer").replace("/v2.0", ""));
    });
    assert_eq!(issuer.refusal(&issuer.ask(0, EXCHANGE)), (401, 700_211));
    let first_version = Chain::new(Lag::strict(), |fic| {
        let issuer = text(fic, "/issuer").replace("login.microsoftonline.com", "sts.windows.net");
        fic["issuer"] = json!(issuer.replace("v2.0", ""));
    });
    let answer = first_version.ask(0, EXCHANGE);
    assert_eq!(first_version.refusal(&answer), (401, 700_227));
    let subject = Chain::new(Lag::strict(), |fic| fic["subject"] = json!("elsewhere"));
    assert_eq!(subject.refusal(&subject.ask(0, EXCHANGE)), (401, 700_213));
    let case = Chain::new(Lag::strict(), |fic| {
        fic["subject"] = json!(text(fic, "/subject").to_uppercase());
    });
    assert_eq!(case.refusal(&case.ask(0, EXCHANGE)), (401, 7_002_138));
    let audience = Chain::new(Lag::strict(), |fic| {
        fic["audiences"] = json!(["api://Other"])
    });
    assert_eq!(audience.refusal(&audience.ask(0, EXCHANGE)), (401, 700_212));
}

#[test]
fn a_token_of_another_resource_is_no_assertion() {
    let chain = Chain::plain();
    assert_eq!(chain.refusal(&chain.ask(0, ARM)), (401, 7_002_121));
}

#[test]
fn a_new_credential_is_honoured_after_its_lag() {
    let chain = Chain::new(
        Lag {
            federated_credential: Span::secs(30, 30),
            ..Lag::strict()
        },
        |_| {},
    );
    assert_eq!(chain.refusal(&chain.ask(29, EXCHANGE)), (401, 70025));
    assert_eq!(chain.ask(30, EXCHANGE).status, 200);
}

#[test]
fn what_the_customer_does_to_the_principal_shows() {
    let chain = Chain::plain();
    let sim = &chain.azure.sim;
    assert!(sim.enable_service_principal(&chain.principal, false));
    assert_eq!(chain.refusal(&chain.ask(0, EXCHANGE)), (400, 7_000_112));
    assert!(sim.enable_service_principal(&chain.principal, true));
    assert_eq!(chain.ask(0, EXCHANGE).status, 200);
    assert!(sim.delete_service_principal(&chain.principal));
    assert_eq!(chain.refusal(&chain.ask(0, EXCHANGE)), (400, 700_016));
}

#[test]
fn what_the_provider_does_to_the_application_shows() {
    let chain = Chain::plain();
    assert!(
        chain
            .azure
            .sim
            .set_sign_in_audience(&chain.app, "AzureADMyOrg")
    );
    assert_eq!(chain.refusal(&chain.ask(0, EXCHANGE)), (400, 650_059));
    let chain = Chain::plain();
    assert!(
        chain
            .azure
            .sim
            .remove_federated_credential(&chain.app, "main")
    );
    assert_eq!(chain.refusal(&chain.ask(0, EXCHANGE)), (401, 70025));
    let chain = Chain::plain();
    assert!(chain.azure.sim.delete_application(&chain.app));
    assert_eq!(chain.refusal(&chain.ask(0, EXCHANGE)), (400, 700_016));
}

#[test]
fn a_new_principal_has_no_tokens_for_a_while() {
    let chain = Chain::new(
        Lag {
            principal_tokens: Span::secs(30, 30),
            ..Lag::strict()
        },
        |_| {},
    );
    assert_eq!(chain.refusal(&chain.ask(0, EXCHANGE)), (401, 7_000_229));
    assert_eq!(chain.ask(30, EXCHANGE).status, 200);
}

#[test]
fn only_an_identity_of_the_applications_own_tenant_vouches_for_it() {
    let chain = Chain::plain();
    let user = chain.azure.sim.token(&chain.azure.provider.admin, EXCHANGE);
    assert_eq!(
        chain.refusal(&chain.ask_with(0, &user.unwrap())),
        (401, 700_229)
    );
    let tenant = &chain.azure.provider.tenant;
    let app = chain.azure.sim.add_service_principal(tenant, "other", &[]);
    let app = chain.azure.sim.token(&app, EXCHANGE).unwrap();
    assert_eq!(chain.refusal(&chain.ask_with(0, &app)), (401, 700_226));
    let customer = As::admin(&chain.azure, &chain.azure.customer);
    let foreign = customer.make_identity(&chain.azure.customer.subscription_id);
    let foreign = chain
        .azure
        .sim
        .identity_token(&text(&foreign, "/id"), EXCHANGE);
    assert_eq!(
        chain.refusal(&chain.ask_with(0, &foreign.unwrap())),
        (401, 700_236)
    );
    assert_eq!(chain.refusal(&chain.ask_with(0, "forged")), (400, 50027));
}

#[test]
fn an_identity_that_was_made_again_is_another_one() {
    let chain = Chain::plain();
    let sim = &chain.azure.sim;
    assert!(sim.delete_managed_identity(&chain.identity));
    assert_eq!(sim.identity_token(&chain.identity, EXCHANGE), None);
    let provider = As::admin(&chain.azure, &chain.azure.provider);
    let path = identity_path(&chain.azure.provider.subscription_id);
    let again = provider.arm(
        "PUT",
        &path,
        "2024-11-30",
        json!({"location": "westeurope"}),
    );
    assert_eq!(again.status, 201);
    assert_eq!(chain.refusal(&chain.ask(0, EXCHANGE)), (401, 700_213));
}

#[test]
fn a_secret_works_for_a_seeded_principal() {
    let azure = at_once();
    let tenant = &azure.provider.tenant;
    let app = azure.sim.add_service_principal(tenant, "app", &[]);
    azure.sim.add_secret(&app, "right");
    let ask = |secret: &str| {
        let url = format!(
            "https://login.microsoftonline.com/{}/oauth2/v2.0/token",
            tenant.id
        );
        let mut request = SimRequest::new("POST", url.parse().unwrap());
        request.body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={secret}&scope=https://graph.microsoft.com/.default",
            app.app_id.as_deref().unwrap()
        )
        .into_bytes();
        answer(azure.sim.handle(Duration::ZERO, request))
    };
    assert_eq!(ask("right").status, 200);
    let refused = ask("wrong").body_json();
    assert_eq!(refused["error"], "invalid_client");
    assert_eq!(refused["error_codes"][0], 7_000_215);
}
