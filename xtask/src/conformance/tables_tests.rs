//! The tables of the families held against our clients, with requests and answers made up from them.

use super::{
    address::{Address, Host},
    bodies::GUID,
    families::FAMILIES,
    family::{ANY, Call, Family, NotReplayed, OPERATION, Refusal, Route, What},
    proofs::bodies,
    recording::Exchange,
    replay,
    tests::run,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const BY_CLIENT_ID: &str = "appId='11111111-1111-4111-8111-111111111111'";
const VERSION: &str = "0123456789abcdef0123456789abcdef";

/// Every form of a URL that fits the route.
fn urls(route: &Route) -> Vec<String> {
    let host = match route.host {
        Host::Arm => "management.azure.com",
        Host::Graph => "graph.microsoft.com",
        Host::Login => "login.microsoftonline.com",
        Host::Vault => "vault1.vault.azure.net",
        Host::ManagedHsm => "hsm1.managedhsm.azure.net",
    };
    let name = if route.template.contains("Microsoft.Authorization") {
        GUID
    } else {
        "name1"
    };
    let keys: &[&str] = match route.template {
        it if it.contains("federatedIdentityCredentials({key})") => &["name='name1'"],
        it if it.contains("servicePrincipals({key})") => &[BY_CLIENT_ID],
        it if it.contains("applications({key})") && route.method == "GET" => {
            &["uniqueName='name1'", BY_CLIENT_ID]
        }
        it if it.contains("applications({key})") => &["uniqueName='name1'"],
        _ => &["key1"],
    };
    let scope = format!("subscriptions/{GUID}/resourceGroups/rg");
    keys.iter()
        .map(|key| {
            let path = [
                ("{*scope}", scope.as_str()),
                ("{subscription}", GUID),
                ("{tenant}", GUID),
                ("{group}", "rg"),
                ("{name}", name),
                ("{key}", key),
                ("{version}", VERSION),
                ("{location}", "eastus2"),
                ("{namespace}", "Microsoft.KeyVault"),
                ("{id}", GUID),
                ("{application}", GUID),
                ("{action}", "import"),
            ]
            .into_iter()
            .fold(route.template.to_owned(), |path, (name, value)| {
                path.replace(name, value)
            });
            format!("https://{host}{path}")
        })
        .collect()
}

fn exchange(route: &Route, url: &str, body: Value, status: u16, answer: Value) -> Exchange {
    let resource = match route.host {
        Host::ManagedHsm => "managedhsm",
        _ => "vault",
    };
    let challenge = format!(
        "Bearer authorization=\"https://login.microsoftonline.com/{GUID}\", resource=\"https://{resource}.azure.net\""
    );
    let headers = (status == 401).then(|| (String::from("www-authenticate"), challenge));
    Exchange {
        method: route.method.to_owned(),
        url: url.to_owned(),
        request_headers: BTreeMap::new(),
        request_body: body,
        status,
        response_headers: headers.into_iter().collect(),
        response_body: answer,
        truncated_items: false,
    }
}

fn ours(family: &'static Family) -> impl Iterator<Item = &'static Route> {
    let is_ours = |route: &&Route| matches!(route.what, What::Ours(_) | What::OursOtherwise(_));
    family.routes.iter().filter(is_ours)
}

/// The operation that a route's replay calls: a status that no table knows makes it tell its name.
async fn operation(route: &Route, url: &str, body: Value) -> Option<String> {
    let (What::Ours(replay) | What::OursOtherwise(replay)) = route.what else {
        return None;
    };
    let exchange = exchange(route, url, body, 418, json!({}));
    let address: Address = url.parse().expect("an address");
    let parts = address.matches(route.template).expect("the route's own");
    match replay(&Call::new(&exchange, &address, &parts)).await {
        Err(NotReplayed::Client(error)) => Some(error.failure().operation().to_owned()),
        _ => None,
    }
}

/// The operations that the replays of all families call.
async fn called() -> BTreeSet<String> {
    let mut called = BTreeSet::new();
    for route in FAMILIES.iter().flat_map(|family| ours(family)) {
        for url in urls(route) {
            for body in bodies() {
                called.extend(operation(route, &url, body).await);
            }
        }
    }
    called
}

/// Operations that are asked by another one's request, or with another's answer, and checked there.
const ELSEWHERE: [&str; 4] = [
    // Recorded operations go through them.
    "OperationsApi::poll_operation",
    "OperationsApi::read_provisioning_state",
    // Every recorded 401 of a vault.
    "VaultTenantApi::get_vault_tenant",
    // The request of the list.
    "DeletedApplicationsApi::find_deleted_application",
];

#[test]
fn every_operation_of_every_role_is_replayed() {
    let called = run(called());
    let all = crate::tidy::operations_of_roles().expect("the sources");
    let all: Vec<String> = all.into_iter().map(|it| it.name).collect();
    assert!(all.len() > 60, "{all:?}");
    let missing: Vec<&String> = all
        .iter()
        .filter(|it| !ELSEWHERE.contains(&it.as_str()))
        .filter(|it| {
            let operation = it.split("::").nth(1).unwrap_or_default();
            !called.contains(operation)
        })
        .collect();
    assert_eq!(missing, Vec::<&String>::new());
    for known in ELSEWHERE {
        assert!(all.iter().any(|it| it == known), "{known} is none any more");
    }
}

/// An answer that the row is about.
fn answer(row: &Refusal) -> Value {
    let Some(code) = row.code else {
        return Value::Null;
    };
    let code = if code == ANY {
        "SomethingOfAProvider"
    } else {
        code
    };
    let mut error = json!({ "code": code, "message": row.text.unwrap_or("m") });
    if let Some(inner) = row.inner {
        // One or the other, as the services have it.
        if row.status == 400 {
            error["details"] = json!([{ "code": inner, "message": "m" }]);
        } else {
            error["innererror"] = json!({ "code": inner });
        }
    }
    json!({ "error": error })
}

/// Whether the row is about requests of the route. An answer to HEAD has no body that could hold a code.
fn concerns(row: &Refusal, route: &Route) -> bool {
    let all = row.method == ANY && (route.method != "HEAD" || row.code.is_none());
    all || row.method.split('|').any(|method| method == route.method)
}

#[test]
fn every_row_of_every_table_says_what_our_clients_make_of_it() {
    let mut wrong = Vec::new();
    for family in FAMILIES {
        for row in family.refusals.iter().flat_map(|table| table.iter()) {
            if row.method == OPERATION {
                continue;
            }
            for route in ours(family).filter(|route| concerns(row, route)) {
                let url = urls(route).swap_remove(0);
                let body = bodies()[0].clone();
                let asked = run(operation(route, &url, body.clone())).unwrap_or_default();
                if !row.operations.is_empty() && !row.operations.contains(&asked.as_str()) {
                    continue;
                }
                let exchange = exchange(route, &url, body, row.status, answer(row));
                match run(replay::exchange(FAMILIES, &exchange)).1 {
                    replay::Ended::Replayed { .. } => {}
                    // What is none of ours is challenged as ours, and else skipped.
                    replay::Ended::Skipped(_) if matches!(route.what, What::OursOtherwise(_)) => {}
                    ended => {
                        let (name, code) = (family.name, row.code);
                        wrong.push(format!("{name} {} {code:?}: {ended:?}", exchange.line()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
