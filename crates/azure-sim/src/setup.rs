//! Setting up: tenants, subscriptions, principals and their credentials.

use crate::{
    Sim,
    arm::{Subscription, access::RoleAssignment, providers::Registration, roles::Role},
    directory::{Application, PrincipalKind, ServicePrincipal, Tenant, User},
    past::Past,
    spread::Spread,
    tokens::{Caller, CallerKind},
    world::World,
};
use azure_core::{
    credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions},
    error::{Error, ErrorKind},
    time::{Duration as Span, OffsetDateTime},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, sync::Arc};
use uuid::Uuid;

/// A tenant of the simulator.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TenantHandle {
    /// Its id.
    pub id: String,
    /// Its name in [`Sim::resources`].
    pub name: String,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Principal {
    /// The tenant.
    pub tenant_id: String,
    /// The object id.
    pub object_id: String,
    /// The client id, of what is no user.
    pub app_id: Option<String>,
    /// The sign-in name of a user, the display name of a service principal.
    pub name: String,
}

/// A right in a directory: a role of Entra ID or a permission of Microsoft Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DirectoryRole {
    /// Global Administrator.
    GlobalAdministrator,
    /// Application Administrator.
    ApplicationAdministrator,
    /// Cloud Application Administrator.
    CloudApplicationAdministrator,
    /// Application Developer.
    ApplicationDeveloper,
    /// The application permission `Application.ReadWrite.All`.
    ApplicationReadWriteAll,
    /// The application permission `Application.ReadWrite.OwnedBy`.
    ApplicationReadWriteOwnedBy,
}

impl Sim {
    /// Adds a tenant. The name is for people.
    pub fn add_tenant(&self, name: &str) -> TenantHandle {
        self.insert_tenant(name, None)
    }

    pub(crate) fn insert_tenant(&self, name: &str, id: Option<Uuid>) -> TenantHandle {
        let world = &mut *self.world();
        let id = world.given_guid(id);
        let tenant = Tenant {
            id: id.clone(),
            name: name.to_owned(),
            users_register_applications: true,
        };
        world.directory.tenants.insert(id.clone(), tenant);
        TenantHandle {
            id,
            name: name.to_owned(),
        }
    }

    /// Adds a subscription in which no resource provider is registered, and returns its id.
    pub fn add_subscription(&self, tenant: &TenantHandle) -> String {
        self.insert_subscription(tenant, None)
    }

    pub(crate) fn insert_subscription(&self, tenant: &TenantHandle, id: Option<Uuid>) -> String {
        let world = &mut *self.world();
        let id = world.given_guid(id);
        let subscription = Subscription {
            id: id.clone(),
            tenant: tenant.id.clone(),
            providers: BTreeMap::new(),
        };
        world.arm.subscriptions.insert(id.clone(), subscription);
        id
    }

    /// Registers resource providers in a subscription at once.
    pub fn register_providers(&self, subscription: &str, namespaces: &[&str]) {
        let world = &mut *self.world();
        let now = world.now;
        let Some(found) = world
            .arm
            .subscriptions
            .get_mut(&subscription.to_lowercase())
        else {
            return;
        };
        for namespace in namespaces {
            let registration = Registration {
                namespace: (*namespace).to_owned(),
                registered: Some(now),
            };
            found
                .providers
                .insert(namespace.to_lowercase(), registration);
        }
    }

    /// Adds a user.
    pub fn add_user(
        &self,
        tenant: &TenantHandle,
        name: &str,
        roles: &[DirectoryRole],
    ) -> Principal {
        let world = &mut *self.world();
        let id = world.new_guid();
        world.directory.users.push(User {
            tenant: tenant.id.clone(),
            id: id.clone(),
            name: name.to_owned(),
            roles: roles.to_vec(),
        });
        Principal {
            tenant_id: tenant.id.clone(),
            object_id: id,
            app_id: None,
            name: name.to_owned(),
        }
    }

    /// Adds an application of one tenant and its service principal there, known everywhere at once.
    pub fn add_service_principal(
        &self,
        tenant: &TenantHandle,
        name: &str,
        roles: &[DirectoryRole],
    ) -> Principal {
        self.insert_service_principal(tenant, name, roles, None)
    }

    pub(crate) fn insert_service_principal(
        &self,
        tenant: &TenantHandle,
        name: &str,
        roles: &[DirectoryRole],
        app_id: Option<Uuid>,
    ) -> Principal {
        let world = &mut *self.world();
        let object = world.new_guid();
        let (app_id, id) = (world.given_guid(app_id), world.new_guid());
        let now = world.now;
        world.directory.applications.push(Application {
            tenant: tenant.id.clone(),
            id: object,
            app_id: app_id.clone(),
            display_name: name.to_owned(),
            unique_name: None,
            sign_in_audience: "AzureADMyOrg".to_owned(),
            created: now,
            owners: Vec::new(),
            extra: BTreeMap::new(),
            secrets: Vec::new(),
            credentials: Vec::new(),
            removed_credentials: Past::default(),
            removed_honoured: Past::default(),
            deleted: None,
            visible: Spread::at(now),
            visible_abroad: Spread::at(now),
            past: Past::default(),
        });
        world.directory.service_principals.push(ServicePrincipal {
            tenant: tenant.id.clone(),
            id: id.clone(),
            app_id: app_id.clone(),
            display_name: name.to_owned(),
            kind: PrincipalKind::Application,
            enabled: true,
            roles: roles.to_vec(),
            created: now,
            extra: BTreeMap::new(),
            deleted: None,
            visible: Spread::at(now),
            tokens_from: Spread::at(now),
            arm_from: Spread::at(now),
            past: Past::default(),
        });
        Principal {
            tenant_id: tenant.id.clone(),
            object_id: id,
            app_id: Some(app_id),
            name: name.to_owned(),
        }
    }

    /// Gives a seeded service principal's application a client secret, for the token endpoint.
    pub fn add_secret(&self, principal: &Principal, secret: &str) {
        let world = &mut *self.world();
        let app = world
            .directory
            .applications
            .iter_mut()
            .find(|app| Some(&app.app_id) == principal.app_id.as_ref());
        if let Some(app) = app {
            app.secrets.push(secret.to_owned());
        }
    }

    /// Gives a principal a built-in role, by name or GUID, honoured at once. Returns whether there is such a role.
    #[must_use]
    pub fn grant(&self, principal: &Principal, role: &str, scope: &str) -> bool {
        let world = &mut *self.world();
        let Some(role) = Role::find(role) else {
            return false;
        };
        let (name, now) = (world.new_guid(), world.now);
        world.arm.role_assignments.push(RoleAssignment {
            name,
            scope: scope.to_owned(),
            role,
            principal_id: principal.object_id.clone(),
            principal_type: if principal.app_id.is_some() {
                "ServicePrincipal".to_owned()
            } else {
                "User".to_owned()
            },
            description: None,
            condition: None,
            condition_version: None,
            created: now,
            updated: now,
            created_by: principal.object_id.clone(),
            effective: Spread::at(now),
            removed: None,
            seeded: true,
        });
        true
    }

    /// A credential of a principal. Its tokens are made in process, without a request.
    #[must_use]
    pub fn credential(&self, principal: &Principal) -> Arc<dyn TokenCredential> {
        Arc::new(SimCredential {
            sim: self.clone(),
            source: Source::Principal(principal.clone()),
        })
    }

    /// A credential of a managed identity, by its resource id, as what carries the identity has it.
    #[must_use]
    pub fn identity_credential(&self, identity_id: &str) -> Arc<dyn TokenCredential> {
        Arc::new(SimCredential {
            sim: self.clone(),
            source: Source::Identity(identity_id.to_owned()),
        })
    }

    /// A token of a managed identity for an audience; `None` if the identity does not exist.
    #[must_use]
    pub fn identity_token(&self, identity_id: &str, audience: &str) -> Option<String> {
        crate::entra::managed::identity_token(&mut self.glance(), identity_id, audience)
    }

    /// A token of a principal for an audience or scope; `None` if it was deleted or disabled.
    #[must_use]
    pub fn token(&self, principal: &Principal, scope: &str) -> Option<String> {
        let world = &mut *self.glance();
        let caller = caller_of(world, principal)?;
        Some(world.mint(caller, scope, false))
    }
}

fn caller_of(world: &World, principal: &Principal) -> Option<Caller> {
    let id = principal.object_id.as_str();
    if let Some(user) = world.directory.users.iter().find(|user| user.id == id) {
        return Some(Caller {
            tenant: user.tenant.clone(),
            oid: user.id.clone(),
            // The client id of the Azure CLI, which users are taken to sign in with.
            appid: "04b07795-8ddb-461a-bbee-02f9e1bf7b46".to_owned(),
            kind: CallerKind::User,
            name: user.name.clone(),
        });
    }
    let found = world
        .directory
        .principal(id)
        .filter(|found| found.enabled)?;
    Some(Caller {
        tenant: found.tenant.clone(),
        oid: found.id.clone(),
        appid: found.app_id.clone(),
        kind: CallerKind::Application,
        name: found.app_id.clone(),
    })
}

/// Makes tokens in process.
struct SimCredential {
    sim: Sim,
    source: Source,
}

enum Source {
    Principal(Principal),
    Identity(String),
}

impl fmt::Debug for SimCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimCredential")
    }
}

#[async_trait::async_trait]
impl TokenCredential for SimCredential {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let scope = scopes.first().copied().unwrap_or_default();
        let token = match &self.source {
            Source::Principal(principal) => self.sim.token(principal, scope),
            Source::Identity(id) => self.sim.identity_token(id, scope),
        };
        let token = token.ok_or_else(|| {
            Error::with_message(
                ErrorKind::Credential,
                "the principal of this credential was deleted or disabled",
            )
        })?;
        // Clients refresh by the real clock, so tokens expire by it, never by the simulator's.
        let expires = OffsetDateTime::now_utc() + Span::days(1);
        Ok(AccessToken::new(Secret::new(token), expires))
    }
}
