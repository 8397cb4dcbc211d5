//! Private mirrors of the JSON: what is written, and the members of answers that are read.

mod application;
mod federated_credential;
mod managed_identity;
mod principals;

pub(crate) use application::{
    ApplicationUpdateBody, NewApplicationBody, WireApplication, WireDeletedApplication,
};
pub(crate) use federated_credential::{
    FederatedCredentialBody, WireFederatedCredential, readable_part,
};
pub(crate) use managed_identity::{IdentityBody, WireIdentity};
pub(crate) use principals::{ServicePrincipalBody, WireServicePrincipal, WireUser};
