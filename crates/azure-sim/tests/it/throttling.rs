//! Who asks too often is refused, by the documented limits.

use crate::kit::{ARM, As, GRAPH, code, identity_path, message};
use azure_sim::{SimCloud, SimOptions, SimResponse, Throttling, TwoTenants};
use serde_json::{Value, json};

const VERSION: &str = "2025-04-01";
const OWN: &str = "x-ms-ratelimit-remaining-subscription-reads";
const GLOBAL: &str = "x-ms-ratelimit-remaining-subscription-global-reads";

fn azure() -> TwoTenants {
    TwoTenants::new(SimOptions::default())
}

fn group(subscription: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups")
}

fn left(answer: &SimResponse, name: &str) -> Option<u32> {
    answer.find_header(name)?.parse().ok()
}

#[test]
fn reads_come_from_a_bucket_of_250_that_fills_by_25_a_second() {
    let azure = azure();
    let provider = As::admin(&azure, &azure.provider);
    let path = group(&azure.provider.subscription_id);
    let read = |millis| {
        provider
            .at_millis(millis)
            .arm("GET", &path, VERSION, Value::Null)
    };
    for taken in 1..=250 {
        let answer = read(0);
        assert_eq!(answer.status, 200);
        assert_eq!(left(&answer, OWN), Some(250 - taken));
        assert_eq!(left(&answer, GLOBAL), Some(3750 - taken));
    }
    let refused = read(0);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (429, "SubscriptionRequestsThrottled")
    );
    assert_eq!(
        message(&refused),
        format!(
            "Number of 'read' requests for subscription '{}' actor '{}' exceeded. Please try again after '1' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.",
            azure.provider.subscription_id, azure.provider.admin.object_id
        )
    );
    assert_eq!(refused.find_header("retry-after"), Some("1"));
    assert_eq!(refused.find_header("x-ms-failure-cause"), Some("gateway"));
    assert_eq!(left(&refused, OWN), None);
    // Earlier than asked is refused, and starts the wait anew.
    assert_eq!(read(900).status, 429);
    assert_eq!(read(1_800).status, 429);
    let after = read(2_800);
    assert_eq!(after.status, 200);
    assert_eq!(left(&after, OWN), Some(69));
    // Writes have a bucket of their own.
    let body = json!({"location": "westeurope"});
    let put = provider.arm("PUT", &format!("{path}/rg"), VERSION, body);
    let writes = "x-ms-ratelimit-remaining-subscription-writes";
    assert_eq!(left(&put, writes), Some(199));
    assert_eq!(
        left(&put, "x-ms-ratelimit-remaining-subscription-global-writes"),
        Some(2999)
    );
    let delete = provider.arm("DELETE", &format!("{path}/rg"), VERSION, Value::Null);
    let deletes = "x-ms-ratelimit-remaining-subscription-deletes";
    assert_eq!(left(&delete, deletes), Some(199));
}

#[test]
fn who_checks_a_name_reads() {
    let azure = azure();
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let checks = format!("/subscriptions/{subscription}/providers/Microsoft.KeyVault");
    let names = [
        ("checkMhsmNameAvailability", json!({"name": "contoso-hsm"})),
        (
            "checkNameAvailability",
            json!({"name": "contoso-keys", "type": "Microsoft.KeyVault/vaults"}),
        ),
    ];
    for (taken, (check, body)) in (1..).zip(names) {
        let path = format!("{checks}/{check}");
        let answer = provider.at(0).arm("POST", &path, "2023-07-01", body);
        assert_eq!(answer.status, 200);
        assert_eq!(left(&answer, OWN), Some(250 - taken));
        let writes = "x-ms-ratelimit-remaining-subscription-writes";
        assert_eq!(left(&answer, writes), None);
    }
}

#[test]
fn all_principals_together_have_fifteen_times_as_much() {
    let azure = azure();
    let admin = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let path = group(subscription);
    let user = |n: u32| {
        let name = format!("user-{n}@provider.example");
        let user = azure.sim.add_user(&azure.provider.tenant, &name, &[]);
        let scope = format!("/subscriptions/{subscription}");
        assert!(azure.sim.grant(&user, "Reader", &scope));
        user
    };
    for n in 0..15 {
        let who = &user(n);
        for _ in 0..250 {
            let read = As { who, ..admin.at(0) }.arm("GET", &path, VERSION, Value::Null);
            assert_eq!(read.status, 200);
        }
    }
    let refused = admin.arm("GET", &path, VERSION, Value::Null);
    assert_eq!(refused.status, 429);
    let other = As::admin(&azure, &azure.customer);
    let path = group(&azure.customer.subscription_id);
    assert_eq!(other.arm("GET", &path, VERSION, Value::Null).status, 200);
}

#[test]
fn what_the_gateway_refuses_says_nothing_of_what_is_left() {
    let azure = azure();
    let provider = As::admin(&azure, &azure.provider);
    let absent = format!("{}/rg", group(&azure.provider.subscription_id));
    let refused = provider.arm("GET", &absent, VERSION, Value::Null);
    assert_eq!(refused.find_header("x-ms-failure-cause"), Some("gateway"));
    assert_eq!(left(&refused, OWN), None);
    let read = provider.arm(
        "GET",
        &group(&azure.provider.subscription_id),
        VERSION,
        Value::Null,
    );
    // It was counted all the same.
    assert_eq!(left(&read, OWN), Some(248));
}

#[test]
fn the_other_clouds_count_by_the_hour() {
    let azure = TwoTenants::new(SimOptions {
        cloud: SimCloud::UsGovernment,
        ..SimOptions::default()
    });
    let provider = As::admin(&azure, &azure.provider);
    let path = format!(
        "{}/rg?api-version={VERSION}",
        group(&azure.provider.subscription_id)
    );
    let put = |seconds| {
        let host = "https://management.usgovcloudapi.net";
        let body = json!({"location": "usgovvirginia"});
        provider.at(seconds).send("PUT", host, &path, &[], &body)
    };
    let writes = "x-ms-ratelimit-remaining-subscription-writes";
    for taken in 1..=1200 {
        let answer = put(100);
        assert!(answer.is_success());
        assert_eq!(left(&answer, writes), Some(1200 - taken));
        assert_eq!(
            answer.find_header("x-ms-ratelimit-remaining-subscription-global-writes"),
            None
        );
    }
    let refused = put(700);
    assert_eq!(refused.find_header("retry-after"), Some("3000"));
    assert!(message(&refused).ends_with("Please try again after '3000' seconds."));
    assert_eq!(left(&put(3700), writes), Some(1199));
}

#[test]
fn an_identity_is_written_once_in_four_seconds_and_read_once_in_two() {
    let azure = azure();
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    provider.make_identity(subscription);
    let path = identity_path(subscription);
    let ask = |seconds, method: &str| {
        let body = match method {
            "PUT" => json!({"location": "westeurope"}),
            _ => Value::Null,
        };
        provider.at(seconds).arm(method, &path, "2024-11-30", body)
    };
    assert_eq!(ask(0, "GET").status, 200);
    let refused = ask(1, "GET");
    assert_eq!((refused.status, code(&refused).as_str()), (429, "429"));
    assert_eq!(
        message(&refused),
        format!(
            "Request is temporarily throttled because resource {} has issued too many requests. Retry after 1 seconds.",
            path.to_lowercase()
        )
    );
    assert_eq!(refused.find_header("retry-after"), Some("1"));
    assert_eq!(ask(2, "GET").status, 200);
    assert_eq!(ask(3, "PUT").find_header("retry-after"), Some("1"));
    assert_eq!(ask(4, "PUT").status, 200);
}

#[test]
fn graph_counts_units_within_ten_seconds() {
    let azure = azure();
    let provider = As::admin(&azure, &azure.provider);
    let list = |seconds| {
        provider
            .at(seconds)
            .graph("GET", "applications", Value::Null)
    };
    for _ in 0..1750 {
        let answer = list(0);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.find_header("x-ms-resource-unit"), Some("2"));
    }
    let refused = list(4);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (429, "TooManyRequests")
    );
    assert_eq!(refused.find_header("retry-after"), Some("6"));
    assert_eq!(
        refused.find_header("x-ms-throttle-information"),
        Some("ResourceUnitLimitExceeded")
    );
    // Another tenant has units of its own.
    let customer = As::admin(&azure, &azure.customer);
    let other = customer.at(4).graph("GET", "applications", Value::Null);
    assert_eq!(other.status, 200);
    assert_eq!(list(10).status, 200);
}

#[test]
fn switched_off_nobody_is_refused_and_the_meters_look_full() {
    let azure = TwoTenants::new(SimOptions {
        throttling: Throttling::Off,
        ..SimOptions::default()
    });
    let provider = As::admin(&azure, &azure.provider);
    let path = group(&azure.provider.subscription_id);
    for _ in 0..300 {
        let read = provider.arm("GET", &path, VERSION, Value::Null);
        assert_eq!((read.status, left(&read, OWN)), (200, Some(249)));
    }
}

#[test]
fn hosts_share_no_meter() {
    let azure = azure();
    let provider = As::admin(&azure, &azure.provider);
    let path = group(&azure.provider.subscription_id);
    for _ in 0..251 {
        provider.arm("GET", &path, VERSION, Value::Null);
    }
    let me = provider.send("GET", GRAPH, "/v1.0/me", &[], &Value::Null);
    assert_eq!(me.status, 200);
    let busy = provider.send(
        "GET",
        ARM,
        &format!("{path}?api-version={VERSION}"),
        &[],
        &Value::Null,
    );
    assert_eq!(busy.status, 429);
}
