//! The words of the token endpoint: each refusal with its OAuth error, its number and its text.

use crate::{
    kit::{ARM, As, EXCHANGE, identity_path, text},
    tokens::Chain,
};
use azure_sim::{Lag, SimResponse, Span};
use serde_json::json;

/// OAuth error, number, and how the text goes on after it.
type Words = (&'static str, u64, String);

#[track_caller]
fn assert_words(chain: &Chain, answer: &SimResponse, (error, code, words): Words) {
    assert_eq!(chain.refusal(answer).1, code);
    let body = answer.body_json();
    assert_eq!(body["error"], error, "{code}");
    let description = text(&body, "/error_description");
    let wanted = format!("AADSTS{code}: {words}");
    assert!(description.starts_with(&wanted), "{description}");
}

#[test]
fn what_a_request_lacks_or_gets_wrong_is_named() {
    let chain = Chain::plain();
    let sim = &chain.azure.sim;
    let assertion = sim.identity_token(&chain.identity, EXCHANGE).unwrap();
    let good = chain.form(&assertion);
    assert_eq!(chain.send(0, &good).status, 200);
    let without = |name: &str| {
        let pairs = good.split('&');
        let left: Vec<&str> = pairs.filter(|pair| !pair.starts_with(name)).collect();
        left.join("&")
    };
    let mut cases = Vec::new();
    for name in ["grant_type", "client_id", "scope", "client_assertion_type"] {
        let words = format!("The request body must contain the following parameter: '{name}'.");
        let form = without(&format!("{name}="));
        cases.push((form, ("invalid_request", 900_144, words)));
    }
    let swap = |from: &str, to: &str| good.replace(from, to);
    cases.extend([
        (
            without("client_assertion="),
            (
                "invalid_client",
                7_000_218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.".to_owned(),
            ),
        ),
        (
            swap("jwt-bearer", "saml2-bearer"),
            ("invalid_request", 90011, "Unexpected client assertion type.".to_owned()),
        ),
        (
            swap("client_credentials", "password"),
            (
                "unsupported_grant_type",
                70003,
                "The app requested an unsupported grant type 'password'.".to_owned(),
            ),
        ),
        (
            swap(".default", "read"),
            (
                "invalid_scope",
                70011,
                "The provided value for the input parameter 'scope' isn't valid.".to_owned(),
            ),
        ),
        (
            swap("vault.azure.net", "vault.example"),
            (
                "invalid_resource",
                500_011,
                format!(
                    "The resource principal named https://vault.example was not found in the tenant named {}.",
                    chain.azure.customer.tenant_id
                ),
            ),
        ),
        (
            swap(&chain.client, &chain.app),
            (
                "unauthorized_client",
                700_016,
                format!("Application with identifier '{}' was not found in the directory", chain.app),
            ),
        ),
    ]);
    for (form, words) in cases {
        assert_words(&chain, &chain.send(0, &form), words);
    }
}

#[test]
fn an_authority_is_a_tenant_of_this_cloud() {
    let chain = Chain::plain();
    let form = chain.form("x");
    let nobody = "99999999-9999-4999-8999-999999999999";
    let cases = [
        (nobody, 90002, format!("Tenant '{nobody}' not found.")),
        (
            "nobody.example",
            90002,
            "Tenant 'nobody.example' not found.".to_owned(),
        ),
        (
            "nobody",
            900_023,
            "Specified tenant identifier 'nobody' is neither a valid DNS name".to_owned(),
        ),
    ];
    for (tenant, code, words) in cases {
        let answer = chain.send_to(tenant, 0, &form);
        assert_words(&chain, &answer, ("invalid_request", code, words));
    }
}

/// Texts: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
#[test]
fn what_does_not_match_is_quoted() {
    let no_match = |what: &str, value: &str| {
        format!(
            "No matching federated identity record found for presented assertion {what} '{value}'."
        )
    };
    let chain = Chain::plain();
    let issuer = format!(
        "https://login.microsoftonline.com/{}/v2.0",
        chain.azure.provider.tenant_id
    );
    assert_words(
        &chain,
        &chain.ask(0, ARM),
        ("invalid_client", 7_002_121, no_match("audience", ARM)),
    );
    let broken = Chain::new(Lag::strict(), |fic| {
        fic["issuer"] = json!(format!("{issuer}/"))
    });
    assert_words(
        &broken,
        &broken.ask(0, EXCHANGE),
        ("invalid_client", 700_211, no_match("issuer", &issuer)),
    );
    let broken = Chain::new(Lag::strict(), |fic| {
        fic["audiences"] = json!(["api://Other"])
    });
    assert_words(
        &broken,
        &broken.ask(0, EXCHANGE),
        ("invalid_client", 700_212, no_match("audience", EXCHANGE)),
    );
    for (member, code) in [("elsewhere", 700_213), ("", 7_002_138)] {
        let mut subject = String::new();
        let broken = Chain::new(Lag::strict(), |fic| {
            subject = text(fic, "/subject");
            let upper = subject.to_uppercase();
            fic["subject"] = json!(if member.is_empty() { &upper } else { member });
        });
        assert_words(
            &broken,
            &broken.ask(0, EXCHANGE),
            ("invalid_client", code, no_match("subject", &subject)),
        );
    }
    let fresh = Chain::new(
        Lag {
            federated_credential: Span::secs(30, 30),
            ..Lag::strict()
        },
        |_| {},
    );
    let words = "The client 'cmk' has no configured federated identity credentials.";
    assert_words(
        &fresh,
        &fresh.ask(0, EXCHANGE),
        ("invalid_client", 70025, words.to_owned()),
    );
}

#[test]
fn a_credential_on_an_identity_takes_no_token_of_entra() {
    let chain = Chain::plain();
    let provider = As::admin(&chain.azure, &chain.azure.provider);
    let identity = identity_path(&chain.azure.provider.subscription_id);
    let read = provider
        .arm("GET", &identity, "2024-11-30", json!(null))
        .body_json();
    let assertion = chain.azure.sim.identity_token(&chain.identity, EXCHANGE);
    let form = chain.form(&assertion.unwrap());
    let form = form.replace(&chain.client, &text(&read, "/properties/clientId"));
    let ask = || chain.send_to(&chain.azure.provider.tenant_id, 0, &form);
    // A client id that is none of an application.
    assert_eq!(chain.refusal(&ask()), (400, 700_016));
    let path = format!("{identity}/federatedIdentityCredentials/own");
    let credential = json!({"properties": {
        "issuer": format!("https://login.microsoftonline.com/{}/v2.0", chain.azure.provider.tenant_id),
        "subject": text(&read, "/properties/principalId"),
        "audiences": [EXCHANGE],
    }});
    assert_eq!(
        provider.arm("PUT", &path, "2024-11-30", credential).status,
        201
    );
    let words = "AAD-issued tokens may not be used for federated identity flows.".to_owned();
    assert_words(&chain, &ask(), ("invalid_client", 700_222, words));
}
