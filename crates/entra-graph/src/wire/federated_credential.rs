//! Federated identity credentials in JSON.

use crate::models::{FederatedCredential, NewFederatedCredential};
use cmk_core::send::Received;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub(crate) struct FederatedCredentialBody<'a> {
    issuer: &'a str,
    subject: &'a str,
    audiences: [&'a str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

impl<'a> From<&'a NewFederatedCredential> for FederatedCredentialBody<'a> {
    fn from(new: &'a NewFederatedCredential) -> Self {
        Self {
            issuer: &new.issuer,
            subject: &new.subject,
            audiences: [&new.audience],
            description: new.description.as_deref(),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct WireFederatedCredential {
    id: String,
    name: String,
    issuer: String,
    subject: Option<String>,
    audiences: Option<Vec<String>>,
    description: Option<String>,
}

impl WireFederatedCredential {
    pub(crate) fn into_model(self, received: Received) -> FederatedCredential {
        FederatedCredential {
            id: self.id,
            name: self.name,
            issuer: self.issuer,
            subject: self.subject,
            audiences: self.audiences.unwrap_or_default(),
            description: self.description,
            received,
        }
    }
}
