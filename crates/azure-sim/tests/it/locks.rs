//! Management locks.

use crate::kit::{As, at_once, code, message, text};
use azure_sim::{SimResponse, TwoTenants};
use serde_json::{Value, json};

const LOCKS: &str = "2020-05-01";
pub(crate) const VAULTS: &str = "2023-07-01";
const GROUPS: &str = "2025-04-01";

/// The customer with a subscription, and the ids of a group and a vault in it.
pub(crate) struct Kit {
    pub(crate) azure: TwoTenants,
    pub(crate) subscription: String,
    pub(crate) group: String,
    pub(crate) vault: String,
}

impl Kit {
    pub(crate) fn new() -> Self {
        let azure = at_once();
        let subscription = format!("/subscriptions/{}", azure.customer.subscription_id);
        azure
            .sim
            .register_providers(&azure.customer.subscription_id, &["Microsoft.KeyVault"]);
        let group = format!("{subscription}/resourceGroups/rg");
        let vault = format!("{group}/providers/Microsoft.KeyVault/vaults/contoso-keys");
        Self {
            azure,
            subscription,
            group,
            vault,
        }
    }

    /// With a group and a vault in it.
    pub(crate) fn with_vault() -> Self {
        let kit = Self::new();
        assert_eq!(kit.put_group(json!({})).status, 201);
        assert_eq!(kit.put_vault(json!({})).status, 200);
        kit
    }

    pub(crate) fn arm(&self, method: &str, path: &str, version: &str, body: Value) -> SimResponse {
        As::admin(&self.azure, &self.azure.customer).arm(method, path, version, body)
    }

    pub(crate) fn put_group(&self, tags: Value) -> SimResponse {
        let body = json!({"location": "westeurope", "tags": tags});
        self.arm("PUT", &self.group, GROUPS, body)
    }

    pub(crate) fn put_vault(&self, more: Value) -> SimResponse {
        let mut body = json!({"location": "westeurope", "properties": {
            "tenantId": self.azure.customer.tenant_id,
            "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [],
        }});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.arm("PUT", &self.vault, VAULTS, body)
    }

    fn lock(&self, scope: &str, name: &str, level: &str) -> SimResponse {
        let path = format!("{scope}/providers/Microsoft.Authorization/locks/{name}");
        let body = json!({"properties": {"level": level, "notes": "hands off"}});
        self.arm("PUT", &path, LOCKS, body)
    }

    fn unlock(&self, scope: &str, name: &str) -> SimResponse {
        let path = format!("{scope}/providers/Microsoft.Authorization/locks/{name}");
        self.arm("DELETE", &path, LOCKS, Value::Null)
    }
}

fn locked(target: &str, verb: &str, by: &str) -> (u16, String, String) {
    (
        409,
        "ScopeLocked".to_owned(),
        format!(
            "The scope '{target}' cannot perform {verb} operation because following scope(s) are locked: '{by}'. Please remove the lock and try again."
        ),
    )
}

fn refusal(answer: &SimResponse) -> (u16, String, String) {
    (answer.status, code(answer), message(answer))
}

#[test]
fn a_lock_is_made_read_listed_and_removed() {
    let kit = Kit::with_vault();
    let made = kit.lock(&kit.vault, "keep", "CanNotDelete");
    assert_eq!(made.status, 201);
    assert_eq!(
        made.body_json(),
        json!({
            "properties": {"level": "CanNotDelete", "notes": "hands off"},
            "id": format!("{}/providers/Microsoft.Authorization/locks/keep", kit.vault),
            "type": "Microsoft.Authorization/locks",
            "name": "keep",
        })
    );
    assert_eq!(kit.lock(&kit.vault, "keep", "readonly").status, 200);
    assert_eq!(
        kit.lock(&kit.subscription, "all", "CanNotDelete").status,
        201
    );
    let names = |scope: &str, filter: &str| {
        let path = format!("{scope}/providers/Microsoft.Authorization/locks{filter}");
        let listed = kit.arm("GET", &path, LOCKS, Value::Null).body_json();
        let items = listed["value"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| text(item, "/name"))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&kit.group, ""), ["keep", "all"]);
    assert_eq!(names(&kit.group, "?$filter=atScope()"), ["all"]);
    let wrong = kit.lock(&kit.vault, "keep", "Sealed");
    assert_eq!(code(&wrong), "InvalidRequestContent");
    let absent = format!("{}x", kit.vault);
    assert_eq!(kit.lock(&absent, "keep", "ReadOnly").status, 404);
    assert_eq!(kit.unlock(&kit.vault, "keep").status, 200);
    assert_eq!(kit.unlock(&kit.vault, "keep").status, 204);
    let path = format!("{}/providers/Microsoft.Authorization/locks/keep", kit.vault);
    assert_eq!(
        code(&kit.arm("GET", &path, LOCKS, Value::Null)),
        "LockNotFound"
    );
}

#[test]
fn cannot_delete_holds_what_is_below_and_lets_writes_through() {
    let kit = Kit::with_vault();
    kit.lock(&kit.group, "keep", "CanNotDelete");
    let refused = kit.arm("DELETE", &kit.vault, VAULTS, Value::Null);
    assert_eq!(refusal(&refused), locked(&kit.vault, "delete", &kit.group));
    assert_eq!(kit.put_vault(json!({"tags": {"a": "b"}})).status, 200);
    kit.unlock(&kit.group, "keep");
    assert_eq!(
        kit.arm("DELETE", &kit.vault, VAULTS, Value::Null).status,
        200
    );
}

#[test]
fn a_lock_on_a_resource_holds_its_group() {
    let kit = Kit::with_vault();
    kit.lock(&kit.vault, "keep", "CanNotDelete");
    let refused = kit.arm("DELETE", &kit.group, GROUPS, Value::Null);
    assert_eq!(refusal(&refused), locked(&kit.group, "delete", &kit.vault));
    assert_eq!(kit.put_group(json!({"a": "b"})).status, 200);
}

#[test]
fn read_only_refuses_writes_posts_and_roles_and_lets_keys_of_the_data_plane_be() {
    let kit = Kit::with_vault();
    kit.lock(&kit.group, "still", "ReadOnly");
    let refused = kit.put_vault(json!({}));
    assert_eq!(refusal(&refused), locked(&kit.vault, "write", &kit.group));
    let account = format!(
        "{}/providers/Microsoft.DocumentDB/databaseAccounts/a",
        kit.group
    );
    let keys = kit.arm(
        "POST",
        &format!("{account}/listKeys"),
        "2024-11-15",
        Value::Null,
    );
    assert_eq!(refusal(&keys), locked(&account, "write", &kit.group));
    let role = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/22222222-2222-4222-8222-222222222222",
        kit.vault
    );
    let refused = kit.arm("PUT", &role, "2022-04-01", json!({"properties": {}}));
    assert_eq!(refusal(&refused), locked(&role, "write", &kit.group));
    let read = kit.arm("GET", &kit.vault, VAULTS, Value::Null);
    assert_eq!(read.status, 200);
    // Locks know no data plane.
    assert!(kit.azure.sim.grant(
        &kit.azure.customer.admin,
        "Key Vault Administrator",
        &kit.vault
    ));
    kit.azure.sim.set_access_policy(
        "contoso-keys",
        &kit.azure.customer.admin.object_id,
        &["create", "get"],
    );
    let admin = As::admin(&kit.azure, &kit.azure.customer);
    let path = "/keys/k/create?api-version=7.6";
    let host = "https://contoso-keys.vault.azure.net";
    let token = kit
        .azure
        .sim
        .token(admin.who, "https://vault.azure.net/.default");
    let request = azure_sim::SimRequest::new("POST", format!("{host}{path}").parse().unwrap())
        .bearer(&token.unwrap())
        .json(&json!({"kty": "EC"}));
    let made = crate::kit::answer(kit.azure.sim.handle(admin.now, request));
    assert_eq!(made.status, 200);
}

#[test]
fn read_only_lets_a_name_be_checked() {
    let kit = Kit::new();
    kit.lock(&kit.subscription, "still", "ReadOnly");
    let provider = format!("{}/providers/Microsoft.KeyVault", kit.subscription);
    let vault = json!({"name": "contoso-keys", "type": "Microsoft.KeyVault/vaults"});
    for (word, body) in [
        ("checkNameAvailability", vault),
        ("checkMhsmNameAvailability", json!({"name": "contoso-hsm"})),
    ] {
        let answer = kit.arm("POST", &format!("{provider}/{word}"), VAULTS, body);
        assert_eq!(answer.body_json()["nameAvailable"], true, "{word}");
    }
}

#[test]
fn who_may_not_make_the_change_is_told_so_and_not_of_the_lock() {
    let kit = Kit::with_vault();
    kit.lock(&kit.group, "still", "ReadOnly");
    let customer = &kit.azure.customer;
    let user = kit
        .azure
        .sim
        .add_user(&customer.tenant, "user@contoso.example", &[]);
    assert!(kit.azure.sim.grant(&user, "Contributor", &kit.group));
    let admin = As::admin(&kit.azure, customer);
    let user = As {
        who: &user,
        ..admin
    };
    let delete = user.arm("DELETE", &kit.vault, VAULTS, Value::Null);
    assert_eq!(code(&delete), "ScopeLocked");
    let path = format!(
        "{}/providers/Microsoft.Authorization/locks/still",
        kit.group
    );
    let unlock = user.arm("DELETE", &path, LOCKS, Value::Null);
    assert_eq!(code(&unlock), "AuthorizationFailed");
}
