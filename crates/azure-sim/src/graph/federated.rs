//! Federated identity credentials of applications.

use super::{Answer, GraphCall, Key, answer, applications, key_text, query, rights};
use crate::{
    SimResponse,
    directory::{Application, FederatedCredential},
    past::Past,
    world::World,
};
use serde_json::{Value, json};

/// <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations>
const LIMIT: usize = 20;
const LONGEST: usize = 600;

/// Recorded: the context names the application.
fn context_of(app: &Application) -> String {
    format!("applications('{}')/federatedIdentityCredentials", app.id)
}

pub(super) fn handle(world: &mut World, call: &GraphCall<'_>) -> Answer {
    let key = call.address.child.as_ref().and_then(|(_, key)| key.clone());
    if !call.address.rest.is_empty() {
        return Ok(world.not_modelled(call.request));
    }
    match (call.method, key.as_ref()) {
        ("GET", None) => {
            rights::may_read(world, call, false)?;
            let app = applications::find_shown(world, call)?;
            let items = app.shown_credentials(world).map(entity).collect();
            query::list(world, call, &context_of(app), items, &["name", "subject"])
        }
        ("GET", Some(_)) => {
            rights::may_read(world, call, false)?;
            let app = applications::find_shown(world, call)?;
            let credential = app
                .shown_credentials(world)
                .find(|credential| has_key(credential, key.as_ref()))
                .ok_or_else(|| answer::not_found(&key_text(key.as_ref())))?;
            let item = query::select(call, entity(credential));
            Ok(answer::entity(world, 200, &context_of(app), item))
        }
        ("POST", None) => {
            let name = call.text("name").unwrap_or_default().to_owned();
            create(world, call, &name)
        }
        ("PATCH", Some(_)) => patch(world, call, key.as_ref()),
        ("DELETE", Some(_)) => delete(world, call, key.as_ref()),
        _ => Err(answer::method_not_allowed()),
    }
}

/// By id or by name, whichever the key is (recorded: both stand in the path).
fn has_key(credential: &FederatedCredential, key: Option<&Key>) -> bool {
    match key {
        Some(Key::Id(text)) => credential.id == *text || credential.name == *text,
        Some(Key::Named(property, text)) => property == "name" && credential.name == *text,
        None => false,
    }
}

/// As it is, to write it.
fn find<'a>(app: &'a Application, key: Option<&Key>) -> Option<&'a FederatedCredential> {
    let mut all = app.credentials.iter();
    all.find(|credential| has_key(credential, key))
}

fn invalid(message: &str) -> SimResponse {
    answer::error(400, "InvalidFederatedIdentityCredentialValue", message)
}

/// Checks the members that the body names. Wrong issuers, subjects and audiences are accepted: the fault shows when a
/// token is asked for.
fn validate(call: &GraphCall<'_>) -> Result<(), SimResponse> {
    for member in ["issuer", "subject", "description"] {
        if let Some(text) = call.text(member)
            && text.chars().count() > LONGEST
        {
            return Err(invalid(&format!(
                "Federated Identity Credential {member} is longer than {LONGEST} characters."
            )));
        }
    }
    if let Some(audiences) = call.body.get("audiences") {
        let one = audiences.as_array().is_some_and(|list| {
            list.len() == 1
                && list.iter().all(|audience| {
                    audience
                        .as_str()
                        .is_some_and(|text| (1..=LONGEST).contains(&text.chars().count()))
                })
        });
        if !one {
            return Err(invalid(
                "Federated identity credentials must have exactly one audience.",
            ));
        }
    }
    Ok(())
}

/// <https://learn.microsoft.com/graph/api/resources/federatedidentitycredential>
fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    (3..=120).contains(&name.len())
        && chars
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Issuer and subject together are unique within the application; not a 409:
/// <https://github.com/Azure/azure-workload-identity/issues/434>
fn check_unique(
    app: &Application,
    issuer: &str,
    subject: &str,
    but: &str,
) -> Result<(), SimResponse> {
    let taken = app.credentials.iter().any(|credential| {
        credential.issuer == issuer && credential.subject == subject && credential.name != but
    });
    if !taken {
        return Ok(());
    }
    Err(invalid(&format!(
        "The combination of issuer and subject must be unique for the application. Issuer {issuer} and Subject: {subject} already exist. paramName: FederatedIdentityCredential.Subject, paramValue: {subject}, objectType: Microsoft.Online.DirectoryServices.Application"
    )))
}

fn create(world: &mut World, call: &GraphCall<'_>, name: &str) -> Answer {
    let app = applications::find(world, call)?;
    rights::may_manage(world, call, app)?;
    if !is_name(name) {
        return Err(invalid(&format!(
            "Federated Identity Credential name '{name}' is invalid."
        )));
    }
    validate(call)?;
    let (Some(issuer), Some(subject), Some(audiences)) = (
        call.text("issuer"),
        call.text("subject"),
        call.body.get("audiences"),
    ) else {
        return Err(invalid(
            "Federated Identity Credential from HTTP body has empty properties",
        ));
    };
    if app
        .credentials
        .iter()
        .any(|credential| credential.name == name)
    {
        // https://github.com/Azure/azure-dev/issues/1482
        return Err(answer::error(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            format!("FederatedIdentityCredential with name {name} already exists."),
        ));
    }
    check_unique(app, issuer, subject, name)?;
    if app.credentials.len() >= LIMIT {
        let (status, code) = world.options.assumptions.federated_credential_limit.clone();
        return Err(answer::error(
            status,
            &code,
            "The directory object quota limit for the application has been exceeded.",
        ));
    }
    let (app_id, tenant, context) = (app.id.clone(), app.tenant.clone(), context_of(app));
    note_unknown(world, call);
    let credential = FederatedCredential {
        id: world.new_guid(),
        name: name.to_owned(),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        description: call.text("description").map(str::to_owned),
        audiences: texts(audiences),
        visible: world.spread(world.options.lag.directory),
        effective: world.spread(world.options.lag.federated_credential),
        past: Past::default(),
        past_honoured: Past::default(),
    };
    let place = format!("federatedIdentityCredentials/{}", credential.id);
    let created = answer::created(world, &tenant, &place, &context, entity(&credential));
    let mut apps = world.directory.applications.iter_mut();
    if let Some(app) = apps.find(|app| app.id == app_id) {
        app.credentials.push(credential);
    }
    world.changed();
    Ok(created)
}

fn note_unknown(world: &mut World, call: &GraphCall<'_>) {
    world.note_unknown(
        "federatedIdentityCredential",
        &call.body,
        &["name", "issuer", "subject", "description", "audiences"],
    );
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// <https://learn.microsoft.com/graph/api/federatedidentitycredential-upsert>
fn patch(world: &mut World, call: &GraphCall<'_>, key: Option<&Key>) -> Answer {
    let app = applications::find(world, call)?;
    let Some(credential) = find(app, key) else {
        return match key {
            Some(Key::Named(property, name)) if property == "name" && call.creates_if_missing() => {
                create(world, call, name)
            }
            _ => Err(answer::not_found(&key_text(key))),
        };
    };
    rights::may_manage(world, call, app)?;
    let fresh = !world.sees(&credential.visible);
    if fresh && !(call.creates_if_missing() && world.options.assumptions.upsert_sees_fresh_objects)
    {
        return Err(answer::not_found(&key_text(key)));
    }
    validate(call)?;
    let issuer = call.text("issuer").unwrap_or(&credential.issuer);
    let subject = call.text("subject").unwrap_or(&credential.subject);
    check_unique(app, issuer, subject, &credential.name)?;
    let before = without_past(credential);
    let mut changed = credential.clone();
    issuer.clone_into(&mut changed.issuer);
    subject.clone_into(&mut changed.subject);
    if let Some(audiences) = call.body.get("audiences") {
        changed.audiences = texts(audiences);
    }
    if let Some(description) = call.text("description") {
        changed.description = Some(description.to_owned());
    }
    let app_id = app.id.clone();
    note_unknown(world, call);
    // A changed credential spreads as a new one does; an equal one stays as it is.
    let matters = |one: &FederatedCredential| {
        (
            one.issuer.clone(),
            one.subject.clone(),
            one.audiences.clone(),
        )
    };
    let honoured = world.spread_credential();
    let (change, now) = (world.spread_change(), world.now);
    let mut apps = world.directory.applications.iter_mut();
    let own = apps
        .find(|app| app.id == app_id)
        .and_then(|app| app.credentials.iter_mut().find(|own| own.id == changed.id));
    if let Some(own) = own {
        if matters(own) != matters(&changed) {
            changed.past_honoured.keep(before.clone(), honoured, now);
            changed.effective = honoured;
        }
        changed.past.keep(before, change, now);
        let differs = entity(own) != entity(&changed);
        *own = changed;
        if differs {
            world.changed();
        }
    }
    Ok(SimResponse::empty(204))
}

/// A credential as it is, for those who will not have heard of a change.
fn without_past(credential: &FederatedCredential) -> FederatedCredential {
    FederatedCredential {
        past: Past::default(),
        past_honoured: Past::default(),
        ..credential.clone()
    }
}

fn delete(world: &mut World, call: &GraphCall<'_>, key: Option<&Key>) -> Answer {
    let app = applications::find(world, call)?;
    rights::may_manage(world, call, app)?;
    let credential = find(app, key).ok_or_else(|| answer::not_found(&key_text(key)))?;
    let (app_id, name) = (app.id.clone(), credential.name.clone());
    world.remove_credential(&app_id, &name);
    Ok(SimResponse::empty(204))
}

impl World {
    /// Removes a federated identity credential by name; `application` is the object id.
    pub(crate) fn remove_credential(&mut self, application: &str, name: &str) -> bool {
        let (change, now) = (self.spread_change(), self.now);
        let honoured = self.spread_credential();
        let mut apps = self.directory.applications.iter_mut();
        let Some(app) = apps.find(|app| app.id == application) else {
            return false;
        };
        let mut all = app.credentials.iter();
        let Some(place) = all.position(|credential| credential.name == name) else {
            return false;
        };
        let removed = app.credentials.remove(place);
        app.removed_honoured.keep(removed.clone(), honoured, now);
        app.removed_credentials.keep(removed, change, now);
        self.changed();
        true
    }
}

fn entity(credential: &FederatedCredential) -> Value {
    json!({
        "id": credential.id,
        "name": credential.name,
        "issuer": credential.issuer,
        "subject": credential.subject,
        "description": credential.description,
        "audiences": credential.audiences,
    })
}
