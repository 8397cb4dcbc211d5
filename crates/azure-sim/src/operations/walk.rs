//! Every operation of the table is answered, in one walk through a small Azure: a row without a route fails.

use super::Operation;
use crate::{Lag, Reply, SimCloud, SimOptions, SimRequest, SimResponse, Throttling, TwoTenants};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeSet, time::Duration};

const GRAPH: &str = "https://graph.microsoft.com/v1.0";
const LOGIN: &str = "https://login.microsoftonline.com";
const VAULT: &str = "https://contoso-keys.vault.azure.net";
const HSM: &str = "https://pool.managedhsm.azure.net";
/// The example of RFC 7517, A.2.
const P256: [&str; 3] = [
    "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
];
const DIGEST: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

struct Walk {
    azure: TwoTenants,
    seen: RefCell<(Duration, BTreeSet<&'static Operation>)>,
}

impl Walk {
    fn new() -> Self {
        let azure = TwoTenants::new(SimOptions {
            lag: Lag::strict(),
            throttling: Throttling::Off,
            ..SimOptions::default()
        });
        azure.sim.sign_tokens();
        azure.sim.glance().identity_header = Some("header".to_owned());
        let customer = &azure.customer;
        let scope = format!("/subscriptions/{}", customer.subscription_id);
        assert!(
            azure
                .sim
                .grant(&customer.admin, "Key Vault Administrator", &scope)
        );
        Self {
            azure,
            seen: RefCell::default(),
        }
    }

    /// Sends a request ten minutes after the last, which must be answered well.
    fn send(&self, request: SimRequest) -> SimResponse {
        let (method, url) = (request.method.clone(), request.url.clone());
        let now = {
            let (now, operations) = &mut *self.seen.borrow_mut();
            *now += Duration::from_secs(600);
            operations.extend(SimCloud::Public.operation(&method, &url));
            *now
        };
        let Reply::Answer(answer) = self.azure.sim.handle(now, request) else {
            panic!("{method} {url}: no answer");
        };
        let text = String::from_utf8_lossy(&answer.body);
        assert!(
            answer.status < 400,
            "{method} {url}: {} {text}",
            answer.status
        );
        answer
    }

    fn request(&self, method: &str, url: &str, body: Value) -> SimRequest {
        let host = url.split('/').nth(2).unwrap();
        let audience = match host.split_once('.') {
            Some((_, "vault.azure.net")) => "vault.azure.net",
            Some((_, "managedhsm.azure.net")) => "managedhsm.azure.net",
            _ => host,
        };
        let admin = &self.azure.customer.admin;
        let token = self
            .azure
            .sim
            .token(admin, &format!("https://{audience}/.default"));
        let request = SimRequest::new(method, url.parse().unwrap()).bearer(&token.unwrap());
        match body {
            Value::Null => request,
            body => request.json(&body),
        }
    }

    fn ask(&self, method: &str, url: &str, body: Value) -> Value {
        self.send(self.request(method, url, body)).body_json()
    }

    fn graph(&self, method: &str, path: &str, body: Value) -> Value {
        self.ask(method, &format!("{GRAPH}{path}"), body)
    }

    fn upsert(&self, path: &str, body: Value) {
        let request = self.request("PATCH", &format!("{GRAPH}{path}"), body);
        self.send(request.header("prefer", "create-if-missing"));
    }

    fn arm_url(&self, path: &str, version: &str) -> String {
        let subscription = format!("/subscriptions/{}", self.azure.customer.subscription_id);
        let path = path.replace("{s}", &subscription);
        let path = path.replace("{g}", &format!("{subscription}/resourceGroups/rg"));
        format!("https://management.azure.com{path}?api-version={version}")
    }

    fn arm(&self, method: &str, path: &str, version: &str, body: Value) -> SimResponse {
        self.send(self.request(method, &self.arm_url(path, version), body))
    }

    /// Reads where the headers of an answer point to.
    fn follow(&self, answer: &SimResponse) {
        for name in ["azure-asyncoperation", "location"] {
            if let Some(url) = answer.find_header(name) {
                self.ask("GET", url, Value::Null);
            }
        }
    }

    /// Reads, from a list to what is in it.
    fn read(&self, version: &str, paths: &[&str]) {
        for path in paths {
            self.arm("GET", path, version, Value::Null);
        }
    }

    fn keys(&self, host: &str, method: &str, path: &str, body: Value) -> Value {
        self.ask(method, &format!("{host}{path}?api-version=7.4"), body)
    }
}

#[test]
fn every_operation_is_answered() {
    let walk = Walk::new();
    directory(&walk);
    groups(&walk);
    tokens(&walk);
    authorization(&walk);
    deployments(&walk);
    vaults(&walk);
    managed_hsms(&walk);
    accounts(&walk);
    deletions(&walk);
    let (_, seen) = walk.seen.take();
    let missing: Vec<_> = Operation::all().filter(|own| !seen.contains(own)).collect();
    assert_eq!(missing, Vec::<&Operation>::new());
    assert_eq!(walk.azure.sim.unmodelled(), Vec::<String>::new());
    assert_eq!(walk.azure.sim.unknown_members(), Vec::<String>::new());
}

#[test]
fn what_no_row_names_is_not_served() {
    let walk = Walk::new();
    let app = walk.graph("POST", "/applications", json!({"displayName": "a"}));
    let path = format!(
        "/v1.0/applications/{}/addPassword",
        app["id"].as_str().unwrap()
    );
    // Its route takes more than the row says.
    let url = format!("https://graph.microsoft.com{path}/more");
    let request = walk.request("POST", &url, json!({}));
    let Reply::Answer(answer) = walk.azure.sim.handle(Duration::from_secs(3600), request) else {
        panic!("no answer");
    };
    assert_eq!(answer.status, 501);
    assert_eq!(
        walk.azure.sim.unmodelled(),
        [format!("POST graph.microsoft.com {path}/more")]
    );
}

fn directory(walk: &Walk) {
    walk.graph("GET", "/me", Value::Null);
    let app = json!({"displayName": "a", "signInAudience": "AzureADMultipleOrgs"});
    walk.upsert("/applications(uniqueName='upserted')", app.clone());
    let made = walk.graph("POST", "/applications", app);
    let (id, client) = (made["id"].as_str().unwrap(), &made["appId"]);
    let principal = walk.graph("POST", "/servicePrincipals", json!({"appId": client}));
    let principal = principal["id"].as_str().unwrap();
    walk.upsert(
        &format!("/servicePrincipals(appId='{}')", client.as_str().unwrap()),
        json!({}),
    );
    for (path, change) in [
        (format!("/applications/{id}"), json!({"displayName": "b"})),
        (
            format!("/servicePrincipals/{principal}"),
            json!({"accountEnabled": true}),
        ),
    ] {
        walk.graph("GET", path.rsplit_once('/').unwrap().0, Value::Null);
        walk.graph("GET", &path, Value::Null);
        walk.graph("PATCH", &path, change);
        let secret = walk.graph("POST", &format!("{path}/addPassword"), json!({}));
        let key = json!({"keyId": secret["keyId"]});
        walk.graph("POST", &format!("{path}/removePassword"), key);
    }
    let credentials = format!("/applications/{id}/federatedIdentityCredentials");
    let credential = json!({
        "name": "main", "issuer": "https://login.microsoftonline.com/x/v2.0", "subject": "s",
        "audiences": ["api://AzureADTokenExchange"],
    });
    walk.graph("POST", &credentials, credential);
    walk.graph("GET", &credentials, Value::Null);
    let credential = format!("{credentials}/main");
    walk.graph("GET", &credential, Value::Null);
    walk.graph("PATCH", &credential, json!({"description": "d"}));
    walk.graph("DELETE", &credential, Value::Null);
    walk.graph(
        "POST",
        "/directoryObjects/getByIds",
        json!({"ids": [principal]}),
    );
    walk.graph(
        "DELETE",
        &format!("/servicePrincipals/{principal}"),
        Value::Null,
    );
    let deleted = format!("/directory/deletedItems/{id}");
    for action in ["/restore", ""] {
        walk.graph("DELETE", &format!("/applications/{id}"), Value::Null);
        walk.graph(
            "GET",
            "/directory/deletedItems/microsoft.graph.application",
            Value::Null,
        );
        walk.graph(
            "GET",
            "/directory/deletedItems/microsoft.graph.servicePrincipal",
            Value::Null,
        );
        walk.graph("GET", &deleted, Value::Null);
        let method = if action.is_empty() { "DELETE" } else { "POST" };
        walk.graph(method, &format!("{deleted}{action}"), Value::Null);
    }
}

fn tokens(walk: &Walk) {
    let tenant = &walk.azure.customer.tenant_id;
    let plain = |method: &str, url: String| SimRequest::new(method, url.parse().unwrap());
    for path in [
        "v2.0/.well-known/openid-configuration",
        ".well-known/openid-configuration",
        "discovery/v2.0/keys",
        "discovery/keys",
    ] {
        walk.send(plain("GET", format!("{LOGIN}/{tenant}/{path}")));
    }
    let asked = "authorization_endpoint=https://login.microsoftonline.com/common/oauth2/authorize";
    walk.send(plain(
        "GET",
        format!("{LOGIN}/common/discovery/instance?{asked}"),
    ));
    let app = json!({
        "displayName": "c", "signInAudience": "AzureADMultipleOrgs",
        "web": {"redirectUris": ["https://app.fabrikam.example/done"]},
    });
    let app = walk.graph("POST", "/applications", app);
    let client = app["appId"].as_str().unwrap();
    let rest = "scope=https://graph.microsoft.com/User.Read&redirect_uri=https://app.fabrikam.example/done";
    for path in ["adminconsent", "v2.0/adminconsent"] {
        let url = format!("{LOGIN}/{tenant}/{path}?client_id={client}&{rest}");
        walk.send(plain("GET", url.clone()));
        let mut accept = plain("POST", url);
        accept.body = format!("user={}&action=accept", walk.azure.customer.admin.object_id).into();
        walk.send(accept);
    }
    let path = format!("/applications/{}/addPassword", app["id"].as_str().unwrap());
    let secret = walk.graph("POST", &path, json!({}));
    let mut token = plain("POST", format!("{LOGIN}/{tenant}/oauth2/v2.0/token"));
    token.body = format!(
        "grant_type=client_credentials&client_id={client}&client_secret={}&scope=https://management.azure.com/.default",
        secret["secretText"].as_str().unwrap()
    )
    .into();
    walk.send(token);
    let identity = walk.arm_url(
        "{g}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity",
        "x",
    );
    let (_, id) = identity.split_once("azure.com").unwrap();
    let (id, _) = id.split_once('?').unwrap();
    let rest = format!("resource=https://management.azure.com&mi_res_id={id}");
    let url = format!(
        "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&{rest}"
    );
    walk.send(plain("GET", url).header("metadata", "true"));
    let url = format!("http://127.0.0.1:1/msi/token?api-version=2019-08-01&{rest}");
    walk.send(plain("GET", url).header("x-identity-header", "header"));
}

fn groups(walk: &Walk) {
    for namespace in [
        "Microsoft.KeyVault",
        "Microsoft.ManagedIdentity",
        "Microsoft.DocumentDB",
    ] {
        let path = format!("{{s}}/providers/{namespace}");
        walk.arm(
            "POST",
            &format!("{path}/register"),
            "2021-04-01",
            Value::Null,
        );
        walk.read("2021-04-01", &[&path]);
    }
    let location = json!({"location": "westeurope"});
    walk.arm("PUT", "{g}", "2021-04-01", location.clone());
    walk.arm("PATCH", "{g}", "2021-04-01", json!({"tags": {"a": "b"}}));
    walk.arm("HEAD", "{g}", "2021-04-01", Value::Null);
    walk.read(
        "2021-04-01",
        &[
            "/tenants",
            "/subscriptions",
            "{s}",
            "{s}/locations",
            "{s}/resources",
            "{g}/resources",
            "{s}/resourceGroups",
            "{g}",
        ],
    );
    let identities = "/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
    let identity = format!("{{g}}{identities}/identity");
    walk.arm("PUT", &identity, "2024-11-30", location);
    let tags = json!({"tags": {"team": "keys"}});
    walk.arm("PATCH", &identity, "2024-11-30", tags);
    let credentials = format!("{identity}/federatedIdentityCredentials");
    let credential = format!("{credentials}/main");
    let body = json!({"properties": {
        "issuer": "https://issuer.example", "subject": "s", "audiences": ["api://AzureADTokenExchange"],
    }});
    walk.arm("PUT", &credential, "2024-11-30", body);
    let lists = [format!("{{s}}{identities}"), format!("{{g}}{identities}")];
    walk.read(
        "2024-11-30",
        &[&lists[0], &lists[1], &identity, &credentials, &credential],
    );
    walk.arm("DELETE", &credential, "2024-11-30", Value::Null);
}

fn authorization(walk: &Walk) {
    const NAME: &str = "12121212-1212-4212-8212-121212121212";
    /// Key Vault Reader.
    const ROLE: &str = "21090545-7ca7-4776-b22c-e363652d74d2";
    let at = |path: &str| format!("{{s}}/providers/Microsoft.Authorization/{path}");
    let version = "2022-04-01";
    walk.read(version, &[&at("permissions"), &at("roleDefinitions")]);
    let role = at(&format!("roleDefinitions/{ROLE}"));
    walk.read(version, &[&role]);
    let assignment = at(&format!("roleAssignments/{NAME}"));
    let role = walk.arm("GET", &role, version, Value::Null).body_json()["id"].clone();
    let body = json!({"properties": {
        "roleDefinitionId": role, "principalId": walk.azure.customer.admin.object_id, "principalType": "User",
    }});
    walk.arm("PUT", &assignment, version, body);
    walk.read(version, &[&at("roleAssignments"), &assignment]);
    walk.arm("DELETE", &assignment, version, Value::Null);
    let lock = at("locks/lock");
    let body = json!({"properties": {"level": "CanNotDelete"}});
    walk.arm("PUT", &lock, "2020-05-01", body);
    walk.read("2020-05-01", &[&at("locks"), &lock]);
    walk.arm("DELETE", &lock, "2020-05-01", Value::Null);
    let definition = at("policyDefinitions/rule");
    let rule =
        json!({"if": {"field": "location", "equals": "nowhere"}, "then": {"effect": "deny"}});
    let body = json!({"properties": {"policyRule": rule}});
    let made = walk.arm("PUT", &definition, "2024-05-01", body).body_json();
    walk.read("2024-05-01", &[&at("policyDefinitions"), &definition]);
    for scope in ["{s}", "{g}"] {
        let all = format!("{scope}/providers/Microsoft.Authorization/policyAssignments");
        let one = format!("{all}/here");
        let body = json!({"properties": {"policyDefinitionId": made["id"]}});
        walk.arm("PUT", &one, "2024-05-01", body);
        walk.read("2024-05-01", &[&all, &one]);
        walk.arm("DELETE", &one, "2024-05-01", Value::Null);
    }
    walk.arm("DELETE", &definition, "2024-05-01", Value::Null);
}

fn deployments(walk: &Walk) {
    let all = "{g}/providers/Microsoft.Resources/deployments";
    let one = format!("{all}/d");
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "resources": [],
    });
    let body = json!({"properties": {"mode": "Incremental", "template": template}});
    walk.arm(
        "POST",
        &format!("{one}/validate"),
        "2025-04-01",
        body.clone(),
    );
    let started = walk.arm("PUT", &one, "2025-04-01", body);
    walk.follow(&started);
    walk.read("2025-04-01", &[all, &one, &format!("{one}/operations")]);
}

/// What both data planes do with keys; `kty` is of RSA keys.
fn data_plane(walk: &Walk, host: &str, kty: &str) {
    let keys = |method: &str, path: &str, body: Value| walk.keys(host, method, path, body);
    keys("POST", "/keys/k/create", json!({"kty": kty}));
    let [x, y, d] = P256;
    let imported = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "d": d});
    keys("PUT", "/keys/imported", json!({"key": imported}));
    for path in ["/keys", "/keys/k", "/keys/k/versions"] {
        keys("GET", path, Value::Null);
    }
    keys("PATCH", "/keys/k", json!({"tags": {"a": "b"}}));
    keys("GET", "/keys/k/rotationpolicy", Value::Null);
    let policy = json!({"lifetimeActions": [
        {"trigger": {"timeAfterCreate": "P90D"}, "action": {"type": "Rotate"}},
    ]});
    keys("PUT", "/keys/k/rotationpolicy", policy);
    keys("POST", "/keys/k/rotate", Value::Null);
    let text = json!({"alg": "RSA-OAEP-256", "value": DIGEST});
    for (there, back) in [("encrypt", "decrypt"), ("wrapkey", "unwrapkey")] {
        let sealed = keys("POST", &format!("/keys/k/{there}"), text.clone());
        let sealed = json!({"alg": "RSA-OAEP-256", "value": sealed["value"]});
        assert_eq!(
            keys("POST", &format!("/keys/k/{back}"), sealed)["value"],
            DIGEST
        );
    }
    let signed = keys(
        "POST",
        "/keys/k/sign",
        json!({"alg": "RS256", "value": DIGEST}),
    );
    let signed = json!({"alg": "RS256", "digest": DIGEST, "value": signed["value"]});
    assert_eq!(keys("POST", "/keys/k/verify", signed)["value"], true);
    let backup = keys("POST", "/keys/k/backup", json!({}));
    keys("DELETE", "/keys/k", Value::Null);
    for path in ["/deletedkeys", "/deletedkeys/k"] {
        keys("GET", path, Value::Null);
    }
    keys("POST", "/deletedkeys/k/recover", Value::Null);
    keys("DELETE", "/keys/k", Value::Null);
    keys("DELETE", "/deletedkeys/k", Value::Null);
    keys("POST", "/keys/restore", backup);
}

fn vaults(walk: &Walk) {
    let version = "2023-07-01";
    let name = json!({"name": "contoso-keys", "type": "Microsoft.KeyVault/vaults"});
    walk.arm(
        "POST",
        "{s}/providers/Microsoft.KeyVault/checkNameAvailability",
        version,
        name,
    );
    let all = "/providers/Microsoft.KeyVault/vaults";
    let one = format!("{{g}}{all}/contoso-keys");
    let body = json!({"location": "westeurope", "properties": {
        "tenantId": walk.azure.customer.tenant_id, "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [], "enableRbacAuthorization": true,
    }});
    walk.arm("PUT", &one, version, body);
    walk.arm("PATCH", &one, version, json!({"tags": {"a": "b"}}));
    let policies = json!({"properties": {"accessPolicies": []}});
    walk.arm(
        "PUT",
        &format!("{one}/accessPolicies/add"),
        version,
        policies,
    );
    let key = format!("{one}/keys/cosmos");
    walk.arm("PUT", &key, version, json!({"properties": {"kty": "RSA"}}));
    let lists = [format!("{{s}}{all}"), format!("{{g}}{all}")];
    walk.read(
        version,
        &[&lists[0], &lists[1], &one, &format!("{one}/keys"), &key],
    );
    data_plane(walk, VAULT, "RSA");
}

fn managed_hsms(walk: &Walk) {
    let version = "2023-07-01";
    let check = "{s}/providers/Microsoft.KeyVault/checkMhsmNameAvailability";
    walk.arm("POST", check, version, json!({"name": "pool"}));
    let all = "/providers/Microsoft.KeyVault/managedHSMs";
    let one = format!("{{g}}{all}/pool");
    let admin = &walk.azure.customer.admin.object_id;
    let body = json!({"location": "uksouth", "sku": {"family": "B", "name": "Standard_B1"}, "properties": {
        "tenantId": walk.azure.customer.tenant_id, "initialAdminObjectIds": [admin],
        "softDeleteRetentionInDays": 7,
    }});
    let started = walk.arm("PUT", &one, version, body);
    walk.follow(&started);
    let started = walk.arm("PATCH", &one, version, json!({"tags": {"a": "b"}}));
    walk.follow(&started);
    walk.read(
        version,
        &[&format!("{{s}}{all}"), &format!("{{g}}{all}"), &one],
    );
    let hsm = |method: &str, path: &str, body: Value| walk.keys(HSM, method, path, body);
    let certificates = json!({"certificates": vec![json!({"kty": "RSA"}); 3], "required": 2});
    hsm("POST", "/securitydomain/download", certificates);
    hsm("GET", "/securitydomain/download/pending", Value::Null);
    let roles = "/providers/Microsoft.Authorization/roleDefinitions";
    let found = hsm("GET", roles, Value::Null);
    let role = |name: &str| {
        let mut all = found["value"].as_array().unwrap().iter();
        all.find(|role| role["properties"]["roleName"] == name)
            .unwrap()
            .clone()
    };
    let user = role("Managed HSM Crypto User");
    hsm(
        "GET",
        &format!("{roles}/{}", user["name"].as_str().unwrap()),
        Value::Null,
    );
    let assignments = "/keys/providers/Microsoft.Authorization/roleAssignments";
    let mut made = Vec::new();
    for (at, role) in [user, role("Managed HSM Crypto Officer")]
        .iter()
        .enumerate()
    {
        let one = format!("{assignments}/3434343{at}-3434-4434-8434-343434343434");
        let body = json!({"properties": {"roleDefinitionId": role["id"], "principalId": admin}});
        hsm("PUT", &one, body);
        made.push(one);
    }
    hsm("GET", assignments, Value::Null);
    hsm("GET", &made[0], Value::Null);
    data_plane(walk, HSM, "RSA-HSM");
    hsm("DELETE", &made[0], Value::Null);
}

fn accounts(walk: &Walk) {
    let version = "2024-08-15";
    let provider = "/providers/Microsoft.DocumentDB";
    let one = format!("{{g}}{provider}/databaseAccounts/fabrikam-data");
    let body = json!({"location": "West Europe", "properties": {
        "databaseAccountOfferType": "Standard",
        "locations": [{"locationName": "West Europe", "failoverPriority": 0}],
    }});
    let started = walk.arm("PUT", &one, version, body);
    walk.follow(&started);
    let started = walk.arm("PATCH", &one, version, json!({"tags": {"a": "b"}}));
    walk.follow(&started);
    walk.arm(
        "HEAD",
        &format!("{provider}/databaseAccountNames/fabrikam-data"),
        version,
        Value::Null,
    );
    let paths = [
        format!("{{s}}{provider}/databaseAccounts"),
        format!("{{g}}{provider}/databaseAccounts"),
        format!("{{s}}{provider}/locations"),
        format!("{{s}}{provider}/locations/westeurope"),
        one.clone(),
    ];
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    walk.read(version, &paths);
    let started = walk.arm("DELETE", &one, version, Value::Null);
    walk.follow(&started);
}

fn deletions(walk: &Walk) {
    let version = "2023-07-01";
    let provider = "{s}/providers/Microsoft.KeyVault";
    for (kind, name, location) in [
        ("Vaults", "contoso-keys", "westeurope"),
        ("ManagedHSMs", "pool", "uksouth"),
    ] {
        let one = format!("{{g}}/providers/Microsoft.KeyVault/{kind}/{name}");
        let started = walk.arm("DELETE", &one, version, Value::Null);
        walk.follow(&started);
        walk.read(version, &[&format!("{provider}/deleted{kind}")]);
        let deleted = format!("{provider}/locations/{location}/deleted{kind}/{name}");
        walk.read(version, &[&deleted]);
        let started = walk.arm("POST", &format!("{deleted}/purge"), version, Value::Null);
        walk.follow(&started);
    }
    let identity = "{g}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity";
    walk.arm("DELETE", identity, "2024-11-30", Value::Null);
    let started = walk.arm("DELETE", "{g}", "2021-04-01", Value::Null);
    walk.follow(&started);
}
