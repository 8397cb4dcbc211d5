#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod admin_consent;
mod api;
mod client;
mod models;
mod rules;
#[cfg(feature = "test-util")]
pub mod testing;
mod wire;

pub use admin_consent::{
    AdminConsentAnswer, AdminConsentOptions, ConsentTenant, InvalidAdminConsent, admin_consent_url,
    admin_consent_url_v2,
};
pub use api::{
    ApplicationTokensApi, ApplicationsApi, CreateApplicationOptions,
    CreateFederatedCredentialOptions, CreateServicePrincipalOptions, DeleteApplicationOptions,
    DeletedApplicationsApi, FederatedCredentialsApi, GetApplicationOptions,
    ListApplicationsOptions, ListDeletedApplicationsOptions, ManagedIdentitiesApi,
    PutIdentityOptions, ServicePrincipalsApi, SignedInApi, UpdateApplicationOptions,
};
pub use client::{
    ApplicationTokensClient, ApplicationTokensClientOptions, GraphClient, GraphClientOptions,
    ManagedIdentityClient, ManagedIdentityClientOptions,
};
pub use cmk_core::{
    ApplicationObjectId, ClientId, Cloud, Error, Failure, Hint, Kind, Location, PrincipalId,
    Result, TOKEN_RULES, TenantId,
};
pub use models::{
    Application, ApplicationUpdate, DeletedApplication, DomainName, FederatedCredential,
    FederatedCredentialName, IdentityId, IdentityName, IdentityType, InvalidName,
    MAX_FEDERATED_CREDENTIALS, ManagedIdentity, NewApplication, NewFederatedCredential,
    ServicePrincipal, SignInAudience, SignedInPrincipal, UniqueName, Upserted,
};
pub use rules::{MANAGED_IDENTITY_RULES, RULES};
