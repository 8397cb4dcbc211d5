//! Who recorded, in which tenant, and who sends an exchange.

use super::{text, views};
use crate::conformance::{
    recording::{Exchange, Recording},
    sim::{
        player::{Player, Scene},
        stage::Who,
    },
};
use serde_json::Value;

/// What the recorder's subscription is called after the reader mended it.
const SUBSCRIPTION: &str = "11111111-1111-4111-8111-111111111111";

/// The sign-in name of who recorded.
pub(crate) fn administrator(recording: &Recording) -> String {
    let me = me(recording).map_or("", |me| text(me, "/userPrincipalName"));
    let of_hsm = || {
        let id = initial_administrator(recording)?;
        let mut all = views(recording, 0);
        let shown = all
            .find(|view| text(view, "/id") == id && !text(view, "/userPrincipalName").is_empty());
        shown.map(|shown| text(shown, "/userPrincipalName").to_owned())
    };
    if let (true, Some(name)) = (me.is_empty(), of_hsm()) {
        name
    } else if me.is_empty() {
        String::from("administrator@contoso.example")
    } else {
        me.to_owned()
    }
}

/// Who makes a managed HSM makes himself its first administrator.
fn initial_administrator(recording: &Recording) -> Option<&str> {
    let mut exchanges = recording.exchanges.iter();
    exchanges.find_map(|exchange| {
        let body = &exchange.request_body;
        let id = body.pointer("/properties/initialAdminObjectIds/0");
        id.and_then(Value::as_str)
    })
}

fn me(recording: &Recording) -> Option<&Value> {
    let mut all = recording.exchanges.iter();
    let found = all.find(|exchange| exchange.url.contains("graph.microsoft.com/v1.0/me"));
    found.map(|exchange| &exchange.response_body)
}

/// Lets the simulator's subscription, tenant and administrator stand for the recorded ones.
pub(crate) fn introduce(player: &mut Player<'_>) {
    let recording = player.recording;
    let stage = &player.stage;
    let ids = &mut player.ids;
    ids.bind(SUBSCRIPTION, &stage.subscription);
    for tenant in tenants(recording) {
        ids.bind(&tenant, &stage.tenant.id);
    }
    let own = &stage.administrator.object_id;
    let mut creators = views(recording, 0).map(|view| text(view, "/properties/createdBy"));
    let policies = recording.exchanges.iter().map(|exchange| {
        text(
            &exchange.request_body,
            "/properties/accessPolicies/0/objectId",
        )
    });
    let local = views(recording, 0)
        .find(|view| text(view, "/properties/roleDefinitionId").ends_with(LOCAL_ADMINISTRATOR));
    let found = me(recording)
        .map(|me| text(me, "/id"))
        .or_else(|| initial_administrator(recording))
        .or_else(|| local.map(|view| text(view, "/properties/principalId")))
        .or_else(|| creators.find(|id| !id.is_empty()))
        .or_else(|| policies.into_iter().find(|id| !id.is_empty()))
        .or_else(|| {
            let mut shown =
                views(recording, 0).map(|view| text(view, "/properties/accessPolicies/0/objectId"));
            shown.find(|id| !id.is_empty())
        });
    if let Some(found) = found {
        ids.bind(found, own);
    }
    if let Some(found) = first_party(recording, found) {
        ids.bind(found, FIRST_PARTY);
    }
}

/// The local role of the initial administrators of a managed HSM.
const LOCAL_ADMINISTRATOR: &str = "a290e904-7015-4bba-90c8-60543313cdb4";

/// Cosmos DB's own application; the simulator takes its client id for its principal where a directory has none.
const FIRST_PARTY: &str = "a232010e-820c-4083-83bb-3ace5fc29d0b";

/// The principal of Cosmos DB's own application: where an account names a key, a vault's policy lets it use keys.
fn first_party<'r>(recording: &'r Recording, own: Option<&str>) -> Option<&'r str> {
    let mut all = recording.exchanges.iter();
    all.find(|exchange| {
        let key = exchange.request_body.pointer("/properties/keyVaultKeyUri");
        key.is_some()
    })?;
    let policies = recording.exchanges.iter().filter_map(|exchange| {
        let list = exchange.request_body.pointer("/properties/accessPolicies");
        list.and_then(Value::as_array)
    });
    policies
        .flatten()
        .map(|policy| text(policy, "/objectId"))
        .find(|id| !id.is_empty() && Some(*id) != own && !is_identity(recording, id))
}

/// Whether a principal is one of a managed identity.
fn is_identity(recording: &Recording, id: &str) -> bool {
    views(recording, 0).any(|view| {
        let users = view.pointer("/identity/userAssignedIdentities");
        let users = users.and_then(Value::as_object).into_iter().flatten();
        text(view, "/identity/principalId") == id
            || (text(view, "/properties/principalId") == id
                && !text(view, "/properties/clientId").is_empty())
            || users
                .into_iter()
                .any(|(_, user)| text(user, "/principalId") == id)
    })
}

/// Every id that a recording uses for its tenant.
fn tenants(recording: &Recording) -> Vec<String> {
    let mut found = Vec::new();
    for exchange in &recording.exchanges {
        for body in [&exchange.request_body, &exchange.response_body] {
            tenants_in(body, &mut found);
        }
        let places = [
            ("www-authenticate", "login.microsoftonline.com/"),
            ("www-authenticate", "login.windows.net/"),
            ("location", "graph.microsoft.com/v2/"),
        ];
        for (header, before) in places {
            let after = exchange
                .header(header)
                .and_then(|value| value.split_once(before));
            if let Some((_, after)) = after {
                found.extend(after.get(..36).map(str::to_owned));
            }
        }
    }
    found.retain(|id| id.len() == 36);
    found
}

fn tenants_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            // Nobody else's application is of one tenant and has a service principal here.
            if text(value, "/signInAudience") == "AzureADMyOrg" {
                found.push(text(value, "/appOwnerOrganizationId").to_owned());
            }
            for (name, value) in members {
                match value {
                    Value::String(id) if name == "tenantId" => found.push(id.clone()),
                    Value::String(text) if name == "message" => {
                        let after = text.split_once("does not exist in the directory ");
                        let id = after.and_then(|(_, after)| after.get(..36));
                        found.extend(id.map(str::to_owned));
                    }
                    value => tenants_in(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| tenants_in(item, found)),
        _ => {}
    }
}

/// Registers the provider that an exchange finds registered.
pub(crate) fn register(player: &mut Player<'_>, scene: Scene<'_>) {
    if scene.exchange.error_code() != Some("MissingSubscriptionRegistration") {
        player.stage.register();
    }
}

/// Who sends an exchange: what a refusal says about its caller.
pub(crate) fn who(player: &mut Player<'_>, exchange: &Exchange) -> Who {
    match (exchange.status, exchange.error_code()) {
        (401, _) => Who::Nobody,
        (403, Some("AuthorizationFailed")) => {
            let message = text(&exchange.response_body, "/error/message");
            let mut quoted = message.split('\'');
            let (Some(name), Some(id)) = (quoted.nth(1), quoted.nth(1)) else {
                return Who::Administrator;
            };
            let principal = player.stage.stranger(name);
            player.ids.bind(id, &principal.object_id);
            Who::Somebody(principal)
        }
        (403, Some("Authorization_RequestDenied")) => {
            Who::Somebody(player.stage.stranger("an application without permissions"))
        }
        _ => Who::Administrator,
    }
}
