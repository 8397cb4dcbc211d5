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

#[cfg(test)]
mod tests {
    use super::{
        application, deleted_application, federated_credential, managed_identity,
        service_principal, signed_in_principal,
    };
    use crate::models::{NewFederatedCredential, SignInAudience};
    use cmk_core::Cloud;

    const TENANT: &str = "11111111-1111-4111-8111-111111111111";
    const CLIENT: &str = "33333333-3333-4333-8333-333333333333";
    const PRINCIPAL: &str = "44444444-4444-4444-8444-444444444444";

    #[test]
    fn models_hold_what_they_were_made_from() {
        let mut app = application(PRINCIPAL.parse().unwrap(), CLIENT.parse().unwrap(), "CMK");
        app.unique_name = Some(String::from("cmk-contoso"));
        assert_eq!(app.sign_in_audience, SignInAudience::AzureAdMultipleOrgs);
        let deleted = deleted_application(&app);
        assert_eq!(deleted.unique_name, app.unique_name);
        assert_eq!(deleted.object_id, app.object_id);

        let principal = service_principal(
            PRINCIPAL.parse().unwrap(),
            CLIENT.parse().unwrap(),
            TENANT.parse().unwrap(),
        );
        assert_eq!(principal.account_enabled, Some(true));
        assert_eq!(signed_in_principal(principal.id).id, principal.id);
    }

    #[test]
    fn a_credential_accepts_what_was_written_and_nothing_else() {
        let wanted = NewFederatedCredential::for_managed_identity(
            Cloud::Public,
            TENANT.parse().unwrap(),
            PRINCIPAL.parse().unwrap(),
        );
        let kept = federated_credential("id", "name", &wanted);
        assert!(kept.accepts_same(&wanted));
        let mut other = wanted.clone();
        other.subject = other.subject.replace('4', "A");
        assert!(!kept.accepts_same(&other));
        let mut more = kept;
        more.audiences.push(String::from("api://other"));
        assert!(!more.accepts_same(&wanted));
    }

    #[test]
    fn an_identity_has_the_name_of_its_id() {
        let id = "/subscriptions/66666666-6666-4666-8666-666666666666/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cmk-identity";
        let identity = managed_identity(
            id.parse().unwrap(),
            "East US 2".parse().unwrap(),
            PRINCIPAL.parse().unwrap(),
            CLIENT.parse().unwrap(),
            TENANT.parse().unwrap(),
        );
        assert_eq!(identity.id.name().as_str(), "cmk-identity");
        assert_eq!(identity.location.as_str(), "eastus2");
    }
}
