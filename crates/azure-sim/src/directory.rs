//! The state of Entra ID: tenants and what is in their directories.

use crate::{DirectoryRole, past::Past, spread::Spread, world::World};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    time::Duration,
};

/// Everything in every directory. Ids are GUIDs in lower case.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Directory {
    pub(crate) tenants: BTreeMap<String, Tenant>,
    pub(crate) users: Vec<User>,
    pub(crate) applications: Vec<Application>,
    pub(crate) service_principals: Vec<ServicePrincipal>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The setting "Users can register applications".
    pub(crate) users_register_applications: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) tenant: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) roles: Vec<DirectoryRole>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Application {
    pub(crate) tenant: String,
    /// The object id.
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) display_name: String,
    pub(crate) unique_name: Option<String>,
    pub(crate) sign_in_audience: String,
    pub(crate) created: Duration,
    /// Object ids of its owners.
    pub(crate) owners: Vec<String>,
    /// Other members that clients set and read back: tags, notes, web and so on.
    pub(crate) extra: BTreeMap<String, Value>,
    pub(crate) secrets: Vec<String>,
    pub(crate) credentials: Vec<FederatedCredential>,
    /// Credentials that were removed, while a replica may still show them.
    pub(crate) removed_credentials: Past<FederatedCredential>,
    /// The same, while a node of the token endpoint may still honour them.
    #[serde(default)]
    pub(crate) removed_honoured: Past<FederatedCredential>,
    /// Soft-deleted at this time.
    pub(crate) deleted: Option<Duration>,
    /// Reads see it from this time on.
    pub(crate) visible: Spread,
    /// Other tenants see it from this time on.
    pub(crate) visible_abroad: Spread,
    /// Without their credentials, which have a past of their own.
    pub(crate) past: Past<Self>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FederatedCredential {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) description: Option<String>,
    pub(crate) audiences: Vec<String>,
    pub(crate) visible: Spread,
    /// The token endpoint honours it from this time on.
    pub(crate) effective: Spread,
    pub(crate) past: Past<Self>,
    /// What a node of the token endpoint honours that has not heard of a change.
    #[serde(default)]
    pub(crate) past_honoured: Past<Self>,
}

/// What a service principal stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PrincipalKind {
    Application,
    ManagedIdentity,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServicePrincipal {
    pub(crate) tenant: String,
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) display_name: String,
    pub(crate) kind: PrincipalKind,
    pub(crate) enabled: bool,
    pub(crate) roles: Vec<DirectoryRole>,
    pub(crate) created: Duration,
    pub(crate) extra: BTreeMap<String, Value>,
    pub(crate) deleted: Option<Duration>,
    /// Reads see it from this time on.
    pub(crate) visible: Spread,
    /// The token endpoint knows it from this time on.
    pub(crate) tokens_from: Spread,
    /// Resource Manager knows it from this time on.
    pub(crate) arm_from: Spread,
    pub(crate) past: Past<Self>,
}

impl Directory {
    /// The live application with this client id, in whatever tenant.
    pub(crate) fn application_by_app_id(&self, app_id: &str) -> Option<&Application> {
        self.applications
            .iter()
            .find(|app| app.deleted.is_none() && app.app_id.eq_ignore_ascii_case(app_id))
    }

    /// The live service principal of a client id in a tenant.
    pub(crate) fn principal_of(&self, tenant: &str, app_id: &str) -> Option<&ServicePrincipal> {
        self.service_principals.iter().find(|principal| {
            principal.deleted.is_none()
                && principal.tenant == tenant
                && principal.app_id.eq_ignore_ascii_case(app_id)
        })
    }

    /// The live service principal with this object id.
    pub(crate) fn principal(&self, id: &str) -> Option<&ServicePrincipal> {
        self.service_principals
            .iter()
            .find(|principal| principal.deleted.is_none() && principal.id.eq_ignore_ascii_case(id))
    }

    /// The directory roles of a user or service principal.
    pub(crate) fn roles(&self, id: &str) -> &[DirectoryRole] {
        let user = self.users.iter().find(|user| user.id == id);
        user.map(|user| user.roles.as_slice())
            .or_else(|| self.principal(id).map(|found| found.roles.as_slice()))
            .unwrap_or_default()
    }
}

impl Application {
    /// As a reader of Microsoft Graph sees it now.
    pub(crate) fn shown<'a>(&'a self, world: &World) -> &'a Self {
        self.past.shown(world, self)
    }

    /// Its credentials as a reader of Microsoft Graph sees them now. A name is shown once: whoever sees a new credential
    /// of a name sees the old ones no more.
    pub(crate) fn shown_credentials<'a>(
        &'a self,
        world: &'a World,
    ) -> impl Iterator<Item = &'a FederatedCredential> {
        let mut names = BTreeSet::new();
        let newest_first = self.credentials.iter();
        newest_first
            .chain(self.removed_credentials.lingering(world))
            .filter(move |own| world.sees(&own.visible) && names.insert(&own.name))
            .map(|own| own.past.shown(world, own))
    }

    /// Its credentials as a node of the token endpoint knows them now: nodes converge one by one
    /// (<https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations>).
    pub(crate) fn honoured_credentials<'a>(
        &'a self,
        world: &'a World,
    ) -> impl Iterator<Item = &'a FederatedCredential> {
        self.credentials
            .iter()
            .chain(self.removed_honoured.lingering(world))
            .map(|own| own.past_honoured.shown(world, own))
            .filter(|own| world.sees(&own.effective))
    }
}

impl ServicePrincipal {
    /// As a reader of Microsoft Graph sees it now.
    pub(crate) fn shown<'a>(&'a self, world: &World) -> &'a Self {
        self.past.shown(world, self)
    }
}

impl World {
    /// Keeps what an application is for those who will not have heard of the change that is made now.
    pub(crate) fn application_changes(&mut self, id: &str) {
        let (change, now) = (self.spread_change(), self.now);
        let mut apps = self.directory.applications.iter_mut();
        if let Some(app) = apps.find(|app| app.id == id) {
            let mut past = mem::take(&mut app.past);
            let credentials = mem::take(&mut app.credentials);
            let removed = mem::take(&mut app.removed_credentials);
            let removed_honoured = mem::take(&mut app.removed_honoured);
            past.keep(app.clone(), change, now);
            app.past = past;
            app.credentials = credentials;
            app.removed_credentials = removed;
            app.removed_honoured = removed_honoured;
        }
    }

    /// The same for a service principal.
    pub(crate) fn principal_changes(&mut self, id: &str) {
        let (change, now) = (self.spread_change(), self.now);
        let mut principals = self.directory.service_principals.iter_mut();
        if let Some(own) = principals.find(|own| own.id == id) {
            let mut past = mem::take(&mut own.past);
            past.keep(own.clone(), change, now);
            own.past = past;
        }
    }
}
