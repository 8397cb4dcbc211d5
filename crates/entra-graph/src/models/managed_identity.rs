//! User-assigned managed identities.

use super::IdentityName;
use cmk_core::{
    ClientId, Location, PrincipalId, ResourceType, TenantId, TypedResourceId, send::Received,
};
use std::collections::BTreeMap;

/// The type of user-assigned managed identities, for [`IdentityId`].
#[expect(clippy::exhaustive_enums, reason = "a marker without values")]
#[derive(Debug)]
pub enum IdentityType {}

impl ResourceType for IdentityType {
    const TYPE: &'static str = "Microsoft.ManagedIdentity/userAssignedIdentities";
    const NOUN: &'static str = "managed identity id";
    type Name = IdentityName;
}

/// The resource id of a user-assigned managed identity.
///
/// ```
/// use entra_graph::IdentityId;
///
/// let id: IdentityId = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cmk-identity".parse()?;
/// assert_eq!(id.name().as_str(), "cmk-identity");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type IdentityId = TypedResourceId<IdentityType>;

/// A user-assigned managed identity.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ManagedIdentity {
    /// Its resource id, as it was asked for.
    pub id: IdentityId,
    /// Its region.
    pub location: Location,
    /// The object id of its service principal: the subject of federated credentials. An identity that is deleted and
    /// made again under its old name has another one.
    pub principal_id: PrincipalId,
    /// Its client id.
    pub client_id: ClientId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// `Regional` where only resources of its own region may use it.
    pub isolation_scope: Option<String>,
    /// The identity as received.
    pub received: Received,
}
