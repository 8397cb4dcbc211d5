//! Planted defects that conformance must catch.

use super::{
    bodies::Shapes,
    check,
    families::{FAMILIES, route},
    family::What,
    graph_types::GraphTypes,
    recording,
    recording::Recording,
    report::Report,
    schema::Schemas,
};
use serde_json::{Value, json};
use std::fs;

const GROUP: &str = "https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg";
const POLL: &str = "https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000000/operationresults/op1?api-version=1";

fn exchange(method: &str, url: &str, status: u16, body: &Value) -> Value {
    json!({
        "method": method, "url": format!("{url}?api-version=2022-09-01"), "request_headers": {},
        "request_body": null, "status": status, "response_headers": {}, "response_body": body,
    })
}

fn group() -> Value {
    json!({
        "id": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg", "name": "rg",
        "location": "eastus", "properties": { "provisioningState": "Succeeded" },
    })
}

fn deletion(polls: &[u16]) -> Vec<Value> {
    let mut start = exchange("DELETE", GROUP, 202, &Value::Null);
    start["response_headers"] = json!({ "location": POLL });
    let polls = polls.iter().map(|status| {
        let mut poll = exchange("GET", GROUP, *status, &Value::Null);
        poll["url"] = POLL.into();
        poll
    });
    [start].into_iter().chain(polls).collect()
}

/// What is wrong with these exchanges, leaving aside the bodies: the schemas here are none.
fn failures(exchanges: &[Value]) -> (Report, Vec<String>) {
    let text = json!({ "exchanges": exchanges }).to_string();
    report(&[recording::parse(String::from("test"), &text)])
}

fn report(recordings: &[Result<Recording, String>]) -> (Report, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let shapes = Shapes {
        schemas: Schemas::default(),
        graph: GraphTypes::of(json!({})).expect("no types"),
    };
    let report = runtime.block_on(check(FAMILIES, recordings, &shapes));
    let failures = report
        .failures()
        .iter()
        .filter(|line| !line.contains(" body of "));
    let failures = failures.cloned().collect();
    (report, failures)
}

#[test]
fn what_is_recorded_as_we_read_it_passes() {
    let (report, failures) = failures(&[exchange("GET", GROUP, 200, &group())]);
    assert_eq!(failures, Vec::<String>::new());
    assert!(report.passed() >= 1);
}

#[test]
fn a_renamed_member_that_we_need_is_caught() {
    let mut renamed = group();
    let location = renamed["location"].take();
    renamed["Location"] = location;
    let (_, failures) = failures(&[exchange("GET", GROUP, 200, &renamed)]);
    assert!(
        failures[0].contains("not decoded: get_resource_group"),
        "{failures:?}"
    );
}

#[test]
fn an_error_that_no_table_lists_is_caught() {
    let body = json!({ "error": { "code": "SomethingNew", "message": "m" } });
    let (_, failures) = failures(&[exchange("GET", GROUP, 409, &body)]);
    assert!(
        failures[0].ends_with("unlisted error: GET 409 Some(\"SomethingNew\")"),
        "{failures:?}"
    );
}

#[test]
fn an_error_that_is_classified_in_another_way_is_caught() {
    // The code of an absent group, and another status than the table has for it.
    let body = json!({ "error": { "code": "ResourceGroupNotFound", "message": "m" } });
    let (_, listed) = failures(&[exchange("GET", GROUP, 404, &body)]);
    assert_eq!(listed, Vec::<String>::new());
    let (_, unlisted) = failures(&[exchange("GET", GROUP, 410, &body)]);
    assert_eq!(unlisted.len(), 2, "{unlisted:?}");
}

#[test]
fn an_operation_goes_to_its_recorded_end_or_as_far_as_it_is_recorded() {
    for polls in [&[202, 202, 200][..], &[202], &[]] {
        let (_, failures) = failures(&deletion(polls));
        assert_eq!(failures, Vec::<String>::new(), "{polls:?}");
    }
}

#[test]
fn an_operation_whose_polls_cannot_be_read_is_caught() {
    let (_, failures) = failures(&deletion(&[202, 418, 200]));
    assert_eq!(failures.len(), 1, "{failures:?}");
    // Where a poll tells nothing, our poller asks the resource, which the recording does not.
    assert!(
        failures[0].contains("asked https://management.azure.com/subscriptions/")
            && failures[0].contains("where the recording asks"),
        "{failures:?}"
    );
}

#[test]
fn an_unreadable_file_is_caught_and_hides_no_other() {
    let folder = std::env::temp_dir().join(format!("xtask-recordings-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let good = json!({ "exchanges": [exchange("GET", GROUP, 200, &group())] });
    fs::write(folder.join("good.json"), good.to_string()).expect("a file");
    fs::write(folder.join("bad.json"), "{\"exchanges\": [").expect("a file");
    let recordings = recording::read_all(&folder).expect("files");
    fs::remove_dir_all(&folder).expect("the folder");
    let (_, failures) = report(&recordings);
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0].starts_with("bad.json: "), "{failures:?}");
}

#[test]
fn a_body_whose_type_lost_its_property_is_caught() {
    // No Graph types at all here: every Graph body must fail.
    let (report, _) = report(&[]);
    let caught = report.failures().iter().any(|line| {
        line.contains(
            "create_service_principal_if_missing: /appId: servicePrincipal has no such property",
        )
    });
    assert!(caught, "{:?}", report.failures());
}

#[test]
fn no_operation_of_ours_is_skipped() {
    const S: &str =
        "https://management.azure.com/subscriptions/11111111-1111-4111-8111-111111111111";
    const P: &str = "resourceGroups/rg/providers";
    let arm = [
        ("GET", "resourceGroups/rg"),
        ("PUT", "resourceGroups/rg"),
        ("HEAD", "resourceGroups/rg"),
        ("DELETE", "resourceGroups/rg"),
        ("GET", "providers/Microsoft.KeyVault"),
        ("POST", "providers/Microsoft.KeyVault/register"),
        ("GET", "resourceGroups/rg/providers/Microsoft.Authorization/permissions"),
        ("GET", &format!("{P}/Microsoft.ManagedIdentity/userAssignedIdentities/i")),
        ("PUT", &format!("{P}/Microsoft.ManagedIdentity/userAssignedIdentities/i")),
        ("DELETE", &format!("{P}/Microsoft.ManagedIdentity/userAssignedIdentities/i")),
        ("GET", &format!("{P}/Microsoft.DocumentDB/databaseAccounts/a")),
        ("PUT", &format!("{P}/Microsoft.DocumentDB/databaseAccounts/a")),
        ("PATCH", &format!("{P}/Microsoft.DocumentDB/databaseAccounts/a")),
        ("DELETE", &format!("{P}/Microsoft.DocumentDB/databaseAccounts/a")),
        ("GET", &format!("{P}/Microsoft.DocumentDB/databaseAccounts")),
        ("GET", "providers/Microsoft.DocumentDB/databaseAccounts"),
        ("GET", "providers/Microsoft.DocumentDB/locations"),
        ("GET", "providers/Microsoft.DocumentDB/locations/eastus2"),
        ("GET", &format!("{P}/Microsoft.KeyVault/vaults/v")),
        ("PUT", &format!("{P}/Microsoft.KeyVault/vaults/v")),
        ("PATCH", &format!("{P}/Microsoft.KeyVault/vaults/v")),
        ("DELETE", &format!("{P}/Microsoft.KeyVault/vaults/v")),
        ("GET", &format!("{P}/Microsoft.KeyVault/vaults")),
        ("GET", "providers/Microsoft.KeyVault/vaults"),
        ("GET", "providers/Microsoft.KeyVault/deletedVaults"),
        ("GET", "providers/Microsoft.KeyVault/locations/l/deletedVaults/v"),
        ("POST", "providers/Microsoft.KeyVault/checkNameAvailability"),
        ("GET", &format!("{P}/Microsoft.KeyVault/vaults/v/keys/k")),
        ("PUT", &format!("{P}/Microsoft.KeyVault/vaults/v/keys/k")),
        ("GET", "providers/Microsoft.Authorization/roleAssignments"),
        ("GET", "providers/Microsoft.Authorization/roleAssignments/n"),
        ("DELETE", "providers/Microsoft.Authorization/roleAssignments/n"),
        ("PUT", &format!("{P}/Microsoft.KeyVault/vaults/v/providers/Microsoft.Authorization/roleAssignments/n")),
    ]
    .map(|(method, path)| (method, format!("{S}/{path}")));
    let graph = [
        ("GET", "me"),
        ("GET", "applications"),
        ("GET", "applications/i"),
        ("GET", "applications(appId='i')"),
        ("GET", "applications(uniqueName='u')"),
        ("PATCH", "applications(uniqueName='u')"),
        ("PATCH", "applications/i"),
        ("DELETE", "applications/i"),
        ("GET", "directory/deletedItems/microsoft.graph.application"),
        ("GET", "directory/deletedItems/i"),
        ("POST", "directory/deletedItems/i/restore"),
        ("GET", "applications/i/federatedIdentityCredentials"),
        ("GET", "applications/i/federatedIdentityCredentials/n"),
        ("PATCH", "applications/i/federatedIdentityCredentials/n"),
        (
            "PATCH",
            "applications/i/federatedIdentityCredentials(name='n')",
        ),
        ("DELETE", "applications/i/federatedIdentityCredentials/n"),
        ("GET", "servicePrincipals/i"),
        ("GET", "servicePrincipals(appId='i')"),
        ("PATCH", "servicePrincipals(appId='i')"),
        ("DELETE", "servicePrincipals/i"),
    ]
    .map(|(method, path)| (method, format!("https://graph.microsoft.com/v1.0/{path}")));
    let keys = [
        ("POST", "keys/k/create"),
        ("GET", "keys/k"),
        ("GET", "keys/k/v"),
        ("GET", "keys/k/versions"),
        ("PATCH", "keys/k/v"),
        ("POST", "keys/k/rotate"),
        ("GET", "keys/k/rotationpolicy"),
        ("PUT", "keys/k/rotationpolicy"),
        ("POST", "keys/k/wrapKey"),
        ("POST", "keys/k/v/wrapKey"),
        ("POST", "keys/k/v/unwrapKey"),
        ("DELETE", "keys/k"),
        ("GET", "deletedkeys/k"),
        ("POST", "deletedkeys/k/recover"),
    ]
    .map(|(method, path)| (method, format!("https://v.vault.azure.net/{path}")));
    for (method, url) in arm.into_iter().chain(graph).chain(keys) {
        let address = url.parse().expect("an address");
        let route = route(FAMILIES, &address, method);
        assert!(
            route.is_some_and(|(_, route, _)| !matches!(route.what, What::Skipped(_))),
            "{method} {url}"
        );
    }
}
