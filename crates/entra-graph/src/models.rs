//! What callers hand in and get back: validated types, each beside its rules.

mod application;
mod federated_credential;
mod managed_identity;
mod names;
mod principals;
mod sign_in_audience;

pub use application::{Application, ApplicationUpdate, DeletedApplication, NewApplication};
pub use federated_credential::{
    FederatedCredential, MAX_FEDERATED_CREDENTIALS, NewFederatedCredential,
};
pub use managed_identity::{IdentityId, IdentityType, ManagedIdentity};
pub use names::{DomainName, FederatedCredentialName, IdentityName, InvalidName, UniqueName};
pub use principals::{ServicePrincipal, SignedInPrincipal};
pub use sign_in_audience::SignInAudience;

/// What a create-if-missing request did.
///
/// Microsoft Graph answers an update with 204 and no body, so only a creation brings the object: read it by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the service has these two answers and no third"
)]
pub enum Upserted<T> {
    /// It was not there (201).
    Created(T),
    /// It was there, and now has the properties of the request (204).
    Updated,
}
