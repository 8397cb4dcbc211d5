//! Constructors for the models that only a service hands out, for doubles in users' tests.
//!
//! Each takes what the model cannot be without; the other members are public, and are set afterwards.

use crate::models::{
    Application, DeletedApplication, FederatedCredential, IdentityId, ManagedIdentity,
    NewFederatedCredential, ServicePrincipal, SignInAudience, SignedInPrincipal,
};
use cmk_core::{ApplicationObjectId, ClientId, Location, PrincipalId, TenantId, send::Received};
use std::collections::BTreeMap;

/// A multitenant application without unique name.
#[must_use]
pub fn application(
    object_id: ApplicationObjectId,
    client_id: ClientId,
    display_name: &str,
) -> Application {
    Application {
        object_id,
        client_id,
        display_name: display_name.to_owned(),
        unique_name: None,
        sign_in_audience: SignInAudience::AzureAdMultipleOrgs,
        tags: Vec::new(),
        created: None,
        received: Received::default(),
    }
}

/// The trace that a deleted application leaves.
#[must_use]
pub fn deleted_application(application: &Application) -> DeletedApplication {
    DeletedApplication {
        object_id: application.object_id,
        client_id: application.client_id,
        display_name: application.display_name.clone(),
        unique_name: application.unique_name.clone(),
        deleted: None,
        received: Received::default(),
    }
}

/// A federated identity credential as the service keeps it.
#[must_use]
pub fn federated_credential(
    id: &str,
    name: &str,
    written: &NewFederatedCredential,
) -> FederatedCredential {
    FederatedCredential {
        id: id.to_owned(),
        name: name.to_owned(),
        issuer: written.issuer.clone(),
        subject: Some(written.subject.clone()),
        audiences: vec![written.audience.clone()],
        description: written.description.clone(),
        received: Received::default(),
    }
}

/// An enabled service principal of an application of `home`.
#[must_use]
pub fn service_principal(id: PrincipalId, client_id: ClientId, home: TenantId) -> ServicePrincipal {
    ServicePrincipal {
        id,
        client_id,
        display_name: None,
        account_enabled: Some(true),
        app_owner_organization_id: Some(home),
        sign_in_audience: Some(SignInAudience::AzureAdMultipleOrgs),
        service_principal_type: Some(String::from("Application")),
        received: Received::default(),
    }
}

/// A signed-in user.
#[must_use]
pub fn signed_in_principal(id: PrincipalId) -> SignedInPrincipal {
    SignedInPrincipal {
        id,
        user_principal_name: None,
        display_name: None,
        received: Received::default(),
    }
}

/// A user-assigned managed identity without tags.
#[must_use]
pub fn managed_identity(
    id: IdentityId,
    location: Location,
    principal_id: PrincipalId,
    client_id: ClientId,
    tenant_id: TenantId,
) -> ManagedIdentity {
    ManagedIdentity {
        id,
        location,
        principal_id,
        client_id,
        tenant_id,
        tags: BTreeMap::new(),
        isolation_scope: None,
        received: Received::default(),
    }
}
