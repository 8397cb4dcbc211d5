//! Saving and loading: what goes on after a load is what would have gone on without.

use crate::kit::{ARM, EXCHANGE, GRAPH, answer, text};
use azure_sim::{
    Chain, Effect, Fault, FaultPlan, Lag, Party, Principal, Reply, Sim, SimOptions, SimRequest,
    StateError, TwoTenants,
};
use serde_json::{Value, json};
use std::time::Duration;

const VAULT: &str = "https://contoso-keys.vault.azure.net";

/// Sends one request after the other, each to an Azure of its own if it is to be reloaded between them.
struct Script {
    sim: Sim,
    reloads: bool,
    now: Duration,
    trace: Vec<String>,
}

impl Script {
    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn send(&mut self, who: &Principal, method: &str, url: &str, body: &Value) -> Value {
        if self.reloads {
            self.sim = Sim::load(&self.sim.save().unwrap()).unwrap();
        }
        self.now += Duration::from_millis(350);
        let origin: String = url.split('/').take(3).collect::<Vec<_>>().join("/");
        let audience = match origin.as_str() {
            VAULT => "https://vault.azure.net".to_owned(),
            _ => origin,
        };
        let token = self.sim.token(who, &audience).unwrap();
        let mut request = SimRequest::new(method, url.parse().unwrap()).bearer(&token);
        if !body.is_null() {
            request = request.json(body);
        }
        let reply = self.sim.handle(self.now, request);
        let Reply::Answer(answer) = reply else {
            self.trace.push(format!("{method} {url} {reply:?}"));
            return Value::Null;
        };
        let mut body = answer.body_json();
        // No seed decides a key.
        for member in ["/key/n", "/key/x", "/key/y"] {
            if let Some(number) = body.pointer_mut(member) {
                *number = Value::Null;
            }
        }
        let headers = &answer.headers;
        self.trace.push(format!(
            "{:?} {method} {url} {} {headers:?} {body}",
            self.now, answer.status
        ));
        for name in ["azure-asyncoperation", "location"] {
            if let (Some(url), Some(members)) = (answer.find_header(name), body.as_object_mut()) {
                members.insert("operation".to_owned(), url.into());
                break;
            }
        }
        body
    }
}

/// Directory, roles, keys, an account, a deployment and a group that is deleted, with delays, faults and meters at work.
fn flow(script: &mut Script, azure: &TwoTenants, chain: &Chain) {
    let (provider, customer) = (&azure.provider, &azure.customer);
    let (own, other) = (&provider.admin, &customer.admin);
    let arm = |party: &Party, rest: &str, version: &str| {
        format!(
            "{ARM}/subscriptions/{}/resourceGroups/rg{rest}?api-version={version}",
            party.subscription_id
        )
    };
    script.sim.inject(FaultPlan {
        seed: 5,
        faults: vec![Fault {
            count: 1000,
            probability: 0.2,
            method: "GET".to_owned(),
            ..Fault::new(Effect::Status {
                code: 503,
                body: None,
                retry_after: Some(Duration::from_secs(3)),
            })
        }],
    });
    let apps = format!("{GRAPH}/v1.0/applications");
    let app = json!({"displayName": "later", "signInAudience": "AzureADMultipleOrgs"});
    let app = script.send(own, "POST", &apps, &app);
    let id = text(&app, "/id");
    let credential = json!({
        "name": "fic", "issuer": "https://example.com", "subject": "s", "audiences": [EXCHANGE],
    });
    let path = format!("{apps}/{id}/federatedIdentityCredentials");
    script.send(own, "POST", &path, &credential);
    let secret = format!("{apps}/{id}/addPassword");
    script.send(own, "POST", &secret, &json!({}));
    let principals = format!("{GRAPH}/v1.0/servicePrincipals");
    for _ in 0..12 {
        script.pass(2);
        script.send(own, "GET", &format!("{apps}/{id}"), &Value::Null);
        let body = json!({"appId": text(&app, "/appId")});
        script.send(other, "POST", &principals, &body);
    }
    script.send(own, "DELETE", &format!("{apps}/{id}"), &Value::Null);

    let role = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/7b1c1f4e-0000-4000-8000-000000000001?api-version=2022-04-01",
        chain.vault_id
    );
    let crypto_officer = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603";
    let body = json!({"properties": {
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{crypto_officer}"),
        "principalId": other.object_id,
    }});
    script.send(other, "PUT", &format!("{ARM}{role}"), &body);
    let key = format!("{VAULT}/keys/cosmos?api-version=7.4");
    for _ in 0..12 {
        script.pass(15);
        script.send(other, "GET", &key, &Value::Null);
    }
    let policy = json!({
        "lifetimeActions": [{"trigger": {"timeAfterCreate": "P10D"}, "action": {"type": "Rotate"}}],
        "attributes": {"expiryTime": "P90D"},
    });
    let policy_url = format!("{VAULT}/keys/cosmos/rotationpolicy?api-version=7.4");
    script.send(other, "PUT", &policy_url, &policy);
    let spare = format!("{VAULT}/keys/spare/create?api-version=7.4");
    script.send(other, "POST", &spare, &json!({"kty": "EC"}));
    let spare = format!("{VAULT}/keys/spare?api-version=7.4");
    script.send(other, "DELETE", &spare, &Value::Null);

    let account = "/providers/Microsoft.DocumentDB/databaseAccounts/flow-account";
    let account = arm(provider, account, "2024-11-15");
    let identities =
        json!({"type": "UserAssigned", "userAssignedIdentities": {&chain.identity_id: {}}});
    let body = json!({
        "location": "eastus2", "identity": identities,
        "properties": {
            "locations": [{"locationName": "eastus2", "failoverPriority": 0}],
            "databaseAccountOfferType": "Standard",
            "keyVaultKeyUri": chain.key_uri,
            "defaultIdentity": format!(
                "UserAssignedIdentity={}&FederatedClientId={}", chain.identity_id, chain.client_id
            ),
        },
    });
    let made = script.send(own, "PUT", &account, &body);
    let operation = text(&made, "/operation");
    for _ in 0..8 {
        script.pass(20);
        script.send(own, "GET", &operation, &Value::Null);
    }
    let changed = script.send(own, "PATCH", &account, &json!({"tags": {"a": "b"}}));
    let operation = text(&changed, "/operation");
    // The key is rotated by its policy meanwhile, and the account follows.
    for days in [0, 1, 12, 1] {
        script.pass(days * 24 * 60 * 60 + 31);
        script.send(own, "GET", &operation, &Value::Null);
        script.send(own, "GET", &account, &Value::Null);
        script.send(other, "GET", &key, &Value::Null);
    }

    let template = json!({"properties": {"mode": "Incremental", "template": {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [
            {"type": "Microsoft.DocumentDB/databaseAccounts", "apiVersion": "2024-11-15",
             "name": "flow-deployed", "location": "eastus2",
             "properties": {
                "databaseAccountOfferType": "Standard",
                "locations": [{"locationName": "eastus2", "failoverPriority": 0}],
             }},
            {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2024-11-30",
             "name": "flow-identity", "location": "eastus2", "dependsOn": ["flow-deployed"]},
        ],
    }}});
    let deployment = "/providers/Microsoft.Resources/deployments/flow";
    let deployment = arm(provider, deployment, "2024-11-01");
    script.send(own, "PUT", &deployment, &template);
    for _ in 0..6 {
        script.pass(30);
        script.send(own, "GET", &deployment, &Value::Null);
    }
    let group = arm(customer, "", "2024-11-01");
    let gone = script.send(other, "DELETE", &group, &json!({}));
    let poll = text(&gone, "/operation");
    for _ in 0..5 {
        script.pass(30);
        if !poll.is_empty() {
            script.send(other, "GET", &poll, &Value::Null);
        }
        script.send(own, "GET", &account, &Value::Null);
    }
    // Long enough for the account to notice.
    script.pass(900);
    script.send(own, "GET", &account, &Value::Null);
    // Whoever asks for an identity too often is refused.
    let identity = format!("{ARM}{}?api-version=2024-11-30", chain.identity_id);
    for _ in 0..10 {
        script.send(own, "GET", &identity, &Value::Null);
    }
}

fn run(seed: u64, reloads: bool) -> (Vec<String>, Vec<String>) {
    let (azure, chain) = TwoTenants::with_chain(SimOptions {
        seed,
        lag: Lag::typical(),
        ..SimOptions::default()
    });
    let mut script = Script {
        sim: azure.sim.clone(),
        reloads,
        now: Duration::from_secs(60),
        trace: Vec::new(),
    };
    flow(&mut script, &azure, &chain);
    assert!(script.sim.unmodelled().is_empty());
    (script.trace, script.sim.resources())
}

#[test]
fn whatever_is_under_way_goes_on_after_a_load_as_without() {
    for seed in [1, 2] {
        let (straight, resources) = run(seed, false);
        let (reloaded, same) = run(seed, true);
        for (one, other) in straight.iter().zip(&reloaded) {
            assert_eq!(one, other, "{seed}");
        }
        assert_eq!(straight.len(), reloaded.len());
        assert_eq!(resources, same);
        let count = |what: &str| straight.iter().filter(|line| line.contains(what)).count();
        // The script meets what it is for.
        for what in [
            " 503 ",
            " 404 ",
            " 429 ",
            "Updating",
            "Succeeded",
            "flow-deployed",
        ] {
            assert!(count(what) > 0, "{seed}: {what}");
        }
        assert!(
            resources
                .iter()
                .any(|line| line.ends_with("/flow-identity"))
        );
    }
}

#[test]
fn a_key_unwraps_after_a_load_what_it_wrapped_before() {
    let (azure, chain) = TwoTenants::with_chain(SimOptions::default());
    let admin = &azure.customer.admin;
    assert!(
        azure
            .sim
            .grant(admin, "Key Vault Crypto Officer", &chain.vault_id)
    );
    assert!(
        azure
            .sim
            .grant(admin, "Key Vault Crypto User", &chain.vault_id)
    );
    let send = |sim: &Sim, verb: &str, value: &str| {
        let token = sim.token(admin, "https://vault.azure.net").unwrap();
        let url = format!("{VAULT}/keys/cosmos/{verb}?api-version=7.4");
        let request = SimRequest::new("POST", url.parse().unwrap()).bearer(&token);
        let body = json!({"alg": "RSA-OAEP-256", "value": value});
        let answer = answer(sim.handle(Duration::ZERO, request.json(&body)));
        assert_eq!(answer.status, 200, "{}", answer.body_json());
        text(&answer.body_json(), "/value")
    };
    let wrapped = send(&azure.sim, "wrapkey", "c2VjcmV0");
    let saved = azure.sim.save().unwrap();
    let loaded = Sim::load(&saved).unwrap();
    assert_eq!(send(&loaded, "unwrapkey", &wrapped), "c2VjcmV0");
    // Twice the same document, so nothing is lost on the way.
    assert_eq!(Sim::load(&saved).unwrap().save().unwrap(), saved);
}

#[test]
fn signed_tokens_and_their_key_survive() {
    let azure = TwoTenants::new(SimOptions::default());
    azure.sim.sign_tokens();
    let token = azure.sim.token(&azure.provider.admin, ARM).unwrap();
    let keys = |sim: &Sim| {
        let url = "https://login.microsoftonline.com/common/discovery/v2.0/keys";
        let request = SimRequest::new("GET", url.parse().unwrap());
        answer(sim.handle(Duration::ZERO, request)).body_json()
    };
    let loaded = Sim::load(&azure.sim.save().unwrap()).unwrap();
    assert_eq!(keys(&loaded), keys(&azure.sim));
    let url = format!("{ARM}/subscriptions?api-version=2022-12-01");
    let request = SimRequest::new("GET", url.parse().unwrap()).bearer(&token);
    assert_eq!(
        answer(loaded.handle(Duration::ZERO, request)).status,
        200,
        "a token of before is known"
    );
}

#[test]
fn only_the_log_of_requests_is_left_behind() {
    let azure = TwoTenants::new(SimOptions::default());
    let url = format!("{ARM}/nowhere");
    azure.sim.handle(
        Duration::from_secs(7),
        SimRequest::new("GET", url.parse().unwrap()),
    );
    assert_eq!(azure.sim.requests().len(), 1);
    let loaded = Sim::load(&azure.sim.save().unwrap()).unwrap();
    assert!(loaded.requests().is_empty());
    let next = SimRequest::new("GET", url.parse().unwrap());
    loaded.handle(Duration::ZERO, next);
    // Time goes on from where it was.
    assert_eq!(loaded.requests()[0].at, Duration::from_secs(7));
}

#[test]
fn what_is_no_state_is_refused_and_not_quoted() {
    let azure = TwoTenants::new(SimOptions::default());
    let principal = azure
        .sim
        .add_service_principal(&azure.provider.tenant, "robot", &[]);
    azure.sim.add_secret(&principal, "hidden-secret");
    let saved = azure.sim.save().unwrap();
    let refused = |text: &str| Sim::load(text).unwrap_err();
    for cut in (0..saved.len()).step_by(97) {
        let Some(part) = saved.get(..cut) else {
            continue;
        };
        assert!(matches!(refused(part), StateError::Malformed { .. }));
    }
    for text in ["", "[]", "tenants = []", "{}", "\u{0}"] {
        assert!(
            matches!(refused(text), StateError::Malformed { .. }),
            "{text}"
        );
    }
    let mut other: Value = serde_json::from_str(&saved).unwrap();
    other["azure_sim_state"] = 2.into();
    let error = refused(&other.to_string());
    assert_eq!(
        error.to_string(),
        "the state has form 2, this version of azure-sim reads form 1"
    );
    for (pointer, wrong) in [
        ("/world/now", json!({"secs": u64::MAX, "nanos": 0})),
        ("/world/options/cloud", json!("hidden-secret")),
        ("/world/directory/tenants", json!("hidden-secret")),
        ("/world/tokens/signer", json!("hidden-secret")),
        ("/world/agenda", json!([["hidden-secret", {}]])),
    ] {
        let mut damaged: Value = serde_json::from_str(&saved).unwrap();
        *damaged.pointer_mut(pointer).unwrap() = wrong;
        let told = refused(&damaged.to_string()).to_string();
        assert!(told.starts_with("no state of azure-sim: "), "{told}");
        assert!(told.len() < 120 && !told.contains("hidden"), "{told}");
    }
    let mut without: Value = serde_json::from_str(&saved).unwrap();
    without["world"].as_object_mut().unwrap().remove("meters");
    let told = refused(&without.to_string()).to_string();
    assert!(told.contains("there is no member `meters`"), "{told}");
}
