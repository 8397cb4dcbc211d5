//! Service principals, across tenants.

use crate::kit::{As, at_once, code, message, text, with_lag};
use azure_sim::{DirectoryRole, Lag, Span};
use serde_json::{Value, json};

#[test]
fn a_foreign_application_gets_its_own_principal_here() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let customer = As::admin(&azure, &azure.customer);
    let app = provider.make_app("cmk");
    let path = format!("servicePrincipals(appId='{}')", text(&app, "/appId"));
    let made = customer.upsert(&path, json!({}));
    assert_eq!(made.status, 201);
    let body = made.body_json();
    assert_eq!(
        text(&body, "/appOwnerOrganizationId"),
        azure.provider.tenant_id
    );
    assert_ne!(text(&body, "/id"), text(&app, "/id"));
    assert_eq!(customer.upsert(&path, json!({})).status, 204);
    let again = customer.graph(
        "POST",
        "servicePrincipals",
        json!({"appId": text(&app, "/appId")}),
    );
    assert_eq!(again.status, 409);
    assert_eq!(
        message(&again),
        format!(
            "The service principal cannot be created, updated, or restored because the service principal name {} is already in use.",
            text(&app, "/appId")
        )
    );
    assert_eq!(
        azure.sim.resources(),
        [
            "customer: servicePrincipal cmk",
            "provider: application cmk"
        ]
    );
    assert_eq!(azure.sim.writes().len(), 2);
}

#[test]
fn an_application_that_is_not_there_yet_and_one_that_never_will_read_the_same() {
    let azure = with_lag(Lag {
        application_abroad: Span::secs(20, 20),
        ..Lag::strict()
    });
    let provider = As::admin(&azure, &azure.provider);
    let customer = As::admin(&azure, &azure.customer);
    let app = provider.make_app("cmk");
    let client = text(&app, "/appId");
    let body = json!({"appId": client});
    let early = customer
        .at(19)
        .graph("POST", "servicePrincipals", body.clone());
    assert_eq!(
        (early.status, code(&early).as_str()),
        (400, "Request_BadRequest")
    );
    assert_eq!(
        message(&early),
        format!(
            "The appId '{client}' of the service principal does not reference a valid application object."
        )
    );
    assert_eq!(
        text(&early.body_json(), "/error/details/0/code"),
        "NoBackingApplicationObject"
    );
    let single = provider
        .at(19)
        .graph("POST", "applications", json!({"displayName": "single"}));
    let single = json!({"appId": text(&single.body_json(), "/appId")});
    let never = customer.at(99).graph("POST", "servicePrincipals", single);
    assert_eq!(never.status, 400);
    assert_eq!(
        customer
            .at(99)
            .graph("POST", "servicePrincipals", body)
            .status,
        201
    );
}

#[test]
fn only_an_administrator_admits_a_multitenant_application() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let app = provider.make_app("cmk");
    let path = format!("servicePrincipals(appId='{}')", text(&app, "/appId"));
    let tenant = &azure.customer.tenant;
    let developer = azure.sim.add_user(
        tenant,
        "developer@customer.example",
        &[DirectoryRole::ApplicationDeveloper],
    );
    let owned = [DirectoryRole::ApplicationReadWriteOwnedBy];
    let owning = azure.sim.add_service_principal(tenant, "owning", &owned);
    let refused = As {
        who: &developer,
        ..provider.at(0)
    }
    .upsert(&path, json!({}));
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (403, "Authorization_RequestDenied")
    );
    let refused = As {
        who: &owning,
        ..provider.at(0)
    }
    .upsert(&path, json!({}));
    assert_eq!(
        message(&refused),
        "When using this permission, the backing application of the service principal being created must in the local tenant"
    );
}

#[test]
fn me_is_the_user_and_no_application() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let me = provider.graph("GET", "me", Value::Null).body_json();
    assert_eq!(text(&me, "/id"), azure.provider.admin.object_id);
    let app = azure
        .sim
        .add_service_principal(&azure.provider.tenant, "app", &[]);
    let refused = As {
        who: &app,
        ..provider.at(0)
    }
    .graph("GET", "me", Value::Null);
    assert_eq!(refused.status, 400);
    assert_eq!(
        message(&refused),
        "/me request is only valid with delegated authentication flow."
    );
}
