//! Applications.

use super::{Answer, GraphCall, Key, answer, key_text, query, rights};
use crate::{SimResponse, directory::Application, past::Past, world::World};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Map, Value, json};

const AUDIENCES: &[&str] = &[
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
];
/// Members that are kept as sent. <https://learn.microsoft.com/graph/api/resources/application>
const KEPT: &[&str] = &[
    "api",
    "appRoles",
    "description",
    "groupMembershipClaims",
    "identifierUris",
    "info",
    "isFallbackPublicClient",
    "isDeviceOnlyAuthSupported",
    "keyCredentials",
    "notes",
    "optionalClaims",
    "passwordCredentials",
    "publicClient",
    "requiredResourceAccess",
    "serviceManagementReference",
    "spa",
    "tags",
    "web",
];
const OWN: &[&str] = &["displayName", "uniqueName", "signInAudience"];

pub(super) fn handle(world: &mut World, call: &GraphCall<'_>) -> Answer {
    match (call.method, call.address.key.as_ref()) {
        ("GET", None) => {
            rights::may_read(world, call, true)?;
            let items = world.directory.applications.iter();
            let items = items
                .map(|app| app.shown(world))
                .filter(|app| is_readable(world, call, app))
                .map(entity)
                .collect();
            query::list(
                world,
                call,
                "applications",
                items,
                &["displayName", "appId", "id"],
            )
        }
        ("GET", Some(_)) => {
            rights::may_read(world, call, false)?;
            let app = find_shown(world, call)?.shown(world);
            let item = query::select(call, entity(app));
            Ok(answer::entity(world, 200, "applications", item))
        }
        ("POST", None) => create(world, call, call.text("uniqueName").map(str::to_owned)),
        ("PATCH", Some(Key::Named(property, name)))
            if property == "uniqueName" && call.creates_if_missing() =>
        {
            upsert(world, call, name)
        }
        ("PATCH", Some(_)) => {
            let id = find(world, call)?.id.clone();
            update(world, call, &id)
        }
        ("DELETE", Some(_)) => delete(world, call),
        _ => Err(answer::method_not_allowed()),
    }
}

/// Whether reads of the caller's directory see it by now.
fn is_readable(world: &World, call: &GraphCall<'_>, app: &Application) -> bool {
    app.tenant == call.caller.tenant && app.deleted.is_none() && world.sees(&app.visible)
}

fn has_key(app: &Application, key: Option<&Key>) -> bool {
    match key {
        Some(Key::Id(id)) => app.id.eq_ignore_ascii_case(id),
        Some(Key::Named(property, value)) => match property.as_str() {
            "appId" => app.app_id.eq_ignore_ascii_case(value),
            "uniqueName" => app.unique_name.as_ref() == Some(value),
            "id" => app.id.eq_ignore_ascii_case(value),
            _ => false,
        },
        None => false,
    }
}

/// The application that the address names, if reads see it now, which may show an earlier version of it.
pub(super) fn find_shown<'w>(
    world: &'w World,
    call: &GraphCall<'_>,
) -> Result<&'w Application, SimResponse> {
    let key = call.address.key.as_ref();
    let mut apps = world.directory.applications.iter();
    apps.find(|app| {
        let shown = app.shown(world);
        is_readable(world, call, shown) && has_key(shown, key)
    })
    .ok_or_else(|| answer::not_found(&key_text(key)))
}

/// The application that the address names, to write: as it is, if there is any chance to know of it by now.
pub(super) fn find<'w>(
    world: &'w World,
    call: &GraphCall<'_>,
) -> Result<&'w Application, SimResponse> {
    let key = call.address.key.as_ref();
    let mut apps = world.directory.applications.iter();
    apps.find(|app| is_readable(world, call, app) && has_key(app, key))
        .ok_or_else(|| answer::not_found(&key_text(key)))
}

/// The application that has a unique name, soft-deleted ones included: they keep it.
/// <https://github.com/microsoftgraph/msgraph-bicep-types/issues/137>
fn holder<'w>(world: &'w World, tenant: &str, unique_name: &str) -> Option<&'w Application> {
    let mut apps = world.directory.applications.iter();
    apps.find(|app| app.tenant == tenant && app.unique_name.as_deref() == Some(unique_name))
}

fn upsert(world: &mut World, call: &GraphCall<'_>, name: &str) -> Answer {
    let Some(app) = holder(world, &call.caller.tenant, name) else {
        return create(world, call, Some(name.to_owned()));
    };
    let fresh = !world.sees(&app.visible);
    if app.deleted.is_some() || (fresh && !world.options.assumptions.upsert_sees_fresh_objects) {
        return Err(answer::duplicate_unique_name());
    }
    if call.text("displayName").is_none() {
        // It must be in the body on both branches: https://learn.microsoft.com/graph/api/application-upsert
        return Err(missing_display_name());
    }
    let id = app.id.clone();
    update(world, call, &id)
}

fn missing_display_name() -> SimResponse {
    answer::error(
        400,
        "Request_BadRequest",
        "A value is required for property 'displayName' of resource 'Application'.",
    )
}

fn invalid(property: &str) -> SimResponse {
    answer::error_with_detail(
        400,
        "Request_BadRequest",
        &format!("Invalid value specified for property '{property}' of resource 'Application'."),
        ("InvalidValue", property),
    )
}

/// Limits: <https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation>
fn validate(call: &GraphCall<'_>) -> Result<(), SimResponse> {
    if let Some(name) = call.body.get("displayName") {
        let length = name.as_str().map_or(0, |name| name.chars().count());
        if !(1..=120).contains(&length) {
            return Err(invalid("displayName"));
        }
    }
    if let Some(audience) = call.body.get("signInAudience")
        && !audience
            .as_str()
            .is_some_and(|one| AUDIENCES.contains(&one))
    {
        return Err(invalid("signInAudience"));
    }
    if let Some(tags) = call.body.get("tags") {
        let tags = tags.as_array().ok_or_else(|| invalid("tags"))?;
        let good = |tag: &Value| {
            tag.as_str().is_some_and(|text| {
                (1..=256).contains(&text.chars().count())
                    && !text.contains(char::is_whitespace)
                    && tags.iter().filter(|other| *other == tag).count() == 1
            })
        };
        if !tags.iter().all(good) {
            return Err(invalid("tags"));
        }
    }
    Ok(())
}

fn create(world: &mut World, call: &GraphCall<'_>, unique_name: Option<String>) -> Answer {
    rights::may_create_application(world, call)?;
    let display_name = call.text("displayName").ok_or_else(missing_display_name)?;
    validate(call)?;
    note_unknown(world, call);
    let tenant = call.caller.tenant.clone();
    if let Some(name) = &unique_name
        && holder(world, &tenant, name).is_some()
    {
        return Err(answer::duplicate_unique_name());
    }
    let app = Application {
        id: world.new_guid(),
        app_id: world.new_guid(),
        display_name: display_name.to_owned(),
        unique_name,
        // The default since April 2024: https://learn.microsoft.com/graph/whats-new-overview
        sign_in_audience: call
            .text("signInAudience")
            .unwrap_or("AzureADMyOrg")
            .to_owned(),
        created: world.now,
        owners: vec![call.caller.oid.clone()],
        extra: kept(call).collect(),
        secrets: Vec::new(),
        credentials: Vec::new(),
        removed_credentials: Past::default(),
        removed_honoured: Past::default(),
        deleted: None,
        visible: world.spread(world.options.lag.directory),
        visible_abroad: world.spread(world.options.lag.application_abroad),
        past: Past::default(),
        tenant: tenant.clone(),
    };
    let place = format!(
        "directoryObjects/{}/Microsoft.DirectoryServices.Application",
        app.id
    );
    let created = answer::created(world, &tenant, &place, "applications", entity(&app));
    world.directory.applications.push(app);
    world.changed();
    Ok(created)
}

fn kept<'a>(call: &'a GraphCall<'_>) -> impl Iterator<Item = (String, Value)> + 'a {
    KEPT.iter()
        .filter_map(|name| Some(((*name).to_owned(), call.body.get(*name)?.clone())))
}

fn note_unknown(world: &mut World, call: &GraphCall<'_>) {
    let known: Vec<&str> = OWN.iter().chain(KEPT).copied().collect();
    world.note_unknown("application", &call.body, &known);
}

/// Changes what the body names and nothing else.
fn update(world: &mut World, call: &GraphCall<'_>, id: &str) -> Answer {
    validate(call)?;
    note_unknown(world, call);
    let tenant = call.caller.tenant.clone();
    let Some(app) = world.directory.applications.iter().find(|app| app.id == id) else {
        return Err(answer::not_found(id));
    };
    rights::may_manage(world, call, app)?;
    // Written only while it is null: https://learn.microsoft.com/graph/templates/how-to-reference-existing-resources
    let new_name = match (call.text("uniqueName"), app.unique_name.as_deref()) {
        (Some(new), Some(old)) if new != old => {
            return Err(answer::error_with_detail(
                400,
                "Request_BadRequest",
                "Property 'uniqueName' is read-only and cannot be set.",
                ("PropertyReadOnly", "uniqueName"),
            ));
        }
        (Some(new), None) if holder(world, &tenant, new).is_some() => {
            return Err(answer::duplicate_unique_name());
        }
        (new, _) => new.map(str::to_owned),
    };
    world.application_changes(id);
    let mut apps = world.directory.applications.iter_mut();
    if let Some(app) = apps.find(|app| app.id == id) {
        let before = entity(app);
        app.unique_name = new_name.or_else(|| app.unique_name.take());
        if let Some(name) = call.text("displayName") {
            name.clone_into(&mut app.display_name);
        }
        if let Some(audience) = call.text("signInAudience") {
            audience.clone_into(&mut app.sign_in_audience);
        }
        app.extra.extend(kept(call));
        if entity(app) != before {
            world.changed();
        }
    }
    Ok(SimResponse::empty(204))
}

/// A soft delete; the service principal in the same tenant goes too.
fn delete(world: &mut World, call: &GraphCall<'_>) -> Answer {
    let app = find(world, call)?;
    rights::may_manage(world, call, app)?;
    let id = app.id.clone();
    world.delete_application(&id);
    Ok(SimResponse::empty(204))
}

impl World {
    /// Deletes an application softly, and the service principal in its own tenant.
    pub(crate) fn delete_application(&mut self, id: &str) -> bool {
        let now = self.now;
        let mut apps = self.directory.applications.iter();
        let Some(app) = apps.find(|app| app.id == id && app.deleted.is_none()) else {
            return false;
        };
        let principal = self.directory.principal_of(&app.tenant, &app.app_id);
        let principal = principal.map(|principal| principal.id.clone());
        self.application_changes(id);
        let mut apps = self.directory.applications.iter_mut();
        if let Some(app) = apps.find(|app| app.id == id) {
            app.deleted = Some(now);
        }
        if let Some(principal) = principal {
            self.delete_principal(&principal);
        }
        self.changed();
        true
    }
}

pub(super) fn entity(app: &Application) -> Value {
    let mut members = defaults();
    for (name, value) in &app.extra {
        merge(members.entry(name.clone()).or_insert(Value::Null), value);
    }
    derive(&mut members, &app.sign_in_audience);
    let mut own = json!({
        "id": app.id,
        "appId": app.app_id,
        "deletedDateTime": app.deleted.map(World::timestamp),
        "displayName": app.display_name,
        "uniqueName": app.unique_name,
        "signInAudience": app.sign_in_audience,
        "createdDateTime": World::timestamp(app.created),
        "publisherDomain": "contoso.onmicrosoft.com",
    });
    if let Some(object) = own.as_object_mut() {
        object.extend(members);
    }
    own
}

/// What the directory makes of what it was sent (recorded).
fn derive(members: &mut Map<String, Value>, audience: &str) {
    let mut each = |list: &str, change: fn(&mut Map<String, Value>)| {
        let items = members.get_mut(list).and_then(Value::as_array_mut);
        let items = items.into_iter().flatten();
        items.filter_map(Value::as_object_mut).for_each(change);
    };
    each("appRoles", |role| {
        role.insert("origin".to_owned(), json!("Application"));
    });
    each("keyCredentials", |credential| {
        credential.remove("@odata.type");
        if let Some(Value::String(key)) = credential.insert("key".to_owned(), Value::Null) {
            // The SHA-1 of the certificate, in capitals.
            let print = azure_core::base64::decode(key.split_whitespace().collect::<String>())
                .map(|der| digest(&SHA1_FOR_LEGACY_USE_ONLY, &der))
                .map(|print| {
                    print
                        .as_ref()
                        .iter()
                        .map(|byte| format!("{byte:02X}"))
                        .collect()
                });
            let print: String = print.unwrap_or_default();
            credential.insert("customKeyIdentifier".to_owned(), json!(print));
        }
    });
    if let Some(claims) = members
        .get_mut("optionalClaims")
        .and_then(Value::as_object_mut)
    {
        for claim in claims
            .values_mut()
            .filter_map(Value::as_array_mut)
            .flatten()
        {
            if let Some(claim) = claim.as_object_mut() {
                claim
                    .entry("additionalProperties")
                    .or_insert_with(|| json!([]));
                claim.entry("source").or_insert(Value::Null);
            }
        }
    }
    if let Some(web) = members.get_mut("web").and_then(Value::as_object_mut) {
        let uris = web.get("redirectUris").and_then(Value::as_array).cloned();
        let settings: Vec<Value> = uris
            .unwrap_or_default()
            .into_iter()
            .map(|uri| json!({"index": null, "uri": uri}))
            .collect();
        web.insert("redirectUriSettings".to_owned(), settings.into());
    }
    if audience == "AzureADandPersonalMicrosoftAccount"
        && let Some(api) = members.get_mut("api").and_then(Value::as_object_mut)
    {
        api.insert("requestedAccessTokenVersion".to_owned(), json!(2));
    }
}

/// What an application has that nobody configured (recorded).
fn defaults() -> Map<String, Value> {
    let shown = json!({
        "addIns": [],
        "api": {
            "acceptMappedClaims": null,
            "knownClientApplications": [],
            "oauth2PermissionScopes": [],
            "preAuthorizedApplications": [],
            "requestedAccessTokenVersion": null,
        },
        "appRoles": [],
        "applicationTemplateId": null,
        "certification": null,
        "defaultRedirectUri": null,
        "description": null,
        "disabledByMicrosoftStatus": null,
        "groupMembershipClaims": null,
        "identifierUris": [],
        "info": {
            "logoUrl": null,
            "marketingUrl": null,
            "privacyStatementUrl": null,
            "supportUrl": null,
            "termsOfServiceUrl": null,
        },
        "isDeviceOnlyAuthSupported": null,
        "isFallbackPublicClient": null,
        "keyCredentials": [],
        "nativeAuthenticationApisEnabled": null,
        "notes": null,
        "optionalClaims": null,
        "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
        "passwordCredentials": [],
        "publicClient": {"redirectUris": []},
        "requestSignatureVerification": null,
        "requiredResourceAccess": [],
        "samlMetadataUrl": null,
        "serviceManagementReference": null,
        "servicePrincipalLockConfiguration": null,
        "spa": {"redirectUris": []},
        "tags": [],
        "tokenEncryptionKeyId": null,
        "verifiedPublisher": {
            "addedDateTime": null,
            "displayName": null,
            "verifiedPublisherId": null,
        },
        "web": {
            "homePageUrl": null,
            "implicitGrantSettings": {
                "enableAccessTokenIssuance": false,
                "enableIdTokenIssuance": false,
            },
            "logoutUrl": null,
            "redirectUriSettings": [],
            "redirectUris": [],
        },
    });
    match shown {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Puts what was sent over a default: an object member by member, anything else as a whole.
fn merge(shown: &mut Value, sent: &Value) {
    match (shown, sent) {
        (Value::Object(shown), Value::Object(sent)) => {
            for (name, value) in sent {
                merge(shown.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (shown, sent) => *shown = sent.clone(),
    }
}
