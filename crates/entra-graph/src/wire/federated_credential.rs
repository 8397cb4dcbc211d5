//! Federated identity credentials in JSON.

use crate::models::{FederatedCredential, NewFederatedCredential};
use cmk_core::send::Received;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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

/// What can be read of a credential that is not as it should be; what cannot is empty, and so accepts no token of ours.
pub(crate) fn readable_part(received: Received) -> FederatedCredential {
    let text = |pointer: &str| {
        received
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let audiences = received.pointer("/audiences").and_then(Value::as_array);
    FederatedCredential {
        id: text("/id").unwrap_or_default(),
        name: text("/name").unwrap_or_default(),
        issuer: text("/issuer").unwrap_or_default(),
        subject: text("/subject"),
        // All or none: a part of them could pass for the whole.
        audiences: audiences
            .and_then(|all| {
                all.iter()
                    .map(|it| it.as_str().map(str::to_owned))
                    .collect()
            })
            .unwrap_or_default(),
        description: text("/description"),
        received,
    }
}
