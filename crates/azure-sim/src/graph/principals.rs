//! Service principals.

use super::{Answer, GraphCall, Key, answer, applications, key_text, query, rights};
use crate::{
    SimResponse,
    directory::{Application, PrincipalKind, ServicePrincipal},
    past::Past,
    world::World,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

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
                .map(|principal| principal.shown(world))
                .map(|principal| entity(world, principal))
                .collect();
            query::list(
                world,
                call,
                CONTEXT,
                items,
                &["appId", "displayName", "id", "servicePrincipalNames"],
            )
        }
        ("GET", Some(_)) => {
            rights::may_read(world, call, false)?;
            let principal = find_shown(world, call)?;
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

/// Whether reads of the caller's directory see it now. Of one application they see one: whoever sees a new service
/// principal sees the deleted one no more.
fn is_readable(world: &World, call: &GraphCall<'_>, principal: &ServicePrincipal) -> bool {
    let is_there = |own: &ServicePrincipal| own.deleted.is_none() && world.sees(&own.visible);
    let replaced = || {
        principal.deleted.is_some()
            && world
                .directory
                .principal_of(&principal.tenant, &principal.app_id)
                .is_some_and(is_there)
    };
    principal.tenant == call.caller.tenant && is_there(principal.shown(world)) && !replaced()
}

fn has_key(principal: &ServicePrincipal, key: Option<&Key>) -> bool {
    match key {
        Some(Key::Id(id)) => principal.id.eq_ignore_ascii_case(id),
        Some(Key::Named(property, value)) if property == "appId" => {
            principal.app_id.eq_ignore_ascii_case(value)
        }
        _ => false,
    }
}

/// The service principal that the address names, as reads see it now.
fn find_shown<'w>(
    world: &'w World,
    call: &GraphCall<'_>,
) -> Result<&'w ServicePrincipal, SimResponse> {
    let key = call.address.key.as_ref();
    let mut principals = world.directory.service_principals.iter();
    principals
        .find(|own| has_key(own, key) && is_readable(world, call, own))
        .map(|own| own.shown(world))
        .ok_or_else(|| answer::not_found(&key_text(key)))
}

/// The service principal with this object id, as reads see it now.
pub(super) fn find_shown_by_id<'w>(
    world: &'w World,
    call: &GraphCall<'_>,
    id: &str,
) -> Option<&'w ServicePrincipal> {
    let mut principals = world.directory.service_principals.iter();
    let found = principals.find(|own| own.id.eq_ignore_ascii_case(id));
    let found = found.filter(|own| is_readable(world, call, own));
    found.map(|own| own.shown(world))
}

/// The service principal that the address names, to write: as it is.
pub(super) fn find<'w>(
    world: &'w World,
    call: &GraphCall<'_>,
    fresh_too: bool,
) -> Result<&'w ServicePrincipal, SimResponse> {
    let key = call.address.key.as_ref();
    let mut principals = world.directory.service_principals.iter();
    principals
        .find(|principal| {
            has_key(principal, key)
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
    let enabled = call.body.get("accountEnabled").and_then(Value::as_bool);
    let mut principal = world.new_principal(&tenant, &app_id, &display_name);
    principal.enabled = enabled.unwrap_or(true);
    principal.extra = kept(call).collect();
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
    world.principal_changes(id);
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
    /// A service principal of an application in a tenant, not yet in the directory.
    pub(crate) fn new_principal(
        &mut self,
        tenant: &str,
        app_id: &str,
        display_name: &str,
    ) -> ServicePrincipal {
        let lag = self.options.lag.clone();
        ServicePrincipal {
            id: self.new_guid(),
            app_id: app_id.to_owned(),
            display_name: display_name.to_owned(),
            kind: PrincipalKind::Application,
            enabled: true,
            roles: Vec::new(),
            created: self.now,
            extra: BTreeMap::new(),
            deleted: None,
            visible: self.spread(lag.directory),
            tokens_from: self.spread(lag.principal_tokens),
            arm_from: self.spread(lag.principal_arm),
            past: Past::default(),
            tenant: tenant.to_owned(),
        }
    }

    /// Deletes a service principal softly, by object id.
    pub(crate) fn delete_principal(&mut self, id: &str) -> bool {
        let now = self.now;
        self.principal_changes(id);
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
    let managed = principal.kind == PrincipalKind::ManagedIdentity;
    let (names, alternative) = if managed {
        // Recorded: a user-assigned identity is named by its resource id and by a URI of a hash.
        let mut all = world.arm.identities.values();
        let id = all.find(|identity| identity.principal_id == principal.id);
        let id = id.map(|identity| identity.id.as_str()).unwrap_or_default();
        let uri = format!(
            "https://identity.azure.net/{}",
            principal.app_id.replace('-', "")
        );
        (
            vec![principal.app_id.clone(), uri],
            json!(["isExplicit=True", id]),
        )
    } else {
        (vec![principal.app_id.clone()], json!([]))
    };
    let mut own = json!({
        "addIns": [],
        "appDescription": null,
        "appRoles": [],
        "applicationTemplateId": null,
        "disabledByMicrosoftStatus": null,
        "homepage": null,
        "info": if managed {
            Value::Null
        } else {
            json!({
                "logoUrl": null,
                "marketingUrl": null,
                "privacyStatementUrl": null,
                "supportUrl": null,
                "termsOfServiceUrl": null,
            })
        },
        "keyCredentials": [],
        "loginUrl": null,
        "logoutUrl": null,
        "notificationEmailAddresses": [],
        "oauth2PermissionScopes": [],
        "passwordCredentials": [],
        "preferredSingleSignOnMode": null,
        "preferredTokenSigningKeyThumbprint": null,
        "replyUrls": [],
        "resourceSpecificApplicationPermissions": [],
        "samlSingleSignOnSettings": null,
        "tokenEncryptionKeyId": null,
        "verifiedPublisher": {
            "addedDateTime": null,
            "displayName": null,
            "verifiedPublisherId": null,
        },
        "id": principal.id,
        "deletedDateTime": principal.deleted.map(World::timestamp),
        "accountEnabled": principal.enabled,
        "alternativeNames": alternative,
        "appDisplayName": (!managed).then_some(&principal.display_name),
        "appId": principal.app_id,
        "appOwnerOrganizationId": app.map(|app| app.tenant.as_str()),
        "appRoleAssignmentRequired": false,
        "createdDateTime": World::timestamp(principal.created),
        "description": null,
        "displayName": principal.display_name,
        "notes": null,
        "servicePrincipalNames": names,
        "servicePrincipalType": kind,
        "signInAudience": app.map(|app| app.sign_in_audience.as_str()),
        "tags": [],
    });
    if let Some(members) = own.as_object_mut() {
        if let Some(app) = app {
            offer(members, app);
        }
        members.extend(principal.extra.clone());
    }
    own
}

/// What a service principal shows of its application (recorded).
fn offer(members: &mut Map<String, Value>, app: &Application) {
    let shown = applications::entity(app);
    for (member, place) in [
        ("appRoles", "/appRoles"),
        ("oauth2PermissionScopes", "/api/oauth2PermissionScopes"),
        ("replyUrls", "/web/redirectUris"),
    ] {
        if let Some(value) = shown.pointer(place) {
            members.insert(member.to_owned(), value.clone());
        }
    }
    let uris = shown.get("identifierUris").and_then(Value::as_array);
    let names = members
        .get_mut("servicePrincipalNames")
        .and_then(Value::as_array_mut);
    if let (Some(uris), Some(names)) = (uris, names) {
        names.extend(uris.iter().cloned());
    }
}
