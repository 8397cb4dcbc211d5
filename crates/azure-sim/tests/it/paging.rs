//! Pages of the lists of Resource Manager.

use crate::{
    kit::{As, at_once, code, text},
    locks::Kit,
};
use azure_sim::{SimRequest, SimResponse};
use serde_json::{Value, json};

const GROUPS: &str = "2025-04-01";

fn make_groups(kit: &Kit, count: usize) {
    for number in 0..count {
        let path = format!("{}/resourceGroups/rg-{number:04}", kit.subscription);
        let made = kit.arm("PUT", &path, GROUPS, json!({"location": "westeurope"}));
        assert_eq!(made.status, 201);
    }
}

fn list(kit: &Kit, query: &str) -> SimResponse {
    let path = format!("{}/resourcegroups{query}", kit.subscription);
    kit.arm("GET", &path, GROUPS, Value::Null)
}

fn names(page: &Value) -> Vec<String> {
    let items = page["value"].as_array().unwrap().iter();
    items.map(|item| text(item, "/name")).collect()
}

/// Follows a link as it stands.
fn follow(kit: &Kit, link: &str) -> Value {
    let admin = As::admin(&kit.azure, &kit.azure.customer);
    let (host, path) = link.split_at("https://management.azure.com".len());
    let answer = admin.send("GET", host, path, &[], &Value::Null);
    assert_eq!(answer.status, 200);
    answer.body_json()
}

#[test]
fn a_list_is_walked_by_its_links_to_the_end() {
    let kit = Kit::new();
    make_groups(&kit, 5);
    let mut page = list(&kit, "?$top=2").body_json();
    let mut seen = vec![names(&page)];
    while let Some(link) = page["nextLink"].as_str() {
        assert!(link.starts_with("https://management.azure.com/subscriptions/"));
        let url = SimRequest::new("GET", link.parse().unwrap());
        assert_eq!(url.query("api-version").as_deref(), Some(GROUPS));
        assert_eq!(url.query("$top").as_deref(), Some("2"));
        page = follow(&kit, link);
        seen.push(names(&page));
    }
    assert_eq!(
        seen,
        [
            vec!["rg-0000", "rg-0001"],
            vec!["rg-0002", "rg-0003"],
            vec!["rg-0004"]
        ]
    );
}

#[test]
fn a_page_holds_a_thousand_items_and_a_full_last_one_has_no_link() {
    let kit = Kit::new();
    make_groups(&kit, 1000);
    let whole = list(&kit, "").body_json();
    assert_eq!(names(&whole).len(), 1000);
    assert_eq!(whole.get("nextLink"), None);
    assert_eq!(kit.put_group(json!({})).status, 201);
    let first = list(&kit, "").body_json();
    assert_eq!(names(&first).len(), 1000);
    let rest = follow(&kit, first["nextLink"].as_str().unwrap());
    assert_eq!(names(&rest).len(), 1);
    assert_eq!(rest.get("nextLink"), None);
}

#[test]
fn lists_of_every_provider_have_pages_and_keep_their_filter() {
    let kit = Kit::with_vault();
    for number in 0..2 {
        let path = format!(
            "{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{number}",
            kit.group
        );
        let made = kit.arm(
            "PUT",
            &path,
            "2024-11-30",
            json!({"location": "westeurope"}),
        );
        assert_eq!(made.status, 201);
    }
    let identities = "Microsoft.ManagedIdentity/userAssignedIdentities";
    let path = format!(
        "{}/resources?$filter=resourceType eq '{identities}'&$top=1",
        kit.subscription
    );
    let first = kit.arm("GET", &path, "2021-04-01", Value::Null).body_json();
    let second = follow(&kit, first["nextLink"].as_str().unwrap());
    assert_eq!(
        (names(&first), names(&second)),
        (vec!["id-0".to_owned()], vec!["id-1".to_owned()])
    );
    assert_eq!(second.get("nextLink"), None);
    let path = format!("{}/providers/{identities}?$top=1", kit.group);
    let own = kit.arm("GET", &path, "2024-11-30", Value::Null).body_json();
    assert_eq!((names(&own).len(), own["nextLink"].is_string()), (1, true));
}

#[test]
fn a_wrong_size_and_a_foreign_token_are_refused() {
    let kit = Kit::new();
    make_groups(&kit, 1);
    for top in ["0", "1001", "-1", "many", ""] {
        let refused = list(&kit, &format!("?$top={top}"));
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (400, "InvalidTopInQueryString"),
            "{top}"
        );
    }
    for token in ["1", "", "YWZ0ZXIgKzE", "%FF", "after 1"] {
        let refused = list(&kit, &format!("?$skiptoken={token}"));
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (400, "InvalidSkipTokenInQueryString"),
            "{token}"
        );
    }
    // base64 of `after 18446744073709551615`: beyond the end, and no overflow.
    let beyond = list(&kit, "?$skiptoken=YWZ0ZXIgMTg0NDY3NDQwNzM3MDk1NTE2MTU").body_json();
    assert_eq!(beyond, json!({"value": []}));
}

#[test]
fn what_is_no_list_and_lists_of_cosmos_db_take_no_notice_of_top() {
    let kit = Kit::new();
    make_groups(&kit, 1);
    let path = format!("{}/resourceGroups/rg-0000?$top=0", kit.subscription);
    assert_eq!(kit.arm("GET", &path, GROUPS, Value::Null).status, 200);
    let azure = at_once();
    let admin = As::admin(&azure, &azure.provider);
    azure
        .sim
        .register_providers(&azure.provider.subscription_id, &["Microsoft.DocumentDB"]);
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.DocumentDB/databaseAccounts?$top=0",
        azure.provider.subscription_id
    );
    let accounts = admin.arm("GET", &path, "2024-11-15", Value::Null);
    assert_eq!(accounts.body_json(), json!({"value": []}));
}
