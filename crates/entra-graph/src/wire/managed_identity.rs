//! User-assigned managed identities in JSON.

use crate::models::{IdentityId, ManagedIdentity};
use cmk_core::{ClientId, Id, Location, PrincipalId, TenantId, send::Received};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(crate) struct IdentityBody<'a> {
    pub(crate) location: &'a Location,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: &'a BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(crate) struct WireIdentity {
    location: Location,
    tags: Option<BTreeMap<String, String>>,
    properties: WireProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProperties {
    #[serde(deserialize_with = "Id::deserialize_from_service")]
    principal_id: PrincipalId,
    #[serde(deserialize_with = "Id::deserialize_from_service")]
    client_id: ClientId,
    #[serde(deserialize_with = "Id::deserialize_from_service")]
    tenant_id: TenantId,
    isolation_scope: Option<String>,
}

impl WireIdentity {
    /// The id is the one that was asked for: the service writes `resourcegroups`, and masks ids now and then.
    pub(crate) fn into_model(self, id: IdentityId, received: Received) -> ManagedIdentity {
        ManagedIdentity {
            id,
            location: self.location,
            principal_id: self.properties.principal_id,
            client_id: self.properties.client_id,
            tenant_id: self.properties.tenant_id,
            tags: self.tags.unwrap_or_default(),
            isolation_scope: self.properties.isolation_scope,
            received,
        }
    }
}
