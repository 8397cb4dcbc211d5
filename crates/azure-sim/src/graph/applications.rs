//! Applications.

use super::{Answer, GraphCall, Key, answer, key_text, query, rights};
use crate::{SimResponse, directory::Application, world::World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
            let app = find(world, call)?;
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

/// The application that the address names, if reads see it by now.
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
        deleted: None,
        visible: world.spread(world.options.lag.directory),
        visible_abroad: world.spread(world.options.lag.application_abroad),
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
        let mut apps = self.directory.applications.iter_mut();
        let Some(app) = apps.find(|app| app.id == id && app.deleted.is_none()) else {
            return false;
        };
        app.deleted = Some(now);
        for principal in &mut self.directory.service_principals {
            if principal.app_id == app.app_id && principal.tenant == app.tenant {
                principal.deleted.get_or_insert(now);
            }
        }
        self.changed();
        true
    }
}

pub(super) fn entity(app: &Application) -> Value {
    // Recorded members, as far as a reader could miss them.
    let mut members: BTreeMap<String, Value> = KEPT
        .iter()
        .map(|name| {
            let empty = match *name {
                "appRoles"
                | "identifierUris"
                | "keyCredentials"
                | "passwordCredentials"
                | "requiredResourceAccess"
                | "tags" => json!([]),
                "publicClient" | "spa" | "web" => json!({"redirectUris": []}),
                _ => Value::Null,
            };
            ((*name).to_owned(), empty)
        })
        .collect();
    members.extend(app.extra.clone());
    let mut own = json!({
        "id": app.id,
        "appId": app.app_id,
        "deletedDateTime": app.deleted.map(World::timestamp),
        "displayName": app.display_name,
        "uniqueName": app.unique_name,
        "signInAudience": app.sign_in_audience,
        "createdDateTime": World::timestamp(app.created),
        "publisherDomain": null,
    });
    if let Some(object) = own.as_object_mut() {
        object.extend(members);
    }
    own
}
