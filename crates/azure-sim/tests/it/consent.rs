//! Admin consent: the page, and where the browser goes from it.

use crate::kit::{As, answer, at_once};
use azure_sim::{Principal, SimRequest, SimResponse, TwoTenants};
use serde_json::{Value, json};
use std::time::Duration;

const REPLY: &str = "https://app.fabrikam.example/done";

struct Page {
    azure: TwoTenants,
    client: String,
}

impl Page {
    fn new(app: Value) -> Self {
        let azure = at_once();
        let made = As::admin(&azure, &azure.provider).graph("POST", "applications", app);
        assert_eq!(made.status, 201);
        let client = made.body_json()["appId"].as_str().unwrap().to_owned();
        Self { azure, client }
    }

    fn multitenant() -> Self {
        Self::new(json!({
            "displayName": "cmk <b>",
            "signInAudience": "AzureADMultipleOrgs",
            "web": {"redirectUris": [REPLY]},
        }))
    }

    fn url(&self, tenant: &str, rest: &str) -> String {
        format!(
            "https://login.microsoftonline.com/{tenant}/{rest}client_id={}",
            self.client
        )
    }

    fn first(&self) -> String {
        self.url(&self.azure.customer.tenant_id, "adminconsent?state=a%20b&")
    }

    fn second(&self) -> String {
        let rest = format!(
            "v2.0/adminconsent?state=7&scope=https://graph.microsoft.com/User.Read&redirect_uri={REPLY}&"
        );
        self.url(&self.azure.customer.tenant_id, &rest)
    }

    fn get(&self, url: &str) -> SimResponse {
        let request = SimRequest::new("GET", url.parse().unwrap());
        answer(self.azure.sim.handle(Duration::ZERO, request))
    }

    fn post(&self, url: &str, user: &Principal, action: &str) -> SimResponse {
        let mut request = SimRequest::new("POST", url.parse().unwrap());
        request.body = format!("user={}&action={action}", user.object_id).into_bytes();
        answer(self.azure.sim.handle(Duration::ZERO, request))
    }

    fn principals(&self) -> usize {
        let customer = As::admin(&self.azure, &self.azure.customer);
        let path = format!("servicePrincipals?$filter=appId eq '{}'", self.client);
        let found = customer.graph("GET", &path, Value::Null).body_json();
        found["value"].as_array().unwrap().len()
    }
}

fn text(answer: &SimResponse) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn location(answer: &SimResponse) -> &str {
    assert_eq!(answer.status, 303, "{}", text(answer));
    answer.find_header("location").unwrap()
}

#[test]
fn the_page_names_application_and_administrators() {
    let page = Page::multitenant();
    let shown = page.get(&page.first());
    assert_eq!(shown.status, 200);
    assert_eq!(
        shown.find_header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let text = text(&shown);
    assert!(text.contains("cmk &lt;b&gt;"), "{text}");
    assert!(text.contains("admin@customer.example"), "{text}");
    assert!(!text.contains("admin@provider.example"), "{text}");
    assert_eq!(page.principals(), 0);
}

#[test]
fn accepting_makes_the_principal_once_and_goes_back() {
    let page = Page::multitenant();
    let tenant = page.azure.customer.tenant_id.clone();
    let admin = page.azure.customer.admin.clone();
    let done = page.post(&page.first(), &admin, "accept");
    assert_eq!(
        location(&done),
        format!("{REPLY}?admin_consent=True&tenant={tenant}&state=a+b")
    );
    let done = page.post(&page.second(), &admin, "accept");
    assert_eq!(
        location(&done),
        format!(
            "{REPLY}?admin_consent=True&tenant={tenant}&scope=https%3A%2F%2Fgraph.microsoft.com%2FUser.Read&state=7"
        )
    );
    assert_eq!(page.principals(), 1);
}

#[test]
fn whoever_signs_in_brings_the_tenant_along() {
    let page = Page::multitenant();
    let url = page.url("organizations", "adminconsent?");
    let done = page.post(&url, &page.azure.customer.admin, "accept");
    assert_eq!(
        location(&done),
        format!(
            "{REPLY}?admin_consent=True&tenant={}",
            page.azure.customer.tenant_id
        )
    );
    assert_eq!(page.principals(), 1);
}

#[test]
fn refusing_reads_differently_in_the_two_versions() {
    let page = Page::multitenant();
    let admin = page.azure.customer.admin.clone();
    let done = page.post(&page.first(), &admin, "cancel");
    assert_eq!(
        location(&done),
        format!(
            "{REPLY}?error=permission_denied&error_description=The+admin+canceled+the+request&state=a+b"
        )
    );
    let done = page.post(&page.second(), &admin, "cancel");
    let location = location(&done);
    assert!(
        location.starts_with(&format!(
            "{REPLY}?error=consent_required&error_description=AADSTS65004"
        )),
        "{location}"
    );
    assert!(
        location.ends_with("&admin_consent=True&state=7"),
        "{location}"
    );
    assert_eq!(page.principals(), 0);
}

#[test]
fn a_plain_user_cannot_consent_for_everybody() {
    let page = Page::multitenant();
    let customer = &page.azure.customer.tenant;
    let user = page
        .azure
        .sim
        .add_user(customer, "user@customer.example", &[]);
    let done = page.post(&page.first(), &user, "accept");
    let location = location(&done);
    assert!(
        location.contains("error=access_denied&error_description=AADSTS90094"),
        "{location}"
    );
    assert_eq!(page.principals(), 0);
}

#[test]
fn somebody_of_another_tenant_or_of_none_cannot_sign_in() {
    let page = Page::multitenant();
    let foreign = page.azure.provider.admin.clone();
    let mut nobody = foreign.clone();
    nobody.object_id = "99999999-9999-4999-8999-999999999999".to_owned();
    for (who, expected) in [
        (
            &foreign,
            "AADSTS50020: User account 'admin@provider.example'",
        ),
        (&nobody, "AADSTS50034: The user account"),
    ] {
        let shown = page.post(&page.first(), who, "accept");
        assert_eq!(shown.status, 400);
        assert!(text(&shown).contains(expected), "{}", text(&shown));
    }
    assert_eq!(page.principals(), 0);
}

#[test]
fn all_permissions_of_a_resource_are_asked_only_where_some_are_listed() {
    let page = Page::new(json!({
        "displayName": "cmk",
        "signInAudience": "AzureADMultipleOrgs",
        "web": {"redirectUris": [REPLY]},
        "requiredResourceAccess": [{
            "resourceAppId": "00000003-0000-0000-c000-000000000000",
            "resourceAccess": [{"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"}],
        }],
    }));
    let ask = |resource: &str| {
        let rest = format!("v2.0/adminconsent?scope={resource}/.default&redirect_uri={REPLY}&");
        page.get(&page.url(&page.azure.customer.tenant_id, &rest))
    };
    assert_eq!(ask("https://graph.microsoft.com").status, 200);
    let other = text(&ask("https://vault.azure.net"));
    assert!(other.contains("AADSTS650057: Invalid resource."), "{other}");
}

#[test]
fn what_cannot_be_asked_is_an_error_page() {
    let page = Page::multitenant();
    let tenant = &page.azure.customer.tenant_id;
    let second = "v2.0/adminconsent?scope=https://graph.microsoft.com";
    let cases = [
        (page.url("common", "v2.0/adminconsent?"), "response_type"),
        (page.url(tenant, "v2.0/adminconsent?"), "AADSTS900144"),
        (
            page.url(tenant, &format!("{second}/User.Read&")),
            "AADSTS900144",
        ),
        (
            page.url(
                tenant,
                "adminconsent?redirect_uri=https://elsewhere.example/&",
            ),
            "AADSTS50011",
        ),
        // The application lists no permission, and /.default asks for those that it lists.
        (
            page.url(tenant, &format!("{second}/.default&redirect_uri={REPLY}&")),
            "AADSTS650056",
        ),
        (page.url("nobody.example", "adminconsent?"), "AADSTS90002"),
        (
            format!("https://login.microsoftonline.com/{tenant}/adminconsent?client_id=x"),
            "AADSTS700016",
        ),
    ];
    for (url, expected) in cases {
        let shown = page.get(&url);
        assert_eq!(shown.status, 400, "{url}");
        assert!(text(&shown).contains(expected), "{url}: {}", text(&shown));
    }
    let silent = Page::new(json!({"displayName": "x", "signInAudience": "AzureADMultipleOrgs"}));
    assert!(text(&silent.get(&silent.first())).contains("AADSTS900971"));
    let single = Page::new(json!({"displayName": "x", "web": {"redirectUris": [REPLY]}}));
    assert!(text(&single.get(&single.first())).contains("AADSTS700016"));
    let anybodys = single.url("common", "adminconsent?");
    assert!(text(&single.get(&anybodys)).contains("AADSTS50194"));
}
