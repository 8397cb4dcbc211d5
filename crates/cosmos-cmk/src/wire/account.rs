//! The JSON of an account in answers.

use crate::models::{
    AccountId, AccountIdentity, AccountKind, AccountRegion, AssignedIdentity, CmkStatus,
    DatabaseAccount, DefaultIdentity, IdentityType, PublicNetworkAccess,
};
use cmk_core::{ClientId, PrincipalId, TenantId, send::Received};
use serde::Deserialize;
use std::collections::BTreeMap;

// Ids are read as text first: those that are masked, or that the service writes in its own way, must not lose the rest.
#[derive(Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    #[serde(default)]
    location: Option<String>,
    kind: Option<AccountKind>,
    tags: Option<BTreeMap<String, Option<String>>>,
    identity: Option<Identity>,
    properties: Option<Properties>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    r#type: Option<IdentityType>,
    principal_id: Option<String>,
    tenant_id: Option<String>,
    user_assigned_identities: Option<BTreeMap<String, Option<Assigned>>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Assigned {
    principal_id: Option<String>,
    client_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Properties {
    provisioning_state: Option<String>,
    document_endpoint: Option<String>,
    default_identity: Option<DefaultIdentity>,
    key_vault_key_uri: Option<String>,
    key_vault_key_uri_version: Option<String>,
    customer_managed_key_status: Option<String>,
    locations: Option<Vec<Region>>,
    capabilities: Option<Vec<Capability>>,
    public_network_access: Option<PublicNetworkAccess>,
    disable_local_auth: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    location_name: Option<String>,
    failover_priority: Option<u32>,
    is_zone_redundant: Option<bool>,
    provisioning_state: Option<String>,
}

#[derive(Deserialize)]
struct Capability {
    name: Option<String>,
}

impl Account {
    pub(crate) fn into_model(self, id: AccountId, received: Received) -> DatabaseAccount {
        let properties = self.properties.unwrap_or_default();
        DatabaseAccount {
            id,
            location: self.location.unwrap_or_default(),
            kind: self
                .kind
                .unwrap_or_else(|| AccountKind::Unknown(String::new())),
            provisioning_state: properties.provisioning_state,
            document_endpoint: given(properties.document_endpoint),
            identity: identity(self.identity),
            default_identity: properties
                .default_identity
                .unwrap_or(DefaultIdentity::NotSent),
            key_vault_key_uri: given(properties.key_vault_key_uri),
            key_vault_key_uri_version: given(properties.key_vault_key_uri_version),
            cmk_status: given(properties.customer_managed_key_status)
                .map(|text| CmkStatus::from(text.as_str())),
            tags: self
                .tags
                .into_iter()
                .flatten()
                .map(|(name, value)| (name, value.unwrap_or_default()))
                .collect(),
            locations: regions(properties.locations.unwrap_or_default()),
            capabilities: properties
                .capabilities
                .into_iter()
                .flatten()
                .filter_map(|capability| capability.name)
                .collect(),
            public_network_access: properties.public_network_access,
            disable_local_auth: properties.disable_local_auth,
            received,
        }
    }
}

/// Some members come empty instead of not at all.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn identity(wire: Option<Identity>) -> AccountIdentity {
    let Some(wire) = wire else {
        return AccountIdentity {
            kind: IdentityType::None,
            principal_id: None,
            tenant_id: None,
            user_assigned: Vec::new(),
        };
    };
    AccountIdentity {
        kind: wire.r#type.unwrap_or(IdentityType::None),
        principal_id: principal(wire.principal_id),
        tenant_id: wire
            .tenant_id
            .and_then(|text| TenantId::from_service(&text).ok()),
        user_assigned: wire
            .user_assigned_identities
            .into_iter()
            .flatten()
            .filter_map(|(id, assigned)| {
                let assigned = assigned.unwrap_or_default();
                Some(AssignedIdentity {
                    id: id.parse().ok()?,
                    principal_id: principal(assigned.principal_id),
                    client_id: assigned
                        .client_id
                        .and_then(|text| ClientId::from_service(&text).ok()),
                })
            })
            .collect(),
    }
}

fn principal(text: Option<String>) -> Option<PrincipalId> {
    text.and_then(|text| PrincipalId::from_service(&text).ok())
}

fn regions(wire: Vec<Region>) -> Vec<AccountRegion> {
    let mut regions: Vec<_> = wire
        .into_iter()
        .map(|region| AccountRegion {
            name: region.location_name.unwrap_or_default(),
            failover_priority: region.failover_priority,
            zone_redundant: region.is_zone_redundant,
            provisioning_state: region.provisioning_state,
        })
        .collect();
    regions.sort_by_key(|region| region.failover_priority.unwrap_or(u32::MAX));
    regions
}
