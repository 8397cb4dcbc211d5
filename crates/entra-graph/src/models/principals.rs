//! Service principals, and whoever is signed in.

use super::SignInAudience;
use cmk_core::{ClientId, PrincipalId, TenantId, send::Received};

/// A service principal: an application, or a managed identity, as one tenant knows it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ServicePrincipal {
    /// Its object id in this tenant: what roles are given to. Differs from tenant to tenant.
    pub id: PrincipalId,
    /// The client id of its application.
    pub client_id: ClientId,
    /// What people see.
    pub display_name: Option<String>,
    /// Whether tokens are issued to it: `false` is how a customer takes access away.
    pub account_enabled: Option<bool>,
    /// The home tenant of its application.
    pub app_owner_organization_id: Option<TenantId>,
    /// Who may sign in to its application.
    pub sign_in_audience: Option<SignInAudience>,
    /// Such as `Application` or `ManagedIdentity`.
    pub service_principal_type: Option<String>,
    /// The service principal as received.
    pub received: Received,
}

/// The user that a credential speaks for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SignedInPrincipal {
    /// The user's object id: what roles are given to.
    pub id: PrincipalId,
    /// The name to sign in with.
    pub user_principal_name: Option<String>,
    /// What people see.
    pub display_name: Option<String>,
    /// The user as received.
    pub received: Received,
}
