//! What can be asked of Microsoft Graph and of managed identities: one trait per role, open to doubles.

mod application_tokens;
mod applications;
mod deleted_applications;
mod federated_credentials;
mod managed_identities;
mod service_principals;
mod signed_in;

pub use application_tokens::ApplicationTokensApi;
pub use applications::{
    ApplicationsApi, CreateApplicationOptions, DeleteApplicationOptions, GetApplicationOptions,
    ListApplicationsOptions, UpdateApplicationOptions,
};
pub use deleted_applications::{DeletedApplicationsApi, ListDeletedApplicationsOptions};
pub use federated_credentials::{CreateFederatedCredentialOptions, FederatedCredentialsApi};
pub use managed_identities::{ManagedIdentitiesApi, PutIdentityOptions};
pub use service_principals::{CreateServicePrincipalOptions, ServicePrincipalsApi};
pub use signed_in::SignedInApi;
