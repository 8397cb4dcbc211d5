//! Planted defects that the replay must catch.

use super::{
    acceptance::{Row, row},
    check,
    compare::What,
    report::Report,
};
use crate::conformance::recording;
use serde_json::{Value, json};

const S: &str = "https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000000";
const WRITES: &str = "x-ms-ratelimit-remaining-subscription-writes";
const TENANT: &str = "12121212-1212-4212-8212-121212121212";
const OBJECT: &str = "34343434-3434-4434-8434-343434343434";

fn exchange(method: &str, path: &str, sent: &Value, status: u16, answered: &Value) -> Value {
    let version = match path {
        path if path.contains("KeyVault") => "2023-02-01",
        path if path.contains("DocumentDB") => "2024-08-15",
        _ => "2022-09-01",
    };
    let mut headers = json!({});
    if !answered.is_null() {
        headers["content-type"] = "application/json; charset=utf-8".into();
    }
    match method {
        "PUT" | "PATCH" | "POST" => headers[WRITES] = "1199".into(),
        "DELETE" => headers["x-ms-ratelimit-remaining-subscription-deletes"] = "14999".into(),
        _ => {}
    }
    json!({
        "method": method, "url": format!("{S}{path}?api-version={version}"), "request_headers": {},
        "request_body": sent, "status": status, "response_headers": headers,
        "response_body": answered,
    })
}

fn group() -> Value {
    json!({
        "id": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg", "name": "rg",
        "type": "Microsoft.Resources/resourceGroups", "location": "eastus",
        "properties": { "provisioningState": "Succeeded" },
    })
}

fn put_group() -> Value {
    exchange(
        "PUT",
        "/resourceGroups/rg",
        &json!({ "location": "eastus" }),
        201,
        &group(),
    )
}

fn get_group() -> Value {
    exchange("GET", "/resourceGroups/rg", &Value::Null, 200, &group())
}

fn deletion() -> Vec<Value> {
    let mut start = exchange(
        "DELETE",
        "/resourceGroups/rg",
        &Value::Null,
        202,
        &Value::Null,
    );
    let poll = format!("{S}/operationresults/opaque-1?api-version=2022-09-01");
    start["response_headers"]["location"] = poll.clone().into();
    let mut first = exchange("GET", "/", &Value::Null, 202, &Value::Null);
    first["url"] = poll.clone().into();
    first["response_headers"] = json!({ "location": poll });
    let mut last = exchange("GET", "/", &Value::Null, 200, &Value::Null);
    last["url"] = poll.into();
    vec![start, first, last]
}

fn vault(state: &str, uri: &str, policies: &Value) -> Value {
    json!({
        "id": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-keys",
        "name": "contoso-keys", "type": "Microsoft.KeyVault/vaults", "location": "eastus", "tags": {},
        "systemData": {
            "createdBy": "somebody@contoso.example", "createdByType": "User", "createdAt": "2020-01-01T00:00:00Z",
            "lastModifiedBy": "somebody@contoso.example", "lastModifiedByType": "User",
            "lastModifiedAt": "2020-01-01T00:00:00Z",
        },
        "properties": {
            "sku": { "family": "A", "name": "standard" }, "tenantId": TENANT, "accessPolicies": policies,
            "enabledForDeployment": false, "enableSoftDelete": true, "softDeleteRetentionInDays": 90,
            "vaultUri": uri, "provisioningState": state, "publicNetworkAccess": "Enabled",
        },
    })
}

fn failures(exchanges: &[Value]) -> Vec<String> {
    report("whole", exchanges, &[]).failures().to_vec()
}

fn report(selection: &str, exchanges: &[Value], accepted: &'static [Row]) -> Report {
    let text = json!({ "source": { "selection": selection }, "exchanges": exchanges }).to_string();
    check(
        &[recording::parse(String::from("test"), &text)],
        accepted.to_vec(),
    )
}

#[test]
fn what_the_simulator_answers_as_recorded_passes() {
    let mut all = vec![put_group(), get_group()];
    all.extend(deletion());
    let report = report("whole", &all, &[]);
    assert_eq!(report.failures(), Vec::<String>::new());
    assert_eq!((report.passed(), report.failed()), (5, 0));
}

#[test]
fn what_a_recording_finds_there_is_set_up_from_its_answer() {
    assert_eq!(failures(&[get_group()]), Vec::<String>::new());
    let mut poll = deletion().remove(2);
    poll["url"] = format!("{S}/operationresults/nobody-started?api-version=2022-09-01").into();
    assert_eq!(failures(&[poll]), Vec::<String>::new());
}

#[test]
fn a_changed_status_is_caught() {
    let mut changed = put_group();
    changed["status"] = 202.into();
    let found = failures(&[changed]);
    assert!(
        found[0].contains("Value status: recorded 202, simulated 200"),
        "{found:?}"
    );
}

#[test]
fn a_renamed_member_is_caught_on_both_sides() {
    let mut renamed = group();
    renamed["Location"] = renamed["location"].take();
    renamed
        .as_object_mut()
        .expect("an object")
        .remove("location");
    let found = failures(&[
        put_group(),
        exchange("GET", "/resourceGroups/rg", &Value::Null, 200, &renamed),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("Missing /Location: \"eastus\""),
        "{found:?}"
    );
    assert!(
        found[0].contains("Extra /location: \"eastus\""),
        "{found:?}"
    );
}

#[test]
fn another_type_another_value_and_another_header_are_caught() {
    let mut other = group();
    other["properties"] = json!("Succeeded");
    other["type"] = "Microsoft.Resources/groups".into();
    let mut changed = exchange("GET", "/resourceGroups/rg", &Value::Null, 200, &other);
    changed["response_headers"]["content-type"] = "text/html".into();
    let found = failures(&[put_group(), changed]);
    for difference in [
        "Value header content-type",
        "Type /properties",
        "Value /type",
    ] {
        assert!(found[0].contains(difference), "{difference}: {found:?}");
    }
}

#[test]
fn what_is_left_of_a_budget_is_held_by_its_name() {
    let mut silent = put_group();
    silent["response_headers"] = json!({ "content-type": "application/json; charset=utf-8" });
    let found = failures(&[silent]);
    assert!(
        found[0].contains(&format!("Extra header {WRITES}")),
        "{found:?}"
    );
    let mut other = put_group();
    other["response_headers"]["x-ms-ratelimit-remaining-tenant-writes"] = "1199".into();
    let found = failures(&[other]);
    let missing = "Missing header x-ms-ratelimit-remaining-tenant-writes";
    assert!(found[0].contains(missing), "{found:?}");
}

#[test]
fn what_is_left_to_all_callers_is_held_where_the_recording_knows_it() {
    let mut newer = put_group();
    newer["response_headers"]["x-ms-ratelimit-remaining-subscription-global-writes"] =
        "2999".into();
    assert_eq!(failures(std::slice::from_ref(&newer)), Vec::<String>::new());
    let found = failures(&[newer, get_group()]);
    let extra = "Extra header x-ms-ratelimit-remaining-subscription-global-reads";
    assert!(found[0].contains(extra), "{found:?}");
}

#[test]
fn a_whole_recording_is_not_helped_twice() {
    // Made and gone, and then there again although nobody made it.
    let mut all = vec![put_group()];
    all.extend(deletion());
    all.push(get_group());
    let found = failures(&all);
    assert!(
        found[0].contains("recorded 200, simulated 404"),
        "{found:?}"
    );
    let lacking = report("deduplicated", &all, &[]);
    assert_eq!(lacking.failures(), Vec::<String>::new());
}

#[test]
fn an_id_that_changes_is_caught() {
    let policies =
        json!([{ "tenantId": TENANT, "objectId": OBJECT, "permissions": { "keys": ["get"] } }]);
    let path = "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-keys";
    let body = json!({ "location": "eastus", "properties": {
        "sku": { "family": "A", "name": "standard" }, "tenantId": TENANT, "accessPolicies": policies,
    }});
    let made = vault(
        "RegisteringDns",
        "https://contoso-keys.vault.azure.net",
        &policies,
    );
    let up = vault(
        "Succeeded",
        "https://contoso-keys.vault.azure.net/",
        &policies,
    );
    let mut all = vec![
        put_group(),
        exchange("PUT", path, &body, 200, &made),
        exchange("GET", path, &Value::Null, 200, &up),
    ];
    assert_eq!(failures(&all), Vec::<String>::new());
    let text = all.pop().expect("the read").to_string();
    let other = text.replace(OBJECT, "56565656-5656-4656-8656-565656565656");
    all.push(serde_json::from_str(&other).expect("JSON"));
    let found = failures(&all);
    assert!(
        found[0].contains("/properties/accessPolicies/[]"),
        "{found:?}"
    );
}

#[test]
fn an_accepted_difference_is_taken_and_an_unused_one_fails() {
    const MET: &[Row] = &[row(
        "arm-rg",
        "GET",
        200,
        What::Extra,
        "/type",
        "planted",
        1,
    )];
    const UNUSED: &[Row] = &[row(
        "arm-rg",
        "PUT",
        200,
        What::Extra,
        "/type",
        "planted",
        1,
    )];
    let mut lacking = group();
    lacking.as_object_mut().expect("an object").remove("type");
    let all = [
        put_group(),
        exchange("GET", "/resourceGroups/rg", &Value::Null, 200, &lacking),
    ];
    assert_eq!(report("whole", &all, MET).failures(), Vec::<String>::new());
    let found = report("whole", &all, UNUSED);
    assert_eq!(found.failed(), 2, "{:?}", found.failures());
    assert_eq!(
        found.failures()[1],
        "accepted 1 times, and met 0 times: arm-rg PUT 200 Extra /type (planted)"
    );
}

#[test]
fn an_accepted_difference_that_is_met_once_more_is_caught() {
    const ONCE: &[Row] = &[row(
        "arm-rg",
        "GET",
        200,
        What::Extra,
        "/type",
        "planted",
        1,
    )];
    let mut lacking = group();
    lacking.as_object_mut().expect("an object").remove("type");
    let read = || exchange("GET", "/resourceGroups/rg", &Value::Null, 200, &lacking);
    let found = report("whole", &[put_group(), read(), read()], ONCE);
    assert_eq!(
        found.failures(),
        ["accepted 1 times, and met 2 times: arm-rg GET 200 Extra /type (planted)"]
    );
}

/// A list with a role that is not modelled, and one of somebody's own.
fn roles() -> Value {
    let role = |name: &str, kind: &str| json!({ "name": name, "properties": { "roleName": name, "type": kind } });
    let all =
        json!({ "value": [role("Contoso Reader", "BuiltInRole"), role("on call", "CustomRole")] });
    let mut roles = exchange(
        "GET",
        "/providers/Microsoft.Authorization/roleDefinitions",
        &Value::Null,
        200,
        &all,
    );
    let list = format!("{S}/providers/Microsoft.Authorization/roleDefinitions");
    // What the simulator has is not in it.
    roles["url"] = format!("{list}?$filter=roleName eq 'nothing'&api-version=2022-04-01").into();
    roles
}

#[test]
fn an_item_that_is_missing_is_accepted_by_its_name_only() {
    const fn missing(pointer: &'static str) -> Row {
        row(
            "arm-role-definition",
            "GET",
            200,
            What::Missing,
            pointer,
            "planted",
            1,
        )
    }
    const OTHER: &[Row] = &[
        missing("/value/[Reader]"),
        missing("/value/[a custom role]"),
    ];
    const BOTH: &[Row] = &[
        missing("/value/[Contoso Reader]"),
        missing("/value/[a custom role]"),
    ];
    let found = report("whole", &[roles()], OTHER);
    assert!(
        found.failures()[0].contains("Missing /value/[Contoso Reader]"),
        "{:?}",
        found.failures()
    );
    let found = report("whole", &[roles()], BOTH);
    assert_eq!(found.failures(), Vec::<String>::new());
}

#[test]
fn an_accepted_value_is_no_other_value() {
    const MOVED: Row = row("arm-rg", "GET", 200, What::Value, "/location", "planted", 1);
    const OTHER: &[Row] = &[MOVED.only(r#"recorded "westus", simulated "eastus""#)];
    const SAME: &[Row] = &[MOVED.only(r#"recorded "centralus", simulated "eastus""#)];
    let mut moved = group();
    moved["location"] = "centralus".into();
    let all = [
        put_group(),
        exchange("GET", "/resourceGroups/rg", &Value::Null, 200, &moved),
    ];
    let found = report("whole", &all, OTHER);
    assert_eq!(found.failed(), 2, "{:?}", found.failures());
    assert_eq!(report("whole", &all, SAME).failures(), Vec::<String>::new());
}

#[test]
fn a_missing_recording_is_caught() {
    let bad = recording::parse(String::from("bad.json"), "{\"exchanges\": [");
    let found = check(&[bad], Vec::new());
    assert!(
        found.failures()[0].starts_with("bad.json: "),
        "{:?}",
        found.failures()
    );
    assert_eq!(found.failed(), 1);
    let skipped = exchange(
        "POST",
        "/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/a/failoverPriorityChange",
        &json!({}),
        202,
        &Value::Null,
    );
    let found = report("whole", &[skipped], &[]);
    assert_eq!(
        found.failures(),
        ["arm-cosmos: recorded, and nothing replayed"]
    );
}

#[test]
fn what_no_route_has_is_caught() {
    let unknown = exchange(
        "GET",
        "/providers/Microsoft.Storage/storageAccounts",
        &Value::Null,
        200,
        &json!({}),
    );
    let found = failures(&[unknown]);
    assert!(
        found[0].ends_with("no family has a route for it"),
        "{found:?}"
    );
}

#[test]
fn what_is_skipped_and_modelled_after_all_is_caught() {
    // The simulator says 400 to this version, and 501 only to what it does not model.
    let mut skipped = exchange(
        "POST",
        "/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/a/failoverPriorityChange",
        &json!({}),
        202,
        &Value::Null,
    );
    let url = skipped["url"]
        .as_str()
        .expect("a URL")
        .replace("2024-08-15", "1999-01-01");
    skipped["url"] = url.into();
    let found = failures(&[skipped]);
    let expected = "skipped as not modelled, but the simulator answers 400";
    assert!(found[0].ends_with(expected), "{found:?}");
}
