//! Eventual consistency: each request asks one of several replicas, and all of them agree in the end.

use crate::kit::{ARM, As, EXCHANGE, answer, code, text};
use azure_sim::{Lag, SimOptions, SimRequest, Span, Throttling, TwoTenants};
use serde_json::{Value, json};
use std::time::Duration;

const SEEDS: u64 = 40;

fn azure(seed: u64, lag: Lag) -> TwoTenants {
    TwoTenants::new(SimOptions {
        seed,
        lag,
        throttling: Throttling::Off,
        ..SimOptions::default()
    })
}

/// What a look at each of these seconds sees.
fn looks(seconds: std::ops::Range<u64>, look: impl Fn(u64) -> bool) -> Vec<bool> {
    seconds.map(look).collect()
}

fn flaps(seen: &[bool]) -> bool {
    seen.windows(2).any(|pair| pair == [true, false])
}

/// What looks see over all seeds: nothing before the shortest delay, everything after the longest, and now and then
/// something that the next look misses.
fn assert_spreads(min: u64, max: u64, run: impl Fn(u64) -> Vec<bool>) {
    let mut flapping = 0;
    for seed in 0..SEEDS {
        let seen = run(seed);
        let (min, max) = (usize::try_from(min).unwrap(), usize::try_from(max).unwrap());
        assert!(seen[..min].iter().all(|seen| !seen), "{seed}: {seen:?}");
        assert!(seen[max..].iter().all(|seen| *seen), "{seed}: {seen:?}");
        if seed < 4 {
            assert_eq!(seen, run(seed), "{seed}");
        }
        flapping += usize::from(flaps(&seen));
    }
    assert!(flapping > 20, "{flapping} of {SEEDS}");
}

#[test]
fn reads_of_graph_flap_until_the_longest_delay_and_never_after() {
    let lag = || Lag {
        directory: Span::secs(5, 45),
        ..Lag::strict()
    };
    assert_spreads(5, 45, |seed| {
        let azure = azure(seed, lag());
        let provider = As::admin(&azure, &azure.provider);
        let app = provider.make_app("cmk");
        let path = format!("applications/{}", text(&app, "/id"));
        looks(0..80, |second| {
            provider.at(second).graph("GET", &path, Value::Null).status == 200
        })
    });
}

#[test]
fn a_list_that_showed_an_object_can_miss_it_the_next_time() {
    let lag = || Lag {
        directory: Span::secs(0, 60),
        ..Lag::strict()
    };
    assert_spreads(0, 60, |seed| {
        let azure = azure(seed, lag());
        let provider = As::admin(&azure, &azure.provider);
        provider.make_app("cmk");
        looks(0..90, |second| {
            let list = provider
                .at(second)
                .graph("GET", "applications", Value::Null);
            list.body_json()["value"].as_array().unwrap().len() == 1
        })
    });
}

#[test]
fn an_application_abroad_is_known_to_one_replica_and_not_to_the_next() {
    let lag = || Lag {
        application_abroad: Span::secs(10, 60),
        ..Lag::strict()
    };
    let mut refused_after_success = 0;
    for seed in 0..SEEDS {
        let azure = azure(seed, lag());
        let provider = As::admin(&azure, &azure.provider);
        let customer = As::admin(&azure, &azure.customer);
        let app = provider.make_app("cmk");
        let body = json!({"appId": text(&app, "/appId")});
        // Created, taken away again, and asked for anew: another replica may answer.
        let seen = looks(0..90, |second| {
            let made = customer
                .at(second)
                .graph("POST", "servicePrincipals", body.clone());
            if made.status == 201 {
                let id = text(&made.body_json(), "/id");
                assert!(azure.sim.delete_service_principal(&id));
                return true;
            }
            assert_eq!(code(&made), "Request_BadRequest");
            false
        });
        assert!(seen[..10].iter().all(|seen| !seen), "{seed}: {seen:?}");
        assert!(seen[60..].iter().all(|seen| *seen), "{seed}: {seen:?}");
        refused_after_success += usize::from(flaps(&seen));
    }
    assert!(refused_after_success > 20, "{refused_after_success}");
}

#[test]
fn a_role_is_honoured_by_one_node_and_not_by_the_next() {
    let lag = || Lag {
        role_assignment: Span::secs(5, 45),
        ..Lag::strict()
    };
    assert_spreads(5, 45, |seed| {
        let azure = azure(seed, lag());
        let admin = As::admin(&azure, &azure.customer);
        let tenant = &azure.customer.tenant;
        let user = azure.sim.add_user(tenant, "user@customer.example", &[]);
        let scope = format!("/subscriptions/{}", azure.customer.subscription_id);
        let path = format!(
            "{scope}/providers/Microsoft.Authorization/roleAssignments/22222222-2222-4222-8222-222222222222"
        );
        let body = json!({"properties": {
            "roleDefinitionId": format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"),
            "principalId": user.object_id,
            "principalType": "User",
        }});
        assert_eq!(admin.arm("PUT", &path, "2022-04-01", body).status, 201);
        let user = As {
            who: &user,
            ..admin.at(0)
        };
        looks(0..80, |second| {
            let read = user.at(second);
            read.arm("GET", &scope, "2025-04-01", Value::Null).status == 200
        })
    });
}

#[test]
fn a_principal_is_found_by_one_replica_of_resource_manager_and_not_by_the_next() {
    let lag = || Lag {
        principal_arm: Span::secs(5, 45),
        ..Lag::strict()
    };
    assert_spreads(5, 45, |seed| {
        let azure = azure(seed, lag());
        let provider = As::admin(&azure, &azure.provider);
        let subscription = &azure.provider.subscription_id;
        let identity = provider.make_identity(subscription);
        let principal = text(&identity, "/properties/principalId");
        let scope = format!("/subscriptions/{subscription}");
        let path = format!(
            "{scope}/providers/Microsoft.Authorization/roleAssignments/22222222-2222-4222-8222-222222222222"
        );
        let body = json!({"properties": {
            "roleDefinitionId": format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"),
            "principalId": principal,
        }});
        looks(0..80, |second| {
            let put = provider
                .at(second)
                .arm("PUT", &path, "2022-04-01", body.clone());
            if put.status == 201 {
                assert!(
                    azure
                        .sim
                        .remove_role_assignment("22222222-2222-4222-8222-222222222222")
                );
                return true;
            }
            assert_eq!(code(&put), "PrincipalNotFound");
            false
        })
    });
}

/// Whether each of eighty seconds knows of a federated credential at the token endpoint, or of what is done to it when all
/// nodes know it: a method and a body.
fn exchanges(seed: u64, change: Option<(&str, Value)>) -> Vec<bool> {
    let lag = Lag {
        federated_credential: Span::secs(5, 45),
        ..Lag::strict()
    };
    let azure = azure(seed, lag);
    let provider = As::admin(&azure, &azure.provider);
    let tenant = &azure.provider.tenant_id;
    let identity = provider.make_identity(&azure.provider.subscription_id);
    let app = provider.make_app("cmk");
    let client = text(&app, "/appId");
    let own = provider.graph("POST", "servicePrincipals", json!({"appId": client}));
    assert_eq!(own.status, 201);
    let credential = json!({
        "name": "cmk",
        "issuer": format!("https://login.microsoftonline.com/{tenant}/v2.0"),
        "subject": text(&identity, "/properties/principalId"),
        "audiences": [EXCHANGE],
    });
    let path = format!(
        "applications/{}/federatedIdentityCredentials",
        text(&app, "/id")
    );
    assert_eq!(provider.graph("POST", &path, credential).status, 201);
    let assertion = azure
        .sim
        .identity_token(&text(&identity, "/id"), EXCHANGE)
        .unwrap();
    let gives = |second| {
        let form = format!(
            "grant_type=client_credentials&client_id={client}&scope={ARM}/.default&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={assertion}"
        );
        let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
        let mut request = SimRequest::new("POST", url.parse().unwrap());
        request.body = form.into_bytes();
        let now = Duration::from_secs(second);
        answer(azure.sim.handle(now, request)).status == 200
    };
    let Some((method, body)) = change else {
        return looks(0..80, gives);
    };
    assert!(gives(CHANGE));
    let path = format!("{path}/cmk");
    let done = provider.at(CHANGE).graph(method, &path, body);
    assert_eq!(done.status, 204);
    after_change(|second| !gives(second))
}

#[test]
fn a_federated_credential_is_honoured_by_one_node_and_not_by_the_next() {
    assert_spreads(5, 45, |seed| exchanges(seed, None));
}

#[test]
fn a_changed_or_removed_credential_is_honoured_by_nodes_that_have_not_heard_of_it() {
    let elsewhere = || json!({"subject": "elsewhere"});
    assert_spreads(5, 45, |seed| exchanges(seed, Some(("PATCH", elsewhere()))));
    assert_spreads(5, 45, |seed| exchanges(seed, Some(("DELETE", Value::Null))));
}

/// A directory whose delays lie within these seconds, and an application that everybody knows of at `CHANGE`.
fn changing(seed: u64, run: impl FnOnce(&As<'_>, &str) -> Vec<bool>) -> Vec<bool> {
    let azure = azure(
        seed,
        Lag {
            directory: Span::secs(5, 45),
            ..Lag::strict()
        },
    );
    let provider = As::admin(&azure, &azure.provider);
    let app = provider.make_app("cmk");
    run(&provider, &format!("applications/{}", text(&app, "/id")))
}

/// Longer than whatever is written at the start takes.
const CHANGE: u64 = 100;

/// Whether each of the eighty seconds after the change shows what it made.
fn after_change(look: impl Fn(u64) -> bool) -> Vec<bool> {
    looks(CHANGE..CHANGE + 80, look)
}

#[test]
fn a_changed_application_is_shown_as_it_was_by_who_has_not_heard_of_it() {
    assert_spreads(5, 45, |seed| {
        changing(seed, |provider, path| {
            let body = json!({"displayName": "changed", "notes": "n"});
            let patch = provider.at(CHANGE).graph("PATCH", path, body);
            assert_eq!(patch.status, 204);
            after_change(|second| {
                let read = provider.at(second).graph("GET", path, Value::Null);
                assert_eq!(read.status, 200);
                let read = read.body_json();
                let name = text(&read, "/displayName");
                // The whole of one version or of the other.
                let notes = if name == "changed" { "n" } else { "" };
                assert_eq!(text(&read, "/notes"), notes, "{read}");
                name == "changed"
            })
        })
    });
}

#[test]
fn a_deleted_application_is_still_read_and_listed_by_who_has_not_heard_of_it() {
    assert_spreads(5, 45, |seed| {
        changing(seed, |provider, path| {
            let deleted = provider.at(CHANGE).graph("DELETE", path, Value::Null);
            assert_eq!(deleted.status, 204);
            // What is written acts on what is, whoever is asked.
            let again = provider.at(CHANGE).graph("DELETE", path, Value::Null);
            assert_eq!(again.status, 404);
            let patch = json!({"notes": "n"});
            let patch = provider.at(CHANGE).graph("PATCH", path, patch);
            assert_eq!(patch.status, 404);
            after_change(|second| provider.at(second).graph("GET", path, Value::Null).status == 404)
        })
    });
    assert_spreads(5, 45, |seed| {
        changing(seed, |provider, path| {
            provider.at(CHANGE).graph("DELETE", path, Value::Null);
            let listed = "directory/deletedItems/microsoft.graph.application";
            after_change(|second| {
                let list = provider.at(second).graph("GET", listed, Value::Null);
                !list.body_json()["value"].as_array().unwrap().is_empty()
            })
        })
    });
}

#[test]
fn changes_of_service_principals_spread_too() {
    assert_spreads(5, 45, |seed| {
        changing(seed, |provider, path| {
            let app = provider.at(50).graph("GET", path, Value::Null).body_json();
            let body = json!({"appId": text(&app, "/appId")});
            let own = provider.at(50).graph("POST", "servicePrincipals", body);
            let own = format!("servicePrincipals/{}", text(&own.body_json(), "/id"));
            let off = json!({"accountEnabled": false});
            assert_eq!(provider.at(CHANGE).graph("PATCH", &own, off).status, 204);
            after_change(|second| {
                let read = provider.at(second).graph("GET", &own, Value::Null);
                read.body_json()["accountEnabled"] == json!(false)
            })
        })
    });
}

/// A federated credential of an application, there since second 50.
fn credential(provider: &As<'_>, path: &str) -> String {
    let body = json!({
        "name": "fic", "issuer": "https://example.com", "subject": "old", "audiences": [EXCHANGE],
    });
    let path = format!("{path}/federatedIdentityCredentials");
    assert_eq!(provider.at(50).graph("POST", &path, body).status, 201);
    format!("{path}/fic")
}

#[test]
fn changes_of_federated_credentials_spread_too() {
    assert_spreads(5, 45, |seed| {
        changing(seed, |provider, path| {
            let path = credential(provider, path);
            let body = json!({"subject": "new"});
            assert_eq!(provider.at(CHANGE).graph("PATCH", &path, body).status, 204);
            after_change(|second| {
                let read = provider.at(second).graph("GET", &path, Value::Null);
                text(&read.body_json(), "/subject") == "new"
            })
        })
    });
    assert_spreads(5, 45, |seed| {
        changing(seed, |provider, path| {
            let path = credential(provider, path);
            let gone = provider.at(CHANGE).graph("DELETE", &path, Value::Null);
            assert_eq!(gone.status, 204);
            after_change(|second| {
                provider.at(second).graph("GET", &path, Value::Null).status == 404
            })
        })
    });
}

#[test]
fn a_credential_that_was_made_again_is_shown_once() {
    for seed in 0..SEEDS {
        let seen = changing(seed, |provider, path| {
            let own = credential(provider, path);
            provider.at(CHANGE).graph("DELETE", &own, Value::Null);
            let all = format!("{path}/federatedIdentityCredentials");
            let body = json!({
                "name": "fic", "issuer": "https://example.com", "subject": "new", "audiences": [EXCHANGE],
            });
            let made = provider.at(CHANGE).graph("POST", &all, body);
            assert_eq!(made.status, 201);
            after_change(|second| {
                let list = provider.at(second).graph("GET", &all, Value::Null);
                let list = list.body_json();
                let list = list["value"].as_array().unwrap();
                assert!(list.len() <= 1, "{seed}: {list:?}");
                list.first()
                    .is_some_and(|one| text(one, "/subject") == "new")
            })
        });
        assert!(seen[45..].iter().all(|seen| *seen), "{seed}: {seen:?}");
    }
}

#[test]
fn a_credential_that_was_removed_twice_is_shown_once() {
    for seed in 0..SEEDS {
        changing(seed, |provider, path| {
            let own = credential(provider, path);
            provider.at(CHANGE).graph("DELETE", &own, Value::Null);
            let all = format!("{path}/federatedIdentityCredentials");
            let body = json!({
                "name": "fic", "issuer": "https://example.com", "subject": "new", "audiences": [EXCHANGE],
            });
            provider.at(CHANGE).graph("POST", &all, body);
            let gone = provider.at(CHANGE + 20).graph("DELETE", &own, Value::Null);
            assert_eq!(gone.status, 204);
            looks(CHANGE + 20..CHANGE + 70, |second| {
                let list = provider.at(second).graph("GET", &all, Value::Null);
                let list = list.body_json();
                let list = list["value"].as_array().unwrap();
                assert!(list.len() <= 1, "{seed}: {list:?}");
                assert!(list.is_empty() || second < CHANGE + 65, "{seed}: {list:?}");
                list.is_empty()
            })
        });
    }
}

#[test]
fn without_delays_a_change_is_seen_by_the_next_read() {
    let azure = azure(1, Lag::strict());
    let provider = As::admin(&azure, &azure.provider);
    let path = format!("applications/{}", text(&provider.make_app("cmk"), "/id"));
    for name in ["a", "b"] {
        provider.graph("PATCH", &path, json!({"displayName": name}));
        let read = provider.graph("GET", &path, Value::Null).body_json();
        assert_eq!(text(&read, "/displayName"), name);
    }
    provider.graph("DELETE", &path, Value::Null);
    assert_eq!(provider.graph("GET", &path, Value::Null).status, 404);
}

#[test]
fn every_profile_is_at_rest_after_its_longest_delay() {
    for lag in [Lag::strict(), Lag::typical(), Lag::worst()] {
        let longest = lag.directory.max.as_secs();
        let azure = azure(3, lag);
        let provider = As::admin(&azure, &azure.provider);
        let app = provider.make_app("cmk");
        let path = format!("applications/{}", text(&app, "/id"));
        for second in longest..longest + 30 {
            let read = provider.at(second).graph("GET", &path, Value::Null);
            assert_eq!(read.status, 200, "{second}");
        }
    }
}

#[test]
fn nodes_of_a_vault_hear_of_changed_access_policies_one_by_one() {
    assert_spreads(5, 45, |seed| {
        let azure = azure(
            seed,
            Lag {
                access_policy: Span::secs(5, 45),
                ..Lag::strict()
            },
        );
        let subscription = &azure.customer.subscription_id;
        azure
            .sim
            .register_providers(subscription, &["Microsoft.KeyVault"]);
        let admin = As::admin(&azure, &azure.customer);
        let group = format!("/subscriptions/{subscription}/resourceGroups/rg");
        let location = json!({"location": "westeurope"});
        assert!(
            admin
                .arm("PUT", &group, "2025-04-01", location)
                .is_success()
        );
        let vault = format!("{group}/providers/Microsoft.KeyVault/vaults/contoso");
        let policies = |keys: Value| {
            json!({"location": "westeurope", "properties": {
                "tenantId": azure.customer.tenant_id,
                "sku": {"family": "A", "name": "standard"},
                "accessPolicies": [{
                    "tenantId": azure.customer.tenant_id,
                    "objectId": azure.customer.admin.object_id,
                    "permissions": {"keys": keys},
                }],
            }})
        };
        for keys in [json!(["get"]), json!(["get", "list"])] {
            let made = admin.arm("PUT", &vault, "2023-07-01", policies(keys));
            assert!(made.is_success());
        }
        let scope = "https://vault.azure.net/.default";
        let token = azure.sim.token(&azure.customer.admin, scope).unwrap();
        looks(0..80, |second| {
            let url = "https://contoso.vault.azure.net/keys?api-version=7.4";
            let request = SimRequest::new("GET", url.parse().unwrap()).bearer(&token);
            answer(azure.sim.handle(Duration::from_secs(second), request)).status == 200
        })
    });
}
