//! A server on free ports, and a client that trusts it and goes through its proxy.

use azure_sim::{
    Sim, SimOptions, Throttling,
    serve::{Seed, SeededPrincipal, ServeOptions, Server},
};
use reqwest::{Certificate, Client, ClientBuilder, Method, Proxy, redirect::Policy};
use serde_json::Value;

pub(crate) const ARM: &str = "https://management.azure.com";
pub(crate) const GRAPH: &str = "https://graph.microsoft.com";
pub(crate) const LOGIN: &str = "https://login.microsoftonline.com";

pub(crate) struct Azure {
    pub(crate) server: Server,
    pub(crate) provider: SeededPrincipal,
    pub(crate) customer: SeededPrincipal,
    pub(crate) client: Client,
}

impl Azure {
    pub(crate) async fn start() -> Self {
        Self::start_with(ServeOptions::default()).await
    }

    pub(crate) async fn start_with(options: ServeOptions) -> Self {
        let sim = Sim::today(SimOptions {
            // These tests ask faster than a subscription may.
            throttling: Throttling::Off,
            ..SimOptions::default()
        });
        let seeded = Seed::two_tenants().unwrap().plant(&sim).unwrap();
        let server = Server::start(sim, options).await.unwrap();
        let client = trusting(&server)
            .proxy(Proxy::all(server.proxy_url()).unwrap())
            .build()
            .unwrap();
        Self {
            provider: seeded.principal("provider").unwrap().clone(),
            customer: seeded.principal("customer").unwrap().clone(),
            client,
            server,
        }
    }

    pub(crate) async fn token(&self, who: &SeededPrincipal, scope: &str) -> String {
        let answer = self.ask_token(who, &who.secret, scope).await;
        answer.1["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn ask_token(
        &self,
        who: &SeededPrincipal,
        secret: &str,
        scope: &str,
    ) -> (u16, Value) {
        let url = format!("{LOGIN}/{}/oauth2/v2.0/token", who.tenant_id);
        let mut form = azure_core::http::Url::parse("https://form/").unwrap();
        form.query_pairs_mut().extend_pairs([
            ("grant_type", "client_credentials"),
            ("client_id", &who.client_id),
            ("client_secret", secret),
            ("scope", scope),
        ]);
        let request = self
            .client
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.query().unwrap().to_owned());
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// Sends JSON as a principal.
    pub(crate) async fn send(
        &self,
        who: &SeededPrincipal,
        method: Method,
        url: &str,
        body: &Value,
    ) -> (u16, Value) {
        let origin: String = url.split('/').take(3).collect::<Vec<_>>().join("/");
        let token = self.token(who, &format!("{origin}/.default")).await;
        let mut request = self.client.request(method, url).bearer_auth(token);
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

/// A client that trusts this server's authority and nobody else.
pub(crate) fn trusting(server: &Server) -> ClientBuilder {
    let ca = Certificate::from_pem(server.ca_pem().as_bytes()).unwrap();
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .tls_certs_only([ca])
}

/// The claims of a token.
pub(crate) fn claims(token: &str) -> Value {
    let middle = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&azure_core::base64::decode_url_safe(middle).unwrap()).unwrap()
}
