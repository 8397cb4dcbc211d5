//! Planted defects that conformance must catch.

use super::{
    bodies::{GUID, Shapes},
    check,
    families::FAMILIES,
    graph_types::GraphTypes,
    operations, recording,
    recording::Recording,
    report::Report,
    schema::Schemas,
};
use serde_json::{Value, json};
use std::{fs, future::Future};

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

pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(future)
}

fn report(recordings: &[Result<Recording, String>]) -> (Report, Vec<String>) {
    let shapes = Shapes {
        schemas: Schemas::default(),
        graph: GraphTypes::of(json!({})).expect("no types"),
    };
    let report = run(check(FAMILIES, recordings, &shapes));
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
            && failures[0].contains("where the recording says"),
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
fn a_poll_that_loses_a_part_of_its_query_is_caught() {
    let mut exchanges = deletion(&[202, 200]);
    exchanges[0]["response_headers"] = json!({ "location": format!("{POLL}&t=1&s=opaque") });
    let text = json!({ "exchanges": exchanges }).to_string();
    let recording = recording::parse(String::from("test"), &text).expect("a recording");
    let follow = |url: &str| {
        let handle = json!({
            "operation": "delete_resource_group", "resource": "/", "apiVersion": "1", "deletes": true,
            "poll": { "location": url.replace("00000000-0000-0000-0000-000000000000", GUID) },
        });
        let handle = serde_json::from_value(handle).expect("a handle");
        let handles = [(0, handle)].into();
        let replayed = run(operations::replay(FAMILIES, &recording, &handles));
        replayed
            .into_iter()
            .map(|(.., ended)| ended)
            .collect::<Vec<_>>()
    };
    let whole = follow(&format!("{POLL}&t=1&s=opaque"));
    assert_eq!(whole, [operations::Ended::AtItsEnd]);
    let ended = follow(&format!("{POLL}&t=1"));
    let [operations::Ended::Failed(reason)] = &ended[..] else {
        panic!("{ended:?}");
    };
    assert!(reason.contains("where the recording says"), "{reason}");
}

#[test]
fn a_path_of_ours_with_a_method_that_nobody_named_is_caught() {
    let (_, failures) = failures(&[exchange("POST", GROUP, 200, &group())]);
    assert!(
        failures[0].ends_with("the path is one of ours, and no route has the method"),
        "{failures:?}"
    );
}

#[test]
fn a_recording_of_another_cloud_is_replayed_too() {
    let url = GROUP.replace("management.azure.com", "management.usgovcloudapi.net");
    let (report, failures) = failures(&[exchange("GET", &url, 200, &group())]);
    assert_eq!(failures, Vec::<String>::new());
    assert!(
        report
            .to_string()
            .contains("arm-rg                   1        1")
    );
}

#[test]
fn another_surface_is_skipped_and_not_failed() {
    let url = format!("{GROUP}/providers/Microsoft.Web/sites/s");
    let (report, failures) = failures(&[exchange("GET", &url, 200, &group())]);
    assert_eq!(failures, Vec::<String>::new());
    assert!(report.to_string().contains("other surface 1"));
}

#[test]
fn a_condition_that_forbids_is_told_from_a_missing_right() {
    let refused = |message: &str| {
        let body = json!({ "error": { "code": "AuthorizationFailed", "message": message } });
        failures(&[exchange("GET", GROUP, 403, &body)]).1
    };
    for message in [
        "does not have authorization to perform action 'x'",
        "does not have authorization or an ABAC condition not fulfilled to perform action 'x'",
    ] {
        assert_eq!(refused(message), Vec::<String>::new(), "{message}");
    }
}
