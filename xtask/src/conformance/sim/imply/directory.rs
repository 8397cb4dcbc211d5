//! Applications, their federated credentials and service principals.

use super::{items, set, text, translated, views};
use crate::conformance::{
    recording::Exchange,
    sim::{
        compare,
        player::{Player, Scene},
    },
};
use azure_core::http::Method;
use serde_json::{Map, Value, json};

const APPLICATIONS: &str = "https://graph.microsoft.com/v1.0/applications";
const PRINCIPALS: &str = "https://graph.microsoft.com/v1.0/servicePrincipals";

/// What of a shown application can be sent.
const OF_APPLICATIONS: [&str; 14] = [
    "displayName",
    "signInAudience",
    "tags",
    "web",
    "spa",
    "publicClient",
    "identifierUris",
    "requiredResourceAccess",
    "appRoles",
    "api",
    "isFallbackPublicClient",
    "optionalClaims",
    "keyCredentials",
    "passwordCredentials",
];
const OF_PRINCIPALS: [&str; 3] = ["tags", "accountEnabled", "appRoleAssignmentRequired"];

pub(super) fn applications(player: &mut Player<'_>, scene: Scene<'_>) {
    let exchange = scene.exchange;
    let id = scene.parts.get("id");
    match (&*exchange.method, exchange.status) {
        ("POST", 201) if id.is_empty() => {}
        (_, 404) => remove(player, APPLICATIONS, id),
        ("GET", _) if id.is_empty() => {
            for item in items(exchange) {
                application(player, item);
            }
        }
        ("GET", _) if !text(&exchange.response_body, "/appId").is_empty() => {
            application(player, &exchange.response_body);
        }
        _ => {
            if let Some(shown) = application_by_id(player, scene.at, id) {
                application(player, &shown);
            }
            if scene.path.contains("federatedidentitycredentials") {
                credential(player, scene);
            }
        }
    }
}

fn application_by_id(player: &Player<'_>, at: usize, id: &str) -> Option<Value> {
    let found = views(player.recording, at)
        .find(|view| text(view, "/id") == id && !text(view, "/signInAudience").is_empty());
    // Nothing shows it: it has a name and no more.
    let bare = json!({"id": id, "displayName": "implied"});
    Some(found.cloned().unwrap_or(bare))
}

/// An application as a recorded answer shows it.
fn application(player: &mut Player<'_>, shown: &Value) {
    let id = text(shown, "/id");
    let key = format!("graph.microsoft.com/v1.0/applications/{id}");
    if id.is_empty() || !player.may_imply(&key) || is_there(player, APPLICATIONS, id) {
        return;
    }
    let mut body = chosen(player, shown, &OF_APPLICATIONS);
    body.entry("displayName")
        .or_insert_with(|| "implied".into());
    let made = player
        .stage
        .ask(Method::Post, APPLICATIONS, &Value::Object(body));
    if let Some(made) = made.filter(|made| made.is_success()) {
        rebind(player, shown, &made.body_json());
        player.set_up(&key);
    }
}

fn rebind(player: &mut Player<'_>, shown: &Value, made: &Value) {
    for member in ["/id", "/appId"] {
        player
            .ids
            .bind_anew(text(shown, member), text(made, member));
    }
    compare::bind(&mut player.ids, shown, made);
}

fn chosen(player: &Player<'_>, shown: &Value, members: &[&str]) -> Map<String, Value> {
    let members = members.iter().filter_map(|name| {
        let value = shown.get(*name).filter(|value| !value.is_null())?;
        Some(((*name).to_owned(), translated(player, value)))
    });
    members.collect()
}

fn is_there(player: &Player<'_>, collection: &str, id: &str) -> bool {
    let url = player.ids.substitute(&format!("{collection}/{id}"));
    let found = player.stage.ask(Method::Get, &url, &Value::Null);
    player.ids.knows(id) && found.is_some_and(|answer| answer.is_success())
}

fn remove(player: &mut Player<'_>, collection: &str, id: &str) {
    let key = format!("{collection}/{id}")
        .replace("https://", "")
        .to_lowercase();
    if !player.may_imply(&key) || !player.ids.knows(id) {
        return;
    }
    let url = player.ids.substitute(&format!("{collection}/{id}"));
    let gone = player.stage.ask(Method::Delete, &url, &Value::Null);
    if gone.is_some_and(|answer| answer.is_success()) {
        player.implied += 1;
    }
}

fn credential(player: &mut Player<'_>, scene: Scene<'_>) {
    if scene.exchange.method == "POST" {
        return;
    }
    let id = scene.parts.get("id");
    let url = format!("{APPLICATIONS}/{id}/federatedIdentityCredentials");
    let named = scene.parts.get("name");
    let shown: Vec<Value> = if named.is_empty() {
        items(scene.exchange).into_iter().cloned().collect()
    } else {
        let view = views(player.recording, scene.at).find(|view| {
            !text(view, "/issuer").is_empty()
                && (text(view, "/id") == named || text(view, "/name") == named)
        });
        view.cloned().into_iter().collect()
    };
    for shown in shown {
        let key = format!("{url}/{}", text(&shown, "/id"));
        if text(&shown, "/issuer").is_empty()
            || !player.may_imply(&key)
            || player.ids.knows(text(&shown, "/id"))
        {
            continue;
        }
        let body = chosen(
            player,
            &shown,
            &["name", "issuer", "subject", "audiences", "description"],
        );
        let url = player.ids.substitute(&url);
        let made = player.stage.ask(Method::Post, &url, &Value::Object(body));
        if let Some(made) = made.filter(|made| made.is_success()) {
            compare::bind(&mut player.ids, &shown, &made.body_json());
            player.set_up(&key);
        }
    }
}

pub(super) fn principals(player: &mut Player<'_>, scene: Scene<'_>) {
    let exchange = scene.exchange;
    let id = scene.parts.get("id");
    match (&*exchange.method, exchange.status) {
        ("POST", 201) => backing(player, scene.at, exchange),
        (_, 403) => {}
        (_, 404) => remove(player, PRINCIPALS, id),
        ("GET", _) => {
            for item in items(exchange) {
                principal(player, scene.at, item);
            }
        }
        _ => {
            let shown = views(player.recording, scene.at).find(|view| {
                text(view, "/id") == id && !text(view, "/servicePrincipalType").is_empty()
            });
            let shown = shown.cloned().unwrap_or_else(|| {
                json!({"id": id, "displayName": "implied", "servicePrincipalType": "Application"})
            });
            principal(player, scene.at, &shown);
        }
    }
}

/// The application that a new service principal stands for, which can be seen by then.
fn backing(player: &mut Player<'_>, at: usize, exchange: &Exchange) {
    let shown = &exchange.response_body;
    let app_id = text(shown, "/appId");
    if player.ids.knows(app_id) {
        return;
    }
    let found = views(player.recording, at)
        .find(|view| text(view, "/appId") == app_id && view.get("publicClient").is_some());
    match found.cloned() {
        Some(app) => application(player, &app),
        None => {
            register(player, shown);
        }
    }
}

/// An application for a shown service principal: at home, or abroad where another tenant owns it.
fn register(player: &mut Player<'_>, shown: &Value) {
    let owner = text(shown, "/appOwnerOrganizationId");
    let home = player.ids.substitute(owner) == player.stage.tenant.id || owner.is_empty();
    let audience = text(shown, "/signInAudience");
    let mut body = json!({"displayName": text(shown, "/appDisplayName")});
    if text(shown, "/appDisplayName").is_empty() {
        set(
            &mut body,
            "",
            "displayName",
            text(shown, "/displayName").into(),
        );
    }
    if !home {
        player.ids.bind(owner, &player.stage.abroad.id);
        set(
            &mut body,
            "",
            "signInAudience",
            "AzureADMultipleOrgs".into(),
        );
    }
    if !audience.is_empty() && home {
        set(&mut body, "", "signInAudience", audience.into());
    }
    // A service principal shows what its application offers.
    for (member, of_principal) in [("appRoles", "/appRoles"), ("tags", "/tags")] {
        if let Some(value) = shown.pointer(of_principal).filter(|value| value.is_array()) {
            set(&mut body, "", member, value.clone());
        }
    }
    if let Some(scopes) = shown.get("oauth2PermissionScopes") {
        set(
            &mut body,
            "",
            "api",
            json!({ "oauth2PermissionScopes": scopes }),
        );
    }
    if let Some(urls) = shown.get("replyUrls") {
        set(&mut body, "", "web", json!({ "redirectUris": urls }));
    }
    let names = shown.get("servicePrincipalNames").and_then(Value::as_array);
    let names: Vec<&Value> = names
        .into_iter()
        .flatten()
        .filter(|name| name.as_str() != Some(text(shown, "/appId")))
        .collect();
    let stage = &player.stage;
    let made = if home {
        stage.ask(Method::Post, APPLICATIONS, &body)
    } else {
        stage.ask_abroad(Method::Post, APPLICATIONS, &body)
    };
    if let Some(made) = made {
        let app = made.body_json();
        player
            .ids
            .bind_anew(text(shown, "/appId"), text(&app, "/appId"));
        player.implied += 1;
        // Some names hold the application's own id.
        let uris = json!({ "identifierUris": translated(player, &json!(names)) });
        let url = format!("{APPLICATIONS}/{}", text(&app, "/id"));
        if home {
            player.stage.ask(Method::Patch, &url, &uris);
        } else {
            player.stage.ask_abroad(Method::Patch, &url, &uris);
        }
    }
}

/// Objects of the directory, of any kind.
pub(super) fn objects(player: &mut Player<'_>, scene: Scene<'_>) {
    for item in items(scene.exchange) {
        if text(item, "/@odata.type").ends_with(".user") {
            user(player, item);
        } else {
            principal(player, scene.at, item);
        }
    }
}

fn user(player: &mut Player<'_>, shown: &Value) {
    let id = text(shown, "/id");
    let key = format!("graph.microsoft.com/v1.0/users/{id}");
    let administrator = &player.stage.administrator.object_id;
    if player.knows(&key) || player.ids.substitute(id) == *administrator {
        return;
    }
    let made = player.stage.person(text(shown, "/userPrincipalName"));
    player.ids.bind_anew(id, &made.object_id);
    player.set_up(&key);
}

/// A service principal as a recorded answer shows it.
pub(super) fn principal(player: &mut Player<'_>, at: usize, shown: &Value) {
    let id = text(shown, "/id");
    let key = format!("graph.microsoft.com/v1.0/serviceprincipals/{id}");
    if id.is_empty() || !player.may_imply(&key) || is_there(player, PRINCIPALS, id) {
        return;
    }
    if text(shown, "/servicePrincipalType") == "ManagedIdentity" {
        managed(player, at, shown);
        player.set_up(&key);
        return;
    }
    let app_id = text(shown, "/appId");
    if app_id.is_empty() || !player.ids.knows(app_id) {
        let found = views(player.recording, at)
            .find(|view| text(view, "/appId") == app_id && view.get("publicClient").is_some());
        match found.cloned() {
            Some(app) => application(player, &app),
            None => register(player, shown),
        }
    }
    let mut body = chosen(player, shown, &OF_PRINCIPALS);
    body.insert(String::from("appId"), player.ids.substitute(app_id).into());
    let body = Value::Object(body);
    let made = player.stage.ask(Method::Post, PRINCIPALS, &body);
    if let Some(made) = made.filter(|made| made.is_success()) {
        rebind(player, shown, &made.body_json());
        player.set_up(&key);
    }
}

/// The principal of a managed identity: an identity must be there.
fn managed(player: &mut Player<'_>, at: usize, shown: &Value) {
    let place = format!(
        "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/implied/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{}",
        text(shown, "/displayName")
    );
    let names = shown.get("alternativeNames").and_then(Value::as_array);
    let named = names.into_iter().flatten().filter_map(Value::as_str);
    let id = named
        .filter(|name| name.contains("userAssignedIdentities"))
        .map(str::to_owned)
        .next()
        .unwrap_or(place);
    let identity = json!({
        "id": id,
        "location": "westus",
        "properties": {"principalId": text(shown, "/id"), "clientId": text(shown, "/appId")},
    });
    super::identities::present(player, at, &identity);
}
