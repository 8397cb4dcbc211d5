//! Service principals.

use super::{Answer, GraphCall, Key, answer, key_text, query, rights};
use crate::{
    SimResponse,
    directory::{PrincipalKind, ServicePrincipal},
    world::World,
};
use serde_json::{Value, json};

/// Members that are kept as sent. <https://learn.microsoft.com/graph/api/resources/serviceprincipal>
const KEPT: &[&str] = &[
    "alternativeNames",
    "appRoleAssignmentRequired",
    "description",
    "notes",
    "notificationEmailAddresses",
    "tags",
];
const CONTEXT: &str = "servicePrincipals";

pub(super) fn handle(world: &mut World, call: &GraphCall<'_>) -> Answer {
    match (call.method, call.address.key.as_ref()) {
        ("GET", None) => {
            rights::may_read(world, call, true)?;
            let items = world.directory.service_principals.iter();
            let items = items
                .filter(|principal| is_readable(world, call, principal))
                .map(|principal| entity(world, principal))
                .collect();
            query::list(world, call, CONTEXT, items, &["appId", "displayName", "id"])
        }
        ("GET", Some(_)) => {
            rights::may_read(world, call, false)?;
            let principal = find(world, call, false)?;
            let item = query::select(call, entity(world, principal));
            Ok(answer::entity(world, 200, CONTEXT, item))
        }
        ("POST", None) => {
            let app_id = call.text("appId").unwrap_or_default().to_owned();
            create(world, call, &app_id)
        }
        ("PATCH", Some(key)) => {
            let upsert = call.creates_if_missing();
            let sees_fresh = upsert && world.options.assumptions.upsert_sees_fresh_objects;
            match (find(world, call, sees_fresh), key) {
                (Ok(found), _) => {
                    let id = found.id.clone();
                    update(world, call, &id)
                }
                (Err(_), Key::Named(property, app_id)) if upsert && property == "appId" => {
                    create(world, call, app_id)
                }
                (Err(refusal), _) => Err(refusal),
            }
        }
        ("DELETE", Some(_)) => {
            rights::may_manage_principals(world, call)?;
            let id = find(world, call, false)?.id.clone();
            world.delete_principal(&id);
            Ok(SimResponse::empty(204))
        }
        _ => Err(answer::method_not_allowed()),
    }
}

fn is_readable(world: &World, call: &GraphCall<'_>, principal: &ServicePrincipal) -> bool {
    principal.tenant == call.caller.tenant
        && principal.deleted.is_none()
        && world.sees(&principal.visible)
}

fn find<'w>(
    world: &'w World,
    call: &GraphCall<'_>,
    fresh_too: bool,
) -> Result<&'w ServicePrincipal, SimResponse> {
    let key = call.address.key.as_ref();
    let mut principals = world.directory.service_principals.iter();
    principals
        .find(|principal| {
            let named = match key {
                Some(Key::Id(id)) => principal.id.eq_ignore_ascii_case(id),
                Some(Key::Named(property, value)) if property == "appId" => {
                    principal.app_id.eq_ignore_ascii_case(value)
                }
                _ => false,
            };
            named
                && principal.tenant == call.caller.tenant
                && principal.deleted.is_none()
                && (fresh_too || world.sees(&principal.visible))
        })
        .ok_or_else(|| answer::not_found(&key_text(key)))
}

/// Several public sources name text, code and detail.
fn no_backing_application(app_id: &str) -> SimResponse {
    answer::error_with_detail(
        400,
        "Request_BadRequest",
        &format!(
            "The appId '{app_id}' of the service principal does not reference a valid application object."
        ),
        ("NoBackingApplicationObject", "appId"),
    )
}

fn create(world: &mut World, call: &GraphCall<'_>, app_id: &str) -> Answer {
    let tenant = call.caller.tenant.clone();
    let Some(app) = world.directory.application_by_app_id(app_id) else {
        return Err(no_backing_application(app_id));
    };
    let foreign = app.tenant != tenant;
    let visible = if foreign {
        &app.visible_abroad
    } else {
        &app.visible
    };
    if !world.sees(visible) || (foreign && app.sign_in_audience == "AzureADMyOrg") {
        return Err(no_backing_application(app_id));
    }
    rights::may_create_principal(world, call, app)?;
    if world.directory.principal_of(&tenant, app_id).is_some() {
        // https://github.com/Azure/reliable-web-app-pattern-java/issues/185
        return Err(answer::error(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            format!(
                "The service principal cannot be created, updated, or restored because the service principal name {app_id} is already in use."
            ),
        ));
    }
    let (app_id, display_name) = (app.app_id.clone(), app.display_name.clone());
    note_unknown(world, call);
    let lag = world.options.lag.clone();
    let enabled = call.body.get("accountEnabled").and_then(Value::as_bool);
    let principal = ServicePrincipal {
        id: world.new_guid(),
        app_id,
        display_name,
        kind: PrincipalKind::Application,
        enabled: enabled.unwrap_or(true),
        roles: Vec::new(),
        created: world.now,
        extra: kept(call).collect(),
        deleted: None,
        visible: world.spread(lag.directory),
        tokens_from: world.spread(lag.principal_tokens),
        arm_from: world.spread(lag.principal_arm),
        tenant: tenant.clone(),
    };
    let place = format!(
        "directoryObjects/{}/Microsoft.DirectoryServices.ServicePrincipal",
        principal.id
    );
    let item = entity(world, &principal);
    let created = answer::created(world, &tenant, &place, CONTEXT, item);
    world.directory.service_principals.push(principal);
    world.changed();
    Ok(created)
}

fn kept<'a>(call: &'a GraphCall<'_>) -> impl Iterator<Item = (String, Value)> + 'a {
    KEPT.iter()
        .filter_map(|name| Some(((*name).to_owned(), call.body.get(*name)?.clone())))
}

fn note_unknown(world: &mut World, call: &GraphCall<'_>) {
    let known: Vec<&str> = ["appId", "accountEnabled"]
        .iter()
        .chain(KEPT)
        .copied()
        .collect();
    world.note_unknown("servicePrincipal", &call.body, &known);
}

fn update(world: &mut World, call: &GraphCall<'_>, id: &str) -> Answer {
    rights::may_manage_principals(world, call)?;
    note_unknown(world, call);
    let mut principals = world.directory.service_principals.iter_mut();
    if let Some(principal) = principals.find(|principal| principal.id == id) {
        let before = (principal.enabled, principal.extra.clone());
        if let Some(enabled) = call.body.get("accountEnabled").and_then(Value::as_bool) {
            principal.enabled = enabled;
        }
        principal.extra.extend(kept(call));
        if before != (principal.enabled, principal.extra.clone()) {
            world.changed();
        }
    }
    Ok(SimResponse::empty(204))
}

impl World {
    /// Deletes a service principal softly, by object id.
    pub(crate) fn delete_principal(&mut self, id: &str) -> bool {
        let now = self.now;
        let mut principals = self.directory.service_principals.iter_mut();
        let found = principals.find(|own| own.id == id && own.deleted.is_none());
        let deleted = found.map(|own| own.deleted = Some(now)).is_some();
        if deleted {
            self.changed();
        }
        deleted
    }
}

pub(super) fn entity(world: &World, principal: &ServicePrincipal) -> Value {
    let app = world.directory.application_by_app_id(&principal.app_id);
    let kind = match principal.kind {
        PrincipalKind::Application => "Application",
        PrincipalKind::ManagedIdentity => "ManagedIdentity",
    };
    let mut own = json!({
        "id": principal.id,
        "deletedDateTime": principal.deleted.map(World::timestamp),
        "accountEnabled": principal.enabled,
        "alternativeNames": [],
        "appDisplayName": principal.display_name,
        "appId": principal.app_id,
        "appOwnerOrganizationId": app.map(|app| app.tenant.as_str()),
        "appRoleAssignmentRequired": false,
        "createdDateTime": World::timestamp(principal.created),
        "description": null,
        "displayName": principal.display_name,
        "notes": null,
        "servicePrincipalNames": [principal.app_id],
        "servicePrincipalType": kind,
        "signInAudience": app.map(|app| app.sign_in_audience.as_str()),
        "tags": [],
    });
    if let Some(members) = own.as_object_mut() {
        members.extend(principal.extra.clone());
    }
    own
}
