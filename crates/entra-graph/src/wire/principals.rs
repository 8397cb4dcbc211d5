//! Service principals and users in JSON.

use crate::models::{ServicePrincipal, SignedInPrincipal};
use cmk_core::{ClientId, Id, PrincipalId, TenantId, send::Received};
use serde::{Deserialize, Serialize};

/// The key again and nothing else: an upsert writes whatever it holds onto a service principal that is there, and
/// `accountEnabled` would undo its tenant's revocation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServicePrincipalBody {
    pub(crate) app_id: ClientId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireServicePrincipal {
    #[serde(deserialize_with = "Id::deserialize_from_service")]
    id: PrincipalId,
    #[serde(rename = "appId", deserialize_with = "Id::deserialize_from_service")]
    client_id: ClientId,
    display_name: Option<String>,
    account_enabled: Option<bool>,
    app_owner_organization_id: Option<ServiceTenant>,
    sign_in_audience: Option<String>,
    service_principal_type: Option<String>,
}

/// A tenant id as a service writes it.
#[derive(Deserialize)]
struct ServiceTenant(#[serde(deserialize_with = "Id::deserialize_from_service")] TenantId);

impl WireServicePrincipal {
    pub(crate) fn into_model(self, received: Received) -> ServicePrincipal {
        ServicePrincipal {
            id: self.id,
            client_id: self.client_id,
            display_name: self.display_name,
            account_enabled: self.account_enabled,
            app_owner_organization_id: self.app_owner_organization_id.map(|tenant| tenant.0),
            sign_in_audience: self.sign_in_audience.map(|word| word.as_str().into()),
            service_principal_type: self.service_principal_type,
            received,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireUser {
    #[serde(deserialize_with = "Id::deserialize_from_service")]
    id: PrincipalId,
    user_principal_name: Option<String>,
    display_name: Option<String>,
}

impl WireUser {
    pub(crate) fn into_model(self, received: Received) -> SignedInPrincipal {
        SignedInPrincipal {
            id: self.id,
            user_principal_name: self.user_principal_name,
            display_name: self.display_name,
            received,
        }
    }
}
